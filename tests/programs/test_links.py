"""Links are asked politely, told apart in three outcomes, and nothing inside our network is ever reached."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from eligibility.engine.document import ProgrammeDocument
from programs.models import Link, Revision
from programs.publishing import publish
from programs.upkeep import links, sources
from programs.upkeep.link_checker import MAX_BODY, REFERENCE_NAME, Found, LinkChecker, is_public
from tests.programs.officers import writer
from tests.support.web import Web

WORKS, BROKEN, BLOCKED = Link.Outcome.WORKS, Link.Outcome.BROKEN, Link.Outcome.BLOCKED


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.stop()


def checker(web: Web, **changes: Any) -> LinkChecker:
    """One that may ask our own server, and does not wait."""
    given = {
        "is_allowed": lambda address: address == "127.0.0.1",
        "ports": frozenset({web.port}),
        "sleep": lambda seconds: None,
        "timeout": 5.0,
    }
    return LinkChecker(**{**given, **changes})


# --- outcomes


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/status/200", WORKS),
        ("/status/204", WORKS),
        ("/get/200", WORKS),
        ("/hangup/", WORKS),
        ("/hops/5", WORKS),
        ("/status/404", BROKEN),
        ("/status/410", BROKEN),
        ("/get/404", BROKEN),
        ("/status/401", BLOCKED),
        ("/status/403", BLOCKED),
        ("/status/405", BLOCKED),
        ("/status/429", BLOCKED),
        ("/status/500", BLOCKED),
        ("/status/503", BLOCKED),
        ("/status/304", BLOCKED),
        ("/hops/6", BLOCKED),
        ("/loop/0", BLOCKED),
        ("/nowhere/", BLOCKED),
        ("/robot/", BLOCKED),
        ("/noise/", BLOCKED),
        ("/to/http://[broken", BLOCKED),
        ("/to/ftp://127.0.0.1/x", BROKEN),
        ("/to//status/404", BROKEN),
    ],
)
def test_every_answer_has_its_outcome(web: Web, path: str, outcome: Link.Outcome) -> None:
    assert checker(web).check(web.url(path)).outcome == outcome


def test_what_answers_to_head_is_not_asked_again(web: Web) -> None:
    checker(web).check(web.url("/status/200"))
    assert web.asked == [("HEAD", "/status/200")]


def test_japanese_and_spaces_in_addresses_are_sent_as_servers_want_them(web: Web) -> None:
    checker(web).check(web.url("/japanese/公募 要領?q=補助金&x=%E3%81%82#場所"))
    path = "/japanese/%E5%85%AC%E5%8B%9F%20%E8%A6%81%E9%A0%98?q=%E8%A3%9C%E5%8A%A9%E9%87%91&x=%E3%81%82"
    assert web.asked == [("HEAD", path)]


def test_who_asks_says_so(web: Web) -> None:
    checker(web).check(web.url("/status/200"))
    assert all(agent.startswith("ShirubeLinkCheck/") and "+http" in agent for agent in web.agents)


def test_an_endless_page_is_read_to_its_bound_only(web: Web) -> None:
    assert checker(web).check(web.url("/endless/")).outcome == WORKS
    assert web.chunks_sent * MAX_BODY < 100 * MAX_BODY


def test_a_server_that_says_nothing_is_left_after_the_timeout(web: Web) -> None:
    found = checker(web, timeout=0.05).check(web.url("/silent/"))
    assert (found.outcome, found.detail) == (BLOCKED, "時間内に返事がありませんでした。")


def test_a_server_that_drips_is_left_when_the_time_for_the_link_is_over(web: Web) -> None:
    """Each byte comes within the timeout of one answer."""
    assert checker(web, timeout=5.0, budget=0.2).check(web.url("/drip/")).outcome == BLOCKED


def test_a_closed_port_is_broken(web: Web) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = checker(web, ports=frozenset({port})).check(f"http://127.0.0.1:{port}/")
    assert found.outcome == BROKEN


def test_a_server_that_cannot_do_tls_cannot_be_told(web: Web) -> None:
    assert checker(web).check(web.url("/status/200").replace("http:", "https:")).outcome == BLOCKED


UNKNOWN = socket.gaierror(socket.EAI_NONAME, "unknown")


@pytest.mark.parametrize(
    ("error", "reference", "outcome"),
    [
        (UNKNOWN, None, BROKEN),
        (UNKNOWN, UNKNOWN, BLOCKED),  # no name is known here: the machine has no name server
        (socket.gaierror(socket.EAI_AGAIN, "try again"), None, BLOCKED),
        (OSError("network is unreachable"), None, BLOCKED),
    ],
)
def test_names_that_do_not_resolve(web: Web, error: OSError, reference: OSError | None, outcome: Link.Outcome) -> None:
    def resolve(host: str, *args: Any, **kwargs: Any) -> list[Any]:
        failure = reference if host == REFERENCE_NAME else error
        if failure is not None:
            raise failure
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443))]

    assert checker(web, resolve=resolve).check(f"http://no-such-name.example:{web.port}/").outcome == outcome


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "javascript:alert(1)",
        "ftp://a/",
        "http://",
        "http://[::1",
        "http://a b/",
        "http://a\x00b/",
        "http://a:99999/",
        "http:///x",
        "http://" + "a" * 70 + ".jp/",
        "http://..jp/",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_web_address_is_broken(url: str) -> None:
    assert LinkChecker().check(url).outcome == BROKEN


# --- nothing inside is reached


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",  # noqa: S104
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "::127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "2001:db8::1",
        "2001:0:53aa:64c::1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "210.149.141.1", "2001:4860:4860::8888", "2400:cb00::1"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0"])
def test_our_own_machine_is_not_asked_by_any_spelling(web: Web, host: str) -> None:
    found = LinkChecker(ports=frozenset({web.port}), sleep=lambda seconds: None).check(
        f"http://{host}:{web.port}/status/200"
    )
    assert found.outcome == BLOCKED
    assert web.asked == []


def test_a_redirect_into_our_network_is_not_followed(web: Web) -> None:
    """The first host is allowed as if it were public; the one it names is not."""
    other = Web()
    try:
        ports = frozenset({web.port, other.port})
        resolve = fake_names({"public.example": "127.0.0.1", "inside.example": "127.0.0.2"})
        found = checker(web, ports=ports, resolve=resolve).check(
            f"http://public.example:{web.port}/to/http://inside.example:{other.port}/status/200"
        )
        assert (found.outcome, other.asked) == (BLOCKED, [])
        assert "公開されていない" in found.detail
    finally:
        other.stop()


def test_a_name_with_one_inner_address_is_not_asked_at_all(web: Web) -> None:
    resolve = fake_names({"mixed.example": "127.0.0.1"}, also="10.0.0.1")
    assert checker(web, resolve=resolve).check(f"http://mixed.example:{web.port}/status/200").outcome == BLOCKED
    assert web.asked == []


def test_the_peer_is_looked_at_again_once_connected(web: Web) -> None:
    """As if the address had changed hands between asking for it and connecting."""
    answers = iter([True, False])
    found = checker(web, is_allowed=lambda address: next(answers)).check(web.url("/status/200"))
    assert (found.outcome, web.asked) == (BLOCKED, [])


def test_other_ports_and_passwords_are_not_asked(web: Web) -> None:
    assert LinkChecker().check("http://example.jp:22/").outcome == BLOCKED
    assert LinkChecker().check("https://user:secret@example.jp/").outcome == BLOCKED


def fake_names(names: dict[str, str], also: str = "") -> Any:
    def resolve(host: str, port: int, **kwargs: Any) -> list[Any]:
        addresses = [names[host], *([also] if also else [])]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return resolve


# --- politeness


def test_a_host_is_asked_once_a_second(web: Web) -> None:
    slept: list[float] = []
    asking = checker(web, sleep=slept.append, pause=1000.0)
    for path in ("/status/200", "/status/404"):
        asking.check(web.url(path))
    assert len(web.asked) == 3
    assert len(slept) == 2
    assert all(990 < seconds <= 1000 for seconds in slept)


def test_another_host_does_not_wait(web: Web) -> None:
    slept: list[float] = []
    asking = checker(
        web, sleep=slept.append, pause=1000.0, resolve=fake_names({"a.example": "127.0.0.1", "b.example": "127.0.0.1"})
    )
    for host in ("a", "b"):
        asking.check(f"http://{host}.example:{web.port}/status/200")
    assert slept == []


# --- rows


class FakeChecker:
    """Answers by table; what is not in it works."""

    def __init__(self, found: dict[str, Found | Exception] | None = None) -> None:
        self.found = found or {}
        self.asked: list[str] = []

    def check(self, url: str) -> Found:
        self.asked.append(url)
        answer = self.found.get(url, Found(WORKS, ""))
        if isinstance(answer, Exception):
            raise answer
        return answer


URL = "https://it-shien.smrj.go.jp/"
NIGHT = timezone.make_aware(datetime(2024, 2, 1, 2, 40))


def with_source_url(documents: list[ProgrammeDocument], program: str, url: str) -> ProgrammeDocument:
    document = next(document for document in documents if document.program == program)
    source = document.sources[0].model_copy(update={"url": url})
    return document.model_copy(update={"sources": (source, *document.sources[1:])})


@pytest.mark.django_db
@pytest.mark.services
def test_rows_are_those_of_the_documents_in_force_and_the_sources(
    programmes: None, shipped_documents: list[ProgrammeDocument]
) -> None:
    Link.objects.create(url="https://gone.example/", programs=["jizokuka"])
    publish(
        with_source_url(shipped_documents, "jizokuka", "https://new.example/"),
        origin=Revision.Origin.DESK,
        reason="足す",
    )
    add = {"name": "own.txt", "title": "t", "publisher": "p", "day": date(2024, 1, 1), "text": "x", "user": writer()}
    sources.add_source(**add, url="https://own.example/")
    links.refresh()
    rows = dict(Link.objects.values_list("url", "programs"))
    assert rows["https://new.example/"] == ["jizokuka"]
    assert rows["https://own.example/"] == []
    assert "https://gone.example/" not in rows
    assert URL in rows


@pytest.mark.django_db
def test_the_programmes_of_a_link_are_rebuilt_and_its_result_stays(
    programmes: None, shipped_documents: list[ProgrammeDocument]
) -> None:
    Link.objects.create(url=URL, programs=["gone"], outcome=BROKEN, since=NIGHT, checked_at=NIGHT)
    publish(with_source_url(shipped_documents, "jizokuka", URL), origin=Revision.Origin.DESK, reason="足す")
    links.refresh()
    link = Link.objects.get(url=URL)
    assert "jizokuka" in link.programs
    assert "gone" not in link.programs
    assert (link.outcome, link.since) == (BROKEN, NIGHT)


@pytest.mark.django_db
@pytest.mark.services
def test_since_moves_only_when_the_outcome_does(programmes: None) -> None:
    nights = [NIGHT + timedelta(days=number) for number in range(3)]
    seen = []
    for night, outcome in zip(nights, [BROKEN, BROKEN, WORKS], strict=True):
        with time_machine.travel(night, tick=False):
            links.check_some(night, FakeChecker({URL: Found(outcome, "くわしく")}))  # type: ignore[arg-type]
        link = Link.objects.get(url=URL)
        seen.append((link.outcome, link.since, link.checked_at))
    assert seen == [(BROKEN, nights[0], nights[0]), (BROKEN, nights[0], nights[1]), (WORKS, nights[2], nights[2])]


@pytest.mark.django_db
def test_a_night_goes_chunk_by_chunk_and_on_where_it_was_killed(
    programmes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "CHUNK", 1)
    asking, now = FakeChecker(), timezone.now()
    links.refresh()
    count = Link.objects.count()
    assert count > 1
    more = [links.check_some(now, asking) for _ in range(count)]  # type: ignore[arg-type]
    assert more == [True] * (count - 1) + [False]
    assert sorted(asking.asked) == sorted(set(asking.asked))
    assert links.check_some(now, asking) is False  # type: ignore[arg-type]
    assert len(asking.asked) == count


@pytest.mark.django_db
def test_a_link_that_the_checker_cannot_bear_stops_no_other(programmes: None, caplog: pytest.LogCaptureFixture) -> None:
    links.check_some(timezone.now(), FakeChecker({URL: RuntimeError("odd")}))  # type: ignore[arg-type]
    assert Link.objects.get(url=URL).outcome == BLOCKED
    assert not Link.objects.filter(outcome=Link.Outcome.UNCHECKED).exists()
    assert "odd" in caplog.text


@pytest.mark.django_db
def test_an_address_too_long_for_a_row_is_left_out_and_told(
    programmes: None, shipped_documents: list[ProgrammeDocument], caplog: pytest.LogCaptureFixture
) -> None:
    long = "https://long.example/" + "x" * 600
    publish(with_source_url(shipped_documents, "jizokuka", long), origin=Revision.Origin.DESK, reason="足す")
    links.refresh()
    assert not Link.objects.filter(url__startswith="https://long").exists()
    assert "longer than" in caplog.text
