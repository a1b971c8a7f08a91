"""A batch whose worker is killed, and whose Redis and PostgreSQL are restarted in the middle: nothing lost or doubled.

Servers and processes are the test's own, whatever the suite runs on.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

import pytest
from pypdf import PdfReader

from tests.support.servers import Portal, portal_of_its_own, wait_until

pytestmark = pytest.mark.services

CLIENTS = 12
# Seconds. Silent for so long, a worker counts as gone: longer than one sheet takes on a busy machine.
STALE, QUEUED = 12, 2
TIMEOUT = 150


@pytest.fixture
def portal() -> Iterator[Portal]:
    with portal_of_its_own(JOB_STALE_SECONDS=str(STALE), JOB_QUEUED_SECONDS=str(QUEUED)) as portal:
        yield portal


def test_nothing_is_lost_and_nothing_is_doubled(portal: Portal) -> None:
    portal.run("-m", "tests.applications.batch_steps", "prepare", str(CLIENTS))
    portal.start("tend", "-m", "tests.applications.batch_steps", "tend")
    worker = portal.start_worker()

    wait_for_sheets(portal, 2)
    portal.kill(worker)
    assert states(portal).get("running"), "killed between two sheets"
    portal.start_worker()

    wait_for_sheets(portal, 5)
    portal.redis.restart()
    assert states(portal).get("done", 0) < CLIENTS, "restarted too late"

    wait_for_sheets(portal, 8)
    portal.postgres.restart()
    assert states(portal).get("done", 0) < CLIENTS, "restarted too late"

    wait_for(portal, lambda: bool(deliveries(portal)) and deliveries(portal)[0][0] == "done", "the delivery")
    assert_each_once(portal)


def assert_each_once(portal: Portal) -> None:
    sheets = portal.query("SELECT id, state, pages, file FROM applications_sheet")
    assert states(portal) == {"done": CLIENTS}
    assert portal.query("SELECT count(DISTINCT client_id) FROM applications_sheet") == [(CLIENTS,)]
    assert max(attempts for (attempts,) in portal.query("SELECT attempts FROM applications_sheet")) >= 2

    media = portal.var / "media"
    assert {path.name for path in (media / "sheets").glob("*.pdf")} == {f"{pk}.pdf" for pk, *_ in sheets}
    assert all(len(PdfReader(media / file).pages) == pages > 0 for _, _, pages, file in sheets)

    ((state, archive, joined, pages),) = deliveries(portal)
    assert state == "done"
    assert sorted(path.name for path in (media / "batches").iterdir()) == sorted(
        path.rpartition("/")[2] for path in (archive, joined)
    )
    with zipfile.ZipFile(media / archive) as found:
        assert found.testzip() is None
        assert len(set(found.namelist())) == len(found.namelist()) == CLIENTS + 1
    assert pages == sum(sheet[2] for sheet in sheets)
    assert len(PdfReader(media / joined).pages) == pages + 1


def states(portal: Portal) -> dict[str, int]:
    return dict(portal.query("SELECT state, count(*) FROM applications_sheet GROUP BY state"))


def deliveries(portal: Portal) -> list[tuple[str, str, str, int]]:
    return portal.query("SELECT state, archive, joined, pages FROM applications_delivery")


def wait_for_sheets(portal: Portal, done: int) -> None:
    wait_for(portal, lambda: states(portal).get("done", 0) >= done, f"{done} sheets")


def wait_for(portal: Portal, reached: object, what: str) -> None:
    try:
        wait_until(reached, what, TIMEOUT)
    except TimeoutError as error:
        raise AssertionError(f"{error}: {states(portal)}\n{portal.logs()}") from error
