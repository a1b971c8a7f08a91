"""The linter's findings beside the fields (指摘): each at the field, row, part or page that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eligibility.engine.errors import Finding
from programs.desk.editor.formtree import Node


@dataclass(frozen=True, slots=True)
class Count:
    """How many of each level."""

    errors: int = 0
    warnings: int = 0

    def __bool__(self) -> bool:
        return bool(self.errors or self.warnings)


def counted(findings: Iterable[Finding]) -> Count:
    levels = [finding.level for finding in findings]
    return Count(levels.count("error"), levels.count("warning"))


def within(findings: Iterable[Finding], path: str) -> list[Finding]:
    """Those about a path and everything below it."""
    return [finding for finding in findings if finding.path == path or finding.path.startswith(f"{path}.")]


def by_page(findings: Iterable[Finding], pages: Sequence[str]) -> dict[str, list[Finding]]:
    """Each finding at the page nearest to it; "" for those that belong to no page."""
    found: dict[str, list[Finding]] = {page: [] for page in ("", *pages)}
    for finding in findings:
        steps = finding.path.split(".")
        prefixes = (".".join(steps[:size]) for size in range(len(steps), 0, -1))
        found[next((prefix for prefix in prefixes if prefix in found), "")].append(finding)
    return found


def placed(tree: Node, findings: Iterable[Finding], path: str) -> list[Finding]:
    """Put each finding of the page at `path` to the nearest node of its form; the rest is of the page as a whole."""
    nodes = {node.path: node for node in tree.walk() if node.path}
    of_page: list[Finding] = []
    for finding in within(findings, path):
        steps = finding.path.removeprefix(path).strip(".").split(".")
        prefixes = (".".join(steps[:size]) for size in range(len(steps), 0, -1))
        nearest = next((nodes[prefix] for prefix in prefixes if prefix in nodes), None)
        (nearest.findings if nearest is not None else of_page).append(finding)
    return of_page
