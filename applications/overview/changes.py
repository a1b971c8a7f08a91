"""What changed in a client's results between two moments, each change with its cause.

The way from then to now is walked in three steps: the rules of now, then the answers of now, then the day of now. A
change belongs to the step in which it shows, so that nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from applications.overview.snapshots import FrameState, Snapshot


class Cause(StrEnum):
    RULES = "rules"
    ANSWERS = "answers"
    DAY = "day"


CAUSE_LABELS = {
    Cause.RULES: "規則が変わった",
    Cause.ANSWERS: "回答が変わった",
    Cause.DAY: "基準日が変わった",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a frame says otherwise now. `before` and `after` in words, "" where there is no frame."""

    label: str
    before: str
    after: str
    causes: tuple[Cause, ...]

    @property
    def cause_labels(self) -> list[str]:
        return [CAUSE_LABELS[cause] for cause in self.causes]


@dataclass(frozen=True, slots=True)
class FrameChange:
    programme: str
    frame: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """From one snapshot to the next; what differs between them comes from `cause`."""

    cause: Cause
    before: Snapshot
    after: Snapshot


Words = Callable[[FrameState], str]
_ASPECTS: tuple[tuple[str, Words], ...] = (
    ("判定", lambda state: state.verdict_text),
    ("受付", lambda state: state.availability_text),
    ("金額の目安", lambda state: state.amount_text),
)


def frame_changes(steps: Sequence[Step], published: Collection[str]) -> list[FrameChange]:
    """Frames that are new, gone, or say something else, in the order of now.

    `published`: keys ("slug@version") of what was published since: a version that answers on the new day only is a
    change of the rules if it was not there before, and else comes with the day.
    """
    then, now = steps[0].before, steps[-1].after
    found = []
    for key in dict.fromkeys([*now, *then]):
        state = now.get(key) or then[key]
        changes = tuple(_changes(key, steps, published))
        if changes:
            found.append(FrameChange(state.programme, state.name, changes))
    return found


def revised(steps: Sequence[Step], changed: Iterable[FrameChange]) -> list[str]:
    """Programmes whose rules are not those of then, though no frame of theirs says anything else."""
    then, now = steps[0].before, steps[-1].after
    others = {state.programme for key, state in now.items() if key in then and then[key].rules != state.rules}
    return sorted(others - {change.programme for change in changed})


def _changes(key: str, steps: Sequence[Step], published: Collection[str]) -> Iterator[Change]:
    old, new = steps[0].before.get(key), steps[-1].after.get(key)
    if old is None or new is None:
        label = "新しい枠" if old is None else "なくなった枠"
        causes = _causes(key, steps, published, lambda state: "there")
        yield Change(label, _text(old, _ASPECTS[0][1]), _text(new, _ASPECTS[0][1]), causes)
        return
    for label, words in _ASPECTS:
        if words(old) != words(new):
            yield Change(label, words(old), words(new), _causes(key, steps, published, words))


def _causes(key: str, steps: Sequence[Step], published: Collection[str], words: Words) -> tuple[Cause, ...]:
    found = {
        _cause(key, step, published)
        for step in steps
        if _text(step.before.get(key), words) != _text(step.after.get(key), words)
    }
    return tuple(cause for cause in Cause if cause in found)


def _cause(key: str, step: Step, published: Collection[str]) -> Cause:
    before, program = step.before.get(key), key.partition("/")[0]
    answering = next((state for other, state in step.after.items() if other.startswith(f"{program}/")), None)
    if step.cause is not Cause.DAY or answering is None or (before is not None and before.rules == answering.rules):
        return step.cause
    return Cause.RULES if f"{program}@{answering.version}" in published else Cause.DAY


def _text(state: FrameState | None, words: Words) -> str:
    return "" if state is None else words(state)
