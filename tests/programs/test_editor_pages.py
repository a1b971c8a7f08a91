"""The editor's pages over HTTP: who may, what is shown beside the fields, what is saved, and what is refused."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portal.accounts.models import User
from programs import drafts, paths
from programs.models import AuditEntry, Draft, DraftState
from programs.upkeep.sources import add_source
from tests.programs.html_forms import read_form, sent
from tests.programs.officers import correction_of, new_version_of, writer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes")]


@pytest.fixture
def officer() -> User:
    return writer()


@pytest.fixture
def draft(programmes: None, officer: User) -> Draft:
    return correction_of("jizokuka", officer)


@pytest.fixture
def desk(client: Client, officer: User, draft: Draft) -> Desk:
    client.force_login(officer)
    return Desk(client, draft, officer)


class Desk:
    """Pages of one draft, as one officer gets them."""

    def __init__(self, client: Client, draft: Draft, officer: User) -> None:
        self.client, self.draft, self.officer = client, draft, officer

    def address(self, path: str) -> str:
        return f"/admin/desk/{self.draft.pk}/edit/" + (f"s/{path}/" if path else "")

    def get(self, path: str, **query: str) -> HttpResponse:
        return self.client.get(self.address(path), query)

    def send(self, path: str, page: HttpResponse | None = None, **changes: Any) -> HttpResponse:
        """The page's form (as it is now, or as `page` showed it) with some inputs changed."""
        form = read_form((page or self.get(path)).content)
        return self.client.post(self.address(path), sent(form.pairs, **{"op": "save"} | changes))

    @property
    def document(self) -> dict[str, Any]:
        self.draft.refresh_from_db()
        found: dict[str, Any] = self.draft.document
        return found

    def store(self, path: str, value: Any) -> None:
        """Change the stored draft without the editor."""
        self.draft.document = paths.replaced(self.document, path, value)
        self.draft.save()


