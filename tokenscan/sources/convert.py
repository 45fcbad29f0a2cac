"""Turn logged values of any type into canonical columns; what cannot be read becomes null and is said.

Every function takes a column that may be text, number, date or boolean, because exporters disagree.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from tokenscan.events.schema import RAW, STATUS, TIMESTAMP

NANO = 1_000_000_000
MAX_TOKENS = 10**10  # no model reads more in one call; beyond it a number is a broken or forged one
MAX_NANOUSD = 10**15  # a million dollars
# Digits are 0 to 9: the engine's own class holds those of every script, which no cast can read.
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$"
# Commas between groups of three only: "0,005" is half a cent where the comma is a decimal point, not five dollars.
_GROUPED = r"^[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?$"
_DAY = r"([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})"
_CLOCK = r"([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,]([0-9]{1,9}))?"
_OFFSET = r"([+-][0-9]{2})(?::?([0-9]{2}))?"
_ISO = rf"^{_DAY}(?:[Tt ]{_CLOCK}\s*(?:[Zz]|UTC|GMT|{_OFFSET}(?:\s+UTC)?)?)?$"
_MAX_OFFSET = 15 * 60
_MAX_STORED = {"ms": 2**53, "us": 2**62, "ns": 2**63 - 1}
# Python knows no other years, and no log has them.
_FIRST, _LAST = (pl.datetime(year, 1, 2, time_zone="UTC") for year in (1, 9999))
_OK = ["ok", "success", "succeeded", "successful", "complete", "completed", "true", "stop", "200", "201", "202", "204"]
_ERROR = r"^(?:error|errored|fail\w*|false|timeout|timed_out|cancel\w*|aborted|exception|[45]\d\d)$"


def _apply(values: pl.Series, expression: pl.Expr) -> pl.Series:
    """Evaluate an expression over the column ``v``."""
    return values.to_frame("v").select(expression.alias(values.name)).to_series()


def _keep(value: pl.Expr, condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(value)


V = pl.col("v")


def text(values: pl.Series) -> pl.Series:
    """Return as text, stripped; empty becomes null. Nested values become JSON text."""
    if _is_opaque(values.dtype):
        values = pl.Series(values.name, [_spelled(value) for value in values.to_list()], pl.String)
    elif isinstance(values.dtype, (pl.List, pl.Array, pl.Struct)):
        wrapped = pl.struct("v").struct.json_encode()
        values = _apply(values, _keep(wrapped.str.slice(5).str.head(-1), V.is_not_null()))
    stripped = V.cast(pl.String).str.strip_chars()
    return _apply(values, _keep(stripped, stripped != ""))


def _is_opaque(dtype: Any) -> bool:
    """Say whether Polars itself cannot spell values of a type."""
    if isinstance(dtype, (pl.List, pl.Array)):
        return _is_opaque(dtype.inner)
    if isinstance(dtype, pl.Struct):
        return any(_is_opaque(field.dtype) for field in dtype.fields)
    return isinstance(dtype, pl.Map) or dtype in (pl.Binary, pl.Object, pl.Duration)


def _spelled(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json.dumps(value, default=_spelled, ensure_ascii=False) if isinstance(value, (list, dict)) else str(value)


def number(values: pl.Series) -> pl.Series:
    """Return as finite Float64; NaN, infinity and text that is no number become null."""
    if values.dtype.is_numeric():
        floats = V.cast(pl.Float64)
    else:
        values = text(values)
        bare = V.str.strip_prefix("$").str.strip_chars_start()
        plain = pl.when(bare.str.contains(_GROUPED)).then(bare.str.replace_all(",", "", literal=True)).otherwise(bare)
        floats = _keep(plain, plain.str.contains(_NUMBER)).cast(pl.Float64, strict=False)
    return _apply(values, _keep(floats, floats.is_finite()))


def tokens(values: pl.Series) -> pl.Series:
    """Return as Int64 counts; negative, fractional or absurd values become null."""
    if values.dtype.is_integer():
        return _apply(values, _keep(V.cast(pl.Int64, strict=False), V.is_between(0, MAX_TOKENS)))
    whole = V.is_between(0, MAX_TOKENS) & (V.round() == V)
    return _apply(number(values), _keep(V, whole).cast(pl.Int64))


def nanousd(values: pl.Series) -> pl.Series:
    """Return dollars as Int64 nano-dollars, half up; negative or absurd values become null."""
    scaled = (V * NANO + 0.5).floor()
    return _apply(number(values), _keep(scaled, scaled.is_between(0, MAX_NANOUSD)).cast(pl.Int64))


def milliseconds(values: pl.Series) -> pl.Series:
    """Return as Int64 milliseconds, rounded; negative or absurd values become null."""
    if isinstance(values.dtype, pl.Duration):
        values = values.dt.total_milliseconds()
    return _apply(number(values), _keep(V.round(), V.is_between(0, MAX_TOKENS)).cast(pl.Int64))


def boolean(values: pl.Series) -> pl.Series:
    """Return as Boolean; anything but the usual words for yes and no is null (unknown)."""
    if values.dtype == pl.Boolean:
        return values
    words = V.str.to_lowercase()
    yes, no = words.is_in(["true", "t", "yes", "y", "1", "1.0"]), words.is_in(["false", "f", "no", "n", "0", "0.0"])
    return _apply(text(values), pl.when(yes).then(True).when(no).then(False))


def status(values: pl.Series) -> pl.Series:
    """Return ``ok`` or ``error`` from words, booleans or HTTP codes; null where it says neither."""
    words = V.str.to_lowercase().str.strip_suffix(".0")
    ok, error = words.is_in(_OK), words.str.contains(_ERROR)
    return _apply(text(values), pl.when(ok).then(pl.lit("ok")).when(error).then(pl.lit("error")).cast(STATUS))


def timestamp(values: pl.Series) -> pl.Series:
    """Return as UTC datetimes: ISO 8601 in any offset (none = UTC), dates, or epoch s, ms, us or ns."""
    return _apply(_moments(values), _keep(V, V.is_between(_FIRST, _LAST)))


def _moments(values: pl.Series) -> pl.Series:
    if values.dtype == pl.Date:
        return _apply(values, V.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
    if isinstance(values.dtype, pl.Datetime):
        # What is stored is UTC, whatever zone it is shown in. Numbers, for Polars panics beyond its calendar.
        scale = {"ms": V * 1000, "us": V, "ns": V // 1000}[values.dtype.time_unit]
        return _apply(values.to_physical(), _keep(scale, V.abs() < _MAX_STORED[values.dtype.time_unit]).cast(TIMESTAMP))
    if values.dtype.is_integer():
        return _apply(values, _epoch(V.cast(pl.Int64, strict=False)))
    if values.dtype.is_numeric():
        return _apply(number(values), _epoch(V))
    words = text(values)
    quick = _apply(
        words, V.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", strict=False, time_unit="us").dt.replace_time_zone("UTC")
    )
    if quick.null_count() == words.null_count():
        return quick
    # Whole numbers stay whole: a double cannot hold today's nanoseconds.
    whole = V.cast(pl.Int64, strict=False)
    slow = pl.DataFrame({"v": words, "number": number(words)}).select(
        pl.coalesce(_iso(), _epoch(whole), _epoch(pl.col("number")))
    )
    return quick.fill_null(slow.to_series())


def _iso() -> pl.Expr:
    groups = V.str.extract_groups(_ISO)
    year, month, day, time, fraction, hours, minutes = (groups.struct.field(str(i)) for i in range(1, 8))
    seconds = pl.when(time.str.len_bytes() == 5).then(time + ":00").otherwise(time).fill_null("00:00:00")
    clock = pl.concat_str(year, pl.lit("-"), month, pl.lit("-"), day, pl.lit("T"), seconds, pl.lit("."))
    local = (clock + fraction.fill_null("0")).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us")
    size = hours.str.slice(1).cast(pl.Int64) * 60 + minutes.cast(pl.Int64).fill_null(0)
    offset = pl.when(hours.str.starts_with("-")).then(-size).otherwise(size).fill_null(0)
    utc = local - pl.duration(minutes=offset)
    return _keep(utc, offset.abs() <= _MAX_OFFSET).dt.replace_time_zone("UTC")


def _epoch(value: pl.Expr) -> pl.Expr:
    """Tell s, ms, us and ns apart by size: each covers 1990 to 2100, and they do not overlap."""
    size = value.abs()
    seconds, millis, micros = (size < 5 * 10**power for power in (9, 12, 15))
    scaled = pl.when(seconds).then(value * 10**6).when(millis).then(value * 1000).when(micros).then(value)
    known = _keep(scaled.otherwise(value // 1000).round(), size < 5 * 10**18)
    return known.cast(pl.Int64, strict=False).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def canonical(columns: Mapping[str, pl.Series | pl.Expr], height: int) -> pl.DataFrame:
    """Return a RAW frame of ``height`` rows from the columns given; the others are null."""
    # Expressions may look at every other column, so the series are there first, and nulls for what is not given.
    series = [value.alias(name) for name, value in columns.items() if isinstance(value, pl.Series)]
    derived = [value.alias(name) for name, value in columns.items() if isinstance(value, pl.Expr)]
    given = {column.name for column in series}
    missing = [pl.lit(None).alias(name) for name in RAW if name not in given]
    frame = pl.select(pl.int_range(height).alias("_")).with_columns(series).with_columns(missing).with_columns(derived)
    return frame.select(pl.col(name).cast(dtype) for name, dtype in RAW.items())
