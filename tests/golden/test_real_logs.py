"""Logs that nobody on this project wrote: counted right, and nobody accused. Skipped where they are absent."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import tokenscan
from tests.paths import SHARED
from tokenscan.report.model import Band, RuleStatus

ENTIRE = SHARED / "entire"
pytestmark = pytest.mark.skipif(not ENTIRE.is_dir(), reason="the published logs are not here")


def test_claude_code_sessions_are_counted_as_the_reference_counts_them() -> None:
    events = tokenscan.read_logs(ENTIRE / "native_claude_code").events
    cache = events["cache_read_tokens"] + events["cache_write_tokens"]
    assert events.height == 339
    assert (events["input_tokens"] - cache).sum() == 19_824
    assert events["output_tokens"].sum() == 21_439
    assert events["cache_write_tokens"].sum() == 1_355_876
    assert events["cache_read_tokens"].sum() == 18_340_794


def test_each_session_holds_the_calls_of_the_reference_table() -> None:
    events = tokenscan.read_logs(ENTIRE / "native_claude_code").events
    reference = pl.read_parquet(ENTIRE / "calls.parquet").filter(
        pl.col("session_id").is_in(events["session_id"].unique().implode())
    )
    # The reference has no sub-agents, whose calls stand in progress lines and name a smaller model or none it knows.
    ours = events.group_by("session_id").agg(pl.len().alias("ours"))
    theirs = reference.group_by("session_id").agg(pl.len().alias("theirs"))
    joined = ours.join(theirs, on="session_id", how="full", coalesce=True).fill_null(0)
    assert reference.height == 327
    assert joined["ours"].sum() - joined["theirs"].sum() == 12
    assert joined.filter(pl.col("ours") < pl.col("theirs")).is_empty()


@pytest.mark.parametrize("name", ["native_claude_code", "calls.parquet", "prompts.parquet"])
def test_nobody_is_accused_and_what_was_missing_is_said(name: str) -> None:
    report = tokenscan.analyze(ENTIRE / name, all_people=True)
    assert report.people
    assert {person.band for person in report.people} == {Band.NONE}
    reasons = {rule.id: rule.reason for rule in report.rules if rule.status is RuleStatus.NOT_EVALUATED}
    assert reasons["prompts-per-task"] == "needs outcomes (--outcomes FILE)"
    assert "review dates (--review DATE)" in reasons["review-window"]
    assert report.errors == ()


def test_people_who_only_chat_are_never_strong(tmp_path: Path) -> None:
    chat = pl.read_parquet(SHARED / "chitchat" / "messages.parquet").with_columns(
        (pl.col("text").str.len_chars() // 4 + 1).alias("input_tokens"), pl.lit(20).alias("output_tokens")
    )
    chat.write_parquet(tmp_path / "chat.parquet")
    report = tokenscan.analyze(tmp_path / "chat.parquet")
    assert report.input.users > 600
    assert [person.user for person in report.people if person.band is Band.STRONG] == []
