"""Trials of drafts (案の試し): self-checks made on a draft's preview page are answered by that draft's rules.

For as long as its preview is open and the draft is sound; then by the rules in force, like any other check.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from threading import Lock

from django.utils import timezone

from eligibility.engine.evaluate import RuleSet
from eligibility.models import SelfCheck
from programs import paths, rulebook
from programs.drafts import checked
from programs.models import Draft, DraftState
from programs.publishing import last_revision
from programs.selectors import Mark, publication_mark

# Compiled drafts that a process holds; a rule set takes a few MB.
KEPT = 4


@dataclass(frozen=True, slots=True)
class Trial:
    """What a check made on a preview page is answered by: the draft's `rules`, of the version `announced` then.

    Both are None once it has ended: the rules in force answer it, and `ended` says why.
    """

    name: str
    key: str
    announced: date | None
    rules: RuleSet | None
    ended: str

    @property
    def versions(self) -> tuple[str, ...]:
        """The draft's version is evaluated whatever the date."""
        return () if self.rules is None else (self.key,)


def trial_of(check: SelfCheck) -> Trial | None:
    """None for an ordinary check, without a query."""
    draft = check.preview
    if draft is None:
        return None
    ended = _closed(draft)
    rules = None if ended else rules_of(draft)
    if rules is None:
        return Trial(draft.name, draft.key, None, None, ended or "案が書き直されている途中で、判定に使えません。")
    announced = rules.versions[draft.key].document.time.announced
    return Trial(draft.name, draft.key, announced, rules, "")


def rules_of(draft: Draft) -> RuleSet | None:
    """The rules in force with the draft's among them; None while the linter finds errors in it."""
    return _compiled.rules_of(draft)


def _closed(draft: Draft) -> str:
    """Why the draft cannot be tried any more, "" while it can."""
    if draft.state == DraftState.PUBLISHED:
        return "試した案は、公開されました。"
    if not draft.is_open:
        return "試した案は、取りやめになりました。"
    return "" if draft.preview_token else "案の下見は、終わりました。"


class _Compiled:
    """The rule sets of drafts tried last, by what was in force and what the draft said."""

    def __init__(self) -> None:
        self._rules: OrderedDict[tuple[Mark, str, str], RuleSet] = OrderedDict()
        self._lock = Lock()

    def rules_of(self, draft: Draft) -> RuleSet | None:
        key = (publication_mark(), draft.key, paths.stamp(draft.document))
        with self._lock:
            if key in self._rules:
                self._rules.move_to_end(key)
                return self._rules[key]
            rules = _compile(draft)
            if rules is not None:
                self._rules[key] = rules
                while len(self._rules) > KEPT:
                    self._rules.popitem(last=False)
            return rules


_compiled = _Compiled()


def _compile(draft: Draft) -> RuleSet | None:
    found = checked(draft, timezone.localdate())
    if found.document is None or found.errors:
        return None
    last = last_revision(draft.program, draft.version)
    return rulebook.with_document(found.document, last.number + 1 if last else 1)
