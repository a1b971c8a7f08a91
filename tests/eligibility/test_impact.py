"""The impact preview: who is counted, what is counted, and the job's life."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pytest_django import Settings

from eligibility.engine.calendar import AsOf
from eligibility.engine.document import ProgrammeDocument, read_document
from eligibility.engine.evaluate import Verdict
from eligibility.engine.interval import Interval
from eligibility.impacts import previews as impact
from eligibility.impacts.effects import Effect, Judge, Standing, effect_of, yen_between
from eligibility.models import Impact, SelfCheck
from portal.accounts.models import User
from portal.common.jobs import JobState
from programs import publishing, rulebook
from programs.documents import document_of, vocabulary
from programs.drafts import DraftRefused
from programs.models import AuditEntry, Draft, DraftState, Revision
from tests.eligibility.impacts import SHOP, agreed, draft_without, previewed
from tests.factories import SelfCheckFactory
from tests.programs.officers import correction_of, new_version_of, writer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes"), pytest.mark.services]

ELIGIBLE, OPEN, NOT = Verdict.ELIGIBLE, Verdict.NEEDS_INFO, Verdict.NOT_ELIGIBLE


@pytest.fixture(autouse=True)
def _no_broker_and_few_companies(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[None]:
    monkeypatch.setattr(Impact, "ring", lambda self: None)
    settings.IMPACT_COMPANIES = 60
    yield


@pytest.fixture
def user() -> User:
    return writer()


def saved(impact: Impact) -> dict[str, Any]:
    assert impact.result is not None
    numbers: dict[str, Any] = impact.result["saved"]
    return numbers


def numbers_in(kept: Any) -> list[int]:
    """Every number in it, however deep."""
    if isinstance(kept, dict | list):
        return [number for part in (kept.values() if isinstance(kept, dict) else kept) for number in numbers_in(part)]
    return [kept] if isinstance(kept, int) else []


# --- what is counted


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (NOT, ELIGIBLE, Effect.GAINS),
        (OPEN, ELIGIBLE, Effect.GAINS),
        (ELIGIBLE, NOT, Effect.LOSES),
        (ELIGIBLE, OPEN, Effect.UNSURE),
        (NOT, OPEN, Effect.OPENS),
        (OPEN, NOT, Effect.CLOSES),
        (ELIGIBLE, ELIGIBLE, Effect.STAYS),
        (OPEN, OPEN, Effect.OTHER),
        (NOT, NOT, Effect.OTHER),
    ],
)
def test_every_change_of_a_verdict_has_its_name(before: Verdict, after: Verdict, effect: Effect) -> None:
    assert effect_of(before, after) is effect


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        (Standing(NOT, None), Standing(ELIGIBLE, Interval(5, 5)), Interval(5, 5)),
        (Standing(ELIGIBLE, Interval(5, 5)), Standing(OPEN, None), Interval(-5, -5)),
        (Standing(ELIGIBLE, Interval(2, 9)), Standing(ELIGIBLE, Interval(4, 9)), Interval(2, 0)),
        (Standing(ELIGIBLE, None), Standing(ELIGIBLE, Interval(4, 9)), Interval(0, 0)),
        (Standing(ELIGIBLE, Interval(5, None)), Standing(NOT, None), Interval(0, 0)),
    ],
)
def test_an_amount_that_cannot_be_told_is_never_guessed(before: Standing, after: Standing, moved: Interval) -> None:
    assert yen_between(before, after) == moved


def test_a_company_stands_as_its_best_frame_with_the_best_amount(shipped_documents: list[ProgrammeDocument]) -> None:
    jizokuka = next(document for document in shipped_documents if document.program == "jizokuka")
    judge, day = Judge(jizokuka, vocabulary()), AsOf(date(2023, 10, 17))

    assert judge.standing(SHOP, day).verdict is ELIGIBLE
    assert judge.standing(SHOP | {"minimum_wage_margin": 30}, day).amount == Interval(1_200_000, 1_200_000)
    assert judge.standing({}, day) == Standing(OPEN, None)
    assert judge.standing(SHOP | {"employees": 6}, day).verdict is NOT
    assert Judge(None, vocabulary()).standing(SHOP, day).verdict is NOT


def test_who_becomes_eligible_is_counted_with_yen_place_and_trade(user: User) -> None:
    agreed(12, opens_sales_channels=False)
    agreed(10, opens_sales_channels=False, prefecture="13", industry="76")
    agreed(11)
    numbers = saved(previewed(draft_without("jizokuka", user, requirement="sales-channels"), user))

    assert numbers["companies"] == 33
    assert (numbers["effects"]["gains"], numbers["effects"]["stays"]) == (22, 11)
    assert numbers["prefecture"] == {
        "36": {"gains": 12, "loses": 0, "unsure": 0, "yen": [6_000_000, 6_000_000]},
        "13": {"gains": 10, "loses": 0, "unsure": 0, "yen": [5_000_000, 5_000_000]},
    }
    assert [(key, row["gains"]) for key, row in numbers["industry"].items()] == [("I", 12), ("M", 10)]
    assert numbers["yen"]["total"] == [11_000_000, 11_000_000]


def test_who_does_not_say_where_it_is_stands_in_a_row_of_its_own(user: User) -> None:
    agreed(10, opens_sales_channels=False, prefecture=None)
    numbers = saved(previewed(draft_without("jizokuka", user, requirement="sales-channels"), user))

    assert numbers["prefecture"][""]["gains"] == 10


def test_counts_below_ten_are_not_even_stored(user: User) -> None:
    agreed(9, opens_sales_channels=False)
    agreed(30)
    numbers = saved(previewed(draft_without("jizokuka", user, requirement="sales-channels"), user))

    assert numbers["companies"] == 39
    assert numbers["effects"]["gains"] is None
    assert numbers["effects"]["stays"] is None, "39 - 30 would tell"
    assert numbers["yen"]["gains"] is numbers["yen"]["total"] is None
    assert {row["gains"] for row in numbers["prefecture"].values()} == {None}
    assert not set(range(1, 10)) & set(numbers_in(numbers))


def test_of_fewer_than_ten_companies_nothing_is_kept(user: User) -> None:
    agreed(9)

    assert saved(previewed(correction_of("jizokuka", user), user)) == {"companies": None}


# --- who is counted


def test_only_live_checks_whose_owners_agreed_are_counted(user: User) -> None:
    draft = draft_without("jizokuka", user, requirement="sales-channels")
    agreed(10)
    for others in (
        {"agrees_to_counting": False},
        {"agrees_to_counting": True, "is_demo": True},
        {"agrees_to_counting": True, "preview": draft},
        {"agrees_to_counting": True, "expired": True},
    ):
        SelfCheckFactory(profile=SHOP, **others)

    assert saved(previewed(draft, user))["companies"] == 10


def test_profiles_are_read_page_by_page_each_once(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impact, "CHUNK", 7)
    agreed(30)

    assert saved(previewed(correction_of("jizokuka", user), user))["companies"] == 30


def test_an_answer_that_cannot_be_read_any_more_counts_as_not_given(user: User) -> None:
    agreed(10, prefecture="99", employees="three")

    assert saved(previewed(correction_of("jizokuka", user), user))["companies"] == 10


def test_made_up_companies_are_reported_apart(user: User) -> None:
    result = previewed(correction_of("jizokuka", user), user).result

    assert result is not None
    assert result["saved"]["companies"] == 0
    assert result["seeded"]["companies"] == 60


# --- against what


def test_a_correction_is_compared_with_what_is_in_force_of_its_version(user: User) -> None:
    draft = correction_of("jizokuka", user)
    result = previewed(draft, user).result

    assert result is not None
    assert result["before"] == {"key": "jizokuka@r4-hosei2", "revision": 1}
    assert result["as_of"] == draft.document["time"]["announced"]


def test_a_new_version_is_compared_with_what_is_in_force_on_its_day(user: User) -> None:
    draft = new_version_of("jizokuka", "r6", user)
    draft.document = {**draft.document, "time": {**draft.document["time"], "announced": "2025-03-01", "rounds": []}}

    assert before(draft) == "jizokuka@r4-hosei2"


def test_a_version_for_a_day_before_any_other_is_compared_with_what_it_was_copied_from(user: User) -> None:
    draft = new_version_of("jizokuka", "r1", user)
    draft.document = {**draft.document, "time": {**draft.document["time"], "announced": "2019-03-01", "rounds": []}}

    assert before(draft) == "jizokuka@r4-hosei2"


def test_where_nothing_was_before_everybody_eligible_gains(user: User) -> None:
    agreed(10)
    source = rulebook.current().versions["jizokuka@r4-hosei2"].document
    draft = Draft.objects.create(
        program="atarashii", version="r6", document={}, created_by=user, updated_by=user, state=DraftState.DRAFT
    )
    plain = Revision.objects.get(version__programme__slug="jizokuka").document
    draft.document = {**plain, "program": "atarashii", "version": "r6"}
    draft.save()

    assert impact.before_of(draft, source.model_copy(update={"program": "atarashii", "version": "r6"})) is None
    assert saved(previewed(draft, user))["effects"]["gains"] == 10


def before(draft: Draft) -> str | None:
    found = impact.before_of(draft, read_document(draft.document))
    return found.document.key if found else None


# --- the job


def test_the_same_draft_is_counted_once(user: User) -> None:
    draft = correction_of("jizokuka", user)
    first = impact.request_impact(draft=draft, user=user)

    assert impact.request_impact(draft=draft, user=user) == first, "it waits"
    impact.preview_impact(str(first.pk))
    assert impact.request_impact(draft=draft, user=user) == first, "it is done"
    assert Impact.objects.count() == 1


def test_once_more_counts_again_and_keeps_the_result_until_then(user: User) -> None:
    draft = correction_of("jizokuka", user)
    first = previewed(draft, user)
    second = impact.request_impact(draft=draft, user=user, again=True)

    assert second != first
    assert impact.latest_impact(draft) == second
    assert impact.finished_impact(draft) == first


def test_a_changed_draft_is_counted_anew(user: User) -> None:
    draft = correction_of("jizokuka", user)
    first = previewed(draft, user)
    changed = draft_without("jizokuka", user, requirement="sales-channels")

    assert impact.is_outdated(first, changed)
    assert previewed(changed, user) != first


def test_what_is_counted_is_the_draft_as_the_work_begins(user: User) -> None:
    draft = correction_of("jizokuka", user)
    asked = impact.request_impact(draft=draft, user=user)
    changed = draft_without("jizokuka", user, requirement="sales-channels")
    impact.preview_impact(str(asked.pk))
    asked.refresh_from_db()

    assert not impact.is_outdated(asked, changed)


def test_ringing_twice_counts_once(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = previewed(correction_of("jizokuka", user), user)

    def no_more(job: Impact) -> dict[str, Any]:
        raise AssertionError

    monkeypatch.setattr(impact, "_count", no_more)
    impact.preview_impact(str(asked.pk))

    asked.refresh_from_db()
    assert (asked.is_done, asked.attempts) == (True, 1)


def test_progress_is_told_while_counting(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[int, str]] = []
    monkeypatch.setattr(impact, "CHUNK", 20)
    monkeypatch.setattr(Impact, "beat", lambda self, percent, text: heard.append((percent, text)))
    agreed(20)
    previewed(correction_of("jizokuka", user), user)

    assert heard == [
        (25, "自社診断を数えています"),
        (50, "架空の会社を数えています"),
        (75, "架空の会社を数えています"),
        (99, "架空の会社を数えています"),
    ]


def test_only_a_sound_and_open_draft_can_be_previewed(user: User) -> None:
    draft = correction_of("jizokuka", user)
    draft.document = {**draft.document, "frames": []}
    draft.save()
    with pytest.raises(DraftRefused, match="誤り"):
        impact.request_impact(draft=draft, user=user)

    Draft.objects.update(state=DraftState.DISCARDED)
    with pytest.raises(DraftRefused, match="公開前"):
        impact.request_impact(draft=draft, user=user)
    assert not Impact.objects.exists()


def test_a_draft_broken_meanwhile_fails_visibly_and_can_be_tried_again(user: User) -> None:
    draft = correction_of("jizokuka", user)
    asked = impact.request_impact(draft=draft, user=user)
    sound = draft.document
    Draft.objects.update(document={**sound, "frames": []})
    impact.preview_impact(str(asked.pk))
    asked.refresh_from_db()
    assert asked.state == JobState.FAILED
    assert "直してから" in asked.error

    Draft.objects.update(document=sound)
    assert impact.request_impact(draft=draft, user=user) == asked
    impact.preview_impact(str(asked.pk))
    asked.refresh_from_db()
    assert asked.is_done


def test_asking_stands_in_the_trail(user: User) -> None:
    draft = correction_of("jizokuka", user)
    impact.request_impact(draft=draft, user=user)

    entry = AuditEntry.objects.filter(draft=draft).first()
    assert entry is not None
    assert (entry.action, entry.user) == ("影響の試算を依頼", user)


# --- what officers are told


def test_a_draft_that_takes_much_away_is_warned_of(user: User, settings: Settings) -> None:
    agreed(10, minimum_wage_margin=0)
    agreed(15, expenses={"exhibition": 900_000}, used_specified_startup_support=True, started_within_3_years=True)
    draft = draft_without("jizokuka", user, frame="tsujo")
    previewed(draft, user)

    assert "40.0％" in (impact.warning_of(draft) or "")
    assert impact.warning_of(draft) in impact.notices(draft)
    settings.IMPACT_WARNING_PERCENT = 100
    assert impact.warning_of(draft) is None


def test_nothing_is_warned_of_saved_checks_that_the_numbers_do_not_say(user: User, settings: Settings) -> None:
    """Nine of 170 are more than five percent: a warning would tell that it is nine."""
    settings.IMPACT_COMPANIES = 0
    agreed(9)
    agreed(161, used_specified_startup_support=True, started_within_3_years=True)
    draft = draft_without("jizokuka", user, frame="tsujo")
    numbers = saved(previewed(draft, user))

    assert numbers["effects"]["loses"] is None
    assert impact.warning_of(draft) is None


def test_what_the_numbers_of_saved_checks_say_is_warned_of_as_the_least(user: User, settings: Settings) -> None:
    """20 of at most 20 + 10 + 9 are seen to lose, whatever the hidden nine do."""
    settings.IMPACT_COMPANIES = 0
    agreed(20)
    agreed(9, opens_sales_channels=None)
    agreed(10, minimum_wage_margin=30)
    agreed(30, employees=50)
    draft = draft_without("jizokuka", user, frame="tsujo")
    numbers = saved(previewed(draft, user))

    assert numbers["effects"]["loses"] == 20
    assert "少なくとも" in (impact.warning_of(draft) or "")


def test_notices_say_when_the_preview_is_missing_or_old(user: User) -> None:
    draft = correction_of("jizokuka", user)
    assert impact.notices(draft) == []
    draft.state = DraftState.IN_REVIEW
    assert impact.notices(draft) == ["この案の影響の試算は、まだ行われていません。"]

    draft.state = DraftState.DRAFT
    previewed(draft, user)
    assert impact.notices(draft) == []
    assert any("もう一度" in words for words in impact.notices(draft_without("jizokuka", user, requirement="own-plan")))


def test_a_revision_published_meanwhile_makes_the_preview_old(user: User) -> None:
    draft = correction_of("jizokuka", user)
    asked = previewed(draft, user)
    published = document_of(Revision.objects.get(version__programme__slug="jizokuka"))
    changed = published.model_copy(update={"requirements": published.requirements[:-1]})
    publishing.publish(changed, origin=Revision.Origin.DESK, reason="訂正")

    assert impact.is_outdated(asked, draft)


def test_deleting_checks_leaves_what_was_counted(user: User) -> None:
    agreed(10)
    asked = previewed(correction_of("jizokuka", user), user)
    SelfCheck.objects.all().delete()
    asked.refresh_from_db()

    assert saved(asked)["companies"] == 10
