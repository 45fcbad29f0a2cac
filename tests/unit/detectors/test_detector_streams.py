from __future__ import annotations

import polars as pl

from tests.unit.calls_factory import at
from tokenscan.detectors.common.streams import in_streams, numbered

CALLS = pl.DataFrame(
    {
        "row_id": [0, 1, 2, 3, 4],
        "user": ["ann", "bob", "ann", "ann", "ann"],
        "app": [None, "chat", "chat", None, "chat"],
        "timestamp": [at(f"2026-01-05 09:{minute:02}") for minute in (0, 1, 2, 3, 5)],
    }
)


def gaps(calls: pl.DataFrame, by: list[str]) -> dict[int, float | None]:
    found = in_streams(calls, by)
    return dict(found.select("row_id", "gap").iter_rows())


def test_pauses_are_counted_within_a_stream() -> None:
    assert gaps(CALLS, ["user"]) == {0: None, 1: None, 2: 120.0, 3: 60.0, 4: 120.0}


def test_no_application_is_an_application_of_its_own() -> None:
    assert gaps(CALLS, ["user", "app"]) == {0: None, 1: None, 2: None, 3: 180.0, 4: 180.0}


def test_the_order_of_rows_does_not_matter() -> None:
    assert gaps(CALLS.reverse(), ["user", "app"]) == gaps(CALLS, ["user", "app"])


def test_follows_says_where_a_stream_goes_on() -> None:
    found = in_streams(CALLS, ["user"])
    assert dict(found.select("row_id", "follows").iter_rows()) == {0: False, 1: False, 2: True, 3: True, 4: True}


def test_nothing_has_no_streams() -> None:
    assert in_streams(CALLS.clear(), ["user"]).is_empty()


def test_a_number_grows_at_each_break_and_where_nobody_knows() -> None:
    breaks = pl.DataFrame({"break": [None, False, True, False, True]})
    assert breaks.select(numbered(pl.col("break"))).to_series().to_list() == [1, 1, 2, 2, 3]
