"""Quotes against the lines that they name (引用の照合). White space says nothing: scans break lines anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from eligibility.engine.citations import Cite, without_space
from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.errors import Finding
from eligibility.engine.linter.walking import walk


def quote_findings(document: ProgrammeDocument, texts: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    files = {source.id: source.document for source in document.sources}
    for path, part in walk(document):
        if not isinstance(part, Cite) or part.source not in files:
            continue
        name = files[part.source]
        lines = texts.get(name)
        if lines is None:
            yield Finding(f"{path}.source", f"出典の本文 {name} が登録されていません。")
        elif part.last > len(lines):
            yield Finding(f"{path}.lines", f"{name} は {len(lines)} 行までです。")
        elif without_space(part.quote) not in without_space("".join(lines[part.first - 1 : part.last])):
            yield Finding(f"{path}.quote", f"引用した言葉が {name} の {part.lines} 行にありません。")
