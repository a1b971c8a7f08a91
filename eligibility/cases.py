"""The acceptance cases of a draft (確認用の事例): which run, what the draft answers, what officers accept and change.

A draft that corrects a version has that version's cases. A new version inherits those of the version it was copied
from; what is changed of them is kept with the new version, which has all of them once it is published.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from eligibility.case_words import act_text, case_changes, deviation_changes
from eligibility.engine.case_runs import Deviation, Outcome, Words, compare, renewed, run_case, words_of
from eligibility.engine.cases import CaseDocument, dump_case, read_case
from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.errors import QuestionRefused
from eligibility.engine.evaluate import RuleSet
from programs import paths
from programs.audit import record
from programs.documents import document_of, vocabulary
from programs.drafts import DraftRefused, checked, locked
from programs.models import AcceptanceCase, AuditEntry, CaseAcceptance, Draft, DraftState, Revision

if TYPE_CHECKING:
    from portal.accounts.models import User

MAX_REASON = 200
EDITED, DELETED = "事例の編集", "事例の削除"
_ACTS = {EDITED: "直しました", DELETED: "消しました"}


class StaleCase(Exception):
    """Somebody changed the case after this officer opened it: nothing was written. `stored`: None where it is gone."""

    def __init__(self, stored: CaseDocument | None, stamp: str) -> None:
        self.stored, self.stamp = stored, stamp
        super().__init__("the case was changed meanwhile")


@dataclass(frozen=True, slots=True)
class CaseRun:
    """One case under a draft. `outcome` is None where the vocabulary no longer reads the case (`problem` says why).

    `acceptance`: only one that was given for exactly this outcome.
    """

    row: AcceptanceCase
    case: CaseDocument
    is_inherited: bool
    outcome: Outcome | None
    deviations: tuple[Deviation, ...]
    acceptance: CaseAcceptance | None = None
    problem: str = ""

    @property
    def is_as_expected(self) -> bool:
        return not self.deviations and not self.problem

    @property
    def is_settled(self) -> bool:
        return self.is_as_expected or self.acceptance is not None

    @property
    def stamp(self) -> str:
        """Names the outcome, so that an officer accepts what they saw."""
        return "" if self.outcome is None else paths.stamp(self.outcome.as_json())


def rows_of(draft: Draft) -> list[AcceptanceCase]:
    """The cases that run with the draft, in order."""
    own = {row.slug: row for row in AcceptanceCase.objects.filter(program=draft.program, version=draft.version)}
    inherited: Iterable[AcceptanceCase] = ()
    if draft.is_open and draft.base_id is None and draft.copied_from is not None:
        version = draft.copied_from.version
        inherited = AcceptanceCase.objects.filter(program=version.programme.slug, version=version.slug)
    rows = [*own.values(), *(row for row in inherited if row.slug not in own)]
    return sorted((row for row in rows if not row.is_removed), key=lambda row: (row.position, row.slug))


def is_inherited(row: AcceptanceCase, draft: Draft) -> bool:
    return (row.program, row.version) != (draft.program, draft.version)


def sound_document(draft: Draft) -> ProgrammeDocument | None:
    """The draft's document where it can be run: without errors of the linter."""
    found = checked(draft, timezone.localdate())
    return None if found.errors else found.document


def words_for(draft: Draft, document: ProgrammeDocument | None) -> Words:
    """The draft's words, and for what it no longer has those of what it was copied from."""
    before = document_of(draft.copied_from) if draft.copied_from is not None else None
    return words_of(*(part for part in (document, before) if part is not None))


def run_cases(draft: Draft, document: ProgrammeDocument) -> list[CaseRun]:
    """Every case of the draft under its document, which is compiled once."""
    rules = RuleSet([(document, 1)], vocabulary())
    words = words_for(draft, document)
    accepted = {acceptance.case_id: acceptance for acceptance in draft.case_acceptances.select_related("accepted_by")}
    runs = [_run(row, draft, rules, document.key, words) for row in rows_of(draft)]
    return [_with_acceptance(run, accepted.get(run.row.pk)) for run in runs]


def answer_to(case: CaseDocument, document: ProgrammeDocument) -> Outcome:
    """What the document answers to a case that need not be stored. Raises QuestionRefused."""
    return run_case(case, RuleSet([(document, 1)], vocabulary()), document.key)


def gate(draft: Draft, document: ProgrammeDocument) -> list[str]:
    """What keeps the draft from review: cases whose outcome is neither as expected nor accepted."""
    waiting = [run.case.name for run in run_cases(draft, document) if not run.is_settled]
    if not waiting:
        return []
    names = "".join(f"「{name}」" for name in waiting)
    return [f"期待と違う結果になる事例が{len(waiting)}件あります：{names}。「事例」で結果を確かめてください。"]


