"""Which part of the document stands on which page (章): the one table of pages, and a page's place by its path.

A path is the document's own, dotted (`frames.0.benefit`); `new` at its end is the next item of that list. It is only
ever followed along the schema: what the schema does not have has no page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from eligibility.engine.document import ProgrammeDocument
from programs.desk.editor.schema import Model, Shape, Spec, kinds_of, spec_of
from programs.desk.editor.typed import Root
from programs.words.comparison import label_of

NEW = "new"
PATH = re.compile(r"[a-z_]+(\.([a-z_]+|\d{1,4})){0,20}")


class NoSuchPlace(LookupError):
    """The document has no page for that path, whatever is in it."""


class PlaceGone(LookupError):
    """The page was one of this draft, but what it edits is not in the document any more."""


class Style(Enum):
    FORM = "form"
    LIST = "list"  # parts that have pages of their own
    BENEFIT = "benefit"
    CRITERION = "criterion"


@dataclass(frozen=True, slots=True)
class Page:
    """A row of the table. `kept`: fields of the part that have pages of their own."""

    title: str
    style: Style = Style.FORM
    kept: frozenset[str] = frozenset()


# Criteria are not listed: wherever the schema has one, it has a page.
PAGES: dict[str, Page] = {
    "identity": Page("制度の基本"),
    "time": Page("時期・公募回"),
    "sources": Page("出典"),
    "requirements": Page("共通の要件", Style.LIST),
    "requirements.*": Page("要件", kept=frozenset({"criterion"})),
    "frames": Page("枠", Style.LIST),
    "frames.*": Page("枠の名前", kept=frozenset({"requirements", "expenses", "benefit"})),
    "frames.*.requirements": Page("枠の要件", Style.LIST),
    "frames.*.requirements.*": Page("要件", kept=frozenset({"criterion"})),
    "frames.*.expenses": Page("対象経費"),
    "frames.*.benefit": Page("支援の内容", Style.BENEFIT),
    "practice": Page("書類・手続き"),
    "readings": Page("読み"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A page of one draft: what it edits, and the path where that is stored."""

    path: str
    title: str
    style: Style
    model: Model | None
    stored: Any
    store: str
    is_list: bool = False
    is_item: bool = False
    kept: frozenset[str] = frozenset()
    is_required: bool = False

    @property
    def short_title(self) -> str:
        """Within its parents' titles."""
        return self.title.rpartition(" › ")[2]

    @property
    def is_new(self) -> bool:
        return self.path.rpartition(".")[2] == NEW

    @property
    def root(self) -> Root:
        """What its form edits, where that does not depend on a kind."""
        if self.model is None:
            raise NoSuchPlace(self.path)
        return Root(self.model, self.is_list, self.kept, is_required=self.is_required)

    def root_of(self, kind: str) -> Root:
        """What its form edits for a kind of criterion or benefit. Raises NoSuchPlace for a kind that there is not."""
        shape = Shape.BENEFIT if self.style is Style.BENEFIT else Shape.CRITERION
        if kind not in kinds_of(shape):
            raise NoSuchPlace(kind)
        return Root(kinds_of(shape)[kind], kind=kind)


def place_at(document: Any, path: str) -> Place:
    """The page at a path of a draft's document. Raises NoSuchPlace, PlaceGone."""
    steps = path.split(".")
    if not PATH.fullmatch(path) or NEW in steps[:-1]:  # what is not there yet has no parts
        raise NoSuchPlace(path)
    spot = _Spot(Shape.ONE, None, ProgrammeDocument, document)
    store: list[str] = []
    for step in steps:
        store.append(str(len(spot.rows)) if step == NEW else step)
        spot = spot.step(step)
    return _place(path, ".".join(store), spot, document)


def _place(path: str, store: str, spot: _Spot, document: Any) -> Place:
    steps = path.split(".")
    if spot.is_gone:
        raise PlaceGone(path)
    if spot.shape in (Shape.CRITERION, Shape.BENEFIT):
        style = Style.CRITERION if spot.shape is Shape.CRITERION else Style.BENEFIT
        page = Page("条件" if style is Style.CRITERION else PAGES["frames.*.benefit"].title, style)
    else:
        found = PAGES.get(".".join("*" if step == NEW or step.isdigit() else step for step in steps))
        if found is None:
            raise NoSuchPlace(path)
        page = found
    return Place(
        path=path,
        title=_title(page, path, document),
        style=page.style,
        model=spot.model,
        stored=spot.data,
        store=store,
        is_list=spot.is_list,
        is_item=steps[-1] == NEW or steps[-1].isdigit(),
        kept=page.kept,
        is_required=spot.spec is not None and spot.spec.is_required,
    )


