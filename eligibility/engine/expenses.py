"""対象経費 of a frame, ready to be added up: what counts, what does not, and what the printed examples leave open."""

from __future__ import annotations

from collections.abc import Mapping

from eligibility.engine.benefit_terms import Expenses
from eligibility.engine.compile import Interner, Table, table_of
from eligibility.engine.criteria import Case
from eligibility.engine.interval import Interval

EXPENSES = "expenses"
NOTHING_SPENT_ON = frozenset[str]()


class CoveredExpenses:
    """The expenses of a frame. Categories that count only under a condition are tables, one each, in `tables`."""

    def __init__(self, expenses: Expenses, interner: Interner) -> None:
        self.document = expenses
        conditional = [frozenset(part.categories) for part in expenses.conditional]
        self._listed = frozenset(expenses.listed)
        self._excluded = frozenset(expenses.excluded)
        self._named = self._listed.union(self._excluded, *conditional)
        self.tables: list[Table[frozenset[str]]] = [
            table_of([(part.when, frozenset(part.categories)), (None, NOTHING_SPENT_ON)], interner)
            for part in expenses.conditional
        ]

    def total(self, case: Case, picks: tuple[frozenset[str], ...]) -> Interval:
        """Yen covered in all. `picks` begin with the categories that count of each conditional table."""
        spent = case.profile.get(EXPENSES)
        if spent is None:
            return Interval(0, None)
        if self.document.basis == "none":
            covered = sum(spent.values()) - (_sum(spent, self._excluded) if self._excluded else 0)
            return Interval(covered, covered)
        low = _sum(spent, self._counting(picks))
        high = low
        if self.document.basis == "examples":
            high += sum(spent.values()) - _sum(spent, self._named)
        return Interval(low, high)

    def part(self, case: Case, picks: tuple[frozenset[str], ...], categories: frozenset[str]) -> Interval:
        """Yen covered in these categories."""
        spent = case.profile.get(EXPENSES)
        if spent is None:
            return Interval(0, None)
        covered = _sum(spent, categories & self._counting(picks))
        return Interval(covered, covered)

    def is_open_to_question(self, category: str) -> bool:
        """Neither named nor excluded by the printed examples (要確認)."""
        return self.document.basis == "examples" and category not in self._named

    def _counting(self, picks: tuple[frozenset[str], ...]) -> frozenset[str]:
        return self._listed.union(*picks[: len(self.tables)]) if self.tables else self._listed


def _sum(spent: Mapping[str, int], categories: frozenset[str]) -> int:
    total = 0
    for category in categories:
        total += spent.get(category, 0)
    return total
