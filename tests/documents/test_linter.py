"""What the linter says beside the one mistake per broken document: warnings by date, references, readings, figures."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from eligibility.engine import benefit_terms, document
from eligibility.engine.document import ProgrammeDocument, dump_document, read_document
from eligibility.engine.errors import DocumentRefused, Finding
from eligibility.engine.linter import lint, lint_together, walk
from eligibility.engine.linter.claims import Claim, holder_of
from eligibility.engine.linter.telephones import telephone_findings
from programs.paths import read, replaced
from programs.yaml import read_yaml
from tests.documents.test_broken import HERE, TEXTS
from tests.engine.shipped import FIXTURES, documents, vocabulary

BASE = read_yaml(HERE / "base.yaml")
NOTICE = {"source": "notice", "lines": "1", "quote": "小さな補助金のご案内"}
SHIPPED_TEXTS = {
    path.name: path.read_text(encoding="utf-8").split("\n") for path in (FIXTURES / "sources").glob("*.txt")
}


def base(**changes: Any) -> ProgrammeDocument:
    """The sound document with other parts at dotted paths (`__` for a dot)."""
    data = BASE
    for path, part in changes.items():
        data = replaced(data, path.replace("__", "."), part)
    return read_document(data)


def linted(found: ProgrammeDocument, **options: Any) -> list[Finding]:
    return lint(found, vocabulary(), TEXTS, **options)


def requirement(name: str, criterion: dict[str, Any], text: str = "要件", **cite: str) -> dict[str, Any]:
    return {"id": name, "text": text, "cites": [NOTICE | cite], "criterion": criterion}


@pytest.mark.parametrize(
    ("checked", "today", "words"),
    [
        ({}, date(2024, 8, 1), None),
        ({}, date(2024, 8, 2), "発行日（2023-08-01）から12か月以上"),
        ({"notice.txt": date(2024, 7, 1)}, date(2025, 7, 1), None),
        ({"notice.txt": date(2024, 7, 1)}, date(2025, 7, 2), "2024-07-01の確認から12か月以上"),
        ({"other.txt": date(2024, 7, 1)}, date(2024, 8, 2), "発行日"),
        ({"notice.txt": date(2023, 2, 28)}, date(2024, 2, 29), None),
        ({"notice.txt": date(2023, 2, 27)}, date(2024, 2, 29), "2023-02-27の確認から"),
        ({}, date.min, None),
    ],
)
def test_a_source_nobody_checked_for_a_year(checked: dict[str, date], today: date, words: str | None) -> None:
    found = linted(base(), checked=checked, today=today)
    assert [(finding.path, finding.level) for finding in found] == ([("sources.0", "warning")] if words else [])
    assert all(words and words in finding.message for finding in found)


def test_without_a_day_no_source_is_old() -> None:
    assert linted(base(), checked={"notice.txt": date(1990, 1, 1)}) == []


def of(program: str, *predecessors: str, version: str = "r5", announced: str = "2023-08-01") -> ProgrammeDocument:
    changes = {"program": program, "version": version, "time__announced": announced}
    return base(**changes, identity__predecessors=list(predecessors))


def together(*found: ProgrammeDocument) -> list[tuple[str, str]]:
    return [(f"{finding.file} {finding.path}", finding.message) for finding in lint_together(found)]


def test_predecessors_that_are_there() -> None:
    assert together(of("new", "old", "older"), of("old", "older"), of("older")) == []


def test_a_predecessor_that_is_not_there() -> None:
    assert together(of("new", "nobody")) == [("new@r5 identity.predecessors.0", "「nobody」という制度はありません。")]


def test_a_programme_that_precedes_itself() -> None:
    ((place, message),) = together(of("new", "new"))
    assert (place, message) == ("new@r5 identity.predecessors.0", "前身の制度に、この制度自身が書かれています。")


def test_predecessors_in_a_circle() -> None:
    """Also by way of another version of a programme."""
    found = together(of("a", "b"), of("b"), of("b", "c", version="r6", announced="2024-08-01"), of("c", "a"))
    assert [place.split()[0] for place, _ in found] == ["a@r5", "b@r6", "c@r5"]
    assert found[0][1] == "前身の制度をたどると、この制度に戻ります（a→b→c→a）。"


def test_a_circle_elsewhere_is_said_there_only() -> None:
    assert [place.split()[0] for place, _ in together(of("a", "b"), of("b", "c"), of("c", "b"))] == ["b@r5", "c@r5"]


def test_two_versions_announced_on_one_day() -> None:
    ((place, message),) = together(of("a"), of("a", version="r6"), of("b"))
    assert place == "a@r6 time.announced"
    assert "「r5」" in message


def test_one_version_twice() -> None:
    assert together(of("a"), of("a")) == [("a@r5 version", "同じ制度の同じ版が二つあります。")]


SMALL = {
    "kind": "small_business",
    "limit": 20,
    "commerce_and_service": 5,
    "lodging_and_amusement": 20,
    "other_forms": "open",
}
READING = {"id": "small", "text": "従業員20人以下、商業とサービス業は5人以下とする。", "reason": "資料に人数がない。"}


@pytest.mark.parametrize(
    ("text", "lines", "accepted"),
    [
        (READING["text"], "1", True),
        (READING["text"], "1-3", True),
        (READING["text"], "2", False),
        ("従業員20人以下とする。", "1", False),
        ("従業員20人以下、商業とサービス業は5人未満とする。", "1", False),
    ],
)
def test_a_reading_explains_a_figure_of_the_line_it_cites(text: str, lines: str, accepted: bool) -> None:
    cite = {"source": "notice", "lines": lines, "quote": TEXTS["notice.txt"][int(lines[-1]) - 1]}
    found = linted(
        base(requirements__2=requirement("small", SMALL), readings=[READING | {"text": text, "cites": [cite]}])
    )
    assert (not any("引用した言葉の中にありません" in finding.message for finding in found)) is accepted


def test_the_reason_of_a_reading_explains_nothing() -> None:
    """It tells of other readings too: only what was decided counts."""
    reading = {"id": "small", "text": "小規模の定義", "reason": READING["text"], "cites": [NOTICE]}
    found = linted(base(requirements__2=requirement("small", SMALL), readings=[reading]))
    assert any("引用した言葉の中にありません" in finding.message for finding in found)


@pytest.mark.parametrize(
    ("path", "quotes", "where"),
    [
        ("frames.0.benefit.caps", [("4", "上限は30万円です。"), ("3", "上限は50万円です。")], "amount"),
        ("frames.0.benefit.caps", [("4", "上限は30万円です。"), ("2", "対象は中小企業等です。")], ""),
        (
            "frames.0.benefit.caps",
            [("4", "上限は30万円"), ("3-4", "50万円です。従業員20人以下の場合、上限は30万円")],
            "",
        ),
        ("time.rounds", [("6", "受付は2023年9月1日から"), ("6", "10月31日までです。")], ""),
    ],
)
def test_a_quote_that_prints_another_figure_in_its_place(path: str, quotes: list[tuple[str, str]], where: str) -> None:
    """An old quote may stay behind the new one, and both are in their texts."""
    cites = [{"source": "notice", "lines": lines, "quote": quote} for lines, quote in quotes]
    part = {"amount": 300_000} if "caps" in path else read(BASE, "time.rounds.0")
    found = linted(read_document(replaced(BASE, path, [{**part, "cites": cites}])))
    assert [(one.path, one.level) for one in found] == ([(f"{path}.0.{where}", "warning")] if where else [])


def test_the_day_of_publication_stands_beside_all_others() -> None:
    found = read_document(read_yaml(FIXTURES / "programs" / "monozukuri" / "r4-hosei2.yaml"))
    cites = dump_document(found)["time"]["rounds"][0]["cites"]
    assert any("2023年7月28日" in cite["quote"] for cite in cites) and len(cites) > 1
    assert lint(found, vocabulary(), SHIPPED_TEXTS) == []


def test_a_quote_of_another_part_prints_nothing_for_this_one() -> None:
    at_least = {"kind": "number", "fact": "minimum_wage_margin", "at_least": "30"}
    found = linted(base(requirements__1=requirement("wages", at_least)))
    assert [finding.path for finding in found] == ["requirements.1.criterion.at_least"]


@pytest.mark.parametrize(
    ("bounds", "quote", "is_printed"),
    [
        ({"at_most": "20"}, "従業員20人以下", True),
        ({"at_most": "20"}, "従業員21人未満", True),
        ({"less_than": "21"}, "従業員20人以下", True),
        ({"at_least": "21"}, "従業員20人以下", True),
        ({"more_than": "20"}, "従業員20人以下", True),
        ({"at_most": "20"}, "従業員20人超", True),
        ({"at_least": "6", "at_most": "20"}, "従業員6～20人", True),
        ({"at_most": "20"}, "従業員20名まで", True),
        ({"at_most": "20"}, "従業員20人未満", False),
        ({"at_least": "20"}, "従業員20人以下", False),
        ({"at_least": "20"}, "従業員20人超", False),
        ({"at_most": "20"}, "20か月以下", False),
        ({"at_most": "20"}, "20万円以下", False),
    ],
)
def test_an_edge_is_printed_with_its_limit(bounds: dict[str, str], quote: str, is_printed: bool) -> None:
    criterion = {"kind": "number", "fact": "employees", **bounds}
    found = base(requirements__2=requirement("people", criterion, quote=quote))
    paths = {finding.path for finding in linted(found) if "引用した言葉の中にありません" in finding.message}
    assert bool(paths) is not is_printed


@pytest.mark.parametrize(
    ("quote", "closes", "is_printed"),
    [
        ("12月12日", "2023-12-12", True),
        ("1月12日", "2024-01-12", True),
        ("12月12日(火)", "2023-12-12", True),
        ("12月12日(水)", "2023-12-12", False),
        ("12月12日", "2025-12-12", False),
        ("令和5年12月12日 17時まで", "2023-12-12T17:00", True),
        ("令和5年12月12日", "2023-12-12T17:00", False),
        ("令和4年12月12日", "2023-12-12", False),
    ],
)
def test_a_day_is_printed_with_its_year(quote: str, closes: str, is_printed: bool) -> None:
    """Without a year in print, of a year next to the source's."""
    round_ = {"id": "r1", "name": "第1回", "closes": closes, "cites": [NOTICE | {"quote": quote}]}
    found = linted(base(time__rounds=[round_]))
    assert ("time.rounds.0.closes" not in {finding.path for finding in found}) is is_printed


