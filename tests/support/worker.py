"""A Celery worker as in production: another process, other connections, killed when told."""

import contextlib
import os
import signal
import subprocess
import sys
import time

from django.conf import settings
from django.db import connection

from portal.celery import app

START_TIMEOUT = 30  # seconds; a cold start takes three on two cores
STOP_TIMEOUT = 30


class Worker:
    """`start`, then any of `stop` (finishes its job) and `kill` (does not)."""

    def __init__(self) -> None:
        self.log = settings.VAR_DIR / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None
        app.control.purge()

    @property
    def pid(self) -> int:
        assert self.process is not None, "the worker is not running"
        return self.process.pid

    def start(self) -> None:
        command = [sys.executable, "-m", "celery", "-A", "portal", "worker"]
        options = [
            "--pool",
            "prefork",
            "--concurrency",
            "1",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, *options, "--loglevel", "INFO"],
                cwd=settings.BASE_DIR,
                env={
                    **os.environ,
                    "DJANGO_SETTINGS_MODULE": "portal.settings.test",
                    "DATABASE_URL": running_database_url(),
                },
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # its children die with it, and Ctrl-C in the terminal is ours
            )
        self._wait_until_ready()

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT)
        finally:
            self.kill()

    def kill(self) -> None:
        """As the kernel does when memory runs out: at once, children too."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):  # all gone already
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while b" ready." not in self.log.read_bytes():
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the worker did not start:\n{self.log.read_text()}")
            time.sleep(0.05)


def running_database_url() -> str:
    """Where the running test keeps its rows, as DATABASE_URL."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user = database["USER"] + (f":{database['PASSWORD']}" if database["PASSWORD"] else "")
    return f"postgres://{user}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