def _title(page: Page, path: str, document: Any) -> str:
    if path in PAGES:
        return page.title
    if path.endswith(f".{NEW}"):
        return f"新しい{page.title.removesuffix('の名前')}"
    if page.style is Style.CRITERION or path.count(".") == 1 or path.rpartition(".")[2].isdigit():
        return label_of(path, document)
    return f"{label_of('.'.join(path.split('.')[:2]), document)} › {page.title}"


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a walk along the schema and the data stands."""

    shape: Shape
    spec: Spec | None
    model: Model | None
    data: Any
    is_gone: bool = False

    @property
    def is_list(self) -> bool:
        return self.shape in (Shape.MANY, Shape.CRITERIA)

    @property
    def rows(self) -> list[Any]:
        return self.data if isinstance(self.data, list) else []

    def step(self, step: str) -> _Spot:
        if self.is_list:
            return self._item(step)
        if self.model is None or (self.data is not None and not isinstance(self.data, dict)):
            raise NoSuchPlace(step)
        try:
            spec = spec_of(self.model, step)
        except KeyError as error:
            raise NoSuchPlace(step) from error
        if spec.shape is Shape.SCALAR:
            raise NoSuchPlace(step)
        value = self.data.get(step) if isinstance(self.data, dict) else None
        return _Spot(spec.shape, spec, _model_of(spec, value), value, self.is_gone)

    def _item(self, step: str) -> _Spot:
        shape = Shape.ONE if self.shape is Shape.MANY else Shape.CRITERION
        if not (step == NEW or step.isdigit()) or self.spec is None:
            raise NoSuchPlace(step)
        if step == NEW:
            return _Spot(shape, self.spec, _model_of(self.spec, None), None, self.is_gone)
        is_gone = self.is_gone or int(step) >= len(self.rows)
        value = None if is_gone else self.rows[int(step)]
        return _Spot(shape, self.spec, _model_of(self.spec, value), value, is_gone)


def _model_of(spec: Spec, value: Any) -> Model | None:
    """The model of a field's parts; of a criterion or benefit that of its kind, None while it has none."""
    if spec.shape in (Shape.ONE, Shape.MANY):
        found: Model = spec.base
        return found
    kind = value.get("kind") if isinstance(value, dict) else None
    kinds = kinds_of(Shape.BENEFIT if spec.shape is Shape.BENEFIT else Shape.CRITERION)
    return kinds.get(kind) if isinstance(kind, str) else None


def parents_of(document: Any, path: str) -> list[Place]:
    """The pages around a page, the outermost first."""
    steps = path.split(".")
    return [place for size in range(1, len(steps)) for place in _pages(document, ".".join(steps[:size]))]


def _pages(document: Any, path: str) -> Iterator[Place]:
    """The page at a path, if it has one."""
    try:
        place = place_at(document, path)
    except LookupError:
        return
    yield place


def section_paths(document: Any) -> list[str]:
    """The pages that the entry page lists, in reading order, with those of every frame of the draft."""
    frames = document.get("frames") if isinstance(document, dict) else None
    count = len(frames) if isinstance(frames, list) else 0
    paths: list[str] = []
    for pattern in PAGES:
        if "*" not in pattern:
            paths.append(pattern)
        if pattern == "frames":
            own = [page for page in PAGES if page.startswith("frames.*") and page.count("*") == 1]
            paths += [page.replace("*", str(number)) for number in range(count) for page in own]
    return paths


def nearest_page(document: Any, path: str) -> str:
    """The page nearest to a path of the document, as findings name them; "" where that is the list of sections."""
    steps = path.split(".")
    prefixes = (".".join(steps[:size]) for size in range(len(steps), 0, -1))
    return next((place.path for prefix in prefixes for place in _pages(document, prefix)), "")


def neighbourhood(document: Any, place: Place) -> list[Any]:
    """What tells the rows that a path leads through from those beside them: their names, or all that is in them.

    A page must not be saved into another row that has moved to its number meanwhile.
    """
    found: list[Any] = []
    data, steps = document, place.path.split(".")
    for number, step in enumerate(steps):
        if step == NEW:
            break
        data = data[int(step)] if step.isdigit() else data.get(step) if isinstance(data, dict) else None
        is_itself = number == len(steps) - 1
        if step.isdigit() and isinstance(data, dict):
            name = data.get("slug") or data.get("id")
            found.append(name if name or is_itself else data)
    return found
