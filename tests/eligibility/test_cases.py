"""A draft's acceptance cases: which run, the gate before review, acceptances, changes, what follows publication."""

from typing import Any

import pytest

from eligibility import cases
from eligibility.cases import CaseRun, StaleCase
from eligibility.engine.case_runs import renewed
from eligibility.engine.cases import CaseDocument, CaseFile, Expected, read_case
from portal.accounts.models import User
from programs import drafts, lifecycle, paths
from programs.audit import record
from programs.case_files import export_cases, store_cases
from programs.drafts import DraftRefused
from programs.models import AcceptanceCase, AuditEntry, CaseAcceptance, Draft, DraftState
from tests.programs.officers import correction_of, new_version_of, publisher, writer

pytestmark = [pytest.mark.django_db, pytest.mark.services]

# The cap of 通常枠, and one that another frame's words bear out: without them the linter would keep the draft back.
CAP = "frames.0.benefit.caps.0"
HIGHER = {"amount": 2000000, "cites": [{"source": "shikoku-2023", "lines": "971", "quote": "200万円"}]}
RATE = "frames.0.benefit.parts.0.rates.0.tiers.0.rate"


@pytest.fixture(autouse=True)
def _cases(programmes: None, shipped_cases: list[CaseFile]) -> None:
    """The shipped cases of 持続化補助金 beside the published documents."""
    store_cases(file for file in shipped_cases if file.program == "jizokuka")


@pytest.fixture
def officer() -> User:
    return writer()


@pytest.fixture
def correction(officer: User) -> Draft:
    return correction_of("jizokuka", officer)


@pytest.fixture
def next_version(officer: User) -> Draft:
    """The next call of 持続化補助金, announced later, as lifecycle asks for."""
    draft = new_version_of("jizokuka", "r5-hosei", officer)
    return change(draft, "time.announced", "2024-03-01", officer)


def change(draft: Draft, path: str, value: Any, user: User) -> Draft:
    draft.refresh_from_db()
    stamp = paths.stamp(paths.read(draft.document, path))
    return drafts.save_section(draft=draft, path=path, data=value, stamp=stamp, user=user)


def runs_of(draft: Draft) -> dict[str, CaseRun]:
    draft.refresh_from_db()
    document = cases.sound_document(draft)
    assert document is not None
    return {run.row.slug: run for run in cases.run_cases(draft, document)}


def different(draft: Draft) -> set[str]:
    return {slug for slug, run in runs_of(draft).items() if not run.is_as_expected}


def accept(draft: Draft, slug: str, user: User, reason: str = "上限を直したため") -> CaseAcceptance:
    return cases.accept(draft=draft, slug=slug, stamp=runs_of(draft)[slug].stamp, reason=reason, user=user)


def accept_all(draft: Draft, user: User) -> None:
    for slug in different(draft):
        accept(draft, slug, user)


def published(draft: Draft, user: User) -> Draft:
    lifecycle.move(draft, "submit", user=user, reason="確認をお願いします")
    approver = publisher()
    lifecycle.move(draft, "approve", user=approver)
    return lifecycle.move(draft, "publish", user=approver)


def new_case(**changes: Any) -> CaseDocument:
    data = {
        "id": "new-case",
        "version": "r4-hosei2",
        "name": "卸売業 従業員5人",
        "as_of": "2023-10-17",
        "profile": {"legal_form": "company", "industry": "52", "employees": 5},
        "expect": [{"frame": "tsujo", "verdict": "needs_info"}],
    }
    return CaseDocument.model_validate(data | changes)


