"""The owner's word on being counted: off until said, withdrawn at any time, on the owner's page alone."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from eligibility import checks
from eligibility.models import SelfCheck
from eligibility.selectors import counted_checks
from tests.factories import SelfCheckFactory
from tests.programs.officers import correction_of, writer

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def counting(token: str) -> str:
    return reverse("eligibility:counting", args=[token])


def results(client: Client, token: str) -> str:
    return client.get(reverse("eligibility:results", args=[token])).content.decode()


def test_nobody_is_counted_without_having_said_so(client: Client) -> None:
    new = checks.create(profile={"employees": 3})

    assert not counted_checks().exists()
    page = results(client, new.owner_token)
    assert "今の設定：集計に使わない" in page
    assert "10社に満たない数は、表示も保存もしません" in page
    assert 'value="yes" autocomplete="off">' in page


def test_the_form_on_the_page_carries_what_protects_it() -> None:
    client, new = Client(enforce_csrf_checks=True), checks.create()
    form = results(client, new.owner_token).split('id="counting"')[1]
    token = form.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    client.post(counting(new.owner_token), {"agrees": "yes", "csrfmiddlewaretoken": token})

    assert list(counted_checks()) == [new.check]


def test_an_owner_agrees_and_withdraws(client: Client) -> None:
    new = checks.create(profile={"employees": 3})
    said = client.post(counting(new.owner_token), {"agrees": "yes"})

    assert said["Location"].endswith("/results/#counting")
    assert list(counted_checks()) == [new.check]
    assert "今の設定：集計に使ってよい" in results(client, new.owner_token)

    client.post(counting(new.owner_token))
    assert not counted_checks().exists()


def test_agreeing_changes_no_answer_and_keeps_the_check_alive() -> None:
    check = SelfCheckFactory(profile={"employees": 3}, expires_at=timezone.now() + timedelta(days=1))
    before = check.updated_at
    row = checks.set_counting(check=check, agrees=True)

    assert (row.profile, row.updated_at) == ({"employees": 3}, before)
    assert row.expires_at > timezone.now() + timedelta(days=checks.days_kept() - 1)


def test_the_read_only_link_neither_shows_nor_takes_it(client: Client) -> None:
    check = SelfCheckFactory(shared=True, agrees_to_counting=False)
    shown = client.get(reverse("eligibility:shared", args=[check.share_token])).content.decode()

    assert "集計に使ってよい" not in shown
    assert client.post(counting(check.share_token), {"agrees": "yes"}).status_code == 404
    assert not SelfCheck.objects.get().agrees_to_counting


def test_the_address_takes_posts_only(client: Client) -> None:
    assert client.get(counting(checks.create().owner_token)).status_code == 405


@pytest.mark.usefixtures("programmes")
def test_demos_and_trials_of_a_draft_never_count(client: Client) -> None:
    demo = SelfCheckFactory(demo=True)
    new = checks.create(preview=correction_of("jizokuka", writer()))
    for check in (demo, new.check):
        assert not checks.set_counting(check=check, agrees=True).agrees_to_counting

    SelfCheck.objects.update(agrees_to_counting=True)
    assert not counted_checks().exists()
    assert "集計に使ってよい" not in results(client, new.owner_token)
