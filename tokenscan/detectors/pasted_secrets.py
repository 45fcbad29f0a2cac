"""Secrets in prompts: a question of security, which says nothing about how somebody works."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.statistics import strength

# May be a token that has run out, a password that opens nothing, a key that every web page shows.
UNSURE = ("json-web-token", "basic-auth-url", "google-api-key")
SAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/content/pasted-secrets.toml``."""

    prompts: int
    top: int
    stream_calls: int
    allowed: tuple[str, ...]


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Count each account's prompts that hold a secret, people's and programs'; what the secret is, nobody learns here.

    Automated are calls of accounts that are no people, steps of agents, and prompts of a template that the account sent
    ``stream_calls`` times on one day.
    """
    parts = [tables.calls.with_columns(pl.lit("user").alias("subject")),
             tables.programs.with_columns(pl.lit("account").alias("subject"))]  # fmt: skip
    known = pl.concat(part.filter(pl.col("secrets").is_not_null()).select(_COLUMNS) for part in parts)
    if known.is_empty():
        return NotEvaluated("no text of prompts")
    held = known.filter(pl.col("secrets") != "").with_columns(
        pl.col("secrets").str.split(",").list.set_difference(list(params.allowed)).list.sort().alias("secrets")
    )
    calls = _with_automated(known, held.filter(pl.col("secrets").list.len() > 0), params.stream_calls)
    accounts = _per_account(calls).filter(pl.col("prompts") >= params.prompts)
    rows = accounts.join(_kinds(calls), on="user", how="left").with_columns(
        pl.col("prompts").cast(pl.Float64).alias("value"),
        pl.lit(float(params.prompts)).alias("threshold"),
        pl.col("calls").alias("n"),
        strength(pl.col("prompts"), float(params.prompts), float(params.top)).alias("strength"),
        pl.when("sure").then(pl.lit("high")).otherwise(pl.lit("medium")).alias("confidence"),
        (pl.col("automated_calls") > 0).alias("automated"),
        pl.lit("the published forms of keys and tokens").alias("compared_with"),
    )
    found = detection(rows.drop("samples"), METRICS)
    samples = rows.select("user", "samples")
    named = found.candidates.drop("samples").join(samples, on="user", how="left", maintain_order="left")
    return replace(found, candidates=named.select(found.candidates.columns)) if rows.height else found


_COLUMNS = ["row_id", "subject", "user", "team", "day", "timestamp", "is_agent", "template_id", "prompt_id", "secrets"]
METRICS = ["prompts", "calls", "days", "kinds", "automated", "automated_calls"]


def _with_automated(known: pl.DataFrame, held: pl.DataFrame, stream_calls: int) -> pl.DataFrame:
    key = ["user", "day", "template_id"]
    streams = known.join(held.select(key).unique(), on=key, how="semi").group_by(key).len()
    sent = held.join(streams, on=key, how="left")
    machine = (pl.col("subject") == "account") | pl.col("is_agent").fill_null(value=False)
    return sent.with_columns((machine | (pl.col("len") >= stream_calls)).fill_null(value=False).alias("automated"))


def _per_account(calls: pl.DataFrame) -> pl.DataFrame:
    kinds = pl.col("secrets").list.explode(keep_nulls=False, empty_as_null=False)
    return calls.group_by("subject", "user").agg(
        pl.col("team").drop_nulls().first(),
        pl.col("prompt_id").n_unique().cast(pl.Int64).alias("prompts"),
        pl.len().cast(pl.Int64).alias("calls"),
        pl.col("day").n_unique().cast(pl.Int64).alias("days"),
        pl.col("automated").sum().cast(pl.Int64).alias("automated_calls"),
        (~kinds.is_in(UNSURE)).any().alias("sure"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
        pl.col("row_id").sort().head(SAMPLES).alias("samples"),
    )


def _kinds(calls: pl.DataFrame) -> pl.DataFrame:
    """Name the kinds of each account's secrets, with the number of prompts that hold them."""
    each = calls.select("user", "prompt_id", kind="secrets").unique(["user", "prompt_id"]).explode("kind")
    counts = each.group_by("user", "kind").len().sort("user", "kind")
    return counts.group_by("user").agg(pl.format("{} ({})", "kind", "len").str.join(", ").alias("kinds"))