class TestWhichRun:
    def test_a_correction_runs_the_cases_of_its_version(self, correction: Draft) -> None:
        runs = runs_of(correction)
        assert len(runs) == 10
        assert all(run.is_as_expected and not run.is_inherited for run in runs.values())

    def test_a_new_version_inherits_those_of_the_version_it_was_copied_from(self, next_version: Draft) -> None:
        runs = runs_of(next_version)
        assert len(runs) == 10
        assert all(run.is_as_expected and run.is_inherited for run in runs.values())

    def test_a_changed_rule_shows_in_the_cases_it_decides(self, correction: Draft, officer: User) -> None:
        change(correction, CAP, HIGHER, officer)
        assert different(correction) == {
            "inn-wage-30", "wage-29", "wage-deficit", "invoice-converted", "invoice-adopted-before",
            "unknown-cost-and-wage",
        }  # fmt: skip
        deviation = runs_of(correction)["wage-29"].deviations[0]
        assert str(deviation) == "通常枠　額：500,000円 → 800,000円"

    def test_a_case_that_the_vocabulary_no_longer_reads_says_why(self, correction: Draft) -> None:
        row = AcceptanceCase.objects.get(program="jizokuka", slug="retail-6")
        row.document["profile"]["no_such_fact"] = 1
        row.save()
        run = runs_of(correction)["retail-6"]
        assert run.problem == "「no_such_fact」という項目はありません。"
        assert not run.is_settled

    def test_a_document_with_errors_is_not_run(self, correction: Draft, officer: User) -> None:
        change(correction, "frames.0.benefit", None, officer)
        correction.refresh_from_db()
        assert cases.sound_document(correction) is None


class TestGate:
    def test_a_different_outcome_keeps_the_draft_from_review_and_names_the_cases(
        self, correction: Draft, officer: User
    ) -> None:
        change(correction, CAP, HIGHER, officer)
        with pytest.raises(DraftRefused, match=r"期待と違う結果になる事例が6件あります：.*「事業場内最低賃金\+29円」"):
            lifecycle.move(correction, "submit", user=officer, reason="確認")

    def test_accepted_outcomes_open_the_way(self, correction: Draft, officer: User) -> None:
        change(correction, CAP, HIGHER, officer)
        accept_all(correction, officer)
        assert lifecycle.move(correction, "submit", user=officer, reason="確認").state == DraftState.IN_REVIEW
        correction.refresh_from_db()
        assert len(cases.notice(correction)) == 6
        assert "「事業場内最低賃金+29円」の結果を、kakiteさんが認めました（理由：上限を直したため）。" in "".join(
            cases.notice(correction)
        )

    def test_an_acceptance_holds_for_exactly_one_outcome(self, correction: Draft, officer: User) -> None:
        change(correction, CAP, HIGHER, officer)
        accept(correction, "wage-29", officer)
        assert runs_of(correction)["wage-29"].is_settled
        change(correction, RATE, "3/4", officer)
        assert not runs_of(correction)["wage-29"].is_settled
        change(correction, RATE, "2/3", officer)
        assert runs_of(correction)["wage-29"].is_settled

    def test_a_case_that_changed_since_the_review_keeps_the_draft_back(
        self, next_version: Draft, officer: User
    ) -> None:
        """An inherited case is its own version's to change, whatever state the new version is in."""
        approver = publisher()
        lifecycle.move(next_version, "submit", user=officer, reason="第15回")
        other = correction_of("jizokuka", officer)
        run = runs_of(other)["wage-29"]
        stricter = run.case.model_copy(update={"expect": (Expected(frame="tsujo", verdict="not_eligible"),)})
        stamp = paths.stamp(run.row.document)
        cases.save_case(
            draft=other, case=stricter, stamp=stamp, user=officer, slug="wage-29", reason="資料を読み直した"
        )
        with pytest.raises(DraftRefused, match="期待と違う結果になる事例が1件"):
            lifecycle.move(next_version, "approve", user=approver)
        Draft.objects.filter(pk=next_version.pk).update(state=DraftState.APPROVED)
        with pytest.raises(DraftRefused, match="期待と違う結果になる事例が1件"):
            lifecycle.move(next_version, "publish", user=approver)

    def test_without_cases_nothing_stands_in_the_way(self, correction: Draft) -> None:
        AcceptanceCase.objects.all().delete()
        document = cases.sound_document(correction)
        assert document is not None
        assert cases.gate(correction, document) == []


