"""What the pages of the cases show: frozen values for templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eligibility.asking.fields import NONE_VALUE, CodeField, FactField, SetField, YesNoField
from eligibility.case_words import expected_text, fact_lines, outcome_text
from eligibility.cases import CaseRun, is_inherited
from eligibility.desk.case_fields import AmountRowsField, ExpectedField, IndustryField
from eligibility.desk.case_forms import CaseForm
from eligibility.engine.case_runs import Words
from eligibility.engine.cases import VERDICT_LABELS, CaseDocument, read_case
from eligibility.engine.facts import FactType, Vocabulary
from eligibility.industries import divisions, industry_label, industry_names
from portal.common.japanese import write_date
from portal.common.prefectures import PREFECTURES
from programs.models import AcceptanceCase, Draft

BLANK_ROWS = 3
_YES_NO = (("yes", "はい"), ("no", "いいえ"))
_HINTS = {
    FactType.YEN: "例：100万円、1億2千万円",
    FactType.YEN_PER_HOUR: "例：30、▲10",
    FactType.PERCENT: "例：1.5",
    FactType.COUNT: "例：12",
    FactType.DATE: "例：令和5年10月1日、2023-10-01",
}


@dataclass(frozen=True, slots=True)
class FrameLine:
    """One frame of a case in the list. `actual` is empty where the draft cannot be run."""

    name: str
    expected: str
    actual: str
    is_different: bool


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in the list. `state`: same, different, accepted, broken (cannot be read), not_run."""

    slug: str
    name: str
    note: str
    day: str
    is_inherited: bool
    facts: Mapping[str, str]
    frames: tuple[FrameLine, ...]
    state: str
    stamp: str = ""
    problem: str = ""
    reason: str = ""
    accepted_by: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An acceptance that was refused: shown again with what was typed."""

    slug: str = ""
    reason: str = ""
    message: str = ""


def line_of_run(run: CaseRun, words: Words, vocabulary: Vocabulary, refusal: Refusal) -> CaseLine:
    state = "broken" if run.problem else "same" if run.is_as_expected else "accepted" if run.acceptance else "different"
    is_refused = refusal.slug == run.row.slug
    return _line(
        run.row,
        run.case,
        vocabulary,
        is_inherited=run.is_inherited,
        frames=tuple(_frames(run, words)),
        state=state,
        stamp=run.stamp,
        problem=run.problem,
        reason=refusal.reason if is_refused else run.acceptance.reason if run.acceptance else "",
        accepted_by=str(run.acceptance.accepted_by) if run.acceptance else "",
        error=refusal.message if is_refused else "",
    )


def line_not_run(row: AcceptanceCase, draft: Draft, words: Words, vocabulary: Vocabulary) -> CaseLine:
    """A case of a draft whose document has errors."""
    case = read_case(row.document)
    frames = tuple(FrameLine(words.frame(e.frame), expected_text(e, words), "", False) for e in case.expect)
    return _line(row, case, vocabulary, is_inherited=is_inherited(row, draft), frames=frames, state="not_run")


def _line(row: AcceptanceCase, case: CaseDocument, vocabulary: Vocabulary, **rest: Any) -> CaseLine:
    day, facts = write_date(case.as_of), fact_lines(case, vocabulary)
    return CaseLine(slug=row.slug, name=case.name, note=case.note, day=day, facts=facts, **rest)


def _frames(run: CaseRun, words: Words) -> Iterable[FrameLine]:
    different = {deviation.frame for deviation in run.deviations}
    for expected in run.case.expect:
        name = words.frame(expected.frame)
        answer = run.outcome.of_frame(expected.frame) if run.outcome is not None else None
        actual = outcome_text(answer, words) if answer is not None else "この案にはない枠です"
        yield FrameLine(name, expected_text(expected, words), actual if run.outcome else "", name in different)


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class AmountRow:
    id: str
    part: str
    text: str
    error: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """One answer of the company as it is drawn. `kind`: text, select, set, months, categories."""

    key: str
    id: str
    name: str
    label: str
    kind: str
    text: str = ""
    unit: str = ""
    hint: str = ""
    list: str = ""
    options: tuple[Option, ...] = ()
    rows: tuple[AmountRow, ...] = ()
    errors: tuple[str, ...] = ()
    is_new: bool = False

    @property
    def is_group(self) -> bool:
        """Several inputs under one name."""
        return self.kind in ("set", "months", "categories")


@dataclass(frozen=True, slots=True)
class FactTopic:
    """Answers, or facts to add, under one heading."""

    label: str
    rows: tuple[FactRow, ...] = ()
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectRow:
    """What one frame must answer, as it is drawn."""

    id: str
    name: str
    label: str
    verdicts: tuple[Option, ...]
    unmet: tuple[Option, ...]
    amount: str
    errors: tuple[str, ...]
    is_open: bool


def fact_topics(form: CaseForm, *, added: str, show_errors: bool) -> list[FactTopic]:
    """The answers by topic. `added`: the fact that was just added gets the focus."""
    topics = []
    for group in form.scene.vocabulary.groups:
        keys = [fact.key for fact in group.facts if fact.key in form.keys]
        rows = tuple(_fact_row(form, key, key == added, show_errors) for key in keys)
        topics.append(FactTopic(group.ja, rows))
    return [topic for topic in topics if topic.rows]


def facts_to_add(form: CaseForm) -> list[FactTopic]:
    """The facts that the form does not have yet, by topic."""
    topics = (
        FactTopic(group.ja, options=tuple(Option(f.key, f.ja) for f in group.facts if f.key not in form.keys))
        for group in form.scene.vocabulary.groups
    )
    return [topic for topic in topics if topic.options]


def expect_rows(form: CaseForm, *, show_errors: bool) -> list[ExpectRow]:
    rows = []
    for frame in form.scene.document.frames:
        name = f"expect-{frame.slug}"
        field, parts = form.fields[name], form[name].value()
        errors = tuple(str(error) for error in form.errors.get(name, ())) if show_errors else ()
        requirements = field.requirements if isinstance(field, ExpectedField) else {}
        verdicts = (("", "確かめない"), *VERDICT_LABELS.items())
        rows.append(
            ExpectRow(
                id=f"id_{name}",
                name=name,
                label=str(field.label),
                verdicts=_options(verdicts, [parts["verdict"]]),
                unmet=_options(requirements.items(), parts["unmet"]),
                amount=parts["amount"],
                errors=errors,
                is_open=bool(parts["unmet"] or errors or parts["verdict"] == "not_eligible"),
            )
        )
    return rows


def industry_options() -> list[Option]:
    """Codes with their names, to choose from while typing."""
    return [Option(i.label, "") for division in divisions() for i in division.industries]


def _fact_row(form: CaseForm, key: str, is_new: bool, show_errors: bool) -> FactRow:
    name = f"fact-{key}"
    field = form.fields[name]
    assert isinstance(field, FactField)  # noqa: S101 - tells mypy what CaseForm puts there
    problems = form.errors.as_data().get(name, []) if show_errors else []
    errors = {getattr(problem, "at", ""): "".join(problem.messages) for problem in problems}
    parts = form[name].value()
    drawn = _drawn(field, parts, name, errors)
    fact = field.fact
    return FactRow(
        key=key,
        id=f"id_{name}",
        name=name,
        label=fact.ja,
        unit=fact.unit_ja.replace("%", "％"),
        hint=_HINTS.get(fact.type, ""),
        errors=tuple(message for at, message in errors.items() if not at),
        is_new=is_new,
        **drawn,
    )


def _drawn(field: FactField, parts: Mapping[str, Any], name: str, errors: Mapping[str, str]) -> dict[str, Any]:
    """The part of a row that depends on the kind of the fact."""
    fact = field.fact
    if isinstance(field, AmountRowsField):
        kind = "months" if fact.type is FactType.YEN_BY_MONTH else "categories"
        rows = [*parts["rows"], *[("", "")] * BLANK_ROWS]
        drawn = (
            AmountRow(f"id_{name}-{number}", part, text, errors.get(str(number), ""))
            for number, (part, text) in enumerate(rows)
        )
        return {"kind": kind, "rows": tuple(drawn), "options": _options(_choices(fact.categories), ())}
    if isinstance(field, SetField):
        return {
            "kind": "set",
            "options": _options([*_choices(fact.values), (NONE_VALUE, "どれもない")], parts["values"]),
        }
    if isinstance(field, IndustryField):
        digits = field.read(parts["text"]) if parts["text"] else ""
        text = industry_label(digits) if digits[:2] in industry_names() else parts["text"]
        return {"kind": "text", "text": text, "list": "industries"}
    choices = _select_choices(field)
    if choices:
        return {"kind": "select", "options": _options([("", "選んでください"), *choices], [parts["text"]])}
    return {"kind": "text", "text": parts["text"]}


def _select_choices(field: FactField) -> list[tuple[str, str]]:
    if isinstance(field, YesNoField):
        return list(_YES_NO)
    if isinstance(field, CodeField) and field.fact.key == "prefecture":
        return list(PREFECTURES.items())
    return _choices(field.fact.values)


def _choices(choices: Iterable[Any]) -> list[tuple[str, str]]:
    return [(choice.key, choice.ja) for choice in choices]


def _options(pairs: Iterable[tuple[str, str]], chosen: Iterable[str]) -> tuple[Option, ...]:
    marked = set(chosen)
    return tuple(Option(value, label, value in marked) for value, label in pairs)
