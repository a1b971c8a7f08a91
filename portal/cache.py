"""The cache on a Redis that it shares with the broker."""

from django.core.cache.backends.redis import RedisCache


class PrefixRedisCache(RedisCache):
    """Django's Redis cache, except that `clear()` removes our keys only.

    Django flushes the whole Redis database there, which would take the broker's queues and other portals' keys with it.
    """

    def clear(self) -> None:
        client = self._cache.get_client(None, write=True)
        for key in client.scan_iter(match=f"{self.key_prefix}:*", count=1000):
            client.delete(key)
