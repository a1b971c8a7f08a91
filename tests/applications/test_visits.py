"""What changed since a person's last visit: shown with its cause, kept by 「確認した」 for that person alone."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from applications import matching
from applications.clients import clients
from applications.models import Client, Membership, Visit
from eligibility.engine.document import ProgrammeDocument
from programs import publishing, rulebook
from programs.documents import document_of
from programs.loading import load_documents
from programs.models import Revision
from tests.applications.page_words import text_of
from tests.applications.supporters import SHOP, adviser, client_of, manager, organisation
from tests.programs.officers import publisher

pytestmark = [pytest.mark.django_db, pytest.mark.services]

CALLS = "2023-10-17"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-20T12:00:00+09:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def acting(clock: time_machine.Traveller, shipped_documents: list[ProgrammeDocument]) -> Membership:
    """A manager, and two of the programmes published at the time of the clock: pages of all five take their time."""
    load_documents([document for document in shipped_documents if document.program in ("jizokuka", "jigyo-saikochiku")])
    return manager()


def signed_in(acting: Membership) -> Browser:
    browser = Browser()
    browser.force_login(acting.user)
    return browser


def page_of(browser: Browser, client: Client, day: str = "") -> Any:
    address = reverse("supporters:client", kwargs={"client_pk": client.pk})
    return browser.get(address, {"as_of": day} if day else {})


def since_of(browser: Browser, client: Client, day: str = "") -> str:
    """The words of the section on what changed."""
    text = text_of(page_of(browser, client, day))
    start = text.index("前回の確認から変わったこと")
    return text[start : text.index("「前回」として記録します", start)].replace("→ ", "")


def seen_of(client: Client, day: str) -> dict[str, Any]:
    """What the form of the client's page on a day sends."""
    key = matching.key_of(date.fromisoformat(day), rulebook.current())
    return {"stamp": client.stamp, "as_of": day, "rules": key}


def confirm(browser: Browser, client: Client, day: str = "2026-11-20") -> Any:
    """Press 「確認した」 on the page of a day as it is now."""
    client.refresh_from_db()
    return send(browser, client, seen_of(client, day))


def send(browser: Browser, client: Client, sent: dict[str, Any]) -> Any:
    return browser.post(reverse("supporters:visit_confirm", kwargs={"client_pk": client.pk}), sent)


def republished(without: str) -> Revision:
    """持続化補助金 published again without one of its requirements."""
    document = document_of(Revision.objects.filter(version__programme__slug="jizokuka").order_by("-pk")[0])
    kept = tuple(row for row in document.requirements if row.id != without)
    changed = document.model_copy(update={"requirements": kept})
    return publishing.publish(changed, origin=Revision.Origin.DESK, reason="見直し", user=publisher())


def test_the_first_time_says_so(acting: Membership) -> None:
    browser, client = signed_in(acting), client_of(acting)
    assert "あなたの確認の記録は、まだありません" in since_of(browser, client)
    assert not Visit.objects.exists()  # looking alone keeps nothing


def test_confirmed_and_nothing_changed(acting: Membership) -> None:
    browser, client = signed_in(acting), client_of(acting)
    form = page_of(browser, client).context
    sent = {"stamp": form["client"].stamp, "as_of": form["result"].day.isoformat(), "rules": form["rules_key"]}
    assert sent == seen_of(client, "2026-11-20")
    response = send(browser, client, sent)
    text = text_of(browser.get(response["Location"]))
    assert "確認の記録を、いまの内容にしました" in text
    assert "変わったことはありません" in text


def test_answers_changed(acting: Membership) -> None:
    browser, client = signed_in(acting), client_of(acting)
    confirm(browser, client)
    clients.save(acting=acting, client=client, stamp=1, profile=SHOP | {"employees": 60}, values={"notes": "増員"})
    said = since_of(browser, client)
    assert "要件を満たしています から 満たしていない要件があります 回答が変わった" in said
    assert "規則が変わった" not in said and "基準日が変わった" not in said
    assert "従業員 4人 60人" in said
    assert "メモ （なし） 増員" in said


def test_rules_changed(acting: Membership, clock: time_machine.Traveller) -> None:
    browser, client = signed_in(acting), client_of(acting, with_commerce_association=False)
    confirm(browser, client)
    clock.shift(60)
    republished(without="commerce-association")
    said = since_of(browser, client)
    assert "通常枠 判定 満たしていない要件があります から 要件を満たしています 規則が変わった" in said
    assert "回答が変わった" not in said and "基準日が変わった" not in said
    assert "回答・基本情報の変更" not in said


def test_rules_changed_without_effect_on_the_client(acting: Membership, clock: time_machine.Traveller) -> None:
    browser, client = signed_in(acting), client_of(acting)
    confirm(browser, client)
    clock.shift(60)
    republished(without="own-plan")
    said = since_of(browser, client)
    assert "規則が改訂されました（この企業の結果は同じです）：小規模事業者持続化補助金" in said
    assert "判定・受付・金額は、前回と同じです" in said