def text_of(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_the_sections_are_listed_with_a_line_and_their_findings(desk: Desk) -> None:
    desk.store("frames.1.benefit.caps.0.amount", None)
    desk.store("identity.summary", None)

    text = text_of(desk.get(""))

    assert "公募、公募回1件" in text
    assert "枠：</" not in text and "枠：賃金引上げ枠" in text
    assert text.count("誤り 1件") == 2
    assert "誤り 2件" in text


def test_a_finding_without_a_section_stands_on_top(desk: Desk) -> None:
    desk.draft.document = {**desk.document, "colour": "red"}
    desk.draft.save()

    assert "この名前の項目はありません" in text_of(desk.get(""))


def test_a_half_finished_draft_is_saved_and_told_what_is_missing(desk: Desk) -> None:
    answer = desk.send("identity", f__name_ja="", f__target="　")

    assert answer.status_code == 302
    assert "name_ja" not in desk.document["identity"]
    page = text_of(desk.get("identity"))
    assert 'id="f-name_ja-findings"' in page
    assert 'aria-describedby="f-name_ja-help f-name_ja-findings"' in page
    assert "<b>誤り</b> 制度名：必ず書く項目です。" in page


def test_a_finding_stands_at_the_nearest_part_that_the_page_has(desk: Desk) -> None:
    desk.store("time.rounds.0.closes", "2023-01-01")

    page = text_of(desk.get("time"))

    assert 'id="f-rounds-0-findings"' in page
    assert "締切が受付開始より前です。" in page


def test_findings_within_a_criterion_are_told_in_the_list_and_on_its_page(desk: Desk) -> None:
    desk.store("frames.1.requirements.0.criterion.fact", "no_such_fact")

    for path in ("frames.1", "frames.1.requirements", "frames.1.requirements.0", "frames.1.requirements.0.criterion"):
        assert "no_such_fact" in text_of(desk.get(path)), path


def test_what_is_typed_wrong_is_refused_and_nothing_is_lost(desk: Desk) -> None:
    before = deepcopy(desk.document)
    answer = desk.send(
        "frames.1.benefit",
        f__caps__0__amount="abc",
        f__parts__0__name="書きかけの名前",
        f__caps__0__cites__0__quote="書きかけの引用",
    )

    text = text_of(answer)
    assert answer.status_code == 422
    assert '<a href="#f-caps-0-amount">上限額（円）：金額を数字で' in text
    assert 'id="f-caps-0-amount-error"' in text
    assert 'aria-invalid="true"' in text
    assert 'value="abc"' in text and "書きかけの名前" in text and "書きかけの引用" in text
    assert desk.document == before


def test_saving_writes_the_trail_and_stays_on_the_page(desk: Desk) -> None:
    answer = desk.send("frames.1.benefit", f__caps__0__amount="２５０万円")

    assert answer.status_code == 302
    assert answer["Location"] == desk.address("frames.1.benefit")
    assert desk.document["frames"][1]["benefit"]["caps"][0]["amount"] == 2_500_000
    entry = AuditEntry.objects.get(draft=desk.draft, action="編集")
    assert entry.place == "賃金引上げ枠 › 支援の内容"
    assert [change["after"] for change in entry.changes] == ["250万円"]
    assert "＝ 250万円" in text_of(desk.get("frames.1.benefit"))


def test_saving_may_lead_back(desk: Desk) -> None:
    """To what stands for the page there: browsers would keep the place of a row of this page."""
    assert desk.send("frames.1.benefit", op="back")["Location"] == desk.address("frames.1") + "#f-benefit"
    assert desk.send("identity", op="back")["Location"] == desk.address("") + "#"
    assert desk.send("requirements.2", op="back")["Location"] == desk.address("requirements") + "#item-2"


def test_rows_are_added_and_moved_before_anything_is_saved(desk: Desk) -> None:
    before = deepcopy(desk.document)
    added = desk.send("time", op="add:rounds", f__rounds__0__name="第14回（変更）")
    form = read_form(added.content)
    assert added.status_code == 200
    assert "まだ保存していません" in text_of(added)
    assert dict(form.pairs)["f-rounds-total"] == "2"

    moved = desk.send("time", added, op="up:rounds.1", f__rounds__1__id="r15", f__rounds__1__name="第15回")
    assert [value for name, value in read_form(moved.content).pairs if name.endswith("-name")] == [
        "第15回",
        "第14回（変更）",
    ]
    assert desk.document == before

    saved = desk.send("time", moved)
    assert saved.status_code == 302
    assert [round_["id"] for round_ in desk.document["time"]["rounds"]] == ["r15", "r14"]
    assert desk.document["time"]["rounds"][1]["cites"] == before["time"]["rounds"][0]["cites"]


def test_an_optional_part_can_be_written_and_left_out(desk: Desk) -> None:
    opened = desk.send("identity", op="write:law")
    assert "f-law-text" in dict(read_form(opened.content).pairs)
    assert desk.send("identity", opened, f__law__text="中小企業等経営強化法").status_code == 302
    assert desk.document["identity"]["law"] == {"text": "中小企業等経営強化法"}

    desk.send("identity", desk.send("identity", op="drop:law"))
    assert "law" not in desk.document["identity"]


def test_the_conditions_of_rows_travel_with_them(desk: Desk) -> None:
    """A rate row is moved together with its criterion, which this page does not edit."""
    before = deepcopy(desk.document["frames"][1]["benefit"]["parts"][0]["rates"])

    desk.send("frames.1.benefit", desk.send("frames.1.benefit", op="down:parts.0.rates.0"))

    assert desk.document["frames"][1]["benefit"]["parts"][0]["rates"] == before[::-1]


def test_a_condition_is_opened_with_everything_saved_first(desk: Desk) -> None:
    page = desk.send("frames.0.benefit", op="add:caps")
    answer = desk.send("frames.0.benefit", page, op="go:caps.1.when", f__parts__0__name="経費")

    assert answer["Location"] == desk.address("frames.0.benefit.caps.1.when") + "#"
    assert desk.document["frames"][0]["benefit"]["parts"][0]["name"] == "経費"
    assert desk.document["frames"][0]["benefit"]["caps"][1] == {}
    assert "どの種類の条件にしますか" in text_of(desk.get("frames.0.benefit.caps.1.when"))


def test_rows_in_which_nothing_was_written_are_dropped(desk: Desk) -> None:
    desk.send("frames.0.benefit", desk.send("frames.0.benefit", op="add:caps"))

    assert len(desk.document["frames"][0]["benefit"]["caps"]) == 1


def test_the_rate_table_is_shown_as_it_is_printed(desk: Desk) -> None:
    text = text_of(desk.get("frames.1.benefit"))

    for words in ("区分・条件", "補助上限額", "直近期が赤字である", "3/4", "それ以外", "200万円"):
        assert words in text

    desk.store("frames.1.benefit.parts.0.rates", None)
    assert "必要な項目がそろうと、ここに表が出ます。" in text_of(desk.get("frames.1.benefit"))


def test_a_blank_quote_takes_the_words_of_its_lines(desk: Desk) -> None:
    desk.send("identity", f__issuer__cites__0__lines="５３７", f__issuer__cites__0__quote="")

    (cite,) = desk.document["identity"]["issuer"]["cites"]
    assert (cite["lines"], cite["quote"][:9]) == ("537", "令和4年度補正予算")
    assert drafts.checked(desk.draft, desk.draft.created_at.date()).errors == ()
    assert '/admin/desk/sources/004_cbe6c34ac374a521.txt/#L537"' in text_of(desk.get("identity"))


def test_a_criterion_is_chosen_step_by_step_and_shown_as_a_sentence(desk: Desk) -> None:
    path = "frames.1.requirements.0.criterion"
    assert "一つを選んで答える項目が" in text_of(desk.get(path, choose="kind"))
    assert "どの項目の答えで決まりますか" in text_of(desk.get(path, kind="one_of"))
    page = desk.get(path, kind="one_of", fact="invoice_status")
    assert "登録している（免税事業者から転換した）" in text_of(page)
    assert "まだ保存していません" in text_of(page)

    answer = desk.send(path, page, f__values=["converted_from_exempt"])

    assert answer.status_code == 302
    assert paths.read(desk.document, path) == {
        "kind": "one_of",
        "fact": "invoice_status",
        "values": ["converted_from_exempt"],
    }
    text = text_of(desk.get(path))
    assert "登録が「登録している（免税事業者から転換した）」" in text and "まだ保存していません" not in text


def test_a_criterion_becomes_the_first_part_of_a_group(desk: Desk) -> None:
    path = "frames.1.requirements.0.criterion"
    before = paths.read(desk.document, path)

    answer = desk.send(path, desk.get(path, kind="all"), op="go:of.new")

    assert answer["Location"] == desk.address(f"{path}.of.new") + "#"
    assert paths.read(desk.document, path) == {"kind": "all", "of": [before]}
    desk.send(f"{path}.of.new", desk.get(f"{path}.of.new", kind="declared"), f__fact="is_revitalizing")
    assert paths.read(desk.document, path)["of"] == [before, {"kind": "declared", "fact": "is_revitalizing"}]
    assert "、かつ" in text_of(desk.get(path))


def test_groups_are_offered_no_deeper_than_documents_may_be(desk: Desk) -> None:
    path = "frames.1.requirements.0.criterion"
    leaf = {"kind": "declared", "fact": "is_revitalizing"}
    desk.store(path, {"kind": "all", "of": [{"kind": "any", "of": [leaf]}]})

    assert "条件の組合せ" in text_of(desk.get(f"{path}.of.new"))
    assert "条件の組合せ" not in text_of(desk.get(f"{path}.of.0.of.new"))
    assert "どの種類の条件にしますか" in text_of(desk.get(f"{path}.of.0.of.0", kind="all"))


def test_a_condition_is_taken_away(desk: Desk) -> None:
    path = "frames.1.benefit.parts.0.rates.0.when"

    answer = desk.send(path, op="clear")

    assert answer["Location"] == desk.address("frames.1.benefit") + "#f-parts-0-rates-0-when"
    assert paths.read(desk.document, path) is None


def test_another_kind_of_benefit_is_asked_for_first(desk: Desk) -> None:
    assert "この枠の支援はどれですか" in text_of(desk.get("frames.0.benefit", choose="kind"))

    desk.send("frames.0.benefit", desk.get("frames.0.benefit", kind="open"), f__reason="資料に額がありません。")

    assert desk.document["frames"][0]["benefit"] == {"kind": "open", "reason": "資料に額がありません。"}


def test_a_requirement_is_added_and_then_given_its_criterion(desk: Desk) -> None:
    answer = desk.send("requirements.new", f__id="gbizid", f__text="GビズIDを取得している", op="go:criterion")

    assert answer["Location"] == desk.address("requirements.6.criterion") + "#"
    assert desk.document["requirements"][6] == {"id": "gbizid", "text": "GビズIDを取得している"}
    assert 'id="f-cites-findings"' in text_of(desk.get("requirements.6"))


def test_a_new_part_in_which_nothing_was_written_is_not_added(desk: Desk) -> None:
    answer = desk.send("requirements.new")

    assert answer.status_code == 422
    assert "まだ何も書かれていません" in text_of(answer)
    assert len(desk.document["requirements"]) == 6


def test_a_frame_starts_as_a_copy_of_another(desk: Desk) -> None:
    desk.send("frames.new", copy="frames.1", f__slug="shinki", f__name_ja="新しい枠")

    old, new = desk.document["frames"][1], desk.document["frames"][5]
    assert new == {**old, "slug": "shinki", "name_ja": "新しい枠"}


def test_a_copy_of_what_was_not_offered_is_a_bad_request(desk: Desk) -> None:
    assert desk.send("frames.new", copy="identity", f__slug="shinki").status_code == 400


def test_parts_of_a_list_are_moved_and_removed_after_being_asked_twice(desk: Desk) -> None:
    slugs = [frame["slug"] for frame in desk.document["frames"]]
    desk.send("frames", op="up:1")
    assert [frame["slug"] for frame in desk.document["frames"]] == [slugs[1], slugs[0], *slugs[2:]]

    asked = desk.send("frames", op="remove:0")
    assert "中身ごと削除しますか" in text_of(asked)
    assert len(desk.document["frames"]) == 5
    desk.send("frames", asked, op="remove:0")
    assert [frame["slug"] for frame in desk.document["frames"]] == [slugs[0], *slugs[2:]]


@pytest.mark.parametrize(
    "path",
    [
        "colour",
        "identity.name_ja",
        "identity.issuer",
        "requirements.99",
        "requirements.new.criterion",
        "requirements.new.criterion.of",
        "frames.new.benefit",
        "frames.0.requirements.new.criterion",
        "frames.0.benefit.caps.0",
        "frames.0.benefit.caps.9.when",
        "frames.0.slug.x",
        "time.rounds.new",
        "__class__",
        "frames.-1",
        "frames.0.benefit.__dict__",
        "schema_version",
        "a" * 500,
        "requirements.²",
    ],
)
def test_what_the_schema_does_not_have_has_no_page(desk: Desk, path: str) -> None:
    assert desk.get(path).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"op": "explode"},
        {"op": "add:__class__"},
        {"op": "go:../../../x"},
        {"op": "add:rounds.99"},
        {"f__rounds__total": "x"},
        {"f__rounds__total": "99999"},
    ],
)
def test_what_no_page_sends_is_a_bad_request(desk: Desk, changes: dict[str, str]) -> None:
    before = deepcopy(desk.document)

    assert desk.send("time", **changes).status_code == 400
    assert desk.document == before


