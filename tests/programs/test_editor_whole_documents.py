"""No JSON by hand: every page gives back what it was given, and whole documents are made by posting forms only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from eligibility.engine.document import ProgrammeDocument, dump_document, read_document
from eligibility.engine.hashing import document_hash
from programs import paths
from programs.desk.editor.building import Builder
from programs.desk.editor.formtree import FieldNode, Node, problems_of
from programs.desk.editor.saving import put
from programs.desk.editor.sections import PAGES, Place, Style, place_at, section_paths
from programs.desk.editor.surroundings import surroundings_of
from programs.desk.editor.typed import typed_data
from programs.models import AuditEntry, Draft
from tests.programs.html_forms import read_form, sent
from tests.programs.officers import correction_of, writer

pytestmark = pytest.mark.django_db

NAMES = {"schema_version", "program", "version"}  # given when the draft is made


def pages_of(document: Any) -> Iterator[Place]:
    """Every page of a document, those of its criteria too."""
    for path in section_paths(document):
        yield from _from(document, path)


def _from(document: Any, path: str) -> Iterator[Place]:
    place = place_at(document, path)
    yield place
    if place.style is Style.LIST:
        for number in range(len(place.stored or [])):
            if path != "frames":  # its parts are sections of the list
                yield from _from(document, f"{path}.{number}")
    else:
        yield from (place_at(document, inner) for inner in _criteria(place.stored, path))
        if place.kept == {"criterion"} and "criterion" in place.stored:
            yield place_at(document, f"{path}.criterion")


def _criteria(data: Any, path: str) -> Iterator[str]:
    """The paths of criteria within plain data."""
    if isinstance(data, list):
        for number, item in enumerate(data):
            yield from _criteria_at(item, f"{path}.{number}")
    elif isinstance(data, dict):
        for key, value in data.items():
            if key in ("requirements", "expenses", "benefit"):
                continue
            yield from _criteria_at(value, f"{path}.{key}")


def _criteria_at(value: Any, path: str) -> Iterator[str]:
    *_, group, name = path.split(".")
    if isinstance(value, dict) and (name in ("when", "criterion", "of") or group == "of"):
        yield path
    yield from _criteria(value, path)


def leaves(data: Any, path: str = "") -> Iterator[str]:
    """The path of every plain value, a list of plain values being one."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(data, list) and any(isinstance(item, dict | list) for item in data):
        for number, item in enumerate(data):
            yield from leaves(item, f"{path}.{number}")
    else:
        yield path


def root_of(place: Place) -> Any:
    return place.root_of(place.stored["kind"]) if place.style in (Style.CRITERION, Style.BENEFIT) else place.root


def tree_of(place: Place, document: Any, *, is_checked: bool = True) -> Node:
    root = root_of(place)
    return Builder(surroundings_of(document), is_checked=is_checked).root(root, typed_data(root, place.stored))


def test_every_page_of_every_document_gives_back_what_it_was_given(shipped_documents: list[ProgrammeDocument]) -> None:
    for shipped in shipped_documents:
        document = dump_document(shipped)
        for place in pages_of(document):
            if place.style is Style.LIST:
                continue
            tree = tree_of(place, document)

            assert problems_of(tree) == [], place.path
            assert put(place, tree.value()) == place.stored, place.path


def test_every_value_of_every_document_can_be_edited_on_some_page(shipped_documents: list[ProgrammeDocument]) -> None:
    for shipped in shipped_documents:
        document = dump_document(shipped)
        editable = set(NAMES)
        for place in pages_of(document):
            if place.style is Style.LIST:
                continue
            nodes = tree_of(place, document).walk()
            editable |= {f"{place.store}.{node.path}" for node in nodes if isinstance(node, FieldNode)}
            if place.style in (Style.CRITERION, Style.BENEFIT):
                editable.add(f"{place.store}.kind")  # chosen on the page's first step

        assert set(leaves(document)) - editable == set()


def test_every_page_of_the_table_is_reached() -> None:
    """A part that the schema gets later must be put into the table."""
    fields = {name for name in ProgrammeDocument.model_fields if name not in NAMES}

    assert fields == {path for path in PAGES if "." not in path}


@pytest.mark.parametrize("program", ["jizokuka", "dx-toshi-zeisei"])
def test_a_page_sent_back_as_the_browser_got_it_changes_nothing(programmes: None, client: Client, program: str) -> None:
    user = writer()
    client.force_login(user)
    draft = correction_of(program, user)
    before = document_hash(read_document(draft.document))
    pages = [place.path for place in pages_of(draft.document) if place.style is not Style.LIST]

    for path in pages:
        address = f"/admin/desk/{draft.pk}/edit/s/{path}/"
        form = read_form(client.get(address).content)
        assert set(form.described_by) <= form.ids, path
        answer = client.post(address, sent(form.pairs, op="save"))
        assert answer.status_code == 302, path

    stored = Draft.objects.get(pk=draft.pk).document
    assert stored == draft.document
    assert document_hash(read_document(stored)) == before
    assert not AuditEntry.objects.filter(draft=draft, action="編集").exists()


