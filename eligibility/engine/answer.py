"""The contract's JSON (評価の回答) of frame results; keys and meanings are those of the evaluation contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from eligibility.engine.benefit_terms import OpenBenefit, SubsidyBenefit, TaxBenefit
from eligibility.engine.calendar import AsOf
from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.evaluate import FrameResult, Proof
from eligibility.engine.steps import steps_of


def answer(as_of: AsOf, not_in_force: Iterable[str], results: Iterable[FrameResult]) -> dict[str, Any]:
    """{"as_of", "not_in_force", "results"}: the whole answer to one question."""
    return {
        "as_of": str(as_of),
        "not_in_force": list(not_in_force),
        "results": [frame_answer(result) for result in results],
    }


def frame_answer(result: FrameResult) -> dict[str, Any]:
    document = result.rules.document
    return {
        "program": document.program,
        "version": document.version,
        "revision": result.rules.revision,
        "rules_hash": result.rules.rules_hash,
        "frame": result.frame.document.slug,
        "availability": result.availability.value,
        "verdict": result.verdict.value,
        "open_review": list(result.open_review),
        "requirements": [proof_answer(proof, document) for proof in result.proofs],
        "missing": list(result.missing),
        "benefit": benefit_answer(result),
    }


def proof_answer(proof: Proof, document: ProgrammeDocument) -> dict[str, Any]:
    sources = [
        {"document": document.source(cite.source).document, "lines": cite.lines, "quote": cite.quote}
        for cite in proof.cites
    ]
    return {
        "id": proof.id,
        "text": proof.text,
        "status": proof.status.value,
        "facts": list(proof.facts),
        "actual": proof.actual,
        "expected": proof.expected,
        "margin": proof.margin,
        "source": {"document": sources[0]["document"], "lines": sources[0]["lines"]},
        "sources": sources,
    }


def benefit_answer(result: FrameResult) -> dict[str, Any]:
    benefit = result.frame.document.benefit
    pays = result.pays
    amount = pays.amount if pays is not None else None
    figures = {
        "amount": amount.low if amount is not None and amount.is_point else None,
        "amount_low": amount.low if amount is not None else None,
        "amount_high": amount.high if amount is not None else None,
    }
    cost = result.benefit.cost
    covered = cost.low if cost is not None and cost.is_point else None
    rate = result.benefit.rate
    lines = list(steps_of(result))
    if isinstance(benefit, TaxBenefit):
        capped_by = "corporate_tax" if pays is not None and pays.is_cut else None
        base = covered if covered is None or benefit.base_cap is None else min(covered, benefit.base_cap)
        return {"kind": benefit.kind, **figures, "base": base, "rate": rate, "capped_by": capped_by, "steps": lines}
    subsidy: Mapping[str, Any] = {"kind": "subsidy", **figures, "eligible_cost": covered}
    if isinstance(benefit, OpenBenefit):
        return {**subsidy, "rate": None, "cap": None, "floor": None, "steps": lines}
    return {**subsidy, "rate": rate, "cap": result.benefit.cap, "floor": floor_of(benefit), "steps": lines}


def floor_of(benefit: SubsidyBenefit) -> int | None:
    """The printed lower bound of the subsidy, in yen (for 超, the figure that must be exceeded)."""
    floors = (bound.at_least or bound.more_than for bound in benefit.bounds if bound.on == "subsidy")
    return next((floor for floor in floors if floor is not None), None)
