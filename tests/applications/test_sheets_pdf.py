"""The sheet on paper: what stands in it, short and very long, read back from the PDF."""

from __future__ import annotations

import io
import subprocess
from datetime import date
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader

from applications.models import Client, Consultation, NextStep, Organisation, Sheet
from applications.papers.content import content_hash, verification_code
from applications.sheets.deadlines import deadlines_of
from applications.sheets.document import explained_of, freeze, rules_of, sheet_html
from applications.sheets.layout import answer_rows
from eligibility.engine.calendar import AsOf
from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.evaluate import RuleSet
from eligibility.evaluations import evaluate_profile
from eligibility.report import build_report
from eligibility.results import readable_profile
from portal.common.pdf import render_pdf
from programs.documents import vocabulary
from tests.applications.conftest import PROFILE
from tests.applications.supporters import SHOP

pytestmark = pytest.mark.django_db
AS_OF, TODAY = date(2023, 10, 17), date(2026, 11, 21)
STRANGE = "𠮷野①㈱髙﨑 =cmd|'/c calc'!A0 <script>alert(1)</script> {{ code }}"


def frozen(rules: RuleSet, *, name: str = "うずしお商店", kind: str = Sheet.Kind.FINAL, **given: Any) -> dict[str, Any]:
    organisation = Organisation(name=given.pop("organisation", "阿波商工会"), kind="shokokai", prefecture="36")
    client = Client(organisation=organisation, name=name, profile=given.pop("profile", SHOP))
    return freeze(
        client=client,
        kind=kind,
        as_of=given.pop("as_of", AS_OF),
        rules=rules,
        today=TODAY,
        adviser="髙﨑 花子",
        consultation=given.pop("consultation", None),
    )


def code_of(context: dict[str, Any]) -> str:
    return verification_code(content_hash(context))


def pdf_of(context: dict[str, Any]) -> bytes:
    return render_pdf(sheet_html(context, code=code_of(context)))


def texts_of(pdf: bytes) -> list[str]:
    """The words of each page, without white space."""
    read = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return ["".join(page.split()) for page in read.split("\f")[:-1]]


def talked(client: Client, **values: Any) -> Consultation:
    """Stored, since its steps are read from the database."""
    client.organisation.save()
    client.save()
    given = {"held_on": AS_OF, "adviser": _person(), **values}
    consultation = Consultation.objects.create(client=client, **given)
    NextStep.objects.create(consultation=consultation, text="見積りを取る", owner_name="𠮷野", due_on=date(2023, 11, 1))
    return consultation


def _person() -> Any:
    from tests.applications.supporters import adviser

    return adviser().user


@pytest.fixture(scope="module")
def shop_pdf(shipped_rules: RuleSet) -> bytes:
    return pdf_of(frozen(shipped_rules))


def test_the_same_content_gives_the_same_bytes_and_code(shop_pdf: bytes, shipped_rules: RuleSet) -> None:
    assert pdf_of(frozen(shipped_rules)) == shop_pdf
    assert code_of(frozen(shipped_rules)) != code_of(frozen(shipped_rules, name="ほかの店"))
    assert code_of(frozen(shipped_rules)) != code_of(frozen(shipped_rules, kind=Sheet.Kind.DRAFT))


def test_a_sheet_has_a_few_pages_each_of_which_says_what_it_belongs_to(shop_pdf: bytes, shipped_rules: RuleSet) -> None:
    pages = texts_of(shop_pdf)
    assert 3 <= len(pages) <= 6
    for number, words in enumerate(pages, start=1):
        assert f"ページ{number}/{len(pages)}" in words
        assert "基準日2023年10月17日" in words
        assert f"照合コード{code_of(frozen(shipped_rules))}" in words
        assert "jizokuka@r4-hosei2" in words
        assert "/verify/" in words
        assert "うずしお商店" in words


def test_the_sheet_says_what_was_found_and_why(shop_pdf: bytes) -> None:
    words = "".join(texts_of(shop_pdf))
    for part in (
        "うずしお商店御中",
        "阿波商工会",
        "髙﨑花子",
        "最終的な判断は公募要領および所管の窓口によります",
        "要件を満たしています",
        "500,000円〜600,000円",
        "上限",
        "2023年12月12日",
        "基準日から56日後",
        "GビズID",
        "うかがいたいこと",
        "署名",
        "広告宣伝費・販売促進費900,000円",
        "確定版",
    ):
        assert part in words, part
    assert "下書き" not in words


