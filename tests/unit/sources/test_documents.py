"""Documents beyond one block: cut into the same records as if they had been read whole."""

from __future__ import annotations

import io
import json
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import call, log_file

from tokenscan.sources.base import Container, Probe
from tokenscan.sources.documents import Part, document_parts, record_blocks
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.sniff import probe

Document = tuple[bytes, list[Any]]
WHOLE = 1 << 20


def read(text: bytes, block: int) -> Part:
    """Return all of a document, read in blocks of so many bytes, as one part."""
    with patch("tokenscan.sources.streams.PIECE", block):
        parts = [*document_parts(io.BytesIO(text), block)]
    items = [item for part in parts for item in part.items]
    return Part(items=items, bad=[bad for part in parts for bad in part.bad], broken=parts[-1].broken)


def values(part: Part) -> list[tuple[int, Any]]:
    return [(number, json.loads(item.decode("utf-8", "replace"))) for number, item in part.items]


TEXT = st.text(st.sampled_from('ab"\\{}[],: \né😀'), max_size=8)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXT | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.lists(
    st.dictionaries(TEXT.map(lambda key: f"k{key}"), VALUE, min_size=1, max_size=4), min_size=1, max_size=6
)
INDENT = st.sampled_from([None, None, 1, 2])


@st.composite
def documents(draw: st.DrawFn) -> tuple[bytes, list[Any]]:
    """Return a valid document of any layout, and its records."""
    records, indent = draw(RECORDS), draw(INDENT)
    shape = draw(st.sampled_from(["array", "wrapper", "one", "row", "wrappers"]))
    ascii_only = draw(st.booleans())

    def dump(value: Any) -> str:
        return json.dumps(value, indent=indent, ensure_ascii=ascii_only)

    before = draw(st.dictionaries(st.sampled_from(["object", "n", "meta"]), st.none() | TEXT, max_size=2))
    text = {
        "array": dump(records),
        "wrapper": dump({**before, "data": records, "more": draw(VALUE)}),
        "one": dump(records[0]),
        "row": "\n".join(dump(record) for record in records),
        "wrappers": "".join(dump({**before, "value": [record], "next": [1]}) for record in records),
    }[shape]
    start, end = draw(st.sampled_from([b"", b"\xef\xbb\xbf", b" \n"])), draw(st.sampled_from([b"", b"\n "]))
    return start + text.encode() + end, records


@settings(max_examples=400, deadline=None)
@given(documents(), st.integers(4, 80))
def test_a_document_read_in_blocks_has_the_records_of_the_whole(document: Document, block: int) -> None:
    text, records = document
    whole, parts = read(text, WHOLE), read(text, block)
    assert values(parts) == values(whole)
    assert [value for _, value in values(parts)] in (records, records[:1])
    assert not parts.bad
    assert not parts.broken


@settings(max_examples=400, deadline=None)
@given(documents(), st.integers(4, 80), st.data())
def test_a_cut_document_read_in_blocks_keeps_its_whole_records(
    document: Document, block: int, data: st.DataObject
) -> None:
    text, records = document
    cut = text[: data.draw(st.integers(1, len(text)))]
    whole, parts = read(cut, WHOLE), read(cut, block)
    # Of wrappers in a row, or with an array before that of the records, blocks even give more.
    of_whole, of_parts = ([value for _, value in values(part) if value in records] for part in (whole, parts))
    assert [value for value in of_whole if value not in of_parts] == []
    assert len(of_parts) >= len(of_whole)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=100) | documents().map(lambda document: document[0]),
    st.integers(4, 60),
    st.binary(max_size=3),
    st.integers(0, 10**6),
)
def test_damage_of_any_kind_neither_raises_nor_loses_what_stands_before_it(
    text: bytes, block: int, damage: bytes, place: int
) -> None:
    place %= len(text) + 1
    records = [call(1), call(2)]
    start = json.dumps(records)[:-1].encode() + b","
    parts = read(start + text[:place] + damage + text[place:] + b"]", block)
    assert [value for _, value in values(parts)][:2] == records
    numbers = [number for number, _ in parts.items] + [number for number, _ in parts.bad]
    assert sorted(numbers) == [*range(1, len(numbers) + 1)]


@pytest.mark.parametrize("layout", ["[%s]", '{"data": [%s], "has_more": false}', '{"n": 1, "rows": [\n%s\n]}'])
def test_one_bad_record_of_a_long_document_costs_itself(layout: str) -> None:
    lines = [json.dumps(call(number, prompt=[{"a": 1}, {"b": "}, {"}])) for number in range(2000)]
    lines[700] = lines[700].replace("}, {", "?, {", 1)
    lines[900] = lines[900].replace(": 900}", ": NaN}")
    text = (layout % ",\n".join(lines)).encode()
    parts = read(text, 5000)
    found = {value["event_id"]: value["input_tokens"] for _, value in values(parts) if "event_id" in value}
    assert found == {f"e{number}": number if number != 900 else None for number in range(2000) if number != 700}
    assert [number for number, _ in parts.bad] == [701]
    assert parts.broken


def test_a_record_that_is_too_long_is_named_and_the_next_ones_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("documents.RECORD_BYTES", "documents.SALVAGED_BYTES"):
        monkeypatch.setattr(f"tokenscan.sources.{name}", 20_000)
    monkeypatch.setattr("tokenscan.sources.documents.BLOCK_BYTES", 2000)
    monkeypatch.setattr("tokenscan.sources.streams.PIECE", 500)
    records = [call(number, prompt="x" * 90_000 if number == 5 else "short") for number in range(9)]
    quarantine = Quarantine()
    probed = probe(log_file(json.dumps(records).encode()))
    items = [item for block in record_blocks(probed, quarantine) for item in block]
    assert [json.loads(item)["input_tokens"] for _, item in items] == [0, 1, 2, 3, 4, 6, 7, 8]
    assert [number for number, _ in items] == [1, 2, 3, 4, 5, 7, 8, 9]
    assert quarantine.counts == {("log", "longer than 256 MB"): 1}
    assert "log" in quarantine.broken


def test_a_number_is_not_torn_by_the_end_of_a_block() -> None:
    text = json.dumps([{"a": 1234567}, 1234567, {"b": [1234567, 1234567]}]).encode()
    for block in range(4, 60):
        assert [value for _, value in values(read(text, block))] == [{"a": 1234567}, 1234567, {"b": [1234567] * 2}]


def test_a_value_beyond_all_depth_costs_its_own_element_only() -> None:
    deep = "[" * 5000 + "]" * 5000
    text = f'{{"data":[{{"a":1}},{{"a":2,"x":{deep},"y":[{{"q":1}}, {{"q":"}}, {{"}}]}},{{"a":3}}]}}'
    quarantine = Quarantine()
    probed = Probe(file=log_file(text.encode()), container=Container.JSON, columns=frozenset())
    found = [record for block in record_blocks(probed, quarantine) for record in block]
    assert found == [(1, b'{"a": 1}'), (3, b'{"a": 3}')]
    assert dict(quarantine.counts) == {("log", "JSON nested too deeply"): 1}


def test_a_bracket_in_a_wrappers_other_text_opens_nothing() -> None:
    text = b'{"object": "[", "data": [{"k": 1}, {"k": 2}], "more": nul'
    probed = Probe(file=log_file(text), container=Container.JSON, columns=frozenset())
    found = [record for block in record_blocks(probed, Quarantine()) for record in block]
    assert [number for number, _ in found] == [1, 2]
