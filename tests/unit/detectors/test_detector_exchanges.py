from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import at, call, prepared, weekdays
from tokenscan.detectors.common.exchanges import exchanges, with_exchange


def typed(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return exchanges(with_exchange(prepared(rows).tables.calls))


def every(gap: timedelta, count: int, start: str = "08:00", **changes: Any) -> list[dict[str, Any]]:
    """Return calls of ann at a fixed gap on each of five days."""
    return [
        call("ann", at(f"{day} {start}") + n * gap, **changes)
        for day in weekdays("2026-01-05", 5)
        for n in range(count)
    ]


def uneven(start: datetime) -> list[datetime]:
    moments, moment = [], start
    for minutes in (1, 9, 3, 25, 2, 14):
        moments.append(moment)
        moment += timedelta(minutes=minutes)
    return moments


def agent(used: list[bool | None]) -> list[dict[str, Any]]:
    """Return a typed prompt and the steps that follow from it, with these marks."""
    start = at("2026-01-05 09:00")
    return [
        call("ann", start + timedelta(seconds=5 * n), session="s", is_agent=n > 0, prompt_kind=None, used=mark)
        for n, mark in enumerate(used)
    ]


def test_the_steps_of_an_agent_belong_to_the_prompt() -> None:
    found = typed(agent([None, None, True]))
    assert found.select("calls", "fresh", "output_tokens", "used").rows() == [(3, 3000, 600, True)]


@pytest.mark.parametrize(
    ("marks", "used"),
    [([None, None], None), ([None, False], False), ([False, True], True), ([True, False], True)],
)
def test_one_used_step_is_a_used_answer(marks: list[bool | None], used: bool | None) -> None:
    assert typed(agent(marks))["used"].to_list() == [used]


def test_steps_before_any_prompt_follow_from_nothing() -> None:
    calls = prepared(agent([None, None, None])).tables.calls.with_columns(turn=pl.lit(value=False))
    assert with_exchange(calls).is_empty()


def test_failed_calls_and_sums_are_no_prompts() -> None:
    rows = [
        call("ann", "2026-01-05 09:00"),
        call("ann", "2026-01-05 10:00", status="error", output_tokens=0),
        call("ann", "2026-01-05", grain="day", n_requests=50),
    ]
    assert typed(rows).height == 1


def test_people_type_at_any_pace() -> None:
    rows = [call("ann", moment) for day in weekdays("2026-01-05", 5) for moment in uneven(at(f"{day} 09:00"))]
    assert typed(rows).height == 30


@pytest.mark.parametrize(
    ("gap", "count", "kept"),
    [
        (timedelta(minutes=20), 27, 0),  # nine hours by the clock
        (timedelta(minutes=20), 12, 60),  # four hours of steady work
        (timedelta(minutes=1), 400, 2000),  # a steady minute is somebody's script
        (timedelta(seconds=1), 30, 0),
        (timedelta(seconds=4), 30, 0),
        (timedelta(seconds=6), 30, 150),
    ],
)
def test_jobs_are_no_prompts_of_the_person(gap: timedelta, count: int, kept: int) -> None:
    assert typed(every(gap, count)).height == kept


def test_a_job_in_one_app_leaves_the_others() -> None:
    rows = every(timedelta(minutes=20), 27, app="mail")
    rows += [call("ann", moment, app="chat") for moment in uneven(at("2026-01-05 09:00"))]
    assert typed(rows)["app"].unique().to_list() == ["chat"]


def test_a_job_leaves_what_the_person_types_in_the_same_app() -> None:
    ticking = {"app": "mail", "prompt": "Sum up what is new in the mail folder of today", "prompt_kind": "human"}
    rows = every(timedelta(minutes=20), 27, **ticking)
    for n, moment in enumerate(uneven(at("2026-01-05 09:05"))):
        words = ("harbour", "invoice", "garden", "lecture", "battery", "window")[n]
        rows.append(call("ann", moment, app="mail", prompt=f"Please tell me about the {words}", prompt_kind="human"))
    assert typed(rows).height == 6


def test_nobody_types_nothing() -> None:
    assert typed([]).is_empty()