def test_a_sealed_criterion_that_was_changed_is_a_bad_request(desk: Desk) -> None:
    sealed = {"f__parts__0__rates__0__when": '{"kind": "declared"}'}

    assert desk.send("frames.1.benefit", **sealed).status_code == 400
    assert desk.client.post(desk.address("frames.1.benefit"), {"kind": "nothing"}).status_code == 400
    assert desk.send("frames", op="explode:1").status_code == 400


def test_a_draft_that_is_not_open_for_editing_is_only_shown(desk: Desk) -> None:
    page = desk.get("identity")
    Draft.objects.filter(pk=desk.draft.pk).update(state=DraftState.IN_REVIEW)

    for path in ("", "identity", "frames", "frames.0", "frames.1.benefit", "requirements.0.criterion", "requirements"):
        text = text_of(desk.get(path))
        assert "見るだけ" in text, path
        assert 'name="op"' not in text, path

    refused = desk.send("identity", page, f__target="書いたもの")
    assert refused.status_code == 409
    assert "確認中" in text_of(refused) and "書いたもの" in text_of(refused)
    assert desk.document["identity"]["target"] != "書いたもの"
    path = "frames.1.benefit.parts.0.rates.0.when"
    cleared = {"op": "clear", "kind": "declared", **_stamps(desk, path)}
    assert desk.client.post(desk.address(path), cleared).status_code == 302
    assert paths.read(desk.document, path) is not None
    listed = desk.client.post(desk.address("frames"), {"op": "up:1", **_stamps(desk, "frames")})
    assert listed.status_code == 409


