"""What every part of a document is made of: strict models, plain types, and citations of a source's lines."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from eligibility.engine.labels import DATES, ja, named, references
from eligibility.engine.profile import MAX_PERCENT_DECIMALS, MAX_YEN

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Lines = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*(-[1-9][0-9]*)?$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Yen = Annotated[int, Field(strict=True, ge=0, le=MAX_YEN)]
Flag = Annotated[bool, Field(strict=True)]
Url = Annotated[str, StringConstraints(pattern=r"^(https?://[^\s]+)?$")]
# Exact, and short enough to be a fraction: 1E-999999999 would fill the memory.
Percent = Annotated[Decimal, Field(max_digits=15, decimal_places=MAX_PERCENT_DECIMALS)]
MAX_CITED_LINES = 12


def _written_day(value: object) -> object:
    """pydantic would read any digits as seconds since 1970."""
    if type(value) is date or (isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)):
        return value
    raise ValueError("日付は 2023-10-17 の形で書いてください。")


Day = Annotated[date, BeforeValidator(_written_day)]


def identifier(example: str, rule: str = "公開したあとは変えません。") -> Any:
    """Metadata of an `id`, with an example of its own kind. `rule`: when another one is given."""
    words = "同じ一覧の中で一つだけの、自分で決める短い名前です。英小文字・数字・ハイフンで書きます。"
    return ja("記号", f"{words}{rule}例：{example}")


class Part(BaseModel):
    """A part of a document: frozen, nothing unknown in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cite(Part):
    """出典の箇所: lines of a source (1-based, inclusive) and the words found there."""

    model_config = named("出典の箇所", "資料のどの行の、どの言葉に基づくかを示します。")

    source: Annotated[Slug, ja("出典の文書", "「出典」に登録した文書から選びます。", **references("sources"))]
    lines: Annotated[Lines, ja("行", "行の番号です。12行まで続けて書けます。例：530、702-703")]
    quote: Annotated[Text, ja("引用する言葉", "その行にある言葉をそのまま写します。空白と改行の違いは問いません。")]

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


OptionalCites = Annotated[tuple[Cite, ...], ja("出典の箇所", "資料に書かれているときは、その箇所を示します。")]
Cites = Annotated[
    tuple[Cite, ...], Field(min_length=1), ja("出典の箇所", "資料のどこに書かれているかを一つ以上示します。")
]


class Source(Part):
    """出典の文書. `document` is the file in fixtures/sources/."""

    model_config = named("出典", "この制度の根拠にした資料です。要件と金額は、必ずどれかの資料の行を示します。")

    id: Annotated[Slug, identifier("r5-yoryo")]
    document: Annotated[Text, ja("本文のファイル", "登録した資料の本文の名前です。引用の行はこの本文で数えます。")]
    title: Annotated[Text, ja("資料の題名", "表紙に書かれた題名です。例：令和5年度 公募要領")]
    publisher: Annotated[Text, ja("発行者", "例：四国経済産業局")]
    date: Annotated[Day, ja("発行日", "例：2023-10-17", **DATES)]
    url: Annotated[Url, ja("掲載先のURL", "公開されているページの住所です。分からなければ空のままにします。")] = ""


class Statement(Part):
    """Words that are shown, with their source where they come from one."""

    model_config = named("説明の文", "利用者にそのまま見せる文です。")

    text: Annotated[Text, ja("文", "利用者にそのまま見せる文を書きます。")]
    cites: OptionalCites = ()


def has_control_characters(text: str) -> bool:
    """Tabs and line ends aside. PostgreSQL cannot store NUL, and nobody can read the others."""
    return any(ord(character) < 32 and character not in "\t\n" for character in text)


_WHITE_SPACE = re.compile(r"\s+")


def without_space(text: str) -> str:
    """Text as quotes are compared: scans break lines and pad cells anywhere."""
    return _WHITE_SPACE.sub("", text)
