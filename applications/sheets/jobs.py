"""What can be done with a consultation sheet: ask for it, make it, ask again."""

from __future__ import annotations


def render_sheet(pk: str) -> None:
    """The job of a Sheet: freeze its context where that is not done, make the PDF, finish. Twice is once."""
    raise NotImplementedError
