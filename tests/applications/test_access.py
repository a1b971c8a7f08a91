"""What every page of the desk has from its decorator."""

from __future__ import annotations

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from applications.access import member_page
from applications.clients import clients
from applications.models import Client, Membership
from tests.applications import supporters

pytestmark = pytest.mark.django_db


def test_what_a_colleague_deleted_meanwhile_is_not_there(rf: RequestFactory) -> None:
    """Between the look and the lock; nobody sees an error page of the server for it."""
    acting = supporters.adviser()
    client = supporters.client_of(acting)

    @member_page
    def saving(request: HttpRequest, acting: Membership) -> HttpResponse:
        Client.objects.filter(pk=client.pk).delete()
        clients.save(acting=acting, client=client, stamp=client.stamp, values={"name": "おそかった"})
        return HttpResponse()

    request = rf.post("/")
    request.user = acting.user
    with pytest.raises(Http404):
        saving(request)
