"""The closed set of criterion kinds (要件の種類). A new kind is one class here, named once in `Leaf`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from eligibility.engine.criteria.base import BaseCriterion, Case, plain, show, yen
from eligibility.engine.criteria.compare import DateWithin, Declared, Exceeds, Includes, Number, OneOf
from eligibility.engine.criteria.groups import All, Any_, AtLeast, Group, Not
from eligibility.engine.criteria.sales import MonthlyDrop, SalesDrop
from eligibility.engine.criteria.size import CompanySize, SmallBusiness

Leaf = (
    Declared | Number | OneOf | Includes | DateWithin | Exceeds | CompanySize | SmallBusiness | SalesDrop | MonthlyDrop
)
Criterion = Annotated[All | Any_ | AtLeast | Not | Leaf, Field(discriminator="kind")]

for _group in (All, Any_, AtLeast, Not):
    _group.model_rebuild(_types_namespace={"Criterion": Criterion})

__all__ = ["BaseCriterion", "Case", "Criterion", "Group", "plain", "show", "yen"]
