"""Event streams of ``codex exec --json``: turns, with what their thread has used so far."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.sources.session_logs import FIXTURES, file_of, log_of, rows_of
from tokenscan.sources.formats.codex_exec import CodexExec

STREAMS = FIXTURES / "codex-exec"
THREAD = "019cb9b2-5c80-7000-8000-000000000006"


def test_a_turn_is_what_the_thread_has_used_more_than_before() -> None:
    events = log_of(STREAMS / "run.jsonl").events
    # 24,000 after the first run, 50,000 after the second; the turn that failed tells nothing.
    assert events.select("input_tokens", "cache_read_tokens", "output_tokens", "grain", "n_requests").rows() == [
        (24_000, 20_000, 300, "bucket", 0),
        (26_000, 24_000, 200, "bucket", 0),
    ]
    assert events["session_id"].unique().to_list() == [THREAD]
    assert events["is_agent"].to_list() == [True, True]


def test_the_time_is_the_first_line_s_or_else_the_one_in_the_threads_id() -> None:
    assert log_of(STREAMS / "run.jsonl").events["timestamp"][0] == datetime(2026, 3, 4, 16, 33, 20, tzinfo=UTC)
    assert log_of(STREAMS / "timed.jsonl").events["timestamp"][0] == datetime(2026, 3, 5, 6, 26, 40, tzinfo=UTC)


def test_a_turn_without_any_time_is_set_aside_with_the_reason() -> None:
    log = log_of(STREAMS)
    assert [(bad.file, bad.row, bad.reason) for bad in log.bad_samples] == [
        ("timeless.jsonl", 2, "a turn without a time: neither its lines nor the thread's id tell one")
    ]
    assert log.events.height == 3


def test_answers_are_kept_with_their_turn() -> None:
    lines = (STREAMS / "run.jsonl").read_bytes().splitlines()
    frame, _ = rows_of(CodexExec(), file_of(lines))
    assert frame["response"].to_list() == ["All green.", "Again green."]


VALUES = st.none() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.none(), max_size=1)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["type", "thread_id", "usage", "item", "timestamp", "ts", "model"]),
        VALUES | st.dictionaries(st.sampled_from(["input_tokens", "output_tokens", "type", "text"]), VALUES),
    )
)
def test_a_line_of_anything_costs_no_other_line(odd: dict[str, Any]) -> None:
    start = {"type": "thread.started", "thread_id": THREAD}
    ended = {"type": "turn.completed", "usage": {"input_tokens": 5, "output_tokens": 1}}
    frame, _ = rows_of(CodexExec(), file_of([start, ended, odd]))
    assert frame["input_tokens"].to_list()[0] == 5