def test_a_draft_says_so_on_each_page_and_has_no_code_to_scan(shipped_rules: RuleSet) -> None:
    pdf = pdf_of(frozen(shipped_rules, kind=Sheet.Kind.DRAFT))
    pages = texts_of(pdf)
    assert all("相談シート（下書き）" in words and "下書きは照合できません" in words for words in pages)
    html = sheet_html(frozen(shipped_rules, kind=Sheet.Kind.DRAFT), code="AAAA-AAAA-AAAA")
    assert 'class="qr"' not in html
    assert "/verify/" not in html
    assert "?code=AAAA-AAAA-AAAA" not in html


def test_it_is_tagged_and_its_pictures_have_words(shop_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(shop_pdf)) as pdf:
        assert str(pdf.Root.Lang) == "ja"
        assert bool(pdf.Root.MarkInfo.Marked)
        assert "うずしお商店" in str(pdf.docinfo["/Title"])
        figures = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/Figure"]
        assert [str(figure.get("/Alt")) for figure in figures] == ["照合ページのQRコード"]


def test_what_was_typed_is_printed_as_it_is(shipped_rules: RuleSet) -> None:
    client = Client(organisation=Organisation(name=STRANGE[:200], kind="other"), name=STRANGE[:200], profile=PROFILE)
    consultation = talked(
        client,
        topics=[STRANGE[:60], "税制"],
        notes=f"{STRANGE}\n\n二つめの段落",
        open_questions=[STRANGE],
        programmes=["it-donyu", "withdrawn"],
        as_of=date(2023, 9, 1),
    )
    context = freeze(
        client=client,
        kind=Sheet.Kind.FINAL,
        as_of=AS_OF,
        rules=shipped_rules,
        today=TODAY,
        adviser=STRANGE[:100],
        consultation=consultation,
    )
    words = "".join(texts_of(pdf_of(context)))
    plain = "".join(STRANGE.split())
    assert words.count(plain) >= 4
    assert "2023年（令和5年）10月17日" in words
    assert "見積りを取る企業𠮷野2023年11月1日" in words
    assert "判定できる規則がない制度：withdrawn" in words
    assert context["explained"] == ["it-donyu"]
    assert "検討する制度：理由と金額" in words


def test_a_very_long_consultation_of_sixty_programmes_stays_on_its_pages(
    shipped_documents: list[ProgrammeDocument],
) -> None:
    copies = [
        document.model_copy(update={"program": f"{document.program}-{number}"})
        for number in range(12)
        for document in shipped_documents
    ]
    rules = RuleSet(((document, 1) for document in copies), vocabulary())
    client = Client(organisation=Organisation(name="支" * 200, kind="other"), name="企" * 200, profile=PROFILE)
    client.name_kana, client.own_key = "カ" * 200, "番" * 50
    chosen = ["jizokuka-0", "dx-toshi-zeisei-1"]
    consultation = talked(
        client,
        topics=["題" * 60] * 3,
        notes=f"{'長' * 3000}\n" * 3,
        open_questions=["問" * 300] * 5,
        programmes=chosen,
    )
    context = freeze(
        client=client,
        kind=Sheet.Kind.DRAFT,
        as_of=AS_OF,
        rules=rules,
        today=TODAY,
        adviser="担" * 100,
        consultation=consultation,
    )
    pdf = pdf_of(context)
    pages = texts_of(pdf)
    assert 15 < len(pages) < 45
    assert all("ほか54件（末尾の表" in words for words in pages)
    assert all(f"ページ{number}/{len(pages)}" in words for number, words in enumerate(pages, start=1))
    assert "".join(pages).count("長") == 9000
    assert sorted(context["explained"]) == sorted(chosen)
    assert len(rules_of(context)) == 60
    # Nothing stands outside the paper.
    for page in PdfReader(io.BytesIO(pdf)).pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)


