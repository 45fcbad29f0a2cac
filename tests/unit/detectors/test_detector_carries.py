"""What the tables say that a log carries, and how often answers are used."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import at, call, context, prepared
from tokenscan.context.model import Quota, Review
from tokenscan.detectors.common.tables import used_base


def people(*marks: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(marks, schema={"used_true": pl.Int64, "used_known": pl.Int64}, orient="row")


def test_the_usual_share_of_used_answers() -> None:
    # Nine marks are too few; of .2, .5 and .6 the middle one.
    assert used_base(people((4, 20), (5, 10), (60, 100), (0, 9))) == 0.5
    assert used_base(people((9, 9))) is None
    assert used_base(people()) is None


def test_marks_that_hardly_anybody_gets_set_no_standard() -> None:
    assert used_base(people((0, 50), (0, 20), (9, 20))) is None


BARE = {"model": None, "input_tokens": None, "output_tokens": None, "status": None}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, set()),
        ({"prompt": "yes"}, {"prompt"}),
        ({"session": "s1"}, {"session_id"}),
        ({"session": "s1", "session_quality": "synthetic"}, set()),
        ({"model": "m"}, {"model"}),
        ({"app": "ide"}, {"app"}),
        ({"team": "t"}, {"team"}),
        ({"status": "ok"}, {"status"}),
        ({"input_tokens": 5}, {"input_tokens"}),
        ({"output_tokens": 5}, {"input_tokens"}),
        ({"latency_ms": 5}, {"latency_ms"}),
    ],
)
def test_what_a_log_carries(changes: dict[str, Any], names: set[str]) -> None:
    case = prepared([call("ann", "2026-01-05", **(BARE | changes))])
    assert case.tables.has == {"account", "user", "timestamp"} | names


def test_marks_count_as_carried_from_ten_on() -> None:
    def has(count: int) -> bool:
        rows = [call("ann", at("2026-01-05") + timedelta(hours=n), used=n % 2 == 0) for n in range(count)]
        return "used" in prepared(rows).tables.has

    assert (has(9), has(10)) == (False, True)


def test_what_the_context_carries() -> None:
    given = context(
        [{"user": "ann", "function": "legal"}],
        [{"date": date(2026, 1, 5), "user": "ann", "tasks_completed": 1.0}],
        reviews=(Review(name="Q1", day=date(2026, 2, 16)),),
        quotas=(Quota(metric="tokens", period="week", minimum=50_000),),
    )
    case = prepared([call("ann", "2026-01-05", **BARE)], given)
    assert case.tables.has == {"account", "user", "timestamp", "function", "people", "outcomes", "reviews", "quotas"}
