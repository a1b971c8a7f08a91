"""The form of a case: what officers type, the buttons that change it, and what hostile forms come to."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from eligibility.engine.cases import CaseFile
from portal.accounts.models import User
from programs.case_files import store_cases
from programs.documents import vocabulary
from programs.models import AcceptanceCase, Draft
from tests.eligibility.case_desk import address, inputs_of, stored, typed, words_of
from tests.eligibility.test_cases import change, runs_of
from tests.factories import SelfCheckFactory
from tests.programs.officers import correction_of, writer

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


class TestForm:
    def test_a_case_as_officers_type_it(self, desk: Client, draft: Draft) -> None:
        response = desk.post(address("case_new", draft), typed(), follow=True)
        assert response.redirect_chain[0][0] == address("cases", draft) + "#case-case-1"
        assert "事例「卸売業 従業員5人」を保存しました。" in words_of(response)
        assert stored() == {
            "id": "case-1",
            "version": "r4-hosei2",
            "name": "卸売業 従業員5人",
            "note": "943行",
            "as_of": "2023-10-17",
            "profile": {
                "legal_form": "company",
                "industry": "52",
                "employees": 5,
                "in_deficit": False,
                "payroll_growth": 1.5,
                "it_functions": ["accounting", "ec"],
                "expenses": {"advertising": 1000000, "exhibition": 12000},
            },
            "expect": [
                {"frame": "tsujo", "verdict": "needs_info", "amount_low": 0, "amount_high": 500000},
                {"frame": "chingin", "verdict": "not_eligible", "unmet": ["wage-30", "sales-channels"]},
            ],
        }

    def test_every_kind_of_answer_comes_back_as_it_was_stored(self, desk: Client, draft: Draft) -> None:
        profile = {
            "legal_form": "npo",
            "corporate_number": "1180301018771",
            "established_on": "2019-04-30",
            "prefecture": "38",
            "industry": "761",
            "capital": 0,
            "employees": 1000000000,
            "monthly_sales": {"2019-02": 0, "2020-12": 10**15},
            "in_deficit": True,
            "it_functions": [],
            "minimum_wage_margin": -10,
            "payroll_growth": -0.000000001,
            "expenses": {"other": 1, "machinery": 2},
        }
        row = AcceptanceCase.objects.get(program="jizokuka", slug="retail-6")
        row.document["profile"] = profile
        row.save()
        page = desk.get(address("case", draft, "retail-6"))
        form = inputs_of(page) | {"reason": "資料"}
        assert "761" in form["fact-industry"][0]
        assert form["fact-monthly_sales-part"][:2] == ["2019年2月", "2020年12月"]
        assert desk.post(address("case", draft, "retail-6"), form).status_code == 302
        assert stored("retail-6")["profile"] == {**profile, "expenses": {"machinery": 2, "other": 1}}

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("なし", {"amount": "none"}),
            ("50万円", {"amount": 500000}),
            ("０～５０万円", {"amount_low": 0, "amount_high": 500000}),
            ("100万円〜", {"amount_low": 1000000, "amount_high": "none"}),
            ("", {}),
        ],
    )
    def test_amounts_come_back_as_they_were_typed(
        self, desk: Client, draft: Draft, text: str, expected: dict[str, Any]
    ) -> None:
        desk.post(address("case_new", draft), typed(**{"expect-tsujo-amount": text}))
        assert stored()["expect"][0] == {"frame": "tsujo", "verdict": "needs_info", **expected}
        form = inputs_of(desk.get(address("case", draft, "case-1"))) | {"reason": "資料"}
        desk.post(address("case", draft, "case-1"), form)
        assert stored()["expect"][0] == {"frame": "tsujo", "verdict": "needs_info", **expected}

    @pytest.mark.parametrize("month", ["2020年9月", "令和2年9月", "２０２０－０９", "2020/9", "R2.9"])
    def test_months_are_read_as_people_write_them(self, desk: Client, draft: Draft, month: str) -> None:
        sales = {"fact-monthly_sales-part": [month], "fact-monthly_sales-yen": ["1億円"]}
        desk.post(address("case_new", draft), typed(fact=["monthly_sales"], **sales))
        assert stored()["profile"] == {"monthly_sales": {"2020-09": 10**8}}

    @pytest.mark.services
    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ({"name": ""}, "名前：この項目は必須です"),
            ({"name": "あ" * 101}, "名前："),
            ({"name": "a\x00b"}, "名前："),
            ({"name": "a\x07b"}, "名前：文字ではない制御文字"),
            ({"note": "a" * 1001}, "メモ："),
            ({"as_of": "いつか"}, "基準日：日付は"),
            ({"as_of": "1999-12-31"}, "基準日：2000年から"),
            ({"fact": ["no_such_fact"]}, "「no_such_fact」という項目はありません"),
            ({"fact-legal_form": "kaisha"}, "「kaisha」という選択肢はありません"),
            ({"fact-legal_form": ""}, "法人・組織の形態：値を入れてください"),
            ({"fact-legal_form": "_unknown"}, "法人・組織の形態：値を入れてください"),
            ({"fact-industry": "飲食店"}, "日本標準産業分類の2〜4桁の番号ではありません"),
            ({"fact-employees": "五人くらい"}, "数字で入力してください"),
            ({"fact-employees": "-1"}, "0から"),
            ({"fact-employees": "9" * 200}, "数字で入力してください"),
            ({"fact-in_deficit": "maybe"}, "「はい」「いいえ」"),
            ({"fact-payroll_growth": "1.0000000001"}, "小数点以下は9桁まで"),
            ({"fact-it_functions": ["accounting", "_none"]}, "一緒には選べません"),
            ({"fact-it_functions": ["gemu"]}, "「gemu」という選択肢はありません"),
            ({"fact-expenses-part": ["yacht"], "fact-expenses-yen": ["1"]}, "という経費の区分はありません"),
            ({"fact-expenses-part": ["", "", ""]}, "区分を選んでください"),
            ({"fact-expenses-yen": ["1.5"]}, "1円より細かい額"),
            ({"fact-expenses-part": ["other", "other"], "fact-expenses-yen": ["1", "2"]}, "同じ月・区分の行"),
            ({"fact-expenses-part": [], "fact-expenses-yen": []}, "値を入れてください"),
            ({"fact-expenses-part": ["other"] * 121, "fact-expenses-yen": ["1"] * 121}, "120行までです"),
            ({"expect-tsujo-verdict": "ok"}, "通常枠：選択肢にない値です"),
            ({"expect-chingin-unmet": ["<script>"]}, "賃金引上げ枠：選択肢にない値です"),
            ({"expect-tsujo-unmet": ["small-business"]}, "通常枠：満たさない要件があれば"),
            ({"expect-chingin-amount": "1円"}, "賃金引上げ枠：満たさない要件がある枠には、額がありません"),
            ({"expect-tsujo-amount": "たくさん"}, "通常枠：金額を数字で"),
            ({"expect-tsujo-amount": "1～2～3"}, "通常枠：額は「50万円」"),
            ({"expect-tsujo-amount": "5～3"}, "通常枠：額の上限は下限より大きく"),
            ({"expect-tsujo-verdict": ""}, "通常枠：判定を選んでください"),
            (
                {
                    "expect-tsujo-verdict": "",
                    "expect-tsujo-amount": "",
                    "expect-chingin-verdict": "",
                    "expect-chingin-unmet": [],
                },
                "期待する結果を、少なくとも一つの枠に",
            ),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_lost(
        self, desk: Client, draft: Draft, more: dict[str, Any], said: str
    ) -> None:
        response = desk.post(address("case_new", draft), typed(**more))
        assert response.status_code == 422
        assert said in words_of(response)
        assert "卸売業 従業員5人" in response.content.decode() or "name" in more
        assert not AcceptanceCase.objects.filter(slug="case-1").exists()
        assert '<script>"' not in response.content.decode()

    def test_what_was_typed_stands_there_again(self, desk: Client, draft: Draft) -> None:
        more = {"fact-employees": '"><script>五', "fact-expenses-yen": ["百まん", "x", ""], "name": ""}
        form = inputs_of(desk.post(address("case_new", draft), typed(**more)))
        sent = typed(**more)
        for name, values in sent.items():
            kept = form.get(name, [])
            wanted = values if isinstance(values, list) else [values]
            if name == "fact-industry":
                kept = [kept[0][:2]]
                wanted = ["52"]
            assert sorted(value for value in wanted if value) == sorted(value for value in kept if value), name

    def test_more_fields_than_django_takes_are_refused(self, desk: Client, draft: Draft) -> None:
        assert desk.post(address("case_new", draft), typed(fact=["employees"] * 6000)).status_code == 400


class TestFormButtons:
    def test_a_fact_is_added_where_its_topic_is(self, desk: Client, draft: Draft) -> None:
        response = desk.post(address("case_new", draft), typed(do="add", add="capital", name=""))
        form = inputs_of(response)
        assert response.status_code == 200
        assert form["fact"] == [key for key in vocabulary() if key in [*typed()["fact"], "capital"]]
        assert "autofocus" in response.content.decode()
        assert form["fact-employees"] == ["５人"]
        assert not AcceptanceCase.objects.filter(slug="case-1").exists()

    def test_nothing_chosen_to_add_changes_nothing(self, desk: Client, draft: Draft) -> None:
        response = desk.post(address("case_new", draft), typed(do="add", add=""))
        assert sorted(inputs_of(response)["fact"]) == sorted(typed()["fact"])

    def test_a_fact_is_taken_out(self, desk: Client, draft: Draft) -> None:
        response = desk.post(address("case_new", draft), typed(remove="employees"))
        assert "employees" not in inputs_of(response)["fact"]
        assert "fact-employees" not in inputs_of(response)

    def test_more_rows_for_amounts(self, desk: Client, draft: Draft) -> None:
        parts, yen = ["advertising"] * 3, ["1", "2", "3"]
        more = {"do": "rows", "fact-expenses-part": parts, "fact-expenses-yen": yen}
        form = inputs_of(desk.post(address("case_new", draft), typed(**more)))
        assert len(form["fact-expenses-yen"]) == 6

    def test_the_drafts_outcome_becomes_what_is_expected(self, desk: Client, draft: Draft) -> None:
        response = desk.post(address("case_new", draft), typed(do="prefill"))
        form = inputs_of(response)
        assert "まだ保存していません" in words_of(response)
        assert form["expect-tsujo-verdict"] == ["needs_info"]
        # 101.2万円の2/3は67万円余り。インボイスを聞いていないので、上限は50万円か100万円。
        assert form["expect-tsujo-amount"] == ["500,000円～674,666円"]
        assert "expect-chingin-unmet" not in form
        assert desk.post(address("case_new", draft), form).status_code == 302
        assert all(run.is_as_expected for run in runs_of(draft).values())

    def test_no_outcome_without_readable_answers(self, desk: Client, draft: Draft) -> None:
        more = {"do": "prefill", "fact-employees": "たくさん", "name": ""}
        response = desk.post(address("case_new", draft), typed(**more))
        assert response.status_code == 422
        assert "会社の回答と基準日を直すと" in words_of(response)
        assert "名前：" not in words_of(response)

    def test_no_outcome_of_a_draft_with_errors(self, desk: Client, draft: Draft, officer: User) -> None:
        change(draft, "frames.0.benefit", None, officer)
        response = desk.post(address("case_new", draft), typed(do="prefill"))
        assert response.status_code == 422
        assert "まだ動かせません" in words_of(response)

    @pytest.mark.parametrize("link", ["https://shirube.example/r/{token}/", "/r/{token}", "{token}"])
    def test_a_shared_self_check_gives_its_answers(self, desk: Client, draft: Draft, link: str) -> None:
        profile = {
            "industry": "76",
            "corporate_number": "1180301018771",
            "payroll_growth": Decimal("2.5"),
            "monthly_sales": {"2020-09": 5},
            "old_fact": 1,
        }
        check = SelfCheckFactory(profile=profile, shared=True, as_of=date(2023, 9, 1), title="株式会社ひみつ")
        link = link.format(token=check.share_token)
        response = desk.post(address("case_new", draft), typed(do="share", share=link, as_of=""))
        form = inputs_of(response)
        assert response.status_code == 200
        assert form["fact"] == ["industry", "monthly_sales", "payroll_growth"]
        assert (form["fact-industry"], form["fact-payroll_growth"]) == (["76 飲食店"], ["2.5"])
        assert (form["as_of"], form["name"]) == (["2023年9月1日"], ["卸売業 従業員5人"])
        assert "1件、入れませんでした" in words_of(response)
        assert "ひみつ" not in response.content.decode()

    @pytest.mark.parametrize(
        "link", ["", "https://example.com/", f"/r/{'x' * 65}", "/r/nobody/", "/r/a\x00b/", "' or 1"]
    )
    def test_a_link_that_opens_nothing_is_refused(self, desk: Client, draft: Draft, link: str) -> None:
        response = desk.post(address("case_new", draft), typed(do="share", share=link))
        assert response.status_code == 422
        assert "この共有リンクの診断は見つかりません" in words_of(response)
        assert inputs_of(response)["fact-employees"] == ["５人"]

    def test_an_owners_link_is_no_shared_link(self, desk: Client, draft: Draft) -> None:
        check = SelfCheckFactory(token="owners-token", shared=True, expired=True)
        for token in ("owners-token", check.share_token):
            assert desk.post(address("case_new", draft), typed(do="share", share=token)).status_code == 422

    def test_a_copy_starts_with_the_same_answers(self, desk: Client, draft: Draft) -> None:
        form = inputs_of(desk.get(address("case_new", draft) + "?copy=retail-6"))
        assert form["name"] == ["小売業 従業員6人（写し）"]
        assert desk.post(address("case_new", draft), form).status_code == 302
        copied, original = stored(), stored("retail-6")
        assert {**copied, "id": "", "name": ""} == {**original, "id": "", "name": ""}


class TestLostExpectations:
    def expecting(self, *expect: dict[str, Any]) -> None:
        row = AcceptanceCase.objects.get(program="jizokuka", slug="retail-6")
        row.document["expect"] = [*row.document["expect"][:1], *expect]
        row.save()

    @pytest.mark.parametrize("to_copy", [False, True])
    def test_what_the_draft_no_longer_has_is_said_before_it_is_lost(
        self, desk: Client, draft: Draft, to_copy: bool
    ) -> None:
        self.expecting(
            {"frame": "old-frame", "verdict": "eligible"},
            {"frame": "chingin", "verdict": "not_eligible", "unmet": ["old-rule", "wage-30"]},
        )
        page = address("case_new", draft) + "?copy=retail-6" if to_copy else address("case", draft, "retail-6")
        frame = "枠「old-frame」はこの案にありません。保存すると、この枠への期待は消えます。"
        rule = "枠「賃金引上げ枠」の要件「old-rule」はこの案にありません。保存すると、この要件への期待は消えます。"
        shown = desk.get(page)
        again = desk.post(page, inputs_of(shown) | {"name": ""})
        assert again.status_code == 422
        for response in (shown, again):
            assert frame in words_of(response)
            assert rule in words_of(response)

    def test_a_case_that_keeps_everything_says_nothing(self, desk: Client, draft: Draft) -> None:
        assert "期待は消えます" not in words_of(desk.get(address("case", draft, "retail-6")))
