"""The arithmetic of an amount in Japanese, line by line, made from the same figures as the amount (計算の過程)."""

from __future__ import annotations

from collections.abc import Iterator

from eligibility.engine.benefit import Outcome
from eligibility.engine.benefit_terms import TAX_LABELS, OpenBenefit, RateRow
from eligibility.engine.criteria import yen
from eligibility.engine.evaluate import FrameResult
from eligibility.engine.interval import Interval, interval_text
from eligibility.engine.subsidy import CompiledSubsidy, RateLine
from eligibility.engine.tax import CompiledTax, TaxRate


def steps_of(result: FrameResult) -> Iterator[str]:
    """Lines to be read from top to bottom; none where the company is not eligible."""
    document = result.frame.document.benefit
    if result.pays is None:
        return
    if isinstance(document, OpenBenefit):
        yield document.reason
        return
    if result.expenses is None:
        amount = result.pays.amount
        yield "経費の額が未回答のため、下限から上限までの幅で示します。" if amount else "経費の額が未回答です。"
        return
    cases = [outcome for outcome in result.pays.outcomes if outcome.amount is not None]
    blocks = [tuple(_case(result, outcome)) for outcome in cases]
    distinct_blocks = list(dict.fromkeys(blocks))
    for number, block in enumerate(distinct_blocks, 1):
        if len(distinct_blocks) > 1:
            yield f"未回答の項目により：場合{number}"
        yield from block


def _case(result: FrameResult, outcome: Outcome) -> Iterator[str]:
    benefit = result.frame.benefit
    if isinstance(benefit, CompiledSubsidy):
        yield from _subsidy(result, benefit, outcome)
    elif isinstance(benefit, CompiledTax):
        yield from _tax(benefit, outcome)


def _subsidy(result: FrameResult, benefit: CompiledSubsidy, outcome: Outcome) -> Iterator[str]:
    rest = list(outcome.picks[len(benefit.expenses.tables) :])
    for line in benefit.parts:
        rate: RateLine = rest.pop(0)
        cap: Interval | None = rest.pop(0) if line.part.caps else None
        cost = benefit.part_cost(result.case, outcome.cost, outcome.picks, line)
        if cost.high == 0:
            continue
        amount = benefit.part_amount(rate, cost, None)
        scale = benefit.scale
        shown = Interval(amount.low // scale, None if amount.high is None else amount.high // scale)
        yield f"{line.part.name}：{interval_text(cost)} × {tiers_text(rate.row)} ＝ {interval_text(shown)}"
        if cap is not None and (amount.high is None or amount.high > cap.low * scale):
            yield f"{line.part.name}の上限 {interval_text(cap)}"
    if benefit.document.caps:
        base, *raised = rest
        extra_words = "".join(f"（うち上乗せ {interval_text(add)}）" for add in raised if add.high)
        total = Interval(base.low + sum(r.low for r in raised), (base.high or 0) + sum(r.high or 0 for r in raised))
        yield f"上限 {interval_text(total)}{extra_words}"
    yield from _result(outcome, "補助額")


def _tax(benefit: CompiledTax, outcome: Outcome) -> Iterator[str]:
    split = len(benefit.expenses.tables)
    rate: TaxRate = outcome.picks[split]
    base = benefit.base(outcome.cost)
    if base != outcome.cost and benefit.document.base_cap is not None:
        yield f"対象になる投資額は {yen(benefit.document.base_cap)}まで"
    yield f"対象の投資額 {interval_text(base)} × {rate.printed}"
    cap = benefit.document.tax_cap
    if cap is not None:
        shared = "（他の税額控除と合わせて）" if cap.shared_with else ""
        yield f"上限：当期法人税額の{cap.percent}％まで{shared}"
    yield from _result(outcome, TAX_LABELS[benefit.document.kind])


def _result(outcome: Outcome, name: str) -> Iterator[str]:
    if outcome.amount is not None:
        yield f"{name} {interval_text(outcome.amount)}"


def tiers_text(row: RateRow) -> str:
    """The rate of a row as it is read: 「3/4（補助額50万円までの分）・2/3（それを超える分）」."""
    words: list[str] = []
    for tier in row.tiers:
        rate = (
            tier.rate if tier.rate_high is None else f"{tier.rate}〜{tier.rate_high}（どちらかは資料から決まりません）"
        )
        if tier.up_to is None:
            words.append(f"{rate}（それを超える分）" if words else rate)
        else:
            words.append(f"{rate}（{'補助額' if tier.edge == 'subsidy' else '経費'}{yen(tier.up_to)}までの分）")
    return "・".join(words)
