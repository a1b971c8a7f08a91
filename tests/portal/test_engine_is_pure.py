"""The engine takes values and gives values: no framework, no other package of ours, no I/O, no clock."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ENGINE = settings.BASE_DIR / "eligibility" / "engine"

LIBRARIES = {"pydantic", "pydantic_core", "annotated_types", "stdnum", "typing_extensions"}

# Standard modules that read or write the world, or make an answer differ from one day to the next.
IMPURE = {
    "asyncio", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3",
    "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip

CLOCKS = {"now", "today", "utcnow"}


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def allowed(module: str) -> bool:
    package = module.split(".")[0]
    return (
        f"{module}.".startswith("eligibility.engine.")
        or package in LIBRARIES
        or (package in sys.stdlib_module_names and package not in IMPURE)
    )


@pytest.mark.parametrize("path", sorted(ENGINE.rglob("*.py")), ids=lambda path: str(path.relative_to(ENGINE)))
def test_module(path: Path) -> None:
    tree = ast.parse(path.read_text())

    assert [module for module in imports(tree) if not allowed(module)] == []
    clocks = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & CLOCKS
    assert clocks == set()


def test_the_package_above_is_empty() -> None:
    """programs imports the engine only; anything here would come along."""
    assert (settings.BASE_DIR / "eligibility" / "__init__.py").read_text() == ""
