"""What is in a delivery: the ZIP with its list, the joined PDF with its table of contents."""

from __future__ import annotations

import os
import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from pypdf import PdfReader

from applications.batches import delivering
from applications.batches.contents import LOST, UNFINISHED, archive_name
from applications.batches.delivering import front_pages
from applications.models import Client, Delivery, Membership, Sheet
from applications.papers.files import safe_name, whole_file
from portal.common.jobs import JobState
from tests.applications.made_sheets import batch_of, delivered, make_sheets, some_clients
from tests.applications.supporters import adviser, client_of

pytestmark = pytest.mark.django_db

LONG = "株式会社" + "𠮷" * 196


@pytest.fixture
def acting() -> Membership:
    return adviser()


def archive_of(delivery: Delivery) -> zipfile.ZipFile:
    return zipfile.ZipFile(default_storage.path(delivery.archive.name))


def list_of(delivery: Delivery) -> list[tuple[Any, ...]]:
    with archive_of(delivery) as archive:
        book = openpyxl.load_workbook(BytesIO(archive.read("000_一覧.xlsx")))
    return list(book.worksheets[0].iter_rows(values_only=True))


def made_batch(acting: Membership, chosen: list[Client]) -> Delivery:
    batch = batch_of(acting, chosen)
    make_sheets(Sheet.objects.filter(batch=batch))
    return delivered(batch)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("うずしお商店", "うずしお商店"),
        ('A/B\\C:D*E?F"G<H>I|J', "A_B_C_D_E_F_G_H_I_J"),
        ("../../etc/passwd", "etc_passwd"),
        (" .名前. ", "名前"),
        ("改\r\n行\x00と\u202e向き", "改__行_と_向き"),
        ("①㈱髙﨑", "①㈱髙﨑"),
        ("...", "企業"),
        ("", "企業"),
    ],
)
def test_a_clients_name_becomes_part_of_a_files_name(name: str, expected: str) -> None:
    assert safe_name(name) == expected


def test_a_long_name_is_cut_for_every_system() -> None:
    name = archive_name(12, 3, LONG)

    assert name.startswith("012_株式会社𠮷") and name.endswith("𠮷_相談シート.pdf")
    assert len(name) < 80 and len(name.encode()) < 255


def test_the_zip_holds_each_sheet_under_its_name_and_a_list(acting: Membership) -> None:
    chosen = [client_of(acting, name) for name in ("うずしお商店", "うずしお商店", "①㈱髙﨑/本店", LONG)]
    delivery = made_batch(acting, chosen)

    with archive_of(delivery) as archive:
        assert archive.testzip() is None
        first, *names = archive.namelist()
        assert first == "000_一覧.xlsx"
        assert sorted(name.partition("_")[0] for name in names) == ["001", "002", "003", "004"]
        assert sorted(name.partition("_")[2] for name in names[1:3]) == ["うずしお商店_相談シート.pdf"] * 2
        assert all(info.flag_bits & 0x800 for info in archive.infolist()), "names are marked as UTF-8"
        for name in names:
            assert len(PdfReader(BytesIO(archive.read(name))).pages) == 2
    assert delivery.archive_size == default_storage.size(delivery.archive.name)


def test_the_list_says_what_came_of_each_client(acting: Membership) -> None:
    chosen = some_clients(acting)
    Client.objects.filter(pk=chosen[0].pk).update(own_key="A-1", corporate_number="7000012050002")
    batch = batch_of(acting, chosen)
    made, failed, _waiting = Sheet.objects.filter(batch=batch).order_by("client__name")
    make_sheets([made])
    Sheet.objects.filter(pk=failed.pk).update(state=JobState.FAILED, error="印刷できない文字があります")
    delivery = Delivery.objects.create(batch=batch)

    delivering.deliver(Delivery.jobs().claim(delivery.pk))
    with zipfile.ZipFile(default_storage.path(delivering.archive_file(delivery.pk))) as archive:
        book = openpyxl.load_workbook(BytesIO(archive.read("000_一覧.xlsx")))
        names = archive.namelist()
    heading, *rows = book.worksheets[0].iter_rows(values_only=True)

    verdicts = (1, 1, 1, 2)
    none = (None,) * 4
    file = "001_企業00_相談シート.pdf"
    assert names == ["000_一覧.xlsx", file]
    assert heading[:4] == ("番号", "企業名", "法人番号", "顧客番号")
    assert rows == [
        (1, "企業00", "7000012050002", "A-1", *verdicts, 2, file, None),
        (2, "企業01", None, None, *none, None, None, "印刷できない文字があります"),
        (3, "企業02", None, None, *none, None, None, UNFINISHED),
    ]


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "＝cmd", "'=1"])
def test_a_name_that_looks_like_a_formula_stays_text(acting: Membership, name: str) -> None:
    delivery = made_batch(acting, [client_of(acting, name)])

    with archive_of(delivery) as archive:
        book = openpyxl.load_workbook(BytesIO(archive.read("000_一覧.xlsx")))
    cell = book.worksheets[0]["B2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (name, "s", True)


def test_a_sheet_whose_file_is_lost_is_listed_and_the_others_are_delivered(acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting))
    make_sheets(Sheet.objects.all())
    default_storage.delete(Sheet.objects.order_by("client__name")[1].file_name)

    delivery = delivered(batch)

    assert [row[-1] for row in list_of(delivery)[1:]] == [None, LOST, None]
    assert delivery.pages == 4


