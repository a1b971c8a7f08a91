"""What can be done with a self-check, and how long it lives."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from eligibility import checks
from eligibility.checks import BLANK, UNKNOWN, Answer, AnswerState, known
from eligibility.models import SelfCheck
from eligibility.selectors import check_of_owner, check_shared_as, demo_checks, token_hash
from tests.factories import SelfCheckFactory

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def test_the_owners_token_is_stored_only_as_its_hash() -> None:
    new = checks.create()

    row = SelfCheck.objects.filter(pk=new.check.pk).values().get()
    assert new.owner_token not in str(row)
    assert row["owner_hash"] == token_hash(new.owner_token)
    assert len(new.owner_token) == 43
    assert check_of_owner(new.owner_token) == new.check


def test_a_page_replaces_its_own_answers_only() -> None:
    check = SelfCheckFactory(
        profile={"employees": 3, "capital": 5, "in_deficit": True}, unknown=["industry", "holds_gbizid_prime"]
    )

    saved = checks.save_page(
        check=check, answers={"employees": known(4), "capital": BLANK, "industry": known("76"), "prefecture": UNKNOWN}
    )

    saved.refresh_from_db()
    assert saved.profile == {"in_deficit": True, "employees": 4, "industry": "76"}
    assert saved.unknown == ["holds_gbizid_prime", "prefecture"]


def test_months_of_another_dates_table_are_neither_shown_nor_lost() -> None:
    check = SelfCheckFactory(profile={"monthly_sales": {"2019-01": 5, "2020-09": 7, "2023-01": 9}})
    answer = Answer(AnswerState.KNOWN, {"2020-09": 8}, frozenset({"2020-09", "2020-10", "2019-01"}))
    saved = checks.save_page(check=check, answers={"monthly_sales": answer})
    assert saved.profile["monthly_sales"] == {"2020-09": 8, "2023-01": 9}


def test_months_all_emptied_are_no_answer() -> None:
    check = SelfCheckFactory(profile={"monthly_sales": {"2020-09": 7}})
    blank = Answer(AnswerState.BLANK, None, frozenset({"2020-09"}))
    assert "monthly_sales" not in checks.save_page(check=check, answers={"monthly_sales": blank}).profile


@pytest.mark.parametrize("percent", ["1.5", "3.000000001", "999999.999999999", "-0.1", "0.000000001"])
def test_a_percentage_comes_back_exactly(percent: str) -> None:
    check = checks.save_page(check=SelfCheckFactory(), answers={"payroll_growth": known(Decimal(percent))})

    check.refresh_from_db()
    assert check.profile["payroll_growth"] == Decimal(percent)
    assert isinstance(check.profile["payroll_growth"], Decimal)


@pytest.mark.parametrize("change", ["page", "as_of", "share"])
def test_every_change_gives_the_full_time_again(change: str, settings: object) -> None:
    settings.SELF_CHECK_DAYS = 10
    check = SelfCheckFactory()
    with time_machine.travel(timezone.now() + timedelta(hours=20), tick=False):
        if change == "page":
            checks.save_page(check=check, answers={})
        elif change == "as_of":
            checks.set_as_of(check=check, as_of=date(2023, 10, 17))
        else:
            checks.share(check=check)
        check.refresh_from_db()

        assert check.expires_at == timezone.now() + timedelta(days=10)


def test_looking_at_a_check_does_not_prolong_it() -> None:
    check = SelfCheckFactory(token="t")

    check_of_owner("t")

    assert SelfCheck.objects.get().expires_at == check.expires_at


def test_sharing_twice_keeps_the_link_and_renewing_replaces_it() -> None:
    check = checks.share(check=SelfCheckFactory())
    first = check.share_token

    assert checks.share(check=check).share_token == first
    assert checks.renew_share(check=check).share_token not in (first, None)
    assert check_shared_as(first) is None


def test_a_revoked_link_opens_nothing() -> None:
    check = SelfCheckFactory(shared=True)

    revoked = checks.revoke_share(check=check)

    assert revoked.share_token is None
    assert check_shared_as(check.share_token) is None


def test_an_expired_check_is_gone_before_it_is_purged() -> None:
    check = SelfCheckFactory(expired=True, token="t", shared=True)

    assert check_of_owner("t") is None
    assert check_shared_as(check.share_token) is None


def test_purging_removes_what_has_expired_and_nothing_else() -> None:
    SelfCheckFactory.create_batch(2, expired=True)
    kept = SelfCheckFactory()

    assert checks.purge_expired() == 2
    assert checks.purge_expired() == 0
    assert list(SelfCheck.objects.all()) == [kept]


def test_a_copy_of_a_demo_is_no_demo() -> None:
    demo = SelfCheckFactory(demo=True, profile={"employees": 4})

    copy = checks.create_from_demo(demo=demo).check

    assert copy.profile == {"employees": 4}
    assert not copy.is_demo
    assert list(demo_checks()) == [demo]
