"""A page with a form (入力のページ): shown, its rows changed, saved, refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from eligibility.engine.errors import Finding
from eligibility.engine.labels import description_of
from programs import paths
from programs.desk.editor.base import CONFLICT, EditorPage, gone, url_of
from programs.desk.editor.building import Builder
from programs.desk.editor.cites import with_quotes
from programs.desk.editor.findings import placed
from programs.desk.editor.formtree import KeptNode, PartNode, Problem, RowsNode, problems_of
from programs.desk.editor.register import with_register
from programs.desk.editor.sections import NEW, PATH, Place, PlaceGone
from programs.desk.editor.typed import OperationRefused, Root, changed, collected, typed_data
from programs.desk.pages import UNPROCESSABLE
from programs.drafts import DraftRefused, StaleSection
from programs.models import Draft

_ROWS = ("add", "remove", "up", "down", "write", "drop")
SAVED = "保存しました。"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of its form, and why."""

    tree: PartNode | RowsNode
    problems: list[Problem]
    findings: list[Finding]
    is_unsaved: bool = False


class FormPage(EditorPage):
    """Subclasses add what stands around the form."""

    template = "desk/editor/form.html"

    def __init__(self, request: HttpRequest, draft: Draft, place: Place, root: Root) -> None:
        super().__init__(request, draft, place)
        self.root = root

    def extra(self) -> dict[str, Any]:
        """What the template needs besides the form."""
        return {}

    def show(self, data: Any) -> HttpResponse:
        """The form of `data`: of what is stored, or of what is proposed instead."""
        is_stored = data == self.place.stored
        tree = self._tree(typed_data(self.root, data), is_checked=False)
        findings = placed(tree, self.checked.findings, self.place.path) if is_stored else []
        return self._page(Shown(tree, [], findings, is_unsaved=not is_stored))

    def post(self) -> HttpResponse:
        """A button of the form: rows are changed and shown again unsaved; everything else saves first."""
        typed = collected(self.root, self.request.POST)
        action, _, path = self.request.POST.get("op", "save").partition(":")
        if action in _ROWS:
            return self._with_rows(typed, action, path)
        if action not in ("save", "back", "go") or (action == "go" and not PATH.fullmatch(path)):
            raise BadRequest("no such button")
        tree = self._tree(typed, is_checked=True, leads_to=path if action == "go" else "")
        problems = problems_of(tree) or self._blank(tree)
        if problems:
            return self._page(Shown(tree, problems, [], is_unsaved=True), status=UNPROCESSABLE)
        return self._saved(tree, self._value(tree), f"{action}:{path}")

    def _blank(self, tree: PartNode | RowsNode) -> list[Problem]:
        if not self.place.is_new or tree.value() or self.request.POST.get("copy"):
            return []
        return [Problem(tree.id, "まだ何も書かれていません。")]

    def _with_rows(self, typed: Any, action: str, path: str) -> HttpResponse:
        try:
            typed = changed(self.root, typed, action, path)
        except OperationRefused as refused:
            messages.error(self.request, str(refused))
        return self._page(Shown(self._tree(typed, is_checked=False), [], [], is_unsaved=True))

    def _value(self, tree: PartNode | RowsNode) -> Any:
        value = with_quotes(tree.value(), self.around)
        if self.place.path == "sources" and value:
            value = with_register(value, self.around.registered)
        return self.completed([] if value is None else value)

    def completed(self, value: Any) -> Any:
        """What is saved for what the form says."""
        return value

    def _saved(self, tree: PartNode | RowsNode, value: Any, button: str) -> HttpResponse:
        try:
            now = self.save(value)
        except StaleSection as stale:
            return self.stale(stale, value)
        except PlaceGone:
            return gone(self.request, self.draft)
        except DraftRefused as refused:
            messages.error(self.request, str(refused))
            self.draft.refresh_from_db()
            return self._page(Shown(tree, [], [], is_unsaved=True), status=CONFLICT)
        return self._onward(now, button)

    def _onward(self, now: Place, button: str) -> HttpResponse:
        action, _, path = button.partition(":")
        if action == "back":
            return self.saved(self.parent, SAVED, spot=self.spot_in_parent(now.store))
        if action == "go":  # an empty fragment: else browsers keep the one of this page
            return redirect(url_of(self.draft, f"{now.store}.{path}") + "#")
        return self.saved(now.store, SAVED)

    def _tree(self, typed: Any, *, is_checked: bool, leads_to: str = "") -> PartNode | RowsNode:
        builder = Builder(self.around, is_checked=is_checked, leads_to=leads_to)
        return builder.root(self.root, typed, self._kept())

    def _kept(self) -> dict[str, Any]:
        stored = self.place.stored if isinstance(self.place.stored, dict) else {}
        return {name: stored.get(name) for name in self.place.kept}

    def _page(self, shown: Shown, *, status: int = 200) -> HttpResponse:
        nodes = [node for node in shown.tree.walk() if node.findings]
        for node in shown.tree.nodes:
            if isinstance(node, KeptNode) and not self.place.is_new:
                node.url = url_of(self.draft, f"{self.place.path}.{node.path}")
        context = {
            "root_nodes": shown.tree.shown if isinstance(shown.tree, PartNode) else [shown.tree],
            "lead": "" if self.root.kind else description_of(self.root.model),
            "kind": self.root.kind,
            "problems": shown.problems,
            "findings": shown.findings,
            "nodes_with_findings": nodes,
            "is_unsaved": shown.is_unsaved,
            "copies": [],
            "copied": self.request.POST.get("copy", ""),
        }
        return self.render(self.template, context | self.extra(), status=status)


class NewItemPage(FormPage):
    """The next part of a list, blank or as a copy of another one of the draft; what is typed here wins."""

    def extra(self) -> dict[str, Any]:
        return {"copies": self._copies()}

    def completed(self, value: Any) -> Any:
        wanted = self.request.POST.get("copy", "")
        if not wanted:
            return value
        if wanted not in dict(self._copies()):
            raise BadRequest("no such part to copy")
        return {**paths.read(self.draft.document, wanted), **value}

    def _copies(self) -> list[tuple[str, str]]:
        document = self.draft.document
        if self.place.path == f"frames.{NEW}":
            return _items(document, "frames", "")
        frames = _items(document, "frames", "")
        own = [copy for path, name in frames for copy in _items(document, f"{path}.requirements", f"{name}：")]
        return [*_items(document, "requirements", "共通の要件："), *own]


def _items(document: Any, path: str, prefix: str) -> list[tuple[str, str]]:
    items = paths.read(document, path)
    return [
        (f"{path}.{number}", f"{prefix}{item.get('name_ja') or item.get('text') or number + 1}")
        for number, item in enumerate(items if isinstance(items, list) else [])
        if isinstance(item, dict)
    ]