def caps(*conditions: dict[str, Any]) -> list[dict[str, Any]]:
    quotes = [{"source": "notice", "lines": "3-4", "quote": "上限は50万円です。従業員20人以下の場合、上限は30万円"}]
    return [{"when": condition, "amount": 500_000, "cites": quotes} for condition in conditions]


def about_tables(found: ProgrammeDocument) -> set[str]:
    return {
        finding.path for finding in linted(found) if finding.path in {f"frames.0.benefit.caps.{n}" for n in range(9)}
    }


def people(**bounds: str) -> dict[str, Any]:
    return {"kind": "number", "fact": "employees", **bounds}


def test_a_case_that_the_requirements_exclude_needs_no_row() -> None:
    rows = caps(people(at_least="6", at_most="20"), people(at_least="21"))
    assert about_tables(base(frames__0__benefit__caps=rows)) == {"frames.0.benefit.caps.0"}
    six = requirement("six", people(at_least="6"))
    assert about_tables(base(frames__0__benefit__caps=rows, requirements__2=six)) == set()


def test_a_band_that_holds_others_leaves_no_gap_between_them() -> None:
    rows = caps(people(), people(at_least="10", at_most="20"), people(at_least="50"))
    rows[0]["when"]["at_least"] = "0"
    messages = {f.path: f.message for f in linted(base(frames__0__benefit__caps=rows)) if f.path[-1] in "012"}
    assert messages == dict.fromkeys(
        ["frames.0.benefit.caps.1", "frames.0.benefit.caps.2"], "帯が1行目と重なっています。"
    )


