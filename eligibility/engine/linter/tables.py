"""Rate and cap tables (補助率表・上限表): rows that overlap, that nothing reaches, and cases that no row is for.

The first row whose condition holds applies. Tables of one number or one choice are told in their own words
(engine.bands); all others are judged over every company (engine.domains). A case that the frame's requirements
exclude needs no row. What cannot be settled needs a last row for the rest, so that no company is left without one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_
from typing import Any, NamedTuple

from eligibility.engine.bands import Fault, band_faults, choice_faults
from eligibility.engine.benefit_terms import CapRow, RateRow
from eligibility.engine.criteria import BaseCriterion
from eligibility.engine.criteria.compare import Number, OneOf
from eligibility.engine.criteria.size import CompanySize
from eligibility.engine.document import ProgrammeDocument, Requirement
from eligibility.engine.domains import Masks, Space
from eligibility.engine.errors import Finding
from eligibility.engine.linter.criteria import is_sound
from eligibility.engine.linter.spaces import Spaces, conjuncts, reaching
from eligibility.engine.linter.walking import walk

_MEND_GAP = "行を足すか「それ以外」の行を置いてください。"


class _Row(NamedTuple):
    when: BaseCriterion | None
    pays: Any  # what applies: rows that pay the same may overlap


class _Gap(NamedTuple):
    """Cases without a row: `example` in words; "" where nobody can tell whether there are any."""

    example: str = ""


def table_findings(document: ProgrammeDocument, spaces: Spaces) -> Iterator[Finding]:
    for number, frame in enumerate(document.frames):
        judged = _Frame((*document.requirements, *frame.requirements), spaces)
        for path, part in walk(frame.benefit, f"frames.{number}.benefit"):
            for field in ("rates", "caps"):
                rows = [_Row(row.when, _pays(row)) for row in getattr(part, field, ())]
                if rows:
                    yield from judged.findings(f"{path}.{field}", rows)


def _pays(row: RateRow | CapRow) -> Any:
    return row.tiers if isinstance(row, RateRow) else (row.amount, row.amount_high)


class _Frame:
    """The tables of one frame, beside its requirements."""

    def __init__(self, requirements: Sequence[Requirement], spaces: Spaces) -> None:
        criteria = [r.criterion for r in requirements if r.criterion is not None]
        self._spaces = spaces
        self._is_sound = all(is_sound(criterion, spaces.vocabulary) for criterion in criteria)
        self._required = [part for criterion in criteria for part in conjuncts(criterion)]

    def findings(self, path: str, rows: Sequence[_Row]) -> Iterator[Finding]:
        for number in range(1, len(rows)):
            if rows[number - 1].when is None:
                yield Finding(f"{path}.{number}", "この行には届きません。前に「それ以外」の行があります。")
                return
        conditions = [row.when for row in rows if row.when is not None]
        first = {condition: number for number, condition in reversed(list(enumerate(conditions)))}
        repeated = {number for number, condition in enumerate(conditions) if first[condition] != number}
        for number in sorted(repeated):
            yield Finding(f"{path}.{number}", "同じ条件の行が前にあるため、この行には届きません。")
        if conditions and all(is_sound(c, self._spaces.vocabulary) for c in conditions):
            faults = [fault for fault in self._faults(rows, conditions) if fault.row not in repeated or fault.is_gap]
            yield from (Finding(f"{path}.{fault.row}", fault.message) for fault in faults)
            yield from self._doubts(path, rows, conditions, repeated | {fault.row for fault in faults})

    def _faults(self, rows: Sequence[_Row], conditions: Sequence[BaseCriterion]) -> Iterator[Fault]:
        has_rest = len(conditions) < len(rows)
        special = _in_own_words(conditions, self._spaces, has_rest)
        gap = None if has_rest else self._gap(conditions)
        if special is not None:
            yield from (fault for fault in special if gap is not None or not fault.is_gap)
            return
        space = self._spaces.of(conditions)
        if space is not None:
            yield from _unreached(space, conditions, has_rest)
        if gap is not None:
            yield Fault(len(rows) - 1, _gap_words(gap, conditions), is_gap=True)

    def _gap(self, conditions: Sequence[BaseCriterion]) -> _Gap | None:
        """Cases that the requirements admit and no row is for; None where there are none."""
        alone = self._spaces.of(conditions)
        if alone is not None and not _outside(alone, conditions):
            return None
        required = reaching(conditions, self._required)
        both = self._spaces.of([*conditions, *required]) if self._is_sound else None
        if both is None:
            return _Gap()
        left = _outside(both, conditions) & _admitted(both, required)
        if not left:
            return None
        return _Gap(both.example(left, [f for c in conditions for f in c.facts()]) if both.is_exact else "")

    def _doubts(
        self, path: str, rows: Sequence[_Row], conditions: Sequence[BaseCriterion], known: set[int]
    ) -> Iterator[Finding]:
        """Rows that no eligible company reaches, and rows whose order decides what is paid."""
        required = reaching(conditions, self._required) if self._is_sound else []
        both = self._spaces.of([*conditions, *required])
        admitted = 0 if both is None else _admitted(both, required)
        if both is None or not admitted:
            return  # too many cases; or requirements that contradict each other, which is said elsewhere
        masks = [Masks(both.everything, both.everything) if r.when is None else both.masks(r.when) for r in rows]
        open_cases = admitted
        for number, row in enumerate(rows):
            if number not in known and not open_cases & masks[number].possible:
                message = "この枠の要件を満たす会社は、この行に当たりません。行か要件を確かめてください。"
                yield Finding(f"{path}.{number}", message, level="warning")
            open_cases &= ~masks[number].met
            if row.when is not None and number not in known and both.is_exact:
                facts = [fact for condition in conditions for fact in condition.facts()]
                for earlier in range(number):
                    crossing = _crossing(masks[earlier].met & admitted, masks[number].met & admitted)
                    if crossing and rows[earlier].pays != row.pays:
                        yield _ordered(f"{path}.{number}", earlier, both.example(crossing, facts))


def _in_own_words(conditions: Sequence[BaseCriterion], spaces: Spaces, has_rest: bool) -> Iterator[Fault] | None:
    """The faults of a table of one number or one choice; None for any other."""
    fact = spaces.vocabulary[conditions[0].facts()[0]]
    numbers = [c for c in conditions if isinstance(c, Number) and c.fact == fact.key]
    if len(numbers) == len(conditions):
        return band_faults(numbers, fact, has_rest)
    choices = [c for c in conditions if isinstance(c, OneOf) and c.fact == fact.key]
    return choice_faults(choices, fact, has_rest) if len(choices) == len(conditions) else None


def _unreached(space: Space, conditions: Sequence[BaseCriterion], has_rest: bool) -> Iterator[Fault]:
    open_cases = space.everything
    for number, condition in enumerate(conditions):
        masks = space.masks(condition)
        if not masks.possible:
            yield Fault(number, "この行の条件は、どの会社にも当てはまりません。")
        elif not open_cases & masks.possible:
            yield Fault(number, "前の行が先に当てはまるため、この行には届きません。")
        open_cases &= ~masks.met
    if has_rest and not open_cases:
        yield Fault(len(conditions), "前の行がすべての場合を含むため、「それ以外」の行には届きません。")


def _crossing(one: int, other: int) -> int:
    """Where both hold, if each also holds without the other; a special row before a general one is no doubt."""
    return one & other if one & ~other and other & ~one else 0


def _ordered(path: str, earlier: int, example: str) -> Finding:
    message = (
        f"{earlier + 1}行目と同時に当てはまる場合があります（例：{example}）。"
        f"そのときは{earlier + 1}行目が使われます。順番を確かめてください。"
    )
    return Finding(path, message, level="warning")


def _outside(space: Space, conditions: Sequence[BaseCriterion]) -> int:
    return space.everything & ~reduce(lambda seen, c: seen | space.masks(c).possible, conditions, 0)


def _admitted(space: Space, required: Sequence[BaseCriterion]) -> int:
    return reduce(and_, (space.masks(part).possible for part in required), space.everything)


def _gap_words(gap: _Gap, conditions: Sequence[BaseCriterion]) -> str:
    if not gap.example:
        return "最後に「それ以外」の行が要ります。この条件では、すべての場合が尽くされているか確かめられません。"
    what = "企業規模" if all(isinstance(c, CompanySize) for c in conditions) else "場合"
    return f"どの行にも当てはまらない{what}があります（例：{gap.example}）。{_MEND_GAP}"
