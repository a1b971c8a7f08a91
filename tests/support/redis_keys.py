"""The Redis of a test run is shared with others: ours are the keys that begin with the run's prefix."""

import redis
from django.conf import settings


def delete_run_keys() -> None:
    if not settings.REDIS_URL:
        return
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        for key in client.scan_iter(match=f"{settings.REDIS_PREFIX}*", count=1000):
            client.delete(key)
