"""Integrity: entries that no real log holds. About the log or the account it names, never about a person's conduct."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection, nothing
from tokenscan.detectors.common.log_checks import CHECKS, Check, Limits

# Calls of other accounts in the same app that it takes to know how the app's log looks.
KNOWN_OTHERS = 50
FAR_BEYOND = 100.0
_COLUMNS = (
    "row_id", "user", "app", "day", "timestamp", "single", "ok", "model", "input_tokens", "output_tokens",
    "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "latency_ms", "prompt_id", "prompt_chars",
)  # fmt: skip
_METRICS = [
    "form",
    "what",
    "bad_calls",
    "checked_calls",
    "share_percent",
    "accounts",
    "others",
    "others_bad",
    "others_calls",
    "apps",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/integrity/forged-log.toml``."""

    min_calls: int
    others: float
    tokens_per_second: float
    grace_days: int
    calls_per_second: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Run every check on every account, and tell an odd account from an odd logger.

    What the other accounts of the same app show as well is how that app's log is written: a gateway that rounds
    times, a field that holds something else. That is told once, about the log.
    """
    columns = [name for name in _COLUMNS if name in tables.calls.columns]
    calls = pl.concat([tables.calls.select(columns), tables.programs.select(columns)])
    if calls.is_empty():
        return NotEvaluated("no calls")
    limits = Limits(
        tokens_per_second=params.tokens_per_second,
        grace_days=params.grace_days,
        calls_per_second=params.calls_per_second,
    )
    found = [
        _of_check(form, check, check.count(calls, limits), params, tables.context.min_group_size)
        for form, check in CHECKS.items()
    ]
    rows = pl.concat(found)
    if rows.is_empty():
        return nothing()
    claims = rows.select("key", "row_id").explode("row_id").with_columns(
        pl.lit("row").alias("level"), pl.lit(0.0).alias("share")
    )  # fmt: skip
    return detection(rows.drop("row_id"), _METRICS, claims, by="key")


def _of_check(form: str, check: Check, counts: pl.DataFrame, params: Params, many: int) -> pl.DataFrame:
    """Return the accounts that fail a check unlike others, and one row about the log if others do, too."""
    failed = (pl.col("bad") >= params.min_calls) & (pl.col("bad") >= check.share * pl.col("checked"))
    over = {"others": pl.col("checked") > 0, "others_bad": pl.col("failed"), "others_calls": pl.col("checked")}
    judged = counts.with_columns(failed.alias("failed")).with_columns(
        (part.cast(pl.Int64).sum().over("app") - part.cast(pl.Int64)).alias(name) for name, part in over.items()
    )
    judged = judged.filter("failed")
    habit = (pl.col("others_bad") >= params.others * pl.col("others")) | (pl.col("others_bad") >= many)
    alike = habit & (pl.col("others_bad") > 0)
    accounts = judged.filter(~alike).group_by("user").agg(*_sums(), pl.lit("account").alias("subject"))
    log = judged.filter(alike).with_columns(pl.lit(None, pl.String).alias("log")).group_by("log")
    logger = log.agg(*_sums(), pl.lit("organisation").alias("subject")).rename({"log": "user"})
    both = pl.concat([accounts, logger])
    return _told(both, form, check, params)


def _sums() -> list[pl.Expr]:
    return [
        pl.col("user").n_unique().cast(pl.Int64).alias("accounts"),
        pl.col("bad").sum().alias("bad_calls"),
        pl.col("checked").sum().alias("checked_calls"),
        pl.col("others", "others_bad", "others_calls").max(),
        pl.col("app").drop_nulls().unique().sort().str.join(", ").alias("apps"),
        pl.col("detail").sort().first(),
        pl.col("row_id").list.explode(keep_nulls=False, empty_as_null=False).sort().head(3),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    ]


def _told(rows: pl.DataFrame, form: str, check: Check, params: Params) -> pl.DataFrame:
    whose = pl.when(pl.col("user").is_null()).then(pl.lit("the log")).otherwise("user")
    detail = pl.when(pl.col("detail") != "").then(pl.format(" ({})", "detail")).otherwise(pl.lit(""))
    what = pl.format("{} of {} calls of {} {}{}", "bad_calls", "checked_calls", whose, pl.lit(check.sentence), detail)
    known = pl.col("others_calls") >= KNOWN_OTHERS
    many = (pl.col("bad_calls") / params.min_calls).log() / pl.lit(FAR_BEYOND).log()
    return rows.with_columns(
        pl.concat_str(pl.lit(form), pl.col("user").fill_null(""), separator="\x1f").alias("key"),
        pl.lit(form).alias("form"),
        what.alias("what"),
        pl.col("bad_calls").cast(pl.Float64).alias("value"),
        (pl.col("bad_calls") / pl.col("checked_calls") * 100).alias("share_percent"),
        pl.lit(float(params.min_calls)).alias("threshold"),
        pl.col("checked_calls").alias("n"),
        (0.5 + 0.5 * many.clip(0, 1)).alias("strength"),
        pl.when(known).then(pl.lit("high")).otherwise(pl.lit("medium")).alias("confidence"),
        pl.when(known)
        .then(pl.format("{} calls of other accounts in the same app", "others_calls"))
        .otherwise(pl.lit("what any model or client can do"))
        .alias("compared_with"),
    )
