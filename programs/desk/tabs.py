"""The tabs of a draft's pages. Apps above this one add theirs when they are ready."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tab:
    """`url_name` is reversed with the draft's key. Tabs stand in the order of `place`."""

    key: str
    label: str
    url_name: str
    place: int


_tabs: dict[str, Tab] = {}


def add_tab(tab: Tab) -> None:
    _tabs[tab.key] = tab


def tabs() -> list[Tab]:
    return sorted(_tabs.values(), key=lambda tab: tab.place)


for _tab in (
    Tab("overview", "概要", "desk:draft", 0),
    Tab("edit", "編集", "desk:edit", 10),
    Tab("differences", "差分", "desk:differences", 20),
    Tab("trail", "変更の記録", "desk:trail", 90),
):
    add_tab(_tab)
