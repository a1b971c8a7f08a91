"""A tool of an organisation for tests: it has a key and speaks JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.test import Client as Browser

from applications.models import Membership
from applications.organisations import tokens


class Tool:
    """`answer.json()` of what it asks; addresses are those below /api/v1/, or whole ones out of an answer."""

    def __init__(self, acting: Membership, *, can_write: bool = True, name: str = "試験") -> None:
        self.secret = tokens.create(acting=acting, name=name, can_write=can_write)[1]
        self._browser = Browser()

    def get(self, address: str, **parameters: Any) -> Any:
        return self._browser.get(_whole(address), parameters, headers=self.headers)

    def post(self, address: str, body: Any = None) -> Any:
        return self._send("post", address, body)

    def patch(self, address: str, body: Any) -> Any:
        return self._send("patch", address, body)

    def delete(self, address: str) -> Any:
        return self._browser.delete(_whole(address), headers=self.headers)

    def all_of(self, address: str, **parameters: Any) -> list[Any]:
        """Every row of a list, part by part."""
        found, answer = [], self.get(address, **parameters).json()
        while True:
            found += answer["results"]
            if answer["next"] is None:
                return found
            answer = self.get(answer["next"]).json()

    def file(self, address: str) -> tuple[str, bytes]:
        """Its type and content."""
        answer = self.get(address)
        assert answer.status_code == 200, answer.content
        content = b"".join(answer.streaming_content)  # read to its end, which closes it
        return answer["Content-Type"], content

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    def _send(self, method: str, address: str, body: Any) -> Any:
        content = json.dumps({} if body is None else body)
        send = getattr(self._browser, method)
        return send(_whole(address), content, content_type="application/json", headers=self.headers)


def exactly(answer: Any) -> Any:
    """The answer with its numbers as they are written."""
    return json.loads(answer.content, parse_float=Decimal)


def _whole(address: str) -> str:
    return address if "://" in address else f"/api/v1/{address}"