class TestAccepting:
    def test_a_reason_is_needed(self, correction: Draft, officer: User) -> None:
        change(correction, CAP, HIGHER, officer)
        for reason in ("", " 　", "あ" * 201, "a\x00b"):
            with pytest.raises(DraftRefused, match="理由"):
                accept(correction, "wage-29", officer, reason)
        assert not CaseAcceptance.objects.exists()

    def test_only_the_outcome_that_was_seen(self, correction: Draft, officer: User) -> None:
        change(correction, CAP, HIGHER, officer)
        seen = runs_of(correction)["wage-29"].stamp
        change(correction, RATE, "3/4", officer)
        with pytest.raises(DraftRefused, match="変わりました"):
            cases.accept(draft=correction, slug="wage-29", stamp=seen, reason="上限", user=officer)

    @pytest.mark.parametrize("slug", ["retail-5", "no-such-case"])
    def test_what_is_as_expected_or_not_there_is_not_accepted(
        self, correction: Draft, officer: User, slug: str
    ) -> None:
        with pytest.raises(DraftRefused, match="違いがありません"):
            cases.accept(draft=correction, slug=slug, stamp="", reason="理由", user=officer)

    def test_who_accepts_has_written_in_the_draft(self, correction: Draft, officer: User) -> None:
        """So that nobody approves what they themselves took for right."""
        change(correction, CAP, HIGHER, officer)
        other = publisher()
        accept(correction, "wage-29", other)
        assert other.pk in lifecycle.writers_of(correction)
        entry = AuditEntry.objects.get(action="事例の結果の違いを認める")
        assert (entry.user, entry.reason, entry.draft) == (other, "上限を直したため", correction)
        assert entry.changes[0]["before"] == "500,000円"

    def test_an_acceptance_can_be_taken_back(self, correction: Draft, officer: User) -> None:
        change(correction, CAP, HIGHER, officer)
        accept(correction, "wage-29", officer)
        cases.take_back(draft=correction, slug="wage-29", user=officer)
        assert not runs_of(correction)["wage-29"].is_settled
        assert AuditEntry.objects.filter(action="事例の結果を認めたことの取消し").count() == 1

    def test_nothing_changes_while_the_draft_is_in_review(self, correction: Draft, officer: User) -> None:
        lifecycle.move(correction, "submit", user=officer, reason="確認")
        row = AcceptanceCase.objects.get(program="jizokuka", slug="retail-6")
        for act in (
            lambda: cases.accept(draft=correction, slug="retail-6", stamp="", reason="理由", user=officer),
            lambda: cases.take_back(draft=correction, slug="retail-6", user=officer),
            lambda: cases.save_case(draft=correction, case=new_case(), stamp="", user=officer),
            lambda: cases.delete_case(draft=correction, slug="retail-6", reason="重複", user=officer),
            lambda: cases.move_case(draft=correction, slug="retail-6", step=1, user=officer),
        ):
            with pytest.raises(DraftRefused, match="「確認中」なので、事例を直せません"):
                act()
        before = row.updated_at
        row.refresh_from_db()
        assert row.updated_at == before


