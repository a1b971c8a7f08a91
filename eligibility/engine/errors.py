"""What the engine refuses, always with every problem named at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a question: `fact` is the key it is about, `part` the month or category within it."""

    fact: str
    code: str
    message: str
    part: str = ""

    def as_dict(self) -> dict[str, str]:
        error = {"fact": self.fact, "code": self.code, "message": self.message}
        return {**error, "part": self.part} if self.part else error


class EngineError(Exception):
    """Base of everything the engine raises on purpose."""


class QuestionRefused(EngineError):
    """A profile, date or programme name that cannot be evaluated; `problems` holds all of them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{p.fact}: {p.message}" for p in problems))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a programme document: where in it (dotted path), what, and what to do.

    An "error" keeps the document from loading and from review; a "warning" asks an officer to look again.
    """

    path: str
    message: str
    file: str = ""
    level: Level = "error"

    def __str__(self) -> str:
        place = f"{self.file}: {self.path}" if self.file else self.path
        return f"{place}: {self.message}"


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that keep a document from loading, without the warnings."""
    return [finding for finding in findings if finding.level == "error"]


class DocumentRefused(EngineError):
    """A programme document or vocabulary that must not load; `findings` holds every reason."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__("\n".join(str(finding) for finding in findings))
