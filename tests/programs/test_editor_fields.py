"""What officers type, and what the document gets: each kind of plain value, rows, and citations."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import BadRequest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from eligibility.engine.benefit_terms import CapRow, SubsidyBenefit, TaxCap, Tier
from eligibility.engine.citations import Cite, Source
from eligibility.engine.criteria.compare import Declared, Number, OneOf
from eligibility.engine.criteria.sales import MonthlyDrop
from eligibility.engine.document import Identity, LawPeriod, Requirement, Round, Time
from programs.desk.editor.building import Builder
from programs.desk.editor.cites import with_quotes, words_of
from programs.desk.editor.formtree import FieldNode, Node, problems_of
from programs.desk.editor.surroundings import Surroundings
from programs.desk.editor.typed import (
    MAX_ROWS,
    OperationRefused,
    Root,
    changed,
    collected,
    seal,
    typed_data,
    unseal,
)
from programs.documents import vocabulary

TEXT = ["# 補助上限", "- 通常枠　50万円", "通常枠\t特別枠\t\t", "<ul><li>率</li> 2/3", "最後の行"]


@pytest.fixture
def around() -> Surroundings:
    return Surroundings(
        vocabulary=vocabulary(),
        sources=(("leaflet", "ちらし"),),
        files={"leaflet": "leaflet.txt", "lost": "lost.txt"},
        frames=(("tsujo", "通常枠"), ("chingin", "賃金引上げ枠")),
        texts={"leaflet.txt": TEXT},
    )


def tree_of(model: Any, around: Surroundings, typed: dict[str, Any], *, kind: str = "") -> Node:
    root = Root(model, kind=kind)
    return Builder(around, is_checked=True).root(root, typed_data(root, None) | typed)


def read(model: Any, around: Surroundings, **typed: Any) -> Any:
    """The document's data for what is typed; all other inputs stay as a blank page has them."""
    tree = tree_of(model, around, typed)
    assert problems_of(tree) == []
    return tree.value()


def refusal(model: Any, around: Surroundings, **typed: Any) -> str:
    (problem,) = problems_of(tree_of(model, around, typed))
    return problem.message


@pytest.mark.parametrize(
    "text",
    ["1000000", "1,000,000", "１，０００，０００", "100万", "１００万円", "  100万円 ", "¥1,000,000"],
)
def test_yen_may_be_typed_as_people_write_them(around: Surroundings, text: str) -> None:
    assert read(CapRow, around, amount=text) == {"amount": 1_000_000}


@pytest.mark.parametrize("text", ["abc", "百万円くらい", "1.5円", "-100", "1" * 30])
def test_an_amount_that_is_none_is_refused(around: Surroundings, text: str) -> None:
    assert refusal(CapRow, around, amount=text).startswith("上限額（円）：")


def test_an_amount_is_shown_again_in_words(around: Surroundings) -> None:
    tree = tree_of(CapRow, around, {"amount": "150000000"})

    assert next(node for node in tree.walk() if node.name == "amount").echo == "＝ 1億5,000万円"


@pytest.mark.parametrize("text", ["2/3", "２／３", " 2 / 3 ", "3分の2"])
def test_rates(around: Surroundings, text: str) -> None:
    assert read(Tier, around, rate=text) == {"rate": "2/3"}


def test_a_rate_of_the_wrong_form_is_refused_in_the_words_of_the_schema(around: Surroundings) -> None:
    assert refusal(Tier, around, rate="67%") == "率：率「67%」は 2/3 の形（分数）で書いてください。"


@pytest.mark.parametrize("text", ["2023-10-17", "２０２３年１０月１７日", "令和5年10月17日", "R5.10.17", "20231017"])
def test_days(around: Surroundings, text: str) -> None:
    assert read(Time, around, announced=text) == {"announced": "2023-10-17"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [("2021-03", "2021-03"), ("令和3年3月", "2021-03"), ("２０２１年３月", "2021-03"), ("2021年3月5日", "2021-03-05")],
)
def test_an_opening_may_be_a_month(around: Surroundings, text: str, kept: str) -> None:
    assert read(Round, around, opens=text) == {"opens": kept}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2023-11-07", "2023-11-07"),
        ("2023-11-07T17:00", "2023-11-07T17:00"),
        ("2023-11-07 17:00", "2023-11-07T17:00"),
        ("令和5年11月7日17時", "2023-11-07T17:00"),
        ("2023年11月7日　午後5時30分まで", "2023-11-07T17:30"),
    ],
)
def test_a_closing_may_have_its_hour(around: Surroundings, text: str, kept: str) -> None:
    assert read(Round, around, closes=text) == {"closes": kept}


