"""The numbers of an impact preview in officers' words: sentences, tables and the chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from eligibility.desk.impact_chart import CountBar, count_chart
from eligibility.impacts.effects import BY_ROW, Effect
from eligibility.industries import divisions
from portal.common.japanese import write_yen
from portal.common.prefectures import PREFECTURES

HIDDEN = "10未満等"
HIDDEN_YEN = "非表示"
Numbers = Mapping[str, Any]

LABELS: dict[Effect, str] = {
    Effect.GAINS: "新たに対象になる",
    Effect.LOSES: "対象から外れる",
    Effect.UNSURE: "対象だったが、判定が決まらなくなる",
    Effect.OPENS: "対象ではなかったが、回答しだいになる",
    Effect.CLOSES: "回答しだいだったが、対象ではないと決まる",
    Effect.STAYS: "対象のまま",
    Effect.OTHER: "変わらない（対象ではないまま、回答しだいのまま）",
}
FILLS: dict[Effect, str] = {
    Effect.GAINS: "#197a4b",
    Effect.LOSES: "#c5283d",
    Effect.UNSURE: "#c77700",
    Effect.OPENS: "#7a8793",
    Effect.CLOSES: "#7a8793",
    Effect.STAYS: "#4a6fd8",
}


@dataclass(frozen=True, slots=True)
class EffectRow:
    label: str
    count: str
    yen: str


@dataclass(frozen=True, slots=True)
class Table:
    """`rows`: those with something to show; `rest`: a sentence about the others."""

    title: str
    heading: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    rest: str


@dataclass(frozen=True, slots=True)
class Section:
    """One population. Without `effects` there were too few companies to say anything, or none."""

    key: str
    title: str
    lead: str
    sentences: tuple[str, ...]
    effects: tuple[EffectRow, ...]
    chart: SafeString | str
    tables: tuple[Table, ...]


COLUMNS = ("新たに対象になる", "対象から外れる", "判定が決まらなくなる", "金額の増減（合計）")
TITLES = {
    "saved": (
        "保存された自社診断",
        "集計に使ってよいと答えた会社の、期限内の自社診断です。会社の名前や回答は、ここには残りません。",
    ),
    "seeded": (
        "架空の会社",
        "全国の企業の分布などをもとに作った、実在しない会社です。いつも同じ会社を数えるので、案どうしを比べられます。",
    ),
}


def sections(result: Mapping[str, Any]) -> list[Section]:
    """Both populations of a stored result (see eligibility.impacts.previews), one after the other."""
    return [_section(key, result[key]) for key in TITLES]


def _section(key: str, numbers: Numbers) -> Section:
    title, lead = TITLES[key]
    if not numbers["companies"]:
        few = "数えた会社は10社未満のため、数字を表示しません。"
        none = "数えられる会社がありませんでした。"
        return Section(key, title, lead, (few if numbers["companies"] is None else none,), (), "", ())
    return Section(
        key,
        title,
        lead,
        tuple(_sentences(numbers)),
        tuple(_effect_rows(numbers)),
        _chart(numbers, title),
        (
            _table("都道府県別", "都道府県", numbers["prefecture"], {**PREFECTURES, "": "所在地の回答なし"}),
            _table("業種別（日本標準産業分類の大分類）", "業種", numbers["industry"], _industries()),
        ),
    )


def _sentences(numbers: Numbers) -> list[str]:
    effects, yen = numbers["effects"], numbers["yen"]["total"]
    counted = f"{numbers['companies']:,}社を数えました。"
    changed = [effect for effect in Effect if effect not in (Effect.STAYS, Effect.OTHER)]
    if all(effects[effect] == 0 for effect in changed) and yen == [0, 0]:
        return [counted, "どの会社も、判定も金額も変わりません。"]
    return [
        counted,
        f"新たに対象になる会社は{_count(effects[Effect.GAINS])}、対象から外れる会社は{_count(effects[Effect.LOSES])}、"
        f"対象だったのに判定が決まらなくなる会社は{_count(effects[Effect.UNSURE])}です。",
        "対象の会社が受けられる額の合計の増減は、金額が変わる会社が10社に満たないため、表示しません。"
        if yen is None
        else f"対象の会社が受けられる額の合計は、{_movement(yen)}。",
    ]


def _movement(yen: list[int]) -> str:
    low, high = yen
    if low == high:
        return "変わりません" if low == 0 else f"{write_yen(abs(low))}{'増えます' if low > 0 else '減ります'}"
    return f"下限どうしで{_difference(low)}、上限どうしで{_difference(high)}です"


def _difference(yen: int) -> str:
    return "増減なし" if yen == 0 else write_yen(yen) if yen < 0 else f"＋{write_yen(yen)}"


def _count(count: int | None) -> str:
    return HIDDEN if count is None else f"{count:,}社"


def _yen(yen: list[int] | None) -> str:
    if yen is None:
        return HIDDEN_YEN
    low, high = yen
    return _difference(low) if low == high else f"{_difference(low)}（下限）、{_difference(high)}（上限）"


def _effect_rows(numbers: Numbers) -> list[EffectRow]:
    effects, yen = numbers["effects"], numbers["yen"]
    rows = [
        EffectRow(LABELS[effect], _count(effects[effect]), _yen(yen[effect]) if effect in yen else "—")
        for effect in Effect
    ]
    return [*rows, EffectRow("合計", _count(numbers["companies"]), _yen(yen["total"]))]


def _chart(numbers: Numbers, title: str) -> SafeString:
    effects = numbers["effects"]
    bars = [CountBar(LABELS[effect], effects[effect], _count(effects[effect]), fill) for effect, fill in FILLS.items()]
    desc = "、".join(f"{bar.label}：{bar.text}" for bar in bars)
    return count_chart(bars, title=f"影響を受ける会社の数（{title}）", desc=desc)


def _table(title: str, heading: str, rows: Mapping[str, Numbers], names: Mapping[str, str]) -> Table:
    shown = {key: row for key, row in rows.items() if any(value not in (0, None, [0, 0]) for value in row.values())}
    cells = tuple(
        (names.get(key, key), (*(_count(row[effect]) for effect in BY_ROW), _yen(row["yen"])))
        for key, row in shown.items()
    )
    if not rows:
        return Table(title, heading, (), "どこでも、変わる会社はありません。")
    rest = "このほかは" if shown else "どの行も"
    return Table(title, heading, cells, f"{rest}、0か、「{HIDDEN}」です。")


def _industries() -> dict[str, str]:
    return {**{division.code: division.label for division in divisions()}, "": "業種の回答なし"}
