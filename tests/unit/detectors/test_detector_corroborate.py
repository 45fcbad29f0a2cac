from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.calls_factory import at, call, context, prepared, weekdays
from tokenscan.context.model import Context
from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.corroborate import answers_used, corroborate

DAYS = weekdays("2026-01-05", 20)
SPIKE = DAYS[-1]


Marks = Sequence[bool | None]


def tables(spike_used: Marks = (None,), tasks: float | None = None, usual: Marks = (None,)) -> Tables:
    """Ann's last day is twelve times her usual one; Bob and Eve work as ever."""
    rows: list[dict[str, Any]] = []
    for user in ("ann", "bob", "eve"):
        for day in DAYS:
            for n in range(120 if (user, day) == ("ann", SPIKE) else 10):
                marks = spike_used if (user, day) == ("ann", SPIKE) else usual
                moment = at(day.isoformat()).replace(hour=6 + n // 12, minute=5 * (n % 12))
                rows.append(call(user, moment, used=marks[n % len(marks)]))
    outcomes = [{"date": day, "user": "ann", "tasks_completed": 1.0 if day != SPIKE else tasks} for day in DAYS]
    return prepared(rows, Context() if tasks is None else context([], outcomes)).tables


FLAGGED = pl.DataFrame({"user": ["ann"], "day": [SPIKE]})
HALF: Marks = (True, False)


def verdict(found: Tables, flagged: pl.DataFrame = FLAGGED) -> dict[str, Any]:
    return corroborate(found, flagged).row(by_predicate=pl.col("user") == "ann", named=True)


def test_without_marks_and_outcomes_nothing_is_known() -> None:
    found = verdict(tables())
    assert found == {
        "user": "ann", "factor": 0.6, "cleared": False, "against": [], "tasks_ratio": None,
        "volume_ratio": pytest.approx(12.0),
    }  # fmt: skip


def test_answers_used_like_everybodys_clear() -> None:
    found = verdict(tables(spike_used=[True, False, False, True], usual=HALF))
    assert (found["factor"], found["cleared"], found["against"]) == (0.25, True, ["50% of 120 answers were used"])


def test_answers_that_lie_unused_confirm() -> None:
    found = verdict(tables(spike_used=[False], usual=HALF))
    assert (found["factor"], found["cleared"], found["against"]) == (1.0, False, [])


def test_answers_used_somewhat_less_leave_it_open() -> None:
    # 30 of 120 against a usual half: the 95 % bounds of the share, .19 and .32, lie around .25 and under .3.
    found = verdict(tables(spike_used=[True, False, False, False], usual=HALF))
    assert (found["factor"], found["cleared"]) == (0.6, False)


def test_a_few_marks_say_nothing() -> None:
    marks: list[bool | None] = [None] * 120
    assert verdict(tables(spike_used=[True] * 9 + marks[9:], usual=HALF))["factor"] == 0.6
    assert verdict(tables(spike_used=[True] * 10 + marks[10:], usual=HALF))["factor"] == 0.25


def test_where_hardly_anybodys_answers_are_marked_used_nobody_is_cleared_by_it() -> None:
    found = verdict(tables(spike_used=[False], usual=[False]))
    assert (found["factor"], found["cleared"], found["against"]) == (0.6, False, [])


@pytest.mark.parametrize(("tasks", "cleared"), [(6.0, False), (6.69, False), (6.71, True), (9.0, True)])
def test_tasks_clear_from_four_tenths_of_the_rise_in_tokens_on(tasks: float, cleared: bool) -> None:
    # (tasks + 0.5) / (1 + 0.5) must exceed 0.4 * 12 = 4.8: more than 6.7 tasks.
    found = verdict(tables(tasks=tasks))
    assert (found["factor"], found["cleared"]) == ((0.25, True) if cleared else (0.6, False))
    assert found["tasks_ratio"] == pytest.approx((tasks + 0.5) / 1.5)


def test_both_reasons_are_told() -> None:
    found = verdict(tables(spike_used=[True, False], usual=HALF, tasks=10.0))
    assert found["against"] == ["50% of 120 answers were used", "tasks completed were 7.0 times usual"]


def test_tasks_clear_even_where_the_answers_went_unused() -> None:
    assert verdict(tables(spike_used=[False], usual=HALF, tasks=10.0))["cleared"] is True


def test_only_flagged_people_are_judged_and_only_their_flagged_days() -> None:
    flagged = pl.DataFrame({"user": ["ann", "ann"], "day": [DAYS[3], SPIKE]})
    found = corroborate(tables(), flagged)
    assert found["user"].to_list() == ["ann"]
    # The mean of the logarithms of 1 and 12 usual days, against the median of the others.
    assert found["volume_ratio"][0] == pytest.approx(12**0.5)


def test_nothing_to_compare_with_clears_nobody() -> None:
    flagged = pl.DataFrame({"user": ["ann"] * len(DAYS), "day": DAYS})
    found = verdict(tables(tasks=9.0), flagged)
    assert (found["factor"], found["volume_ratio"], found["tasks_ratio"]) == (0.6, None, None)


def people(*marks: tuple[int, int]) -> pl.DataFrame:
    rows = [(f"u{n}", true, known) for n, (true, known) in enumerate(marks)]
    return pl.DataFrame(rows, schema={"user": pl.String, "used_true": pl.Int64, "used_known": pl.Int64}, orient="row")


def test_use_of_answers_over_a_whole_history() -> None:
    # .7 of a usual .5 is .35. 80 of 200: the lower bound is .345. 85 of 200: .37. 99 marks are too few.
    found = answers_used(people((80, 200), (85, 200), (99, 99), (0, 0)), 0.5, 0.7, 100)
    assert found["factor"].to_list() == [1.0, 0.25, 0.6, 0.6]
    assert found["cleared"].to_list() == [False, True, False, False]
    assert found["against"].to_list() == [[], ["42% of 200 answers were used"], [], []]


def test_without_a_usual_share_nobody_is_judged_by_use() -> None:
    found = answers_used(people((200, 200), (0, 200), (0, 0)), None, 0.7, 100)
    assert found["factor"].to_list() == [0.6] * 3
    assert found["cleared"].to_list() == [False] * 3
    assert answers_used(people(), None, 0.7, 100).height == 0


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=6), st.one_of(st.none(), st.floats(0.01, 1))
)
def test_use_never_clears_below_the_share_asked_for(counts: list[tuple[int, int]], base: float | None) -> None:
    frame = people(*((hits, hits + misses) for hits, misses in counts))
    found = frame.join(answers_used(frame, base, 0.7, 100), on="user")
    for row in found.iter_rows(named=True):
        share = row["used_true"] / max(row["used_known"], 1)
        assert row["cleared"] == (row["factor"] == 0.25) == bool(row["against"])
        if row["cleared"]:
            assert base is not None
            assert share > 0.7 * base
