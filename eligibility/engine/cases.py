"""Acceptance cases (確認用の事例): a company, a day and what a version must answer; run and compared.

The schema of fixtures/programs/<program>/cases.yaml and of the rows made from it. What an expectation does not name
is not compared; eligibility.engine.case_runs runs and compares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
    model_validator,
)

from eligibility.engine.benefit import COVERED
from eligibility.engine.benefit_terms import OpenBenefit
from eligibility.engine.citations import Day, Part, Slug, has_control_characters
from eligibility.engine.document import Frame, ProgrammeDocument
from eligibility.engine.errors import DocumentRefused, Finding, QuestionRefused
from eligibility.engine.facts import FactType, Vocabulary, findings_of
from eligibility.engine.labels import ja, named
from eligibility.engine.profile import MAX_YEN, parse_profile

CASES_SCHEMA_VERSION: Literal[1] = 1
VERDICT_LABELS = {
    "eligible": "対象になる見込み",
    "not_eligible": "満たさない要件がある",
    "needs_info": "まだ判定できない",
}
NONE: Literal["none"] = "none"
MAX_NAME, MAX_NOTE = 100, 1000


def _amount(value: object) -> int | Literal["none"]:
    if value == NONE:
        return NONE
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_YEN:
        raise ValueError("円の整数で書くか、額が決まらない（上限がない）ときは none と書いてください。")
    return value


def _readable(text: str) -> str:
    if has_control_characters(text):
        raise ValueError("文字ではない制御文字が入っています。")
    return text


YenOrNone = Annotated[int | Literal["none"], PlainValidator(_amount)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME), AfterValidator(_readable)
]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_NOTE), AfterValidator(_readable)]


class Expected(Part):
    """What one frame must answer. `amount`, or a range of yen; "none": not settled, of a range: no upper end."""

    model_config = named("期待する結果", "一つの枠について、判定、満たさない要件、額を書きます。")

    frame: Annotated[Slug, ja("枠", "その版の枠の記号です。例：tsujo")]
    verdict: Annotated[Literal["eligible", "not_eligible", "needs_info"], ja("判定", labels=VERDICT_LABELS)]
    unmet: Annotated[
        tuple[Slug, ...], ja("満たさない要件", "すべて挙げます。書かなければ、どれかは確かめません。")
    ] = ()
    amount: Annotated[YenOrNone | None, ja("額", "円。none は「資料からは額が決まらない」です。")] = None
    amount_low: Annotated[YenOrNone | None, ja("額の下限", "額に幅があるときに、上限と一緒に書きます。")] = None
    amount_high: Annotated[YenOrNone | None, ja("額の上限", "none は「上限の記載がない」です。")] = None

    @model_validator(mode="before")
    @classmethod
    def _leaves_out_what_is_not_known(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and any(value is None for value in data.values()):
            raise ValueError("確かめないことは null ではなく、項目ごと省いてください。")
        return data

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        has_range = self.amount_low is not None or self.amount_high is not None
        if self.verdict == "not_eligible":
            if self.amount is not None or has_range:
                raise ValueError("満たさない要件がある枠には、額がありません。額を消してください。")
        elif self.unmet:
            raise ValueError("満たさない要件があれば、判定は not_eligible です。どちらかを直してください。")
        if self.amount is not None and has_range:
            raise ValueError("額は amount か、amount_low と amount_high の組か、どちらかで書いてください。")
        if has_range:
            self._check_range()
        return self

    @property
    def interval(self) -> tuple[int | None, int | None] | None:
        """Both ends as an answer has them; None where no amount is expected."""
        if self.amount is not None:
            return _end(self.amount), _end(self.amount)
        if self.amount_low is None:
            return None
        return _end(self.amount_low), _end(self.amount_high)

    def _check_range(self) -> None:
        low, high = self.amount_low, self.amount_high
        if not isinstance(low, int) or high is None:
            raise ValueError("額の幅は、下限（円）と上限（円か none）の両方を書いてください。")
        if isinstance(high, int) and low >= high:
            raise ValueError("額の上限は下限より大きくしてください。同じ額なら amount に書きます。")


class CaseDocument(Part):
    """One case of one version. `profile` is raw contract facts; see `checked` for what else must hold."""

    model_config = named("確認用の事例", "ある会社の回答と、その版が出すべき結果です。")

    id: Annotated[Slug, ja("記号", "同じ版の中で一つだけの名前です。例：retail-5")]
    version: Annotated[Slug, ja("版", "どの版の事例かを書きます。例：r4-hosei2")]
    name: Annotated[Name, ja("名前", "例：小売業 従業員6人")]
    note: Annotated[Note, ja("メモ", "何を確かめる事例か、資料のどこによるか。")] = ""
    as_of: Annotated[Day, ja("基準日", "いつの時点の会社か。例：2023-10-17")]
    profile: Annotated[dict[str, Any], ja("会社の回答", "項目と値の組です。書かない項目は「わからない」です。")]
    expect: Annotated[tuple[Expected, ...], Field(min_length=1), ja("期待する結果")]


class CaseFile(Part):
    """The cases of a programme, of all its versions."""

    model_config = named("確認用の事例の一覧", "一つの制度の事例をすべて書きます。")

    schema_version: Annotated[Literal[1], ja("書式の版")] = CASES_SCHEMA_VERSION
    program: Annotated[Slug, ja("制度の記号")]
    cases: Annotated[tuple[CaseDocument, ...], ja("事例")] = ()


def decided_requirements(document: ProgrammeDocument, frame: Frame) -> dict[str, str]:
    """What a frame can find unmet, by id with its words: requirements with a criterion, and bounds of the amount."""
    benefit = frame.benefit
    found = {r.id: r.text for r in (*document.requirements, *frame.requirements) if r.criterion is not None}
    found[COVERED] = "対象になる経費がある"
    if not isinstance(benefit, OpenBenefit):
        found.update((bound.id, bound.text) for bound in benefit.bounds)
    return found


def read_case_file(
    data: Any, documents: Mapping[str, ProgrammeDocument], vocabulary: Vocabulary, file: str = ""
) -> CaseFile:
    """The cases of plain data, held against the versions in `documents` (by slug@version). Raises DocumentRefused."""
    try:
        read = CaseFile.model_validate(data)
    except ValidationError as error:
        raise DocumentRefused([_named(finding, data) for finding in findings_of(error, file, data)]) from error
    findings = [*_repeated(read)]
    for number, case in enumerate(read.cases):
        document = documents.get(f"{read.program}@{case.version}")
        found = [Finding("version", f"「{case.version}」という版の文書がありません。")]
        if document is not None:
            found = checked(case, document, vocabulary)
        findings += [_of_case(finding, number, case.id) for finding in found]
    if findings:
        raise DocumentRefused([Finding(finding.path, finding.message, file) for finding in findings])
    return read


def read_case(data: Any) -> CaseDocument:
    """One case of plain data. Raises DocumentRefused."""
    try:
        return CaseDocument.model_validate(data)
    except ValidationError as error:
        raise DocumentRefused(findings_of(error, "", data)) from error


def checked(case: CaseDocument, document: ProgrammeDocument, vocabulary: Vocabulary) -> list[Finding]:
    """What is wrong with a case beside its schema: facts, frames and requirements that are not there."""
    return [*_faults_of_facts(case, vocabulary), *_faults_of_expectation(case, document)]


def dump_case(case: CaseDocument, vocabulary: Vocabulary) -> dict[str, Any]:
    """The case as plain JSON-ready data in canonical order: the schema's, and for facts the vocabulary's."""
    data: dict[str, Any] = {"id": case.id, "version": case.version, "name": case.name}
    if case.note:
        data["note"] = case.note
    data["as_of"] = case.as_of.isoformat()
    data["profile"] = canonical_profile(case.profile, vocabulary)
    data["expect"] = [dump_expected(expected) for expected in case.expect]
    return data


def dump_case_file(program: str, cases: Iterable[CaseDocument], vocabulary: Vocabulary) -> dict[str, Any]:
    return {
        "schema_version": CASES_SCHEMA_VERSION,
        "program": program,
        "cases": [dump_case(case, vocabulary) for case in cases],
    }


def dump_expected(expected: Expected) -> dict[str, Any]:
    return expected.model_dump(mode="json", exclude_defaults=True)


def canonical_profile(profile: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """Facts, months, categories and choices in the vocabulary's order; a whole percentage without a fraction."""
    return {key: _canonical(vocabulary, key, profile[key]) for key in vocabulary if key in profile}


