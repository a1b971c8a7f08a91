"""The life of a draft: the table of states is what the service does, whoever asks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from eligibility.engine.document import ProgrammeDocument
from portal.accounts.models import User
from programs import drafts, lifecycle, paths, rulebook
from programs.drafts import DraftRefused
from programs.lifecycle import MOVES
from programs.models import AcceptanceCase, AuditEntry, Draft, DraftState, Publication, Revision, Version
from programs.publishing import NotInForce, publish, withdraw
from tests.programs import officers

pytestmark = [pytest.mark.services, pytest.mark.django_db, pytest.mark.usefixtures("programmes")]

PROGRAM, VERSION = "jizokuka", "jizokuka@r4-hosei2"
CAP = "frames.0.benefit.caps.0"
SUMMARY = "identity.summary"


@pytest.fixture
def writer() -> User:
    return officers.writer()


@pytest.fixture
def publisher() -> User:
    return officers.publisher()


@pytest.fixture
def draft(writer: User) -> Draft:
    """A correction with one change in it."""
    return change_summary(officers.correction_of(PROGRAM, writer), writer)


def change_summary(draft: Draft, user: User, words: str = "小さな会社の販路開拓を助けます。") -> Draft:
    stamp = paths.stamp(paths.read(draft.document, SUMMARY))
    return drafts.save_section(draft=draft, path=SUMMARY, data=words, stamp=stamp, user=user)


def approved(draft: Draft, writer: User, publisher: User) -> Draft:
    lifecycle.move(draft, "submit", user=writer, reason="言い回しの訂正")
    return lifecycle.move(draft, "approve", user=publisher)


def summary_in_force() -> str:
    return rulebook.current().versions[VERSION].document.identity.summary


def test_a_draft_becomes_the_rules_in_force(draft: Draft, writer: User, publisher: User) -> None:
    published = lifecycle.move(approved(draft, writer, publisher), "publish", user=publisher)
    assert summary_in_force() == "小さな会社の販路開拓を助けます。"
    assert published.revision is not None
    assert (published.revision.number, published.revision.origin, published.revision.reason) == (
        2,
        Revision.Origin.DESK,
        "言い回しの訂正",
    )


@pytest.mark.parametrize("state", list(DraftState))
@pytest.mark.parametrize("name", MOVES)
def test_no_move_from_a_state_that_the_table_does_not_name(
    draft: Draft, publisher: User, state: DraftState, name: str
) -> None:
    if state in MOVES[name].sources:
        return
    Draft.objects.filter(pk=draft.pk).update(state=state, publish_at=timezone.now())
    with pytest.raises(DraftRefused):
        lifecycle.move(draft, name, user=publisher, reason="理由", publish_at=timezone.now() + timedelta(days=1))
    draft.refresh_from_db()
    assert draft.state == state
    assert MOVES[name] not in lifecycle.possible_moves(draft, publisher)


@pytest.mark.parametrize("name", [move.name for move in MOVES.values() if move.perm == lifecycle.PUBLISH])
def test_a_writer_does_not_do_what_a_publisher_does(draft: Draft, writer: User, name: str) -> None:
    Draft.objects.filter(pk=draft.pk).update(state=MOVES[name].sources[0], publish_at=timezone.now())
    with pytest.raises(DraftRefused, match="権限がありません"):
        lifecycle.move(draft, name, user=writer, reason="理由")


@pytest.mark.parametrize("name", [move.name for move in MOVES.values() if move.needs_reason])
def test_a_reason_is_asked_for(draft: Draft, publisher: User, name: str) -> None:
    Draft.objects.filter(pk=draft.pk).update(state=MOVES[name].sources[0])
    if name == "withdraw":
        Draft.objects.filter(pk=draft.pk).update(revision=Revision.objects.get(version__programme__slug=PROGRAM))
    with pytest.raises(DraftRefused, match="理由を書いて"):
        lifecycle.move(draft, name, user=publisher, reason=" ")


def test_nobody_approves_what_they_wrote(writer: User, publisher: User) -> None:
    """Neither who made the draft nor who changed a word in it."""
    draft = change_summary(officers.correction_of(PROGRAM, writer), publisher)
    lifecycle.move(draft, "submit", user=writer, reason="訂正")
    with pytest.raises(DraftRefused, match="自分が書いた案"):
        lifecycle.move(draft, "approve", user=publisher)
    assert lifecycle.move(draft, "approve", user=officers.publisher("betsu")).state == DraftState.APPROVED


def test_not_even_a_superuser_approves_their_own_draft(draft: Draft, writer: User) -> None:
    User.objects.filter(pk=writer.pk).update(is_superuser=True)
    admin = User.objects.get(pk=writer.pk)
    lifecycle.move(draft, "submit", user=admin, reason="訂正")
    with pytest.raises(DraftRefused, match="自分が書いた案"):
        lifecycle.move(draft, "approve", user=admin)


def test_a_draft_with_errors_does_not_go_to_review(draft: Draft, writer: User) -> None:
    stamp = paths.stamp(paths.read(draft.document, CAP))
    cap = {**paths.read(draft.document, CAP), "cites": []}
    drafts.save_section(draft=draft, path=CAP, data=cap, stamp=stamp, user=writer)
    with pytest.raises(DraftRefused, match="文書の検査で1件の誤り"):
        lifecycle.move(draft, "submit", user=writer, reason="訂正")


def test_what_is_in_review_is_not_edited(draft: Draft, writer: User) -> None:
    lifecycle.move(draft, "submit", user=writer, reason="訂正")
    with pytest.raises(DraftRefused, match="下書きに戻して"):
        change_summary(draft, writer, "別の言葉")


def test_publication_at_a_set_moment(draft: Draft, writer: User, publisher: User) -> None:
    moment = timezone.now() + timedelta(hours=2)
    before = summary_in_force()
    lifecycle.move(approved(draft, writer, publisher), "schedule", user=publisher, publish_at=moment)
    assert lifecycle.publish_due(moment - timedelta(seconds=1)) == []
    assert summary_in_force() == before
    with time_machine.travel(moment):
        assert lifecycle.publish_due(timezone.now()) == [draft]
        assert lifecycle.publish_due(timezone.now()) == []
    assert summary_in_force() == "小さな会社の販路開拓を助けます。"
    assert AuditEntry.objects.filter(draft=draft, action="予約どおりに公開", user=None).exists()


def test_a_reservation_in_the_past_is_refused(draft: Draft, writer: User, publisher: User) -> None:
    approved(draft, writer, publisher)
    with pytest.raises(DraftRefused, match="これから先"):
        lifecycle.move(draft, "schedule", user=publisher, publish_at=timezone.now())


def test_a_scheduled_draft_that_became_unsound_is_kept_back(draft: Draft, writer: User, publisher: User) -> None:
    """And another one that is due is published all the same."""
    other = change_summary(officers.correction_of("monozukuri", writer), writer)
    moment = timezone.now() + timedelta(hours=1)
    for one in (draft, other):
        lifecycle.move(approved(one, writer, publisher), "schedule", user=publisher, publish_at=moment)
    broken = paths.replaced(draft.document, "frames", [])
    Draft.objects.filter(pk=draft.pk).update(document=broken)
    assert lifecycle.publish_due(moment) == [other]
    draft.refresh_from_db()
    assert (draft.state, draft.publish_at) == (DraftState.APPROVED, None)
    assert "検査" in AuditEntry.objects.get(draft=draft, action="予約した公開ができなかった").reason


def test_something_broken_in_the_portal_stops_no_other_publication(
    draft: Draft, writer: User, publisher: User, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and tried again by the next run."""
    other = change_summary(officers.correction_of("monozukuri", writer), writer)
    moment = timezone.now() + timedelta(hours=1)
    for one in (draft, other):
        lifecycle.move(approved(one, writer, publisher), "schedule", user=publisher, publish_at=moment)
    unreadable = AcceptanceCase.objects.create(program=PROGRAM, version="r4-hosei2", slug="broken", document={})
    assert lifecycle.publish_due(moment) == [other]
    assert "scheduled publication of jizokuka@r4-hosei2 failed" in caplog.text
    unreadable.delete()
    assert lifecycle.publish_due(moment) == [draft]


