"""Of two who want to do the same at once, one does."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from portal.common.locks import only_one

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def asked_elsewhere(name: str) -> bool:
    """Whether another worker would get the lock: a thread has its own connection."""

    def ask() -> bool:
        try:
            with only_one(name) as is_only:
                return is_only
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(ask).result()


def test_a_second_holder_is_refused_until_the_first_is_done() -> None:
    with only_one("a") as is_only:
        assert is_only
        assert not asked_elsewhere("a")
        assert asked_elsewhere("b")
    assert asked_elsewhere("a")


def test_a_holder_that_fails_lets_go() -> None:
    with pytest.raises(RuntimeError), only_one("a"):
        raise RuntimeError
    assert asked_elsewhere("a")
