"""What a browser would send for a form of a page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

Pairs = list[tuple[str, str]]


class _Reader(HTMLParser):
    """Successful controls of the page's form that is posted to the editor."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: Pairs = []
        self.buttons: list[str] = []
        self.ids: set[str] = set()
        self.described_by: list[str] = []
        self._is_inside = False
        self._select: list[Any] | None = None
        self._textarea: list[str] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        attrs = {name: value or "" for name, value in attributes}
        self.ids |= {attrs["id"]} if "id" in attrs else set()
        self.described_by += attrs.get("aria-describedby", "").split()
        if tag == "form":
            self._is_inside = "ed-form" in attrs.get("class", "")
        if not self._is_inside:
            return
        if tag == "input":
            self._input(attrs)
        elif tag == "textarea":
            self._textarea = [attrs["name"]]
        elif tag == "select":
            self._select = [attrs["name"], None]
        elif tag == "option" and self._select is not None and (self._select[1] is None or "selected" in attrs):
            self._select[1] = attrs.get("value", "")
        elif tag == "button" and attrs.get("name") == "op":
            self.buttons.append(attrs["value"])

    def _input(self, attrs: dict[str, str]) -> None:
        is_tick = attrs.get("type") in ("checkbox", "radio")
        if "name" in attrs and ("checked" in attrs or not is_tick):
            self.pairs.append((attrs["name"], attrs.get("value", "on" if is_tick else "")))

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "select" and self._select is not None:
            self.pairs.append((self._select[0], self._select[1] or ""))
            self._select = None
        elif tag == "textarea" and self._textarea is not None:
            name, *text = self._textarea
            # HTML drops the first line break of a textarea, and browsers send CRLF.
            self.pairs.append((name, "".join(text).removeprefix("\n").replace("\n", "\r\n")))
            self._textarea = None


def read_form(html: bytes) -> _Reader:
    """The editor's form of a page: its `pairs`, the values of its `buttons`, and the ids it is described by."""
    reader = _Reader()
    reader.feed(html.decode())
    return reader


def sent(pairs: Pairs, **changes: Any) -> dict[str, list[str]]:
    """Form data for Django's test client, with some inputs changed (`f__name` for `f-name`; None takes it out)."""
    data: dict[str, list[str]] = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    for name, value in changes.items():
        key = name.replace("__", "-")
        if value is None:
            data.pop(key, None)
        else:
            data[key] = value if isinstance(value, list) else [value]
    return data