def test_the_day_changed(acting: Membership) -> None:
    browser, client = signed_in(acting), client_of(acting)
    confirm(browser, client, CALLS)
    said = since_of(browser, client)
    assert "前回の確認：2026年11月20日 12:00（基準日 2023年10月17日）" in said
    assert "受付 受付中 から 受付終了 基準日が変わった" in said
    assert "規則が変わった" not in said and "回答が変わった" not in said
    assert "変わったことはありません" in since_of(browser, client, CALLS)


def test_a_programme_that_is_announced_on_a_later_day_comes_with_the_day(acting: Membership) -> None:
    browser, client = signed_in(acting), client_of(acting)
    confirm(browser, client, "2021-03-15")
    said = since_of(browser, client, CALLS)
    assert "新しい枠 （なし） から 要件を満たしています 基準日が変わった" in said
    assert "規則が変わった" not in said


def test_a_version_published_since_is_a_change_of_the_rules(acting: Membership, clock: time_machine.Traveller) -> None:
    """Announced after the day of the last visit, so that it answers on the new day only."""
    browser, client = signed_in(acting), client_of(acting)
    confirm(browser, client)
    clock.shift(24 * 3600)
    document = document_of(Revision.objects.filter(version__programme__slug="jizokuka").order_by("-pk")[0])
    announced = document.time.model_copy(update={"announced": date(2026, 11, 21)})
    later = document.model_copy(update={"version": "r8", "time": announced, "frames": document.frames[:4]})
    publishing.publish(later, origin=Revision.Origin.DESK, reason="新しい公募", user=publisher())
    assert "jizokuka@r8" in rulebook.current().versions
    said = since_of(browser, client)
    assert "創業枠 なくなった枠 まだ判定できません（確認が必要な項目があります） から （なし） 規則が変わった" in said
    assert "基準日が変わった" not in said
    assert "規則が改訂されました" not in said  # it says more than that


def test_everything_at_once_each_with_its_cause(acting: Membership, clock: time_machine.Traveller) -> None:
    browser, client = signed_in(acting), client_of(acting, with_commerce_association=False, employees=60)
    confirm(browser, client, CALLS)
    clock.shift(60)
    republished(without="commerce-association")
    clients.save(acting=acting, client=client, stamp=1, profile=SHOP | {"with_commerce_association": False})
    said = since_of(browser, client)
    assert "要件を満たしています 回答が変わった" in said  # without the rule it still had too many people
    assert "受付終了 基準日が変わった" in said


def test_each_person_has_their_own_visits(acting: Membership) -> None:
    client, colleague = client_of(acting), adviser()
    confirm(signed_in(acting), client)
    assert "まだありません" in since_of(signed_in(colleague), client)
    confirm(signed_in(colleague), client)
    confirm(signed_in(colleague), client)
    assert sorted(Visit.objects.values_list("user__username", flat=True)) == ["kanri", "tanto"]


@pytest.mark.parametrize("what", ["answers", "rules", "nothing", "nonsense"])
def test_what_was_not_seen_is_not_confirmed(acting: Membership, clock: time_machine.Traveller, what: str) -> None:
    """Answers or rules that changed while the page was open are no news to nobody: they are shown first."""
    browser, client = signed_in(acting), client_of(acting)
    sent = seen_of(client, "2026-11-20")
    if what == "answers":
        clients.save(acting=acting, client=client, stamp=1, profile=SHOP | {"employees": 60})
    elif what == "rules":
        clock.shift(60)
        republished(without="own-plan")
    elif what == "nothing":
        sent = {}
    else:
        sent = {"stamp": "いち", "as_of": "あした", "rules": "\x00"}
    response = send(browser, client, sent)
    assert "確認の記録は変えていません" in text_of(browser.get(response["Location"]))
    assert not Visit.objects.exists()


def test_a_page_kept_open_over_midnight_confirms_its_own_day(acting: Membership, clock: time_machine.Traveller) -> None:
    browser, client = signed_in(acting), client_of(acting)
    sent = seen_of(client, "2026-11-20")
    clock.shift(24 * 3600)
    assert send(browser, client, sent)["Location"].endswith("?as_of=2026-11-20")
    assert Visit.objects.get().as_of == date(2026, 11, 20)


def test_a_visit_of_another_release_counts_as_none(acting: Membership) -> None:
    browser, client = signed_in(acting), client_of(acting)
    confirm(browser, client)
    Visit.objects.update(verdicts={"jizokuka/tsujo": {"verdict": "eligible"}})
    assert "まだありません" in since_of(browser, client)


def test_a_client_of_others_cannot_be_confirmed(acting: Membership) -> None:
    client = client_of(acting)
    stranger = signed_in(manager("tonari", organisation("となりの商工会")))
    assert send(stranger, client, {"stamp": "1"}).status_code == 404
    assert (
        signed_in(acting).get(reverse("supporters:visit_confirm", kwargs={"client_pk": client.pk})).status_code == 405
    )
    assert not Visit.objects.exists()


def test_visits_go_with_their_client(acting: Membership) -> None:
    browser, client = signed_in(acting), client_of(acting)
    confirm(browser, client)
    clients.delete(acting=acting, client=client)
    assert not Visit.objects.exists()
