"""Every format tells of the same calls when tokenscan reads it back."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from tests.unit.simulate.populations import people_of
from tokenscan.config import load_config
from tokenscan.context.load import load_context
from tokenscan.errors import UsageError
from tokenscan.events.log import EventLog
from tokenscan.reading import InputOptions, read_files
from tokenscan.simulate.live import Lives, live
from tokenscan.simulate.options import Options
from tokenscan.simulate.write import FORMATS, write


@cache
def lives() -> Lives:
    return live(Options(people=16, days=21, seed=11, gamer_share=0.3))


def read(folder: Path) -> EventLog:
    return read_files([str(folder / "logs")], InputOptions())


def names(folder: Path) -> dict[str, str]:
    """Every name under which the people file knows somebody."""
    with (folder / "people.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {alias: row["user"] for row in rows for alias in (row["user"], *row["aliases"].split(";")) if alias}


def totals(calls: pl.DataFrame) -> dict[str, tuple[int, int, int]]:
    """Calls that worked, input and output tokens by user."""
    sums = calls.group_by("user").agg(pl.len(), pl.col("input_tokens").sum(), pl.col("output_tokens").sum())
    return {user: tuple(rest) for user, *rest in sums.iter_rows()}


def made(of: Lives) -> pl.DataFrame:
    users = pl.Series("user", [person.user for person in of.people])
    calls = of.calls.with_columns(users.gather(of.calls["person"]))
    return calls.filter(~pl.col("copy") & (pl.col("status") == "ok"))


@pytest.mark.parametrize("log_format", list(FORMATS))
def test_a_format_reads_back_as_the_calls_made(log_format: str, tmp_path: Path) -> None:
    write(lives(), tmp_path / "out", log_format)
    log = read(tmp_path / "out")
    known = names(tmp_path / "out")
    ok = log.events.filter(pl.col("status") == "ok")
    read_back = ok.with_columns(pl.col("user").replace(known))
    assert totals(read_back) == totals(made(lives()))
    assert log.bad_rows == 0


@pytest.mark.parametrize("log_format", ["table", "csv", "litellm"])
def test_times_sessions_and_prompts_come_back_too(log_format: str, tmp_path: Path) -> None:
    write(lives(), tmp_path / "out", log_format)
    events = read(tmp_path / "out").events.filter(pl.col("status") == "ok")
    calls = made(lives())
    for column in ("timestamp", "session_id", "app", "model", "cache_read_tokens", "latency_ms"):
        if log_format != "litellm" or column != "app":
            assert events[column].sort().equals(calls[column].sort()), column
    assert events["prompt_id"].null_count() == calls["prompt"].null_count()
    if log_format != "litellm":
        assert events["used"].sum() == calls["used"].sum()
        assert events["is_agent"].sum() == calls["is_agent"].sum()


def test_a_double_logger_counts_once(tmp_path: Path) -> None:
    of = people_of("double_logger", 1)
    for log_format in ("table", "litellm", "claude-code"):
        write(of, tmp_path / log_format, log_format)
        events = read(tmp_path / log_format).events.filter(pl.col("status") == "ok")
        assert events.height == made(of).height


def test_agents_steps_are_told_apart_in_session_files(tmp_path: Path) -> None:
    of = people_of("agentic_coder", 1)
    write(of, tmp_path / "out", "claude-code")
    events = read(tmp_path / "out").events
    steps = of.calls.filter((pl.col("app") == "coding-agent") & (pl.col("status") == "ok"))
    # A typed prompt is a turn; one that repeats the turn before word for word can not be told from its steps.
    assert 0.6 * steps.height < events["is_agent"].sum() <= steps.height


@pytest.mark.parametrize("log_format", ["table", "csv", "litellm"])
def test_logs_without_text_hold_none(log_format: str, tmp_path: Path) -> None:
    write(lives(), tmp_path / "out", log_format, text=False)
    log = read(tmp_path / "out")
    assert log.events["prompt_id"].null_count() == log.events.height
    assert totals(log.events.filter(pl.col("status") == "ok").with_columns(
        pl.col("user").replace(names(tmp_path / "out")))) == totals(made(lives()))  # fmt: skip
    prompts = made(lives())["prompt"].drop_nulls()
    longest = max(prompts.to_list(), key=len)[:60]
    assert not any(longest.encode() in path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())


def test_the_context_files_are_read_as_written(tmp_path: Path) -> None:
    of = live(Options(people=60, days=90, seed=5))
    write(of, tmp_path / "out")
    loaded = load_context(load_config(tmp_path / "out" / "tokenscan.toml"), tmp_path / "out")
    declared = [person for person in of.people if not person.is_service or person.kind.declared]
    assert loaded.context.people.height == len(declared)
    assert loaded.context.outcomes["tasks_completed"].sum() == of.outcomes["tasks_completed"].sum()
    assert len(loaded.context.reviews) == 1
    assert len(loaded.context.holidays) == 2
    assert [(quota.metric, quota.minimum) for quota in loaded.context.quotas] == [("tokens", 50_000)]
    assert loaded.notes == ()


def test_what_can_not_be_written_is_refused(tmp_path: Path) -> None:
    for log_format, text in (("xml", True), ("claude-code", False)):
        with pytest.raises(UsageError):
            write(lives(), tmp_path / "out", log_format, text=text)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious.txt").write_text("keep")
    with pytest.raises(UsageError, match="not an empty folder"):
        write(lives(), tmp_path / "full")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]
