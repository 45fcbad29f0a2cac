"""Codex rollouts: what a call used is read off the running total, and a copied history is nobody's twice."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.paths import SHARED
from tests.unit.sources.session_logs import FIXTURES, Record, file_of, log_of, rows_of, sums
from tokenscan.sources.base import ReadOptions
from tokenscan.sources.files import LogFile
from tokenscan.sources.formats.codex import Codex
from tokenscan.sources.sniff import probe

ROLLOUTS = FIXTURES / "codex"
ANN = "019cadc6-9a80-7000-8000-000000000001"
FORK = "019cadfd-8900-7000-8000-000000000002"
SURVEY = "019cadc7-36c0-7000-8000-000000000003"
BOB = "019cb2ec-f680-7000-8000-000000000004"
COUNTS = ("input_tokens", "cache_read_tokens", "output_tokens")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def rollout(thread: str) -> Path:
    return next((ROLLOUTS / "sessions").rglob(f"*{thread}.jsonl"))


def line(second: float, kind: str, payload: Any, **fields: Any) -> Record:
    time = (START + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")
    return {"timestamp": time, "type": kind, "payload": payload} | fields


def meta(second: float, thread: str, **fields: Any) -> Record:
    return line(second, "session_meta", {"id": thread, "cwd": "/home/ann/x", "source": "cli"} | fields)


def used(tokens: int, output: int = 1) -> Record:
    return {"input_tokens": tokens, "cached_input_tokens": 0, "output_tokens": output}


def count(second: float, total: Any, last: Any = None) -> Record:
    info = {"total_token_usage": total, "last_token_usage": last}
    return line(second, "event_msg", {"type": "token_count", "info": info})


def typed(second: float, text: str, **fields: Any) -> Record:
    return line(second, "event_msg", {"type": "user_message", "message": text} | fields)


def read(*records: Record | str, name: str = "session.jsonl") -> pl.DataFrame:
    frame, quarantine = rows_of(Codex(), file_of(records, name))
    assert quarantine.total == 0
    return frame


def test_the_fixtures_give_the_totals_worked_out_by_hand() -> None:
    log = log_of(ROLLOUTS)
    found = {
        session: sums(events, *COUNTS) for (session,), events in log.events.group_by("session_id", maintain_order=True)
    }
    assert found == {
        # The thread's last total is 69,000 / 50,000 / 1,060; the sub-agent's 15,000 / 6,000 / 200 go with it.
        ANN: (69_000 + 15_000, 50_000 + 6_000, 1_060 + 200),
        # The fork's total ends at 97,000 / 76,000 / 1,300 and began at its parent's 64,000 / 50,000 / 1,000.
        FORK: (97_000 - 64_000, 76_000 - 50_000, 1_300 - 1_000),
        # Three recorded calls, one of them a compaction that the total leaves out, and a sub-agent's.
        BOB: (9_000 + 20_000 + 6_000 + 3_000, 4_000 + 15_000, 150 + 400 + 90 + 70),
        # An old file without totals tells of two calls with equal numbers.
        "0b6f2a52-9c1d-4a6e-9a11-6f0c2f8e4d10": (8_000, 0, 200),
    }
    assert log.duplicates == {"same response id": 4}  # of the archived copy
    assert (log.bad_rows, log.events.height) == (0, 15)


def test_a_call_becomes_an_event() -> None:
    frame, _ = rows_of(Codex(), LogFile(path=rollout(ANN), name="r.jsonl", named=True))
    assert {name: value for name, value in frame.row(0, named=True).items() if value is not None} == {
        "event_id": f"codex:{ANN}:10000-2000--300-100",
        "timestamp": datetime(2026, 3, 2, 9, 0, 7, tzinfo=UTC),
        "grain": "call",
        "n_requests": 1,
        "user": "ann",
        "user_kind": "login",
        "session_id": ANN,
        "session_quality": "client",
        "task_id": "SHOP-7-basket",
        "app": "codex",
        "model": "gpt-5.5",
        "provider": "openai",
        "prompt_scope": "last_user",
        "prompt_truncated": False,
        "input_tokens": 10_000,
        "cache_read_tokens": 2_000,
        "output_tokens": 300,
        "reasoning_tokens": 100,
        "cache_inside_input": True,
        "tokens_quality": "logged",
        "status": "ok",
        "is_cache_hit": False,
        "is_agent": False,
        "tool_name": "exec_command",
        "source_format": "codex",
        "source_file": "r.jsonl",
        "source_row": 13,
        "prompt": "Why does the basket lose its last item?",
        "prompt_kind": "human",
        "response": "I look at the basket.",
        "response_chars": 21,
    }


def test_only_what_was_typed_is_a_prompt_and_only_its_first_call_is_the_persons() -> None:
    frame, _ = rows_of(Codex(), LogFile(path=rollout(ANN), name="r.jsonl", named=True))
    assert frame.select("model", "is_agent", "prompt", "tool_name").rows() == [
        ("gpt-5.5", False, "Why does the basket lose its last item?", "exec_command"),
        ("gpt-5.5", True, "Why does the basket lose its last item?", "exec_command"),
        ("gpt-5.5", True, "Why does the basket lose its last item?", None),
        ("gpt-5.5-mini", False, "Add a test for it", "web_search"),
        ("gpt-5.5-mini", False, "commit", None),
    ]


def test_a_total_that_moved_by_two_calls_counts_both() -> None:
    frame, _ = rows_of(Codex(), LogFile(path=rollout(ANN), name="r.jsonl", named=True))
    # The event calls 14,000 its last usage; the call before it has no event at all.
    assert sums(frame.slice(2, 1), *COUNTS) == (27_000, 25_000, 400)


def test_copies_of_one_session_tell_of_the_same_calls() -> None:
    archived = next((ROLLOUTS / "archived_sessions").iterdir())
    short, _ = rows_of(Codex(), LogFile(path=archived, name="a.jsonl", named=True))
    long, _ = rows_of(Codex(), LogFile(path=rollout(ANN), name="b.jsonl", named=True))
    assert short["event_id"].to_list() == long["event_id"].to_list()[:4]
    assert log_of(archived, rollout(ANN)).events.height == 5


def test_a_recorded_call_has_the_providers_response_id_and_is_counted_once() -> None:
    events = log_of(rollout(BOB)).events
    assert events.select("event_id", "input_tokens", "cache_write_tokens", "user", "task_id").rows() == [
        ("resp_1", 9_000, 3_000, "bob", None),
        ("resp_2", 20_000, 0, "bob", None),
        ("resp_3", 6_000, 2_000, "bob", None),
    ]


def test_a_record_that_comes_after_its_event_is_the_same_call() -> None:
    record = line(2, "token_usage_record", {"response_id": "resp_1", "usage": used(10)})
    again = line(4, "token_usage_record", {"response_id": "resp_2", "usage": used(20)})
    frame = read(meta(0, "t"), count(1, used(10)), record, count(3, used(30, 2)), again)
    assert sums(frame, *COUNTS) == (30, 0, 2)


def test_records_without_response_ids_stay_apart() -> None:
    records = [line(n, "token_usage_record", {"usage": used(10)}) for n in (1, 2)]
    assert read(meta(0, "t"), *records)["event_id"].n_unique() == 2


@pytest.mark.parametrize("parent", [{"forked_from_id": "p"}, {"parent_thread_id": "p"}, {}])
def test_a_copied_history_without_turn_ids_ends_with_a_pause(parent: Record) -> None:
    history = [
        meta(0.01, "p"),
        typed(0.02, "Old"),
        count(0.4, used(100)),
        count(1.2, used(200, 2)),
        count(1.9, used(300, 3)),
    ]
    frame = read(meta(0, "f", **parent), *history, typed(60, "New"), count(63, used(350, 4), used(50)))
    assert frame.select("input_tokens", "prompt", "is_agent", "session_id").rows() == [(50, "New", False, "f")]


def test_a_copied_history_may_keep_its_times() -> None:
    history = [meta(-900, "p"), count(-800, used(100)), typed(-700, "Old"), count(-600, used(200, 2))]
    frame = read(meta(0, "f", forked_from_id="p"), *history, typed(30, "New"), count(33, used(250, 3)))
    assert frame.select("input_tokens", "prompt").rows() == [(50, "New")]


def test_a_sub_agent_that_copied_nothing_loses_nothing() -> None:
    spawned = {"source": {"subagent": {"thread_spawn": {"parent_thread_id": "p"}}}}
    frame = read(
        meta(0, "s", **spawned), meta(0.01, "p"), typed(0.02, "Survey"), count(2, used(70)), count(5, used(90, 2))
    )
    assert frame.select("input_tokens", "prompt", "is_agent", "session_id").rows() == [
        (70, None, True, "p"),
        (20, None, True, "p"),
    ]


def test_several_threads_put_into_one_file_are_counted_each() -> None:
    frame = read(
        meta(0, "a"), typed(1, "One"), count(2, used(100)), meta(50, "b", cwd="/home/bob/y"), count(52, used(30)),
        typed(53, "Two"), count(55, used(100)),
    )  # fmt: skip
    assert frame.select("session_id", "user", "input_tokens", "prompt").rows() == [
        ("a", "ann", 100, "One"),
        ("b", "bob", 30, None),
        ("b", "bob", 70, "Two"),
    ]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([(used(100), None), (used(100), None)], [100]),
        (
            [(used(100), used(100)), (used(160, 2), used(60)), (used(100), used(100)), (used(170, 3), used(10))],
            [100, 60, 10],
        ),
        # A total that starts anew: the last usage tells, and where that is missing, the new total is all there is.
        ([(used(500, 9), used(500)), (used(40), used(40)), (used(90, 2), used(50))], [500, 40, 50]),
        ([(used(500, 9), None), (used(40), None)], [500, 40]),
        # A file that begins in the middle of a thread.
        ([(used(9000, 90), used(30)), (used(9050, 91), used(50))], [30, 50]),
        ([(used(9000, 90), used(0, 0)), (used(9050, 91), used(50))], [50]),
        ([(None, used(10)), (None, used(10)), (None, used(0, 0)), ({}, {})], [10, 10]),
    ],
)
def test_what_a_call_used_is_read_off_the_total(counts: list[Any], expected: list[int]) -> None:
    frame = read(meta(0, "t"), *(count(second, *both) for second, both in enumerate(counts, 1)))
    assert frame["input_tokens"].to_list() == expected
    assert frame["event_id"].n_unique() == len(expected)


def test_parts_are_never_more_than_their_whole() -> None:
    tokens = {"input_tokens": 10, "cached_input_tokens": 25, "output_tokens": 3, "reasoning_output_tokens": 8}
    frame = read(meta(0, "t"), count(1, tokens))
    assert frame.select("cache_read_tokens", "reasoning_tokens").rows() == [(10, 3)]


@pytest.mark.parametrize(
    ("head", "is_agent"),
    [
        ({"source": "cli"}, False),
        ({"source": "vscode", "thread_source": "user"}, False),
        ({"source": "exec"}, True),
        ({"source": "mcp"}, True),
        ({"source": None, "originator": "codex_exec"}, True),
        ({"source": {"subagent": "review"}}, True),
        ({"source": {"custom": "bot"}}, True),
        ({"source": "cli", "thread_source": "automation"}, True),
        ({"source": 5, "originator": None}, False),
    ],
)
def test_who_started_a_thread(head: Record, is_agent: bool) -> None:
    assert read(meta(0, "t", **head), typed(1, "Go"), count(2, used(1)))["is_agent"].to_list() == [is_agent]


def test_text_that_was_injected_opens_no_turn() -> None:
    frame = read(
        meta(0, "t"), typed(1, "Fix it"), count(2, used(1)), typed(3, "<turn_aborted>\nx</turn_aborted>"),
        typed(4, "cwd: /x", kind="environment_context"), count(5, used(2, 2)), typed(6, ""), count(7, used(3, 3)),
    )  # fmt: skip
    assert frame.select("is_agent", "prompt", "prompt_kind").rows() == [
        (False, "Fix it", "human"),
        (True, "Fix it", "human"),
        (False, None, "human"),  # a picture alone
    ]


def test_a_file_that_names_no_thread_is_known_by_its_name_or_by_its_times() -> None:
    thread = "0b6f2a52-9c1d-4a6e-9a11-6f0c2f8e4d10"
    named = read(count(1, used(5)), name=f"rollout-2026-03-02T09-00-00-{thread}.jsonl")
    assert named.select("session_id", "is_agent").rows() == [(thread, None)]
    lost = [read(count(1, used(5)), count(9, used(9, 2)), name=name) for name in ("a.jsonl", "b.jsonl")]
    assert lost[0]["event_id"].to_list() == lost[1]["event_id"].to_list()
    assert lost[0]["session_quality"].to_list() == ["none", "none"]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (count(2, used(-5)), "input_tokens is not a usable number"),
        (count(2, used(10**12)), "token counts are not usable numbers"),
        (count(2, "many"), "total_token_usage is not a usable number"),
        (count(2, used(50)) | {"timestamp": None}, "timestamp missing or not readable"),
        (count(2, used(50)) | {"timestamp": "2031-01-01T00:00:00Z"}, "timestamp in the future"),
        ('{"timestamp": "2026', "not valid JSON"),
        ("[1]", "not a JSON object"),
    ],
)
def test_a_line_that_cannot_be_counted_is_named_and_its_tokens_are_in_the_next(broken: Any, reason: str) -> None:
    frame, quarantine = rows_of(Codex(), file_of([meta(0, "t"), count(1, used(10)), broken, count(3, used(70, 3))]))
    assert [(bad.row, bad.reason) for bad in quarantine.samples] == [(3, reason)]
    assert frame["input_tokens"].to_list() == [10, 60]


def test_other_logs_are_not_mistaken() -> None:
    for content in (
        b'{"timestamp": "2026-01-01T00:00:00Z", "type": "assistant", "payload": {}}\n{"type": "x"}\n',
        b'{"timestamp": "2026-01-01T00:00:00Z", "type": "event_msg", "payload": "text"}\n{"type": "x"}\n',
        b"timestamp,type,payload\n1,session_meta,3\n",
    ):
        assert Codex().score(probe(LogFile(path=Path("-"), name="x", named=True, content=content)), ReadOptions()) == 0


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)
FIELDS = ("id", "timestamp", "cwd", "source", "git", "turn_id", "started_at", "message", "content", "info", "usage",
          "history_base", "item", "type", "role", "name", "forked_from_id", "thread_token_usage")  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["session_meta", "turn_context", "response_item", "event_msg", "token_usage_record"]),
    st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=5) | ANYTHING,
    ANYTHING,
)
def test_a_line_of_anything_costs_no_other_line(kind: str, payload: Any, time: Any) -> None:
    odd = {"timestamp": time, "type": kind, "payload": payload, "ordinal": time}
    frame, _ = rows_of(
        Codex(), file_of([meta(0, "t"), typed(1, "Hi"), count(2, used(10)), odd, count(100, used(30, 2))])
    )
    assert frame["input_tokens"].to_list()[0] == 10
    assert kind in ("session_meta", "token_usage_record", "event_msg") or frame["input_tokens"].to_list() == [10, 20]


@pytest.mark.skipif(not (SHARED / "agentv").exists(), reason="published data is not here")
def test_real_rollouts_give_each_threads_last_total() -> None:
    folder = SHARED / "agentv" / "codex_rollouts"
    last: dict[str, tuple[int, ...]] = defaultdict(tuple)
    for path in folder.glob("*.jsonl"):
        thread = path.name.split("__")[0]
        for text in path.read_text().splitlines():
            info = (json.loads(text)["payload"].get("info") or {}).get("total_token_usage")
            if info is not None:
                names = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens")
                last[thread] = max(last[thread], tuple(info[name] for name in names))
    log = log_of(folder)
    found = {
        session: sums(events, *COUNTS, "reasoning_tokens")
        for (session,), events in log.events.group_by("session_id", maintain_order=True)
    }
    assert found == last
    assert (log.bad_rows, log.events.height, len(found)) == (0, 284, 4)


@pytest.mark.skipif(not (SHARED / "samples").exists(), reason="published data is not here")
def test_published_fixtures() -> None:
    events = log_of(SHARED / "samples" / "codex" / "ccusage_session-alpha.jsonl").events
    assert events.select("model", *COUNTS, "reasoning_tokens", "user").rows() == [
        ("gpt-5.2-codex", 1000, 250, 125, 75, None),
        ("gpt-5.3-codex", 2500, 500, 300, 200, None),
    ]
