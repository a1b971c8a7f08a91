"""What makes the suite strict, and the fixtures that every app's tests may use."""

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.template import engines
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, Page, sync_playwright

from eligibility.engine.cases import CaseFile
from eligibility.engine.document import ProgrammeDocument
from programs.case_files import read_case_files
from programs.documents import fixtures_root, read_documents
from programs.loading import load_documents
from tests.support.browser import CHROMIUM, PageWatch
from tests.support.redis_keys import delete_run_keys
from tests.support.templates import FailOnUnknownVariable
from tests.support.worker import Worker

# `ci` gives the same examples every time; `HYPOTHESIS_PROFILE=explore pytest` looks for new ones.
hypothesis_settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis_settings.register_profile("explore", max_examples=2000, deadline=None, print_blob=True)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without PostgreSQL, leaves out what holds on PostgreSQL only."""
    if "postgresql" in settings.DATABASES["default"]["ENGINE"]:
        return
    left_out = [item for item in items if item.get_closest_marker("postgresql")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A test that skips itself would look like one that passed: it fails."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} skipped itself; what a test needs is installed by script/bootstrap --dev"
    return report


def pytest_unconfigure() -> None:
    delete_run_keys()


@pytest.fixture(autouse=True, scope="session")
def _unknown_template_variables_fail() -> None:
    for engine in engines.all():
        engine.engine.string_if_invalid = FailOnUnknownVariable()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Throttle counters of one test do not reach the next."""
    yield
    cache.clear()


@pytest.fixture(scope="session")
def shipped_documents() -> list[ProgrammeDocument]:
    """The programme documents that come with the code, read and checked once a run."""
    return read_documents(fixtures_root())


@pytest.fixture(scope="session")
def shipped_cases(shipped_documents: list[ProgrammeDocument]) -> list[CaseFile]:
    """Their acceptance cases, read and checked once a run."""
    return read_case_files(fixtures_root(), shipped_documents)


@pytest.fixture
def programmes(db: None, shipped_documents: list[ProgrammeDocument]) -> None:
    """The shipped programmes, published."""
    load_documents(shipped_documents)


@pytest.fixture
def live_worker(transactional_db: None) -> Iterator[Worker]:
    """A real Celery worker process on the test database and broker; `kill()` and `start()` it for crash tests.

    The test's rows are committed, so the worker sees them. Whatever waited on the broker is dropped first.
    """
    worker = Worker()
    worker.start()
    yield worker
    worker.kill()  # a polite end takes five seconds, and nobody waits for what it still does


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, one for the run; each test gets a profile of its own from it."""
    # Playwright runs an event loop in this thread for as long as it lives, and Django then takes every query of ours
    # for one made from async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**CHROMIUM)
        yield chromium
        # Django keeps other connections for a thread with a running loop; nobody finds them once it has ended.
        connections.close_all()
        chromium.close()


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """An empty page, for use with `live_server`. Fails if a script, the console or the security policy complains."""
    context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
    page = context.new_page()
    watch = PageWatch(page)
    yield page
    context.close()
    assert watch.complaints == []