def exact(data: Any) -> Any:
    """`data` with its floats as the decimals they were written as: YAML and a JSON column read 1.5 as a float."""
    if isinstance(data, float):
        return Decimal(repr(data))
    if isinstance(data, Mapping):
        return {key: exact(value) for key, value in data.items()}
    return [exact(value) for value in data] if isinstance(data, list) else data


def _faults_of_facts(case: CaseDocument, vocabulary: Vocabulary) -> Iterator[Finding]:
    try:
        parse_profile(exact(case.profile), vocabulary)
    except QuestionRefused as refused:
        for problem in refused.problems:
            place = ".".join(part for part in ("profile", problem.fact, problem.part) if part)
            yield Finding(place, problem.message)


def _faults_of_expectation(case: CaseDocument, document: ProgrammeDocument) -> Iterator[Finding]:
    frames = {frame.slug: decided_requirements(document, frame) for frame in document.frames}
    for slug, times in Counter(expected.frame for expected in case.expect).items():
        if times > 1:
            yield Finding("expect", f"枠「{slug}」の期待する結果が{times}回あります。一つにしてください。")
    for number, expected in enumerate(case.expect):
        known = frames.get(expected.frame)
        if known is None:
            yield Finding(f"expect.{number}.frame", f"「{expected.frame}」という枠はこの版にありません。")
            continue
        for key, times in Counter(expected.unmet).items():
            if key not in known:
                yield Finding(f"expect.{number}.unmet", f"「{key}」という判定する要件は、この枠にありません。")
            elif times > 1:
                yield Finding(f"expect.{number}.unmet", f"「{key}」は{times}回あります。一つにしてください。")


