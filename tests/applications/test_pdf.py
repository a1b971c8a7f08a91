"""HTML -> bytes, with the real WeasyPrint, and what the summary looks like when it is read back."""

import io
import os
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.contrib.staticfiles import finders
from pypdf import PdfReader

from applications.papers.content import content_hash, verification_code
from applications.summaries.document import freeze, summary_html
from eligibility.checks import NewCheck
from eligibility.engine.evaluate import RuleSet
from eligibility.models import SelfCheck
from portal.common.pdf import PdfError, UnprintableText, render_pdf
from portal.common.qr import qr_svg
from tests.applications.conftest import AS_OF, PROFILE

TODAY = date(2026, 11, 21)
SHARE_URL = "https://shirube.example/r/nur-zum-lesen/"
PAGE = '<!doctype html><html lang="ja"><head><title>題</title>{head}</head><body>{body}</body></html>'
FONT = '<link rel="stylesheet" href="static:css/paper.css">'


def page(body: str, head: str = FONT) -> str:
    return PAGE.format(head=head, body=body)


def text_of(pdf: bytes) -> str:
    """As pdftotext reads it, without the breaks of lines."""
    read = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return "".join(read.stdout.decode().split())


def make(rules: RuleSet, share_url: str = SHARE_URL, **fields: Any) -> bytes:
    check = SelfCheck(**{"title": "株式会社𠮷野製作所 髙﨑①㈱", "profile": PROFILE, "as_of": AS_OF, **fields})
    context = freeze(check, rules=rules, today=TODAY, share_url=share_url)
    return render_pdf(summary_html(context, code=verification_code(content_hash(context))))


@pytest.fixture(scope="module")
def summary_pdf(shipped_rules: RuleSet) -> bytes:
    return make(shipped_rules)


@pytest.fixture(scope="module")
def summary_text(summary_pdf: bytes) -> str:
    return text_of(summary_pdf)


@pytest.mark.parametrize(
    "body",
    [
        '<img src="https://example.com/x.png" alt="x">',
        '<img src="http://127.0.0.1:8000/x.png" alt="x">',
        '<img src="file:///etc/hostname" alt="x">',
        '<img src="data:image/png;base64,AAAA" alt="x">',
        '<img src="/static/css/summary.css" alt="x">',
        '<img src="static:../../etc/hostname" alt="x">',
        '<img src="static:css/not-there.png" alt="x">',
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/hostname"/></svg>',
        "<style>body { background: url(https://example.com/x.png) }</style>",
        "<style>@font-face { font-family: x; src: url(https://example.com/x.woff) } p { font-family: x }</style><p>x",
        "<style>@import 'https://example.com/x.css';</style>",
    ],
)
def test_nothing_but_static_files_is_fetched_and_what_is_missing_fails(body: str) -> None:
    with pytest.raises(PdfError):
        render_pdf(page(body))


def test_a_missing_stylesheet_and_unknown_css_fail() -> None:
    with pytest.raises(PdfError, match="not-there"):
        render_pdf(page("題", head='<link rel="stylesheet" href="static:css/not-there.css">'))
    with pytest.raises(PdfError, match="colour"):
        render_pdf(page("<style>p { colour: red }</style>"))


def test_a_character_without_glyph_fails_and_is_named() -> None:
    with pytest.raises(UnprintableText) as refused:
        render_pdf(page("\U0003fffd と \U0003fffd と \U0003fffc"))
    assert refused.value.characters == "\U0003fffd\U0003fffc"


def test_the_same_input_gives_the_same_bytes(summary_pdf: bytes, shipped_rules: RuleSet) -> None:
    assert make(shipped_rules) == summary_pdf


def test_every_page_says_what_it_belongs_to(summary_pdf: bytes) -> None:
    pages = len(PdfReader(io.BytesIO(summary_pdf)).pages)
    assert 5 < pages < 30
    for number in range(1, pages + 1):
        read = subprocess.run(
            ["pdftotext", "-f", str(number), "-l", str(number), "-", "-"],
            input=summary_pdf,
            capture_output=True,
            check=True,
        )
        words = "".join(read.stdout.decode().split())
        assert f"ページ{number}/{pages}" in words
        assert "基準日2023年10月17日" in words
        assert "照合コード" in words
        assert "monozukuri@r4-hosei2" in words


def test_it_is_tagged_and_says_its_language_and_title(summary_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(summary_pdf)) as pdf:
        assert str(pdf.Root.Lang) == "ja"
        assert bool(pdf.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.docinfo["/Title"]) == "支援制度 適格診断の結果（基準日 2023年10月17日）"
        assert pdf.docinfo["/CreationDate"] == "D:20261121"
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"


