"""Pages whose form depends on a kind: a criterion, and what a frame pays. The kind is asked for first."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from pydantic import TypeAdapter, ValidationError

from eligibility.engine.benefit_terms import Benefit
from eligibility.engine.document import Frame
from eligibility.engine.facts import Vocabulary
from programs.desk.editor.base import EditorPage, gone, url_of
from programs.desk.editor.choice_fields import fact_choices
from programs.desk.editor.criteria import (
    Kind,
    accepts,
    converted,
    fixed_fact,
    kinds_at,
    may_stand,
    sentence_of,
)
from programs.desk.editor.form_page import FormPage
from programs.desk.editor.schema import Shape, kind_help, kind_title, kinds_of, specs_of
from programs.desk.editor.sections import NoSuchPlace, Place, PlaceGone
from programs.drafts import DraftRefused, StaleSection
from programs.models import Draft
from programs.words.printed import PrintedBenefit, printed_benefit

_BENEFIT = TypeAdapter(Benefit)


def criterion_page(request: HttpRequest, draft: Draft, place: Place) -> HttpResponse:
    """A criterion: its kind, for some kinds its fact, then its fields."""
    if request.method == "POST":
        return _posted_criterion(request, draft, place)
    page = EditorPage(request, draft, place)
    stored = place.stored if isinstance(place.stored, dict) else {}
    kind, fact, step = (request.GET.get(name, "") for name in ("kind", "fact", "choose"))
    kind = kind or str(stored.get("kind", ""))
    is_offered = kind == stored.get("kind") or may_stand(kind, place.path)
    if kind not in kinds_of(Shape.CRITERION) or step == "kind" or not is_offered:
        return _kind_step(page, kind)
    data = converted(stored, kind, fact, page.around.vocabulary)
    if step == "fact" or not _has_its_fact(data, page.around.vocabulary):
        return _fact_step(page, kind, str(data.get("fact", "")))
    return CriterionFormPage(request, draft, place, place.root_of(kind)).show(data)


def _has_its_fact(data: dict[str, Any], vocabulary: Vocabulary) -> bool:
    """Whether the fact is chosen on which other fields hang; of kinds without such a fact, too."""
    model = kinds_of(Shape.CRITERION)[data["kind"]]
    fixed = fixed_fact(model)
    return fixed is None or accepts(model, fixed.name, data.get(fixed.name), vocabulary)


def _posted_criterion(request: HttpRequest, draft: Draft, place: Place) -> HttpResponse:
    page = CriterionFormPage(request, draft, place, _posted_root(request, place))
    return page.clear() if request.POST.get("op") == "clear" else page.post()


def _posted_root(request: HttpRequest, place: Place) -> Any:
    try:
        return place.root_of(request.POST.get("kind", ""))
    except NoSuchPlace as error:
        raise BadRequest("no such kind") from error


def _kind_step(page: EditorPage, chosen: str) -> HttpResponse:
    leaves, groups = kinds_at(page.place.path)
    lists = [("項目の答えで決まる条件", leaves), ("条件の組合せ", groups)]
    context = {"lists": [(title, kinds) for title, kinds in lists if kinds], "chosen": chosen}
    return page.render("desk/editor/kind.html", context | {"question": "どの種類の条件にしますか"})


def _fact_step(page: EditorPage, kind: str, chosen: str) -> HttpResponse:
    fixed = fixed_fact(kinds_of(Shape.CRITERION)[kind])
    types = fixed.hints["fact_types"] if fixed is not None else ()
    context = {
        "kind": kind,
        "kind_title": kind_title(Shape.CRITERION, kind),
        "kind_help": kind_help(Shape.CRITERION, kind),
        "groups": fact_choices(page.around.vocabulary, types),
        "chosen": chosen,
    }
    return page.render("desk/editor/fact.html", context)


class CriterionFormPage(FormPage):
    """The fields of one kind of criterion, with its sentence."""

    template = "desk/editor/criterion.html"

    def extra(self) -> dict[str, Any]:
        return {
            "sentence": sentence_of(self.place.stored, self.around.vocabulary),
            "kind_title": kind_title(Shape.CRITERION, self.root.kind),
            "kind_help": kind_help(Shape.CRITERION, self.root.kind),
        }

    def clear(self) -> HttpResponse:
        """Take the criterion away."""
        try:
            self.save(None)
        except StaleSection as stale:
            return self.stale(stale, None)
        except PlaceGone:
            return gone(self.request, self.draft)
        except DraftRefused as refused:
            messages.error(self.request, str(refused))
            return redirect(url_of(self.draft, self.place.path))
        return self.saved(self.parent, "条件を外しました。", spot=self.spot_in_parent(self.place.store))

    def completed(self, value: Any) -> Any:
        if not _has_its_fact(value, self.around.vocabulary):
            raise BadRequest("no such fact")
        return value


def benefit_page(request: HttpRequest, draft: Draft, place: Place) -> HttpResponse:
    """What a frame pays: its kind, then its rate table."""
    if request.method == "POST":
        return BenefitFormPage(request, draft, place, _posted_root(request, place)).post()
    page = EditorPage(request, draft, place)
    stored = place.stored if isinstance(place.stored, dict) else {}
    kind = request.GET.get("kind", "") or str(stored.get("kind", ""))
    if kind not in kinds_of(Shape.BENEFIT) or "choose" in request.GET:
        kinds = [Kind(key, kind_title(Shape.BENEFIT, key), kind_help(Shape.BENEFIT, key)) for key in _benefits()]
        context = {"lists": [("支援の種類", kinds)], "chosen": kind, "question": "この枠の支援はどれですか"}
        return page.render("desk/editor/kind.html", context)
    names = {spec.name for spec in specs_of(kinds_of(Shape.BENEFIT)[kind])}
    common = {name: value for name, value in stored.items() if name in names}
    data = stored if stored.get("kind") == kind else {"kind": kind, **common}
    return BenefitFormPage(request, draft, place, place.root_of(kind)).show(data)


def _benefits() -> list[str]:
    return list(kinds_of(Shape.BENEFIT))


class BenefitFormPage(FormPage):
    """The rate table, above it as it is printed."""

    template = "desk/editor/benefit.html"

    def extra(self) -> dict[str, Any]:
        return {"printed": self._printed(), "kind_title": kind_title(Shape.BENEFIT, self.root.kind)}

    def _printed(self) -> PrintedBenefit | None:
        """None while what is stored is not whole."""
        try:
            benefit = _BENEFIT.validate_python(self.place.stored)
        except ValidationError:
            return None
        return printed_benefit(Frame.model_construct(benefit=benefit), self.around.vocabulary)
