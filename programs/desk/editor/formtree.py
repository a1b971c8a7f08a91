"""A page's form as a tree of plain Django forms (入力の木): one form a part, its fields in the schema's order.

Made from typed data (`programs.desk.editor.typed`); `value` gives the document's JSON back, without what is blank.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.utils.safestring import SafeString

from eligibility.engine.citations import Cite
from eligibility.engine.errors import Finding
from programs.desk.editor.choice_fields import flat
from programs.desk.editor.controls import typed_of
from programs.desk.editor.fields import DocumentField
from programs.desk.editor.layout import COLUMNS, FOLDED, Folded
from programs.desk.editor.schema import Model
from programs.desk.editor.typed import MAX_ROWS
from programs.words.document_words import short

_NAMES = ("name_ja", "name", "title", "text")
_NAME_LENGTH = 30


@dataclass(frozen=True, slots=True)
class Problem:
    """What was typed wrong, with the anchor of its input."""

    target: str
    message: str


@dataclass(slots=True, kw_only=True)
class Node:
    """A part of the form. `path`: dotted, from the root of the page; `id`: of its element and inputs.

    `is_required`, `one_of` (programs.desk.editor.schema.Spec) and `fills_itself` (DocumentField) are its mark.
    """

    template: ClassVar[str]
    path: str
    id: str
    title: str
    help: str = ""
    is_required: bool = False
    one_of: str = ""
    fills_itself: bool = False
    findings: list[Finding] = field(default_factory=list)

    def value(self) -> Any:
        """The document's JSON; None where nothing is written. Only of a checked tree."""
        raise NotImplementedError

    @property
    def nodes(self) -> list[Node]:
        return []

    @property
    def own_problems(self) -> list[Problem]:
        return []

    @property
    def name(self) -> str:
        """The field's name in the schema, or the number of a row."""
        return self.path.rpartition(".")[2]

    @property
    def is_used(self) -> bool:
        """Whether anything is written in it that is not its default."""
        return any(node.is_used for node in self.nodes)

    def walk(self) -> Iterator[Node]:
        yield self
        for node in self.nodes:
            yield from node.walk()

    @property
    def findings_id(self) -> str:
        return f"{self.id}-findings"

    @property
    def needs_attention(self) -> bool:
        return any(node.findings or node.own_problems for node in self.walk())


@dataclass(slots=True, kw_only=True)
class FieldNode(Node):
    """One input, or the inputs of one plain value."""

    template = "desk/editor/_field.html"
    bound: forms.BoundField
    default: Any

    @property
    def field(self) -> DocumentField:
        found: DocumentField = self.bound.field  # type: ignore[assignment]
        return found

    def value(self) -> Any:
        form = self.bound.form
        cleaned = form.cleaned_data[self.bound.name] if form.is_valid() else None
        is_blank = cleaned is None or (cleaned == [] and self.default is None)
        return None if is_blank or cleaned == self.default else cleaned

    @property
    def typed(self) -> Any:
        """Text, or a list of it; a bound form has None for what was not sent."""
        return self.bound.value() or ""

    @property
    def is_hidden(self) -> bool:
        return self.bound.is_hidden

    @property
    def chosen(self) -> str:
        """The label of a fixed choice."""
        return dict(flat(self.field.choices())).get(self.typed, self.typed)  # type: ignore[attr-defined]

    @property
    def kind(self) -> str:
        """The kind of criterion that a fixed choice belongs to."""
        return str(self.field.spec.owner.model_fields["kind"].default)

    @property
    def is_group(self) -> bool:
        """Several inputs under one legend."""
        return isinstance(self.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)

    @property
    def is_flag(self) -> bool:
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_used(self) -> bool:
        return self.typed not in ("", typed_of(self.field.spec, None))

    @property
    def echo(self) -> str:
        return self.field.echo(self.typed)

    @property
    def has_notes(self) -> bool:
        """Whether anything stands below the input."""
        return bool(self.errors or self.findings or self.echo or self.field.link[0])

    @property
    def errors(self) -> list[str]:
        return [str(error) for error in self.bound.errors] if self.bound.form.is_bound else []

    @property
    def own_problems(self) -> list[Problem]:
        return [Problem(self.id, f"{self.title}：{message}") for message in self.errors]

    @property
    def described_by(self) -> str:
        """The ids of what stands around the input."""
        parts = {"help": self.help, "echo": self.echo, "error": self.errors, "findings": self.findings}
        return " ".join(f"{self.id}-{name}" for name, is_there in parts.items() if is_there)

    @property
    def widget(self) -> SafeString:
        if self.is_hidden or self.is_group:
            return self.bound.as_widget()
        attrs = {"aria-describedby": self.described_by}
        if self.errors or any(finding.level == "error" for finding in self.findings):
            attrs["aria-invalid"] = "true"
        return self.bound.as_widget(attrs={name: value for name, value in attrs.items() if value})


@dataclass(slots=True, kw_only=True)
class Row(Node):
    """What may be a row of a list. `number`: from 1; 0 where it is none."""

    number: int = 0
    is_last: bool = False

    @property
    def list_id(self) -> str:
        return self.id.rpartition("-")[0]

    @property
    def id_above(self) -> str:
        return f"{self.list_id}-{self.number - 2}"

    @property
    def id_below(self) -> str:
        return f"{self.list_id}-{self.number}"


