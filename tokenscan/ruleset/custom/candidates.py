"""Turns the rows of a result into candidates, with everything a finding needs that the rows leave out."""

from __future__ import annotations

import math
from typing import Final

import polars as pl

from tokenscan.detectors.base import CANDIDATE
from tokenscan.events.schema import TIMESTAMP, ColumnTypes
from tokenscan.ruleset.custom.bands import severity_by
from tokenscan.ruleset.custom.result import HIDDEN
from tokenscan.ruleset.effective import EffectiveRule
from tokenscan.ruleset.message import BASE_FIELDS, placeholders
from tokenscan.ruleset.model import ParamValue

TOP: Final = 10.0  # a value of so many times the threshold has full strength
SAMPLES: Final = 3
# Shown apart from the evidence, but told in a message as the result has them: a whole number as one.
_NUMBERS: Final = frozenset({"value", "threshold", "n"})
_BEHIND: Final[ColumnTypes] = {
    "candidate": pl.UInt32,
    "_n": pl.Int64,
    "_first": TIMESTAMP,
    "_last": TIMESTAMP,
    "samples": pl.List(pl.UInt32),
}


def candidates_of(rule: EffectiveRule, rows: pl.DataFrame, waste: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """Return one candidate a row (CANDIDATE, ``severity`` and ``metrics``).

    ``rows`` have candidate, subject, user, team and the columns of the rule's result; ``waste`` is what they waste.
    """
    span = calls["timestamp"].min(), calls["timestamp"].max()
    days = _days(span)
    costs = waste.select("candidate", pl.col("cost_nanousd").alias("_cost"))
    full = (
        rows.join(_behind(rows, calls), on="candidate", how="left", maintain_order="left")
        .join(costs, on="candidate", how="left", maintain_order="left")
        .with_columns(_value(rule, rows).cast(pl.Float64).fill_nan(None).fill_null(0.0).alias("_value"))
        .with_columns(_threshold(rule, rows).cast(pl.Float64).fill_nan(None).fill_null(1.0).alias("_threshold"))
    )
    bands = rule.rule.severity_bands if rule.severity_origin == "rule" else {}
    said: dict[str, pl.Expr] = {
        "value": pl.col("_value"),
        "threshold": pl.col("_threshold"),
        "n": _first_of(rows, "n", "requests", "_n"),
        "strength": _strength(rows),
        "confidence": pl.lit(rule.rule.confidence.value if rule.rule.confidence else "low"),
        "cleared": pl.lit(value=False),
        "first_seen": _moment(rows, "first_seen", "_first", pl.lit(span[0], TIMESTAMP)),
        "last_seen": _moment(rows, "last_seen", "_last", pl.lit(span[1], TIMESTAMP)),
        "compared_with": pl.lit(f"the rule's own {'query' if rule.rule.sql else 'filter'}"),
        "against": pl.lit([], pl.List(pl.String)),
        "samples": pl.col("samples").fill_null([]),
    }
    columns = [said.get(name, pl.col(name)).cast(dtype).alias(name) for name, dtype in CANDIDATE.items()]
    severity = severity_by("_cost", days, bands, rule.severity).alias("severity")
    return full.select(*columns, severity, _metrics(rule, rows)).sort("candidate")


def _days(span: tuple[object, object]) -> int:
    first, last = pl.Series(span, dtype=TIMESTAMP).dt.date()
    return int((last - first).days) + 1


def _behind(rows: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """Return when the calls of each row were, how many, and a few to look at; nothing where rows name no calls."""
    if "calls" not in rows.columns:
        return pl.DataFrame(schema=_BEHIND)
    each = (
        rows.select("candidate", pl.col("calls").alias("row_id"))
        .explode("row_id", empty_as_null=False, keep_nulls=False)
        .with_columns(pl.col("row_id").cast(pl.UInt32, strict=False))
        .unique()
        .join(calls.select("row_id", "timestamp"), on="row_id")
        .sort("candidate", "timestamp", "row_id")
    )
    return each.group_by("candidate", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("_n"),
        pl.col("timestamp").min().alias("_first"),
        pl.col("timestamp").max().alias("_last"),
        pl.col("row_id").head(SAMPLES).alias("samples"),
    )


def _first_of(rows: pl.DataFrame, *names: str) -> pl.Expr:
    """Return the first of these columns that is there and not null, else 0."""
    there = [pl.col(name).cast(pl.Int64, strict=False) for name in names if name in rows.columns or name in _BEHIND]
    return pl.coalesce(*there, pl.lit(0))


def _value(rule: EffectiveRule, rows: pl.DataFrame) -> pl.Expr:
    if rule.rule.filter is not None:
        return pl.col(rule.rule.filter.value)
    if "value" in rows.columns:
        return pl.col("value")
    return _first_of(rows, "requests", "_n").clip(1)


def _threshold(rule: EffectiveRule, rows: pl.DataFrame) -> pl.Expr:
    if "threshold" in rows.columns:
        return pl.col("threshold")
    value = rule.values.get(rule.rule.value_param, 1.0)
    return pl.lit(float(value) if isinstance(value, int | float) else 1.0)


def _strength(rows: pl.DataFrame) -> pl.Expr:
    """Return the row's own strength, else 0.5 at the threshold and 1 at ten times it, on a log scale between."""
    if "strength" in rows.columns:
        return pl.col("strength").cast(pl.Float64).fill_nan(None).fill_null(0.5).clip(0, 1)
    times = pl.col("_value") / pl.col("_threshold")
    scaled = 0.5 + 0.5 * times.log() / math.log(TOP)
    return pl.when((pl.col("_threshold") > 0) & (times > 1)).then(scaled.clip(0.5, 1)).otherwise(0.5)


def _moment(rows: pl.DataFrame, name: str, behind: str, otherwise: pl.Expr) -> pl.Expr:
    found = [pl.col(behind), otherwise]
    if name in rows.columns:
        dtype = rows.schema[name]
        zoned = isinstance(dtype, pl.Datetime) and dtype.time_zone is not None
        own = (
            pl.col(name).cast(TIMESTAMP) if zoned else pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        )
        found.insert(0, own)
    return pl.coalesce(*found)


def _metrics(rule: EffectiveRule, rows: pl.DataFrame) -> pl.Expr:
    """Return the evidence: the result's own columns, and the parameters that the message names."""
    named = placeholders(rule.rule.message)
    hidden = {*HIDDEN, "candidate", "subject"} - ({*named} & _NUMBERS)
    shown = [_shown(name, dtype) for name, dtype in rows.schema.items() if name not in hidden]
    bound = [name for name in named if name in rule.values and name not in {*rows.columns, *BASE_FIELDS}]
    params = [pl.lit(_word(rule.values[name])).alias(name) for name in bound]
    return pl.struct(*(shown + params or [pl.col("_value").alias("value")])).alias("metrics")


def _shown(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column as evidence: lists in one line, fractions as floats, which every output knows how to write."""
    if isinstance(dtype, pl.List):
        return pl.col(name).cast(pl.List(pl.String)).list.join(", ")
    return pl.col(name).cast(pl.Float64) if dtype.is_decimal() else pl.col(name)


def _word(value: ParamValue) -> bool | int | float | str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else value
