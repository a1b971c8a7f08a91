"""Who asks the organisation's API: a key in the Authorization header. Session cookies count for nothing."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from applications.models import ApiToken
from applications.organisations.tokens import PREFIX, digest_of, note_use
from applications.selectors.desk import token_of

_KEY = re.compile(r"bearer +(shirube_[A-Za-z0-9_-]{43})", re.IGNORECASE)
SAFE = ("GET", "HEAD", "OPTIONS")


class _UnknownKeys(SimpleRateThrottle):
    """Keys that are none, by address. A good key from the same address is not held up by them."""

    scope = "unknown-keys"

    def get_cache_key(self, request: Request, view: APIView | None) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class TokenAuthentication(BaseAuthentication):
    """`request.auth` is the ApiToken, `request.auth.membership` the acting member."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        match = _KEY.fullmatch(header.strip())
        token = token_of(digest_of(match[1])) if match else None
        if token is None:
            throttle = _UnknownKeys()
            if not throttle.allow_request(request, None):  # type: ignore[arg-type]
                raise Throttled(throttle.wait())
            raise AuthenticationFailed("このAPIキーは使えません。正しいか、停止されていないかを確かめてください。")
        note_use(token)
        return token.membership.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="shirube"'


def token_behind(request: Request) -> ApiToken:
    """Of a request that `HasKey` let through."""
    if not isinstance(request.auth, ApiToken):
        raise TypeError("a request without a key came through")
    return request.auth


class _Described(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": f"支援機関の管理者が「API」の画面で作ったキー（{PREFIX} で始まる51文字）",
        }


class HasKey(BasePermission):
    """Any key in use. Without one, DRF answers 401."""

    message = "AuthorizationヘッダーにAPIキーを付けてください。"

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, ApiToken)


class MayWrite(BasePermission):
    """A key that may write, where an operation writes (`reads` of the view: names of methods that do not)."""

    message = "このAPIキーは読み取り専用です。"
    code = "read_only_key"

    def has_permission(self, request: Request, view: APIView) -> bool:
        reads = request.method in SAFE or request.method in getattr(view, "reads", ())
        return reads or token_behind(request).can_write


class KeyThrottle(SimpleRateThrottle):
    """By key, for every request."""

    scope = "organisation"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {"scope": self.scope, "ident": token_behind(request).pk}


class OrderThrottle(KeyThrottle):
    """By key, for requests that set work going (POST); the view names the scope in `orders`."""

    def __init__(self) -> None:
        """The rate is known once the view is."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        scope = getattr(view, "orders", "")
        if not scope or request.method != "POST":
            return True
        self.scope = scope
        super().__init__()
        return super().allow_request(request, view)