@pytest.mark.parametrize("text", ["2023-02-30", "2023-11-07T25:00", "来月末"])
def test_a_moment_that_does_not_exist_is_refused(around: Surroundings, text: str) -> None:
    assert refusal(Round, around, closes=text).startswith("締切：")


@pytest.mark.parametrize("text", ["702-703", "７０２〜７０３行", "L702-L703", "702－703", " 702 - 703 "])
def test_cited_lines(around: Surroundings, text: str) -> None:
    assert read(Cite, around, lines=text) == {"lines": "702-703"}


@pytest.mark.parametrize(
    ("text", "kept"), [("1.5", "1.5"), ("３％", "3"), ("3.0", "3.0"), ("100万円", "1000000"), ("20人", "20")]
)
def test_bounds_keep_their_digits(around: Surroundings, text: str, kept: str) -> None:
    assert read(Number, around, fact="plan_years", at_least=text) == {"fact": "plan_years", "at_least": kept}


def test_a_bound_is_shown_again_in_the_unit_of_its_fact(around: Surroundings) -> None:
    tree = tree_of(Number, around, {"fact": "capital", "at_most": "300000000"})

    assert next(node for node in tree.walk() if node.name == "at_most").echo == "＝ 3億円"


def test_codes_may_be_typed_in_full_width(around: Surroundings) -> None:
    assert read(Round, around, id="ｒ１６") == {"id": "r16"}


def test_a_code_of_the_wrong_form_is_refused(around: Surroundings) -> None:
    assert refusal(Round, around, id="第16次") == "記号：英小文字・数字・ハイフンで書いてください（例：r5-hosei）。"


def test_lists_are_typed_one_a_line(around: Surroundings) -> None:
    assert read(Identity, around, keywords="設備投資\n\n 賃上げ \n")["keywords"] == ["設備投資", "賃上げ"]
    assert read(MonthlyDrop, around, years_back="1、２年")["years_back"] == [1, 2]


def test_flags_and_answers(around: Surroundings) -> None:
    """What equals the default is left out."""
    assert read(LawPeriod, around, described_as_in_force="on") == {"described_as_in_force": True}
    assert read(LawPeriod, around, described_as_in_force="") == {}
    assert read(Declared, around, fact="is_revitalizing", answer="no") == {"fact": "is_revitalizing", "answer": False}
    assert read(Declared, around, fact="is_revitalizing", answer="yes") == {"fact": "is_revitalizing"}
    assert read(TaxCap, around, percent="20", open_for=[]) == {"percent": "20", "open_for": []}


def test_fixed_values_keep_their_type(around: Surroundings) -> None:
    assert read(SubsidyBenefit, around, rounding_unit="1000") == {"rounding_unit": 1000}
    assert read(Requirement, around, review="quota") == {"review": "quota"}


def test_choices_of_a_fact_stand_in_the_order_in_which_they_are_kept(around: Surroundings) -> None:
    tree = tree_of(OneOf, around, {"fact": "legal_form", "values": ["npo", "company"]}, kind="one_of")
    values = next(node for node in tree.walk() if isinstance(node, FieldNode) and node.name == "values")

    assert [key for key, _ in values.field.widget.choices][:3] == ["npo", "company", "sole_proprietor"]
    assert tree.value() == {"kind": "one_of", "fact": "legal_form", "values": ["npo", "company"]}


def test_a_choice_that_is_not_listed_any_more_stays_and_is_named(around: Surroundings) -> None:
    tree = tree_of(Round, around, {"frames": ["sotsugyo"]})

    assert tree.value() == {"frames": ["sotsugyo"]}
    assert "sotsugyo（一覧にありません）" in str(next(n for n in tree.walk() if n.name == "frames").widget)


def test_a_choice_that_was_never_offered_is_refused(around: Surroundings) -> None:
    assert refusal(Round, around, frames=["<b>"]) == "対象の枠：一覧から選んでください。"
    assert refusal(Cite, around, source="a b") == "出典の文書：一覧から選んでください。"
    assert refusal(Requirement, around, review="nothing").startswith("審査・注意事項：")


def test_texts_have_a_limit_and_no_control_characters(around: Surroundings) -> None:
    assert refusal(Requirement, around, text="あ" * 20_001) == "要件の文：20,000字までで書いてください。"
    assert refusal(Requirement, around, text="あ\x0bい").startswith("要件の文：文字ではない制御文字")
    assert read(Requirement, around, text="一行目\n二行目") == {"text": "一行目\n二行目"}