class Officer:
    """Writes a document by posting the forms of its pages, one after the other, as a person would."""

    def __init__(self, client: Client, draft: Draft) -> None:
        self._client = client
        self._draft = draft

    def write(self, document: dict[str, Any]) -> None:
        for path in ("sources", "identity", "time", "practice", "readings"):
            if path in document:
                self._form(path, document[path])
        for number, requirement in enumerate(document.get("requirements", [])):
            self._requirement("requirements", number, requirement)
        for number, frame in enumerate(document["frames"]):
            self._frame(number, frame)
        self._form("time", document["time"])  # again, now that its rounds can name the frames

    def _frame(self, number: int, frame: dict[str, Any]) -> None:
        self._form("frames.new", frame)
        for place, requirement in enumerate(frame.get("requirements", [])):
            self._requirement(f"frames.{number}.requirements", place, requirement)
        for name in ("expenses", "benefit"):
            self._form(f"frames.{number}.{name}", frame[name])
            self._criteria(f"frames.{number}.{name}", frame[name])

    def _requirement(self, path: str, number: int, requirement: dict[str, Any]) -> None:
        self._form(f"{path}.new", requirement)
        if "criterion" in requirement:
            self._criterion(f"{path}.{number}.criterion", requirement["criterion"])

    def _criteria(self, path: str, data: Any) -> None:
        for inner in _criteria(data, path):
            relative = inner.removeprefix(f"{path}.")
            if ".of" not in relative:
                self._criterion(inner, paths.read(data, relative))

    def _criterion(self, path: str, criterion: dict[str, Any]) -> None:
        self._form(path, criterion)
        parts = criterion.get("of", [])
        if isinstance(parts, dict):
            self._criterion(f"{path}.of", parts)
            return
        for number, part in enumerate(parts):
            self._form(f"{path}.of.new", part)
            inner = part.get("of")
            for place in inner if isinstance(inner, list) else []:
                self._form(f"{path}.of.{number}.of.new", place)
            if isinstance(inner, dict):
                self._criterion(f"{path}.of.{number}.of", inner)

    def _form(self, path: str, data: Any) -> None:
        address = f"/admin/desk/{self._draft.pk}/edit/s/{path}/"
        self._draft.refresh_from_db()
        place = place_at(self._draft.document, path)
        kind = data.get("kind", "") if place.style in (Style.CRITERION, Style.BENEFIT) else ""
        query = {"kind": kind, "fact": data.get("fact", "")} if kind else {}
        page = read_form(self._client.get(address, query).content)
        stamps = {name: value for name, value in page.pairs if name in ("stamp", "around")}
        root = place.root_of(kind) if kind else place.root
        typed = dict(posted(typed_data(root, data), "f"))
        answer = self._client.post(address, {**typed, **stamps, "kind": kind, "op": "save"})
        assert answer.status_code == 302, (path, answer.status_code)


def posted(typed: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The inputs of typed data, all but the sealed criteria: nobody can type those."""
    if isinstance(typed, dict):
        yield f"{name}-here", "1"
        for key, value in typed.items():
            if key not in ("when", "of", "criterion"):
                yield from posted(value, f"{name}-{key}")
    elif isinstance(typed, list) and any(isinstance(row, dict) for row in typed):
        yield f"{name}-total", str(len(typed))
        for number, row in enumerate(typed):
            yield from posted(row, f"{name}-{number}")
    elif typed is not None:
        yield name, typed


@pytest.mark.parametrize("program", ["dx-toshi-zeisei", "it-donyu", "jizokuka"])
def test_a_document_is_written_from_nothing_by_posting_forms(
    shipped_documents: list[ProgrammeDocument], client: Client, program: str
) -> None:
    shipped = next(document for document in shipped_documents if document.program == program)
    target = dump_document(shipped)
    user = writer()
    client.force_login(user)
    draft = Draft.objects.create(
        program=program,
        version=shipped.version,
        document={name: target[name] for name in NAMES},
        created_by=user,
        updated_by=user,
    )

    Officer(client, draft).write(target)

    draft.refresh_from_db()
    assert draft.document == target
    assert document_hash(read_document(draft.document)) == document_hash(shipped)
