"""Prompts that a person typed, by what each brings along, and those that are another prompt under added material."""

from __future__ import annotations

import polars as pl

from tokenscan.detectors.base import Tables

# Of a prompt: below, the contained prompt is most of it; above, it is a line that a document holds, often by chance.
MUCH_FILLER, DOCUMENT = 0.75, 0.95
SAME_CORE = 3  # prompts; more with one core are a standing instruction above changing material
ONBOARDING_DAYS = 28
_OF_CALLS = ("row_id", "user", "team", "function", "day", "timestamp", "session", "app", "model", "used", "tokens")
JOINED_LATE = 14  # days after the log's first day: who appears only then has joined


def typed_prompts(calls: pl.DataFrame) -> pl.DataFrame:
    """Return single calls that a person typed and whose input is known, with what they bring along.

    Columns beside those of calls: ``uncached`` (input tokens that no cache provided), ``size`` and ``answer`` (natural
    logarithms of uncached input and of output), ``opener`` (first of its session: before its history is sent along).
    """
    uncached = (pl.col("input_tokens") - pl.col("cache_read_tokens").fill_null(0)).clip(0)
    output = pl.when(pl.col("output_tokens") > 0).then(pl.col("output_tokens").cast(pl.Float64).log())
    typed = calls.lazy().filter(pl.col("turn") & pl.col("single")).select(
        *_OF_CALLS, uncached.alias("uncached"), output.alias("answer")
    )  # fmt: skip
    first = pl.col("timestamp") == pl.col("timestamp").min().over("user", "session")
    opened = typed.with_columns(first.alias("opener")).filter(pl.col("uncached") > 0)
    return opened.with_columns(pl.col("uncached").cast(pl.Float64).log().alias("size")).collect()


def with_padded(calls: pl.DataFrame) -> pl.DataFrame:
    """Return calls with prompts of the person's own (row_id, user, timestamp, core_id) and whether they are ``padded``.

    A padded prompt holds another known prompt nearly whole and is 4 to 20 times as long. A person who does that more
    than three times with one core, or under one opening, puts a standing instruction above ever new material, and what
    is longer still is a document: these are not padded.
    """
    columns = ("row_id", "user", "timestamp", "core_id", "opening_id", "filler")
    text = calls.lazy().filter("text").select(columns).collect()
    mostly_filler = pl.col("core_id").is_not_null() & pl.col("filler").is_between(MUCH_FILLER, DOCUMENT)
    found = text.filter(mostly_filler)
    of_core, of_opening = pl.len().over("user", "core_id"), pl.len().over("user", "opening_id")
    rare = found.filter((of_core <= SAME_CORE) & (of_opening <= SAME_CORE))
    padded = pl.col("row_id").is_in(rare["row_id"].implode())
    return text.select("row_id", "user", "timestamp", "core_id", padded.alias("padded"))


def settled(calls: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Leave out everybody's first four weeks in the job: people grow into it, and so do their prompts.

    Who starts is who the people file says, else who appears two weeks after the log begins.
    """
    seen = pl.col("first_seen").dt.date()
    late = (seen - seen.min()).dt.total_days() > JOINED_LATE
    joined = pl.coalesce("start_date", pl.when(late).then(seen))
    until = joined + pl.duration(days=ONBOARDING_DAYS)
    people = tables.people.select("user", joined.alias("_from"), until.alias("_until"), first=seen.min())
    learning = people.filter(pl.col("_until") > pl.col("first")).drop("first")
    during = (pl.col("day") >= pl.col("_from")) & (pl.col("day") < pl.col("_until"))
    early = calls.select("row_id", "user", "day").join(learning, on="user").filter(during)
    return calls.filter(~pl.col("row_id").is_in(early["row_id"].implode())) if early.height else calls