def test_the_joined_pdf_has_every_page_a_bookmark_each_and_a_table_of_contents(acting: Membership) -> None:
    delivery = made_batch(acting, some_clients(acting))

    reader = PdfReader(default_storage.path(delivery.joined.name))
    bookmarks = {item.title: reader.get_destination_page_number(item) for item in reader.outline}
    assert len(reader.pages) == 1 + 6
    assert bookmarks == {"目次": 0, "1 企業00": 1, "2 企業01": 3, "3 企業02": 5}
    assert delivery.pages == 6
    assert delivery.joined_size == default_storage.size(delivery.joined.name)
    text = reader.pages[0].extract_text()
    assert "企業02" in text and "秋の訪問" in text and "作れなかった企業" not in text


def test_a_long_table_of_contents_counts_its_own_pages(acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting, 3))
    make_sheets(Sheet.objects.all())
    entries = list(delivering.entries_of(batch)) * 40

    reader = PdfReader(BytesIO(front_pages(batch, entries)))

    own = len(reader.pages)
    assert own > 2
    first = next(line for line in reader.pages[0].extract_text().splitlines() if "企業00" in line)
    assert first.split()[-1] == str(own + 1)


def test_a_failed_client_is_named_even_if_its_name_cannot_be_drawn(acting: Membership) -> None:
    batch = batch_of(acting, [client_of(acting, "企業\U0001f9e8花火"), client_of(acting, "隣の企業")])
    bad, good = Sheet.objects.filter(batch=batch).order_by("-client__name")
    if "隣" in bad.client.name:
        bad, good = good, bad
    make_sheets([good])
    Sheet.objects.filter(pk=bad.pk).update(state=JobState.FAILED, error="印刷できない文字があります：\U0001f9e8")

    reader = PdfReader(default_storage.path(delivered(batch).joined.name))

    text = reader.pages[0].extract_text()
    assert "作れなかった企業が1社あります" in text.replace("\n", "")
    assert "企業〓花火" in text


def test_a_file_is_there_whole_or_not_at_all() -> None:
    with pytest.raises(RuntimeError), whole_file("batches/half.zip") as path:
        path.write_bytes(b"half")
        raise RuntimeError
    folder = Path(default_storage.path("batches"))
    assert not list(folder.glob("half*"))

    with whole_file("batches/whole.zip") as path:
        path.write_bytes(b"whole")
    assert [found.name for found in folder.glob("whole*")] == ["whole.zip"]
    assert (folder / "whole.zip").stat().st_mode & 0o777 == 0o600
    (folder / "whole.zip").unlink()


def test_what_a_killed_worker_left_goes_with_the_next_attempt(acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting, 1))
    make_sheets(Sheet.objects.all())
    delivery = Delivery.objects.create(batch=batch)
    left = Path(default_storage.path(f"batches/{delivery.pk}.zip.0123.part"))
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half")

    delivered(batch)

    assert sorted(path.suffix for path in left.parent.glob(f"{delivery.pk}*")) == [".pdf", ".zip"]


def test_old_files_that_no_delivery_knows_are_removed(acting: Membership) -> None:
    delivery = made_batch(acting, some_clients(acting, 1))
    old = (timezone.now() - timedelta(hours=2)).timestamp()
    folder = Path(default_storage.path("batches"))
    for name in (delivery.archive.name, "batches/orphan.zip", "batches/orphan.pdf.1.part"):
        Path(default_storage.path(name)).touch()
        os.utime(default_storage.path(name), (old, old))
    young = folder / "young.zip"
    young.touch()

    assert delivering.remove_orphans() == 2
    assert default_storage.exists(delivery.archive.name) and young.exists()
    young.unlink()
