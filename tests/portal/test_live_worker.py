"""The fixture itself: a task sent here runs in another process, also after one worker was killed."""

import time

import pytest
from celery import current_app

from tests.support.worker import Worker

pytestmark = pytest.mark.services


def wait_for(worker: Worker, words: bytes) -> None:
    deadline = time.monotonic() + 15
    while words not in worker.log.read_bytes():
        assert time.monotonic() < deadline, worker.log.read_text()
        time.sleep(0.05)


def test_runs_a_task(live_worker: Worker) -> None:
    current_app.send_task("celery.backend_cleanup")

    wait_for(live_worker, b"Task celery.backend_cleanup")
    wait_for(live_worker, b"succeeded")


def test_a_new_worker_follows_a_killed_one(live_worker: Worker) -> None:
    first = live_worker.pid
    live_worker.kill()
    live_worker.start()
    current_app.send_task("celery.backend_cleanup")

    assert live_worker.pid != first
    wait_for(live_worker, b"succeeded")