def _stamps(desk: Desk, path: str) -> dict[str, str]:
    return {name: value for name, value in read_form(desk.get(path).content).pairs if name in ("stamp", "around")}


def test_who_may_only_read_sees_the_pages_and_saves_nothing(desk: Desk, client: Client) -> None:
    reader = User.objects.create_user("yomite", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_draft"))
    client.force_login(reader)

    assert "見るだけのページ" in text_of(desk.get("identity"))
    assert desk.send("identity").status_code == 403


def test_strangers_are_sent_to_the_sign_in(client: Client, draft: Draft) -> None:
    answer = client.get(f"/admin/desk/{draft.pk}/edit/s/identity/")

    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_the_whole_draft_can_be_read_as_its_file_says_it(desk: Desk) -> None:
    page = desk.client.get(f"{desk.address('')}raw/")
    assert "書き出したときのファイルと同じ" in text_of(page)
    assert "short_name: 小規模事業者持続化補助金" in text_of(page)

    desk.store("identity", None)
    assert "&quot;program&quot;: &quot;jizokuka&quot;" in text_of(desk.client.get(f"{desk.address('')}raw/"))


def test_sources_are_chosen_among_the_registered_texts(desk: Desk) -> None:
    page = desk.send("sources", op="add:")
    text = text_of(page)
    assert "002_f3873a6209c087e1.txt" in text and "登録した資料の一覧を開く" in text

    desk.send("sources", page, f__1__id="second", f__1__document="002_f3873a6209c087e1.txt", f__1__date="R3.4.1")

    assert desk.document["sources"][1]["document"] == "002_f3873a6209c087e1.txt"
    assert desk.document["sources"][1]["date"] == "2021-04-01"


def test_a_source_that_is_registered_need_not_be_described_again(desk: Desk) -> None:
    """What is typed is kept, and sources that are described already are left alone."""
    add_source(
        name="dai15kai.txt",
        title="第15回 公募要領",
        publisher="事務局",
        day=date(2024, 1, 16),
        url="https://example.com/15",
        text="対象者\n中小企業",
        user=desk.officer,
    )
    before = deepcopy(desk.document["sources"])
    page = desk.send("sources", op="add:")

    desk.send("sources", page, f__1__id="dai15kai", f__1__document="dai15kai.txt", f__1__publisher="全国連合会")

    assert desk.document["sources"] == [
        *before,
        {
            "id": "dai15kai",
            "document": "dai15kai.txt",
            "title": "第15回 公募要領",
            "publisher": "全国連合会",
            "date": "2024-01-16",
            "url": "https://example.com/15",
        },
    ]


def test_what_a_new_version_took_over_is_listed_until_it_cites_a_new_source(desk: Desk) -> None:
    """With its pages; not before there is a new source, and never of a correction."""
    words = "写し元の資料だけを引用しているところ"
    new = Desk(desk.client, new_version_of("jizokuka", "r5-dai15kai", desk.officer), desk.officer)
    assert words not in text_of(new.get(""))

    for one in (desk, new):
        old = one.document["sources"]
        one.store("sources", [*old, {"id": "second", "document": "002_f3873a6209c087e1.txt"}])
    assert words not in text_of(desk.get(""))
    before = text_of(new.get(""))
    assert words in before and "公募回「第14回」</a>" in before

    new.store("time.rounds.0.cites", [{"source": "second", "lines": "1"}])
    after = text_of(new.get(""))
    assert words in after and "公募回「第14回」</a>" not in after
    new.store("identity", {"desks": [{"cites": 3}], "law": {"cites": [1]}})
    assert words in text_of(new.get(""))


def test_what_must_be_written_is_marked_and_nothing_else(desk: Desk) -> None:
    """A list that must not be empty, one of two, and what fills itself."""
    sources = text_of(desk.get("sources"))
    assert '<legend>出典 <span class="desk-must">※必須</span>' in " ".join(sources.split())
    assert '資料の題名 <span class="ed-may">※空なら自動</span>' in " ".join(sources.split())
    requirement = " ".join(text_of(desk.get("requirements.0")).split())
    assert '判定条件 <span class="desk-must">※どちらか一つ</span>' in requirement
    assert '審査・注意事項 <span class="desk-must">※どちらか一つ</span>' in requirement
    assert '引用する言葉 <span class="ed-may">※空なら自動</span>' in requirement


def test_each_kind_of_id_has_an_example_of_its_own(desk: Desk) -> None:
    assert "例：r16" in text_of(desk.get("time"))
    assert "例：r5-yoryo" in text_of(desk.get("sources"))


def test_a_closing_is_shown_and_asked_for_as_people_write_it(desk: Desk) -> None:
    desk.store("time.rounds.0.closes", "2023-12-12T17:00")
    text = text_of(desk.get("time"))
    assert 'value="2023-12-12 17:00"' in text and "2024年3月14日 17:00" in text
    desk.send("time")
    assert desk.document["time"]["rounds"][0]["closes"] == "2023-12-12T17:00"


def test_a_cap_that_is_a_range_is_one_in_the_summary(desk: Desk) -> None:
    desk.store("frames.0.benefit.caps.0", {"amount": 7_500_000, "amount_high": 12_500_000})
    assert "上限 750万円～1,250万円" in text_of(desk.get(""))


@pytest.mark.parametrize(
    ("place", "page"),
    [
        ("frames.1.benefit.caps.0.amount", "frames.1.benefit"),
        ("frames.1.requirements.0.criterion.at_least", "frames.1.requirements.0.criterion"),
        ("identity.desks.7.name", "identity"),
        ("frames.77.benefit", "frames"),
        ("(document)", ""),
        ("colour", ""),
    ],
)
def test_a_place_in_the_document_leads_to_its_page(desk: Desk, place: str, page: str) -> None:
    answer = desk.client.get(f"{desk.address('')}at/", {"path": place})

    assert answer["Location"] == desk.address(page)


def test_a_criterion_whose_fact_is_not_in_the_vocabulary_asks_for_another(desk: Desk) -> None:
    path = "frames.1.requirements.0.criterion"
    desk.store(path, {"kind": "one_of", "fact": "no_such_fact", "values": ["a"]})

    assert "どの項目の答えで決まりますか" in text_of(desk.get(path))
    assert desk.client.post(desk.address(path), {"kind": "one_of", "f-fact": "no_such_fact"}).status_code == 400


def test_a_document_of_odd_shape_still_has_its_pages(desk: Desk) -> None:
    """Imports are checked, but a page must not depend on it."""
    desk.draft.document = {
        "program": "jizokuka",
        "version": "r4-hosei2",
        "identity": {"name_ja": 5, "issuer": "text", "aliases": "one", "desks": {"a": 1}, "law": []},
        "time": [],
        "sources": [{"id": 1}, "text", {"id": "a", "document": 7}],
        "requirements": [3, {"id": "x", "criterion": {"kind": ["all"]}, "cites": [None]}],
        "frames": [{"benefit": {"kind": "subsidy", "parts": [{"rates": "x"}], "caps": [5]}, "expenses": "none"}, None],
        "practice": "nothing",
        "readings": {},
    }
    desk.draft.save()

    for path in ("", "identity", "sources", "requirements", "requirements.1", "frames", "frames.0", "frames.0.benefit"):
        assert desk.get(path).status_code == 200, path
    for path in ("requirements.1.criterion", "frames.0.requirements", "practice", "readings", "time"):
        assert desk.get(path).status_code == 200, path


def test_a_page_asks_the_database_the_same_whatever_is_in_it(
    desk: Desk, officer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    other = Desk(desk.client, new_version_of("monozukuri", "r9", officer), officer)
    desk.get("")  # the rules in force are compiled once
    for path in ("", "time", "frames.0.benefit", "requirements", "requirements.0.criterion", "readings"):
        for each in (desk, other):
            with django_assert_max_num_queries(16):
                each.get(path)
