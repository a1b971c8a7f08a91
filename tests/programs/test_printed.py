"""A document as the table that its call prints."""

from __future__ import annotations

import pytest

from eligibility.engine.document import Frame, ProgrammeDocument
from programs.documents import vocabulary
from programs.words.printed import (
    ALWAYS,
    NOT_PRINTED,
    REST,
    Cell,
    PrintedBenefit,
    PrintedFrame,
    printed,
    printed_benefit,
)


def document_of(documents: list[ProgrammeDocument], program: str) -> ProgrammeDocument:
    return next(document for document in documents if document.program == program)


def frame_of(documents: list[ProgrammeDocument], program: str, slug: str) -> tuple[Frame, PrintedFrame, PrintedBenefit]:
    document = document_of(documents, program)
    frame = next(frame for frame in document.frames if frame.slug == slug)
    column = next(frame for frame in printed(document, vocabulary()).frames if frame.slug == slug)
    return frame, column, printed_benefit(frame, vocabulary(), document.sources)


def words(cell: Cell) -> list[tuple[str, str, str]]:
    return [(entry.label, entry.condition, entry.text) for entry in cell.entries]


def lines(benefit: PrintedBenefit) -> list[tuple[str, str, list[tuple[str, int, list[str]]]]]:
    """Each line's label and condition, and what begins on it: column, height, texts."""
    return [
        (
            row.label,
            row.condition,
            [(c.head, c.span, [entry.text for entry in c.cell.entries] or [c.cell.blank]) for c in row.cells],
        )
        for row in benefit.rows
    ]


def test_the_columns_are_the_frames_and_each_row_has_a_cell_for_each(
    shipped_documents: list[ProgrammeDocument],
) -> None:
    table = printed(document_of(shipped_documents, "jizokuka"), vocabulary())

    assert [frame.name for frame in table.frames] == ["通常枠", "賃金引上げ枠", "卒業枠", "後継者支援枠", "創業枠"]
    assert [head for head, _ in table.rows] == ["枠ごとの要件", "補助率", "補助上限額", "下限・帯", "対象経費"]
    assert {len(cells) for _, cells in table.rows} == {5}
    caps = dict(table.rows)["補助上限額"]
    assert [cell.entries[0].text for cell in caps] == ["50万円", "200万円", "200万円", "200万円", "200万円"]


def test_a_cell_opens_its_place_in_the_source(shipped_documents: list[ProgrammeDocument]) -> None:
    _, frame, _ = frame_of(shipped_documents, "jizokuka", "sogyo")

    (source, *_) = frame.cap.sources
    assert (source.document, source.lines) == ("004_cbe6c34ac374a521.txt", "566")
    assert source.quote == "②～⑤：200万円"
    assert source.title == "経済産業省のデジタル化関連施策について"


def test_rates_by_condition_stand_beside_a_cap_as_high_as_both(shipped_documents: list[ProgrammeDocument]) -> None:
    _, frame, benefit = frame_of(shipped_documents, "jizokuka", "chingin")

    assert words(frame.rate) == [("", "直近期が赤字である", "3/4"), ("", REST, "2/3")]
    assert lines(benefit)[:2] == [
        (
            "",
            "直近期が赤字である",
            [("補助率", 1, ["3/4"]), ("補助上限額", 2, ["200万円"]), ("下限・帯", 3, [NOT_PRINTED])],
        ),
        ("", REST, [("補助率", 1, ["2/3"])]),
    ]


def test_an_add_on_is_a_line_of_its_own(shipped_documents: list[ProgrammeDocument]) -> None:
    *_, benefit = frame_of(shipped_documents, "monozukuri", "digital")

    assert lines(benefit)[-1] == (
        "上乗せ：大幅な賃上げ",
        "大幅な賃上げに取り組む",
        [("補助率", 1, ["―"]), ("補助上限額", 1, ["＋100万円〜1,000万円"])],
    )
    assert "資料から決まりません" in benefit.rows[-1].cells[1].cell.entries[0].note


def test_parts_with_rates_and_caps_of_their_own_are_named(shipped_documents: list[ProgrammeDocument]) -> None:
    _, frame, benefit = frame_of(shipped_documents, "it-donyu", "digital-kiban")

    assert words(frame.rate)[0] == (
        "会計・受発注・決済・ECソフト",
        "",
        "3/4（補助額50万円までの分）・2/3（それを超える分）",
    )
    assert words(frame.cap) == [
        ("会計・受発注・決済・ECソフト", "", "350万円"),
        ("PC・タブレット等", "", "10万円"),
        ("レジ・券売機等", "", "20万円"),
    ]
    assert [(label, condition) for label, condition, _ in lines(benefit)] == [
        ("会計・受発注・決済・ECソフト", ALWAYS),
        ("PC・タブレット等", ALWAYS),
        ("レジ・券売機等", ALWAYS),
    ]


def test_caps_that_ask_something_else_than_the_rates_stand_in_one_cell(
    shipped_documents: list[ProgrammeDocument],
) -> None:
    *_, benefit = frame_of(shipped_documents, "jigyo-saikochiku", "kinkyu-jitai")

    (_, first, cells), (_, second, below) = lines(benefit)
    assert "中小企業者である" in first
    assert "中堅企業である" in second
    assert cells[1] == ("補助上限額", 2, ["500万円", "1,000万円", "1,500万円"])
    assert benefit.rows[0].cells[1].cell.entries[0].condition == "常時使用する従業員の数が5人以下"
    assert below == [("補助率", 1, ["2/3"])]


