"""What the tests inside the rules of behaviour cannot show."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.calls_factory import at, call, prepared
from tokenscan.detectors.base import Detection, NotEvaluated, Tables
from tokenscan.engine import detect
from tokenscan.ruleset.effective import effective
from tokenscan.ruleset.load import load_rules, shipped_folder

RULES = (
    "scripted-timing", "machine-rate", "unread-answers", "circular-agent", "undeclared-automation",
    "impossible-parallelism",
)  # fmt: skip
Rows = list[dict[str, Any]]
LIST = ("explain the theory of relativity in simple words", "write a poem about the sea in autumn")
PERSON = {"app": "chat", "uneven": 0.8}
TYPED = ("why does the invoice total differ", "draft a reply about the late parcel", "is the tariff cheaper by rail")


def ran(rule: str, tables: Tables) -> Detection | NotEvaluated:
    file = shipped_folder() / "behaviour" / f"{rule}.toml"
    return detect(effective(load_rules([file], shipped=False).rules[0]), tables)


def stream(
    user: str, start: str, count: int, seconds: float, prompts: tuple[str | None, ...], facts: dict[str, Any]
) -> Rows:
    """Calls so many seconds apart, or about so many where ``uneven`` is above 0."""
    first, uneven = at(start), facts.get("uneven", 0.0)
    moments = [seconds * (n + uneven * (7 * n * n % 11) / 11) for n in range(count)]
    rest = {name: fact for name, fact in facts.items() if name != "uneven"}
    return [
        call(user, first + timedelta(seconds=moment), prompt=prompts[n % len(prompts)], **rest)
        for n, moment in enumerate(moments)
    ]


def population() -> Rows:
    """A loop, unread answers, a circle of agents, a half-hourly job and six windows at once, each somebody's."""
    rows: Rows = []
    for number in range(10):
        day, used = f"2026-01-{number + 5:02}", bool(number % 2)
        for name in ("ann", "bob", "cat", "dan", "eve", "fay"):
            rows += stream(name, f"{day} 08:0{number}", 4, 171.0, TYPED, PERSON | {"session": f"o{day}", "used": used})
        rows += stream("ann", f"{day} 13:00", 60, 20.0, LIST, {"app": "chat", "session": f"l{day}", "used": False})
        hasty = {"session": f"u{day}", "used": False, "output_tokens": 1500}
        rows += stream("bob", f"{day} 14:00", 12, 21.0, TYPED, PERSON | hasty)
        agents = {"app": "agent", "session": f"c{day}", "used": False, "is_agent": True}
        rows += stream("cat", f"{day} 20:00", 40, 9.0, LIST, agents)
        rows += stream("dan", f"{day} 06:00", 20, 1800.0, LIST[:1], {"app": "api", "session": f"j{day}"})
    for window in range(6):
        rows += stream("eve", f"2026-01-12 10:0{window}", 12, 300.0, TYPED, PERSON | {"session": f"w{window}"})
    return rows


def told(rows: Rows) -> list[Any]:
    tables = prepared(rows).tables
    found = []
    for rule in RULES:
        result = ran(rule, tables)
        assert isinstance(result, Detection)
        shown = result.candidates.drop("samples").rows()
        found.append((rule, shown, result.claims.height))
    return found


def test_each_rule_finds_the_one_it_is_about() -> None:
    found = {rule: {row[2] for row in rows} for rule, rows, _ in told(population())}
    assert found == {
        "scripted-timing": {"ann"},
        "machine-rate": {"ann"},
        "unread-answers": {"bob"},
        "circular-agent": {"ann", "cat"},  # a loop over two prompts is a circle as well
        "undeclared-automation": {"ann", "dan"},
        "impossible-parallelism": {"eve"},
    }


def test_the_order_of_rows_changes_nothing() -> None:
    rows = population()
    numbered = [row | {"event_id": f"k{number}"} for number, row in enumerate(rows)]
    shuffled = random.Random(7).sample(numbered, len(numbered))
    assert told(shuffled) == told(numbered)


@pytest.mark.parametrize("rule", RULES)
def test_no_calls_are_no_finding(rule: str) -> None:
    tables = prepared(population()[:50]).tables
    empty = replace(
        tables, calls=tables.calls.clear(), programs=tables.programs.clear(), accounts=tables.accounts.clear()
    )
    result = ran(rule, empty)
    assert isinstance(result, NotEvaluated) or result.candidates.is_empty()


def test_unread_answers_are_not_judged_where_steps_of_agents_look_like_prompts() -> None:
    rows = stream("ann", "2026-01-05 09:00", 200, 30.0, (None,), {"session": "s", "output_tokens": 2000})
    assert ran("unread-answers", prepared(rows).tables) == NotEvaluated(
        "nothing tells a person's prompts from an agent's steps: neither text nor marks of agents"
    )


def test_unread_answers_say_nothing_where_nobody_reads() -> None:
    rows = [
        row
        for name in ("ann", "bob", "cat", "dan")
        for row in stream(name, "2026-01-05 09:00", 70, 30.0, TYPED, {"session": name, "output_tokens": 2000})
    ]
    found = ran("unread-answers", prepared(rows).tables)
    assert isinstance(found, Detection)
    assert found.candidates.is_empty()
