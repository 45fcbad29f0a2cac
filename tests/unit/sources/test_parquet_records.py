"""Parquet from pandas, Polars, Spark, DuckDB and databases, whose types differ."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any
from uuid import UUID

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_logs import START, log_file, pack, read, reasons

from tokenscan.sources.base import Container
from tokenscan.sources.sniff import UnreadableError, probe

TIMES = pa.array([START, START + dt.timedelta(seconds=1)], pa.timestamp("us", "UTC"))
PEOPLE = pa.array(["ann", "bob"])


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"timestamp": TIMES, "user": PEOPLE} | columns), sink)
    return sink.getvalue()


def column(name: str, **columns: Any) -> list[Any]:
    """Return a column of the two calls; none may be bad."""
    frame, quarantine = read(parquet(**columns))
    assert quarantine.total == 0
    assert quarantine.broken == {}
    return frame[name].to_list()


@pytest.mark.parametrize("codec", [None, "gz", "zst"])
def test_parquet_is_known_by_its_content_packed_or_not(codec: str | None) -> None:
    content = parquet() if codec is None else pack(parquet(), codec)
    assert probe(log_file(content)).container is Container.PARQUET
    assert read(content)[0].select("user", "source_row").rows() == [("ann", 1), ("bob", 2)]


def test_nested_messages_are_read_to_the_letter() -> None:
    said = 'two\nlines, "quotes", C:\\temp'
    messages = [[{"role": "system", "content": "s"}, {"role": "user", "content": said}], None]
    assert column("prompt", messages=pa.array(messages)) == [said, None]
    assert column("prompt", prompt=pa.array([{"messages": messages[0]}, None])) == [said, None]


def test_text_comes_in_many_types() -> None:
    words = ["please\nread", None]
    for text in (
        pa.array(words).dictionary_encode(),
        pa.array(words, pa.large_string()),
        pa.array(words, pa.string_view()),
    ):
        assert column("prompt", prompt=text) == words
    assert column("prompt", prompt=pa.array([b"caf\xe9", b"ok"])) == ["caf�", "ok"]
    assert column("prompt", prompt=pa.nulls(2)) == [None, None]
    assert column("user", user=pa.array([17, 4])) == ["17", "4"]
    assert column("status", status=pa.array(["success", "failed"]).dictionary_encode()) == ["ok", "error"]


def test_strings_that_are_no_text_are_read_as_far_as_they_are() -> None:
    content = parquet(prompt=PEOPLE, model=PEOPLE.dictionary_encode(), team=PEOPLE).replace(b"ann", b"a\xffn")
    frame, quarantine = read(content)
    assert quarantine.broken == {}
    assert frame.select("user", "prompt", "model").rows() == [("a\ufffdn",) * 3, ("bob",) * 3]
    nested = parquet(messages=pa.array([[{"role": "user", "content": "hello"}], None])).replace(b"hello", b"he\xfflo")
    assert "Parquet broken after row 0" in read(nested)[1].broken["log"]


def test_ids_of_sixteen_bytes_stay_apart() -> None:
    ids = [UUID(int=0xFF), UUID(int=0xFE)]
    plain = pa.array([value.bytes for value in ids], pa.binary(16))
    named = pa.ExtensionArray.from_storage(pa.uuid(), plain)
    for values in (plain, named):
        assert column("session_id", session_id=values) == [str(value) for value in ids]


@pytest.mark.parametrize(
    "times",
    [
        pa.array([1772442000_000_000_000, 1772442001_000_000_999], pa.timestamp("ns")),
        pa.array([1772442000_000, 1772442001_000], pa.timestamp("ms", "Europe/Berlin")),
        pa.array([1772442000, 1772442001], pa.timestamp("s", "+05:30")),
        pa.array([1772442000, 1772442001]),
        pa.array([1772442000.0, 1772442001.0]),
        pa.array([1772442000_000_000_000, 1772442001_000_000_000]),
        pa.array(["2026-03-02T09:00:00Z", "2026-03-02 10:00:01+01"]),
    ],
    ids=lambda times: str(times.type),
)
def test_times_of_any_type_and_zone_are_utc(times: Any) -> None:
    assert column("timestamp", timestamp=times) == [START, START + dt.timedelta(seconds=1)]


def test_a_date_is_its_midnight() -> None:
    days = pa.array([dt.date(2026, 3, 2)] * 2)
    assert column("timestamp", timestamp=days) == [dt.datetime(2026, 3, 2, tzinfo=dt.UTC)] * 2


def test_times_no_calendar_holds_are_bad_rows() -> None:
    for unit in ("us", "ms"):
        frame, quarantine = read(parquet(timestamp=pa.array([2**62, -(2**62)], pa.timestamp(unit))))
        assert frame.height == 0
        assert reasons(quarantine) == {"timestamp missing or not readable": [1, 2]}


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (pa.array([Decimal("0.000123456789"), None], pa.decimal128(20, 12)), [123_457, None]),
        (pa.array([Decimal("0.000123456789"), None], pa.decimal256(60, 12)), [123_457, None]),
        (pa.array([0.5, float("nan")]), [500_000_000, None]),
        (pa.array([0.5, 2.0], pa.float16()), [500_000_000, 2_000_000_000]),
        (pa.array(["0.5", ""]), [500_000_000, None]),
        (pa.array([3, None], pa.uint8()), [3_000_000_000, None]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_costs_of_any_type_are_nano_dollars(cost: Any, expected: list[int | None]) -> None:
    assert column("cost_nanousd", cost=cost) == expected


def test_tokens_of_any_type_are_counts() -> None:
    for tokens in (
        pa.array([7.0, None]),
        pa.array([7.0, float("nan")]),
        pa.array([Decimal(7), None]),
        pa.array(["7", "NULL"]),
    ):
        assert column("input_tokens", input_tokens=tokens) == [7, None]
    _, quarantine = read(parquet(input_tokens=pa.array([2**64 - 1, 7], pa.uint64())))
    assert reasons(quarantine) == {"input_tokens is not a usable number": [1]}


def test_types_that_are_no_value_of_their_field_are_unknown() -> None:
    odd = [
        pa.array([[("a", "b")], None], pa.map_(pa.string(), pa.string())),
        pa.array([[b"\xff"], None]),
        pa.array([{"a": START, "b": Decimal("1.2"), "c": dt.timedelta(1), "d": b"x"}, None]),
        pa.array([dt.timedelta(seconds=3), None]),
        pa.array([dt.time(1, 2), None]),
    ]
    for values in odd:
        assert column("used", used=values) == [None, None]
        assert column("task_id", task_id=values)[1] is None
    assert column("latency_ms", latency_ms=pa.array([dt.timedelta(seconds=3), None])) == [3000, None]


def test_names_with_dots_and_names_twice_are_columns_like_others() -> None:
    assert column("input_tokens", **{"input.tokens": pa.array([1, 2]), "input": pa.array([{"tokens": 9}, None])}) == [
        1,
        2,
    ]
    sink = io.BytesIO()
    pq.write_table(
        pa.Table.from_arrays([TIMES, PEOPLE, pa.array(["x", "y"])], names=["timestamp", "user", "user"]), sink
    )
    assert read(sink.getvalue())[0]["user"].to_list() == ["ann", "bob"]


def test_batches_are_numbered_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenscan.sources.parquet_records.ROWS", 3)
    sink = io.BytesIO()
    pl.DataFrame({"timestamp": [START] * 10, "user": ["ann"] * 10}).write_parquet(sink, row_group_size=4)
    assert read(sink.getvalue())[0]["source_row"].to_list() == list(range(1, 11))


def test_a_file_without_rows_is_a_log_without_calls() -> None:
    frame, quarantine = read(parquet(timestamp=TIMES.slice(0, 0), user=PEOPLE.slice(0, 0)))
    assert (frame.height, quarantine.total, quarantine.broken) == (0, 0, {})


@pytest.mark.parametrize("keep", [4, 20, -1])
def test_a_file_that_is_cut_is_unreadable(keep: int) -> None:
    with pytest.raises(UnreadableError, match="broken Parquet"):
        probe(log_file(parquet()[:keep]))


def test_a_file_that_breaks_inside_is_broken_not_fatal() -> None:
    content = bytearray(parquet())
    content[8:40] = b"\xff" * 32
    _, quarantine = read(bytes(content))
    assert "Parquet broken after row 0" in quarantine.broken["log"]
