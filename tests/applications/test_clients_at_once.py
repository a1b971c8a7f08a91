"""Two people, or one button pressed twice, at the same moment: nobody overwrites, nothing is made twice."""

import uuid
from functools import partial

import pytest
from django.db import OperationalError

from applications.clients import clients, many
from applications.models import Client, Membership
from applications.selectors.desk import revisions
from applications.sheets.jobs import request_sheet
from tests.applications.consulting import consultation_of
from tests.applications.supporters import adviser, client_of, manager
from tests.applications.threads import at_once

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

NUMBER = "7000012050002"


@pytest.fixture
def two() -> tuple[Membership, Membership]:
    return manager(), adviser()


def test_of_two_saves_at_the_same_time_one_is_told(two: tuple[Membership, Membership]) -> None:
    client = client_of(two[0])

    def save(acting: Membership) -> Client:
        return clients.save(acting=acting, client=client, stamp=1, values={"name": acting.user.username})

    done = at_once(*(partial(save, acting) for acting in two))

    assert sorted(type(result).__name__ for result in done) == ["Client", "StaleClient"]
    assert Client.objects.get().stamp == 2 and revisions(client).count() == 2


def test_of_two_clients_with_one_number_at_the_same_time_one_is_refused(two: tuple[Membership, Membership]) -> None:
    done = at_once(*(partial(client_of, acting, corporate_number=NUMBER) for acting in two))

    assert sorted(type(result).__name__ for result in done) == ["Client", "ClientRefused"]
    assert Client.objects.count() == 1


def test_a_form_sent_twice_at_the_same_time_makes_one_client(two: tuple[Membership, Membership]) -> None:
    key = uuid.uuid4()

    done = at_once(
        *(lambda acting=acting: clients.create(acting=acting, values={"name": "商店"}, pk=key) for acting in two)
    )

    assert [result.pk for result in done] == [key, key]
    assert Client.objects.count() == 1 and revisions(done[0]).count() == 1


def test_two_who_change_the_same_clients_do_not_cross(two: tuple[Membership, Membership]) -> None:
    keys = [client_of(two[0], f"企業{number}").pk for number in range(8)]

    done = at_once(
        lambda: many.add_tags(acting=two[0], chosen=keys, tags="甲"),
        lambda: many.add_tags(acting=two[1], chosen=reversed(keys), tags="乙"),
    )

    assert done == [8, 8]
    assert {frozenset(client.tags) for client in Client.objects.all()} == {frozenset("甲乙")}


def test_a_client_is_deleted_while_others_ask_for_its_sheets(two: tuple[Membership, Membership]) -> None:
    for number in range(2):
        client = client_of(two[0], f"企業{number}")
        held = [consultation_of(two[0], client) for _ in range(3)]

        deleted, *asked = at_once(
            partial(clients.delete, acting=two[0], client=client),
            *(partial(request_sheet, acting=two[1], consultation=one, kind="draft") for one in held),
        )

        assert deleted is None and not Client.objects.exists()
        assert not any(isinstance(result, OperationalError) for result in asked), "they waited for each other"
