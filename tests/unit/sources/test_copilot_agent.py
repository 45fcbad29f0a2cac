"""Session files of Copilot's CLI: calls, whose input only a summary tells."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from exported import FIXTURES, SHARED, log_of, rows_of, sums, survives, told
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import reasons

from tokenscan.sources.formats.copilot_agent import CopilotAgent

HERE = FIXTURES / "copilot-agent"
REAL = SHARED / "agentv" / "copilot_agent"
RESUMED = HERE / "resumed.jsonl"


def at(hour: int, minute: int, second: int, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, second, tzinfo=UTC)


def test_calls_share_what_the_summary_tells_of_their_model() -> None:
    frame, quarantine = rows_of(RESUMED, "copilot-agent")
    assert quarantine.total == 0
    # 40,001 tokens in and 20,000 from the cache over four calls; their output is logged call by call.
    assert told(frame, "input_tokens", "cache_read_tokens", "output_tokens", "tokens_quality", model="gpt-5.4") == [
        (10_001, 5_000, 50, "estimated"),
        (10_000, 5_000, 150, "estimated"),
        (10_000, 5_000, 100, "estimated"),
        (10_000, 5_000, 10, "estimated"),
    ]


def test_calls_that_only_the_summary_knows_are_a_row_of_their_own() -> None:
    frame, _ = rows_of(RESUMED, "copilot-agent")
    columns = ("n_requests", "input_tokens", "output_tokens", "is_agent", "timestamp")
    # Three calls of the sub-agent's model, one logged with 20 tokens out; two of a model that no line names.
    assert sorted(told(frame, *columns, model="claude-haiku-4.5")) == [
        (1, 300, 20, True, at(9, 0, 40)),
        (2, 600, 60, True, at(9, 0, 0)),
    ]
    assert told(frame, *columns, model="gpt-5-mini") == [(2, 300, 12, True, at(9, 0, 0))]


def test_a_summary_of_one_call_completes_it_exactly() -> None:
    frame, _ = rows_of(RESUMED, "copilot-agent")
    columns = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens",
               "tokens_quality", "event_id")  # fmt: skip
    # The model of this call is that of the change before it, and the summary is that of the second day only.
    assert told(frame, *columns, model="claude-opus-4.7") == [
        (5_000, 4_000, 500, 30, 12, "logged", "resp_loop0000000005")
    ]


def test_the_whole_session_adds_up_to_its_summaries() -> None:
    events = log_of(RESUMED).events
    assert sums(events, "n_requests", "input_tokens", "cache_read_tokens", "output_tokens") == (
        4 + 3 + 2 + 1,
        40_001 + 900 + 300 + 5_000,
        20_000 + 4_000,
        310 + 80 + 12 + 30,
    )


def test_only_the_first_call_after_a_persons_words_is_theirs() -> None:
    events = log_of(RESUMED).events
    assert told(events, "event_id", is_human_turn=True) == [
        ("resp_loop0000000001",),
        ("resp_loop0000000004",),
        ("resp_loop0000000005",),
    ]
    frame, _ = rows_of(RESUMED, "copilot-agent")
    assert dict(told(frame.filter(model="gpt-5.4"), "event_id", "prompt")) == {
        "resp_loop0000000001": "Add a discount field to the order form",
        "resp_loop0000000002": "Add a discount field to the order form",
        "resp_loop0000000003": "Add a discount field to the order form",
        "resp_loop0000000004": "Thanks, now the tests",
    }
    assert "nobody typed" not in "".join(frame["prompt"].drop_nulls())


def test_person_session_task_and_time_are_read() -> None:
    frame, _ = rows_of(RESUMED, "copilot-agent")
    assert told(frame, "user", "user_kind", "session_quality", "task_id", "timestamp", "latency_ms", "tool_name",
                event_id="resp_loop0000000001") == [
        ("ann", "login", "client", "feat/SHOP-12", at(9, 0, 10), 4_000, "view")
    ]  # fmt: skip
    # On the main branch there is no task.
    assert told(frame, "task_id", "response", event_id="resp_loop0000000005") == [(None, "It adds a field.")]


def test_a_session_that_was_killed_tells_output_only() -> None:
    frame, quarantine = rows_of(HERE / "killed.jsonl", "copilot-agent")
    assert told(frame, "user", "task_id", "input_tokens", "output_tokens", "n_requests") == [("bob", None, None, 77, 1)]
    assert reasons(quarantine) == {"JSON ends too early": [4]}


def test_a_recording_has_each_calls_tokens_and_counts_it_once() -> None:
    frame, _ = rows_of(HERE / "recording.jsonl", "copilot-agent")
    assert told(frame, "user", "prompt", "input_tokens", "cache_read_tokens", "output_tokens", "tokens_quality") == [
        ("chen", "Hi there", 1_000, 200, 9, "logged")
    ]


@pytest.mark.skipif(not REAL.exists(), reason="the published data is not here")
def test_the_published_sessions_add_up() -> None:
    expected: Counter[str] = Counter()
    for path in REAL.iterdir():
        for line in path.read_text().splitlines():
            event = json.loads(line)
            if event["type"] == "session.shutdown":
                for metrics in event["data"]["modelMetrics"].values():
                    expected.update(metrics["usage"])
                    expected["requests"] += metrics["requests"]["count"]
    log = log_of(*REAL.iterdir())
    assert log.bad_rows == 0
    assert sums(log.events, "n_requests", "input_tokens", "output_tokens", "reasoning_tokens") == tuple(
        expected[name] for name in ("requests", "inputTokens", "outputTokens", "reasoningTokens")
    )
    assert set(log.events["user"]) == {"user"}
    assert log.events["prompt_id"].null_count() == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
TYPES = st.sampled_from([
    "session.start", "session.resume", "session.shutdown", "user.message", "assistant.message",
    "assistant.turn_start", "assistant.usage", "hook.start", "session.model_change",
])  # fmt: skip
KEYS = st.sampled_from([
    "sessionId", "context", "model", "content", "outputTokens", "inputTokens", "apiCallId", "turnId",
    "toolRequests", "modelMetrics", "input", "newModel", "cwd", "branch",
])  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(TYPES, st.dictionaries(KEYS, JSON, max_size=5), JSON), min_size=1, max_size=6))
def test_no_event_whatever_raises(events: list[tuple[str, dict[str, Any], Any]]) -> None:
    lines = [
        json.dumps(
            {"type": kind, "data": data, "id": "i", "timestamp": time or "2026-03-02T09:00:00Z", "parentId": None}
        )
        for kind, data, time in events
    ]
    survives(CopilotAgent(), "\n".join(lines).encode("utf-8", "replace"))


COUNT = st.none() | st.integers(0, 500)


@settings(deadline=None, max_examples=40)
@given(st.lists(COUNT, min_size=1, max_size=5), st.integers(0, 9), st.integers(0, 10**6), st.integers(0, 10**6))
def test_sums_are_those_of_the_summary(outputs: list[int | None], count: int, given_in: int, given_out: int) -> None:
    def event(kind: str, data: dict[str, Any]) -> str:
        return json.dumps(
            {"type": kind, "data": data, "id": "i", "timestamp": "2026-03-02T09:00:00Z", "parentId": None}
        )

    calls = [event("assistant.message", {"apiCallId": f"call-{n:012d}", "model": "m", "outputTokens": out})
             for n, out in enumerate(outputs)]  # fmt: skip
    usage = {"inputTokens": given_in, "outputTokens": given_out}
    end = event("session.shutdown", {"modelMetrics": {"m": {"requests": {"count": count}, "usage": usage}}})
    start = event("session.start", {"sessionId": "s"})
    frame, _ = rows_of("\n".join([start, *calls, end]).encode(), "copilot-agent")
    said = sum(out or 0 for out in outputs)
    assert sums(frame, "input_tokens", "output_tokens") == (given_in, max(given_out, said))
    assert sums(frame, "n_requests") == (max(count, len(outputs)),)
