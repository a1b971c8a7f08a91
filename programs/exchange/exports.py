"""Documents as files (書き出し): canonical YAML or JSON, one or many, the same bytes for the same documents."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Literal

from eligibility.engine.document import ProgrammeDocument
from programs.case_files import export_cases
from programs.documents import CASES, document_of
from programs.models import Revision
from programs.selectors import revisions_in_force
from programs.yaml import write_document, write_json

Form = Literal["yaml", "json"]
FORMS: tuple[Form, ...] = ("yaml", "json")
_WRITERS = {"yaml": write_document, "json": write_json}
# ZIP has no time before this one; the time of the download would make other bytes each time.
_MOMENT = (1980, 1, 1, 0, 0, 0)


class NothingInForce(LookupError):
    """Something was named that is not in force. The message, in Japanese, says what."""


def written(document: ProgrammeDocument, form: Form) -> str:
    return _WRITERS[form](document)


def in_force(names: Iterable[str] = ()) -> list[Revision]:
    """The revisions in force of these: 「jizokuka」 is every version of it, 「jizokuka@r4-hosei2」 one; none is all.

    Raises NothingInForce with every name that stands for nothing.
    """
    wanted, revisions = list(names), list(revisions_in_force())
    if not wanted:
        return revisions
    missing = [name for name in wanted if not any(_is_called(revision, name) for revision in revisions)]
    if missing:
        raise NothingInForce("公開中の制度にありません：" + "、".join(missing))
    return [revision for revision in revisions if any(_is_called(revision, name) for name in wanted)]


def _is_called(revision: Revision, name: str) -> bool:
    return name in (revision.version.key, revision.version.programme.slug)


def exported(revisions: Iterable[Revision], form: Form) -> dict[str, str]:
    """File names with their texts: <slug>/<version>.<form>, and <slug>/cases.yaml beside them."""
    files: dict[str, str] = {}
    for revision in revisions:
        program = revision.version.programme.slug
        files[f"{program}/{revision.version.slug}.{form}"] = written(document_of(revision), form)
        files[f"{program}/{CASES}.yaml"] = export_cases(program)
    return dict(sorted(files.items()))


def archive(files: Mapping[str, str]) -> bytes:
    """A ZIP of text files: the same bytes whenever and wherever it is made of the same files."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # else it tells the system it was made on
            entry.external_attr = 0o644 << 16
            target.writestr(entry, files[name])
    return buffer.getvalue()