class TestWriting:
    def stamp(self, draft: Draft, slug: str) -> str:
        return paths.stamp(runs_of(draft)[slug].row.document)

    def test_a_new_case_gets_a_name_of_its_own_at_the_end(self, correction: Draft, officer: User) -> None:
        for number in (1, 2):
            row = cases.save_case(draft=correction, case=new_case(), stamp="", user=officer)
            assert row.slug == f"case-{number}"
        assert list(runs_of(correction))[-2:] == ["case-1", "case-2"]
        assert row.is_edited
        assert row.document["id"] == "case-2"
        entry = AuditEntry.objects.filter(action="事例の追加")[0]
        assert entry.place == "事例「卸売業 従業員5人」"
        said = {change["place"]: change["after"] for change in entry.changes}
        assert said["事例「卸売業 従業員5人」 常時使用する従業員の数"] == "5人"
        assert said["事例「卸売業 従業員5人」 期待：通常枠"] == "まだ判定できない"

    def test_a_changed_case_is_audited_field_by_field(self, correction: Draft, officer: User) -> None:
        case = runs_of(correction)["retail-6"].case
        edited = case.model_copy(update={"profile": {**case.profile, "employees": 7}, "name": "小売業 従業員7人"})
        stamp = self.stamp(correction, "retail-6")
        cases.save_case(draft=correction, case=edited, stamp=stamp, user=officer, slug="retail-6", reason="資料")
        run = runs_of(correction)["retail-6"]
        assert (run.case.name, run.row.is_edited, run.row.position) == ("小売業 従業員7人", True, 1)
        changes = AuditEntry.objects.get(action="事例の編集").changes
        assert [(c["before"], c["after"]) for c in changes] == [
            ("小売業 従業員6人", "小売業 従業員7人"),
            ("6人", "7人"),
        ]

    def test_a_stale_save_writes_nothing(self, correction: Draft, officer: User) -> None:
        stamp = self.stamp(correction, "retail-6")
        save = {"draft": correction, "user": officer, "slug": "retail-6", "stamp": stamp, "reason": "資料"}
        cases.save_case(case=new_case(name="先に保存"), **save)
        with pytest.raises(StaleCase) as stale:
            cases.save_case(case=new_case(name="あとから保存"), **save)
        assert stale.value.stored is not None
        assert stale.value.stored.name == "先に保存"
        assert runs_of(correction)["retail-6"].case.name == "先に保存"

    def test_saving_a_case_that_was_deleted_meanwhile_writes_nothing(self, correction: Draft, officer: User) -> None:
        stamp = self.stamp(correction, "retail-6")
        cases.delete_case(draft=correction, slug="retail-6", reason="重複", user=officer)
        with pytest.raises(StaleCase) as stale:
            cases.save_case(
                draft=correction, case=new_case(), stamp=stamp, user=officer, slug="retail-6", reason="資料"
            )
        assert stale.value.stored is None

    def test_an_inherited_case_becomes_the_new_versions_own(self, next_version: Draft, officer: User) -> None:
        stamp = self.stamp(next_version, "retail-6")
        cases.save_case(draft=next_version, case=new_case(), stamp=stamp, user=officer, slug="retail-6", reason="資料")
        run = runs_of(next_version)["retail-6"]
        assert (run.is_inherited, run.case.version, run.row.version) == (False, "r5-hosei", "r5-hosei")
        old = AcceptanceCase.objects.get(program="jizokuka", version="r4-hosei2", slug="retail-6")
        assert (old.document["name"], old.is_edited) == ("小売業 従業員6人", False)

    def test_deleting_an_inherited_case_leaves_it_with_its_version(self, next_version: Draft, officer: User) -> None:
        cases.delete_case(draft=next_version, slug="retail-6", reason="重複", user=officer)
        assert "retail-6" not in runs_of(next_version)
        assert "retail-6" in runs_of(correction_of("jizokuka", officer))
        assert AuditEntry.objects.get(action="事例の削除").place == "事例「小売業 従業員6人」"
        with pytest.raises(DraftRefused, match="もうありません"):
            cases.delete_case(draft=next_version, slug="retail-6", reason="重複", user=officer)

    def test_a_deleted_name_is_not_given_again(self, correction: Draft, officer: User) -> None:
        cases.save_case(draft=correction, case=new_case(), stamp="", user=officer)
        cases.delete_case(draft=correction, slug="case-1", reason="重複", user=officer)
        assert cases.save_case(draft=correction, case=new_case(), stamp="", user=officer).slug == "case-2"

    def test_cases_change_places_with_their_neighbours(self, correction: Draft, officer: User) -> None:
        cases.move_case(draft=correction, slug="retail-5", step=1, user=officer)
        assert list(runs_of(correction))[:3] == ["retail-6", "retail-5", "maker-20"]
        cases.move_case(draft=correction, slug="retail-6", step=-1, user=officer)
        assert list(runs_of(correction))[:3] == ["retail-6", "retail-5", "maker-20"]
        edited = AcceptanceCase.objects.filter(program="jizokuka", is_edited=True)
        assert [row.slug for row in edited] == ["retail-5"]
        with pytest.raises(DraftRefused):
            cases.move_case(draft=correction, slug="no-such-case", step=1, user=officer)

    def test_moving_an_inherited_case_keeps_what_was_accepted(self, next_version: Draft, officer: User) -> None:
        change(next_version, CAP, HIGHER, officer)
        accept(next_version, "wage-29", officer)
        cases.move_case(draft=next_version, slug="wage-29", step=-1, user=officer)
        runs = runs_of(next_version)
        assert list(runs)[4:6] == ["wage-29", "inn-wage-30"]
        assert runs["wage-29"].is_settled
        assert not runs["wage-29"].is_inherited


