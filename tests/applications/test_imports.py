"""Lists of clients from files: read and compared, confirmed, stored; twice is once, and nobody is overwritten."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from applications.clients import clients, imports
from applications.clients.imports import Stage, State
from applications.clients.tables import TableRefused
from applications.models import Client, ClientImport, Event, ImportRow, Match, Membership
from portal.common.jobs import JobLost, JobState
from tests.applications.lists import csv_of, read, row_of, run, said, store, told, xlsx_of
from tests.applications.supporters import adviser, client_of, manager, organisation

pytestmark = pytest.mark.django_db

NUMBER, OTHER_NUMBER = "7000012050002", "1000012160153"
HEADINGS = ["企業名", "法人番号", "会員番号", "資本金"]


@pytest.fixture
def tanto() -> Membership:
    return adviser()


def file_of(imported: ClientImport) -> Path:
    return Path(default_storage.path(f"imports/{imported.pk}"))


def counts(imported: ClientImport) -> dict[str, int]:
    return {state: count for state, count in imported.counts.items() if count}


def mine(acting: Membership) -> dict[str, Client]:
    return {client.name: client for client in Client.objects.filter(organisation=acting.organisation)}


# --- reading ----------------------------------------------------------------------------------------------------------


def test_a_messy_list_becomes_clients_with_answers_and_history(tanto: Membership, programmes: None) -> None:
    rows = [
        ["阿波商工会　会員名簿（令和5年度）"],
        [None, None, None, None, "（単位：千円）"],
        [None, "会社名 ※必須", "法人番号", "都道府県", "資本金", "従業員数（人）", "設立年月日", "赤字", "担当者"],
        [None, "株式会社髙﨑①㈱𠮷野", 7000012050002, "徳島", 10000, 12, date(1990, 4, 1), "×", "tanto@example.jp"],
        [],
        [None, "鳴門屋", None, "徳島県鳴門市", "300万円", "５人", "昭和55年４月１日", "わからない", None],
    ]
    rows[2] += ["タグ", "備考", "TEL", "経費：広告宣伝費", "月別売上高：2023-07", "2023年8月売上高", "業種"]
    rows[3] += ["製造、重点", "=cmd|'/C calc'!A0", "088", 900, "2,400", 2500, "58 飲食料品小売業"]
    imported = read(tanto, xlsx_of(rows))

    assert (imported.stage, imported.state) == (Stage.WAITING, JobState.DONE)
    assert counts(imported) == {"new": 2}
    assert [column["heading"] for column in imported.columns if not column["key"]] == ["TEL"]
    assert not Client.objects.exists(), "nothing is stored before the confirmation"

    store(tanto, imported)
    assert (imported.stage, counts(imported)) == (Stage.STORED, {"stored": 2})
    takasaki, naruto = mine(tanto)["株式会社髙﨑①㈱𠮷野"], mine(tanto)["鳴門屋"]
    assert takasaki.profile == {
        "corporate_number": NUMBER,
        "prefecture": "36",
        "capital": 10_000_000,
        "employees": 12,
        "established_on": "1990-04-01",
        "in_deficit": False,
        "expenses": {"advertising": 900_000},
        "monthly_sales": {"2023-07": 2_400_000, "2023-08": 2_500_000},
        "industry": "58",
    }
    assert takasaki.corporate_number == NUMBER
    assert (takasaki.tags, takasaki.notes) == (["製造", "重点"], "=cmd|'/C calc'!A0")
    assert takasaki.assigned_to == tanto.user
    assert (naruto.profile["capital"], naruto.unknown) == (3_000_000, ["in_deficit"])
    history = takasaki.history.get()
    assert (history.history_user, history.history_change_reason) == (tanto.user, "取り込み：名簿.xlsx")
    assert Match.objects.filter(client=takasaki).count() == Match.objects.filter(client=naruto).count() > 10
    assert Event.objects.get().detail == "名簿.xlsx（新規2社、更新0社）"


def test_every_wrong_cell_is_named_with_its_place_and_what_to_type(tanto: Membership) -> None:
    imported = read(tanto, csv_of([HEADINGS, ["う" * 201, "7000012050003", "A", "五百まん"], ["よい"]]))
    row = row_of(imported, 2)
    assert (row.state, row.name) == (State.BROKEN, "")
    assert row.problems[1:] == [
        {
            "column": "法人番号",
            "letter": "B",
            "cell": "7000012050003",
            "message": "正しい法人番号ではありません。数字の打ち間違いがないか、13桁を確かめてください。",
        },
        {
            "column": "資本金",
            "letter": "D",
            "cell": "五百まん",
            "message": "金額を数字で入力してください（例：1200000、120万円）。",
        },
    ]
    assert row.problems[0]["cell"] == "う" * 100 + "…"
    assert "200文字まで" in row.problems[0]["message"]
    assert row_of(imported, 3).state == State.NEW


def test_rows_that_are_in_the_file_twice(tanto: Membership) -> None:
    client_of(tanto, "あり", corporate_number=NUMBER)
    rows = [
        ["あ", "", "A-1"],
        ["い", "", "A-1"],
        ["う"],
        ["う"],
        ["え", NUMBER],
        ["お", NUMBER],
        ["", "", "", 5],
        ["合計"],
    ]
    imported = read(tanto, csv_of([HEADINGS, *rows]))
    assert told(row_of(imported, 3)) == ["C 2行目と同じ番号です。どちらかの行を消してください。"]
    assert (row_of(imported, 5).state, told(row_of(imported, 5))) == (
        State.NEW,
        ["A 4行目と同じ企業名です。同じ企業でないか、確かめてください。"],
    )
    assert told(row_of(imported, 7)) == ["B 6行目と同じ番号です。どちらかの行を消してください。"]
    assert "どの支援先か決められません" in told(row_of(imported, 8))[0]
    assert "合計の行のよう" in told(row_of(imported, 9))[0]


def test_a_client_is_found_by_its_number_then_by_its_own_key(tanto: Membership) -> None:
    by_number = clients.create(acting=tanto, values={"name": "番号"}, profile={"corporate_number": NUMBER})
    by_key = clients.create(acting=tanto, values={"name": "鍵", "own_key": "A-1"})
    rows = [
        ["番号（新）", NUMBER, "", ""],
        ["鍵（新）", "", "A-1", 100],
        ["名だけ", "", "", ""],
        ["", OTHER_NUMBER, "", ""],
    ]
    imported = read(tanto, csv_of([HEADINGS, *rows]))
    assert row_of(imported, 2).client == by_number
    assert row_of(imported, 2).changes == [["企業名", "番号", "番号（新）"]]
    assert row_of(imported, 3).client == by_key
    assert row_of(imported, 4).state == State.NEW
    assert "新しく登録するには、企業名が必要" in told(row_of(imported, 5))[0]


def test_numbers_of_two_clients_in_one_row_are_refused(tanto: Membership) -> None:
    clients.create(acting=tanto, values={"name": "番号の社"}, profile={"corporate_number": NUMBER})
    clients.create(acting=tanto, values={"name": "鍵の社", "own_key": "A-1"})
    imported = read(tanto, csv_of([HEADINGS, ["だれ", NUMBER, "A-1", 5]]))
    assert told(row_of(imported, 2)) == ["C この番号は「鍵の社」のもので、「番号の社」のものではありません。"]


def test_another_number_for_a_client_is_shown_and_warned_of(tanto: Membership) -> None:
    clients.create(acting=tanto, values={"name": "あ", "own_key": "A-1"}, profile={"corporate_number": NUMBER})
    row = row_of(read(tanto, csv_of([HEADINGS, ["あ", OTHER_NUMBER, "A-1", ""]])), 2)
    assert row.state == State.CHANGED
    assert row.changes == [["法人番号（13桁）", NUMBER, OTHER_NUMBER]]
    assert "別の企業でないか" in told(row)[0]


def test_the_same_name_is_a_warning_and_no_match(tanto: Membership) -> None:
    client_of(tanto, "うずしお商店")
    row = row_of(read(tanto, csv_of([["企業名"], ["うずしお商店"]])), 2)
    assert row.state == State.NEW
    assert "すでに登録されています" in told(row)[0]


def test_amounts_without_unit_that_are_too_small_are_good_and_told_of(tanto: Membership) -> None:
    rows = [["あ", "", "", 500], ["い", "", "", "3,000"], ["う", "", "", "300万円"], ["え", "12", "", 500]]
    imported = read(tanto, csv_of([HEADINGS, *rows]))
    advice = (
        "500円と読みました。万円の表なら見出しを「資本金（万円）」に、千円の表なら「資本金（千円）」に直して、"
        "送り直してください。"
    )
    assert [column["warning"] for column in imported.columns if "warning" in column] == [advice]
    assert (row_of(imported, 2).state, told(row_of(imported, 2))) == (
        State.NEW,
        ["D 500円と読みました。単位が違えば、見出しを「資本金（万円）」などに直します。"],
    )
    assert "3,000円と読みました" in told(row_of(imported, 3))[0]
    assert told(row_of(imported, 4)) == [], "it says its own"
    assert len(told(row_of(imported, 5))) == 1, "what is not stored is not stored wrongly"
    fine = read(tanto, csv_of([["企業名", "資本金（円）"], ["あ", 500]]))
    assert told(row_of(fine, 2)) == []
    assert not any("warning" in column for column in fine.columns)


def test_a_stranger_among_the_persons_in_charge_is_a_warning_and_changes_nothing(tanto: Membership) -> None:
    known = clients.create(acting=tanto, values={"name": "あ", "own_key": "A-1", "assigned_to": tanto.user})
    rows = [["会員番号", "企業名", "担当者"], ["A-1", "あ（新）", "総務 花子"], ["A-2", "い", "総務 花子"]]
    imported = read(tanto, csv_of([*rows, ["A-3", "う", "tanto"]]))
    assert counts(imported) == {"changed": 1, "new": 2}
    assert row_of(imported, 2).changes == [["企業名", "あ", "あ（新）"]]
    assert "C この名前の職員はいないので、担当者は変えません。" in told(row_of(imported, 3))[0]
    assert told(row_of(imported, 4)) == []
    store(tanto, imported)
    known.refresh_from_db()
    assert (known.name, known.assigned_to) == ("あ（新）", tanto.user)
    assert {name: client.assigned_to for name, client in mine(tanto).items() if name in "いう"} == {
        "い": None,
        "う": tanto.user,
    }


def test_another_organisations_clients_do_not_exist(tanto: Membership) -> None:
    theirs = manager("yoso", of=organisation("伊予商工会"))
    other = client_of(theirs, "よその社", corporate_number=NUMBER)
    rows = [["企業名", "法人番号", "しるべ番号"], ["よその社", NUMBER, ""], ["だれか", "", str(other.pk)]]
    imported = read(tanto, csv_of(rows))
    assert (row_of(imported, 2).state, told(row_of(imported, 2))) == (State.NEW, [])
    assert "このしるべ番号の支援先はありません" in told(row_of(imported, 3))[0]
    store(tanto, imported)
    other.refresh_from_db()
    assert other.stamp == 1


def test_only_what_stands_in_the_file_is_changed(tanto: Membership) -> None:
    client = clients.create(
        acting=tanto,
        values={"name": "あ", "own_key": "A-1", "notes": "のこる", "tags": ["のこる"]},
        profile={
            "employees": 4,
            "capital": 1_000_000,
            "expenses": {"travel": 1, "training": 2},
            "monthly_sales": {"2023-06": 6, "2023-07": 7},
            "payroll_growth": Decimal("2.0"),
        },
        unknown=["in_deficit"],
    )
    rows = [
        [
            "会員番号",
            "企業名",
            "従業員数",
            "経費：旅費",
            "月別売上高：2023-07",
            "資本金",
            "備考",
            "赤字",
            "payroll_growth",
        ]
    ]
    rows += [["A-1", "", "9", "10", "70", "", "-", "いいえ", "2%"]]
    imported = store(tanto, read(tanto, csv_of(rows)))
    assert counts(imported) == {"stored": 1}
    client.refresh_from_db()
    assert client.profile == {
        "employees": 9,
        "capital": 1_000_000,
        "expenses": {"travel": 10, "training": 2},
        "monthly_sales": {"2023-06": 6, "2023-07": 70},
        "payroll_growth": 2,
        "in_deficit": False,
    }
    assert (client.name, client.notes, client.tags, client.unknown) == ("あ", "のこる", ["のこる"], [])
    assert client.stamp == 2


def test_the_same_file_again_changes_nothing(tanto: Membership) -> None:
    rows = [
        [*HEADINGS, "給与支給総額の年率の伸び（計画）"],
        ["あ", NUMBER, "", 500, "1.50%"],
        ["い", "", "A-1", "不明", ""],
    ]
    content = csv_of(rows)
    store(tanto, read(tanto, content))
    again = read(tanto, content)
    assert counts(again) == {"same": 2}
    assert not imports.confirm(acting=tanto, imported=again)
    assert [client.history.count() for client in mine(tanto).values()] == [1, 1]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (csv_of([["資本金"], [5]]), "見出しの行が見つかりません"),
        (csv_of([["企業名"]]), "企業の行がありません"),
        (csv_of([["企業名"], *[[f"社{number}"] for number in range(10_001)]]), "10,000社まで"),
        (csv_of([["企業名", *[f"列{number}" for number in range(300)]], ["あ"]]), "300列まで"),
        (csv_of([["企業名", "会社名"], ["あ", "い"]]), "二つ以上"),
    ],
)
def test_a_list_that_cannot_be_read_fails_at_once_and_says_why(tanto: Membership, content: bytes, why: str) -> None:
    imported = read(tanto, content)
    assert (imported.state, imported.stage, imported.attempts) == (JobState.FAILED, Stage.READING, 1)
    assert why in imported.error
    assert not imported.rows.exists()
    assert not file_of(imported).exists(), "nobody needs it any more"
    assert not imports.can_retry(imported)
    assert not imports.retry(acting=tanto, imported=imported), "it must fail again"


def test_what_failed_by_accident_can_be_tried_again(tanto: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = imports.request_import(acting=tanto, name="名簿.csv", content=csv_of([["企業名"], ["あ"]]))

    def breaks(content: bytes) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(imports, "read_tables", breaks)
        for _ in range(3):
            run(imported)
    assert imported.state == JobState.FAILED
    assert imports.can_retry(imported)
    assert imports.retry(acting=tanto, imported=imported)
    assert run(imported).stage == Stage.WAITING


def test_a_worker_that_lost_its_job_removes_no_file(tanto: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = imports.request_import(acting=tanto, name="名簿.csv", content=csv_of([["企業名"], ["あ"]]))
    slow = ClientImport.jobs().claim(imported.pk)

    def is_slow(content: bytes) -> None:
        ClientImport.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
        ClientImport.jobs().sweep()
        raise TableRefused("時間切れ")

    with monkeypatch.context() as late:
        late.setattr(imports, "read_tables", is_slow)
        with pytest.raises(JobLost):
            imports._work(slow)
    assert run(imported).stage == Stage.WAITING


def test_ten_thousand_companies_are_read(tanto: Membership) -> None:
    imported = read(tanto, csv_of([["企業名", "会員番号"], *[[f"社{number}", number] for number in range(10_000)]]))
    assert counts(imported) == {"new": 10_000}
    assert row_of(imported, 10_001).name == "社9999"


def test_what_is_no_list_is_refused_before_a_job_is_made(tanto: Membership) -> None:
    for content in (b"", b"%PDF-1.4", bytes(11 * 1024 * 1024)):
        with pytest.raises(imports.ImportRefused):
            imports.request_import(acting=tanto, name="x", content=content)
    assert not ClientImport.objects.exists()


def test_so_many_lists_may_wait_and_no_more(tanto: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "MAX_OPEN", 2)
    first, _ = (read(tanto, csv_of([["企業名"], ["あ"]])) for _ in range(2))
    with pytest.raises(imports.ImportRefused, match="2件"):
        read(tanto, csv_of([["企業名"], ["あ"]]))
    imports.dismiss(acting=tanto, imported=first)
    assert read(tanto, csv_of([["企業名"], ["あ"]])).stage == Stage.WAITING


def test_other_sheets_are_named_as_left_out(tanto: Membership) -> None:
    imported = read(tanto, xlsx_of([["企業名"], ["あ"]], 廃業=[["企業名"], ["い"]]))
    assert [column["heading"] for column in imported.columns if not column["key"]] == ["シート「廃業」"]


# --- storing ----------------------------------------------------------------------------------------------------------


def test_broken_rows_stay_out_and_good_ones_are_stored(tanto: Membership) -> None:
    imported = store(tanto, read(tanto, csv_of([HEADINGS, ["よい", "", "", 5], ["わるい", "", "", "x"]])))
    assert counts(imported) == {"stored": 1, "broken": 1}
    assert list(mine(tanto)) == ["よい"]


def leave_out(acting: Membership, imported: ClientImport, number: int, is_left_out: bool = True) -> bool:
    return imports.choose(acting=acting, imported=imported, number=number, is_left_out=is_left_out)


def test_rows_are_left_out_and_taken_back_before_the_confirmation(tanto: Membership) -> None:
    known = clients.create(acting=tanto, values={"name": "お", "own_key": "A-1"})
    imported = read(tanto, csv_of([HEADINGS, ["あ", "", "", 5], ["い"], ["う"], ["お", "", "A-1", 5], ["え", "x"]]))
    before = {number: row_of(imported, number).problems for number in range(2, 7)}
    for number in (2, 2, 3, 5, 6, 99):
        assert leave_out(tanto, imported, number)
    imported.refresh_from_db()
    assert counts(imported) == {"new": 1, "skipped": 3, "broken": 1}
    assert told(row_of(imported, 2)).count(" 「登録しない」を選んだ行です。") == 1
    for number in (3, 4, 5, 6):
        assert leave_out(tanto, imported, number, False)
    assert [row_of(imported, number).state for number in range(2, 7)] == ["skipped", "new", "new", "changed", "broken"]
    assert [row_of(imported, number).problems == before[number] for number in range(2, 7)] == [False, *[True] * 4]
    leave_out(tanto, imported, 5)

    store(tanto, imported)
    assert counts(imported) == {"stored": 2, "skipped": 2, "broken": 1}
    assert set(mine(tanto)) == {"い", "う", "お"}
    known.refresh_from_db()
    assert known.stamp == 1
    assert Event.objects.get().detail == "名簿.xlsx（新規2社、更新0社）"


def test_once_confirmed_or_dismissed_no_row_is_chosen_any_more(tanto: Membership) -> None:
    imported = read(tanto, csv_of([["企業名"], ["あ"], ["い"]]))
    leave_out(tanto, imported, 3)
    assert not leave_out(manager("yoso", of=organisation("伊予商工会")), imported, 2), "not theirs"
    assert imports.confirm(acting=tanto, imported=imported)
    assert not leave_out(tanto, imported, 2)
    assert not leave_out(tanto, imported, 3, False)
    run(imported)
    assert not leave_out(tanto, imported, 3, False)
    assert counts(imported) == {"stored": 1, "skipped": 1}


def test_where_every_row_is_left_out_there_is_nothing_to_confirm(tanto: Membership) -> None:
    imported = read(tanto, csv_of([["企業名"], ["あ"]]))
    leave_out(tanto, imported, 2)
    assert not imports.confirm(acting=tanto, imported=imported)
    imported.refresh_from_db()
    assert imported.stage == Stage.WAITING
    leave_out(tanto, imported, 2, False)
    assert imports.confirm(acting=tanto, imported=imported)


def test_confirmed_twice_is_confirmed_once(tanto: Membership) -> None:
    imported = read(tanto, csv_of([["企業名"], ["あ"]]))
    assert imports.confirm(acting=tanto, imported=imported)
    assert not imports.confirm(acting=tanto, imported=imported)
    run(imported)
    run(imported)
    assert not imports.confirm(acting=tanto, imported=imported)
    assert Client.objects.count() == Event.objects.count() == 1


def test_whoever_confirms_answers_for_it(tanto: Membership) -> None:
    kanri = manager()
    imported = read(tanto, csv_of([["企業名"], ["あ"]]))
    store(kanri, imported)
    assert imported.requested_by == kanri.user
    assert Client.objects.get().history.get().history_user == kanri.user


def test_a_client_saved_in_between_is_not_overwritten(tanto: Membership) -> None:
    client = clients.create(acting=tanto, values={"name": "あ", "own_key": "A-1"})
    imported = read(tanto, csv_of([HEADINGS, ["あ", "", "A-1", 5], ["い", "", "A-2", 5]]))
    clients.save(acting=manager(), client=client, stamp=1, values={"notes": "先に"}, answers={})
    store(tanto, imported)
    assert counts(imported) == {"stored": 1, "skipped": 1}
    assert "ほかの人がこの支援先を変更しました" in told(row_of(imported, 2))[0]
    client.refresh_from_db()
    assert (client.notes, client.profile, client.stamp) == ("先に", {}, 2)


def test_a_number_taken_in_between_and_a_client_deleted_in_between(tanto: Membership) -> None:
    gone = clients.create(acting=tanto, values={"name": "消える", "own_key": "A-9"})
    rows = [["あ", NUMBER], ["い", "", "A-2"], ["う", "", "A-9", 5], ["え"], ["お"], ["お"]]
    imported = read(tanto, csv_of([HEADINGS, *rows]))
    other = manager()
    clients.create(acting=other, values={"name": "先に番号"}, profile={"corporate_number": NUMBER})
    clients.create(acting=other, values={"name": "先に鍵", "own_key": "A-2"})
    clients.create(acting=other, values={"name": "え"})
    clients.delete(acting=other, client=gone)
    store(tanto, imported)
    assert counts(imported) == {"stored": 2, "skipped": 4}
    reasons = [told(row)[0] for row in imported.rows.filter(state=State.SKIPPED)]
    assert [why in reason for why, reason in zip(("先に番号", "先に鍵", "削除", "同じ名前"), reasons, strict=True)] == [
        True
    ] * 4
    assert Client.objects.filter(name="お").count() == 2, "two of one name in one list are meant"


def test_an_adviser_who_left_in_between_is_assigned_nothing(tanto: Membership) -> None:
    leaver = adviser("yameru")
    imported = read(tanto, csv_of([["企業名", "担当者"], ["あ", "yameru"], ["い", "未定"]]))
    assert said(row_of(imported, 2))["担当者"] == "yameru"
    Membership.objects.filter(pk=leaver.pk).update(left_at=timezone.now())
    store(tanto, imported)
    assert {client.assigned_to for client in mine(tanto).values()} == {None}


@pytest.mark.parametrize("stage", [Stage.READING, Stage.STORING])
def test_a_requester_who_left_stops_the_job_until_somebody_else_takes_it(tanto: Membership, stage: str) -> None:
    imported = imports.request_import(acting=tanto, name="名簿.csv", content=csv_of([["企業名"], ["あ"]]))
    if stage == Stage.STORING:
        run(imported)
        imports.confirm(acting=tanto, imported=imported)
    Membership.objects.filter(pk=tanto.pk).update(left_at=timezone.now())
    run(imported)
    assert (imported.state, imported.stage) == (JobState.FAILED, stage)
    assert "離れたため" in imported.error
    assert not Client.objects.exists()
    kanri = manager()
    assert imports.retry(acting=kanri, imported=imported)
    run(imported)
    assert imported.state == JobState.DONE
    assert [client.history.get().history_user for client in Client.objects.all()] == (
        [kanri.user] if stage == Stage.STORING else []
    )


def test_a_job_that_stops_in_the_middle_goes_on_where_it_was(
    tanto: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "STORED_AT_ONCE", 2)
    imported = read(tanto, csv_of([["企業名"], *[[f"社{number}"] for number in range(7)]]))
    imports.confirm(acting=tanto, imported=imported)
    create, calls = clients.create, []

    def breaks_at_the_fourth(**values: Any) -> Client:
        calls.append(values)
        if len(calls) == 4:
            raise OSError("the disk is full")
        return create(**values)

    with monkeypatch.context() as broken:
        broken.setattr(clients, "create", breaks_at_the_fourth)
        run(imported)
    assert (imported.state, imported.stage) == (JobState.QUEUED, Stage.STORING)
    assert Client.objects.count() == imported.rows.filter(state=State.STORED).count() == 2
    run(imported)
    assert counts(imported) == {"stored": 7}
    assert sorted(Client.objects.values_list("name", flat=True)) == [f"社{number}" for number in range(7)]


def test_a_worker_that_lost_its_job_stores_nothing_more(tanto: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = read(tanto, csv_of([["企業名"], ["あ"]]))
    imports.confirm(acting=tanto, imported=imported)
    slow = ClientImport.jobs().claim(imported.pk)
    long_ago = timezone.now() - timedelta(hours=1)
    ClientImport.objects.filter(pk=imported.pk).update(heartbeat_at=long_ago)
    ClientImport.jobs().sweep()
    run(imported)
    assert counts(imported) == {"stored": 1}
    ImportRow.objects.filter(imported=imported).update(
        state=State.NEW, values={"profile": {}, "unknown": [], "name": "い"}
    )
    with pytest.raises(JobLost):
        imports._work(slow)
    assert list(mine(tanto)) == ["あ"]


def test_what_was_stored_stands_in_the_clients_history_only(tanto: Membership) -> None:
    imported = read(tanto, csv_of([["企業名", "資本金"], ["ひみつ商店", 12_345_678]]))
    assert "12345678" in str(row_of(imported, 2).values)
    store(tanto, imported)
    row = row_of(imported, 2)
    assert (row.values, row.changes, row.client) == ({}, [], Client.objects.get())


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_file_is_kept_until_it_is_stored_or_dismissed(
    tanto: Membership, django_capture_on_commit_callbacks: Any
) -> None:
    stored, dismissed = (read(tanto, csv_of([["企業名"], ["あ"]])) for _ in range(2))
    assert file_of(stored).stat().st_mode & 0o077 == 0
    store(tanto, stored)
    assert file_of(dismissed).exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert imports.dismiss(acting=tanto, imported=dismissed)
    for imported in (stored, dismissed):
        imported.refresh_from_db()
        assert not file_of(imported).exists()
        assert imported.file.name == ""
    assert not dismissed.rows.exists()
    assert dismissed.stage == Stage.DISMISSED
    assert not imports.dismiss(acting=tanto, imported=dismissed)
    assert not imports.confirm(acting=tanto, imported=dismissed)


def test_a_list_in_work_cannot_be_dismissed(tanto: Membership) -> None:
    imported = imports.request_import(acting=tanto, name="名簿.csv", content=csv_of([["企業名"], ["あ"]]))
    assert not imports.dismiss(acting=tanto, imported=imported)
    run(imported)
    imports.confirm(acting=tanto, imported=imported)
    assert not imports.dismiss(acting=tanto, imported=imported)


def test_old_imports_go_with_their_files_and_the_clients_stay(
    tanto: Membership, django_capture_on_commit_callbacks: Any
) -> None:
    old, new = read(tanto, csv_of([["企業名"], ["あ"]])), read(tanto, csv_of([["企業名"], ["い"]]))
    store(tanto, read(tanto, csv_of([["企業名"], ["のこる"]])))
    month = timezone.now() - timedelta(days=31)
    ClientImport.objects.exclude(pk=new.pk).update(created_at=month)
    with django_capture_on_commit_callbacks(execute=True):
        imports.purge_imports()
    assert list(ClientImport.objects.all()) == [new]
    assert (file_of(old).exists(), file_of(new).exists()) == (False, True)
    assert list(mine(tanto)) == ["のこる"]


def test_a_file_that_was_lost_is_told_of(tanto: Membership) -> None:
    imported = imports.request_import(acting=tanto, name="名簿.csv", content=csv_of([["企業名"], ["あ"]]))
    file_of(imported).unlink()
    run(imported)
    assert imported.state == JobState.FAILED
    assert "もう一度ファイルを送って" in imported.error


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("../../etc/名簿\x00\n.xlsx", "../../etc/名簿.xlsx"), ("あ" * 300, "あ" * 200), ("\n", "名前のないファイル")],
)
def test_names_of_files_are_words_and_no_paths(tanto: Membership, sent: str, shown: str) -> None:
    imported = read(tanto, csv_of([["企業名"], ["あ"]]), name=sent)
    assert imported.file_name == shown
    assert imported.file_path == f"imports/{imported.pk}"
