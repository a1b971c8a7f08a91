import pytest
import redis
from django.conf import settings
from django.core.cache import cache

pytestmark = pytest.mark.services


def test_keeps_and_forgets() -> None:
    cache.set("answer", 42)
    assert cache.get("answer") == 42

    cache.clear()

    assert cache.get("answer") is None


@pytest.mark.postgresql  # the run that has Redis too
def test_clearing_leaves_the_brokers_keys_alone() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        queue = f"{settings.REDIS_PREFIX}queue"
        client.set(queue, "a job")

        cache.clear()

        assert client.get(queue) == b"a job"
