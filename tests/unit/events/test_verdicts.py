"""What is said of each file: what it carries, how it counts cached tokens, where it is silent."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from event_rows import frame, row

from tokenscan.events.count import count
from tokenscan.events.log import FileVerdict, Gathered
from tokenscan.events.schema import LINKS, TEXTS
from tokenscan.events.verdicts import FileFacts

DAY = 86400.0


def verdicts(*rows: dict[str, Any], files: tuple[str, ...] = ("log",)) -> dict[str, FileVerdict]:
    facts = FileFacts()
    for line in rows:
        facts.add(frame(line))
    read = [FileVerdict(name=name, format="table", rows=0, bad_rows=0) for name in files]
    gathered = Gathered(
        rows=frame(*rows), links=pl.DataFrame(schema=LINKS),
        prompts=pl.DataFrame(schema=TEXTS),
        files=facts.told(read),
        bad_rows=0, bad_samples=(), broken=False,
    )  # fmt: skip
    return {verdict.name: verdict for verdict in count(gathered, {}).files}


def test_a_missing_week_is_a_gap_and_a_weekend_is_none() -> None:
    # The log starts on a Monday: Friday and Monday leave a weekend, the 9th to the 13th of March is a week of work.
    days = [0, 4, 14, 18, 21]
    assert verdicts(*(row(DAY * day) for day in days))["log"].gaps == (
        (date(2026, 3, 3), date(2026, 3, 5)),
        (date(2026, 3, 7), date(2026, 3, 15)),
        (date(2026, 3, 17), date(2026, 3, 19)),
    )


def test_what_the_rows_carry_is_said_in_shares() -> None:
    rows = [row(0, input_tokens=1), row(1, user=None, prompt_id=7), row(2, cost_nanousd=5), row(3)]
    assert verdicts(*rows)["log"].carries == {"user": 0.75, "text": 0.25, "tokens": 0.25, "cost": 0.25}


def test_how_cached_tokens_are_counted_is_said_and_why() -> None:
    tokens = {"input_tokens": 100, "output_tokens": 1}
    rows = [
        row(0, source_file="inside", provider="a", cache_read_tokens=90, **tokens),
        row(1, source_file="beside", provider="b", cache_read_tokens=900, **tokens),
        row(2, source_file="defined", cache_read_tokens=90, cache_inside_input=True, **tokens),
        row(3, source_file="none", **tokens),
    ]
    found = verdicts(*rows, files=("inside", "beside", "defined", "none"))
    assert {name: verdict.cache for name, verdict in found.items()} == {
        "inside": "inside input: no row counts more cached than sent",
        "beside": "beside input: rows count more cached than sent",
        "defined": "as the format defines it",
        "none": "",
    }


def test_duplicates_are_told_of_the_file_that_held_them() -> None:
    rows = [row(0, event_id="m", source_file="a", output_tokens=9), row(0, event_id="m", source_file="b"),
            row(5, event_id="n", source_file="b")]  # fmt: skip
    found = verdicts(*rows, files=("a", "b", "empty"))
    assert [(verdict.events, verdict.duplicates) for verdict in found.values()] == [
        (1, {}), (1, {"same response id": 1}), (0, {})
    ]  # fmt: skip
    assert found["empty"].window is None
