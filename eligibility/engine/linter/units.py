"""Figures that look as if they were written in another unit (単位の誤り): warnings, since a small cap may be true."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from eligibility.engine.benefit_terms import AddOn, Bound, CapRow, ShareOf, TaxBenefit, Tier
from eligibility.engine.criteria import yen
from eligibility.engine.criteria.compare import Number, shown_number
from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.errors import Finding
from eligibility.engine.facts import FactType, Vocabulary
from eligibility.engine.linter.criteria import is_sound
from eligibility.engine.linter.walking import walk

SMALLEST_YEN = 10_000  # below it, 万円 was probably meant
LARGEST_PER_HOUR = 10_000
LARGEST_PERCENT = 1_000
LARGEST_SHARE = 100
LARGEST_COUNT = 1_000_000
_AMOUNTS: dict[type[BaseModel], tuple[str, ...]] = {
    CapRow: ("amount", "amount_high"),
    AddOn: ("amount", "amount_high"),
    Bound: ("at_least", "more_than", "less_than"),
    Tier: ("up_to",),
    TaxBenefit: ("base_cap",),
}


def unit_findings(document: ProgrammeDocument, vocabulary: Vocabulary) -> Iterator[Finding]:
    for path, part in walk(document):
        for field in _AMOUNTS.get(type(part), ()):
            amount = getattr(part, field)
            if amount is not None and 0 < amount < SMALLEST_YEN:
                yield _too_small(f"{path}.{field}", yen(amount))
        if isinstance(part, ShareOf) and part.percent > LARGEST_SHARE:
            yield _warning(f"{path}.percent", f"{part.percent}％は、もとの額より大きい割合です。")
        if isinstance(part, Number) and is_sound(part, vocabulary):
            yield from _thresholds(path, part, vocabulary)


def _thresholds(path: str, number: Number, vocabulary: Vocabulary) -> Iterator[Finding]:
    fact = vocabulary[number.fact]
    for field, bound in number.bounds.items():
        place, shown = f"{path}.{field}", shown_number(fact, bound)
        match fact.type:
            case FactType.YEN if 0 < bound < SMALLEST_YEN:
                yield _too_small(place, shown)
            case FactType.YEN_PER_HOUR if bound >= LARGEST_PER_HOUR:
                yield _warning(place, f"「{fact.ja}」は1時間当たりの円です。{shown}は大きすぎませんか。")
            case FactType.PERCENT if bound > LARGEST_PERCENT:
                yield _warning(place, f"「{fact.ja}」は％の項目です。{shown}は大きすぎませんか。")
            case FactType.COUNT if bound >= LARGEST_COUNT:
                yield _warning(
                    place, f"「{fact.ja}」は数の項目です。{shown}は大きすぎませんか（金額ではありませんか）。"
                )


def _too_small(path: str, shown: str) -> Finding:
    return _warning(path, f"{shown}は小さすぎませんか。万円ではなく円で書きます（200万円は 2000000）。")


def _warning(path: str, message: str) -> Finding:
    return Finding(path, message, level="warning")