def notice(draft: Draft) -> list[str]:
    """For whoever looks at an open draft: what officers did to its cases, so that no expectation changes unseen."""
    return acts(draft) if draft.is_open else []


def acts(draft: Draft) -> list[str]:
    """Every case edited, deleted or accepted for this draft: a sentence each with who and why, oldest first."""
    found = [
        (entry.at, act_text(entry.place, _ACTS[entry.action], entry.user, entry.reason)) for entry in _entries(draft)
    ]
    for given in draft.case_acceptances.select_related("case", "accepted_by"):
        what = f"{_place(read_case(given.case.document))}の結果"
        found.append((given.accepted_at, act_text(what, "認めました", given.accepted_by, given.reason)))
    return [text for _, text in sorted(found)]


@transaction.atomic
def accept(*, draft: Draft, slug: str, stamp: str, reason: str, user: User) -> CaseAcceptance:
    """Take the outcome that `stamp` names as right, with a reason. Raises DraftRefused."""
    row = _editable(draft)
    reason = _sound_reason("この結果でよい理由", reason)
    document = sound_document(row)
    runs = run_cases(row, document) if document is not None else []
    run = next((run for run in runs if run.row.slug == slug), None)
    if run is None or run.outcome is None or not run.deviations:
        raise DraftRefused("この事例には、認める結果の違いがありません。")
    if run.stamp != stamp:
        raise DraftRefused("この事例の結果が、画面を開いたあとに変わりました。新しい結果を確かめてください。")
    acceptance, _ = CaseAcceptance.objects.update_or_create(
        draft=row,
        case=run.row,
        defaults={"outcome": run.outcome.as_json(), "reason": reason, "accepted_by": user},
    )
    changes = deviation_changes(run.case, run.deviations)
    record("事例の結果の違いを認める", user=user, draft=row, place=_place(run.case), reason=reason, changes=changes)
    return acceptance


@transaction.atomic
def take_back(*, draft: Draft, slug: str, user: User) -> None:
    """Accept the outcome no longer. Raises DraftRefused."""
    row = _editable(draft)
    for acceptance in row.case_acceptances.filter(case__slug=slug).select_related("case"):
        acceptance.delete()
        place = _place(read_case(acceptance.case.document))
        record("事例の結果を認めたことの取消し", user=user, draft=row, place=place, reason=acceptance.reason)


@transaction.atomic
def save_case(
    *, draft: Draft, case: CaseDocument, stamp: str, user: User, slug: str = "", reason: str = ""
) -> AcceptanceCase:
    """Keep a case with the draft's version: a new one, or for a reason the one called `slug` as `stamp` names it.

    An inherited case becomes the new version's own. Raises DraftRefused and StaleCase.
    """
    row = _editable(draft)
    rows = rows_of(row)
    found = next((one for one in rows if one.slug == slug), None) if slug else None
    if slug and (found is None or paths.stamp(found.document) != stamp):
        raise StaleCase(read_case(found.document) if found else None, paths.stamp(found.document) if found else "")
    reason = _sound_reason("直す理由", reason) if found else ""
    position = found.position if found else 1 + max((one.position for one in rows), default=-1)
    named = case.model_copy(update={"id": slug or _free_slug(row), "version": row.version})
    before = read_case(found.document) if found else None
    stored = _store(row, named, position)
    changes = case_changes(before, named, _words(row), vocabulary())
    action = EDITED if found else "事例の追加"
    # Under the name it was known by: a new one is among the changes.
    record(action, user=user, draft=row, place=_place(before or named), reason=reason, changes=changes)
    return stored


@transaction.atomic
def delete_case(*, draft: Draft, slug: str, reason: str, user: User) -> None:
    """Run the case with this version no longer. An inherited one stays with the version it is of."""
    row = _editable(draft)
    found = next((one for one in rows_of(row) if one.slug == slug), None)
    if found is None:
        raise DraftRefused("この事例は、もうありません。")
    reason = _sound_reason("消す理由", reason)
    case = read_case(found.document)
    AcceptanceCase.objects.update_or_create(
        program=row.program,
        version=row.version,
        slug=slug,
        defaults={
            "document": found.document,
            "position": found.position,
            "is_edited": True,
            "is_removed": True,
        },
    )
    changes = case_changes(case, None, _words(row), vocabulary())
    record(DELETED, user=user, draft=row, place=_place(case), reason=reason, changes=changes)


