"""All shipped programmes for one profile, with the proof of every requirement.

    .venv/bin/python benchmarks/one_profile.py

Needs no database; prints processor time. Machines differ and drift, so each figure stands beside a yardstick taken in
turn with it: 60 dict look-ups, the least that reading 60 facts can cost.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import process_time_ns
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from eligibility.engine.answer import answer  # noqa: E402
from eligibility.engine.calendar import parse_as_of  # noqa: E402
from eligibility.engine.document import read_document  # noqa: E402
from eligibility.engine.evaluate import RuleSet  # noqa: E402
from eligibility.engine.facts import read_vocabulary  # noqa: E402
from eligibility.engine.profile import parse_profile  # noqa: E402
from programs.yaml import read_yaml  # noqa: E402

ROUNDS = 200
AS_OF = parse_as_of("2023-10-17")


def rule_set() -> RuleSet:
    facts = read_vocabulary(read_yaml(ROOT / "fixtures/facts.yaml"))
    files = sorted((ROOT / "fixtures/programs").glob("*/*.yaml"))
    documents = [read_document(read_yaml(path)) for path in files if path.stem != "cases"]
    return RuleSet([(document, 1) for document in documents], facts)


def full_profile(rules: RuleSet) -> dict[str, Any]:
    """Every fact that an acceptance case gives, the last one's value."""
    facts: dict[str, Any] = {}
    for path in sorted((ROOT / "tests/acceptance/cases").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            facts |= json.loads(line, parse_float=Decimal)["profile"]
    return parse_profile(facts, rules.vocabulary)


def main() -> None:
    rules = rule_set()
    versions = list(rules.versions.values())
    full = full_profile(rules)
    half = dict(list(full.items())[::2])
    keys: Mapping[str, int] = {f"fact{number}": number for number in range(60)}
    contestants: dict[str, Callable[[], object]] = {
        "60 dict look-ups": lambda: [keys.get(key) for key in keys],
        f"evaluate, all {len(full)} facts": lambda: rules.evaluate(full, AS_OF, versions),
        f"evaluate, {len(half)} facts": lambda: rules.evaluate(half, AS_OF, versions),
        "evaluate, no fact": lambda: rules.evaluate({}, AS_OF, versions),
        "evaluate and answer, all facts": lambda: answer(AS_OF, [], rules.evaluate(full, AS_OF, versions)),
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS):  # in turn, so that drift meets all alike
        for name, run in contestants.items():
            start = process_time_ns()
            run()
            times[name].append((process_time_ns() - start) / 1000)
    yardstick = median(times["60 dict look-ups"])
    print(f"{len(rules)} frames, {ROUNDS} rounds; median")  # noqa: T201
    for name, found in times.items():
        line = f"{name:32} {median(found):9.1f} us {median(found) / yardstick:8.0f} x"
        print(f"{line} {median(found) / len(rules) * 50 / 1000:8.2f} ms per 50 frames")  # noqa: T201


if __name__ == "__main__":
    main()