def _canonical(vocabulary: Vocabulary, key: str, value: Any) -> Any:
    fact = vocabulary[key]
    if fact.type is FactType.YEN_BY_MONTH:
        return dict(sorted(value.items()))
    if fact.type is FactType.YEN_BY_CATEGORY:
        return {choice.key: value[choice.key] for choice in fact.categories if choice.key in value}
    if fact.type is FactType.SET:
        return [choice.key for choice in fact.values if choice.key in value]
    if fact.type is FactType.PERCENT:
        return int(value) if value == int(value) else float(value)
    return value


def _end(value: int | Literal["none"] | None) -> int | None:
    return None if value == NONE else value


def _repeated(read: CaseFile) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    for number, case in enumerate(read.cases):
        if (case.version, case.id) in seen:
            yield _of_case(Finding("id", "この記号の事例は、同じ版にもうあります。"), number, case.id)
        seen.add((case.version, case.id))


def _of_case(finding: Finding, number: int, case: str) -> Finding:
    return Finding(f"cases.{number}.{finding.path}", f"事例「{case}」：{finding.message}")


def _named(finding: Finding, data: Any) -> Finding:
    """A finding of the schema with the case it is about."""
    parts = finding.path.split(".")
    cases = data.get("cases") if isinstance(data, Mapping) else None
    if len(parts) < 2 or parts[0] != "cases" or not parts[1].isdecimal() or not isinstance(cases, list):
        return finding
    case = cases[int(parts[1])]
    name = case.get("id") if isinstance(case, Mapping) else None
    return Finding(finding.path, f"事例「{name}」：{finding.message}", finding.file) if name else finding
