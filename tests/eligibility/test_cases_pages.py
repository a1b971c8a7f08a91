"""The list of a draft's cases, accepting outcomes, changing and deleting, as officers without JavaScript do."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django.fixtures import DjangoAssertNumQueries

from eligibility import cases
from eligibility.engine.cases import CaseFile, read_case
from portal.accounts.models import User
from programs import lifecycle
from programs.case_files import store_cases
from programs.models import AcceptanceCase, AuditEntry, CaseAcceptance, Draft
from tests.eligibility.case_desk import address, inputs_of, stored, typed, words_of
from tests.eligibility.test_cases import CAP, HIGHER, change, new_case, runs_of
from tests.programs.officers import correction_of, new_version_of, publisher, writer

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _cases(programmes: None, shipped_cases: list[CaseFile]) -> None:
    store_cases(file for file in shipped_cases if file.program == "jizokuka")


@pytest.fixture
def officer() -> User:
    return writer()


@pytest.fixture
def desk(client: Client, officer: User) -> Client:
    client.force_login(officer)
    return client


@pytest.fixture
def draft(officer: User) -> Draft:
    return correction_of("jizokuka", officer)


class TestList:
    def test_says_what_is_expected_and_what_comes_out(self, desk: Client, draft: Draft, officer: User) -> None:
        change(draft, CAP, HIGHER, officer)
        response = desk.get(address("cases", draft))
        words = words_of(response)
        assert "10件のうち、期待どおり 4件、違う 6件" in words
        assert "対象になる見込み、500,000円 対象になる見込み、800,000円" in words
        assert "主たる業種（日本標準産業分類 第13回改定 2〜4桁） 58 飲食料品小売業" in words
        assert response.content.decode().count('name="reason"') == 6

    def test_costs_the_same_however_many_cases_there_are(
        self, desk: Client, draft: Draft, officer: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _ in range(20):
            cases.save_case(draft=draft, case=new_case(), stamp="", user=officer)
        with django_assert_max_num_queries(30):
            assert "30件のうち" in words_of(desk.get(address("cases", draft)))

    def test_of_a_new_version_marks_what_it_inherits(self, desk: Client, officer: User) -> None:
        draft = new_version_of("jizokuka", "r5-hosei", officer)
        assert words_of(desk.get(address("cases", draft))).count("写し元の版の事例") == 10

    def test_of_a_draft_with_errors_says_so(self, desk: Client, draft: Draft, officer: User) -> None:
        change(draft, "frames.0.benefit", None, officer)
        response = desk.get(address("cases", draft))
        assert "文書の検査の誤りがあるので、まだ動かせません" in words_of(response)
        assert "小売業 従業員6人" in words_of(response)
        assert 'name="reason"' not in response.content.decode()

    def test_a_case_that_cannot_be_read_says_why(self, desk: Client, draft: Draft) -> None:
        row = AcceptanceCase.objects.get(program="jizokuka", slug="retail-6")
        row.document["profile"]["old_fact"] = 1
        row.save()
        words = words_of(desk.get(address("cases", draft)))
        assert "× 事例を読めない" in words
        assert "「old_fact」という項目はありません" in words
        assert "今の語彙にない項目があります。保存すると消えます： old_fact" in re.sub(
            r"：(?=\S)", "： ", words_of(desk.get(address("case", draft, "retail-6")))
        )


class TestAccess:
    def test_who_only_reads_sees_no_forms_and_changes_nothing(self, client: Client, draft: Draft) -> None:
        reader = get_user_model().objects.create_user("yomite", is_staff=True)
        reader.user_permissions.add(Permission.objects.get(codename="view_draft"))
        client.force_login(reader)
        response = client.get(address("cases", draft))
        assert response.status_code == 200
        assert "写しを作る" not in words_of(response)
        for name in ("case", "case_delete"):
            assert client.get(address(name, draft, "retail-6")).status_code == 403
        for name in ("case", "case_delete", "case_move", "case_accept", "case_take_back"):
            assert client.post(address(name, draft, "retail-6")).status_code == 403
        assert client.post(address("case_new", draft), typed()).status_code == 403

    def test_others_are_asked_to_sign_in(self, client: Client, draft: Draft) -> None:
        assert client.get(address("cases", draft)).status_code == 302
        assert client.post(address("case_new", draft), typed()).status_code == 302
        assert AcceptanceCase.objects.filter(slug="case-1").count() == 0

    @pytest.mark.parametrize("name", ["case", "case_delete"])
    def test_a_case_that_is_not_there_is_not_found(self, desk: Client, draft: Draft, name: str) -> None:
        assert desk.get(address(name, draft, "no-such-case")).status_code == 404
        assert desk.get(address("case_new", draft) + "?copy=no-such-case").status_code == 404
        assert desk.get(reverse("desk_checks:cases", args=[10**6])).status_code == 404

    @pytest.mark.parametrize("name", ["case_move", "case_accept", "case_take_back"])
    def test_what_changes_something_is_posted(self, desk: Client, draft: Draft, name: str) -> None:
        assert desk.get(address(name, draft, "retail-6")).status_code == 405


class TestAccepting:
    def test_with_a_reason(self, desk: Client, draft: Draft, officer: User) -> None:
        change(draft, CAP, HIGHER, officer)
        stamp = runs_of(draft)["wage-29"].stamp
        response = desk.post(
            address("case_accept", draft, "wage-29"), {"stamp": stamp, "reason": "上限を直した<b>ため</b>"}, follow=True
        )
        assert "違うがこれでよいと認めたもの 1件" in words_of(response)
        assert "kakite さんが認めた理由：上限を直した&lt;b&gt;ため" in response.content.decode()
        desk.post(address("case_take_back", draft, "wage-29"))
        assert not CaseAcceptance.objects.exists()

    def test_without_one_is_refused_and_nothing_is_lost(self, desk: Client, draft: Draft, officer: User) -> None:
        change(draft, CAP, HIGHER, officer)
        stamp = runs_of(draft)["wage-29"].stamp
        response = desk.post(address("case_accept", draft, "wage-29"), {"stamp": stamp, "reason": "理" * 201})
        assert response.status_code == 422
        assert "この結果でよい理由を、200字までで書いてください。" in words_of(response)
        assert "理" * 201 in words_of(response)

    def test_of_an_outcome_that_has_changed_is_refused(self, desk: Client, draft: Draft, officer: User) -> None:
        change(draft, CAP, HIGHER, officer)
        response = desk.post(address("case_accept", draft, "wage-29"), {"stamp": "old", "reason": "理由"})
        assert response.status_code == 422
        assert "画面を開いたあとに変わりました" in words_of(response)


class TestChanging:
    def test_a_case_is_changed_and_audited(self, desk: Client, draft: Draft, officer: User) -> None:
        form = inputs_of(desk.get(address("case", draft, "retail-6"))) | {"fact-employees": "7人", "reason": "資料"}
        assert desk.post(address("case", draft, "retail-6"), form).status_code == 302
        assert stored("retail-6")["profile"]["employees"] == 7
        entry = AuditEntry.objects.get(action="事例の編集")
        assert (entry.user, entry.reason) == (officer, "資料")
        assert [(c["before"], c["after"]) for c in entry.changes] == [("6人", "7人")]

    def test_a_stale_save_shows_both_and_overwrites_nothing(self, desk: Client, draft: Draft, officer: User) -> None:
        form = inputs_of(desk.get(address("case", draft, "retail-6"))) | {"fact-employees": "7人", "reason": "資料"}
        row = runs_of(draft)["retail-6"]
        other = row.case.model_copy(update={"name": "先に保存した名前"})
        stamp = form["stamp"][0]
        cases.save_case(draft=draft, case=other, stamp=stamp, user=officer, slug="retail-6", reason="先に")

        response = desk.post(address("case", draft, "retail-6"), form)

        words = words_of(response)
        assert response.status_code == 422
        assert "ほかの人が保存しました" in words
        assert "事例「小売業 従業員6人」 名前 先に保存した名前 小売業 従業員6人" in words
        assert "事例「小売業 従業員6人」 常時使用する従業員の数 6人 7人" in words
        assert stored("retail-6")["name"] == "先に保存した名前"
        assert desk.post(address("case", draft, "retail-6"), inputs_of(response)).status_code == 302
        assert stored("retail-6")["profile"]["employees"] == 7

    def test_a_case_deleted_meanwhile_is_not_brought_back(self, desk: Client, draft: Draft, officer: User) -> None:
        form = inputs_of(desk.get(address("case", draft, "retail-6"))) | {"reason": "資料"}
        cases.delete_case(draft=draft, slug="retail-6", reason="重複", user=officer)
        response = desk.post(address("case", draft, "retail-6"), form)
        assert response.status_code == 422
        assert "画面を開いたあとに消されました" in words_of(response)
        assert AcceptanceCase.objects.get(version="r4-hosei2", slug="retail-6").is_removed

    def test_deleting_is_asked_first(self, desk: Client, draft: Draft) -> None:
        assert "を消しますか" in words_of(desk.get(address("case_delete", draft, "retail-6")))
        assert "retail-6" in runs_of(draft)
        response = desk.post(address("case_delete", draft, "retail-6"), {"reason": "重複"}, follow=True)
        assert "事例「小売業 従業員6人」を消しました。" in words_of(response)
        assert "retail-6" not in runs_of(draft)

    @pytest.mark.parametrize("reason", ["", "理<b>" * 67])
    def test_deleting_without_a_sound_reason_is_refused_and_nothing_is_lost(
        self, desk: Client, draft: Draft, reason: str
    ) -> None:
        response = desk.post(address("case_delete", draft, "retail-6"), {"reason": reason})
        assert response.status_code == 422
        assert "消す理由を、200字までで書いてください。" in words_of(response)
        assert f">{escape(reason)}</textarea>" in response.content.decode()
        assert "retail-6" in runs_of(draft)

    @pytest.mark.parametrize(("reason", "said"), [("", "直す理由：この項目は必須です"), ("理" * 201, "直す理由：")])
    def test_changing_without_a_sound_reason_is_refused_and_nothing_is_lost(
        self, desk: Client, draft: Draft, reason: str, said: str
    ) -> None:
        form = inputs_of(desk.get(address("case", draft, "retail-6")))
        form |= {"fact-employees": ["7人"], "reason": [reason]}
        response = desk.post(address("case", draft, "retail-6"), form)
        assert response.status_code == 422
        assert said in words_of(response)
        assert inputs_of(response) == form
        assert stored("retail-6")["profile"]["employees"] == 6

    def test_the_buttons_of_the_form_keep_the_reason(self, desk: Client, draft: Draft) -> None:
        form = inputs_of(desk.get(address("case", draft, "retail-6"))) | {"reason": "上限", "do": "prefill"}
        response = desk.post(address("case", draft, "retail-6"), form)
        assert response.status_code == 200
        assert inputs_of(response)["reason"] == ["上限"]

    def test_a_new_case_is_not_asked_for_a_reason(self, desk: Client, draft: Draft) -> None:
        assert "直す理由" not in words_of(desk.get(address("case_new", draft)))

    def test_what_was_done_stands_at_the_top_for_the_approver(
        self, desk: Client, client: Client, draft: Draft, officer: User
    ) -> None:
        desk.post(address("case_delete", draft, "retail-6"), {"reason": "<b>重複</b>"})
        lifecycle.move(draft, "submit", user=officer, reason="確認")
        client.force_login(publisher())
        said = "事例「小売業 従業員6人」を、kakiteさんが消しました（理由：&lt;b&gt;重複&lt;/b&gt;）。"
        for page in (reverse("desk:draft", args=[draft.pk]), address("cases", draft)):
            body = client.get(page).content.decode()
            assert said in body
            assert "desk-notice" in body[: body.index(said)]

    def test_moving(self, desk: Client, draft: Draft) -> None:
        desk.post(address("case_move", draft, "retail-6"), {"to": "up"})
        assert next(iter(runs_of(draft))) == "retail-6"
        desk.post(address("case_move", draft, "retail-6"), {"to": "down"})
        desk.post(address("case_move", draft, "no-such-case"), {"to": "down"})
        assert next(iter(runs_of(draft))) == "retail-5"

    def test_a_draft_in_review_is_left_alone_and_says_so(self, desk: Client, draft: Draft, officer: User) -> None:
        form = inputs_of(desk.get(address("case", draft, "retail-6"))) | {"reason": "資料"}
        lifecycle.move(draft, "submit", user=officer, reason="確認")
        before = read_case(stored("retail-6"))
        response = desk.post(address("case", draft, "retail-6"), form)
        assert response.status_code == 422
        assert "「確認中」なので、事例を直せません" in words_of(response)
        for name in ("case_delete", "case_move", "case_take_back"):
            posted = desk.post(address(name, draft, "retail-6"), {"to": "up"}, follow=True)
            assert "「確認中」なので、事例を直せません" in words_of(posted)
        assert desk.post(address("case_accept", draft, "retail-6"), {"reason": "x"}).status_code == 422
        assert read_case(stored("retail-6")) == before
        assert "直す" not in words_of(desk.get(address("cases", draft))).replace("案を直すか", "")
