"""What must hold before a document loads (文書の検査). Each finding names the path, what is wrong and what to do.

Loader, command and the officers' desk ask the same `lint`. What the schema already refuses (a requirement or a
figure without a source, a citation wider than 12 lines) never comes here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.errors import Finding
from eligibility.engine.facts import Vocabulary
from eligibility.engine.linter.criteria import criterion_findings
from eligibility.engine.linter.printed import printed_findings
from eligibility.engine.linter.quotes import quote_findings
from eligibility.engine.linter.references import freshness_findings, reference_findings
from eligibility.engine.linter.requirements import requirement_findings
from eligibility.engine.linter.spaces import Spaces
from eligibility.engine.linter.tables import table_findings
from eligibility.engine.linter.telephones import telephone_findings
from eligibility.engine.linter.together import lint_together
from eligibility.engine.linter.units import unit_findings
from eligibility.engine.linter.walking import walk

__all__ = ["lint", "lint_together", "walk"]


def lint(
    document: ProgrammeDocument,
    vocabulary: Vocabulary,
    texts: Mapping[str, Sequence[str]] | None = None,
    *,
    checked: Mapping[str, date] | None = None,
    today: date | None = None,
) -> list[Finding]:
    """Every finding, errors and warnings.

    texts: the lines of each source document by its name, to compare quotes and figures with; None leaves that out.
    checked: when each source document was last checked, by its name; with `today` (None leaves it out) a source that
    nobody checked for 12 months is a warning.
    """
    spaces = Spaces(vocabulary)
    findings = [
        *reference_findings(document),
        *criterion_findings(document, vocabulary),
        *unit_findings(document, vocabulary),
        *table_findings(document, spaces),
        *requirement_findings(document, spaces),
    ]
    if texts is not None:
        findings += [*quote_findings(document, texts), *printed_findings(document, vocabulary)]
        findings += telephone_findings(document)
    if today is not None:
        findings += freshness_findings(document, checked or {}, today)
    return findings