def test_a_draft_taken_back_while_its_publication_fails_stays_a_draft(
    draft: Draft, writer: User, publisher: User
) -> None:
    """Between the failure and its note somebody may take it back and write in it: nobody has approved that."""
    approved(draft, writer, publisher)
    lifecycle.move(draft, "recall", user=writer)
    lifecycle._back_to_approved(draft, "文書の検査で誤りがあります")
    draft.refresh_from_db()
    assert draft.state == DraftState.DRAFT


def test_nothing_is_published_over_a_revision_that_the_draft_has_not_seen(
    draft: Draft, writer: User, publisher: User, shipped_documents: list[ProgrammeDocument]
) -> None:
    approved(draft, writer, publisher)
    document = next(d for d in shipped_documents if d.program == PROGRAM)
    publish(document, origin=Revision.Origin.FIXTURE, reason="別の公開")
    with pytest.raises(DraftRefused, match="この案を作ったあとに"):
        lifecycle.move(draft, "publish", user=publisher)
    lifecycle.move(draft, "recall", user=writer)
    drafts.rebase(draft=draft, revision=2, user=writer)
    approved(draft, writer, publisher)
    assert lifecycle.move(draft, "publish", user=publisher).revision.number == 3


def test_withdrawn_means_no_rules(draft: Draft, writer: User, publisher: User) -> None:
    """The revision itself stays: an answer given by it must be reproducible."""
    lifecycle.move(approved(draft, writer, publisher), "publish", user=publisher)
    lifecycle.move(draft, "withdraw", user=publisher, reason="公募の中止")
    assert VERSION not in rulebook.current().versions
    assert Revision.objects.filter(version__programme__slug=PROGRAM).count() == 2
    assert not Publication.objects.filter(version__programme__slug=PROGRAM, ends=None).exists()


