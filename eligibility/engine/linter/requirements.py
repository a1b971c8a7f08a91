"""The requirements of a frame beside each other (要件の両立): contradictory, always met, or met by the others anyway.

Judged over every company that there can be (engine.domains), so that a finding is certain. Where a set of connected
requirements has too many cases, nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial, reduce
from operator import and_
from typing import NamedTuple

from eligibility.engine.benefit_terms import AddOn, ConditionalExpenses
from eligibility.engine.criteria import BaseCriterion
from eligibility.engine.document import ProgrammeDocument, Requirement
from eligibility.engine.domains import Masks, Space
from eligibility.engine.errors import Finding
from eligibility.engine.linter.criteria import is_sound
from eligibility.engine.linter.spaces import Spaces, conjuncts, connected
from eligibility.engine.linter.walking import walk

SHOWN = 24  # characters of a requirement's text in a message


class _Placed(NamedTuple):
    """A requirement that a profile decides, with its place in the document."""

    path: str
    requirement: Requirement
    parts: tuple[BaseCriterion, ...]

    @property
    def name(self) -> str:
        text = self.requirement.text
        return f"「{text if len(text) <= SHOWN else text[:SHOWN] + '…'}」（{self.requirement.id}）"


def requirement_findings(document: ProgrammeDocument, spaces: Spaces) -> Iterator[Finding]:
    shared = list(_placed("requirements", document.requirements, spaces))
    own = [
        list(_placed(f"frames.{number}.requirements", frame.requirements, spaces))
        for number, frame in enumerate(document.frames)
    ]
    settled = {
        placed.path: finding
        for placed in [*shared, *(placed for group in own for placed in group)]
        if (finding := _alone(placed.path, placed.parts, spaces, "要件"))
    }
    yield from settled.values()
    shared = [placed for placed in shared if placed.path not in settled]
    own = [[placed for placed in group if placed.path not in settled] for group in own]
    contradictions = [list(_contradictions([*shared, *group], spaces)) for group in own]
    yield from dict.fromkeys(finding for found in contradictions for finding in found)
    consistent = [group for group, found in zip(own, contradictions, strict=True) if not found]
    if len(consistent) == len(own):
        yield from _implied(shared, own, spaces)
    yield from _conditions(document, spaces)


def _placed(path: str, requirements: Sequence[Requirement], spaces: Spaces) -> Iterator[_Placed]:
    for number, requirement in enumerate(requirements):
        criterion = requirement.criterion
        if criterion is not None and is_sound(criterion, spaces.vocabulary):
            yield _Placed(f"{path}.{number}", requirement, tuple(conjuncts(criterion)))


def _alone(path: str, parts: Sequence[BaseCriterion], spaces: Spaces, what: str) -> Finding | None:
    """A criterion that no company, or every company, meets."""
    is_always_met = True
    for group in connected(parts):
        space = spaces.of(group)
        masks = None if space is None else _all(space, group)
        if masks is not None and masks.possible == 0:
            return Finding(path, f"この{what}は、どの会社にも当てはまりません。条件を確かめてください。")
        is_always_met &= space is not None and masks is not None and masks.met == space.everything
    if is_always_met:
        return Finding(path, f"この{what}は、どの会社にも当てはまります。条件を確かめてください。")
    return None


def _conditions(document: ProgrammeDocument, spaces: Spaces) -> Iterator[Finding]:
    """Of add-ons and conditional expenses; those of tables are judged with their rows."""
    for path, part in walk(document):
        if isinstance(part, AddOn | ConditionalExpenses) and is_sound(part.when, spaces.vocabulary):
            finding = _alone(f"{path}.when", conjuncts(part.when), spaces, "条件")
            if finding is not None:
                yield finding


def _contradictions(placed: Sequence[_Placed], spaces: Spaces) -> Iterator[Finding]:
    for group in _groups(placed):
        space = _space(group, spaces)
        if space is None or _joined(space, group).possible:
            continue
        core = _smallest(group, partial(_excludes_all, space))
        others = "、".join(other.name for other in core[:-1])
        message = f"{others}と同時には満たせません。すべての要件を満たす会社がありません。"
        yield Finding(core[-1].path, message)


def _excludes_all(space: Space, placed: Sequence[_Placed]) -> bool:
    return _joined(space, placed).possible == 0


def _implied(shared: Sequence[_Placed], own: Sequence[Sequence[_Placed]], spaces: Spaces) -> Iterator[Finding]:
    """Requirements without which no verdict would change; a shared one only if that holds in every frame."""
    gone: set[str] = set()
    for group in own:
        for one in reversed(group):
            reasons = _reasons(one, _without(gone, one, shared, group), spaces)
            if reasons is not None:
                gone.add(one.path)
                yield _needless(one, reasons)
    for one in reversed(shared):
        found = [_reasons(one, _without(gone, one, shared, group), spaces) for group in own]
        everywhere = [reasons for reasons in found if reasons is not None]
        if len(everywhere) == len(found):
            gone.add(one.path)
            yield _needless(one, list(dict.fromkeys(name for reasons in everywhere for name in reasons)))


def _without(gone: Collection[str], one: _Placed, *groups: Sequence[_Placed]) -> list[_Placed]:
    return [other for group in groups for other in group if other.path != one.path and other.path not in gone]


def _needless(one: _Placed, reasons: Sequence[str]) -> Finding:
    message = f"ほかの要件{'、'.join(reasons)}を満たす会社は、この要件も必ず満たします。消しても判定は変わりません。"
    return Finding(one.path, message, level="warning")


def _reasons(one: _Placed, others: Sequence[_Placed], spaces: Spaces) -> list[str] | None:
    """The names of a few of the others that bring `one` with them; None where they do not, or nobody can tell."""
    names: list[str] = []
    for group in _groups([*others, one]):
        if group[-1].path != one.path:
            continue
        space = _space(group, spaces)
        if space is None:
            return None
        wanted = _joined(space, group[-1:])
        if not _brings(space, wanted, group[:-1]):
            return None
        needed = _smallest(group[:-1], partial(_brings, space, wanted))
        names += [other.name for other in needed]
    return names


def _brings(space: Space, wanted: Masks, others: Sequence[_Placed]) -> bool:
    """Whether `wanted` is nowhere worse than the worst of the others (unmet < open < met)."""
    joined = _joined(space, others)
    return not joined.met & ~wanted.met and not joined.possible & ~wanted.possible


def _smallest(placed: Sequence[_Placed], holds: Callable[[list[_Placed]], bool]) -> list[_Placed]:
    """A part of `placed` that still `holds` and of which nothing can be left out."""
    kept = list(placed)
    for one in placed:
        fewer = [other for other in kept if other is not one]
        if holds(fewer):
            kept = fewer
    return kept


def _groups(placed: Sequence[_Placed]) -> list[list[_Placed]]:
    """Requirements whose parts share facts, in document order."""
    together = connected([part for one in placed for part in one.parts])
    found = []
    for parts in together:
        members = set(parts)
        own = [one._replace(parts=tuple(p for p in one.parts if p in members)) for one in placed]
        found.append([one for one in own if one.parts])
    return found


def _space(placed: Iterable[_Placed], spaces: Spaces) -> Space | None:
    return spaces.of(part for one in placed for part in one.parts)


def _joined(space: Space, placed: Iterable[_Placed]) -> Masks:
    return _all(space, [part for one in placed for part in one.parts])


def _all(space: Space, parts: Iterable[BaseCriterion]) -> Masks:
    masks = [space.masks(part) for part in parts]
    met = reduce(and_, (mask.met for mask in masks), space.everything)
    return Masks(met, reduce(and_, (mask.possible for mask in masks), space.everything))
