"""What logged values mean: tables of examples, and properties that hold for any value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.events.schema import RAW, STATUS, TIMESTAMP
from tokenscan.sources import convert

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
Convert = Callable[[pl.Series], pl.Series]


def one(function: Convert, value: Any) -> Any:
    """Return what becomes of one value, beside another that makes the column text."""
    return function(pl.Series("x", [value, "other"] if isinstance(value, str) else [value], strict=False))[0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-02T09:00:00Z", NINE),
        ("2026-03-02T09:00:00.123456789Z", NINE + timedelta(microseconds=123_456)),
        ("2026-03-02T09:00:00.1234567Z", NINE + timedelta(microseconds=123_456)),
        ("2026-03-02 09:00:00", NINE),
        ("  2026-03-02T09:00 ", NINE),
        ("2026-03-02t09:00:00,5z", NINE + timedelta(milliseconds=500)),
        ("2026-03-02 10:00:00+01", NINE),
        ("2026-03-02 09:00:00.25+00", NINE + timedelta(milliseconds=250)),
        ("2026-03-02T14:30:00+05:30", NINE),
        ("2026-03-02T00:00:00-0900", NINE),
        ("2026-03-02 09:00:00 UTC", NINE),
        ("2026-03-02 09:00:00 GMT", NINE),
        ("2026-03-02 09:00:00 +0000 UTC", NINE),
        ("2026/03/02 09:00:00", NINE),
        ("2026-03-02", NINE.replace(hour=0)),
        ("1772442000", NINE),
        ("1772442000.25", NINE + timedelta(milliseconds=250)),
        ("1.772442e9", NINE),
        ("1772442000000", NINE),
        ("1772442000000000", NINE),
        ("1772442000000000000", NINE),
        ("2026-02-30T09:00:00Z", None),
        ("2026-03-02T25:00:00Z", None),
        ("2026-03-02T09:00:00+99:00", None),
        ("9999-12-31T23:00:00-12:00", None),
        ("0000-01-01T00:00:00Z", None),
        ("02/03/2026 09:00", None),
        ("yesterday", None),
        ("99999999999999999999", None),
    ],
)
def test_times(value: str, expected: datetime | None) -> None:
    assert one(convert.timestamp, value) == expected


OFFSETS = ["", "Z", "z", "+00", "+02:00", "-0530", "+13:45", "-11", " UTC", " +09:00"]
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31))  # noqa: DTZ001 (zones come with the offset)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(MOMENTS, st.sampled_from(OFFSETS), st.sampled_from("T ")), min_size=1, max_size=5))
def test_a_moment_written_in_any_offset_is_read_back(written: list[tuple[datetime, str, str]]) -> None:
    texts, expected = [], []
    for local, offset, between in written:
        texts.append(f"{local:%Y-%m-%d}{between}{local:%H:%M:%S.%f}{offset}")
        digits = offset.strip().lstrip("+-").replace(":", "").removesuffix("UTC").upper().removesuffix("Z")
        shift = timedelta(hours=int(digits[:2] or 0), minutes=int(digits[2:] or 0))
        zone = timezone(-shift if "-" in offset else shift)
        expected.append(local.replace(tzinfo=zone).astimezone(UTC))
    assert convert.timestamp(pl.Series(texts)).to_list() == expected


@settings(max_examples=200, deadline=None)
@given(MOMENTS, st.sampled_from([("s", 1), ("ms", 1000), ("us", 10**6), ("ns", 10**9)]))
def test_an_epoch_in_any_unit_is_read_back(moment: datetime, unit: tuple[str, int]) -> None:
    elapsed = moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    count = elapsed // timedelta(microseconds=1) * unit[1] // 10**6
    expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=count * 10**6 // unit[1])
    assert convert.timestamp(pl.Series([count])).to_list() == [expected]
    assert convert.timestamp(pl.Series([str(count), None])).to_list() == [expected, None]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12", 12.0), ("-1.5e3", -1500.0), (".5", 0.5), ("5.", 5.0), ("$1,234.50", 1234.5), ("1,234,567", 1_234_567.0),
        (" 7 ", 7.0), ("0,005", None), ("1,5", None), ("12,34", None), ("1.234,56", None), ("1e999", None),
        ("nan", None), ("inf", None), ("0x10", None), ("12abc", None), ("", None), ("-", None), ("١٢", None),
        (float("inf"), None), (Decimal("1.25"), 1.25), (None, None),
    ],
)  # fmt: skip
def test_numbers(value: Any, expected: float | None) -> None:
    assert one(convert.number, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12, 12), ("12", 12), ("12.0", 12), (12.0, 12), ("1,234", 1234), (0, 0), (-1, None), ("-1", None), (12.5, None),
        ("12.5", None), (10**10, 10**10), (10**10 + 1, None), ("1e11", None), (Decimal("3.000"), 3),
        (float("nan"), None), ("", None),
    ],
)  # fmt: skip
def test_tokens(value: Any, expected: int | None) -> None:
    assert one(convert.tokens, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.1", 100_000_000), (0.0001, 100_000), ("0.0000000005", 1), ("0.0000000004", 0), ("$0.25", 250_000_000),
        (1_000_000, 10**15), (1_000_001, None), (-0.01, None), ("free", None), (Decimal("0.000123456789"), 123_457),
    ],
)  # fmt: skip
def test_dollars_become_nano_dollars(value: Any, expected: int | None) -> None:
    assert one(convert.nanousd, value) == expected


@settings(max_examples=200, deadline=None)
@given(st.decimals(0, 1000, places=6, allow_nan=False))
def test_no_nano_dollar_is_lost(dollars: Decimal) -> None:
    expected = int((dollars * 10**9).quantize(Decimal(1), ROUND_HALF_UP))
    assert convert.nanousd(pl.Series([str(dollars)])).to_list() == [expected]
    assert convert.nanousd(pl.Series([float(dollars)])).to_list() == [expected]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(12.6, 13), ("250", 250), (-1, None), (timedelta(seconds=1.5), 1500), (timedelta(seconds=-1), None), ("1s", None)],
)
def test_milliseconds(value: Any, expected: int | None) -> None:
    assert one(convert.milliseconds, value) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["True", "t", "YES", "y", "1", "1.0", 1, 1.0, True], True),
        (["False", "f", "no", "N", "0", "0.0", 0, 0.0, False], False),
        (["", "maybe", "2", 2, None, "none"], None),
    ],
)
def test_yes_no_and_unknown(values: list[Any], expected: bool | None) -> None:
    assert [one(convert.boolean, value) for value in values] == [expected] * len(values)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["ok", "SUCCESS", "Succeeded", "completed", "stop", "200", 201, 204.0, True, "true"], "ok"),
        (["error", "Failure", "failed", "cancelled", "timeout", "400", 429, 500.0, False, "aborted"], "error"),
        (["", "pending", "302", 100, None, "not an error"], None),
    ],
)
def test_what_came_of_a_call(values: list[Any], expected: str | None) -> None:
    assert [one(convert.status, value) for value in values] == [expected] * len(values)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("  a b\n", "a b"), ("\u00a0\u2003", None), ("", None), (7, "7"), (1.5, "1.5"), (b"caf\xe9", "caf�"),
        (["a", "b\n"], '["a","b\\n"]'), ({"a": 1}, '{"a":1}'), ([b"\xff", None], '["�", null]'), (None, None),
    ],
)  # fmt: skip
def test_text(value: Any, expected: str | None) -> None:
    assert one(convert.text, value) == expected


TYPES: dict[Convert, Any] = {
    convert.text: pl.String, convert.number: pl.Float64, convert.tokens: pl.Int64, convert.nanousd: pl.Int64,
    convert.milliseconds: pl.Int64, convert.boolean: pl.Boolean, convert.status: STATUS, convert.timestamp: TIMESTAMP,
}  # fmt: skip
TRICKY = st.text() | st.text("0123456789-+:.,TZ eE$", max_size=30) | st.from_regex(convert._ISO, fullmatch=True)


@pytest.mark.parametrize("function", TYPES, ids=lambda function: function.__name__)
@settings(max_examples=80, deadline=None)
@given(values=st.lists(st.none() | TRICKY, min_size=1, max_size=4))
def test_no_text_whatever_raises(function: Convert, values: list[str | None]) -> None:
    encodable = [value and value.encode("utf-8", "replace").decode() for value in values]
    found = function(pl.Series("x", encodable, dtype=pl.String))
    assert (found.dtype, len(found), found.name) == (TYPES[function], len(values), "x")
    found.to_list()  # every value is one that Python knows too


ODD = {
    "time": pl.Series([0], dtype=pl.Time),
    "duration": pl.Series([5], dtype=pl.Duration("ns")),
    "int128": pl.Series([2**100], dtype=pl.Int128),
    "null": pl.Series([None], dtype=pl.Null),
    "object": pl.Series([object()], dtype=pl.Object),
    "structs": pl.Series([{"a": timedelta(1), "b": Decimal("1.2"), "c": b"x"}]),
    "enum": pl.Series(["a"], dtype=pl.Enum(["a"])),
    "array": pl.Series([[1.0, float("nan")]], dtype=pl.Array(pl.Float64, 2)),
    "datetimes": pl.Series([2**63 - 1], dtype=pl.Datetime("ns", "Asia/Tokyo")),
    "empty": pl.Series([], dtype=pl.String),
}


@pytest.mark.parametrize("function", TYPES, ids=lambda function: function.__name__)
@pytest.mark.parametrize("kind", ODD)
def test_no_type_whatever_raises(function: Convert, kind: str) -> None:
    found = function(ODD[kind])
    assert found.dtype == TYPES[function]
    assert len(found) == len(ODD[kind])


def test_canonical_fills_up_with_nulls_and_lets_columns_be_derived() -> None:
    given = {"user": pl.Series(["ann", "bob"]), "team": pl.col("user") + "'s", "grain": pl.lit("call")}
    frame = convert.canonical(given, 2)
    assert frame.schema == RAW
    assert frame.select("user", "team", "grain", "model").rows() == [
        ("ann", "ann's", "call", None),
        ("bob", "bob's", "call", None),
    ]
    assert convert.canonical({}, 0).schema == RAW