@given(text=st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    """Nothing typed is an error of ours, and nothing that is read is refused by the schema."""
    bare = Surroundings(vocabulary(), (), {}, (), {})
    for model, name in (
        (CapRow, "amount"),
        (Tier, "rate"),
        (Round, "opens"),
        (Round, "closes"),
        (Cite, "lines"),
        (Number, "at_least"),
        (MonthlyDrop, "years_back"),
        (Source, "date"),
        (Identity, "aliases"),
    ):
        tree = tree_of(model, bare, {name: text})
        assert problems_of(tree) or isinstance(tree.value(), dict)


def test_a_blank_page_is_nothing(around: Surroundings) -> None:
    """The blank rows that it begins with are nothing either."""
    assert read(SubsidyBenefit, around) == {}
    assert read(Requirement, around) == {}


def test_rows_are_added_moved_and_removed() -> None:
    root = Root(Time)
    typed = typed_data(root, {"rounds": [{"id": "r1", "cites": [{"source": "leaflet"}]}, {"id": "r2"}]})

    def ids() -> list[str]:
        return [row["id"] for row in typed["rounds"]]

    changed(root, typed, "add", "rounds")
    changed(root, typed, "up", "rounds.1")
    assert ids() == ["r2", "r1", ""]
    changed(root, typed, "down", "rounds.0")
    changed(root, typed, "add", "rounds.0.cites")
    assert ids() == ["r1", "r2", ""]
    assert len(typed["rounds"][0]["cites"]) == 2
    changed(root, typed, "remove", "rounds.1")
    changed(root, typed, "up", "rounds.0")
    assert ids() == ["r1", ""]
    changed(root, typed, "write", "period")
    assert typed["period"]["last"] == ""
    changed(root, typed, "drop", "period")
    assert typed["period"] is None


@pytest.mark.parametrize(
    ("action", "path"),
    [
        ("add", "announced"),
        ("add", ""),
        ("add", "rounds.7"),
        ("remove", "rounds"),
        ("remove", "rounds.9"),
        ("remove", "rounds.x"),
        ("up", "announced"),
        ("drop", "rounds"),
        ("write", "stage"),
        ("add", "__class__"),
        ("explode", "rounds"),
    ],
)
def test_buttons_that_no_page_has_are_bad_requests(action: str, path: str) -> None:
    with pytest.raises(BadRequest):
        changed(Root(Time), typed_data(Root(Time), {"rounds": [{}]}), action, path)


def test_a_list_has_an_end() -> None:
    typed = typed_data(Root(Time), {"rounds": [{}] * MAX_ROWS})

    with pytest.raises(OperationRefused, match="200行"):
        changed(Root(Time), typed, "add", "rounds")


def test_too_many_rows_are_refused_with_everything_kept(around: Surroundings) -> None:
    tree = tree_of(Time, around, typed_data(Root(Time), {"rounds": [{"id": f"r{n}"} for n in range(MAX_ROWS + 1)]}))

    assert [problem.message for problem in problems_of(tree)] == [
        "公募回：一つの一覧は200行までです。行を減らしてください。"
    ]


@pytest.mark.parametrize("query", ["f-rounds-total=x", "f-rounds-total=-1", "f-rounds-total=99999", "f-rounds-total=²"])
def test_numbers_of_rows_that_no_page_sends_are_bad_requests(query: str) -> None:
    with pytest.raises(BadRequest):
        collected(Root(Time), QueryDict(query))


def test_line_breaks_of_browsers_are_plain_ones() -> None:
    typed = collected(Root(Requirement), QueryDict("f-text=一%0D%0A二%0D三"))

    assert typed["text"] == "一\n二\n三"


def test_a_criterion_within_rows_travels_sealed() -> None:
    criterion = {"kind": "declared", "fact": "is_revitalizing"}

    assert unseal(seal(criterion)) == criterion
    assert unseal(seal(None)) is None
    with pytest.raises(BadRequest):
        unseal('{"kind": "declared"}')


def test_a_blank_quote_is_filled_with_the_words_of_its_lines(around: Surroundings) -> None:
    cites = [{"source": "leaflet", "lines": "1-2"}, {"source": "leaflet", "lines": "5", "quote": "最後"}]

    assert with_quotes({"cites": cites}, around) == {
        "cites": [{"source": "leaflet", "lines": "1-2", "quote": "# 補助上限 - 通常枠 50万円"}, cites[1]]
    }


@pytest.mark.parametrize(
    ("source", "lines", "words"),
    [
        ("leaflet", "1", "補助上限"),
        ("leaflet", "2", "通常枠 50万円"),
        ("leaflet", "3", "通常枠 特別枠"),
        ("leaflet", "9", ""),
        ("leaflet", "2-1", ""),
        ("leaflet", "x", ""),
        ("lost", "1", ""),
        ("unknown", "1", ""),
    ],
)
def test_the_words_of_lines(around: Surroundings, source: str, lines: str, words: str) -> None:
    """Marks at the edges go; where leaving them out would change the quotation they stay."""
    assert words_of(around, source, lines) == words