def test_caps_by_condition_beside_one_rate_are_lines(shipped_documents: list[ProgrammeDocument]) -> None:
    frame, *_ = frame_of(shipped_documents, "jigyo-saikochiku", "kinkyu-jitai")
    part = frame.benefit.parts[0]  # type: ignore[union-attr]
    alone = part.model_copy(update={"rates": part.rates[:1]})
    single = alone.model_copy(update={"rates": (alone.rates[0].model_copy(update={"when": None}),)})
    benefit = printed_benefit(
        frame.model_copy(update={"benefit": frame.benefit.model_copy(update={"parts": (single,)})}), vocabulary()
    )

    assert [(condition, [cell[1:] for cell in cells]) for _, condition, cells in lines(benefit)] == [
        ("常時使用する従業員の数が5人以下", [(3, ["3/4"]), (1, ["500万円"]), (3, ["補助額が100万円以上になる"])]),
        ("常時使用する従業員の数が6人以上・20人以下", [(1, ["1,000万円"])]),
        ("常時使用する従業員の数が21人以上", [(1, ["1,500万円"])]),
    ]


def test_a_tax_measure_prints_per_cent_and_both_its_caps(shipped_documents: list[ProgrammeDocument]) -> None:
    _, frame, benefit = frame_of(shipped_documents, "dx-toshi-zeisei", "kojo-3")

    assert words(frame.rate) == [("", "", "3％")]
    assert [(label, text) for label, _, text in words(frame.cap)] == [
        ("投資額の上限", "300億円"),
        ("控除額の上限", "当期の法人税額の20％（カーボンニュートラル投資促進税制で受ける税額控除額と合わせて）"),
    ]
    assert benefit.heads == ("区分・条件", "控除率・償却率", "上限", "下限")
    assert [entry.label for entry in benefit.rows[0].cells[1].cell.entries] == ["投資額の上限", "控除額の上限"]


def test_a_frame_without_a_settled_amount_says_why(shipped_documents: list[ProgrammeDocument]) -> None:
    _, frame, benefit = frame_of(shipped_documents, "it-donyu", "fukususha-renkei")

    assert frame.rate.entries[0].text == "資料から決まりません"
    assert frame.rate.entries[0].note == benefit.note
    assert frame.cap.blank == "資料から決まりません"
    assert benefit.rows == ()
    assert benefit.sources != ()


def test_rounding_down_is_said(shipped_documents: list[ProgrammeDocument]) -> None:
    frame, *_ = frame_of(shipped_documents, "jizokuka", "tsujo")
    rounded = frame.benefit.model_copy(update={"rounding_unit": 1000})

    benefit = printed_benefit(frame.model_copy(update={"benefit": rounded}), vocabulary())

    assert benefit.note == "1,000円未満は切り捨てます。"


def test_what_is_covered_and_what_is_not(shipped_documents: list[ProgrammeDocument]) -> None:
    _, frame, _ = frame_of(shipped_documents, "jigyo-saikochiku", "chusho-tsujo")

    assert [entry.label for entry in frame.expenses.entries] == [
        "",
        "この診断で対象として数える区分",
        "対象にならない区分",
    ]
    assert frame.expenses.entries[-1].text == "従業員の人件費、旅費"


@pytest.mark.parametrize("program", ["dx-toshi-zeisei", "it-donyu", "jigyo-saikochiku", "jizokuka", "monozukuri"])
def test_every_figure_of_the_shipped_documents_has_its_source(
    shipped_documents: list[ProgrammeDocument], program: str
) -> None:
    document = document_of(shipped_documents, program)
    for frame in printed(document, vocabulary()).frames:
        for cell in (frame.requirements, frame.rate, frame.cap, frame.floor):
            assert all(entry.sources for entry in cell.entries)
    for frame_document in document.frames:
        benefit = printed_benefit(frame_document, vocabulary(), document.sources)
        heights = dict.fromkeys(benefit.heads[1:], 0)
        for row in benefit.rows:
            for cell in row.cells:
                heights[cell.head] += cell.span
                assert all(entry.sources for entry in cell.cell.entries)
        assert set(heights.values()) == {len(benefit.rows)}


def test_names_that_lead_nowhere_are_shown_as_they_are_written(shipped_documents: list[ProgrammeDocument]) -> None:
    """A draft may name a fact or a source that is not there; the linter says so, and the page is shown all the same."""
    frame, *_ = frame_of(shipped_documents, "jizokuka", "chingin")
    part = frame.benefit.parts[0]  # type: ignore[union-attr]
    odd = part.rates[0].model_copy(update={"when": part.rates[0].when.model_copy(update={"fact": "no_such_fact"})})
    broken = frame.benefit.model_copy(update={"parts": (part.model_copy(update={"rates": (odd, part.rates[1])}),)})

    benefit = printed_benefit(frame.model_copy(update={"benefit": broken}), vocabulary())

    assert benefit.rows[0].condition == "（「no_such_fact」は語彙にありません）"
    assert benefit.rows[0].cells[0].cell.sources[0].document == "shikoku-2023"