def test_of_programmes_nobody_chose_the_best_that_take_applications_are_explained(shipped_rules: RuleSet) -> None:
    def explained(profile: dict[str, Any], day: date, chosen: list[str]) -> list[str]:
        report = build_report(readable_profile(profile, vocabulary()), AsOf(day), shipped_rules)
        return explained_of(report, chosen)

    assert explained(SHOP, AS_OF, []) == ["jizokuka"]
    assert explained(PROFILE, AS_OF, [])[0] == "monozukuri"
    assert "dx-toshi-zeisei" not in explained(PROFILE, AS_OF, [])  # its time is over on that day
    assert 0 < len(explained(PROFILE, TODAY, [])) <= 3  # nothing can be applied for: what would fit
    assert explained(SHOP, AS_OF, ["monozukuri", "withdrawn"]) == ["monozukuri"]
    assert explained(SHOP, date(2019, 1, 1), ["monozukuri"]) == []


def test_a_day_without_rules_is_a_sheet_too(shipped_rules: RuleSet) -> None:
    words = "".join(texts_of(pdf_of(frozen(shipped_rules, as_of=date(2019, 1, 1), profile={}))))
    assert "基準日に実施されている制度はありません" in words
    assert "まだ何もうかがっていません" in words


def test_every_programme_says_whether_it_takes_applications_when_the_sheet_is_made(shipped_rules: RuleSet) -> None:
    """Also those that are not explained: what was open on the day may be over."""
    context = frozen(shipped_rules)
    listed = sheet_html(context, code="AAAA-AAAA-AAAA").split("<h2>判定の一覧</h2>")[1].split("</table>")[0]
    programmes = context["report"]["programmes"]
    assert len(context["explained"]) < len(programmes)
    assert listed.count(f"作成日（{context['made_on_text']}）の受付：") == len(programmes)
    assert "受付終了" in listed
    same_day = {**context, "made_on_text": context["report"]["as_of_text"]}
    assert (
        "作成日（"
        not in sheet_html(same_day, code="AAAA-AAAA-AAAA").split("<h2>判定の一覧</h2>")[1].split("</table>")[0]
    )


def test_a_frame_that_fails_is_one_line_with_its_reason(shipped_rules: RuleSet) -> None:
    words = "".join(texts_of(pdf_of(frozen(shipped_rules, profile=SHOP | {"employees": 500}))))
    assert "満たしていない要件があります：" in words
    assert "対象外" not in words


def test_an_open_review_is_never_eligible_outright(shipped_rules: RuleSet) -> None:
    without_plan = {key: value for key, value in SHOP.items() if key != "writes_own_business_plan"}
    context = frozen(shipped_rules, profile=without_plan)
    open_ones = [
        frame["verdict_label"]
        for programme in context["report"]["programmes"]
        for frame in programme["frames"]
        if frame["verdict"] == "eligible" and frame["open_review"]
    ]
    assert open_ones
    html = sheet_html(context, code="AAAA-AAAA-AAAA")
    for label in open_ones:
        assert "要確認" in label
        assert label in html


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2023, 10, 17), [("小規模事業者持続化補助金", "第14回", 56)]),
        (date(2023, 12, 12), [("小規模事業者持続化補助金", "第14回", 0)]),
        (date(2023, 12, 13), []),
        (date(2023, 9, 13), [("小規模事業者持続化補助金", "第14回", 90)]),
    ],
)
def test_deadlines_within_ninety_days_and_those_to_come(
    shipped_rules: RuleSet, day: date, expected: list[tuple[str, str, int]]
) -> None:
    profile = readable_profile(SHOP, vocabulary())
    results = evaluate_profile(profile, AsOf(day), shipped_rules).results
    found = deadlines_of(results, day)
    assert [(deadline.programme, deadline.round, deadline.days_left) for deadline in found] == expected
    assert all(len(deadline.frames) == 5 for deadline in found)


def test_short_answers_share_a_line() -> None:
    rows = answer_rows([("甲", "はい"), ("乙", "いいえ"), ("丙", "あ" * 40), ("丁", "はい")])
    assert [[label for label, _ in row] for row in rows] == [["甲", "乙"], ["丙"], ["丁"]]
