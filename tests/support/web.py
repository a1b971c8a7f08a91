"""A web server of our own on 127.0.0.1: pages that work, are gone, refuse, send elsewhere, never end."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ENDLESS = b"<p>x</p>" * 8192  # 64 KB


class Web:
    """`asked`: method and path of every request, in order."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.agents: set[str] = set()
        self.chunks_sent = 0
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self._server.block_on_close = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def stop(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer()

            def do_GET(self) -> None:
                self._answer()

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing on stderr."""

            def _answer(self) -> None:
                web.asked.append((self.command, self.path))
                web.agents.add(self.headers["User-Agent"])
                kind, _, value = self.path.strip("/").partition("/")
                getattr(self, f"_{kind}")(value)

            def _send(self, status: int, body: bytes = b"", **headers: str) -> None:
                self.send_response(status)
                for name, text in headers.items():
                    self.send_header(name.replace("_", "-"), text)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            def _status(self, value: str) -> None:
                self._send(int(value))

            def _japanese(self, value: str) -> None:
                self._send(200)

            def _get(self, value: str) -> None:
                """A server that knows only GET."""
                self._send(int(value) if self.command == "GET" else 405)

            def _loop(self, value: str) -> None:
                self._send(302, Location=f"/loop/{int(value) + 1}")

            def _hops(self, value: str) -> None:
                left = int(value)
                self._send(302, Location=f"/hops/{left - 1}") if left else self._send(200)

            def _to(self, value: str) -> None:
                self._send(301, Location=value)

            def _nowhere(self, value: str) -> None:
                self._send(302)

            def _robot(self, value: str) -> None:
                self._send(200 if self.command == "GET" else 403, b"<title>Just a moment...</title>")

            def _hangup(self, value: str) -> None:
                """No answer to HEAD at all; a page for GET."""
                if self.command == "GET":
                    self._send(200)

            def _noise(self, value: str) -> None:
                self.wfile.write(b"\x00\xff not http\r\n\r\n")

            def _silent(self, value: str) -> None:
                web.closing.wait()

            def _endless(self, value: str) -> None:
                if self.command == "HEAD":
                    return self._send(405)
                self._send(200)
                try:
                    while not web.closing.is_set():
                        self.wfile.write(ENDLESS)
                        web.chunks_sent += 1
                except OSError:
                    return  # the client has had enough

            def _drip(self, value: str) -> None:
                """A header that comes byte by byte and never ends."""
                try:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
                    while not web.closing.wait(0.02):
                        self.wfile.write(b"x")
                except OSError:
                    return

        return Handler