class TestSeen:
    """What officers do to expectations does not reach the approver unseen."""

    def edited(self, draft: Draft, slug: str, user: User, **changes: Any) -> None:
        """The draft's own answer as what is expected, which opens the gate without an acceptance."""
        run = runs_of(draft)[slug]
        assert run.outcome is not None
        case = run.case.model_copy(
            update={"expect": renewed(run.case.expect, run.outcome, cases.words_for(draft, None)), **changes}
        )
        stamp = paths.stamp(run.row.document)
        cases.save_case(draft=draft, case=case, stamp=stamp, user=user, slug=slug, reason="上限が変わったから")

    @pytest.mark.parametrize("reason", ["", " 　", "あ" * 201, "a\x00b"])
    def test_changing_and_deleting_need_a_reason(self, correction: Draft, officer: User, reason: str) -> None:
        row = runs_of(correction)["retail-6"].row
        stamp = paths.stamp(row.document)
        with pytest.raises(DraftRefused, match="直す理由を、200字まで"):
            cases.save_case(
                draft=correction, case=new_case(), stamp=stamp, user=officer, slug="retail-6", reason=reason
            )
        with pytest.raises(DraftRefused, match="消す理由を、200字まで"):
            cases.delete_case(draft=correction, slug="retail-6", reason=reason, user=officer)
        assert runs_of(correction)["retail-6"].row.document == row.document
        assert cases.acts(correction) == []

    @pytest.mark.parametrize("kind", ["correction", "next_version"])
    def test_the_approver_reads_what_was_changed_deleted_and_accepted(
        self, request: pytest.FixtureRequest, officer: User, kind: str
    ) -> None:
        draft = request.getfixturevalue(kind)
        change(draft, CAP, HIGHER, officer)
        self.edited(draft, "wage-29", officer, name="別の名前")
        cases.delete_case(draft=draft, slug="wage-deficit", reason="重複していたから", user=officer)
        accept_all(draft, officer)
        cases.save_case(draft=draft, case=new_case(), stamp="", user=officer)
        lifecycle.move(draft, "submit", user=officer, reason="確認")
        draft.refresh_from_db()
        said = cases.notice(draft)
        assert said[0] == "事例「事業場内最低賃金+29円」を、kakiteさんが直しました（理由：上限が変わったから）。"
        assert said[1].endswith("を、kakiteさんが消しました（理由：重複していたから）。")
        assert len(said) == 6
        assert all(text.endswith("の結果を、kakiteさんが認めました（理由：上限を直したため）。") for text in said[2:])
        assert AuditEntry.objects.get(action="事例の編集").reason == "上限が変わったから"

    def test_what_a_discarded_draft_left_behind_is_told_of_the_next_one(self, correction: Draft, officer: User) -> None:
        """The cases of a published version are changed at once, and stay so when the draft is discarded."""
        cases.delete_case(draft=correction, slug="retail-6", reason="いらない", user=officer)
        lifecycle.move(correction, "discard", user=officer, reason="やめる")
        correction.refresh_from_db()
        assert cases.notice(correction) == []
        later = correction_of("jizokuka", officer)
        assert cases.notice(later) == ["事例「小売業 従業員6人」を、kakiteさんが消しました（理由：いらない）。"]
        published(later, officer)
        assert cases.notice(correction_of("jizokuka", officer)) == []

    def test_an_edit_from_before_reasons_were_asked_for_says_so(self, correction: Draft, officer: User) -> None:
        record("事例の削除", user=officer, draft=correction, place="事例「古い」")
        assert cases.notice(correction) == ["事例「古い」を、kakiteさんが消しました（理由：書かれていません）。"]

    def test_a_taken_back_acceptance_is_not_told(self, correction: Draft, officer: User) -> None:
        change(correction, CAP, HIGHER, officer)
        accept(correction, "wage-29", officer)
        assert len(cases.notice(correction)) == 1
        cases.take_back(draft=correction, slug="wage-29", user=officer)
        assert cases.notice(correction) == []


