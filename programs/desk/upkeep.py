"""「鮮度の管理」: what must be looked at again, whose it is and what to do; and every official link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from programs.desk.access import READ, desk_page
from programs.desk.pages import desk_render
from programs.models import Link, Programme
from programs.upkeep import reminders as service
from programs.upkeep.sources import documents_in_force

PER_PAGE = 100
_WORST_FIRST = (Link.Outcome.BROKEN, Link.Outcome.BLOCKED, Link.Outcome.UNCHECKED, Link.Outcome.WORKS)


@dataclass(frozen=True, slots=True)
class Responsible:
    """A programme with who answers for it and the revision that a correction starts from."""

    programme: Programme
    revision_id: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """Something due, with the programmes that it touches."""

    thing: Any
    programmes: list[Responsible]


@desk_page(READ)
@require_safe
def due(request: HttpRequest) -> HttpResponse:
    found, people = service.due(timezone.now()), _responsible()
    links = Paginator(_links(), PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "sources": [Row(due, _of(people, due.source.programs)) for due in found.sources],
        "ends": [Row(due, _of(people, [due.row.document.program])) for due in found.ends],
        "broken": [Row(due, _of(people, due.link.programs)) for due in found.links],
        "links": [Row(link, _of(people, link.programs)) for link in links],
        "page": links,
        "days": service.DAYS_BEFORE_END.days,
        "officers_mail": settings.PORTAL_OFFICERS_MAIL,
    }
    return desk_render(request, "desk/sources/due.html", "鮮度の管理", context)


def _links() -> QuerySet[Link]:
    places = [When(outcome=outcome, then=place) for place, outcome in enumerate(_WORST_FIRST)]
    return Link.objects.order_by(Case(*places, output_field=IntegerField()), "url")


def _responsible() -> dict[str, Responsible]:
    """By programme, with the newest of its revisions in force."""
    newest = {row.document.program: row.revision_id for row in documents_in_force()}
    programmes = Programme.objects.select_related("owner")
    return {programme.slug: Responsible(programme, newest.get(programme.slug)) for programme in programmes}


def _of(people: dict[str, Responsible], programs: Any) -> list[Responsible]:
    return [people[program] for program in programs if program in people]