def test_what_has_too_many_cases_is_left_alone() -> None:
    """Twenty promises of which any will do: nothing is said of them, and nothing takes long."""
    promises = [fact.key for fact in vocabulary().values() if fact.type == "bool" and not fact.added][:20]
    any_of = {"kind": "any", "of": [{"kind": "declared", "fact": key} for key in promises]}
    again = {"kind": "any", "of": [*any_of["of"], {"kind": "declared", "fact": promises[0], "answer": False}]}
    found = linted(base(requirements__2=requirement("any", any_of), requirements__3=requirement("again", again)))
    assert found == []


def test_a_special_row_before_a_general_one_is_no_doubt() -> None:
    both = {"kind": "all", "of": [people(at_most="20"), {"kind": "declared", "fact": "in_deficit"}]}
    rows = caps(both, people(at_most="20"), people(at_least="21"))
    rows[0]["amount"] = 300_000
    assert about_tables(base(frames__0__benefit__caps=rows)) == set()


def test_rows_that_pay_the_same_may_cross() -> None:
    rows = [*caps({"kind": "declared", "fact": "in_deficit"}, people(at_most="20")), {**caps({})[0]}]
    del rows[2]["when"]
    assert about_tables(base(frames__0__benefit__caps=rows)) == set()


def test_a_table_of_wages_goes_below_zero() -> None:
    """A margin over the minimum wage can be negative: the first band takes that too."""
    margin = {"kind": "number", "fact": "minimum_wage_margin"}
    rows = caps({**margin, "less_than": "50"}, {**margin, "at_least": "50"})
    assert about_tables(base(frames__0__benefit__caps=rows)) == set()


