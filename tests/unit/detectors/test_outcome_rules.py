"""What holds for all rules about tasks and the use of answers: any order of rows, and any lack of data."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import at, call, context, prepared, weekdays
from tests.unpromised import scrambled
from tokenscan.context.model import Context
from tokenscan.detectors.base import Detection, NotEvaluated, Tables
from tokenscan.ruleset.effective import effective
from tokenscan.ruleset.kinds import params_of
from tokenscan.ruleset.load import load_rules

DAYS = weekdays("2026-01-05", 16)
OTHERS = ["bob", "cat", "dan", "eve", "fay"]
RULES = ["prompts-per-task", "tokens-without-outcome", "unused-answers", "inflated-outcomes", "above-peers"]

every_rule = pytest.mark.parametrize("rule_id", RULES)


def run(rule_id: str, tables: Tables) -> Detection | NotEvaluated:
    from tokenscan.engine import detect

    rule = next(rule for rule in load_rules().rules if rule.id == rule_id)
    assert params_of(rule.kind)
    return detect(effective(rule), tables)


def rows() -> list[dict[str, Any]]:
    """Ann asks much for nothing, and marks answers of a few words."""
    found = []
    for day in DAYS:
        for user in ["ann", *OTHERS]:
            for n in range(40 if user == "ann" else 10):
                tiny = user == "ann" and n % 4 == 0
                used = n % 4 == 0 if user == "ann" else n % 2 == 0
                moment = at(f"{day} 08:00").replace(hour=8 + n // 12, minute=5 * (n % 12), second=n)
                size = {"output_tokens": 18 if tiny else 200, "input_tokens": 4000}
                found.append(call(user, moment, used=used, session=f"{user} {day} {n // 10}", **size))
    return found


def given() -> Context:
    people = [{"user": user, "function": "support", "team": "t1"} for user in ["ann", *OTHERS]]
    done = [
        {"date": day, "user": user, "tasks_completed": 0.5 if user == "ann" else 2.0}
        for day in DAYS
        for user in ["ann", *OTHERS]
    ]
    return context(people, done)


def told(found: Detection | NotEvaluated, tables: Tables) -> tuple[list[Mapping[str, Any]], list[tuple[Any, ...]]]:
    assert isinstance(found, Detection)
    candidates = found.candidates.drop("samples").to_dicts()
    claims = found.claims.join(tables.calls.select("row_id", "user", "timestamp"), on="row_id")
    return candidates, claims.select("user", "timestamp", "level", "share").sort("user", "timestamp").rows()


@every_rule
def test_the_order_of_rows_changes_nothing(rule_id: str) -> None:
    ordered, mixed = rows(), rows()
    random.Random(7).shuffle(mixed)
    first, second = prepared(ordered, given()).tables, prepared(mixed, given()).tables
    found = told(run(rule_id, first), first)
    assert found[0]
    with scrambled(1):
        assert told(run(rule_id, second), second) == found


@every_rule
@pytest.mark.parametrize(
    "changes",
    [
        {"used": None}, {"used": False}, {"used": True}, {"input_tokens": None, "output_tokens": None},
        {"input_tokens": 0, "output_tokens": 0}, {"status": None}, {"status": "error"}, {"model": None},
        {"grain": "day"}, {"timestamp": at("2026-01-05 09:00")}, {"user": "ann"}, {"user": None},
    ],
    ids=str,
)  # fmt: skip
def test_poor_logs_raise_nothing(rule_id: str, changes: dict[str, Any]) -> None:
    for background in (given(), Context()):
        tables = prepared([row | changes for row in rows()], background).tables
        assert isinstance(run(rule_id, tables), Detection | NotEvaluated)


@every_rule
def test_an_empty_log_is_not_judged(rule_id: str) -> None:
    assert isinstance(run(rule_id, prepared([], given()).tables), NotEvaluated)


@every_rule
def test_outcomes_without_numbers_raise_nothing(rule_id: str) -> None:
    done = [{"date": day, "user": "ann", "tasks_completed": None} for day in DAYS]
    done += [{"date": day, "user": user, "tasks_completed": 0.0} for user in OTHERS for day in DAYS]
    tables = prepared(rows(), context([], done)).tables
    assert isinstance(run(rule_id, tables), Detection | NotEvaluated)


@every_rule
def test_shares_and_strengths_are_numbers_between_0_and_1(rule_id: str) -> None:
    tables = prepared(rows(), given()).tables
    found = run(rule_id, tables)
    assert isinstance(found, Detection)
    assert found.candidates.filter(~pl.col("strength").is_between(0, 1)).is_empty()
    assert found.claims.filter(~pl.col("share").is_between(0, 1)).is_empty()
    assert found.claims["row_id"].is_duplicated().sum() == 0
