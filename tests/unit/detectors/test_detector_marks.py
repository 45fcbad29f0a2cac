from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import at, call, context, prepared
from tokenscan.detectors.common.marks import judged_use, telling_marks, with_excuse

Rows = list[dict[str, Any]]


def marked(true: int, false: int, user: str = "ann", *, odd: bool = False, app: str | None = "chat") -> Rows:
    used = [True] * true + [False] * false
    return [{"user": user, "used": one, "odd": odd, "app": app} for one in used]


def judged(rows: Rows, base: float | None = 0.4) -> dict[str, Any]:
    frame = pl.DataFrame(rows, schema={"user": pl.String, "used": pl.Boolean, "odd": pl.Boolean, "app": pl.String})
    return judged_use(frame, ["user"], pl.col("odd"), base).row(0, named=True)


def test_none_of_many_answers_is_unused() -> None:
    # Expected: (40 + 10 * 0.4 / 2) / (100 + 10) = 0.382; the upper bound of 0 in 15 is 1 - 0.05^(1/16) = 0.171.
    found = judged(marked(0, 15, odd=True) + marked(40, 60))
    assert found["verdict"] == "unused"
    assert (found["use_known"], found["use_true"]) == (15, 0)
    assert found["use_expected"] == pytest.approx(42 / 110)
    assert found["use_upper"] == pytest.approx(1 - 0.05 ** (1 / 16), abs=1e-5)


def test_few_unused_answers_leave_it_open() -> None:
    # The upper bound of 0 in 12 is 0.206, above half of 0.382.
    assert judged(marked(0, 12, odd=True) + marked(40, 60))["verdict"] == "unknown"


def test_who_seldom_uses_answers_is_compared_with_their_own_habit() -> None:
    # Expected: (5 + 2) / (100 + 10) = 0.064, a sixth of what others do.
    assert judged(marked(0, 60, odd=True) + marked(5, 95))["verdict"] == "unknown"
    assert judged(marked(0, 60, odd=True) + marked(40, 60))["verdict"] == "unused"


def test_who_uses_more_than_others_is_held_to_the_usual() -> None:
    found = judged(marked(6, 24, odd=True) + marked(95, 5))
    assert (found["use_expected"], found["verdict"]) == (0.4, "unknown")


def test_without_other_marks_half_of_the_usual_is_expected() -> None:
    assert judged(marked(0, 30, odd=True))["use_expected"] == pytest.approx(0.2)


def test_answers_used_like_others_were_wanted() -> None:
    # The lower bound of 12 in 30 is 0.264, above 0.6 * 0.382 = 0.229; that of 10 in 30 is 0.210.
    assert judged(marked(12, 18, odd=True) + marked(40, 60))["verdict"] == "wanted"
    assert judged(marked(10, 20, odd=True) + marked(40, 60))["verdict"] == "unknown"


def test_four_marks_tell_nothing_and_no_usual_share_neither() -> None:
    assert judged(marked(4, 0, odd=True) + marked(40, 60))["verdict"] == "unknown"
    assert judged(marked(0, 50, odd=True) + marked(40, 60), base=None)["verdict"] == "unknown"


def blind(users: int, marks: int, used: int) -> int:
    """Return how many marks are left of an app in which ``used`` of so many marks a person say so."""
    rows = [row for n in range(users) for row in marked(used, marks - used, f"u{n}", app="reader")]
    return telling_marks(pl.DataFrame(rows + marked(20, 20)), 0.4)["used"].count() - 40


def test_an_app_that_never_sees_use_tells_nothing() -> None:
    assert blind(users=3, marks=20, used=1) == 0
    assert blind(users=3, marks=20, used=2) == 60  # a tenth is a quarter of the usual
    assert blind(users=2, marks=30, used=0) == 60
    assert blind(users=3, marks=16, used=0) == 48


def test_marks_without_an_app_are_kept() -> None:
    rows = [row for n in range(3) for row in marked(0, 20, f"u{n}", app=None)]
    assert telling_marks(pl.DataFrame(rows, schema_overrides={"app": pl.String}), 0.4)["used"].count() == 60


def excuse(tasks: float, verdict: str = "unused", days: int = 10) -> tuple[bool, list[str]]:
    """Ann makes five times her calls on every other day, and completes so many tasks on each of these days."""
    start = at("2026-01-05 09:00")
    moments = [start + timedelta(days=n) for n in range(2 * days)]
    rows = [
        call("ann", moment + timedelta(minutes=n))
        for place, moment in enumerate(moments)
        for n in range(10 if place % 2 else 2)
    ]
    outcomes = [
        {"date": moment.date(), "user": "ann", "tasks_completed": tasks if place % 2 else 1.0}
        for place, moment in enumerate(moments)
    ]
    tables = prepared(rows, context([{"user": "ann"}], outcomes)).tables
    people = pl.DataFrame({"user": ["ann"], "verdict": [verdict], "use_true": [9], "use_known": [20]})
    busy = pl.DataFrame({"user": "ann", "day": [moment.date() for moment in moments[1::2]]})
    found = with_excuse(tables, people, busy).row(0, named=True)
    return found["cleared"], found["against"]


def test_work_that_rose_with_the_volume_speaks_for_the_person() -> None:
    # (3 + 0.5) / (1 + 0.5) = 2.33 times the tasks, more than 0.4 of five times the calls.
    assert excuse(3.0) == (True, ["tasks completed on such days were 2.3 times usual"])
    assert excuse(2.0) == (False, [])


def test_nine_days_are_too_few_to_tell() -> None:
    assert excuse(3.0, days=9) == (False, [])


def test_wanted_answers_speak_for_the_person() -> None:
    assert excuse(1.0, "wanted") == (True, ["9 of 20 such answers were used"])
