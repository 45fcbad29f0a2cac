"""Every call is counted once, with the tokens it cost, whatever the log does with its lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from event_rows import PLACE, ROWS, frame, row, values
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.events.hygiene import clean, settle_cache
from tokenscan.events.schema import EVENTS

HOUR = 3600.0


def events(*rows: dict[str, Any]) -> pl.DataFrame:
    return clean(frame(*rows)).events


def settled(*rows: dict[str, Any]) -> Sequence[Any]:
    return values(settle_cache(frame(*rows)), "input_tokens", "cache_inside_input")


def test_nothing_becomes_nothing() -> None:
    cleaned = clean(pl.DataFrame(schema=ROWS))
    assert cleaned.events.schema == EVENTS
    assert set(cleaned.duplicates.values()) == {0}


def test_a_stream_of_lines_is_one_call_with_its_largest_output() -> None:
    lines = [row(second, event_id="m1", output_tokens=tokens, source_file=file)
             for second, tokens, file in [(0, 1, "a"), (1, 1, "a"), (2, 90, "b"), (3, 40, "b")]]  # fmt: skip
    cleaned = clean(frame(*lines, row(9, event_id="m2", output_tokens=7)))
    assert values(cleaned.events, "event_id", "output_tokens") == [("m1", 90), ("m2", 7)]
    assert cleaned.events["timestamp"][0] == lines[0]["timestamp"]
    assert values(cleaned.events, "source_file", "source_row")[0] == ("b", 3)
    assert cleaned.duplicates["same response id"] == 3


def test_a_session_is_known_by_its_calls_however_far_apart() -> None:
    made_up = {"session_quality": "synthetic", "source_format": "litellm"}
    rows = [row(0, event_id="a", session_id="s", **made_up), row(9, event_id="b", session_id="s", **made_up),
            row(20, event_id="c", session_id="alone", **made_up),
            row(30, event_id="d", session_id="retried", **made_up | {"status": "error"}),
            row(31, event_id="e", session_id="retried", **made_up)]  # fmt: skip
    assert values(clean(frame(*rows)).events, "session_quality") == ["client"] * 2 + ["synthetic"] * 3


def test_a_merged_call_keeps_what_any_of_its_lines_knows() -> None:
    (call,) = events(
        row(5, event_id="m", output_tokens=9, is_agent=True, used=False, model="large"),
        row(0, event_id="m", output_tokens=1, is_agent=False, used=None, tool_name="edit"),
        row(2, event_id="m", output_tokens=3, is_agent=None, used=True, prompt_id=7, user=None),
    ).rows(named=True)
    assert (call["output_tokens"], call["model"], call["tool_name"], call["prompt_id"]) == (9, "large", "edit", 7)
    assert (call["is_agent"], call["used"], call["user"]) == (False, True, "ann")
    assert call["timestamp"] == row(0)["timestamp"]


@pytest.mark.parametrize(
    ("other", "calls"),
    [
        ({"seconds": 5 * HOUR}, 1),
        ({"seconds": 6 * HOUR}, 1),
        ({"seconds": 6 * HOUR + 1}, 2),
        ({"seconds": 1, "prompt_id": 2}, 2),
        ({"seconds": 1, "prompt_id": None}, 1),
        ({"seconds": 1, "user": "bob"}, 2),
        ({"seconds": 1, "user": None}, 1),
        ({"seconds": 1, "model": "other", "context_id": 5}, 1),
    ],
)
def test_an_id_used_again_hours_later_or_for_something_else_is_another_call(other: dict[str, Any], calls: int) -> None:
    assert events(row(0, event_id="1", prompt_id=1), row(**({"event_id": "1", "prompt_id": 1} | other))).height == calls


def test_an_id_that_is_repeated_for_hours_without_a_long_pause_is_one_call() -> None:
    assert events(*(row(hour * 5 * HOUR, event_id="1") for hour in range(5))).height == 1


def test_exact_copies_without_an_id_are_dropped_only_if_they_tell_calls_apart() -> None:
    telling: list[dict[str, Any]] = [
        {"prompt_id": 1}, {"session_id": "s"}, {"latency_ms": 12}, {"response_id_hash": 3}, {"context_id": 4},
    ]  # fmt: skip
    for columns in telling:
        cleaned = clean(frame(row(**columns), row(**columns), row(1, **columns)))
        assert (cleaned.events.height, cleaned.duplicates["identical row"]) == (2, 1)
    cleaned = clean(frame(row(input_tokens=5), row(input_tokens=5), row(input_tokens=6)))
    assert (cleaned.events.height, cleaned.duplicates["identical row"]) == (3, 0)


def test_rows_without_an_id_get_one_from_their_content() -> None:
    rows = [row(0, input_tokens=5), row(0, input_tokens=5), row(0, input_tokens=6)]
    ids = values(events(*rows), "event_id")
    assert len(set(ids)) == 3
    assert sorted(values(events(*rows[::-1]), "event_id")) == sorted(ids)
    (other,) = values(events(row(0, input_tokens=6, source_file="elsewhere", source_row=9)), "event_id")
    assert other in ids


def test_a_few_wrong_rows_do_not_double_the_input_of_all_others() -> None:
    sound = {"input_tokens": 1000, "cache_read_tokens": 900}
    forged = {"input_tokens": 10, "cache_read_tokens": 900}
    # 1 of 21 with cached tokens is less than one in twenty, 2 of 22 are more; rows without a cache tell nothing.
    plain = [row(input_tokens=50)] * 100
    assert settled(*[row(**sound)] * 20, row(**forged), *plain)[0] == (1000, True)
    assert settled(*[row(**sound)] * 20, row(**forged), row(**forged), *plain)[0] == (1900, False)


def test_cache_tokens_above_the_input_are_no_part_of_it() -> None:
    claude = {"model": "claude-opus-4", "input_tokens": 10, "cache_read_tokens": 900, "cache_write_tokens": 90}
    assert settled(row(**claude)) == [(1000, False)]
    assert settled(row(**claude | {"input_tokens": 990})) == [(990, True)]
    assert settled(row(**claude | {"input_tokens": 989})) == [(1979, False)]
    assert settled(row(**claude | {"cache_inside_input": True})) == [(10, True)]
    assert settled(row(input_tokens=10)) == [(10, True)]
    assert settled(row(cache_read_tokens=5)) == [(None, True)]


def test_one_row_settles_how_a_vendor_counts_in_a_format() -> None:
    fits = {"input_tokens": 100, "cache_read_tokens": 40}
    exceeds = {"input_tokens": 10, "cache_read_tokens": 40}
    for vendor in ({"provider": "anthropic"}, {"model": "claude-haiku"}):
        other = {"provider": "openai", "model": "gpt-5"} | dict.fromkeys(vendor, "gpt-5")
        found = settled(
            row(**fits, **vendor), row(**exceeds, **vendor), row(**fits, **other),
            row(**fits, **vendor, source_format="litellm"), row(**fits, **vendor, cache_inside_input=True),
        )  # fmt: skip
        assert found == [(140, False), (50, False), (100, True), (100, True), (100, True)]


def test_a_vendor_is_the_same_in_any_case() -> None:
    exceeds, fits = {"input_tokens": 1, "cache_read_tokens": 4}, {"input_tokens": 9, "cache_read_tokens": 4}
    for name, other in (("provider", "Anthropic"), ("model", "Claude-3")):
        small = other.lower()
        assert settled(row(**{name: other}, **exceeds), row(**{name: small}, **fits)) == [(5, False), (13, False)]


def retries(*rows: dict[str, Any]) -> list[int]:
    """Return which calls, by place in time, are flagged as retries."""
    cleaned = events(*({"prompt_id": 1, "event_id": f"e{place}"} | row for place, row in enumerate(rows)))
    return [place for place, flagged in enumerate(cleaned["is_retry"]) if flagged]


def test_the_same_request_within_two_minutes_of_an_error_is_a_retry() -> None:
    assert retries(row(0, status="error"), row(120)) == [1]
    assert retries(row(0, status="error"), row(120.1)) == []
    assert retries(row(0), row(60)) == []
    assert retries(*(row(second, status="error") for second in (0, 100, 200)), row(300)) == [1, 2, 3]
    assert retries(row(0, status="error"), row(10, user="bob"), row(20, prompt_id=2), row(30, context_id=3)) == []


def test_without_a_status_an_answer_without_output_counts_as_an_error() -> None:
    unknown = {"status": None}
    assert retries(row(0, **unknown, output_tokens=0), row(60, **unknown, output_tokens=9)) == [1]
    assert retries(row(0, **unknown, output_tokens=9), row(60, **unknown, output_tokens=9)) == []
    assert retries(row(0, **unknown), row(60, **unknown)) == []
    assert retries(row(0, output_tokens=0), row(60)) == []


@pytest.mark.parametrize(("calls", "flagged"), [(2, [1]), (5, [1, 2, 3, 4]), (6, []), (50, [])])
def test_quick_resends_are_retries_but_a_long_chain_is_a_loop(calls: int, flagged: list[int]) -> None:
    assert retries(*(row(2 * place) for place in range(calls))) == flagged
    assert retries(*(row(2.1 * place) for place in range(calls))) == []


def test_chains_of_different_requests_do_not_add_up() -> None:
    rows = [row(place, prompt_id=place % 3) for place in range(12)]
    assert retries(*rows) == []  # every third second is no quick repeat
    pairs = [row(place * 0.5, prompt_id=place % 2) for place in range(6)]
    assert retries(*pairs) == [2, 3, 4, 5]


@pytest.mark.parametrize("who", [{"is_agent": True}, {"user": None}, {"prompt_id": None}])
def test_an_agent_or_a_call_without_a_person_or_prompt_is_never_a_retry(who: dict[str, Any]) -> None:
    assert retries(row(0, status="error", **who), row(1, **who)) == []


IDS = st.sampled_from([None, "a", "b", "c"])
SMALL = st.none() | st.integers(0, 2)
LOG_ROW = st.fixed_dictionaries(
    {
        "seconds": st.sampled_from([0.0, 1.0, 1.5, 60.0, 7 * HOUR, 30 * HOUR]),
        "event_id": IDS,
        "user": st.sampled_from([None, "ann", "bob"]),
        "prompt_id": SMALL,
        "context_id": SMALL,
        "input_tokens": SMALL,
        "cache_read_tokens": SMALL,
        "output_tokens": SMALL,
        "session_id": st.sampled_from([None, "s"]),
        "session_quality": st.sampled_from(["client", "synthetic"]),
        "model": st.sampled_from([None, "claude-x", "gpt-y"]),
        "status": st.sampled_from([None, "ok", "error"]),
        "is_agent": st.none() | st.booleans(),
        "used": st.none() | st.booleans(),
        "tool_name": st.sampled_from([None, "edit"]),
        "prompt_kind": st.sampled_from([None, "human", "tool_result", "harness"]),
    }
)


def placed(rows: Sequence[dict[str, Any]], files: Sequence[int]) -> pl.DataFrame:
    return frame(*({"source_file": f"f{file}", "source_row": place} | row(**made)
                   for place, (made, file) in enumerate(zip(rows, files, strict=True), 1)))  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(LOG_ROW, max_size=8), st.randoms(use_true_random=False), st.data())
def test_the_order_of_rows_and_files_changes_nothing(rows: list[dict[str, Any]], random: Any, data: Any) -> None:
    files = st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows))
    first = clean(placed(rows, data.draw(files)))
    shuffled = random.sample(rows, len(rows))
    again = clean(placed(shuffled, data.draw(files)))
    order = [name for name in EVENTS.names() if name not in PLACE]
    for cleaned in (first, again):
        assert cleaned.events.schema == EVENTS
        assert cleaned.events["timestamp"].is_sorted()
    assert first.events.select(order).sort(order).equals(again.events.select(order).sort(order))
    assert first.duplicates == again.duplicates


@settings(max_examples=150, deadline=None)
@given(st.lists(LOG_ROW, max_size=6))
def test_reading_a_log_twice_changes_nothing(rows: list[dict[str, Any]]) -> None:
    telling = [made | {"session_id": "s"} for made in rows]
    once = clean(placed(telling, [0] * len(rows)))
    twice = clean(placed([*telling, *telling], [*[0] * len(rows), *[1] * len(rows)]))
    assert once.events.drop(PLACE).equals(twice.events.drop(PLACE))
    assert sum(twice.duplicates.values()) == sum(once.duplicates.values()) + len(rows)
