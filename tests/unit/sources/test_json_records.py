"""JSON in every layout and state that logs come in: each good row is read, each bad one named."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import Record, call, calls, jsonl, log_file, moment, numbers, read, reasons

from tokenscan.errors import InputError
from tokenscan.sources.base import Container, Probe
from tokenscan.sources.documents import Part, document_parts, rescued
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import ROW, read_records
from tokenscan.sources.sniff import UnreadableError, probe


def read_document(text: bytes, block: int | None = None) -> Part:
    """Return all of a document as one part."""
    parts = [*document_parts(io.BytesIO(text), block)]
    items = [item for part in parts for item in part.items]
    return Part(items=items, bad=[bad for part in parts for bad in part.bad], broken=parts[-1].broken if parts else "")


ONE_TO_THREE = [call(1), call(2), call(3)]
NESTED = {"x": [1, {"y": 'a "b" \\d C:\\temp\nline\ttab é 😀 \u2028'}], 'k"ey\n': None}


def pretty(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode()


LAYOUTS = {
    "one object a line": (calls(1, 4), Container.JSONL),
    "no last line break": (calls(1, 4).strip(), Container.JSONL),
    "a byte order mark": (b"\xef\xbb\xbf" + calls(1, 4), Container.JSONL),
    "Windows line ends and blank lines": (calls(1, 4).replace(b"\n", b"\r\n\r\n"), Container.JSONL),
    "two objects on a line": (calls(1, 4).replace(b"\n", b"", 1), Container.JSONL),
    "all objects on one line": (calls(1, 4).replace(b"\n", b" "), Container.JSONL),
    "arrays on lines": (b"[" + calls(1, 3).strip().replace(b"\n", b",") + b"]\n" + jsonl([call(3)]), Container.JSON),
    "record separators": (b"\x1e" + calls(1, 4).strip().replace(b"\n", b"\n\x1e"), Container.JSONL),
    "UTF-16": (calls(1, 4).decode().encode("utf-16"), Container.JSONL),
    "an array on one line": (jsonl(ONE_TO_THREE), Container.JSON),
    "a pretty array": (pretty(ONE_TO_THREE), Container.JSON),
    "an array of lines": (b"[\n" + calls(1, 4).strip().replace(b"\n", b",\n") + b"\n]", Container.JSON),
    "an array whose first line is a record": (b"[" + calls(1, 4).strip().replace(b"\n", b",\n") + b"]", Container.JSON),
    "a wrapper on one line": (jsonl({"object": "list", "data": ONE_TO_THREE}), Container.JSON),
    "a pretty wrapper": (pretty({"data": ONE_TO_THREE, "has_more": False}), Container.JSON),
    "a wrapper of lines": (
        b'{"value": [\n' + calls(1, 4).strip().replace(b"\n", b",\n") + b'\n], "next": 1}',
        Container.JSON,
    ),
    "pretty objects in a row": (b"\n".join(map(pretty, ONE_TO_THREE)), Container.JSON),
    "pretty wrappers in a row": (pretty({"data": ONE_TO_THREE[:2]}) + pretty({"data": [call(3)]}), Container.JSON),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_every_record(layout: str) -> None:
    content, container = LAYOUTS[layout]
    assert probe(log_file(content)).container is container
    assert numbers(content) == [1, 2, 3]


@pytest.mark.parametrize("record", [call(7), call(7, results=[1, 2]), call(7, items=[], data={"a": 1})])
@pytest.mark.parametrize("write", [jsonl, pretty])
def test_a_single_record_is_a_log_of_one(record: Record, write: Any) -> None:
    assert numbers(write(record)) == [7]


def test_rows_are_numbered_by_line_and_elements_by_place() -> None:
    assert read(b"\n\n" + calls(1, 3) + b"\n" + calls(3, 4))[0]["source_row"].to_list() == [3, 4, 6]
    assert read(pretty(ONE_TO_THREE))[0]["source_row"].to_list() == [1, 2, 3]


def test_bad_lines_are_named_one_by_one_and_cost_no_neighbour() -> None:
    lines = [b"{bad", calls(1, 2).strip(), b"[]", b"3", b"null", b'"text"', b'{"timestamp": "2026', b"\0\0\0", b"{}"]
    frame, quarantine = read(b"\n".join([*lines, calls(2, 4)]))
    assert frame["input_tokens"].to_list() == [1, 2, 3]
    assert reasons(quarantine) == {
        "not valid JSON": [1, 3, 8],
        "not a JSON object": [4, 5, 6],
        "JSON ends too early": [7],
        "timestamp missing or not readable": [9],
    }


def test_of_a_line_that_ends_inside_its_second_object_the_first_is_read() -> None:
    frame, quarantine = read(jsonl(call(1)) + jsonl(call(2))[:30] + b"\n" + calls(3, 4))
    assert frame["input_tokens"].to_list() == [1, 3]
    assert reasons(quarantine) == {"JSON ends too early": [1]}


@pytest.mark.parametrize("start", [b"# exported on Monday", b'lf": "a line"}', b"[2026-03-02] started", b"\0" * 600])
def test_a_log_may_start_with_something_else(start: bytes) -> None:
    frame, quarantine = read(start + b"\n" + calls(1, 4))
    assert frame["input_tokens"].to_list() == [1, 2, 3]
    assert quarantine.total == 1


def test_what_a_strict_parser_refuses_costs_no_row() -> None:
    lines = [
        jsonl(call(1, latency_ms=float("nan"), model="a")),
        jsonl(call(2, prompt="cut emoji \ud83d", model="b")),
        jsonl(call(3, prompt="other half \ude00 here", model="c")),
        jsonl(call(4, prompt="AB", model="d")).replace(b"AB", b"A\xff\xfeB"),
        jsonl(call(5, anything=10**40, model="e")),
        jsonl(call(6, prompt="AB", model="f")).replace(b"AB", b"A\tB"),
        jsonl(call(7, anything=1, model="g")).replace(b": 1,", b": 1e400,"),
        jsonl(call(8, prompt="whole \U0001f600", model="h")),
        jsonl(call(9, prompt='"cut \\ud83d"', model="i")),
    ]
    frame, quarantine = read(b"\n".join(lines))
    assert quarantine.total == 0
    assert frame["model"].to_list() == list("abcdefghi")
    assert frame["source_row"].to_list() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    texts = frame["prompt"].to_list()
    assert texts[1:4] == ["cut emoji ?", "other half ? here", "A��B"]
    assert texts[5] == "A\tB"
    assert texts[7] == "whole \U0001f600"


def test_not_a_number_is_no_value_but_infinity_is_a_bad_one() -> None:
    frame, quarantine = read(jsonl(call(1, cost=float("nan")), call(2, cost=float("inf")), call(3, cost=0.5)))
    assert frame["cost_nanousd"].to_list() == [None, 500_000_000]
    assert reasons(quarantine) == {"cost_usd is not a usable number": [2]}


def test_a_log_of_nothing_but_not_a_number_is_recognised() -> None:
    assert numbers(jsonl(*(call(number, cost=float("nan")) for number in range(100)))) == list(range(100))


@pytest.mark.parametrize("depth", [900, 1010, 3000, 200_000])
def test_deep_nesting_costs_at_most_its_own_row(depth: int) -> None:
    deep = jsonl(call(2, x="X")).replace(b'"X"', b"[" * depth + b"]" * depth)
    frame, quarantine = read(b"\n".join([calls(1, 2).strip(), deep, calls(3, 4)]))
    assert set(frame["input_tokens"]) >= {1, 3}
    assert frame.height + quarantine.total == 3
    with pytest.raises(InputError):
        read(b"[" * depth)


def test_nested_values_keep_their_text_to_the_letter() -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": NESTED["x"][1]["y"]}]  # type: ignore[index]
    frame, _ = read(jsonl(call(1, prompt=messages, response=NESTED), call(2, prompt="plain", response="text")))
    assert frame["prompt"].to_list() == [NESTED["x"][1]["y"], "plain"]  # type: ignore[index]
    assert json.loads(frame["response"][0]) == NESTED
    assert frame["response"][1] == "text"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def columns(content: bytes, *names: str) -> list[dict[str, Any]]:
    """Return columns of a file as text, as sources ask for them."""
    probed = probe(log_file(content))
    frames = list(read_records(probed, names, Quarantine()))
    return [row for frame in frames for row in frame.rows(named=True)]


def spelled(value: Any) -> Any:
    """Undo how values become text, as far as it can be undone."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(JSON, JSON), min_size=1, max_size=4), st.booleans(), st.booleans())
