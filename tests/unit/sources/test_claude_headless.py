"""Headless Claude Code: every answer once with its whole usage, results never on top, a time for each or a reason."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.paths import SHARED
from tests.unit.sources.session_logs import FIXTURES, file_of, log_of, rows_of, sums
from tokenscan.errors import InputError
from tokenscan.reading import InputOptions, read_files
from tokenscan.sources.base import ReadOptions
from tokenscan.sources.formats.claude_code import ClaudeCode
from tokenscan.sources.formats.claude_headless import ClaudeHeadless
from tokenscan.sources.formats.claude_headless_totals import MOST_OUTPUT
from tokenscan.sources.sniff import probe

Record = dict[str, Any]
RUNS = FIXTURES / "claude-headless"
STREAM = RUNS / "claude_output_2026-03-02_10-00-00_stream.log"
OPUS, HAIKU, SONNET = "claude-opus-4-6", "claude-haiku-4-5-20251001", "claude-sonnet-4-6"
SESSION = "5d1f6a52-0b7e-4c1a-9f43-2f3a7d1c9e01"
ENVELOPE: Record = {"session_id": "s-1", "parent_tool_use_id": None}


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, second, tzinfo=UTC)


def assistant(message_id: str | None, *, output: int = 1, text: str = "Yes.", **fields: Any) -> Record:
    usage = {"input_tokens": 10, "output_tokens": output}
    message = {"id": message_id, "model": SONNET, "content": [{"type": "text", "text": text}], "usage": usage}
    return ENVELOPE | {"type": "assistant", "message": message, "uuid": f"u-{message_id}"} | fields


def tool_result(time: str, **fields: Any) -> Record:
    content = [{"type": "tool_result", "tool_use_id": "t", "content": "ok"}]
    return ENVELOPE | {"type": "user", "message": {"role": "user", "content": content}, "timestamp": time} | fields


def user(text: str, **fields: Any) -> Record:
    return ENVELOPE | {"type": "user", "message": {"role": "user", "content": text}} | fields


def result(output: int, calls: int = 1, **fields: Any) -> Record:
    """Return the end of a run of ``calls`` answers of SONNET, 10 tokens of input each."""
    total = {"inputTokens": 10 * calls, "outputTokens": output, "costUSD": 0.5}
    kept = {"type": "result", "subtype": "success", "num_turns": 1, "total_cost_usd": 0.5, "uuid": f"r-{output}"}
    return {"session_id": "s-1", "modelUsage": {SONNET: total}} | kept | fields


def outputs(*records: Record) -> list[tuple[str | None, int | None]]:
    frame, _ = rows_of(ClaudeHeadless(), file_of(records, "run_2026-03-02_09-00-00.log"))
    return frame.select("event_id", "output_tokens").rows()


def test_an_answer_in_many_lines_is_one_row_with_its_last_output() -> None:
    events = log_of(STREAM).events.filter(pl.col("model") == OPUS)
    # Input is fresh + cache writes + cache reads: 3 + 0 + 20,000; 1 + 2,000 + 20,000; 1 + 400 + 22,000. The output
    # that an answer begins with (2, 1, 1) is not what it ends with (message_delta: 100, 300, 50).
    assert events.select("event_id", "input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens",
                         "output_tokens", "tool_name").rows() == [
        ("msg_headless_00A", 20_003, 20_000, 0, 0, 100, "Read"),
        ("msg_headless_00B", 22_001, 20_000, 2_000, 2_000, 300, "Task"),
        ("msg_headless_00E", 22_401, 22_000, 400, 400, 50, None),
    ]  # fmt: skip
    assert events["tokens_quality"].unique().to_list() == ["logged"]


def test_the_run_is_an_agents_in_the_clients_session_of_the_login_in_its_folder() -> None:
    events = log_of(STREAM).events
    same = events.select("user", "user_kind", "session_id", "session_quality", "app", "provider", "is_agent", "grain")
    assert same.unique().rows() == [
        ("ann", "login", SESSION, "client", "claude-code", "anthropic", True, "call"),
    ]  # fmt: skip
    assert not events["is_human_turn"].any()


def test_a_run_outside_any_home_folder_is_nobodys() -> None:
    events = log_of(RUNS / "array.json").events
    assert events.select("user", "user_kind").unique().rows() == [(None, "none")]


def test_an_answer_has_the_time_of_the_line_before_it_and_the_first_that_of_the_first_after() -> None:
    events = log_of(STREAM).events
    assert events.select("event_id", "timestamp").sort("event_id")["timestamp"].to_list() == [
        at(9, 0, 5),  # A: nothing before it has a time
        at(9, 0, 5),  # B
        at(9, 0, 10),  # C: the sub-agent's prompt
        at(9, 0, 13),  # D: the second result of C's tools
        at(9, 0, 30),  # E
    ]


def test_sub_agents_share_the_output_that_only_the_result_has() -> None:
    log = log_of(STREAM)
    events = log.events.filter(pl.col("model") == HAIKU)
    # The result has 103 tokens of output for this model, the lines 1 + 2: 100 are shared by what was written. C called
    # tools with 19 + 20 bytes of input, D with 59; each counts one more: 40 and 60 of 100.
    assert events.select("event_id", "input_tokens", "output_tokens", "tokens_quality", "tool_name").rows() == [
        ("msg_headless_00C", 1_503, 41, "estimated", "Grep"),
        ("msg_headless_00D", 1_705, 62, "estimated", "Read"),
    ]
    assert log.events.height == 5


def test_what_calls_and_result_differ_in_is_the_sub_agents_last_answer() -> None:
    events = log_of(STREAM).events
    told = json.loads(STREAM.read_text().splitlines()[-1])["modelUsage"]
    for model, name, missing in ((OPUS, f"{OPUS}[1m]", 0), (HAIKU, HAIKU, 60 + 1_700)):
        of_model, total = events.filter(pl.col("model") == model), told[name]
        spent = total["inputTokens"] + total["cacheReadInputTokens"] + total["cacheCreationInputTokens"]
        assert sums(of_model, "input_tokens", "output_tokens") == (spent - missing, total["outputTokens"])
    assert events["cost_nanousd"].null_count() == events.height


def test_an_array_is_read_as_lines_are() -> None:
    events = log_of(RUNS / "array.json").events
    # Output 80 in all, 3 + 1 told; of the 76 left the call `make` ({"command":"make"}, 18 bytes) has 18 + 1 of the
    # weights, the text of 25 characters 25 + 1: 76 * 19 // 45 = 32, and 44.
    assert events.select("event_id", "input_tokens", "output_tokens", "timestamp").sort("event_id").rows() == [
        ("msg_headless_00F", 1_004, 35, at(11, 0)),
        ("msg_headless_00G", 1_006, 45, at(11, 0)),
    ]


def test_a_result_alone_is_a_sum_for_each_model_at_the_time_in_the_files_name() -> None:
    events = log_of(RUNS / "result_20260303T081500.json").events.sort("model")
    told = events.select("model", "input_tokens", "output_tokens", "cost_nanousd", "cost_kind", "grain", "n_requests")
    assert told.rows() == [
        (HAIKU, 30, 40, 230_000, "logged", "bucket", 0),
        (OPUS, 43_020, 500, 51_350_000, "logged", "bucket", 0),
    ]
    assert events["timestamp"].unique().to_list() == [datetime(2026, 3, 3, 8, 15, tzinfo=UTC)]
    assert events["is_agent"].all()


def test_a_result_printed_over_many_lines_is_one_too(tmp_path: Path) -> None:
    record = json.loads((RUNS / "result_20260303T081500.json").read_text())
    (tmp_path / "result_20260303T081500.json").write_text(json.dumps(record, indent=2))
    assert sums(log_of(tmp_path).events, "input_tokens", "output_tokens") == (43_050, 540)


def test_old_results_have_their_usage_and_cost_in_one() -> None:
    usage = {"input_tokens": 5, "cache_read_input_tokens": 100, "output_tokens": 7}
    old = result(7, usage=usage, total_cost_usd=0.25) | {"modelUsage": None}
    frame, _ = rows_of(ClaudeHeadless(), file_of([old], "20260303_081500.json"))
    assert frame.select("input_tokens", "output_tokens", "model", "cost_nanousd").rows() == [
        (105, 7, None, 250_000_000)
    ]


def test_without_any_time_a_row_is_set_aside_with_the_reason() -> None:
    log = log_of(RUNS)
    assert [(bad.file, bad.row, bad.reason) for bad in log.bad_samples] == [
        ("timeless.jsonl", 2, "no time in the file, nor in its name")
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("claude_output_2026-03-02_09-30-15_stream.log", at(9, 30, 15)),
        ("logs-2026-01-01_00-00-00/run-20260302T093015.jsonl", at(9, 30, 15)),
        ("2026-03-02T09:30:15.jsonl", at(9, 30, 15)),
        ("run_2026-13-02_09-30-15.log", None),
        ("run_2126-03-02_09-30-15.log", None),  # no call was made then
        ("run_120260302093015.log", None),
        ("2026-03-02_09-30-15/run.log", None),
    ],
)
def test_the_time_in_a_files_name(name: str, expected: datetime | None) -> None:
    frame, quarantine = rows_of(ClaudeHeadless(), file_of([assistant("msg_1")], name))
    assert frame["timestamp"].to_list() == ([] if expected is None else [expected])
    assert quarantine.total == (expected is None)


def test_runs_in_one_file_have_times_of_their_own() -> None:
    records = [
        assistant("msg_1"), tool_result("2026-03-02T09:00:00Z"), result(1),
        assistant("msg_2"), tool_result("2026-03-02T14:00:00Z"), result(1),
        assistant("msg_3"), result(1),
    ]  # fmt: skip
    frame, _ = rows_of(ClaudeHeadless(), file_of(records))
    # The third run has no line with a time: the last one known.
    assert frame["timestamp"].to_list() == [at(9, 0), at(14, 0), at(14, 0)]


def test_a_run_without_a_time_takes_that_of_the_next_one() -> None:
    records = [assistant("msg_1"), result(1), assistant("msg_2"), tool_result("2026-03-02T14:00:00Z")]
    frame, quarantine = rows_of(ClaudeHeadless(), file_of(records))
    assert frame["timestamp"].to_list() == [at(14, 0), at(14, 0)]
    assert quarantine.total == 0


def test_a_result_that_goes_on_from_the_one_before_is_not_shared_out_twice() -> None:
    # One process, two prompts: the second result has the first one's 50 in it.
    assert outputs(assistant("msg_1"), result(50), assistant("msg_2"), result(80, calls=2)) == [
        ("msg_1", 50),
        ("msg_2", 30),
    ]


def test_a_result_of_another_process_counts_from_nothing() -> None:
    assert outputs(assistant("msg_1"), result(50), assistant("msg_2"), result(80)) == [("msg_1", 50), ("msg_2", 80)]


@pytest.mark.parametrize("total", [0, 1, MOST_OUTPUT + 2])
def test_a_total_that_cannot_be_these_answers_changes_none(total: int) -> None:
    assert outputs(assistant("msg_1"), result(total)) == [("msg_1", 1)]


def test_a_run_that_was_killed_has_what_its_lines_tell() -> None:
    delta = {"type": "message_delta", "usage": {"output_tokens": 90}}
    ended = ENVELOPE | {"type": "stream_event", "event": delta}
    assert outputs(assistant("msg_1"), ended, assistant("msg_2")) == [("msg_1", 90), ("msg_2", 1)]


def test_a_killed_run_has_no_part_in_the_next_ones_result() -> None:
    init: Record = {"type": "system", "subtype": "init", "session_id": "s-2"}
    other = assistant("msg_2", session_id="s-2")
    assert outputs(assistant("msg_1"), init, other, result(80, session_id="s-2")) == [("msg_1", 1), ("msg_2", 80)]
    # Of one session nothing says where it broke off: the result is shared, and never more than all of it.
    assert outputs(assistant("msg_1"), init | {"session_id": "s-1"}, assistant("msg_2"), result(80)) == [
        ("msg_1", 40),
        ("msg_2", 40),
    ]


def test_parallel_sub_agents_do_not_take_each_others_usage() -> None:
    delta = {"type": "message_delta", "usage": {"output_tokens": 90}}
    ended: Record = {"type": "stream_event", "event": delta} | {"parent_tool_use_id": "t1"}
    records = [assistant("msg_1", parent_tool_use_id="t1"), assistant("msg_2", parent_tool_use_id="t2")]
    assert outputs(*records, ENVELOPE | ended) == [("msg_1", 90), ("msg_2", 1)]


def test_the_clients_own_error_text_is_no_call() -> None:
    synthetic = assistant("msg_1")
    synthetic["message"]["model"] = "<synthetic>"
    assert outputs(synthetic, assistant("msg_2")) == [("msg_2", 1)]


def test_a_prompt_that_a_loop_repeats_is_no_persons_and_no_sub_agents() -> None:
    records = [
        user("Do the next task."),
        user("Find it.", parent_tool_use_id="t1"),
        user("Summary so far.", isSynthetic=True),
        assistant("msg_1"),
        assistant("msg_2", parent_tool_use_id="t1"),
        result(2),
        assistant("msg_3"),
    ]
    frame, _ = rows_of(ClaudeHeadless(), file_of(records, "run_2026-03-02_09-00-00.log"))
    assert frame.select("prompt", "prompt_kind", "is_agent").rows() == [
        ("Do the next task.", "harness", True),
        (None, None, True),
        (None, None, True),
    ]


def test_answers_without_an_id_stay_apart() -> None:
    assert outputs(assistant(None, uuid="u-1"), assistant(None, uuid="u-2")) == [("u-1", 1), ("u-2", 1)]


def test_a_session_file_of_the_same_run_tells_of_the_same_calls(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in STREAM.read_text().splitlines()]
    kept = {line["message"]["id"]: line["message"] for line in lines if line["type"] == "assistant"}
    final = {"A": 100, "B": 300, "C": 30, "D": 63, "E": 50}
    session = []
    for second, (message_id, message) in enumerate(kept.items()):
        usage = message["usage"] | {"output_tokens": final[message_id[-1]]}
        envelope = {"sessionId": SESSION, "cwd": "/home/ann/shop", "version": "2.1.81", "isSidechain": False}
        line = {"type": "assistant", "uuid": message_id, "parentUuid": None, "message": message | {"usage": usage}}
        session.append(envelope | line | {"timestamp": f"2026-03-02T09:00:{second:02}.000Z"})
    (tmp_path / "session.jsonl").write_text("\n".join(map(json.dumps, session)))
    alone, both = log_of(tmp_path / "session.jsonl"), log_of(tmp_path / "session.jsonl", STREAM)
    assert both.duplicates == {"same call in another system": 5}
    # The session file has each sub-agent's output, the headless one only their sum.
    assert sums(both.events, "input_tokens", "output_tokens") == sums(alone.events, "input_tokens", "output_tokens")
    assert both.events.height == alone.events.height == 5


def test_a_result_alone_yields_to_the_calls_of_that_day(tmp_path: Path) -> None:
    (tmp_path / "result_2026-03-02_12-00-00.json").write_text(json.dumps(result(500)))
    log = log_of(STREAM, tmp_path)
    assert log.events.height == 5
    assert log.duplicates == {"sum of calls counted one by one": 1}


def test_no_session_file_is_taken_for_a_run_nor_a_run_for_a_session_file() -> None:
    options = ReadOptions()
    for run in RUNS.iterdir():
        found = probe(file_of([run.read_bytes()], run.name))
        assert (ClaudeHeadless().score(found, options), ClaudeCode().score(found, options)) == (100, 0)
    session = (FIXTURES / "claude-code" / "session.jsonl").read_bytes()
    found = probe(file_of([session, STREAM.read_bytes()]))
    assert (ClaudeHeadless().score(found, options), ClaudeCode().score(found, options)) == (0, 100)


def test_counts_that_are_none_are_set_aside_and_named() -> None:
    broken = assistant("msg_1")
    broken["message"]["usage"]["output_tokens"] = "many"
    frame, quarantine = rows_of(ClaudeHeadless(), file_of([broken, tool_result("2026-03-02T09:00:00Z")]))
    assert frame.is_empty()
    assert list(quarantine.counts) == [("session.jsonl", "output_tokens is not a usable number")]


def test_a_result_alone_without_usable_counts_is_set_aside() -> None:
    broken = result(5) | {"modelUsage": {SONNET: {"outputTokens": -1}}}
    _, quarantine = rows_of(ClaudeHeadless(), file_of([broken], "20260303_081500.json"))
    assert list(quarantine.counts) == [("20260303_081500.json", "modelUsage is not usable")]


LOOP = b"[2026-03-02 09:00:00] [INFO] Starting main loop...\n[2026-03-02 09:00:01] [LOOP] === Starting Loop #1 ===\n"


def test_a_loops_own_log_is_passed_over_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "loop.log").write_bytes(LOOP)
    (tmp_path / "other.log").write_bytes(LOOP.replace(b"[LOOP] ===", b"[INFO] ==="))
    (tmp_path / STREAM.name).write_bytes(STREAM.read_bytes())
    log = log_of(tmp_path)
    assert {file.name: file.skipped for file in log.files if file.skipped} == {
        "loop.log": "log of an agent loop, without calls; the output it keeps of each run holds them",
        "other.log": "neither Parquet, CSV nor JSON",
    }
    assert not log.broken
    with pytest.raises(InputError, match="log of an agent loop"):
        log_of(tmp_path / "loop.log")


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "usage", "content", "type", "output_tokens", "message"]), inner)
    ),
    max_leaves=5,
)
KINDS = st.sampled_from(["assistant", "user", "system", "result", "stream_event"])
NAMES = st.sampled_from(
    ["subtype", "message", "event", "usage", "modelUsage", "timestamp", "session_id", "parent_tool_use_id", "cwd"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.builds(lambda kind, rest: {**rest, "type": kind}, KINDS, st.dictionaries(NAMES, ANY)), max_size=3))
def test_lines_of_anything_cost_no_other_line(odd: list[Record]) -> None:
    records = [tool_result("2026-03-02T09:00:00Z"), assistant("msg_1", output=7), result(7), *odd]
    frame, _ = rows_of(ClaudeHeadless(), file_of(records))
    assert frame.select("event_id", "output_tokens").row(0) == ("msg_1", 7)


REAL = SHARED / "ralph_loop"


@pytest.mark.skipif(not REAL.exists(), reason="published samples not present")
def test_a_published_run_agrees_with_its_result_but_for_the_sub_agents_last_answer() -> None:
    log = read_files([str(REAL)], InputOptions())
    events = log.events
    counts = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "output_tokens")
    assert Counter(events["model"]) == {OPUS: 19, HAIKU: 26}
    # modelUsage: 21 + 732,800 + 20,007 of input. The sub-agent's last answer stands in no line of its own; the result
    # of its parent's tool says it had 62,074 of cache reads and 1,189 of writes.
    assert sums(events.filter(pl.col("model") == OPUS), *counts) == (752_828, 732_800, 20_007, 20_007, 5_315)
    assert sums(events.filter(pl.col("model") == HAIKU), *counts) == (
        106 + 1_227_109 + 42_839 - 62_074 - 1_189, 1_227_109 - 62_074, 42_839 - 1_189, 0, 6_363,
    )  # fmt: skip
    assert log.bad_rows == 0
    assert events["is_agent"].all()
    assert events["user"].null_count() == 45
    assert [(file.name, file.skipped[:24]) for file in log.files if file.skipped] == [
        ("ralph.log", "log of an agent loop, wi")
    ]
