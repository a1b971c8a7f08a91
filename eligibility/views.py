"""The self-check's pages. Each validates, calls one service or selector, and answers.

An owner's address is the key to a check. Its pages carry Django's `same-origin` referrer policy from the settings:
with `no-referrer` browsers send "Origin: null" with every form, and the CSRF check would refuse it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from eligibility import checks, pages
from eligibility.asking.forms import AsOfForm, PageForm, Stored
from eligibility.asking.questions import Page, questionnaire
from eligibility.models import SelfCheck
from eligibility.results import day_of, programme_names, result_of_check
from eligibility.selectors import check_of_owner, check_shared_as, demo_checks, demo_shared_as
from eligibility.trials import rules_of, trial_of
from portal.common.throttling import limited
from programs.documents import vocabulary
from programs.selectors import previewed_draft

View = Callable[..., HttpResponse]
UNPROCESSABLE = 422


def private(view: View) -> View:
    """For pages behind a token: kept by no cache and no search engine."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = cache_control(private=True, no_store=True)(view)(*args, **kwargs)
        except SelfCheck.DoesNotExist as gone:  # deleted by another window meanwhile
            raise Http404 from gone
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    demos = demo_checks() if settings.PORTAL_DEMO else ()
    return render(request, "eligibility/home.html", {"demos": demos})


@limited("checks")
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """POST makes the check: a link is never made by merely opening a page."""
    if request.method != "POST":
        context = {"pages": questionnaire().pages, "days": checks.days_kept()}
        return render(request, "eligibility/start.html", context)
    new = _created(request.POST.get("demo", ""))
    if new.check.profile:
        return redirect("eligibility:results", new.owner_token)
    return redirect("eligibility:page", new.owner_token, questionnaire().pages[0].key)


@csrf_exempt  # Nothing of the visitor's is used but the token; the preview page sends "Origin: null", as said above.
@limited("checks")
@private
@require_POST
def try_draft(request: HttpRequest, token: str) -> HttpResponse:
    """A check that is answered by a draft, for whoever has the link to its preview."""
    draft = previewed_draft(token)
    if draft is None:
        raise Http404
    if rules_of(draft) is None:  # the page says why
        return redirect("programs:preview", token)
    new = checks.create(preview=draft)
    return redirect("eligibility:page", new.owner_token, questionnaire().pages[0].key)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, owner_token: str, found: Page) -> HttpResponse:
    check = owned(owner_token)
    stored = Stored(check.profile, frozenset(check.unknown))
    data = request.POST if request.method == "POST" else None
    form = PageForm(found, vocabulary(), stored, day_of(check), data)
    if form.is_valid():
        checks.save_page(check=check, answers=form.answers())
        return redirect(_after_page(request.POST.get("go", ""), owner_token, found))
    context = {
        "check": check,
        "page": found,
        "form": form,
        "sections": form.sections(programme_names()),
        "steps": pages.step_marks(check, owner_token, found.key, bool(form.errors)),
        "previous": questionnaire().before(found),
        "following": questionnaire().after(found),
        "is_saved": "saved" in request.GET,
        "trial_notice": pages.trial_notice(trial_of(check), day_of(check)),
        **_links(request, owner_token),
    }
    return render(request, "eligibility/page.html", context, status=UNPROCESSABLE if form.errors else 200)


@private
@require_safe
def results(request: HttpRequest, owner_token: str) -> HttpResponse:
    return _results(request, owned(owner_token), owner_token, AsOfForm())


@private
@require_POST
def as_of(request: HttpRequest, owner_token: str) -> HttpResponse:
    check, form = owned(owner_token), AsOfForm(request.POST)
    if not form.is_valid():
        return _results(request, check, owner_token, form)
    checks.set_as_of(check=check, as_of=form.cleaned_data["as_of"])
    return redirect("eligibility:results", owner_token)


@private
@require_POST
def share(request: HttpRequest, owner_token: str) -> HttpResponse:
    actions = {"make": checks.share, "renew": checks.renew_share, "revoke": checks.revoke_share}
    action = actions.get(request.POST.get("action", ""))
    check = owned(owner_token)
    if action is not None:
        action(check=check)
    return redirect(reverse("eligibility:results", args=[owner_token]) + "#share")


@private
@require_POST
def counting(request: HttpRequest, owner_token: str) -> HttpResponse:
    checks.set_counting(check=owned(owner_token), agrees=request.POST.get("agrees") == "yes")
    return redirect(reverse("eligibility:results", args=[owner_token]) + "#counting")


@private
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, owner_token: str) -> HttpResponse:
    check = owned(owner_token)
    if request.method != "POST":
        notice = pages.trial_notice(trial_of(check), day_of(check))
        context = {"check": check, "owner_token": owner_token, "trial_notice": notice}
        return render(request, "eligibility/delete.html", context)
    checks.delete(check=check)
    return redirect("eligibility:deleted")


@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    return render(request, "eligibility/deleted.html")


@private
@require_safe
def shared(request: HttpRequest, share_token: str) -> HttpResponse:
    """Read-only, for whoever has the link. There is no form, so its address is told to nobody at all."""
    check = check_shared_as(share_token)
    if check is None:
        raise Http404
    response = render(request, "eligibility/shared.html", _result_context(check))
    response["Referrer-Policy"] = "no-referrer"
    return response


def owned(owner_token: str) -> SelfCheck:
    check = check_of_owner(owner_token)
    if check is None:
        raise Http404
    return check


def _created(demo_token: str) -> checks.NewCheck:
    if not demo_token:
        return checks.create()
    demo = demo_shared_as(demo_token) if settings.PORTAL_DEMO else None
    if demo is None:
        raise Http404
    return checks.create_from_demo(demo=demo)


def _after_page(go: str, owner_token: str, saved: Page) -> str:
    """Where a saved page leads: on, to the result, or back to where the owner's link is shown."""
    following = questionnaire().after(saved)
    if go == "later":
        return reverse("eligibility:page", args=[owner_token, saved.key]) + "?saved=1#later"
    if go == "results" or following is None:
        return reverse("eligibility:results", args=[owner_token])
    return reverse("eligibility:page", args=[owner_token, following.key])


def _links(request: HttpRequest, owner_token: str) -> dict[str, str]:
    """The owner's link: it leads to the result, from where every page can be reached."""
    address = reverse("eligibility:results", args=[owner_token])
    return {"owner_token": owner_token, "owner_url": request.build_absolute_uri(address)}


def _results(request: HttpRequest, check: SelfCheck, owner_token: str, form: AsOfForm) -> HttpResponse:
    context = _result_context(check)
    token = check.share_token
    context |= {
        "as_of_form": form,
        "as_of_text": form.data.get("as_of", "") if form.is_bound else "",
        "quick_days": pages.quick_days(check.as_of),
        "next_questions": pages.next_questions(context["report"].missing, owner_token)[: pages.NEXT_QUESTIONS],
        "steps": pages.step_marks(check, owner_token, pages.RESULTS),
        "share_url": request.build_absolute_uri(reverse("eligibility:shared", args=[token])) if token else "",
        **_links(request, owner_token),
    }
    return render(request, "eligibility/results.html", context, status=UNPROCESSABLE if form.errors else 200)


def _result_context(check: SelfCheck) -> dict[str, Any]:
    """What the owner's result and the shared one have in common."""
    result = result_of_check(check)
    return {
        "check": check,
        "result": result,
        "report": result.report,
        "notice": pages.moment_notice(result),
        "trial_notice": pages.trial_notice(result.trial, result.day),
        "desk": pages.desk_of(check.profile),
    }
