"""CSV as spreadsheets, databases and careless scripts write it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import HEADER, call, csv_row, log_file, moment, numbers, pack, read, reasons

from tokenscan.errors import InputError
from tokenscan.sources.base import Container
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import ROW, read_records
from tokenscan.sources.sniff import probe

PLAIN = HEADER + csv_row(1) + csv_row(2) + csv_row(3)
LAYOUTS = {
    "commas": PLAIN,
    "semicolons": PLAIN.replace(",", ";"),
    "tabs": PLAIN.replace(",", "\t"),
    "bars": PLAIN.replace(",", "|"),
    "a byte order mark": "\ufeff" + PLAIN,
    "a byte order mark before quotes": '\ufeff"event_id"' + PLAIN.removeprefix("event_id"),
    "Windows line ends": PLAIN.replace("\n", "\r\n"),
    "old Mac line ends": PLAIN.replace("\n", "\r"),
    "no last line break": PLAIN.strip(),
    "blank lines": PLAIN.replace("\n", "\n\n"),
    "blank lines first": "\n \n" + PLAIN,
    "Excel's hint": "sep=;\n" + PLAIN.replace(",", ";"),
    "spaces and case in the header": PLAIN.replace("timestamp", " Timestamp ").replace("input_tokens", "Input Tokens"),
    "an index column without a name": "".join(f"\t{line}\n" for line in PLAIN.replace(",", "\t").splitlines()),
    "a quoted header of two lines": PLAIN.replace("prompt", '"the\nprompt"'),
    "names twice": "".join(
        line + extra for line, extra in zip(PLAIN.splitlines(), [",user,user,\n", *[",x,y,\n"] * 3], strict=True)
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_every_row(layout: str) -> None:
    content = LAYOUTS[layout].encode()
    assert probe(log_file(content)).container is Container.CSV
    assert numbers(content) == [1, 2, 3]
    assert read(content)[0]["user"].to_list() == ["ann"] * 3


def test_utf_16_is_read() -> None:
    assert numbers(PLAIN.encode("utf-16")) == [1, 2, 3]


def test_rows_are_counted_from_the_header() -> None:
    assert read(PLAIN.encode())[0]["source_row"].to_list() == [2, 3, 4]
    assert read(b"\n\n" + PLAIN.encode())[0]["source_row"].to_list() == [4, 5, 6]


def test_quotes_hold_delimiters_quotes_and_line_breaks() -> None:
    rows = ['e1,2026-03-02,ann,"a, ""b""\n\nc\n",1\n', csv_row(2), 'e3,2026-03-02,ann,5" disk,3\n']
    frame, quarantine = read((HEADER + "".join(rows)).encode())
    assert frame["prompt"].to_list() == ['a, "b"\n\nc', "question 2", '5" disk']
    assert quarantine.total == 0


def test_ragged_rows_are_named_and_cost_no_neighbour() -> None:
    content = HEADER + csv_row(1) + "x,y\n" + csv_row(2) + "a,b,c,d,e,f,g\n" + csv_row(3)
    frame, quarantine = read(content.encode())
    assert frame.select("input_tokens", "source_row").rows() == [(1, 2), (2, 4), (3, 6)]
    assert reasons(quarantine) == {"2 fields where the header has 5": [3], "7 fields where the header has 5": [5]}


def test_a_quote_that_never_closes_costs_its_own_row_only() -> None:
    several = f'e1,{moment(1)},ann,"two\n\nlines",1\n'
    stray = f'e9,{moment(9)},ann,"oops,9\n'
    long = f"e4,{moment(4)},ann,{'x' * 300_000},4\n"
    frame, quarantine = read((HEADER + several + stray + csv_row(2) + several + long + csv_row(3)).encode())
    assert frame.select("input_tokens", "source_row").rows() == [(1, 2), (2, 6), (1, 7), (4, 10), (3, 11)]
    assert frame["prompt"][0] == "two\n\nlines"
    assert reasons(quarantine) == {"a quote is never closed": [5]}


def test_rows_that_a_pair_of_stray_quotes_has_swallowed_are_found_again() -> None:
    stray = f'e9,{moment(9)},ann,"oops\n'
    rows = [csv_row(1), stray, csv_row(2), csv_row(3), stray, csv_row(4)]
    frame, quarantine = read((HEADER + "".join(rows)).encode())
    assert sorted(frame["input_tokens"]) == [1, 2, 3, 4]
    assert quarantine.total == 2
    assert quarantine.broken == {}


def test_a_record_of_many_lines_with_too_few_fields_is_one_bad_row() -> None:
    frame, quarantine = read((HEADER + csv_row(1) + 'e2,"a\nb\nc"\n' + csv_row(3)).encode())
    assert frame["source_row"].to_list() == [2, 4]
    assert reasons(quarantine) == {"2 fields where the header has 5": [3]}


def test_bytes_that_are_no_text_are_replaced() -> None:
    row = b"e2," + moment(2).encode() + b",M\xfcller,\0caf\xe9,2\n"
    frame, quarantine = read((HEADER + csv_row(1)).encode() + row + csv_row(3).encode())
    assert quarantine.total == 0
    assert frame["user"].to_list() == ["ann", "M�ller", "ann"]


def test_a_ragged_row_that_is_no_text_is_named_too() -> None:
    frame, quarantine = read(
        HEADER.encode() + b"e1,\xd1\xff\n" + csv_row(2).encode() + b"\xd1,\n" + csv_row(3).encode()
    )
    assert frame["source_row"].to_list() == [3, 5]
    assert reasons(quarantine) == {"2 fields where the header has 5": [2, 4]}


def test_a_field_of_thirty_megabytes_is_read() -> None:
    content = HEADER + csv_row(1) + csv_row(2).replace("question", "x" * 30_000_000) + csv_row(3)
    assert numbers(content.encode()) == [1, 2, 3]


@pytest.mark.parametrize("end", ["", "\n", "\r\n\r\n"])
def test_a_header_without_rows_is_a_log_without_calls(end: str) -> None:
    assert numbers((HEADER.strip() + end).encode()) == []


@pytest.mark.parametrize(
    "content",
    [b"hello\n", b"# Notes\n\n- one\n", b"\x89PNG\r\n\x1a\n\0\0,\0\x01\n", b"7z\xbc\xaf'\x1c,"],
)
def test_what_has_no_columns_is_no_csv(content: bytes) -> None:
    with pytest.raises(InputError, match="neither Parquet, CSV nor JSON"):
        read(content)


@pytest.mark.parametrize(
    "content", [b"10%, done\r20%, done\rfoo\n bar\n", b"a,b" + b"x" * 300_000 + b"\n", b'"a,b\nc,d']
)
def test_odd_texts_are_no_csv_or_have_no_rows_but_never_raise(content: bytes) -> None:
    try:
        probed = probe(log_file(content))
    except InputError:
        return
    assert "timestamp" not in probed.columns


def test_rows_before_a_cut_are_kept_and_the_file_is_broken() -> None:
    content = (HEADER + "".join(map(csv_row, range(3000)))).encode()
    packed = pack(content, "gz")
    frame, quarantine = read(packed[: len(packed) // 2])
    assert frame["input_tokens"].to_list() == list(range(frame.height))
    assert frame.height > 1000
    assert "archive broken" in quarantine.broken["log"]
    assert quarantine.total == 0


@pytest.mark.parametrize("size", [400, 1000, 1 << 20])
def test_blocks_do_not_change_what_is_read(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr("tokenscan.sources.csv_records.BLOCK_BYTES", size)
    monkeypatch.setattr("tokenscan.sources.streams.PIECE", 128)
    rows = [csv_row(number) if number % 7 else f"e{number},only,three\n" for number in range(100)]
    frame, quarantine = read((HEADER + "".join(rows)).encode())
    good = [number for number in range(100) if number % 7]
    assert frame["input_tokens"].to_list() == good
    assert frame["source_row"].to_list() == [number + 2 for number in good]
    assert quarantine.counts == {("log", "3 fields where the header has 5"): 15}
    assert reasons(quarantine)["3 fields where the header has 5"] == list(range(2, 102, 7))


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6), st.sampled_from(",;\t|"), st.booleans())
def test_what_a_csv_writer_writes_is_read_back(rows: list[tuple[str, str]], delimiter: str, stray: bool) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("name", "a"), *((f"row {place}", cell) for place, (cell, _) in enumerate(rows))])
    content = text.getvalue().encode() + (f'"torn{delimiter}'.encode() if stray else b"")
    quarantine = Quarantine()
    frames: list[Any] = list(read_records(probe(log_file(content)), ["name", "a"], quarantine))
    found = {row["name"]: row["a"] for frame in frames for row in frame.rows(named=True)}
    assert found == {f"row {place}": cell or None for place, (cell, _) in enumerate(rows)}
    assert all(frame[ROW].is_sorted() for frame in frames)
    assert quarantine.total == stray


def test_a_call_written_by_any_dialect_is_the_same_call() -> None:
    frames = [read(LAYOUTS[name].encode())[0].drop("source_row") for name in ("commas", "tabs", "Excel's hint")]
    assert frames[0].equals(frames[1])
    assert frames[0].equals(frames[2])
    assert frames[0]["event_id"].to_list() == [call(number)["event_id"] for number in (1, 2, 3)]


def test_a_row_longer_than_a_block_is_read_and_what_comes_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenscan.sources.csv_records.BLOCK_BYTES", 2000)
    rows = [csv_row(number) if number % 7 else f"e{number},only,three\n" for number in range(300)]
    rows[150] = f'e150,{moment(150)},ann,"{"long " * 1000}",150\n'
    frame, quarantine = read((HEADER + "".join(rows)).encode())
    assert frame["input_tokens"].to_list() == [number for number in range(300) if number % 7]
    assert frame["prompt"].str.len_chars().max() == 4999
    assert quarantine.counts == {("log", "3 fields where the header has 5"): 43}
    assert quarantine.broken == {}


def test_a_row_too_long_to_be_one_is_named_and_the_rows_after_it_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenscan.sources.csv_records.BLOCK_BYTES", 2000)
    monkeypatch.setattr("tokenscan.sources.lines.BLOCK_BYTES", 1000)
    monkeypatch.setattr("tokenscan.sources.lines.RECORD_BYTES", 50_000)
    monkeypatch.setattr("tokenscan.sources.streams.PIECE", 500)
    rows = [csv_row(number) for number in range(60)]
    rows[30] = csv_row(30).replace("question", "x" * 60_000)
    frame, quarantine = read((HEADER + "".join(rows)).encode())
    assert frame["input_tokens"].to_list() == [number for number in range(60) if number != 30]
    assert reasons(quarantine) == {"longer than 256 MB": [32]}
