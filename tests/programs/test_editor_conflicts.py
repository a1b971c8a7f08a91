"""Two officers in one draft: the second is told, and nothing is overwritten unseen."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from portal.accounts.models import User
from programs import paths
from programs.models import Draft
from tests.programs.html_forms import read_form, sent
from tests.programs.officers import correction_of, writer

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("programmes")]


@pytest.fixture
def draft(programmes: None) -> Draft:
    return correction_of("jizokuka", writer("saisho"))


@pytest.fixture
def mine(draft: Draft) -> Officer:
    return Officer(writer("watashi"), draft)


@pytest.fixture
def theirs(draft: Draft) -> Officer:
    return Officer(writer("aite"), draft)


class Officer:
    """An officer with pages of the draft open."""

    def __init__(self, user: User, draft: Draft) -> None:
        self.user, self.draft = user, draft
        self.client = Client()
        self.client.force_login(user)
        self.pages: dict[str, HttpResponse] = {}

    def address(self, path: str) -> str:
        return f"/admin/desk/{self.draft.pk}/edit/s/{path}/"

    def opens(self, path: str) -> HttpResponse:
        self.pages[path] = self.client.get(self.address(path))
        return self.pages[path]

    def sends(self, path: str, **changes: Any) -> HttpResponse:
        """The page as it was opened, with some inputs changed."""
        form = read_form(self.pages[path].content)
        return self.client.post(self.address(path), sent(form.pairs, **{"op": "save"} | changes))

    def saves(self, path: str, **changes: Any) -> None:
        self.opens(path)
        assert self.sends(path, **changes).status_code == 302


def stored(draft: Draft, path: str) -> Any:
    draft.refresh_from_db()
    return paths.read(draft.document, path)


def test_who_else_is_there_is_told(mine: Officer, theirs: Officer) -> None:
    theirs.opens("frames.1.benefit")

    text = mine.opens("frames.1.benefit").content.decode()

    assert "aite さんがこの案を開いています（賃金引上げ枠 › 支援の内容" in text


def test_a_stale_save_is_shown_beside_what_is_stored(mine: Officer, theirs: Officer, draft: Draft) -> None:
    mine.opens("identity")
    theirs.saves("identity", f__target="相手の言葉")

    refused = mine.sends("identity", f__target="自分の言葉", f__summary="自分の概要")

    text = refused.content.decode()
    assert refused.status_code == 409
    assert "aite さん" in text and "保存していません" in text
    assert text.index("相手の言葉") < text.index("自分の言葉")
    assert stored(draft, "identity.target") == "相手の言葉"
    assert 'href="/admin/desk/' in text and "保存されている内容を使う" in text

    form = read_form(refused.content)
    again = mine.client.post(mine.address("identity"), sent(form.pairs))
    assert again.status_code == 302
    assert (stored(draft, "identity.target"), stored(draft, "identity.summary")) == ("自分の言葉", "自分の概要")


def test_overwriting_is_refused_again_if_the_other_saved_again(mine: Officer, theirs: Officer, draft: Draft) -> None:
    mine.opens("identity")
    theirs.saves("identity", f__target="相手の言葉")
    refused = mine.sends("identity", f__target="自分の言葉")
    theirs.saves("identity", f__target="相手の二つ目の言葉")

    again = mine.client.post(mine.address("identity"), sent(read_form(refused.content).pairs))

    assert again.status_code == 409
    assert stored(draft, "identity.target") == "相手の二つ目の言葉"


def test_work_on_another_section_is_no_conflict(mine: Officer, theirs: Officer, draft: Draft) -> None:
    for path in ("identity", "frames.1", "requirements.0"):
        mine.opens(path)
    theirs.saves("time", f__announced="2023-08-02")
    theirs.saves("frames.1.benefit", f__caps__0__amount="250万円")
    theirs.saves("requirements.0.criterion", f__limit="30")

    assert mine.sends("identity", f__target="自分の言葉").status_code == 302
    assert mine.sends("frames.1", f__summary="自分の概要").status_code == 302
    assert mine.sends("requirements.0", f__text="自分の要件").status_code == 302

    assert stored(draft, "time.announced") == "2023-08-02"
    assert stored(draft, "frames.1.benefit.caps.0.amount") == 2_500_000
    assert stored(draft, "frames.1.summary") == "自分の概要"
    assert stored(draft, "requirements.0.criterion.limit") == 30
    assert stored(draft, "requirements.0.text") == "自分の要件"


def test_a_page_is_never_saved_into_a_row_that_moved_to_its_place(mine: Officer, theirs: Officer, draft: Draft) -> None:
    """The page was about the second frame; the first one is removed meanwhile."""
    opened = ("frames.1.expenses", "frames.1", "requirements.1", "frames.1.requirements.0.criterion")
    for path in opened:
        mine.opens(path)
    theirs.opens("frames")
    theirs.sends("frames", op="remove:0", sure="1")
    theirs.opens("requirements")
    theirs.sends("requirements", op="remove:0", sure="1")
    before = deepcopy(stored(draft, ""))

    for path in opened:
        refused = mine.sends(path, f__text="自分の言葉", f__at_least="99")
        assert refused.status_code == 409, path
        assert "ほかの人が消したか、場所を動かしました" in refused.content.decode()
        assert "自分の言葉" in refused.content.decode() or "99" in refused.content.decode()
    assert stored(draft, "") == before


def test_a_condition_is_not_saved_into_another_row_of_a_table(mine: Officer, theirs: Officer, draft: Draft) -> None:
    """Rate rows have no names: the row with all that is in it must still be the same."""
    path = "frames.0.benefit.caps.0.when"
    page = mine.client.get(mine.address(path), {"kind": "declared"})
    theirs.saves("frames.0.benefit", f__caps__0__amount="60万円")

    form = read_form(page.content)
    refused = mine.client.post(mine.address(path), sent(form.pairs, op="save", f__fact="is_revitalizing"))

    assert refused.status_code == 409
    assert stored(draft, path) is None


def test_what_was_typed_for_a_part_that_is_gone_can_be_copied(mine: Officer, theirs: Officer) -> None:
    mine.opens("frames.4.expenses")
    theirs.opens("frames")
    theirs.sends("frames", op="remove:4", sure="1")

    refused = mine.sends("frames.4.expenses", f__text="自分の言葉")

    assert refused.status_code == 409
    assert "自分の言葉" in refused.content.decode()
    assert mine.opens("frames.4.expenses").status_code == 404


def test_a_part_of_a_condition_that_is_none_any_more_can_be_copied(mine: Officer, theirs: Officer) -> None:
    """The other officer chose a kind without parts: the path of mine means nothing any more."""
    group = "frames.1.benefit.add_ons.0.when"
    mine.opens(f"{group}.of.1")
    page = theirs.client.get(theirs.address(group), {"kind": "declared"})
    theirs.client.post(theirs.address(group), sent(read_form(page.content).pairs, op="save", f__fact="is_revitalizing"))

    refused = mine.sends(f"{group}.of.1", f__fact="files_blue_return")

    assert refused.status_code == 409
    assert "files_blue_return" in refused.content.decode()


def test_a_list_that_changed_is_shown_anew(mine: Officer, theirs: Officer, draft: Draft) -> None:
    mine.opens("requirements")
    theirs.opens("requirements")
    theirs.sends("requirements", op="up:1")
    before = [item["id"] for item in stored(draft, "requirements")]

    for op in ("up:1", "remove:5"):
        refused = mine.sends("requirements", op=op, sure="1")
        assert refused.status_code == 409
        assert "もう一度操作してください" in refused.content.decode()
    assert [item["id"] for item in stored(draft, "requirements")] == before
    assert mine.sends("requirements", op="up:77").status_code == 409


def test_new_parts_of_both_are_kept(mine: Officer, theirs: Officer, draft: Draft) -> None:
    mine.opens("requirements.new")
    theirs.opens("requirements.new")

    theirs.sends("requirements.new", f__id="theirs")
    mine.sends("requirements.new", f__id="mine")

    assert [item["id"] for item in stored(draft, "requirements")][-2:] == ["theirs", "mine"]


def test_a_condition_that_the_other_changed_is_not_taken_away(mine: Officer, theirs: Officer, draft: Draft) -> None:
    path = "requirements.0.criterion"
    mine.opens(path)
    theirs.saves(path, f__limit="30")

    refused = mine.sends(path, op="clear")

    assert refused.status_code == 409
    assert stored(draft, f"{path}.limit") == 30
    mine.client.post(mine.address(path), sent(read_form(refused.content).pairs))
    assert stored(draft, path) is None


def test_the_same_change_by_both_leaves_nothing_to_choose(mine: Officer, theirs: Officer) -> None:
    mine.opens("identity")
    theirs.saves("identity", f__target="同じ言葉")

    refused = mine.sends("identity", f__target="同じ言葉")

    assert "あなたの入力と同じです" in refused.content.decode()
    assert "上書きする" not in refused.content.decode()


def test_a_save_without_having_seen_the_page_is_a_conflict(mine: Officer, draft: Draft) -> None:
    answer = mine.client.post(mine.address("identity"), {"f-target": "見ずに"})

    assert answer.status_code == 409
    assert stored(draft, "identity.target") != "見ずに"