@dataclass(slots=True, kw_only=True)
class PartNode(Row):
    """A part: its fields in order. `cells`: the fields by column where rows are a table."""

    template = "desk/editor/_part.html"
    items: list[Node]
    model: Model
    kind: str = ""
    is_optional: bool = False
    source_url: str = ""

    @property
    def nodes(self) -> list[Node]:
        return self.items

    def value(self) -> dict[str, Any]:
        found = {node.name: node.value() for node in self.items}
        kind = {"kind": self.kind} if self.kind else {}
        return kind | {name: value for name, value in found.items() if value is not None}

    def item(self, name: str) -> Node:
        return next(node for node in self.items if node.name == name)

    @property
    def shown(self) -> list[Node | Fold]:
        """The fields as they are laid out, those that few need folded at the end."""
        return self._laid_out([node.name for node in self.items])

    @property
    def cells(self) -> list[tuple[str, list[Node | Fold]]]:
        return [(column.title, self._laid_out(column.names)) for column in COLUMNS[self.model]]

    def _laid_out(self, names: Iterable[str]) -> list[Node | Fold]:
        folded = FOLDED.get(self.model, Folded("", ()))
        plain: list[Node | Fold] = [self.item(name) for name in names if name not in folded.names]
        inner = [self.item(name) for name in names if name in folded.names]
        return [*plain, Fold(f"{self.id}-fold", folded.title, inner)] if inner else plain

    @property
    def caption(self) -> str:
        """What a row calls itself."""
        typed = (node.typed for node in self.items if isinstance(node, FieldNode) and node.bound.name in _NAMES)
        return short(next((str(text) for text in typed if text), ""), _NAME_LENGTH)

    @property
    def cited(self) -> str:
        """A citation in one line."""
        source, lines, quote = (str(self.item(name).typed) for name in ("source", "lines", "quote"))  # type: ignore[attr-defined]
        if not (source or lines or quote):
            return ""
        return f"{source} {lines}行「{quote if len(quote) <= _NAME_LENGTH else quote[:_NAME_LENGTH] + '…'}」"


@dataclass(frozen=True, slots=True)
class Fold:
    """Fields of a part behind a line that opens."""

    id: str
    title: str
    nodes: list[Node]
    template: ClassVar[str] = "desk/editor/_fold.html"

    @property
    def is_open(self) -> bool:
        return any(node.is_used or node.needs_attention for node in self.nodes)


@dataclass(slots=True, kw_only=True)
class AbsentNode(Node):
    """An optional part that is not written."""

    template = "desk/editor/_absent.html"

    def value(self) -> None:
        return None


@dataclass(slots=True, kw_only=True)
class RowsNode(Node):
    """Rows of parts. `keeps_blank`: rows in which nothing is written are kept too."""

    template = "desk/editor/_rows.html"
    rows: list[PartNode]
    model: Model
    keeps_blank: bool = False

    @property
    def nodes(self) -> list[Node]:
        return list(self.rows)

    def value(self) -> Any:
        rows = [value for row in self.rows if (value := row.value()) or self.keeps_blank]
        return rows or None

    @property
    def is_movable(self) -> bool:
        """A single row that must be there is only written over."""
        return len(self.rows) > 1 or not self.is_required

    @property
    def style(self) -> str:
        return "cites" if self.model is Cite else "table" if self.model in COLUMNS else "cards"

    @property
    def columns(self) -> list[str]:
        return [column.title for column in COLUMNS.get(self.model, ())]

    @property
    def summary(self) -> str:
        return "、".join(row.cited for row in self.rows if row.cited)

    @property
    def is_open(self) -> bool:
        """Citations fold while they are whole and nothing is said of them."""
        return self.needs_attention or not self.rows or not all(row.cited for row in self.rows)

    @property
    def own_problems(self) -> list[Problem]:
        if len(self.rows) <= MAX_ROWS:
            return []
        return [Problem(self.id, f"{self.title}：一つの一覧は{MAX_ROWS}行までです。行を減らしてください。")]


@dataclass(slots=True, kw_only=True)
class CriterionNode(Row):
    """A criterion, shown as its sentence and edited on its own page."""

    template = "desk/editor/_criterion.html"
    sealed: str
    data: Any
    sentence: str

    def value(self) -> Any:
        return self.data


@dataclass(slots=True, kw_only=True)
class CriteriaNode(Node):
    """The parts of a group of criteria."""

    template = "desk/editor/_criteria.html"
    rows: list[CriterionNode]

    @property
    def nodes(self) -> list[Node]:
        return list(self.rows)

    def value(self) -> Any:
        return [row.data for row in self.rows if row.data is not None] or None


@dataclass(slots=True, kw_only=True)
class KeptNode(Node):
    """A field of the page's part that is edited on a page of its own: shown in a line, kept as it is stored."""

    template = "desk/editor/_kept.html"
    summary: str
    sentence: str
    url: str = ""

    def value(self) -> None:
        return None


def problems_of(tree: Node) -> list[Problem]:
    """Everything typed wrong, in the order of the page."""
    return [problem for node in tree.walk() for problem in node.own_problems]
