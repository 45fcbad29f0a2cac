from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import at, call, prepared
from tokenscan.detectors.common.judged import judged_calls, not_shared, own_apps, tells_turns

Rows = list[dict[str, Any]]


def calls(user: str, count: int, used: tuple[bool | None, ...] = (None,), **changes: Any) -> Rows:
    """Calls every five minutes from nine on, their marks in turn."""
    nine = at("2026-01-05 09:00")
    return [
        call(user, nine + timedelta(minutes=5 * n), **({"app": "chat", "used": used[n % len(used)]} | changes))
        for n in range(count)
    ]


def verdict(odd: tuple[bool | None, ...]) -> dict[str, Any]:
    """Judge 30 calls in an application called odd; Ann's and Bob's 30 others are used every other time."""
    usual = calls("ann", 30, (True, False)) + calls("bob", 30, (True, False))
    seen = calls("bob", 1, (True,), app="odd")
    tables = prepared(usual + seen + calls("ann", 30, odd, app="odd")).tables
    return judged_calls(tables, tables.calls.filter((pl.col("app") == "odd") & (pl.col("user") == "ann"))).row(
        0, named=True
    )


@pytest.mark.parametrize(
    ("marks", "said", "factor"),
    [((False,), "unused", 1.0), ((None,), "unknown", 0.45), ((True, False), "wanted", 0.25)],
)
def test_marks_of_use_decide_how_much_odd_calls_weigh(marks: tuple[bool | None, ...], said: str, factor: float) -> None:
    found = verdict(marks)
    assert (found["verdict"], found["factor"], found["cleared"]) == (said, factor, said == "wanted")
    assert bool(found["against"]) == (said == "wanted")


def test_a_few_used_answers_neither_clear_nor_convict() -> None:
    # 5 of 30: the upper bound is above half of what was to be expected, the lower one below 0.6 of it.
    assert verdict((True, *[False] * 5))["verdict"] == "unknown"


def test_an_application_in_which_nothing_is_ever_used_does_not_see_use() -> None:
    usual = calls("ann", 30, (True, False)) + calls("bob", 30, (True, False))
    tables = prepared(usual + calls("ann", 30, (False,), app="odd")).tables
    assert judged_calls(tables, tables.calls.filter(pl.col("app") == "odd"))["verdict"].to_list() == ["unknown"]


def test_an_application_with_odd_calls_only_is_a_programs() -> None:
    tables = prepared(calls("ann", 20) + calls("ann", 30, app="api")).tables
    odd = tables.calls.filter(pl.col("app") == "api")
    assert own_apps(tables.calls, odd).rows() == [("ann", "api")]


def test_an_application_in_which_the_person_types_too_is_theirs() -> None:
    tables = prepared(calls("ann", 20) + calls("ann", 30, app="api")).tables
    # 26 of 30 calls: less than nine in ten.
    odd = tables.calls.filter(pl.col("app") == "api").head(26)
    assert own_apps(tables.calls, odd).is_empty()


def test_somebody_who_types_nowhere_else_has_no_application_of_its_own() -> None:
    tables = prepared(calls("ann", 19) + calls("ann", 30, app="api")).tables
    assert own_apps(tables.calls, tables.calls.filter(pl.col("app") == "api")).is_empty()


def test_a_prompt_that_six_people_send_is_shared() -> None:
    button = "suggest an answer to the open case"
    own = "why does the invoice total differ from the order"
    rows = [row for name in "abcdef" for row in calls(name, 1, prompt=button)]
    rows += [row for name in "abcde" for row in calls(name, 1, prompt=own)] + calls("a", 1)
    left = not_shared(prepared(rows).tables.calls)
    assert (left.filter("text").height, left.filter(~pl.col("text")).height) == (5, 1)


@pytest.mark.parametrize(
    "mark", [{"prompt": "why is that"}, {"is_agent": False}, {"tool_name": "bash"}, {"cache_read_tokens": 5}]
)
def test_text_or_any_mark_of_an_agent_tells_prompts_from_steps(mark: dict[str, Any]) -> None:
    assert tells_turns(prepared(calls("ann", 1) + calls("ann", 1, **mark)).tables.calls)


def test_without_text_and_marks_nothing_tells_prompts_from_steps() -> None:
    assert not tells_turns(prepared(calls("ann", 2)).tables.calls)