def test_a_version_that_came_with_the_code_can_be_withdrawn(writer: User, publisher: User) -> None:
    """It has no draft with a button; what officers then do with it wins over the fixtures."""
    version = Version.objects.get(programme__slug=PROGRAM)
    for user, reason, why in ((writer, "中止", "権限"), (publisher, " ", "理由を書いて")):
        with pytest.raises(DraftRefused, match=why):
            lifecycle.withdraw_version(version, user=user, reason=reason)
    lifecycle.withdraw_version(version, user=publisher, reason="公募の中止")
    assert VERSION not in rulebook.current().versions
    assert AuditEntry.objects.get(action="公開を終了").user == publisher
    with pytest.raises(DraftRefused, match="もう取り下げられて"):
        lifecycle.withdraw_version(version, user=publisher, reason="もう一度")


def test_withdrawing_a_version_withdraws_its_draft(draft: Draft, writer: User, publisher: User) -> None:
    lifecycle.move(approved(draft, writer, publisher), "publish", user=publisher)
    version = Version.objects.get(programme__slug=PROGRAM)
    lifecycle.withdraw_version(version, user=publisher, reason="公募の中止")
    draft.refresh_from_db()
    assert draft.state == DraftState.WITHDRAWN


def test_only_who_wrote_in_a_draft_takes_it_back(draft: Draft, writer: User, publisher: User) -> None:
    lifecycle.move(draft, "submit", user=writer, reason="訂正")
    assert "recall" not in {move.name for move in lifecycle.possible_moves(draft, publisher)}
    assert "recall" in {move.name for move in lifecycle.possible_moves(Draft.objects.get(pk=draft.pk), writer)}


def test_a_draft_beside_a_newer_revision_does_not_go_to_review(
    draft: Draft, writer: User, shipped_documents: list[ProgrammeDocument]
) -> None:
    document = next(d for d in shipped_documents if d.program == PROGRAM)
    publish(document, origin=Revision.Origin.FIXTURE, reason="別の公開")
    with pytest.raises(DraftRefused, match="この案を作ったあとに"):
        lifecycle.move(draft, "submit", user=writer, reason="訂正")


def test_a_move_is_no_edit(draft: Draft, writer: User, publisher: User) -> None:
    before = draft.updated_at
    approved(draft, writer, publisher)
    draft.refresh_from_db()
    assert (draft.updated_at, draft.updated_by) == (before, writer)


def test_a_withdrawn_version_comes_back_with_a_new_revision(draft: Draft, writer: User, publisher: User) -> None:
    lifecycle.move(approved(draft, writer, publisher), "publish", user=publisher)
    lifecycle.move(draft, "withdraw", user=publisher, reason="公募の中止")
    again = change_summary(officers.correction_of(PROGRAM, writer), writer, "再び始めます。")
    lifecycle.move(approved(again, writer, publisher), "publish", user=publisher)
    assert summary_in_force() == "再び始めます。"


