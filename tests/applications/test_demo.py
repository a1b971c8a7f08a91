"""The demo organisation: there once, however often it is loaded, and nowhere but in a demo."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from applications.models import Client, Match, Organisation

pytestmark = pytest.mark.usefixtures("programmes")


def test_loading_twice_is_loading_once(settings: Any) -> None:
    settings.PORTAL_DEMO = True
    told = io.StringIO()
    call_command("load_demo", stdout=told)
    clients = Client.objects.count()
    Client.objects.filter(name__contains="01").update(notes="試しに書いた")
    call_command("load_demo", stdout=told)
    assert Organisation.objects.count() == 1
    assert Client.objects.count() == clients > 30
    assert Client.objects.filter(notes="試しに書いた").exists()
    assert "demo-manager / demo-manager-2026" in told.getvalue()
    assert Match.objects.filter(verdict="eligible").exists()


def test_not_outside_a_demo() -> None:
    with pytest.raises(CommandError, match="PORTAL_DEMO"):
        call_command("load_demo")
    assert not Organisation.objects.exists()
