"""What the tests of the cases' pages share: addresses, a typed form, a page's words and inputs."""

import re
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from programs.models import AcceptanceCase, Draft


def address(name: str, draft: Draft, *args: str) -> str:
    return reverse(f"desk_checks:{name}", args=[draft.pk, *args])


def words_of(response: HttpResponse) -> str:
    body = re.sub(r"(?s)<(script|style|head).*?</\1>", "", response.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def typed(**more: Any) -> dict[str, Any]:
    """A sound new case as an officer types it."""
    return {
        "name": "卸売業 従業員5人",
        "note": "943行",
        "as_of": "令和5年10月17日",
        "fact": ["legal_form", "industry", "employees", "in_deficit", "payroll_growth", "it_functions", "expenses"],
        "fact-legal_form": "company",
        "fact-industry": "５２ 飲食料品卸売業",
        "fact-employees": "５人",
        "fact-in_deficit": "no",
        "fact-payroll_growth": "１．５％",
        "fact-it_functions": ["accounting", "ec"],
        "fact-expenses-part": ["advertising", "exhibition", ""],
        "fact-expenses-yen": ["100万円", "１２,０００", ""],
        "expect-tsujo-verdict": "needs_info",
        "expect-tsujo-amount": "0円～50万円",
        "expect-chingin-verdict": "not_eligible",
        "expect-chingin-unmet": ["wage-30", "sales-channels"],
        **more,
    }


def stored(slug: str = "case-1") -> dict[str, Any]:
    return AcceptanceCase.objects.get(program="jizokuka", slug=slug).document


def inputs_of(response: HttpResponse) -> dict[str, list[str]]:
    """What the case's form on a page would send, without its buttons."""
    body = response.content.decode()
    form = body[body.index('<form method="post" novalidate id="case"') :]
    form = form[: form.index("</form>")]
    found: dict[str, list[str]] = {}
    for tag in re.finditer(r"(?s)<input\b[^>]*>|<select\b.*?</select>|<textarea\b.*?</textarea>", form):
        name, value = _input(tag[0])
        if name in ("csrfmiddlewaretoken", "add", "share") or value is None:
            continue
        found.setdefault(name, []).append(unescape(value))
    return found


def _input(tag: str) -> tuple[str, str | None]:
    name = re.search(r'\bname="([^"]*)"', tag)
    assert name is not None
    if tag.startswith("<select"):
        chosen = re.search(r'<option value="([^"]*)" selected', tag)
        return name[1], chosen[1] if chosen else ""
    if tag.startswith("<textarea"):
        return name[1], re.sub(r"(?s)^<textarea[^>]*>|</textarea>$", "", tag).removeprefix("\n")
    if 'type="checkbox"' in tag and " checked" not in tag:
        return name[1], None
    value = re.search(r'(?s)\bvalue="([^"]*)"', tag)
    return name[1], value[1] if value else ""