def test_every_font_is_embedded_and_subset(summary_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(summary_pdf)) as pdf:
        fonts = [
            found
            for page in pdf.pages
            for font in page.Resources.get("/Font", {}).values()
            for found in font.get("/DescendantFonts", [font])
        ]
        assert fonts
        for font in fonts:
            descriptor = font.FontDescriptor
            assert any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")), font.BaseFont
            assert str(font.BaseFont)[7:8] == "+", font.BaseFont


def test_the_charts_have_a_text_alternative(summary_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(summary_pdf)) as pdf:
        figures = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/Figure"]
        alternatives = {str(figure.get("/Alt", "")) for figure in figures}
    assert "閲覧専用ページのQRコード" in alternatives
    assert "" not in alternatives


@pytest.mark.parametrize(
    "words",
    [
        "株式会社𠮷野製作所",
        "髙﨑①㈱",
        "24金属製品製造業",
        "ものづくり・商業・サービス生産性向上促進事業",
        "要件を満たしています",
        "満たしていない要件があります",
        "18,000,000円×2/3＝12,000,000円",
        "今日の時点では終わっていることがあります",
        "最終的な判断は公募要領および所管の窓口によります",
        "004_cbe6c34ac374a521.txt",
        "四国経済産業局",
        "準備するもの",
        SHARE_URL,
    ],
)
def test_it_says(summary_text: str, words: str) -> None:
    assert words in summary_text


def test_it_names_every_rules_hash(summary_text: str, shipped_rules: RuleSet) -> None:
    hashes = [version.rules_hash for version in shipped_rules.versions.values() if version.document.program != "x"]
    assert [digest for digest in hashes if digest not in summary_text] == []


def test_without_sharing_there_is_neither_address_nor_code(shipped_rules: RuleSet) -> None:
    check = SelfCheck(profile={}, as_of=AS_OF)
    html = summary_html(freeze(check, rules=shipped_rules, today=TODAY, share_url=""), code="AAAA-BBBB-CCCC")
    assert 'class="qr"' not in html
    assert "QRコード" not in html


def test_an_unanswered_check_says_so(shipped_rules: RuleSet) -> None:
    check = SelfCheck(profile={}, unknown=["capital"], as_of=AS_OF)
    html = summary_html(freeze(check, rules=shipped_rules, today=TODAY, share_url=""), code="AAAA-BBBB-CCCC")
    assert "まだ何も回答していません。" in html
    assert "「わからない」と回答した項目：</b>資本金" in html


def test_a_day_before_every_programme_is_an_answer_too(shipped_rules: RuleSet) -> None:
    text = text_of(make(shipped_rules, as_of=date(2000, 1, 1)))
    assert "基準日に実施されている制度はありません" in text
    assert "基準日にまだ公表されていない制度" in text


@pytest.mark.parametrize("title", ["長" * 200, "W" * 200, "<script>alert(1)</script>&amp;"])
def test_no_name_breaks_the_page(shipped_rules: RuleSet, title: str, tmp_path: Path) -> None:
    """Nothing is drawn outside the margins: the words' boxes stay on the paper."""
    pdf = make(shipped_rules, title=title, profile={}, as_of=date(2000, 1, 1))
    boxes = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    right = [float(word.split('xMax="')[1].split('"')[0]) for word in boxes.splitlines() if "<word " in word]
    assert max(right) < 595 - 40
    assert "".join(title.split()) in text_of(pdf)


def test_a_qr_code_is_svg_without_inline_style() -> None:
    svg = qr_svg(SHARE_URL, title="<QR>")
    assert svg.startswith("<svg ") and "style" not in svg and "&lt;QR&gt;" in svg


def test_equal_content_has_equal_hash_and_another_day_another(new_check: NewCheck, shipped_rules: RuleSet) -> None:
    def digest(today: date, share_url: str = "") -> str:
        return content_hash(freeze(new_check.check, rules=shipped_rules, today=today, share_url=share_url))

    assert digest(TODAY) == digest(TODAY)
    assert len({digest(TODAY), digest(date(2026, 11, 22)), digest(TODAY, SHARE_URL)}) == 3


def test_a_stylesheet_with_a_fault_fails_every_time_and_a_mended_one_is_read_again(
    tmp_path: Path, settings: Any
) -> None:
    settings.STATICFILES_DIRS = [tmp_path]
    finders.get_finder.cache_clear()
    style, words = tmp_path / "trial.css", page("題", head='<link rel="stylesheet" href="static:trial.css">')
    try:
        style.write_text("p { colour: red }")
        for _ in range(2):
            with pytest.raises(PdfError, match="colour"):
                render_pdf(words)
        style.write_text("@page { size: 400pt 500pt }")
        os.utime(style, ns=(0, 1))
        assert PdfReader(io.BytesIO(render_pdf(words))).pages[0].mediabox.width == 400
        style.write_text("@page { size: 600pt 500pt }")
        os.utime(style, ns=(0, 2))
        assert PdfReader(io.BytesIO(render_pdf(words))).pages[0].mediabox.width == 600
    finally:
        finders.get_finder.cache_clear()
