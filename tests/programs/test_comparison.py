"""Differences between documents in officers' words, for drafts in any state."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from eligibility.engine.citations import without_space
from eligibility.engine.document import dump_document
from programs.words.comparison import Difference, Kind, differences, label_of
from programs.words.whole import MAX_LINES
from tests.engine.shipped import documents, vocabulary

Data = dict[str, Any]
SHIPPED = {document.program: dump_document(document) for document in documents()}
SOURCE = "四国経済産業局「経済産業省のデジタル化関連施策について」"


def compared(before: Any, after: Any) -> list[Difference]:
    return differences(before, after, vocabulary())


def edited(program: str, edit: Callable[[Data], object]) -> list[Difference]:
    """The differences that `edit` of a copy makes."""
    data = deepcopy(SHIPPED[program])
    edit(data)
    return compared(SHIPPED[program], data)


def put(path: str, value: Any) -> Callable[[Data], None]:
    """An edit that puts `value` at the dotted path; behind the end of a list it is one more item."""

    def edit(data: Any) -> None:
        *way, last = path.split(".")
        for step in way:
            data = data[int(step)] if isinstance(data, list) else data[step]
        if isinstance(data, list) and int(last) == len(data):
            data.append(value)
        else:
            data[int(last) if isinstance(data, list) else last] = value

    return edit


def cut(path: str) -> Callable[[Data], None]:
    """An edit that takes away what stands at the dotted path."""

    def edit(data: Any) -> None:
        *way, last = path.split(".")
        for step in way:
            data = data[int(step)] if isinstance(data, list) else data[step]
        del data[int(last) if isinstance(data, list) else last]

    return edit


def insert_row(data: Data) -> None:
    row = {"when": {"kind": "number", "fact": "employees", "at_most": "5"}, "amount": 7_500_000}
    data["frames"][0]["benefit"]["caps"].insert(0, row)


def insert_row_and_change_the_next(data: Data) -> None:
    insert_row(data)
    data["frames"][0]["benefit"]["caps"][1]["amount"] = 8_000_000


def last_frame_first(data: Data) -> None:
    data["frames"].insert(0, data["frames"].pop())


def swap_keywords(data: Data) -> None:
    keywords = data["identity"]["keywords"]
    keywords[0], keywords[1] = keywords[1], keywords[0]


NEW_ROUND = {"id": "r17", "name": "第17次", "opens": "2023-11", "closes": "2024-01-31T17:00"}
INNOVATIVE = "枠の要件「革新的な製品・サービス開発又は生産プロセ…」"
EDITS: list[tuple[str, Callable[[Data], None], Difference]] = [
    (
        "monozukuri",
        put("frames.0.benefit.caps.0.amount", 8_000_001),
        Difference(
            "frames.0.benefit.caps.0.amount",
            "通常枠 › 補助上限 1行目 › 上限額（円）",
            "750万円",
            "8,000,001円",
            "changed",
        ),
    ),
    (
        "monozukuri",
        insert_row,
        Difference(
            "frames.0.benefit.caps.0",
            "通常枠 › 補助上限 1行目",
            "",
            "条件 常時使用する従業員の数が5人以下、上限額 750万円\n"
            "条件：常時使用する従業員の数が5人以下\n上限額：750万円",
            "added",
        ),
    ),
    (
        "monozukuri",
        put("frames.0.benefit.parts.0.rates.0.tiers.0.rate", "3/4"),
        Difference(
            "frames.0.benefit.parts.0.rates.0.tiers.0.rate",
            "通常枠 › 経費ごとの補助「補助対象経費」 › 補助率 1行目 › 率の段 1段目 › 率",
            "2/3",
            "3/4",
            "changed",
        ),
    ),
    (
        "monozukuri",
        put("time.rounds.0.closes", "2023-12-12T17:00"),
        Difference(
            "time.rounds.0.closes", "公募回「第16次」 › 締切", "2023年11月7日", "2023年12月12日 17:00", "changed"
        ),
    ),
    (
        "monozukuri",
        put("time.rounds.1", NEW_ROUND),
        Difference(
            "time.rounds.1",
            "公募回「第17次」",
            "",
            "第17次、受付開始 2023年11月、締切 2024年1月31日 17:00\n"
            "記号：r17\n回の名前：第17次\n受付開始：2023年11月\n締切：2024年1月31日 17:00",
            "added",
        ),
    ),
    (
        "monozukuri",
        put("time.rounds.0.tentative", True),
        Difference("time.rounds.0.tentative", "公募回「第16次」 › 予定", "いいえ", "はい", "changed"),
    ),
    (
        "monozukuri",
        put("time.rounds.0.frames", ["tsujo"]),
        Difference("time.rounds.0.frames.0", "公募回「第16次」 › 対象の枠", "", "通常枠", "added"),
    ),
    (
        "monozukuri",
        put("requirements.1.criterion.at_most", "6"),
        Difference(
            "requirements.1.criterion",
            "共通の要件「3～5年の事業計画を策定・実施する」 › 判定条件",
            "事業計画の年数が3年以上・5年以下",
            "事業計画の年数が3年以上・6年以下",
            "changed",
        ),
    ),
    (
        "monozukuri",
        put("requirements.0.criterion.other_forms", "excluded"),
        Difference(
            "requirements.0.criterion",
            "共通の要件「中小企業等である（業種ごとの定義。製造業…」 › 判定条件",
            "企業規模（規模 中小企業者、会社・組合・個人事業主以外 資料からは決まらない）",
            "企業規模（規模 中小企業者、会社・組合・個人事業主以外 当てはまらない）",
            "changed",
        ),
    ),
    (
        "monozukuri",
        put("frames.3.requirements.1.criterion.values", []),
        Difference(
            "frames.3.requirements.1.criterion",
            "グリーン枠 エントリー › 枠の要件「グリーン枠の「エントリー」に当たる取組で…」 › 判定条件",
            "グリーン枠の段階が「エントリー」",
            "いずれかの区分（項目 グリーン枠の段階、区分 ）",
            "changed",
        ),
    ),
    (
        "monozukuri",
        put("requirements.6.review", "advice"),
        Difference(
            "requirements.6.review",
            "共通の要件「革新性や事業性等の審査があります（採択倍…」 › 審査・注意事項",
            "審査",
            "勧められていること",
            "changed",
        ),
    ),
    (
        "monozukuri",
        cut("requirements.3"),
        Difference(
            "requirements.3",
            "共通の要件「給与支給総額 年1.5%以上の増加」",
            "給与支給総額 年1.5%以上の増加、判定条件 給与支給総額の年率の伸び（計画）が1.5%以上\n"
            "記号：payroll-1-5\n要件の文：給与支給総額 年1.5%以上の増加\n"
            f"出典の箇所：{SOURCE} 627行「給与支給総額 + 1.5%以上/年」\n"
            "判定条件：給与支給総額の年率の伸び（計画）が1.5%以上",
            "",
            "removed",
        ),
    ),
    (
        "monozukuri",
        put("frames.0.requirements.0.cites.0.lines", "655-656"),
        Difference(
            "frames.0.requirements.0.cites.0",
            f"通常枠 › {INNOVATIVE} › 出典の箇所 1件目",
            f"{SOURCE} 656行「革新的な製品・サービス開発又は生産プロセス・サービス提供方法の改善」",
            f"{SOURCE} 655-656行「革新的な製品・サービス開発又は生産プロセス・サービス提供方法の改善」",
            "changed",
        ),
    ),
    (
        "monozukuri",
        last_frame_first,
        Difference("frames.0", "グローバル市場開拓枠", "7番目", "1番目", "moved"),
    ),
    (
        "monozukuri",
        put("frames.0.slug", "ippan"),
        Difference("frames.0.slug", "通常枠 › 記号", "tsujo", "ippan", "changed"),
    ),
    (
        "monozukuri",
        put("frames.0.benefit.rounding_unit", 1000),
        Difference("frames.0.benefit.rounding_unit", "通常枠 › 切捨て", "1円未満", "1,000円未満", "changed"),
    ),
    (
        "monozukuri",
        put("frames.0.benefit.bounds.0.at_least", "百万"),
        Difference(
            "frames.0.benefit.bounds.0.at_least",
            "通常枠 › 下限・帯「補助額が100万円以上になる」 › 以上（円）",
            "100万円",
            "百万",
            "changed",
        ),
    ),
    (
        "monozukuri",
        put("identity.keywords.1", "新商品"),
        Difference("identity.keywords.1", "検索のことば", "新製品", "新商品", "changed"),
    ),
    (
        "monozukuri",
        swap_keywords,
        Difference("identity.keywords.0", "検索のことば「新製品」", "2番目", "1番目", "moved"),
    ),
    (
        "monozukuri",
        put("identity.law", {"text": "中小企業等経営強化法"}),
        Difference("identity.law", "根拠", "", "中小企業等経営強化法", "added"),
    ),
    (
        "monozukuri",
        put("identity.predecessors", ["jizokuka"]),
        Difference("identity.predecessors.0", "前身の制度", "", "jizokuka", "added"),
    ),
    (
        "monozukuri",
        put("identity.name_ja", ""),
        Difference(
            "identity.name_ja",
            "制度名",
            "ものづくり・商業・サービス生産性向上促進事業（ものづくり補助金）",
            "",
            "removed",
        ),
    ),
    (
        "monozukuri",
        put("identity.colour", "red"),
        Difference("identity.colour", "「colour」", "", "red", "added"),
    ),
    (
        "monozukuri",
        cut("practice.open_points.3"),
        Difference(
            "practice.open_points.3",
            "資料に書かれていないこと「対象経費の一覧は資料に記載がありません。」",
            "対象経費の一覧は資料に記載がありません。",
            "",
            "removed",
        ),
    ),
    (
        "dx-toshi-zeisei",
        put("frames.1.benefit.tax_cap.percent", "25"),
        Difference(
            "frames.1.benefit.tax_cap.percent",
            "税額控除3% › 控除の上限 › 割合（％）",
            "20％",
            "25％",
            "changed",
        ),
    ),
    (
        "dx-toshi-zeisei",
        put("frames.0.benefit.kind", "immediate_depreciation"),
        Difference("frames.0.benefit.kind", "特別償却30% › 支援の種類", "特別償却", "即時償却", "changed"),
    ),
    (
        "dx-toshi-zeisei",
        cut("frames.1.benefit.tax_cap.shared_with"),
        Difference(
            "frames.1.benefit.tax_cap.shared_with.0",
            "税額控除3% › 控除の上限 › 上限を共にする控除",
            "カーボンニュートラル投資促進税制で受ける税額控除額",
            "",
            "removed",
        ),
    ),
    (
        "it-donyu",
        put("frames.0.expenses.listed.3", "pc_tablet"),
        Difference(
            "frames.0.expenses.listed.3",
            "通常枠 A類型 › 対象経費 › 対象になる区分",
            "",
            "パソコン・タブレット等",
            "added",
        ),
    ),
]


@pytest.mark.parametrize(("program", "edit", "expected"), EDITS, ids=[edit[2].path for edit in EDITS])
def test_one_edit_is_one_difference(program: str, edit: Callable[[Data], None], expected: Difference) -> None:
    assert edited(program, edit) == [expected]


GLOBAL_FRAME = f"""\
グローバル市場開拓枠、枠の要件 1件、対象経費 海外事業の拡大等を目的とした設備投資等（…、支援の内容 補助金（\
経費ごとの補助 2/3・1/2、補助上限 3,000万円、上限の上乗せ 100万円〜1,000万円、下限・帯 1件）
記号：global
枠の名前：グローバル市場開拓枠
枠の要件 1件目
　記号：overseas
　要件の文：海外事業の拡大等を目的とする
　出典の箇所：{SOURCE} 662行「海外事業の拡大等を目的とした設備投資等を支援。」
　判定条件：海外事業の拡大等を目的とする
対象経費
　一覧の示し方：一覧の記載なし
　対象経費の文：海外事業の拡大等を目的とした設備投資等（対象経費の一覧は資料にありません）
　出典の箇所：{SOURCE} 662行「海外事業の拡大等を目的とした設備投資等を支援。」
支援の内容
　支援の種類：補助金
　切捨て：1円未満
　経費ごとの補助 1件目
　　記号：all
　　名前：補助対象経費
　　補助率 1行目
　　　条件：小規模事業者である（従業員20人以下。卸売業・小売業・サービス業は5人以下、宿泊業・娯楽業の6〜20人は資料から決まりません）
　　　率の段 1段目
　　　　率：2/3
　　　　端の数え方：補助額
　　　出典の箇所：{SOURCE} 662行「1/2、2/3(小規模事業者)」
　　補助率 2行目
　　　率の段 1段目
　　　　率：1/2
　　　　端の数え方：補助額
　　　出典の箇所：{SOURCE} 662行「1/2、2/3(小規模事業者)」
　補助上限 1行目
　　上限額：3,000万円
　　出典の箇所：{SOURCE} 662行「3,000万円」
　上限の上乗せ 1件目
　　記号：wage-raise
　　上乗せの名前：大幅な賃上げ
　　上乗せの条件：大幅な賃上げに取り組む
　　上乗せ額：100万円
　　幅の上の額：1,000万円
　　出典の箇所：{SOURCE} 665行「上記枠の補助上限を100万円～1,000万円、更に上乗せ。(回復型賃上げ・雇用拡大枠などは除く)」
　下限・帯 1件目
　　記号：floor-1m
　　文：補助額が100万円以上になる
　　何の額か：補助額
　　以上：100万円
　　出典の箇所：{SOURCE} 565行「⑤：100～3,000万円」"""


@pytest.mark.parametrize("is_new", [True, False])
def test_an_added_or_removed_frame_says_all_of_it(is_new: bool) -> None:
    """So that whoever publishes it compares it with the source line by line."""
    without = deepcopy(SHIPPED["monozukuri"])
    del without["frames"][6]
    pair = (without, SHIPPED["monozukuri"]) if is_new else (SHIPPED["monozukuri"], without)
    texts = ("", GLOBAL_FRAME) if is_new else (GLOBAL_FRAME, "")
    kind: Kind = "added" if is_new else "removed"
    assert compared(*pair) == [Difference("frames.6", "グローバル市場開拓枠", *texts, kind)]


def test_a_part_of_another_kind_says_all_of_both() -> None:
    [found] = edited("monozukuri", put("frames.0.benefit", {"kind": "open", "reason": "額の記載がありません。"}))
    assert (found.place, found.kind) == ("通常枠 › 支援の内容", "changed")
    assert found.before.startswith("経費ごとの補助 2/3・1/2、補助上限 750万円〜1,250万円、上限の上乗せ")
    assert "\n\u3000上限額：750万円\n" in found.before
    assert found.after == (
        "額が決まらない理由 額の記載がありません。\n"
        "支援の種類：額が資料から決まらない\n額が決まらない理由：額の記載がありません。"
    )


@pytest.mark.parametrize("program", SHIPPED)
def test_an_added_document_leaves_no_word_out(program: str) -> None:
    """Every text, quote and line number that the document has stands in what was added."""
    said = without_space("\n".join(difference.after for difference in compared(None, SHIPPED[program])))
    for holder, key in places(SHIPPED[program]):
        if key in ("text", "quote", "lines", "reason", "name_ja", "title", "telephone", "url", "note", "summary"):
            assert without_space(str(holder[key])) in said


def test_a_huge_part_is_cut_and_counted() -> None:
    words = [{"id": f"r{number}", "text": "要件"} for number in range(300)]
    [found] = edited("monozukuri", put("frames.7", {"slug": "hiroi", "name_ja": "広い枠", "requirements": words}))
    lines = found.after.splitlines()
    assert len(lines) == MAX_LINES + 1
    assert lines[0] == "広い枠、枠の要件 300件"
    assert lines[-1] == f"…ほか{2 + 3 * 300 - (MAX_LINES - 1)}項目"


def test_a_bad_part_is_said_as_it_stands() -> None:
    part = {"text": "一行目\n二行目", "colour": {"a": 1}, "cites": ["x", {"lines": 3}], "requirements": 4}
    [found] = edited("monozukuri", put("requirements.7", part))
    assert found.after.splitlines()[1:] == [
        "要件の文：一行目",
        "\u3000二行目",
        "出典の箇所：x",
        "出典の箇所：「」 3行「」",
        '「colour」：{"a": 1}',
        "「requirements」：4",
    ]


def test_a_row_beside_an_inserted_one_keeps_its_own_change() -> None:
    found = edited("monozukuri", insert_row_and_change_the_next)
    assert [(difference.path, difference.kind) for difference in found] == [
        ("frames.0.benefit.caps.0", "added"),
        ("frames.0.benefit.caps.1.amount", "changed"),
    ]


def test_edits_stand_in_the_order_of_the_document() -> None:
    def edit(data: Data) -> None:
        data["readings"].pop()
        data["frames"][1]["name_ja"] = "回復枠"
        data["identity"]["target"] = "中小企業"

    assert [difference.place for difference in edited("monozukuri", edit)] == [
        "対象者",
        "回復枠 › 枠の名前",
        "読み「「設備・システム投資等」は支援の目的で、…」",
    ]


@pytest.mark.parametrize("program", SHIPPED)
def test_a_document_does_not_differ_from_itself(program: str) -> None:
    assert compared(SHIPPED[program], deepcopy(SHIPPED[program])) == []


@pytest.mark.parametrize("program", SHIPPED)
def test_a_new_document_is_a_few_additions(program: str) -> None:
    """Each big part is one addition, and the other way round one removal."""
    added, removed = compared(None, SHIPPED[program]), compared(SHIPPED[program], None)
    assert {difference.kind for difference in added} == {"added"}
    assert {difference.kind for difference in removed} == {"removed"}
    assert [difference.path for difference in added] == [difference.path for difference in removed]
    assert sum(difference.path.startswith("frames.") for difference in added) == len(SHIPPED[program]["frames"])


@pytest.mark.parametrize(
    ("before", "after"), [(None, None), ({}, None), ({}, {"schema_version": 1}), ({"requirements": []}, {})]
)
def test_a_written_default_is_no_difference(before: Data | None, after: Data | None) -> None:
    assert compared(before, after) == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "文書全体"),
        ("(document)", "文書全体"),
        ("identity", "制度の名前と所管"),
        ("identity.name_ja", "制度名"),
        ("identity.issuer.cites.0.quote", "所管 › 出典の箇所 1件目 › 引用する言葉"),
        ("identity.keywords.3", "検索のことば 4件目"),
        ("time.rounds.0.closes", "公募回「第16次」 › 締切"),
        ("requirements.1.criterion.at_most", "共通の要件「3～5年の事業計画を策定・実施する」 › 判定条件 › 以下"),
        ("frames.0.benefit", "通常枠 › 支援の内容"),
        ("frames.0.benefit.caps.1.amount", "通常枠 › 補助上限 2行目 › 上限額（円）"),
        (
            "frames.0.benefit.parts.0.rates.0.when.of.1.fact",
            "通常枠 › 経費ごとの補助「補助対象経費」 › 補助率 1行目 › 条件 › 条件 2件目 › 項目",
        ),
        ("frames.9.expenses.listed", "枠 10件目 › 対象経費 › 対象になる区分"),
        ("colour.0", "「colour」 › 「0」"),
    ],
)
def test_a_path_in_words(path: str, words: str) -> None:
    assert label_of(path, SHIPPED["monozukuri"]) == words


# What may stand anywhere in a draft: the right thing, the wrong thing, nonsense.
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
NAMES = st.sampled_from(["id", "slug", "kind", "name", "text", "cites", "amount", "of", "fact", "source", "x"])
JUNK = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with each key or position in it."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in list(items):
        yield data, key
        yield from places(value)


def edited_pair(data: st.DataObject) -> tuple[Data, Data]:
    """A shipped document and the same after up to four edits, good or bad."""
    before = SHIPPED[data.draw(st.sampled_from(sorted(SHIPPED)))]
    after = deepcopy(before)
    for _ in range(data.draw(st.integers(0, 4))):
        spots = [(holder, key) for holder, key in places(after) if key != "schema_version"]
        edit_one(data.draw, *spots[data.draw(st.integers(0, len(spots) - 1))])
    return before, after


def edit_one(draw: Callable[[st.SearchStrategy[Any]], Any], holder: Any, key: Any) -> None:
    how = draw(st.sampled_from(["change", "delete", "repeat", "swap", "junk"]))
    note(f"{how} {key}")
    value = holder[key]
    if how == "delete":
        del holder[key]
    elif how == "repeat" and isinstance(holder, list):
        holder.insert(draw(st.integers(0, len(holder))), deepcopy(value))
    elif how == "swap" and isinstance(holder, list):
        other = draw(st.integers(0, len(holder) - 1))
        holder[key], holder[other] = holder[other], holder[key]
    elif how == "junk":
        holder[key] = draw(JUNK)
    elif isinstance(value, bool):
        holder[key] = not value
    elif isinstance(value, int):
        holder[key] = value + draw(st.integers(1, 10**7))
    elif isinstance(value, str):
        holder[key] = value + draw(st.sampled_from(["0", "円", " ", "/2"]))


@given(st.data())
def test_there_is_a_difference_exactly_where_documents_differ(data: st.DataObject) -> None:
    before, after = edited_pair(data)
    found = compared(before, after)
    assert bool(found) == (before != after)
    assert all(difference.place and (difference.before or difference.after) for difference in found)


@given(st.data())
def test_the_way_back_undoes_as_much(data: st.DataObject) -> None:
    """What one direction adds the other removes."""
    before, after = edited_pair(data)
    there, back = compared(before, after), compared(after, before)
    note(f"{there}\n{back}")
    opposite = {"added": "removed", "removed": "added", "changed": "changed", "moved": "moved"}
    assert sorted(difference.kind for difference in there) == sorted(opposite[d.kind] for d in back)


@given(st.data(), JUNK)
def test_no_data_is_too_bad_to_compare(data: st.DataObject, junk: Any) -> None:
    _, first = edited_pair(data)
    _, second = edited_pair(data)
    for before, after in ((first, second), (first, junk), (junk, second)):
        compared(before, after)


@given(JUNK, st.lists(NAMES | st.sampled_from(["frames", "0", "benefit", "²", "9" * 5000]), max_size=5).map(".".join))
def test_no_path_is_too_bad_to_label(data: Any, path: str) -> None:
    assert label_of(path, {"frames": data, **SHIPPED["jizokuka"]})
    assert label_of(path, data)


def nested(depth: int) -> Any:
    value: Any = {"kind": "declared", "fact": "in_deficit"}
    for _ in range(depth):
        value = {"kind": "not", "of": value}
    return value


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        10**5000,
        -(10**18),
        Decimal("1e99"),
        datetime.date(2023, 12, 12),
        {1: {2: 3}},
        {"kind": ["number"]},
        {"kind": "number", "fact": "employees", "at_least": "1e99999"},
        {"kind": "number", "fact": "it_functions", "at_least": 1},
        {"kind": "includes", "fact": {"a": 1}, "any_of": {"a": 1}},
        "\ud800",
        "a" * 100_000,
        nested(30),
        nested(5_000),
        object(),
        {1, 2},
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize(
    "path",
    [
        "identity.name_ja",
        "frames.0.benefit.caps.0.amount",
        "requirements.1.criterion",
        "requirements.1.cites.0",
        "frames",
    ],
)
def test_a_bad_value_is_a_difference(path: str, value: Any) -> None:
    found = edited("monozukuri", put(path, value))
    assert found
    assert all(isinstance(difference.after, str) for difference in found)


def test_long_lists_of_unlike_rows_are_compared_in_time() -> None:
    """Row by row, where comparing every row with every other would take minutes."""
    before = {"frames": [{"text": f"{number} " * 60} for number in range(1_000)]}
    after = {"frames": [{"text": f"{number + 5_000} " * 60} for number in range(1_500)]}
    assert len(compared(before, after)) == 1_500


def test_a_group_without_conditions_says_so() -> None:
    found = edited("monozukuri", put("requirements.1.criterion", {"kind": "all", "of": []}))
    assert [difference.after for difference in found] == ["すべて満たす（まだ条件がありません）"]