def test_a_shared_requirement_is_needless_only_if_every_frame_says_more() -> None:
    stricter = requirement("wages-45", {"kind": "number", "fact": "minimum_wage_margin", "at_least": "45"})
    other = {**BASE["frames"][0], "slug": "tokubetsu"}
    rounds = {"time__rounds__0__frames": ["tsujo", "tokubetsu"]}
    one = linted(base(frames__0__requirements=[stricter], frames__1=other, **rounds))
    both = linted(base(frames__0__requirements=[stricter], frames__1={**other, "requirements": [stricter]}, **rounds))
    assert "requirements.1" not in {finding.path for finding in one}
    assert [f.level for f in both if f.path == "requirements.1"] == ["warning"]


CITING = [
    benefit_terms.RateRow, benefit_terms.CapRow, benefit_terms.AddOn, benefit_terms.Bound, benefit_terms.TaxCap,
    benefit_terms.Expenses, benefit_terms.ConditionalExpenses, benefit_terms.OpenBenefit,
    document.Requirement, document.Round, document.LawPeriod, document.Reading, document.Desk,
]  # fmt: skip


@pytest.mark.parametrize("model", CITING, ids=lambda model: model.__name__)
def test_nothing_that_decides_goes_without_a_source(model: type[BaseModel]) -> None:
    """So that the linter need not ask."""
    field = model.model_fields["cites"]
    assert field.is_required()
    assert any(getattr(part, "min_length", 0) == 1 for part in field.metadata)


def claims(found: ProgrammeDocument) -> Iterator[Claim]:
    for path, part in walk(found):
        holder = holder_of(path, part, vocabulary())
        yield from holder.claims if holder is not None else ()


def another(value: Any) -> Any:
    """A value of the same kind that no source prints."""
    if isinstance(value, list):
        return [another(value[0])]
    if isinstance(value, int):
        return value + (70_000 if value >= 10_000 else 2 if value < 12 else 7)
    if "/" in value:
        return "7/9"
    if value.count("-") == 2:
        return f"{date.fromisoformat(value[:10]) + timedelta(days=1)}{value[10:]}"
    return value.replace(value[5:], "11") if "-" in value else str(Decimal(value) + 7)


@pytest.mark.parametrize("found", documents(), ids=lambda found: found.key)
def test_no_figure_of_a_shipped_document_can_be_changed_unseen(found: ProgrammeDocument) -> None:
    data, unseen = dump_document(found), []
    for path in {claim.path for claim in claims(found)}:
        try:
            changed = read_document(replaced(data, path, another(read(data, path))))
        except DocumentRefused:
            continue  # as tight: the schema sees it
        findings = lint(changed, vocabulary(), SHIPPED_TEXTS)
        if not any(finding.path == path and "この数字" in finding.message for finding in findings):
            unseen.append((path, read(data, path), another(read(data, path))))
    assert unseen == []


def test_every_figure_is_claimed() -> None:
    """A new field with a figure must be looked for in the quotes too."""
    paths = {path.rsplit(".", 1)[-1] for found in documents() for path in {claim.path for claim in claims(found)}}
    assert paths >= {
        "rate",
        "up_to",
        "amount",
        "amount_high",
        "at_least",
        "more_than",
        "less_than",
        "percent",
        "closes",
    }


def test_a_document_is_linted_without_its_texts() -> None:
    assert lint(read_document(read_yaml(Path(HERE) / "broken" / "quote_invented.yaml")), vocabulary()) == []


@pytest.mark.parametrize(
    ("telephone", "quotes", "is_printed"),
    [
        ("", [""], True),
        ("03-6632-1502", ["", "電話：03-6632-1502"], True),
        ("03-6632-1502", ["０３（６６３２）１５０２（平日9時～17時）"], True),
        ("０３‐６６３２‐１５０２", ["03 6632 1502"], True),
        ("0366321502", ["TEL(1)03-6632-1502"], True),
        ("03-6632-1502（内線3401）", ["03-6632-1502", "内線 3401"], True),
        ("03-6632-1502（内線3401）", ["03-6632-1502"], False),
        ("03-6632-9999", ["03-6632-1502"], False),
        ("03-6632-150", ["03-6632-1502"], False),
        ("6632-1502", ["03-6632-1502"], False),
        ("03-6632", ["03-6632-1502"], False),
        ("03-6632-1502", ["03-6632", "1502"], False),
        ("1" * 100_000, ["1" * 100_000], False),
    ],
)
def test_a_telephone_number_is_printed_in_a_quote(telephone: str, quotes: list[str], is_printed: bool) -> None:
    cites = [NOTICE | {"quote": f"小さな補助金{quote}"} for quote in quotes]
    found = list(telephone_findings(base(identity__desks=[{"name": "局", "telephone": telephone, "cites": cites}])))
    assert [finding.path for finding in found] == ([] if is_printed else ["identity.desks.0.telephone"])
