"""How parts are laid out: which rows stand as a table, as the 公募要領 prints them, and what is folded away."""

from __future__ import annotations

from dataclasses import dataclass

from eligibility.engine.benefit_terms import AddOn, BenefitPart, Bound, CapRow, ConditionalExpenses, RateRow, Tier
from programs.desk.editor.schema import Model


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """Fields that few programmes need: they open by themselves where something is in them."""

    title: str
    names: tuple[str, ...]


_CITES = Column("出典の箇所", ("cites",))
COLUMNS: dict[Model, tuple[Column, ...]] = {
    RateRow: (Column("区分・条件", ("when",)), Column("補助率・控除率", ("tiers",)), _CITES),
    CapRow: (Column("区分・条件", ("when",)), Column("上限額", ("amount", "amount_high")), _CITES),
    AddOn: (
        Column("上乗せの名前と条件", ("name", "id", "when")),
        Column("上乗せ額", ("amount", "amount_high")),
        _CITES,
    ),
    Bound: (
        Column("文", ("text", "id", "on")),
        Column("下限・帯（一つだけ書く）", ("at_least", "more_than", "less_than", "at_least_share")),
        _CITES,
    ),
    ConditionalExpenses: (Column("経費の区分", ("categories",)), Column("対象になる条件", ("when",)), _CITES),
}
_RANGE = Folded("額に幅があるとき", ("amount_high",))
FOLDED: dict[Model, Folded] = {
    Tier: Folded("率に幅や段があるとき", ("rate_high", "up_to", "edge")),
    CapRow: _RANGE,
    AddOn: _RANGE,
    BenefitPart: Folded("経費の区分で分けるとき・この経費だけの上限があるとき", ("categories", "caps")),
}
