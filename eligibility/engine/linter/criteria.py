"""Criteria against the vocabulary (要件の条件と語彙): facts, types, choices, units, nesting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eligibility.engine.benefit_terms import ShareOf, TaxCap
from eligibility.engine.criteria import BaseCriterion, Group
from eligibility.engine.criteria.compare import Includes, Number, OneOf
from eligibility.engine.criteria.size import CompanySize
from eligibility.engine.document import ProgrammeDocument, Requirement
from eligibility.engine.errors import Finding
from eligibility.engine.facts import FactType, Vocabulary
from eligibility.engine.linter.walking import criteria_of, walk
from eligibility.engine.ranges import holds_bound

MAX_DEPTH = 3  # group > group > leaf


def criterion_findings(document: ProgrammeDocument, vocabulary: Vocabulary) -> Iterator[Finding]:
    """What is wrong with each criterion by itself and with each money fact and category."""
    for path, criterion in criteria_of(document):
        yield from (Finding(path, fault) for fault in _faults(criterion, vocabulary))
        yield from _repeated(path, criterion)
    for path, part in walk(document):
        if isinstance(part, Requirement) and part.criterion is not None:
            yield from _added_facts_stand_alone(path, part.criterion, vocabulary)
    yield from _facts_of_money(document, vocabulary)


def is_sound(criterion: BaseCriterion, vocabulary: Vocabulary) -> bool:
    """Whether the criterion can be reasoned about: nothing in it has a fault."""
    return not any(_faults(part, vocabulary) for _, part in criteria_of(criterion))


def _faults(criterion: BaseCriterion, vocabulary: Vocabulary) -> list[str]:
    """The faults of the criterion, without those of its children."""
    if isinstance(criterion, Group):
        too_deep = _depth(criterion) > MAX_DEPTH
        return ["条件の入れ子は、グループ・グループ・条件の三段までです。"] if too_deep else []
    faults = criterion.faults(vocabulary)
    if not faults and isinstance(criterion, Number):
        fact = vocabulary[criterion.fact]
        bounds = [bound for bound in (criterion.low, criterion.high) if bound is not None]
        if not all(holds_bound(fact, bound) for bound in bounds):
            return [f"「{fact.ja}」の値として大きすぎる基準があります。"]
    return faults


def _depth(criterion: BaseCriterion) -> int:
    """How many levels it has, counted no further than the first that is too many."""
    level: Sequence[BaseCriterion] = [criterion]
    depth = 0
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [child for part in level for child in part.children]
    return depth


def _repeated(path: str, criterion: BaseCriterion) -> Iterator[Finding]:
    """What stands twice in a list: harmless in most, a wrong count in 「n 個以上」."""
    if len(set(criterion.children)) < len(criterion.children):
        yield Finding(path, "同じ条件が二度書かれています。一つを消してください。", level="warning")
    field = {OneOf: "values", Includes: "any_of", CompanySize: "classes"}.get(type(criterion))
    values = getattr(criterion, field) if field else ()
    for value in sorted({value for value in values if values.count(value) > 1}):
        yield Finding(f"{path}.{field}", f"「{value}」が二度書かれています。一つを消してください。", level="warning")


def _added_facts_stand_alone(path: str, criterion: BaseCriterion, vocabulary: Vocabulary) -> Iterator[Finding]:
    known = [fact for fact in criterion.facts() if fact in vocabulary]
    if len({vocabulary[fact].added for fact in known}) > 1:
        yield Finding(path, "この資料だけの項目は、共通の項目と一つの要件に混ぜず、別の要件にしてください。")


def _facts_of_money(document: ProgrammeDocument, vocabulary: Vocabulary) -> Iterator[Finding]:
    categories = {choice.key for choice in vocabulary["expenses"].categories}
    for path, part in walk(document):
        yen_facts: tuple[str, ...] = ()
        if isinstance(part, ShareOf):
            yen_facts = (part.fact,)
        elif isinstance(part, TaxCap):
            yen_facts = (part.of, *part.shared_with)
        for fact in yen_facts:
            if fact not in vocabulary or vocabulary[fact].type is not FactType.YEN:
                yield Finding(path, f"「{fact}」は円の項目ではありません。")
        if isinstance(part, TaxCap) and "legal_form" in vocabulary:
            forms = {choice.key for choice in vocabulary["legal_form"].values}
            for form in sorted(set(part.open_for) - forms):
                yield Finding(f"{path}.open_for", f"「{form}」という法人・組織の形態は語彙にありません。")
        for field in ("listed", "excluded", "categories"):
            for category in getattr(part, field, ()):
                if category not in categories:
                    yield Finding(f"{path}.{field}", f"「{category}」という経費の区分は語彙にありません。")