def test_any_value_comes_out_as_it_went_in(rows: list[tuple[Any, Any]], ascii_only: bool, damaged: bool) -> None:
    records = [{"a": first, "c": 1, "bé": second} for first, second in rows]
    lines = [json.dumps(record, ensure_ascii=ascii_only).encode() for record in records]
    found = columns(b"\n".join([*lines, *([b"{bad"] if damaged else [])]), "a", "bé")
    assert len(found) == len(rows)
    for row, values in zip(found, rows, strict=True):
        for text, value in zip((row["a"], row["bé"]), values, strict=True):
            assert text is None or isinstance(text, str)
            same = json.loads(text) == value if isinstance(value, (list, dict)) else text == spelled(value)
            assert same, (text, value)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text("{}[]\",:\\ \n019aeu-tfn.\ud800ÿ", max_size=80).map(
    lambda text: text.encode("utf-8", "surrogatepass")))  # fmt: skip
def test_no_bytes_whatever_raise_or_lose_a_good_line(junk: bytes) -> None:
    open_array = junk.lstrip(b"\xef\xbb\xbf\0 \t\r\n\f\v")[:1] == b"["
    try:
        frame, quarantine = read(calls(1, 3) + junk + b"\n" + calls(3, 5))
        read_document(junk)
    except InputError:
        pytest.fail("the good lines are recognised")
    assert open_array or {1, 2, 3, 4} <= set(frame["input_tokens"])
    assert not quarantine.broken


