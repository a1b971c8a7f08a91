"""Who is an SME (中小企業者): the statute's size table and the row an industry code falls into.

Sources: 中小企業基本法 第2条第1項 (capital or employees, both inclusive); the rows by JSIC 13th revision follow
the 中小企業庁 reading as tabled by JEED (65歳超継続雇用促進コース 支給申請の手引き, table 36).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Row(StrEnum):
    """A row of the size table (業種の区分)."""

    MANUFACTURING_AND_OTHER = "other"
    WHOLESALE = "wholesale"
    SERVICE = "service"
    RETAIL = "retail"


@dataclass(frozen=True, slots=True)
class Limit:
    capital: int  # yen, inclusive
    employees: int  # head count, inclusive


LIMITS: dict[Row, Limit] = {
    Row.MANUFACTURING_AND_OTHER: Limit(300_000_000, 300),
    Row.WHOLESALE: Limit(100_000_000, 100),
    Row.SERVICE: Limit(50_000_000, 100),
    Row.RETAIL: Limit(50_000_000, 50),
}
ROW_NAMES: dict[Row, str] = {
    Row.MANUFACTURING_AND_OTHER: "製造業・建設業・運輸業・その他",
    Row.WHOLESALE: "卸売業",
    Row.SERVICE: "サービス業",
    Row.RETAIL: "小売業（飲食店を含む）",
}
COMMERCE_AND_SERVICE = frozenset({Row.WHOLESALE, Row.RETAIL, Row.SERVICE})
LODGING_AND_AMUSEMENT = ("75", "80")  # 宿泊業, 娯楽業: service rows that another statute treats apart

_WHOLE_GROUPS: dict[str, Row] = {
    **{f"{code}": Row.WHOLESALE for code in range(50, 56)},
    **{f"{code}": Row.RETAIL for code in (*range(56, 62), 76, 77)},
    **{f"{code}": Row.SERVICE for code in (38, 39, *range(70, 76), 78, *range(80, 97))},
}
# Groups whose minor groups (third digit) fall into different rows: the exceptions, and the row of the rest.
_SPLIT_GROUPS: dict[str, tuple[dict[str, Row], Row]] = {
    "41": (dict.fromkeys(("411", "412", "415", "416"), Row.SERVICE), Row.MANUFACTURING_AND_OTHER),
    "69": ({"693": Row.SERVICE}, Row.MANUFACTURING_AND_OTHER),
    "79": ({"791": Row.MANUFACTURING_AND_OTHER}, Row.SERVICE),
}


def is_industry_code(code: str) -> bool:
    """2 to 4 digits whose first two are a middle group (中分類 01-99) of the classification."""
    return re.fullmatch(r"[0-9]{2,4}", code) is not None and code[:2] != "00"


def rows_of(code: str) -> frozenset[Row]:
    """The rows that companies of this industry code can fall into: several where a finer code is needed."""
    group = code[:2]
    if group not in _SPLIT_GROUPS:
        return frozenset({_WHOLE_GROUPS.get(group, Row.MANUFACTURING_AND_OTHER)})
    exceptions, rest = _SPLIT_GROUPS[group]
    if len(code) == 2:
        return frozenset({rest, *exceptions.values()})
    return frozenset({exceptions.get(code[:3], rest)})


ALL_ROWS = frozenset(Row)
