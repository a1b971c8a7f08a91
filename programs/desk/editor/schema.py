"""What a form must know of the document's fields, read from their pydantic models (書式): nothing is modelled twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from eligibility.engine.benefit_terms import OpenBenefit, SubsidyBenefit, TaxBenefit
from eligibility.engine.citations import Lines, Yen
from eligibility.engine.criteria import BaseCriterion, Criterion
from eligibility.engine.document import Closing, Opening
from eligibility.engine.labels import description_of, hints_of, labels_of, title_of
from eligibility.engine.messages import message_of
from eligibility.engine.money import Rate

Model = type[BaseModel]
BENEFITS: tuple[Model, ...] = (SubsidyBenefit, TaxBenefit, OpenBenefit)


class Shape(Enum):
    """How a field stands in the tree of a page."""

    SCALAR = "scalar"  # one input, or several that make one plain value or list of plain values
    ONE = "one"  # a part within the page
    MANY = "many"  # rows of parts within the page
    CRITERION = "criterion"  # edited on a page of its own
    CRITERIA = "criteria"
    BENEFIT = "benefit"  # edited on a page of its own


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """One field. `default` is plain data, None where there is none; `base`: its type without Optional and list."""

    owner: Model
    name: str
    title: str
    help: str
    is_required: bool
    default: Any
    shape: Shape
    base: Any
    constraints: tuple[Any, ...]
    is_list: bool
    hints: Mapping[str, Any]
    labels: Mapping[str, str]
    adapter: TypeAdapter[Any]

    @property
    def one_of(self) -> str:
        """Words for a field of which, or of the others like it in its part, one must be written; "" for all others."""
        return str(self.hints.get("one_of", ""))

    def fault(self, value: Any) -> str:
        """Why the document would refuse this value here, in Japanese; "" if it would not."""
        try:
            self.adapter.validate_python(value)
        except ValidationError as error:
            return message_of(error.errors()[0])
        return ""


@cache
def specs_of(model: Model) -> tuple[Spec, ...]:
    """The fields of a model in its order, without the `kind` that tells variants apart: that is chosen beforehand."""
    names = [name for name in model.model_fields if not (name == "kind" and is_variant(model))]
    return tuple(_spec(model, name) for name in names)


@cache
def spec_of(model: Model, name: str) -> Spec:
    """The field `name` of a model. Raises KeyError where it has none."""
    return {spec.name: spec for spec in specs_of(model)}[name]


def is_variant(model: Model) -> bool:
    """One of several models that may stand in the same place, told apart by their `kind`."""
    return issubclass(model, BaseCriterion) or model in BENEFITS


def criterion_models() -> tuple[Model, ...]:
    """The closed set of kinds of criteria, as the schema lists them."""
    return get_args(get_args(Criterion)[0])


@cache
def kinds_of(shape: Shape) -> dict[str, Model]:
    """The models that may stand where a criterion or a benefit does, by their `kind`."""
    models = BENEFITS if shape is Shape.BENEFIT else criterion_models()
    return {kind: model for model in models for kind in get_args(model.model_fields["kind"].annotation)}


def kind_title(shape: Shape, kind: str) -> str:
    return labels_of(kinds_of(shape)[kind], "kind")[kind]


def kind_help(shape: Shape, kind: str) -> str:
    """When to use it, in one sentence."""
    return description_of(kinds_of(shape)[kind])


def _spec(owner: Model, name: str) -> Spec:
    field = owner.model_fields[name]
    base, constraints, is_list = _unwrapped(field)
    is_required = field.is_required() or any(getattr(part, "min_length", None) for part in field.metadata if is_list)
    return Spec(
        owner=owner,
        name=name,
        title=field.title or (title_of(base) if isinstance(base, type) and issubclass(base, BaseModel) else name),
        help=field.description or "",
        is_required=is_required,
        default=_default(field),
        shape=_shape(base, is_list),
        base=base,
        constraints=constraints,
        is_list=is_list,
        hints=hints_of(field),
        labels=labels_of(owner, name),
        adapter=TypeAdapter(_annotated(field)),
    )


def _annotated(field: FieldInfo) -> Any:
    if field.discriminator is not None or not field.metadata:
        return field.annotation
    return Annotated.__class_getitem__((field.annotation, *field.metadata))  # type: ignore[attr-defined]


def _default(field: FieldInfo) -> Any:
    default = field.get_default(call_default_factory=False)
    if default is PydanticUndefined or isinstance(default, BaseModel):
        return None
    return list(default) if isinstance(default, tuple) else default


def _unwrapped(field: FieldInfo) -> tuple[Any, tuple[Any, ...], bool]:
    """The type that a field holds, what restricts it, and whether it holds a list of it."""
    annotation, constraints = _plain(field.annotation, tuple(field.metadata))
    if get_origin(annotation) is tuple:
        return *_plain(get_args(annotation)[0], ()), True
    return annotation, constraints, False


def _plain(annotation: Any, constraints: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Without Annotated and `| None`."""
    if get_origin(annotation) is Annotated:
        inner, *rest = get_args(annotation)
        found = [part for item in rest for part in (item.metadata if isinstance(item, FieldInfo) else [item])]
        return _plain(inner, (*found, *constraints))
    if get_origin(annotation) in (Union, UnionType):
        parts = [part for part in get_args(annotation) if part is not NoneType]
        if len(parts) == 1:
            return _plain(parts[0], constraints)
    return annotation, constraints


def _shape(base: Any, is_list: bool) -> Shape:
    if get_origin(base) in (Union, UnionType):
        variants = get_args(base)
        if variants == BENEFITS:
            return Shape.BENEFIT
        return Shape.CRITERIA if is_list else Shape.CRITERION
    if isinstance(base, type) and issubclass(base, BaseModel):
        return Shape.MANY if is_list else Shape.ONE
    return Shape.SCALAR


def constraints_of(alias: Any) -> tuple[Any, ...]:
    """What a named type of the schema (Yen, Rate, Lines…) is restricted by: this is how a field of it is known."""
    return _plain(alias, ())[1]


YEN = constraints_of(Yen)
RATE = constraints_of(Rate)
LINES = constraints_of(Lines)
OPENING = constraints_of(Opening)
CLOSING = constraints_of(Closing)
