"""What every part of a document is made of: strict models, plain types, and citations of a source's lines."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Lines = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*(-[1-9][0-9]*)?$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Yen = Annotated[int, Field(strict=True, ge=0, le=10**15)]
Flag = Annotated[bool, Field(strict=True)]
Day = Annotated[date, BeforeValidator(lambda day: day if isinstance(day, str | date) else str(day))]
MAX_CITED_LINES = 12


class Part(BaseModel):
    """A part of a document: frozen, nothing unknown in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cite(Part):
    """出典の箇所: lines of a source (1-based, inclusive) and the words found there."""

    source: Slug
    lines: Lines
    quote: Text

    @property
    def first(self) -> int:
        return int(self.lines.split("-")[0])

    @property
    def last(self) -> int:
        return int(self.lines.split("-")[-1])

    @model_validator(mode="after")
    def _is_narrow(self) -> Self:
        if not self.first <= self.last < self.first + MAX_CITED_LINES:
            raise ValueError(f"引用は{MAX_CITED_LINES}行以内で、始めから終わりの順に書いてください。")
        return self


Cites = Annotated[tuple[Cite, ...], Field(min_length=1)]


class Source(Part):
    """出典の文書. `document` is the file in fixtures/sources/."""

    id: Slug
    document: Text
    title: Text
    publisher: Text
    date: Day
    url: str = ""


class Statement(Part):
    """Words that are shown, with their source where they come from one."""

    text: Text
    cites: tuple[Cite, ...] = ()


_WHITE_SPACE = re.compile(r"\s+")


def without_space(text: str) -> str:
    """Text as quotes are compared: scans break lines and pad cells anywhere."""
    return _WHITE_SPACE.sub("", text)