def test_a_key_first_seen_after_a_hundred_thousand_rows_is_not_lost(tmp_path: Path) -> None:
    plain = '{"timestamp":"2026-03-02T09:00:00Z","user":"ann","input_tokens":5}\n'
    late = '{"timestamp":"2026-03-02T09:00:00Z","user":"ann","input_tokens":5,"cached_tokens":3,"model":"gpt-5"}\n'
    frame, _ = read((plain * 100_001 + late).encode())
    assert frame.height == 100_002
    assert frame["cache_read_tokens"].drop_nulls().to_list() == [3]
    assert frame["model"].drop_nulls().to_list() == ["gpt-5"]
    humped = late.replace("cached_tokens", "cachedTokens").replace("input_tokens", "inputTokens")
    assert (
        read((plain.replace("input_tokens", "inputTokens") * 60 + humped).encode())[0]["cache_read_tokens"].sum() == 3
    )


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_field_of_thirty_megabytes_is_one_row_like_any_other(place: int) -> None:
    records = [call(number, prompt="x" * 30_000_000 if number == place else "y") for number in (1, 2, 3)]
    frame, quarantine = read(jsonl(*records))
    assert quarantine.total == 0
    assert frame["prompt"].str.len_chars().to_list() == [30_000_000 if n == place else 1 for n in (1, 2, 3)]


BROKEN = {
    "cut on one line": jsonl(ONE_TO_THREE)[:-30],
    "cut and pretty": pretty(ONE_TO_THREE)[:-30],
    "cut in lines": b"[\n" + calls(1, 4).strip().replace(b"\n", b",\n")[:-30],
    "a cut wrapper": jsonl({"object": "list", "data": ONE_TO_THREE})[:-30],
    "a cut pretty wrapper": pretty({"data": ONE_TO_THREE})[:-30],
}


@pytest.mark.parametrize("name", BROKEN)
def test_of_a_document_that_ends_too_early_all_whole_records_are_read(name: str) -> None:
    frame, quarantine = read(BROKEN[name])
    assert frame["input_tokens"].to_list() == [1, 2]
    assert reasons(quarantine) == {"JSON ends too early": [3]}
    assert list(quarantine.broken) == ["log"]


@pytest.mark.parametrize("write", [pretty, jsonl])
def test_after_a_broken_record_a_document_goes_on(write: Any) -> None:
    broken = write([call(1), call(2, prompt="HERE"), call(3)]).replace(b'"HERE"', b"?")
    frame, quarantine = read(broken)
    assert frame["input_tokens"].to_list() == [1, 3]
    assert quarantine.counts.total() == 1
    assert "log" in quarantine.broken


def test_a_document_of_ever_new_openings_ends_in_time() -> None:
    document = read_document(b'[{"a":[' + b'\n{"a":[1,1,1,' * 20_000)
    assert document.items == []
    assert 0 < len(document.bad) <= 1000


@pytest.mark.parametrize("content", [b"[]", b"[1, 2]", b'[[], "x"]'])
def test_a_document_without_records_has_no_rows(content: bytes) -> None:
    probed: Probe = probe(log_file(content))
    assert probed.columns == frozenset()
    assert sum(frame.height for frame in read_records(probed, ["user"], Quarantine())) == 0


def test_a_document_of_which_nothing_can_be_read_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="not valid JSON"):
        probe(log_file(b'{"timestamp": '))


def test_rows_of_blocks_are_numbered_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenscan.sources.lines.BLOCK_BYTES", 1)
    content = calls(0, 6000)  # more than one read of the file
    frames = list(read_records(probe(log_file(content)), ["event_id"], Quarantine()))
    assert len(frames) > 1
    rows = [row for frame in frames for row in frame.select(ROW, "event_id").rows()]
    assert rows == [(number + 1, f"e{number}") for number in range(6000)]


def test_duplicate_keys_and_empty_objects_do_not_stop_anything() -> None:
    twice = f'{{"timestamp":"{moment(1)}","user":"ann","user":"bob","input_tokens":1}}'.encode()
    frame, quarantine = read(twice + b"\n{}\n" + calls(2, 3))
    assert frame["input_tokens"].to_list() == [1, 2]
    assert reasons(quarantine) == {"timestamp missing or not readable": [2]}


def test_an_object_that_damage_closed_early_is_not_taken_for_a_whole_one() -> None:
    whole = '{"ts": "2026-03-02T10:00:00Z", "user": "ann", "prompt_tokens": 5}'
    early = '{"ts": "2026-03-02T10:00:00Z", "user": "ann"} "prompt_tokens": 5}'
    assert rescued(early.encode())[0] == []
    # A second record that breaks off leaves the first as it is.
    assert rescued(f"{whole}{whole[:30]}".encode())[0] == [whole.encode()]