def test_only_what_is_in_force_is_withdrawn(draft: Draft, writer: User, publisher: User) -> None:
    lifecycle.move(approved(draft, writer, publisher), "publish", user=publisher)
    later = change_summary(officers.correction_of(PROGRAM, writer), writer, "また直しました。")
    lifecycle.move(approved(later, writer, publisher), "publish", user=publisher)
    with pytest.raises(DraftRefused, match="置き換わって"):
        lifecycle.move(draft, "withdraw", user=publisher, reason="古い")


def test_a_withdrawal_that_comes_second_leaves_the_new_revision_alone(
    draft: Draft, writer: User, publisher: User
) -> None:
    """Another publisher's publication may be committed while the withdrawal waits for the programme."""
    first = lifecycle.move(approved(draft, writer, publisher), "publish", user=publisher)
    later = change_summary(officers.correction_of(PROGRAM, writer), writer, "また直しました。")
    second = lifecycle.move(approved(later, writer, publisher), "publish", user=publisher)
    assert first.revision is not None and second.revision is not None
    with pytest.raises(NotInForce):
        withdraw(first.revision, user=publisher, reason="古い")
    assert second.revision.publication.ends is None
    assert second.revision.version.rounds.exists()


@pytest.mark.django_db(transaction=True)
def test_two_publishers_withdraw_by_different_buttons(draft: Draft, writer: User, publisher: User) -> None:
    """Whoever comes second is told so; neither waits for the other for ever."""
    lifecycle.move(approved(draft, writer, publisher), "publish", user=publisher)
    version = Version.objects.get(programme__slug=PROGRAM)
    together = Barrier(2)

    def withdraw_by(button: Callable[[], object]) -> str:
        together.wait()
        try:
            button()
        except DraftRefused:
            return "refused"
        finally:
            connections.close_all()
        return "withdrawn"

    buttons = (
        lambda: lifecycle.withdraw_version(version, user=publisher, reason="中止"),
        lambda: lifecycle.move(draft, "withdraw", user=publisher, reason="中止"),
    )
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(withdraw_by, buttons)) == ["refused", "withdrawn"]


@pytest.mark.django_db(transaction=True)
def test_two_officers_make_the_same_version_of_a_new_programme(writer: User) -> None:
    """It has no row yet that one of them could wait for."""
    source = Revision.objects.filter(version__programme__slug=PROGRAM)[0]

    def make(_: int) -> str:
        try:
            drafts.open_new_version(source=source, version="r6", program="atarashii-seido", user=writer)
        except DraftRefused as refused:
            return str(refused)
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(make, range(4)))
    assert answers == ["", *["「r6」という版の案は、もう作られています。"] * 3]


def test_a_new_version_announced_the_same_day_does_not_go_to_review(writer: User) -> None:
    draft = officers.new_version_of(PROGRAM, "r5-dai15kai", writer)
    with pytest.raises(DraftRefused, match="文書の検査で1件の誤り"):
        lifecycle.move(draft, "submit", user=writer, reason="第15回")
    (error,) = drafts.checked(draft, timezone.localdate()).errors
    assert (error.path, "同じ日に公表された版" in error.message) == ("time.announced", True)


def test_the_trail_says_who_did_what_field_by_field(draft: Draft, writer: User, publisher: User) -> None:
    lifecycle.move(approved(draft, writer, publisher), "publish", user=publisher)
    entries = list(AuditEntry.objects.filter(program=PROGRAM, version="r4-hosei2").order_by("pk"))
    assert [(entry.user and entry.user.username, entry.action) for entry in entries] == [
        (None, "公開"),
        ("kakite", "訂正の案を作成"),
        ("kakite", "編集"),
        ("kakite", "確認に出す"),
        ("kokai", "承認する"),
        ("kokai", "公開"),
        ("kokai", "すぐに公開する"),
    ]
    (change,) = entries[2].changes
    assert change["after"] == "小さな会社の販路開拓を助けます。"
    assert change["before"].startswith("小規模事業者が自ら")
