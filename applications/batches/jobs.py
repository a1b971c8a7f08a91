"""What can be done with a batch: start it, follow it, deliver it."""

from __future__ import annotations


def settle_of_sheet(pk: str) -> None:
    """Once the last open sheet of a batch is done or failed, ask for its delivery; of any other sheet, nothing."""
    raise NotImplementedError


def settle_all() -> None:
    """The same for every batch without delivery: finds what a killed worker left."""
    raise NotImplementedError


def deliver_batch(pk: str) -> None:
    """The job of a Delivery: the ZIP and the joined PDF. Twice is once."""
    raise NotImplementedError
