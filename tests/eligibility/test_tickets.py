"""「この判定はおかしい？」: a company's doubt reaches an officer with the proof, and the answer comes back."""

import pytest
from django.test import Client
from django.urls import reverse

from eligibility import checks, tickets
from eligibility.models import Ticket
from eligibility.results import result_of_check
from eligibility.tickets import TicketRefused
from programs.models import AuditEntry
from programs.paths import stamp
from tests.programs import officers

pytestmark = [pytest.mark.services, pytest.mark.django_db, pytest.mark.usefixtures("programmes")]

SHOP = {"legal_form": "company", "industry": "58", "employees": 6, "capital": 3_000_000}
KEY = "jizokuka/tsujo"


@pytest.fixture
def owned() -> checks.NewCheck:
    return checks.create(profile=SHOP)


def send(owned: checks.NewCheck, message: str = "従業員は5人です。", **given: str) -> Ticket:
    report = result_of_check(owned.check).report
    wanted = {"key": KEY, "requirement": "small-business", **given}
    return tickets.open_ticket(check=owned.check, report=report, message=message, **wanted)


def test_the_proof_is_what_the_page_showed(owned: checks.NewCheck) -> None:
    ticket = send(owned)
    row = next(row for row in ticket.proof["frame"]["rows"] if row["id"] == "small-business")
    assert (row["status"], ticket.requirement) == ("unmet", "small-business")
    assert "6人" in row["actual"]
    assert row["sources"][0]["quote"].startswith("常時使用する従業員数が")
    assert ticket.proof["rules_hash"] == ticket.rules_hash


def test_sent_from_the_result(client: Client, owned: checks.NewCheck) -> None:
    page = client.get(reverse("eligibility:results", args=[owned.owner_token]))
    address = reverse("eligibility:doubt", args=[owned.owner_token, "jizokuka", "tsujo"])
    assert address in page.content.decode()
    assert client.get(address).status_code == 200
    sent = client.post(address, {"requirement": "small-business", "message": "従業員は5人です。"}, follow=True)
    assert "質問を送りました" in sent.content.decode()
    assert Ticket.objects.get().message == "従業員は5人です。"


def test_an_empty_message_is_asked_for_again(client: Client, owned: checks.NewCheck) -> None:
    address = reverse("eligibility:doubt", args=[owned.owner_token, "jizokuka", "tsujo"])
    answer = client.post(address, {"requirement": "", "message": " "})
    assert answer.status_code == 422
    assert "おかしいと思う点を書いてください" in answer.content.decode()
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("frame", [("jizokuka", "nanimonai"), ("nai-seido", "tsujo")])
def test_a_frame_that_the_result_does_not_have_leads_to_the_list(
    client: Client, owned: checks.NewCheck, frame: tuple[str, str]
) -> None:
    answer = client.get(reverse("eligibility:doubt", args=[owned.owner_token, *frame]))
    assert answer.url == reverse("eligibility:doubts", args=[owned.owner_token])


def test_the_answer_comes_back_to_the_owner_only(client: Client, owned: checks.NewCheck) -> None:
    ticket, officer = send(owned), officers.writer()
    client.force_login(officer)
    address = reverse("desk_checks:ticket", args=[ticket.pk])
    assert "従業員は5人です。" in client.get(address).content.decode()
    client.post(address, {"answer": "役員を除いて数えます。", "seen": stamp("")})
    client.logout()
    mine = client.get(reverse("eligibility:doubts", args=[owned.owner_token])).content.decode()
    other = client.get(reverse("eligibility:doubts", args=[checks.create().owner_token])).content.decode()
    assert "役員を除いて数えます。" in mine
    assert "役員を除いて数えます。" not in other
    entry = AuditEntry.objects.get(action="判定への質問に回答")
    assert (entry.user, "役員" in entry.reason) == (officer, False)


def test_an_answer_does_not_overwrite_another_officers(owned: checks.NewCheck) -> None:
    ticket = send(owned)
    tickets.answer_ticket(ticket=ticket, answer="一人目の回答", user=officers.writer(), seen=stamp(""))
    with pytest.raises(TicketRefused, match="先にkakiteさんが回答"):
        tickets.answer_ticket(ticket=ticket, answer="二人目の回答", user=officers.writer("futari"), seen=stamp(""))
    ticket.refresh_from_db()
    assert ticket.answer == "一人目の回答"


def test_so_many_open_ones_and_no_more(owned: checks.NewCheck) -> None:
    for _ in range(tickets.OPEN_AT_ONCE):
        send(owned)
    with pytest.raises(TicketRefused, match="10件"):
        send(owned)


def test_an_unknown_requirement_is_not_stored(owned: checks.NewCheck) -> None:
    assert send(owned, requirement="<script>").requirement == ""


def test_deleting_the_check_deletes_its_tickets(owned: checks.NewCheck) -> None:
    send(owned)
    checks.delete(check=owned.check)
    assert not Ticket.objects.exists()


def test_the_shared_page_cannot_ask(client: Client, owned: checks.NewCheck) -> None:
    shared = checks.share(check=owned.check)
    page = client.get(reverse("eligibility:shared", args=[shared.share_token])).content.decode()
    assert "この判定はおかしい？" not in page


@pytest.mark.parametrize("role", ["anonymous", "plain"])
def test_the_desk_is_closed_to_others(client: Client, owned: checks.NewCheck, role: str) -> None:
    ticket = send(owned)
    if role == "plain":
        user = officers.writer()
        user.groups.clear()
        client.force_login(user)
    answer = client.get(reverse("desk_checks:ticket", args=[ticket.pk]))
    assert answer.status_code == (302 if role == "anonymous" else 403)
