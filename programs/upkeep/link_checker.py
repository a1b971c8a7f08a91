"""Whether an address on the web still opens (リンクの確認): works, broken, or cannot be told from here.

Addresses come from documents that people wrote, so nothing inside our network is ever asked: only http and https, the
standard ports, public addresses. The rule is put to every address of the name before connecting and to the connected
peer, at each redirect anew, so that a name that changes its address meanwhile reaches nothing either.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings

from programs.models import Link

Outcome = Link.Outcome

MAX_REDIRECTS = 5
MAX_BODY = 64 * 1024
MAX_ADDRESSES = 4  # of one name
TIMEOUT = 10.0  # seconds for one answer of the network
BUDGET = 60.0  # seconds for one link with all its redirects; a server that drips bytes never times out otherwise
PAUSE = 1.0  # seconds between two questions to one host
PORTS = frozenset({80, 443})
# Where not even this name is known, it is our machine that resolves none, and no link is broken by that.
REFERENCE_NAME = "www.meti.go.jp"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_UNKNOWN_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
_TITLE = re.compile(r"<title[^>]*>(.{0,200}?)</title>", re.I | re.S)
# Titles of the pages that stand in front of a site to keep programs out.
_ROBOT_TITLES = re.compile(
    r"captcha|robot|just a moment|attention required|access denied|アクセス.{0,5}(拒否|制限)|ロボット", re.I
)
_HOST = re.compile(r"[A-Za-z0-9._:-]+")
_SAFE_IN_PATH = "/%:@!$&'()*+,;=~-._?[]"


@dataclass(frozen=True, slots=True)
class Found:
    """`is_final`: asking once more with another method would find the same."""

    outcome: Link.Outcome
    detail: str
    is_final: bool = True


class _Unfit(Exception):
    """An address that is not asked. Carries what to answer instead."""

    def __init__(self, outcome: Link.Outcome, detail: str) -> None:
        self.found = Found(outcome, detail)
        super().__init__(detail)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, and does not hide another one in itself."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and (ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip.is_site_local):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a request goes."""

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def of(cls, url: str, ports: frozenset[int]) -> _Place:
        """Raises _Unfit for what is no address, and for one that is not ours to ask."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").encode("idna").decode()
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise _Unfit(Outcome.BROKEN, "アドレスの形が正しくありません。") from error
        if parts.scheme not in ("http", "https") or _HOST.fullmatch(host) is None:
            raise _Unfit(Outcome.BROKEN, "アドレスの形が正しくありません。http:// か https:// から始めます。")
        if parts.username is not None or parts.password is not None:
            raise _Unfit(Outcome.BLOCKED, "アドレスに利用者名かパスワードが入っているので、確かめません。")
        if port not in ports:
            raise _Unfit(Outcome.BLOCKED, f"ポート{port}番は確かめません。")
        query = f"?{parts.query}" if parts.query else ""
        return cls(parts.scheme, host, port, quote((parts.path or "/") + query, safe=_SAFE_IN_PATH))


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    location: str
    is_challenge: bool


class LinkChecker:
    """Asks one address after the other, each host at most once a second. Everything that touches the world can be
    replaced in tests: the rule for addresses, the ports, names, time.
    """

    def __init__(
        self,
        *,
        is_allowed: Callable[[str], bool] = is_public,
        ports: frozenset[int] = PORTS,
        resolve: Callable[..., list[Any]] = socket.getaddrinfo,
        sleep: Callable[[float], None] = time.sleep,
        timeout: float = TIMEOUT,
        budget: float = BUDGET,
        pause: float = PAUSE,
    ) -> None:
        self._is_allowed, self._ports, self._resolve, self._sleep = is_allowed, ports, resolve, sleep
        self._timeout, self._budget, self._pause = timeout, budget, pause
        self._asked_at: dict[str, float] = {}

    def check(self, url: str) -> Found:
        """Never raises: what goes wrong is the answer. HEAD first; many servers know only GET."""
        deadline = time.monotonic() + self._budget
        found = self._found(url, "HEAD", deadline)
        return found if found.is_final else self._found(url, "GET", deadline)

    def _found(self, url: str, method: str, deadline: float) -> Found:
        try:
            return self._follow(url, method, deadline)
        except _Unfit as unfit:
            return unfit.found
        except socket.gaierror as error:
            return self._unresolved(error)
        except (OSError, http.client.HTTPException) as error:
            return _failure(error)

    def _unresolved(self, error: socket.gaierror) -> Found:
        if error.errno in _UNKNOWN_NAME and self._resolves(REFERENCE_NAME):
            return Found(Outcome.BROKEN, "サーバーの名前が見つかりません。")
        return Found(Outcome.BLOCKED, "サーバーの名前を調べられませんでした。")

    def _resolves(self, name: str) -> bool:
        try:
            return bool(self._resolve(name, 443, type=socket.SOCK_STREAM))
        except OSError:
            return False

    def _follow(self, url: str, method: str, deadline: float) -> Found:
        for _ in range(MAX_REDIRECTS + 1):
            reply = self._ask(_Place.of(url, self._ports), method, deadline)
            if reply.status not in _REDIRECTS or not reply.location:
                return _judged(reply)
            try:
                url = urljoin(url, reply.location)
            except ValueError as error:
                raise _Unfit(Outcome.BLOCKED, "転送先のアドレスの形が正しくありません。") from error
        return Found(Outcome.BLOCKED, f"転送が{MAX_REDIRECTS}回を超えて続きます。", is_final=False)

    def _ask(self, place: _Place, method: str, deadline: float) -> _Reply:
        self._wait_for(place.host)
        try:
            with closing(self._connected(place, deadline)) as sock:
                connection = http.client.HTTPConnection(place.host, place.port)
                connection.sock = _Wire(sock, self._timeout, deadline)
                connection.request(method, place.target, headers=_headers())
                return _reply(connection.getresponse(), method)
        finally:
            self._asked_at[place.host] = time.monotonic()

    def _wait_for(self, host: str) -> None:
        last = self._asked_at.get(host)
        if last is not None and (rest := last + self._pause - time.monotonic()) > 0:
            self._sleep(rest)

    def _connected(self, place: _Place, deadline: float) -> socket.socket:
        """A socket to the first address of the place that answers. Raises _Unfit if any is not allowed."""
        found = self._resolve(place.host, place.port, type=socket.SOCK_STREAM)[:MAX_ADDRESSES]
        for *_, address in found:
            self._refuse_inside(address[0])
        failure: OSError = OSError("no address")
        for family, kind, protocol, _, address in found:
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(_time_left(self._timeout, deadline))
                sock.connect(address)
                self._refuse_inside(sock.getpeername()[0])
                return _tls().wrap_socket(sock, server_hostname=place.host) if place.scheme == "https" else sock
            except OSError as error:
                sock.close()
                failure = error
            except _Unfit:
                sock.close()
                raise
        raise failure

    def _refuse_inside(self, address: str) -> None:
        if not self._is_allowed(address):
            raise _Unfit(Outcome.BLOCKED, "公開されていないネットワークを指しているので、確かめません。")


class _Wire:
    """A connected socket as http.client wants it. Reading ends at the deadline, however slowly bytes come."""

    def __init__(self, sock: socket.socket, timeout: float, deadline: float) -> None:
        self._sock, self._timeout, self._deadline = sock, timeout, deadline

    def sendall(self, data: bytes) -> None:
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self._sock, self._timeout, self._deadline))

    def close(self) -> None:
        """The socket is closed by whoever connected it: http.client would do so before the body is read."""


class _Incoming(io.RawIOBase):
    def __init__(self, sock: socket.socket, timeout: float, deadline: float) -> None:
        self._sock, self._timeout, self._deadline = sock, timeout, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(_time_left(self._timeout, self._deadline))
        return self._sock.recv_into(buffer)


def _time_left(timeout: float, deadline: float) -> float:
    left = min(timeout, deadline - time.monotonic())
    if left <= 0:
        raise TimeoutError("the time for this link is over")
    return left


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _headers() -> dict[str, str]:
    """Who asks, and whom to tell if that is unwelcome."""
    return {
        "User-Agent": f"ShirubeLinkCheck/1.0 (+{settings.PORTAL_BASE_URL})",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def _reply(response: http.client.HTTPResponse, method: str) -> _Reply:
    is_read = method == "GET" and 200 <= response.status < 300
    body = response.read(MAX_BODY) if is_read else b""
    title = _TITLE.search(body.decode("utf-8", "replace"))
    return _Reply(
        response.status,
        _location(response),
        "cf-mitigated" in response.headers or bool(title and _ROBOT_TITLES.search(title[1])),
    )


def _location(response: http.client.HTTPResponse) -> str:
    """Headers are read as Latin-1; servers that put Japanese there mean UTF-8."""
    raw = response.headers.get("Location", "")
    return raw.encode("latin-1", "replace").decode("utf-8", "replace")


def _judged(reply: _Reply) -> Found:
    if reply.is_challenge:
        return Found(Outcome.BLOCKED, "人が見ているかを確かめるページが返りました。", is_final=False)
    if 200 <= reply.status < 300:
        return Found(Outcome.WORKS, "")
    if reply.status in _GONE:
        return Found(Outcome.BROKEN, f"ページがありません（{reply.status}）。", is_final=False)
    return Found(Outcome.BLOCKED, f"サーバーが {reply.status} と答えました。", is_final=False)


def _failure(error: Exception) -> Found:
    """A closed door is what a visitor meets too; all else may be ours alone."""
    if isinstance(error, ConnectionRefusedError):
        return Found(Outcome.BROKEN, "サーバーにつながりません（接続を断られました）。")
    if isinstance(error, ssl.SSLError):
        return Found(Outcome.BLOCKED, "安全な接続（TLS）ができませんでした。")
    if isinstance(error, TimeoutError):
        return Found(Outcome.BLOCKED, "時間内に返事がありませんでした。", is_final=False)
    return Found(Outcome.BLOCKED, "サーバーの返事が読めませんでした。", is_final=False)
