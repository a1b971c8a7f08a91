"""One client by hand: made, made from a shared check, its own data, the end of its support, its removal."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from applications.clients import clients
from applications.models import Client, Event, Membership
from applications.selectors.desk import revisions
from eligibility.models import SelfCheck
from programs import drafts
from tests.applications.supporters import adviser, client_of, manager, organisation
from tests.factories import SelfCheckFactory
from tests.programs.officers import correction_of, writer

pytestmark = pytest.mark.django_db

NEW, CODE = "/desk/clients/new/", "/desk/clients/from-code/"
NUMBER = "7000012050002"
TOKEN = "aB3_-" + "x" * 38


@pytest.fixture
def tanto() -> Membership:
    return adviser()


@pytest.fixture
def desk(tanto: Membership, client: Browser) -> Browser:
    client.force_login(tanto.user)
    return client


def page_of(client: Client, name: str) -> str:
    return reverse(f"supporters:{name}", args=[client.pk])


def fresh(client: Client) -> Client:
    return Client.objects.get(pk=client.pk)


# --- a new one --------------------------------------------------------------------------------------------------------


def test_a_client_is_made_with_its_number_as_an_answer(desk: Browser, tanto: Membership) -> None:
    sent = {
        "name": "うずしお商店",
        "name_kana": "ウズシオ",
        "corporate_number": "７０００ー０１２０５ー０００２",
        "own_key": "A-1",
        "tags": "飲食、青年部",
        "notes": "一行\r\n二行",
        "assigned_to": str(tanto.user_id),
        "key": str(uuid.uuid4()),
    }
    answers = [desk.post(NEW, sent) for _ in range(2)]  # the button pressed twice

    client = Client.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {f"/desk/clients/{client.pk}/profile/company/"}
    assert (client.profile, client.corporate_number) == ({"corporate_number": NUMBER}, NUMBER)
    assert (client.tags, client.notes, client.assigned_to) == (["飲食", "青年部"], "一行\n二行", tanto.user)


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("name", "", "必須"),
        ("name", "長" * 201, "200"),
        ("name", "\x00", "文字"),
        ("corporate_number", "7000012050003", "正しい法人番号ではありません"),
        ("corporate_number", "123", "13桁"),
        ("tags", "長" * 31, "30文字まで"),
        ("assigned_to", "999999", "選択"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(desk: Browser, field: str, typed: str, says: str) -> None:
    answer = desk.post(NEW, {"name": "商店", "key": "x", field: typed})

    page = answer.content.decode()
    assert answer.status_code == 422 and not Client.objects.exists()
    assert f'id="id_{field}_error"' in page and f'href="#id_{field}"' in page
    assert says in str(answer.context["form"].errors[field])


def test_a_number_that_is_there_leads_to_the_client_that_has_it(desk: Browser, tanto: Membership) -> None:
    there = client_of(tanto, "先にいた商店", corporate_number=NUMBER)

    answer = desk.post(NEW, {"name": "後から来た商店", "corporate_number": NUMBER})

    assert answer.status_code == 422 and page_of(there, "client") in answer.content.decode()


# --- from a shared check ----------------------------------------------------------------------------------------------


@pytest.fixture
def check() -> SelfCheck:
    return SelfCheckFactory(
        title="共有した会社",
        share_token=TOKEN,
        profile={"employees": 4, "corporate_number": NUMBER},
        unknown=["capital"],
    )


@pytest.mark.usefixtures("check")
@pytest.mark.parametrize(
    "typed",
    [
        TOKEN,
        f"http://testserver/r/{TOKEN}/",
        f"  しるべの診断結果です。http://testserver/r/{TOKEN}/ ご確認ください check/  ",
        f"http://testserver/r/{TOKEN[:20]}\r\n {TOKEN[20:]}/",
        f"http://testserver/r/{TOKEN}",
        "".join(chr(ord(letter) + 0xFEE0) for letter in f"/r/{TOKEN}/"),
        f"リンク：{TOKEN}です",
        f"my code {TOKEN} thanks",
    ],
)
def test_the_link_is_read_with_whatever_stands_around_it(desk: Browser, typed: str) -> None:
    page = desk.post(CODE, {"code": typed})

    shown = page.content.decode()
    assert page.status_code == 200 and "共有した会社" in shown and "4人" in shown and "わからない" in shown
    assert "反映されません" in shown
    assert not Client.objects.exists()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "必須"),
        ("x" * 43, "見つかりません"),
        ("?", "見つかりません"),
        (f"http://testserver/check/{TOKEN}/results/", "本人だけが使うリンク"),
    ],
)
def test_what_leads_to_no_shared_check_says_so(desk: Browser, typed: str, says: str) -> None:
    answer = desk.post(CODE, {"code": typed})
    assert answer.status_code == 422 and says in answer.content.decode()


def test_an_expired_check_is_gone(desk: Browser, check: SelfCheck) -> None:
    SelfCheck.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "見つかりません" in desk.post(CODE, {"code": TOKEN}).content.decode()


def test_a_check_that_tries_a_draft_is_refused(desk: Browser, check: SelfCheck, programmes: None) -> None:
    draft = correction_of("jizokuka", writer())
    assert drafts.Draft.objects.filter(pk=draft.pk).exists()
    SelfCheck.objects.update(preview=draft)

    answer = desk.post(CODE, {"code": TOKEN, "make": "1", "name": "試し"})

    assert answer.status_code == 422 and "公開前の案" in answer.content.decode() and not Client.objects.exists()


def test_it_is_made_once_as_it_was_seen(desk: Browser, tanto: Membership, check: SelfCheck) -> None:
    key = desk.post(CODE, {"code": TOKEN}).context["key"]
    sent = {"code": TOKEN, "make": "1", "key": key, "name": "うちでの名前", "assigned_to": str(tanto.user_id)}

    answers = [desk.post(CODE, sent) for _ in range(2)]

    client = Client.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {page_of(client, "client")}
    assert (client.name, client.corporate_number, client.unknown) == ("うちでの名前", NUMBER, ["capital"])
    assert client.assigned_to == tanto.user
    assert "自社診断の共有コードから作成" in desk.get(page_of(client, "history")).content.decode()


def test_a_check_of_a_client_that_is_there_leads_to_it(desk: Browser, tanto: Membership, check: SelfCheck) -> None:
    """Told before it is tried; and refused where somebody was quicker."""
    there = client_of(tanto, "先にいた商店", corporate_number=NUMBER)

    told = desk.post(CODE, {"code": TOKEN})
    assert told.status_code == 200 and page_of(there, "client") in told.content.decode()
    assert "この内容で登録する" not in told.content.decode()

    answer = desk.post(CODE, {"code": TOKEN, "make": "1", "name": "共有した会社"})

    assert answer.status_code == 422 and page_of(there, "client") in answer.content.decode()
    assert Client.objects.count() == 1


def test_another_organisations_client_with_the_number_is_not_told_of(desk: Browser, check: SelfCheck) -> None:
    client_of(adviser("yoso", organisation("別の商工会")), "よその秘密", corporate_number=NUMBER)
    page = desk.post(CODE, {"code": TOKEN}).content.decode()
    assert "よその秘密" not in page and "この内容で登録する" in page


def test_its_answers_are_labelled_as_the_page_of_answers_does(
    desk: Browser, tanto: Membership, check: SelfCheck
) -> None:
    SelfCheck.objects.update(profile={"legal_form": "company", "employees": 4})
    page = desk.post(CODE, {"code": TOKEN})
    labels = {label for label, _ in page.context["answers"]}
    answers = desk.get(page_of(client_of(tanto), "answers")).context["pages"]
    assert len(labels) == 3 and labels <= {fact.label for known in answers for fact in known.facts}
    assert "回答2・わからない1" in page.content.decode()


def test_what_the_owner_changes_later_does_not_follow(desk: Browser, check: SelfCheck) -> None:
    desk.post(CODE, {"code": TOKEN, "make": "1", "name": "写し"})
    SelfCheck.objects.update(profile={"employees": 99})

    assert Client.objects.get().profile["employees"] == 4


# --- own data ---------------------------------------------------------------------------------------------------------


def test_own_data_is_saved_and_the_rest_stays(desk: Browser, tanto: Membership) -> None:
    client = client_of(tanto, corporate_number=NUMBER)
    form = desk.get(page_of(client, "client_edit")).context["form"]

    answer = desk.post(page_of(client, "client_edit"), form.initial | {"stamp": 1, "name": "改名"})

    changed = fresh(client)
    assert answer.headers["Location"] == page_of(client, "client_edit")
    assert (changed.name, changed.stamp, changed.profile) == ("改名", 2, client.profile)


def test_sending_what_is_there_already_is_no_change(desk: Browser, tanto: Membership) -> None:
    client = clients.create(acting=tanto, values={"name": "商店", "notes": "一行\n二行"}, unknown=["corporate_number"])
    form = desk.get(page_of(client, "client_edit")).context["form"]

    sent = form.initial | {"stamp": 1, "notes": "一行\r\n二行"}
    assert "変更はありませんでした" in desk.post(page_of(client, "client_edit"), sent, follow=True).content.decode()

    assert fresh(client).unknown == ["corporate_number"] and revisions(client).count() == 1


def test_a_number_can_be_taken_away(desk: Browser, tanto: Membership) -> None:
    client = client_of(tanto, corporate_number=NUMBER)

    desk.post(page_of(client, "client_edit"), {"stamp": 1, "name": client.name, "corporate_number": ""})

    assert "corporate_number" not in fresh(client).profile and fresh(client).corporate_number == ""


def test_ending_the_support_and_taking_it_up_again(desk: Browser, tanto: Membership) -> None:
    client = client_of(tanto)

    desk.post(page_of(client, "client_archive"), {"end": "1"})
    assert fresh(client).is_archived and "支援終了" in desk.get(page_of(client, "client_edit")).content.decode()
    desk.post(page_of(client, "client_archive"), {"resume": "1"})

    assert not fresh(client).is_archived
    assert set(Event.objects.values_list("action", flat=True)) == {"支援終了", "支援再開"}


# --- removal ----------------------------------------------------------------------------------------------------------


def test_only_a_manager_deletes_and_only_after_confirming(desk: Browser, tanto: Membership) -> None:
    client, boss = client_of(tanto, "うずしお商店"), manager()
    address = page_of(client, "client_delete")
    assert desk.post(address, {"confirm": "yes"}).status_code == 403
    assert address not in desk.get(page_of(client, "client_edit")).content.decode()

    desk.force_login(boss.user)
    assert address in desk.get(page_of(client, "client_edit")).content.decode()
    assert "変更の履歴 1件" in desk.get(address).content.decode()
    assert desk.post(address).status_code == 422 and Client.objects.exists()
    assert desk.post(address, {"confirm": "yes"}).headers["Location"] == reverse("supporters:clients")

    assert not Client.objects.exists() and Event.objects.get().user == boss.user
    assert desk.post(address, {"confirm": "yes"}).status_code == 404


# --- whose it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["client_edit", "client_archive", "client_delete", "answers", "history"], ids=lambda name: str(name)
)
def test_another_organisations_client_does_not_exist(client: Browser, name: str) -> None:
    theirs = client_of(adviser("yoso", organisation("別の商工会")), "よその秘密")
    client.force_login(manager().user)
    send = client.post if name == "client_archive" else client.get

    assert send(page_of(theirs, name)).status_code == 404
    assert not fresh(theirs).is_archived


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(desk: Browser, tanto: Membership, method: str) -> None:
    client = client_of(tanto)
    assert getattr(desk, method)(page_of(client, "client_edit")).status_code == 405
    assert desk.get(page_of(client, "client_archive")).status_code == 405
