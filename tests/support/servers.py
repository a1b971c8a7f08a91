"""A PostgreSQL and a Redis of a test's own, on free ports below a folder of its own: it may kill and restart them.

And a portal on them: its processes run beside the test, which sees their rows through `query` and their files below
`var`. Nothing here touches a server that was there before.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.conf import settings

TIMEOUT = 30  # seconds until a server answers or has ended


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Server:
    """`start`, `stop` (at once, as in a power cut) and both as `restart`, on one port."""

    name: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.name
        self.log = folder / f"{self.name}.log"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def ask(self) -> None:
        """Raises until it answers."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        return {}

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command(), cwd="/", stdout=log, stderr=log, **self.options())
        wait_until(self._answers, f"{self.name} to answer")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)  # of PostgreSQL, "immediate": it recovers at the next start
            try:
                self.process.wait(TIMEOUT)
            finally:
                self.process.kill()
                self.process.wait()
                self.process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text()}")
        try:
            self.ask()
        except (psycopg.OperationalError, redis.RedisError):
            return False
        return True


class Redis(Server):
    """Keeps nothing: restarted, it is empty."""

    name = "redis"

    def command(self) -> list[str]:
        self.folder.mkdir(exist_ok=True)
        keeping = ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), *keeping]

    def ask(self) -> None:
        with redis.Redis(host="127.0.0.1", port=self.port, socket_timeout=2) as client:
            client.ping()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


class Postgres(Server):
    """Refuses to run as root, so root lends it the account `postgres`."""

    name = "postgres"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder.mkdir()
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        command = [program("initdb"), "-D", str(self.folder), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        subprocess.run(
            [*command, "--locale=C.UTF-8", "--no-sync"],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            **self.options(),
        )

    def command(self) -> list[str]:
        given = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"]
        return [
            *[program("postgres"), "-D", str(self.folder), "-p", str(self.port)],
            *[part for setting in given for part in ("-c", setting)],
        ]

    def options(self) -> dict[str, Any]:
        if os.getuid() != 0:
            return {}
        account = pwd.getpwnam("postgres")
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def ask(self) -> None:
        psycopg.connect(self.url, connect_timeout=2).close()

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"


def program(name: str) -> str:
    """Of the newest PostgreSQL that Debian has here."""
    found = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    return str(max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))]))


class Portal:
    """The portal's processes on servers of their own."""

    def __init__(self, folder: Path, postgres: Postgres, redis: Redis, **environment: str) -> None:
        self.var = folder / "var"
        self.var.mkdir()
        self.postgres, self.redis = postgres, redis
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "portal.settings.test",
            "PORTAL_VAR_DIR": str(self.var),
            "DATABASE_URL": postgres.url,
            "REDIS_URL": redis.url,
            **environment,
        }
        self.processes: list[subprocess.Popen[bytes]] = []

    def run(self, *arguments: str) -> None:
        """One Python process to its end. Raises if it fails."""
        done = subprocess.run(
            [sys.executable, *arguments], cwd=settings.BASE_DIR, env=self.environment, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{arguments}:\n{done.stdout}\n{done.stderr}")

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """A Python process that goes on; its output is in var/<name>.log."""
        with (self.var / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def start_worker(self) -> subprocess.Popen[bytes]:
        quiet = ["--without-gossip", "--without-mingle", "--loglevel", "INFO", "--concurrency", "2"]
        return self.start("worker", "-m", "celery", "-A", "portal", "worker", *quiet)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """As the kernel does when memory runs out: at once, children too."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.processes.remove(process)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.postgres.url, connect_timeout=5) as connection:
            return connection.execute(sql).fetchall()

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-4000:] for path in self.var.glob("*.log"))

    def stop(self) -> None:
        for process in list(self.processes):
            self.kill(process)


@contextlib.contextmanager
def portal_of_its_own(**environment: str) -> Iterator[Portal]:
    """A portal on fresh servers, with its schema and without a row; all of it gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="shirube-servers-"))
    folder.chmod(0o755)  # the account `postgres` must get in
    with contextlib.ExitStack() as ending:
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        servers = Postgres(folder), Redis(folder)
        for server in servers:
            ending.callback(server.stop)
            server.start()
        portal = Portal(folder, *servers, **environment)
        ending.callback(portal.stop)
        portal.run("manage.py", "migrate", "--verbosity", "0")
        yield portal


def wait_until(reached: Callable[[], bool], what: str, timeout: float = TIMEOUT) -> None:
    """Raises TimeoutError."""
    deadline = time.monotonic() + timeout
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout} s for {what}")
        time.sleep(0.05)