@transaction.atomic
def move_case(*, draft: Draft, slug: str, step: int, user: User) -> None:
    """Put the case before (-1) or after (1) its neighbour; at either end nothing changes."""
    row = _editable(draft)
    rows = rows_of(row)
    at = next((number for number, one in enumerate(rows) if one.slug == slug), None)
    if at is None:
        raise DraftRefused("この事例は、もうありません。")
    if not 0 <= at + step < len(rows):
        return
    rows[at], rows[at + step] = rows[at + step], rows[at]
    for position, one in enumerate(rows):
        _own(row, one, position, is_edited=one.is_edited or one.slug == slug)
    record("事例の並べ替え", user=user, draft=row, place=_place(read_case(rows[at + step].document)))


def follow(draft: Draft, revision: Revision) -> None:
    """After publication: what was accepted is the new expectation; a new version has its own copy of every case."""
    document = document_of(revision)
    words = words_for(draft, document)
    for run in run_cases(draft, document):
        if run.outcome is None or not (run.is_inherited or run.acceptance):
            continue
        expect = renewed(run.case.expect, run.outcome, words)
        case = run.case.model_copy(update={"expect": expect, "version": draft.version})
        _store(draft, case, run.row.position)
        changes = case_changes(run.case, case, words, vocabulary())
        reason = run.acceptance.reason if run.acceptance else ""
        action = "事例を新しい版に写す" if run.is_inherited else "事例の期待する結果の更新"
        record(action, user=None, draft=draft, place=_place(case), reason=reason, changes=changes)


def _run(row: AcceptanceCase, draft: Draft, rules: RuleSet, key: str, words: Words) -> CaseRun:
    case = read_case(row.document)
    try:
        outcome = run_case(case, rules, key)
    except QuestionRefused as refused:
        problem = "".join(problem.message for problem in refused.problems)
        return CaseRun(row, case, is_inherited(row, draft), None, (), problem=problem)
    return CaseRun(row, case, is_inherited(row, draft), outcome, compare(case.expect, outcome, words))


def _with_acceptance(run: CaseRun, acceptance: CaseAcceptance | None) -> CaseRun:
    counts = acceptance is not None and run.outcome is not None and bool(run.deviations)
    if counts and acceptance is not None and run.outcome is not None and acceptance.outcome == run.outcome.as_json():
        return replace(run, acceptance=acceptance)
    return run


def _editable(draft: Draft) -> Draft:
    row = locked(draft)
    if row.state != DraftState.DRAFT:
        raise DraftRefused(
            f"この案は「{row.get_state_display()}」なので、事例を直せません。下書きに戻してから直してください。"
        )
    return row


def _sound_reason(name: str, reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON or "\x00" in reason:
        raise DraftRefused(f"{name}を、{MAX_REASON}字までで書いてください。")
    return reason


def _entries(draft: Draft) -> Iterable[AuditEntry]:
    """The edits and deletions of this draft, and of discarded ones before it: those stay with the version's cases."""
    discarded = Q(program=draft.program, version=draft.version, draft__state=DraftState.DISCARDED)
    discarded &= Q(at__lt=draft.created_at)
    if draft.base is not None:
        discarded &= Q(at__gt=draft.base.published_at)
    return AuditEntry.objects.filter(Q(draft=draft) | discarded, action__in=_ACTS).select_related("user")


def _words(draft: Draft) -> Words:
    return words_for(draft, checked(draft, timezone.localdate()).document)


def _own(draft: Draft, row: AcceptanceCase, position: int, *, is_edited: bool) -> None:
    """The row at a position, as one of the draft's own version; acceptances of an inherited one come along."""
    if not is_inherited(row, draft):
        AcceptanceCase.objects.filter(pk=row.pk).update(position=position, is_edited=is_edited)
        return
    own = _store(draft, read_case(row.document).model_copy(update={"version": draft.version}), position)
    draft.case_acceptances.filter(case=row).update(case=own)


def _store(draft: Draft, case: CaseDocument, position: int) -> AcceptanceCase:
    row, _ = AcceptanceCase.objects.update_or_create(
        program=draft.program,
        version=draft.version,
        slug=case.id,
        defaults={
            "document": dump_case(case, vocabulary()),
            "position": position,
            "is_edited": True,
            "is_removed": False,
        },
    )
    return row


def _free_slug(draft: Draft) -> str:
    """「case-12」: not yet used by any case of the programme, deleted ones included."""
    taken = set(AcceptanceCase.objects.filter(program=draft.program).values_list("slug", flat=True))
    taken.update(row.slug for row in rows_of(draft))
    number = 1
    while f"case-{number}" in taken:
        number += 1
    return f"case-{number}"


def _place(case: CaseDocument) -> str:
    return f"事例「{case.name}」"
