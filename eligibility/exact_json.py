"""Profiles in a JSON column: percentages come back as the Decimal that went in."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


class ExactEncoder(json.JSONEncoder):
    """Writes a Decimal as a JSON number.

    A percent of the contract has at most 15 significant digits (10^6, 9 decimals), which a float's shortest form
    gives back digit by digit.
    """

    def default(self, o: Any) -> Any:
        return float(o) if isinstance(o, Decimal) else super().default(o)


class ExactDecoder(json.JSONDecoder):
    """Reads a number with a fraction as Decimal, as the engine wants it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "parse_float": Decimal})
