"""The fact vocabulary (事実の語彙): which keys a profile may carry, their types, units and Japanese labels.

Its data is fixtures/facts.yaml; the engine takes it as a plain mapping and checks it strictly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from eligibility.engine.errors import DocumentRefused, Finding
from eligibility.engine.messages import message_of, place_of

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class FactType(StrEnum):
    BOOL = "bool"
    COUNT = "count"
    YEN = "yen"
    YEN_PER_HOUR = "yen_per_hour"
    PERCENT = "percent"
    DATE = "date"
    DATETIME = "datetime"
    ENUM = "enum"
    SET = "set"
    CODE = "code"
    YEN_BY_MONTH = "yen_by_month"
    YEN_BY_CATEGORY = "yen_by_category"


NUMBERS = frozenset({FactType.COUNT, FactType.YEN, FactType.YEN_PER_HOUR, FactType.PERCENT})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Choice(_Strict):
    """One value of an enum or set, or one category of expenses, with its Japanese label."""

    key: Key
    ja: str


class Fact(_Strict):
    """One key of a profile. `added`: the project's own, beyond the contract (README, Verdict).

    `changeable`: the company can change it by its own effort (a plan, a certification, an investment), which
    separates 「あと一歩」 from a fact of its past or place.
    """

    key: Key
    type: FactType
    ja: str
    short_ja: str = ""
    unit_ja: str = ""
    changeable: bool = False
    added: bool = False
    values: tuple[Choice, ...] = ()
    categories: tuple[Choice, ...] = ()
    notes: str = ""

    @model_validator(mode="after")
    def _choices_fit_the_type(self) -> Self:
        if bool(self.values) != (self.type in (FactType.ENUM, FactType.SET)):
            raise ValueError("`values` belong to an enum or a set, and only there")
        if bool(self.categories) != (self.type is FactType.YEN_BY_CATEGORY):
            raise ValueError("`categories` belong to yen_by_category, and only there")
        return self

    @property
    def choices(self) -> tuple[Choice, ...]:
        return self.values or self.categories

    @property
    def short_label(self) -> str:
        """For a list of several facts; the whole label where it has no shorter form."""
        return self.short_ja or self.ja

    def label_of(self, choice: str) -> str:
        return next((c.ja for c in self.choices if c.key == choice), choice)


class FactGroup(_Strict):
    key: Key
    ja: str
    facts: tuple[Fact, ...]


class _VocabularyDocument(_Strict):
    groups: tuple[FactGroup, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Vocabulary(Mapping[str, Fact]):
    """All facts by key, in asking order."""

    groups: tuple[FactGroup, ...]
    _by_key: dict[str, Fact]

    def __getitem__(self, key: str) -> Fact:
        return self._by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    def label(self, key: str) -> str:
        return self._by_key[key].ja

    def short_label(self, key: str) -> str:
        return self._by_key[key].short_label


def read_vocabulary(data: Any, file: str = "") -> Vocabulary:
    """The vocabulary of a plain mapping as read from fixtures/facts.yaml. Raises DocumentRefused."""
    try:
        document = _VocabularyDocument.model_validate(data)
    except ValidationError as error:
        raise DocumentRefused(findings_of(error, file)) from error
    by_key: dict[str, Fact] = {}
    for group in document.groups:
        for fact in group.facts:
            if fact.key in by_key:
                raise DocumentRefused([Finding(f"groups.{group.key}.{fact.key}", "この項目は2回あります。", file)])
            by_key[fact.key] = fact
    return Vocabulary(document.groups, by_key)


def findings_of(error: ValidationError, file: str = "", data: Any = None) -> list[Finding]:
    """pydantic's errors in Japanese with dotted paths of `data`, the input that it refused.

    An error that only follows from an error within is left out.
    """
    found = error.errors()
    inner = {e["loc"][:size] for e in found for size in range(len(e["loc"]))}
    return [
        Finding(place_of(e, data), message_of(e), file)
        for e in found
        if not (e["type"] == "too_short" and e["loc"] in inner)
    ]
