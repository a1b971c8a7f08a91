"""What forms of the desk share: people to choose from, days as people write them, text, links from errors to inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from applications.consultations.consultations import FIRST_DAY, LAST_DAY
from applications.consultations.words import clean_text
from applications.models import Membership
from applications.selectors import desk
from eligibility.asking.forms import DayField, ErrorLink
from portal.accounts.models import User
from portal.accounts.people import name_of


def day_field(**kwargs: Any) -> DayField:
    """A day within the years of consultations."""
    widget = forms.TextInput({"class": "input input--code", "autocomplete": "off"})
    return DayField(first=FIRST_DAY, last=LAST_DAY, widget=widget, **kwargs)


class TextField(forms.CharField):
    """What is pasted may have control characters, which neither a database nor a PDF takes."""

    def to_python(self, value: Any) -> str:
        return clean_text(super().to_python(value) or "")


class People:
    """The organisation's people as choices of a form. `kept`: who was chosen before; offered also after having left."""

    def __init__(self, acting: Membership, kept: User | None = None) -> None:
        self._by_key: dict[str, User] = {str(member.user_id): member.user for member in desk.members(acting)}
        self.choices = [(key, name_of(user)) for key, user in self._by_key.items()]
        if kept is not None and str(kept.pk) not in self._by_key:
            self._by_key[str(kept.pk)] = kept
            self.choices.append((str(kept.pk), f"{name_of(kept)}（離任）"))

    def chosen(self, key: str) -> User | None:
        """Of a choice that was offered; None for any other."""
        return self._by_key.get(key)


def set_choices(form: forms.Form, name: str, choices: Iterable[tuple[str, str]]) -> None:
    """Those of a field that depend on who asks."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells mypy what the form's class says
    field.choices = list(choices)


def show_problems(form: forms.Form, problems: Mapping[str, str]) -> None:
    """What a service refused, beside the fields it is about."""
    for name, message in problems.items():
        form.add_error(name if name in form.fields else None, message)


def error_links(*shown: forms.Form, elsewhere: str = "main") -> list[ErrorLink]:
    """For components/error_summary.html. `elsewhere`: the id of what an error of no single field leads to."""
    return [
        ErrorLink(form[name].auto_id, f"{form.fields[name].label}：{message}")
        if name in form.fields
        else ErrorLink(elsewhere, str(message))
        for form in shown
        for name, messages in form.errors.items()
        for message in messages
    ]