class TestPublication:
    def test_of_a_correction_makes_accepted_outcomes_the_expectation(self, correction: Draft, officer: User) -> None:
        change(correction, CAP, HIGHER, officer)
        accept_all(correction, officer)
        published(correction, officer)
        row = AcceptanceCase.objects.get(program="jizokuka", slug="wage-29")
        assert row.is_edited
        assert read_case(row.document).expect == (
            Expected(frame="tsujo", verdict="eligible", amount=800000),
            Expected(frame="chingin", verdict="not_eligible", unmet=("wage-30",)),
        )
        assert not AcceptanceCase.objects.get(program="jizokuka", slug="retail-6").is_edited
        entry = AuditEntry.objects.filter(action="事例の期待する結果の更新").get(place="事例「事業場内最低賃金+29円」")
        assert (entry.user, entry.reason) == (None, "上限を直したため")
        assert different(correction_of("jizokuka", officer)) == set()

    def test_of_a_new_version_gives_it_its_own_cases(self, next_version: Draft, officer: User) -> None:
        change(next_version, CAP, HIGHER, officer)
        accept_all(next_version, officer)
        cases.save_case(draft=next_version, case=new_case(), stamp="", user=officer)
        cases.delete_case(draft=next_version, slug="retail-5", reason="重複", user=officer)
        before = {run.row.pk: run.row.document for run in runs_of(next_version).values() if run.is_inherited}
        published(next_version, officer)
        own = runs_of(correction_of("jizokuka", officer))
        assert set(own) == {*runs_of(next_version)}
        assert "retail-5" not in own
        assert all(run.is_as_expected and not run.is_inherited for run in own.values())
        assert {run.case.version for run in own.values()} == {"r5-hosei"}
        old = {row.pk: row.document for row in AcceptanceCase.objects.filter(pk__in=before)}
        assert old == before
        assert export_cases("jizokuka").count("version: r5-hosei") == len(own)

    def test_a_published_new_version_inherits_no_more(self, next_version: Draft, officer: User) -> None:
        published(next_version, officer)
        later = correction_of("jizokuka", officer)
        assert later.version == "r5-hosei"
        cases.delete_case(draft=later, slug="retail-6", reason="重複", user=officer)
        assert "retail-6" not in {row.slug for row in cases.rows_of(later)}
        next_version.refresh_from_db()
        assert "retail-6" not in {row.slug for row in cases.rows_of(next_version)}
