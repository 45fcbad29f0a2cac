from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import at
from tokenscan.detectors.common.programs import with_programs, without_programs

Rows = list[dict[str, Any]]
TYPES: dict[str, Any] = {
    "user": pl.String,
    "app": pl.String,
    "family": pl.UInt64,
    "timestamp": pl.Datetime("us", "UTC"),
    "used": pl.Boolean,
}
UNEVEN = (60.0, 200.0, 900.0, 90.0, 400.0)


def stream(gaps: Sequence[float], calls: int, family: int = 1, **more: Any) -> Rows:
    """Calls of one family with these gaps in turn, in seconds."""
    moments, now = [], at("2026-01-05 09:00")
    for n in range(calls):
        moments.append(now)
        now += timedelta(seconds=gaps[n % len(gaps)])
    row = {"user": "ann", "app": "chat", "family": family, "used": None} | more
    return [row | {"timestamp": moment} for moment in moments]


def typed(count: int, **more: Any) -> Rows:
    """Prompts of their own, one family each."""
    return [stream([1.0], 1, family=100 + n, **more)[0] for n in range(count)]


def programs(rows: Rows, **how: Any) -> set[int]:
    text = pl.DataFrame(rows, schema=TYPES)
    return set(with_programs(text, **how).filter("program")["family"])


def test_a_person_who_repeats_a_prompt_at_a_persons_pace_is_no_program() -> None:
    assert programs(stream(UNEVEN, 40)) == set()


@pytest.mark.parametrize(("pause", "found"), [(5.0, {1}), (5.1, set())])
def test_five_calls_within_seconds_of_each_other_are_a_program(pause: float, found: set[int]) -> None:
    assert programs(stream([0.4, pause, pause, 90.0], 5)) == found
    assert programs(stream([0.4, pause, pause, 90.0], 4)) == set()


@pytest.mark.parametrize(("calls", "found"), [(20, {1}), (19, set())])
def test_twenty_calls_by_the_clock_are_a_program(calls: int, found: set[int]) -> None:
    assert programs(stream([1200.0], calls)) == found


def test_a_clock_may_be_a_tenth_slow_half_of_the_time() -> None:
    assert programs(stream([1200.0, 1310.0], 41)) == {1}
    assert programs(stream([1200.0, 300.0, 4000.0], 40)) == set()


def test_what_is_done_once_a_day_keeps_time_without_a_clock() -> None:
    assert programs(stream([24 * 3600.0], 40)) == set()


@pytest.mark.parametrize(("calls", "found"), [(8, {1}), (7, set())])
def test_marks_that_are_missing_by_more_than_chance_tell_a_program(calls: int, found: set[int]) -> None:
    # Half of the other calls bear marks: eight without any are a matter of 1 in 256, beyond e^-5 = 1 in 148.
    others = [row | {"used": True if n % 2 else None} for n, row in enumerate(typed(40))]
    assert programs(stream(UNEVEN, calls) + others) == found


def test_missing_marks_say_nothing_where_others_are_rare_too() -> None:
    others = [row | {"used": True if n % 4 == 0 else None} for n, row in enumerate(typed(40))]
    assert programs(stream(UNEVEN, 40) + others) == set()


def test_an_app_of_its_own_is_a_programs_if_the_person_types_elsewhere() -> None:
    own = stream(UNEVEN, 18, app="api") + typed(2, app="api")
    assert programs(own + typed(20)) == {1}
    assert programs(own + typed(20), apps=False) == set()
    assert programs(own + typed(19)) == set()
    assert programs(own + typed(3, app="api")[2:] + typed(20)) == set()


def test_calls_without_an_app_are_of_one_app() -> None:
    assert programs(stream(UNEVEN, 18, app=None) + typed(20)) == {1}


def test_each_person_is_judged_alone() -> None:
    fast = stream([1.0], 8, family=1) + stream(UNEVEN, 8, family=2, user="bob")
    assert programs(fast) == {1}


def test_a_program_stays_only_where_its_answers_are_known_to_lie_unused() -> None:
    fast = stream([1.0], 20, used=False) + typed(20, used=True)
    kept = without_programs(pl.DataFrame(fast, schema=TYPES), 0.5)
    assert kept.height == 40
    assert kept.columns == list(TYPES)
    assert without_programs(pl.DataFrame(fast, schema=TYPES), None).height == 20
    unmarked = stream([1.0], 20) + typed(20, used=True)
    assert without_programs(pl.DataFrame(unmarked, schema=TYPES), 0.5).height == 20


def test_no_calls_are_no_programs() -> None:
    assert programs([]) == set()
