"""A plain table: which column is what, what its values mean, and which rows cannot be used."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_logs import START, Record, call, jsonl, log_file, moment, read, reasons

from tokenscan.errors import InputError, UsageError
from tokenscan.sources.base import ReadOptions
from tokenscan.sources.formats.table import ALIASES, Table, fields_of, plain_name
from tokenscan.sources.quarantine import SAMPLES_PER_FILE, Quarantine
from tokenscan.sources.registry import choose, sources
from tokenscan.sources.sniff import probe

LEAST: Record = {"timestamp": moment(0), "user": "ann"}


def row(mapping: dict[str, str] | None = None, **columns: Any) -> Record:
    """Return the call of a table of one row; it must be good. A column of None is left out."""
    record = {name: value for name, value in (LEAST | columns).items() if value is not None}
    frame, quarantine = read(jsonl(record), mapping)
    assert quarantine.counts == {}
    return frame.row(0, named=True)


def value(field: str, **columns: Any) -> Any:
    return row(**columns)[field]


def bad(**columns: Any) -> list[str]:
    """Return why a row of these columns is not used."""
    frame, quarantine = read(jsonl(LEAST | columns))
    assert frame.height == 0
    return list(reasons(quarantine))


def test_a_time_and_a_person_are_enough() -> None:
    found = row()
    assert {name: value for name, value in found.items() if value is not None} == {
        "timestamp": START,
        "user": "ann",
        "user_kind": "login",
        "grain": "call",
        "n_requests": 1,
        "session_quality": "none",
        "prompt_scope": "none",
        "tokens_quality": "none",
        "source_format": "table",
        "source_file": "log",
        "source_row": 1,
    }


@pytest.mark.parametrize(
    "name", ["user_id", "userId", "UserID", "User Id", " USER-ID ", "user.id", "email", "User Name", "Employee"]
)
def test_a_person_is_found_under_many_names(name: str) -> None:
    assert value("user", user=None, **{name: "bob"}) == "bob"


@pytest.mark.parametrize("name", ["ts", "Created At", "createdAt", "startTime", "date_time", "request.time"])
def test_a_time_is_found_under_many_names(name: str) -> None:
    assert value("timestamp", timestamp=None, **{name: moment(7)}).second == 7


@pytest.mark.parametrize("alias", [(field, alias) for field, aliases in ALIASES.items() for alias in aliases])
def test_every_documented_name_is_read(alias: tuple[str, str]) -> None:
    field, name = alias
    assert fields_of(frozenset({name}), {}) == {field: name}
    humped = "".join(part.capitalize() for part in name.split("_"))
    assert fields_of(frozenset({humped}), {}) == {field: humped}


def test_of_two_names_for_one_thing_the_first_documented_counts() -> None:
    assert value("user", user=None, email="mail", user_id="id") == "id"
    assert fields_of(frozenset({"User", "user"}), {})["user"] == "User"


def test_a_mapped_column_counts_before_any_name() -> None:
    found = row({"who": "user", "id": "session_id"}, who="bob", id="s1")
    assert (found["user"], found["session_id"], found["event_id"]) == ("bob", "s1", None)
    assert row({"who": "user"})["user"] == "ann"
    with pytest.raises(UsageError, match="no field 'person'"):
        row({"who": "person"})


def test_a_mapped_key_that_comes_late_is_found() -> None:
    records = [{"when": moment(number), "user": "ann"} for number in range(60)]
    records[55]["tix"] = "T-1"
    frame, _ = read(jsonl(*records), {"when": "timestamp", "tix": "task_id"})
    assert frame["task_id"].drop_nulls().to_list() == ["T-1"]


@given(st.text(max_size=12))
def test_a_plain_name_is_its_own_plain_name(name: str) -> None:
    assert plain_name(plain_name(name)) == plain_name(name)


def test_text_is_read_and_measured() -> None:
    found = row(prompt="  What now? ", response="Four.")
    assert (found["prompt"], found["prompt_scope"]) == ("What now?", "last_user")
    assert (found["response"], found["response_chars"]) == ("Four.", 5)
    assert value("response_chars", response="Four.", response_length=99) == 99


def test_input_and_output_are_texts_or_counts_as_their_values_say() -> None:
    told = ["prompt", "input_tokens", "response", "output_tokens"]
    counted, written = row(input=1200, output="300"), row(input="What now?", output="Four.")
    assert [counted[name] for name in told] == [None, 1200, None, 300]
    assert [written[name] for name in told] == ["What now?", None, "Four.", None]
    both = row(input="1200", input_tokens=7, output="5", output_tokens=1)
    assert [both[name] for name in told] == ["1200", 7, "5", 1]


def test_of_messages_the_last_thing_a_person_said_is_the_prompt() -> None:
    talk = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "First?"},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": [{"type": "text", "text": "Second,\nthen?"}]},
    ]
    for messages in (talk, json.dumps(talk), {"messages": talk}):
        found = row(messages=messages)
        assert found["prompt"] == "Second,\nthen?"
        assert found["context_id"] == row(prompt=json.dumps(talk))["context_id"]
        assert found["context_id"] is not None


def test_a_session_is_the_clients() -> None:
    assert row(conversation_id="c1")["session_quality"] == "client"
    assert row(conversation_id="")["session_quality"] == "none"


@pytest.mark.parametrize(
    ("field", "column", "given", "expected"),
    [
        ("cost_nanousd", "cost", "$0.0125", 12_500_000),
        ("cost_nanousd", "spend", 0, 0),
        ("latency_ms", "duration_ms", 1234.5, 1234),
        ("latency_ms", "latency_ms", "soon", None),
        ("status", "status_code", 429, "error"),
        ("status", "success", True, "ok"),
        ("status", "result", "pending", None),
        ("used", "accepted", "yes", True),
        ("used", "used", "no", False),
        ("used", "used", "perhaps", None),
        ("is_agent", "sidechain", False, False),
        ("is_cache_hit", "cache_hit", "True", True),
        ("output_tokens", "completion_tokens", "1,024", 1024),
        ("cache_read_tokens", "cachedTokens", 7.0, 7),
    ],
)
def test_what_a_value_means(field: str, column: str, given: Any, expected: Any) -> None:
    assert value(field, **{column: given}) == expected


@pytest.mark.parametrize("nothing", ["", " ", "NULL", "None", "nan", "NaN", "undefined", "\\N", "(null)"])
def test_what_only_stands_for_nothing_is_nothing(nothing: str) -> None:
    found = row(user=nothing, model=nothing, cost=nothing, input_tokens=nothing, status=nothing)
    assert [found[name] for name in ("user", "model", "cost_nanousd", "input_tokens", "status")] == [None] * 5


@pytest.mark.parametrize("name", ["Na", "N/A", "-", "Nancy", "nullable"])
def test_a_short_name_is_still_a_name(name: str) -> None:
    assert row(user=name, cost="-")["user"] == name


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"total_tokens": 30}, (30, None)),
        ({"total_tokens": 30, "output_tokens": 20}, (10, 20)),
        ({"total_tokens": 30, "input_tokens": 10}, (10, 20)),
        ({"total_tokens": 30, "input_tokens": 10, "output_tokens": 20}, (10, 20)),
        ({"total_tokens": 30, "output_tokens": 40}, (None, 40)),
        ({"total_tokens": 30, "input_tokens": 40}, (40, None)),
        ({"total_tokens": 30, "input_tokens": 10, "cache_read_tokens": 12}, (10, None)),
        ({"tokens": "30"}, (30, None)),
    ],
)
def test_what_is_missing_is_taken_from_the_total(columns: Record, expected: tuple[int | None, int | None]) -> None:
    found = row(**columns)
    assert (found["input_tokens"], found["output_tokens"]) == expected


NUMBERS = {
    "input_tokens": "input_tokens",
    "prompt_tokens": "input_tokens",
    "cached_tokens": "cache_read_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "output_tokens": "output_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "total_tokens": "total_tokens",
    "cost": "cost_usd",
}


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize("given", [-1, "many", "1e99", float("inf"), "0,5", [1], 10**12])
def test_a_number_that_cannot_be_used_makes_a_row_unusable(column: str, given: Any) -> None:
    assert bad(**{column: given}) == [f"{NUMBERS[column]} is not a usable number"]


def test_half_a_token_is_no_token() -> None:
    assert bad(input_tokens=1.5) == ["input_tokens is not a usable number"]
    assert row(input_tokens="2.0")["input_tokens"] == 2


def test_rows_without_a_possible_time_are_named() -> None:
    times = [
        "",
        "soon",
        "1970-01-01T00:00:00Z",
        0,
        "2014-12-31T23:59:59Z",
        "2015-01-01T00:00:00Z",
        moment(0),
        moment(1),
    ]
    frame, quarantine = read(jsonl(*({"timestamp": time, "user": "ann"} for time in times)), latest=START)
    assert frame["source_row"].to_list() == [6, 7]
    assert reasons(quarantine) == {
        "timestamp missing or not readable": [1, 2],
        "timestamp before 2015": [3, 4, 5],
        "timestamp in the future": [8],
    }


def test_the_first_reason_counts_and_every_row_is_counted() -> None:
    records = [call(number, timestamp="?", input_tokens=-1) for number in range(SAMPLES_PER_FILE + 5)]
    frame, quarantine = read(jsonl(*records, call(1)))
    assert frame.height == 1
    assert quarantine.by_file("log") == {"timestamp missing or not readable": 25}
    assert len(quarantine.samples) == SAMPLES_PER_FILE
    assert (quarantine.by_file("other"), quarantine.total) == ({}, 25)


def test_a_row_without_a_person_is_kept_unattributed() -> None:
    frame, quarantine = read(jsonl(LEAST, {"timestamp": moment(1)}))
    assert (frame["user"].to_list(), quarantine.total) == (["ann", None], 0)


def chosen(content: bytes, name: str = "auto", **mapping: str) -> str:
    return choose(probe(log_file(content)), name, ReadOptions(mapping=mapping)).name


CLAUDE: Record = {"type": "user", "sessionId": "s", "uuid": "u", "parentUuid": None, "message": {"role": "user"}}
SPEND: Record = {"request_id": "r", "call_type": "c", "spend": 0, "api_key": "k", "startTime": moment(0),
                 "request_tags": "[]", "user": "ann", "prompt_tokens": 1}  # fmt: skip


def test_a_vendors_signature_goes_before_a_table() -> None:
    assert chosen(jsonl(SPEND)) == "litellm"
    assert chosen(jsonl(CLAUDE)) == "claude-code"
    assert chosen(jsonl(LEAST)) == "table"
    assert chosen(jsonl(SPEND), "table") == "table"


def test_a_file_in_no_known_format_says_what_it_lacks() -> None:
    with pytest.raises(InputError, match=r"no column for user \(it has: a, timestamp\)") as raised:
        chosen(jsonl({"timestamp": moment(0), "a": 1}))
    assert raised.value.hint == "name the column: --map COLUMN=user"
    with pytest.raises(InputError, match=r"no column for timestamp and user .*, …\)"):
        chosen(jsonl({f"c{number}": 1 for number in range(30)}), "table")
    assert chosen(jsonl({"timestamp": moment(0), "a": 1}), a="user") == "table"
    with pytest.raises(UsageError, match="no source 'openai'"):
        chosen(jsonl(LEAST), "openai")


def test_two_formats_that_fit_equally_well_are_for_the_user_to_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    class Twin(Table):
        name = "twin"

    monkeypatch.setattr("tokenscan.sources.registry.sources", lambda: (Table(), Twin()))
    with pytest.raises(UsageError, match="fits table and twin equally well"):
        chosen(jsonl(LEAST))


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers() | st.none(), max_size=6))
def test_no_record_whatever_raises(record: Record) -> None:
    record = json.loads(json.dumps(LEAST | record).encode("utf-8", "replace"))
    for source in sources():
        probed = probe(log_file(jsonl(record)))
        assert 0 <= source.score(probed, ReadOptions()) <= 100
        list(source.read(probed, ReadOptions(latest=datetime.max.replace(tzinfo=START.tzinfo)), Quarantine()))
