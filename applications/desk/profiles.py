"""A client's answers (回答): what is known and what is not, and the pages of questions to fill them in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.access import member_page
from applications.clients import clients
from applications.clients.clients import ClientRefused, StaleClient
from applications.desk.client_conflicts import chosen_theirs, conflict_page, unanswered
from applications.desk.finding import client_or_404, found_or_404, sent_stamp
from applications.desk.statuses import UNPROCESSABLE
from applications.models import Client, Membership
from eligibility.asking.forms import ErrorLink, PageForm, SectionOfPage, Stored
from eligibility.asking.questions import Page, Question, Section, questionnaire
from eligibility.evaluations import now
from eligibility.pages import StepMark
from eligibility.results import programme_names
from programs.documents import vocabulary

OTHER = "other"
# Asked with the client's own data (基本情報).
_ELSEWHERE = "corporate_number"


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A fact with its answer in words; "" where there is none, 「わからない」 included. `url`: where it is asked."""

    label: str
    text: str
    is_unknown: bool
    url: str


@dataclass(frozen=True, slots=True)
class KnownPage:
    """A page of questions with its answers: how many are known, answered 「わからない」, and not answered."""

    title: str
    url: str
    facts: tuple[KnownFact, ...]

    @property
    def known(self) -> int:
        return len(self.facts) - self.unsure - self.blank

    @property
    def unsure(self) -> int:
        return sum(fact.is_unknown for fact in self.facts)

    @property
    def blank(self) -> int:
        return sum(not fact.text for fact in self.facts)


@member_page
@require_safe
def answers(request: HttpRequest, acting: Membership, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(acting, client_pk)
    known = [_known(client, page) for page in pages()]
    context = {"area": "clients", "client": client, "pages": known, "number": client.corporate_number}
    return render(request, "supporters/clients/answers.html", context)


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, acting: Membership, client_pk: uuid.UUID, key: str) -> HttpResponse:
    client, asked = client_or_404(acting, client_pk), _page_or_404(key)
    is_sent = request.method == "POST"
    stored = Stored(client.profile, frozenset(client.unknown))
    form = PageForm(asked, vocabulary(), stored, now().day, request.POST if is_sent else None)
    stamp = sent_stamp(request.POST) if is_sent else client.stamp
    refused_errors: list[ErrorLink] = []
    if form.is_valid():
        theirs = chosen_theirs(request.POST)
        new = {fact: answer for fact, answer in form.answers().items() if fact not in theirs}
        if unanswered(request.POST):
            return conflict_page(request, client, {}, new, tab="profile")
        try:
            saved = clients.save_answers(acting=acting, client=client, stamp=stamp, answers=new)
        except StaleClient as stale:
            return conflict_page(request, stale.current, {}, new, tab="profile")
        except ClientRefused as refused:
            refused_errors = [ErrorLink("main", message) for message in refused.problems.values()]
        else:
            messages.success(request, "回答を保存しました。" if saved.stamp != stamp else "変更はありませんでした。")
            return redirect(_after(request.POST.get("go", ""), client, asked))
    errors = [*form.error_links(), *refused_errors] if is_sent else []
    context = {
        "area": "clients",
        "client": client,
        "page": asked,
        "sections": _sections(form, request.GET.get("fact", "")),
        "steps": _steps(client, asked, has_errors=bool(errors)),
        "following": _following(asked),
        "stamp": stamp,
        "errors": errors,
    }
    return render(request, "supporters/clients/profile.html", context, status=UNPROCESSABLE if errors else 200)


def pages() -> tuple[Page, ...]:
    """Those of the self-check, and one with the facts that it leaves out: an adviser may know them."""
    return (*questionnaire().pages, _other_page())


def first_url(client: Client) -> str:
    """Where the questions begin."""
    return _url(client, pages()[0])


def question_url(client: Client, fact: str) -> str:
    """Where an adviser answers for a fact; its section is open there."""
    if fact == _ELSEWHERE:
        return reverse("supporters:client_edit", args=[client.pk]) + "#id_corporate_number"
    found = questionnaire().page_of(fact)
    return reverse("supporters:profile", args=[client.pk, found.key if found else OTHER]) + f"?fact={fact}#q-{fact}"


@cache
def _unasked() -> tuple[str, ...]:
    """Facts that no page of the self-check asks for, in the vocabulary's order."""
    return tuple(key for key in vocabulary() if key != _ELSEWHERE and questionnaire().page_of(key) is None)


@cache
def _other_page() -> Page:
    """Those as questions in their official words, under the headings of the vocabulary."""
    facts = vocabulary()
    groups = {fact.key: group.ja for group in facts.groups for fact in group.facts}
    questions = tuple(Question(fact=key, ask=facts[key].ja, section=groups[key]) for key in _unasked())
    titles = dict.fromkeys(question.section for question in questions)
    return Page(
        key=OTHER,
        title="そのほかの項目",
        lead="自社診断ではたずねない項目です。わかるものだけ答えます。",
        sections=tuple(Section(title=title, fold=True) for title in titles),
        questions=questions,
    )


def _page_or_404(key: str) -> Page:
    return found_or_404(next((page for page in pages() if page.key == key), None))


def _sections(form: PageForm, wanted: str) -> list[SectionOfPage]:
    """With the section open that asks for the wanted fact."""
    return [
        replace(part, is_open=part.is_open or any(asked.name == wanted for asked in part.questions))
        for part in form.sections(programme_names())
    ]


def _known(client: Client, page: Page) -> KnownPage:
    facts = tuple(
        KnownFact(
            vocabulary().short_label(question.fact),
            clients.answer_of(client, question.fact),
            question.fact in client.unknown,
            question_url(client, question.fact),
        )
        for question in page.questions
    )
    return KnownPage(page.title, _url(client, page), facts)


def _steps(client: Client, current: Page, *, has_errors: bool) -> list[StepMark]:
    return [_step(client, page, page.key == current.key, has_errors) for page in pages()]


def _step(client: Client, page: Page, is_current: bool, has_errors: bool) -> StepMark:
    state = "error" if has_errors else "current"
    if not is_current:
        state = "completed" if _is_touched(client, page.questions) else "upcoming"
    return StepMark(page.title, _url(client, page), state)


def _is_touched(client: Client, questions: Iterable[Question]) -> bool:
    return any(question.fact in client.profile or question.fact in client.unknown for question in questions)


def _following(page: Page) -> Page | None:
    every = pages()
    place = [other.key for other in every].index(page.key)
    return every[place + 1] if place + 1 < len(every) else None


def _after(go: str, client: Client, saved: Page) -> str:
    """Where a saved page leads: on, to the result, or to the answers."""
    following = _following(saved)
    if go == "next" and following is not None:
        return _url(client, following)
    return reverse("supporters:answers" if go == "answers" else "supporters:client", args=[client.pk])


def _url(client: Client, page: Page) -> str:
    return reverse("supporters:profile", args=[client.pk, page.key])
