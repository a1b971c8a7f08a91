"""Makes the tree of a page's form from what is typed in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from eligibility.engine.citations import Cite
from eligibility.engine.labels import description_of, title_of
from programs.desk.editor.cites import place_of
from programs.desk.editor.controls import control_of
from programs.desk.editor.criteria import sentence_of
from programs.desk.editor.formtree import (
    AbsentNode,
    CriteriaNode,
    CriterionNode,
    FieldNode,
    KeptNode,
    Node,
    PartNode,
    RowsNode,
)
from programs.desk.editor.schema import Model, Shape, Spec, specs_of
from programs.desk.editor.summaries import summary_of
from programs.desk.editor.surroundings import Surroundings
from programs.desk.editor.typed import PREFIX, Root, unseal


class Builder:
    """Makes the nodes. `is_checked`: what is typed is validated; else it is only shown.

    `leads_to`: the path within the page that is opened next: blank rows on the way there are kept.
    """

    def __init__(self, around: Surroundings, *, is_checked: bool, leads_to: str = "") -> None:
        self._around = around
        self._is_checked = is_checked
        self._leads_to = leads_to
        self._kept: Mapping[str, Any] = {}

    def root(self, root: Root, typed: Any, kept: Mapping[str, Any] | None = None) -> PartNode | RowsNode:
        """The tree of a page. `kept`: what is stored in the fields that have pages of their own."""
        self._kept = kept or {}
        if root.is_list:
            about = {"title": title_of(root.model), "is_required": root.is_required}
            return self._rows(root.model, typed, PREFIX, "", about)
        node = self._part(root.model, specs_of(root.model), typed, PREFIX, "", {"title": title_of(root.model)})
        node.kind = root.kind
        return node

    def _part(
        self, model: Model, specs: tuple[Spec, ...], typed: Any, id_: str, path: str, about: Mapping[str, Any]
    ) -> PartNode:
        form = self._form(specs, typed, id_)
        items = [
            self._item(spec, form, typed[spec.name], id_, path) if spec.name in typed else self._kept_node(spec, id_)
            for spec in specs
        ]
        node = PartNode(items=items, model=model, path=path, id=id_, **about)
        if model is Cite:
            node.source_url = place_of(self._around, str(typed["source"]), str(typed["lines"]))
        return node

    def _kept_node(self, spec: Spec, id_: str) -> KeptNode:
        data = self._kept.get(spec.name)
        is_criterion = spec.shape is Shape.CRITERION
        return KeptNode(
            path=spec.name,
            id=f"{id_}-{spec.name}",
            title=spec.title,
            help=spec.help,
            is_required=spec.is_required,
            one_of=spec.one_of,
            summary="条件はありません" if is_criterion else summary_of(spec.name, data),
            sentence=sentence_of(data, self._around.vocabulary) if is_criterion else "",
        )

    def _form(self, specs: tuple[Spec, ...], typed: Mapping[str, Any], id_: str) -> forms.Form:
        scalars = [spec for spec in specs if spec.shape is Shape.SCALAR and spec.name in typed]
        sent = {f"{id_}-{spec.name}": typed[spec.name] for spec in scalars if typed[spec.name] != ""}
        form = forms.Form(sent if self._is_checked else None, prefix=id_, initial=dict(typed), auto_id="%s")
        form.fields |= {spec.name: control_of(spec)(spec, self._around, typed) for spec in scalars}
        return form

    def _item(self, spec: Spec, form: forms.Form, typed: Any, id_: str, path: str) -> Node:
        id_, path = f"{id_}-{spec.name}", f"{path}.{spec.name}" if path else spec.name
        about: dict[str, Any] = {"title": spec.title, "help": spec.help, "is_required": spec.is_required}
        about["one_of"] = spec.one_of
        match spec.shape:
            case Shape.SCALAR:
                node = FieldNode(bound=form[spec.name], default=spec.default, path=path, id=id_, **about)
                node.help = _sentences(spec.help, node.field.advice)
                node.fills_itself = node.field.fills_itself
                return node
            case Shape.ONE if typed is None:
                return AbsentNode(path=path, id=id_, **about)
            case Shape.ONE:
                about["is_optional"] = not spec.is_required
                return self._part(spec.base, specs_of(spec.base), typed, id_, path, about)
            case Shape.MANY:
                about["help"] = spec.help or description_of(spec.base)
                return self._rows(spec.base, typed, id_, path, about)
            case Shape.CRITERION:
                return self._criterion(typed, id_, path, about)
            case _:
                return self._criteria(typed, id_, path, about)

    def _rows(self, model: Model, typed: list[Any], id_: str, path: str, about: Mapping[str, Any]) -> RowsNode:
        rows = [
            self._part(
                model,
                specs_of(model),
                row,
                f"{id_}-{number}",
                f"{path}.{number}" if path else str(number),
                {"title": about["title"], "number": number + 1, "is_last": number + 1 == len(typed)},
            )
            for number, row in enumerate(typed)
        ]
        return RowsNode(
            rows=rows, model=model, path=path, id=id_, keeps_blank=self._leads_to.startswith(f"{path}."), **about
        )

    def _criterion(self, sealed: str, id_: str, path: str, about: Mapping[str, Any]) -> CriterionNode:
        data = unseal(sealed)
        sentence = sentence_of(data, self._around.vocabulary)
        return CriterionNode(sealed=sealed, data=data, sentence=sentence, path=path, id=id_, **about)

    def _criteria(self, typed: list[str], id_: str, path: str, about: Mapping[str, Any]) -> CriteriaNode:
        rows = [
            self._criterion(
                sealed,
                f"{id_}-{number}",
                f"{path}.{number}",
                {"title": about["title"], "number": number + 1, "is_last": number + 1 == len(typed)},
            )
            for number, sealed in enumerate(typed)
        ]
        return CriteriaNode(rows=rows, path=path, id=id_, **about)


def _sentences(first: str, second: str) -> str:
    return f"{first}{'' if not first or first.endswith('。') else '。'}{second}" if second else first
