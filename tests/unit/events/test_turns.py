"""Which calls a person typed, and which an agent, a client or a gateway sent on their behalf."""

from __future__ import annotations

from typing import Any

import pytest
from event_rows import frame, row

from tokenscan.events.turns import with_human_turns, with_session_key

CLIENT = {"session_quality": "client"}
SESSION = CLIENT | {"session_id": "s"}


def turns(*rows: dict[str, Any]) -> list[int]:
    """Return which calls, by place, are a person's; those that name no other session are of one."""
    found = with_human_turns(frame(*(SESSION | made | CLIENT for made in rows)))
    assert "session_key" not in found.columns
    return [place for place, typed in enumerate(found["is_human_turn"]) if typed]


def sessions(*rows: dict[str, Any]) -> list[int]:
    """Return the number of each call's session, in the order they begin."""
    keys = with_session_key(frame(*rows))["session_key"].to_list()
    return [list(dict.fromkeys(keys)).index(key) for key in keys]


def test_where_nothing_speaks_for_an_agent_every_call_is_a_turn() -> None:
    assert turns(row(0), row(1), row(2, status="error"), row(3)) == [0, 1, 2, 3]
    assert turns(row(0, prompt_id=1), row(1, prompt_id=2), row(30, prompt_id=2)) == [0, 1, 2]


@pytest.mark.parametrize("sign", [{"cache_read_tokens": 9}, {"tool_name": "edit"}, {"prompt_kind": "tool_result"}])
def test_in_an_agents_session_a_turn_is_the_first_call_or_one_after_a_pause(sign: dict[str, Any]) -> None:
    seconds = [0, 10, 34.9, 60, 84.9, 500]
    rows = [row(second, prompt_id=place, prompt_kind="human") for place, second in enumerate(seconds)]
    assert turns(*rows) == [0, 1, 2, 3, 4, 5]
    # One sign anywhere in the session is enough; it stands on the second call, which is a step itself.
    assert turns(rows[0], rows[1] | sign, *rows[2:]) == [0, 3, 5]


def test_no_sign_is_none() -> None:
    rows = [row(second, cache_read_tokens=0, tool_name=None, prompt_kind=None) for second in range(3)]
    assert turns(*rows) == [0, 1, 2]


def test_another_session_or_person_is_not_touched_by_an_agent() -> None:
    agent = [row(second, tool_name="edit") for second in (0, 5)]
    elsewhere = [row(second, session_id="t") for second in (1, 6)]
    somebody = [row(second, user="bob") for second in (2, 7)]
    rows = sorted([*agent, *elsewhere, *somebody], key=lambda made: made["timestamp"])
    assert turns(*rows) == [0, 1, 2, 4, 5]


@pytest.mark.parametrize("pause", [1, 24, 26, 5000])
@pytest.mark.parametrize("kind", ["tool_result", "harness"])
def test_a_tools_result_or_a_clients_notice_is_never_a_turn(pause: int, kind: str) -> None:
    assert turns(row(0), row(pause, prompt_kind=kind)) == [0]
    assert turns(row(0), row(pause, prompt_kind=kind, is_agent=False)) == [0]


def test_a_command_that_a_person_chose_is_a_turn() -> None:
    assert turns(row(0, prompt_kind="command"), row(1, prompt_kind="human"), row(2)) == [0, 1, 2]


def test_an_explicit_marker_goes_before_every_sign() -> None:
    signs = {"tool_name": "edit", "cache_read_tokens": 5, "prompt_id": 1}
    assert turns(row(0, **signs), row(1, **signs, is_agent=False), row(2, **signs, is_agent=True)) == [0, 1]
    assert turns(row(0), row(5000, is_agent=True)) == [0]


def test_the_same_prompt_above_a_growing_context_is_one_turn() -> None:
    steps = [row(10 * place, prompt_id=7, input_tokens=1000 * (place + 1)) for place in range(4)]
    assert turns(*steps) == [0]
    assert turns(*(step | {"prompt_id": place} for place, step in enumerate(steps))) == [0, 1, 2, 3]
    assert turns(*(step | {"input_tokens": 1000} for step in steps)) == [0, 1, 2, 3]
    assert turns(*(step | {"input_tokens": None} for step in steps)) == [0, 1, 2, 3]


def test_slow_steps_of_an_agent_that_calls_tools_are_one_turn_too() -> None:
    steps = [row(90 * place, prompt_id=7, input_tokens=1000 * (place + 1), tool_name="run") for place in range(4)]
    assert turns(*steps) == [0]
    assert turns(*(step | {"prompt_id": place} for place, step in enumerate(steps))) == [0, 1, 2, 3]


def test_a_request_sent_again_after_a_pause_is_a_turn_again() -> None:
    assert turns(row(0, prompt_id=7, input_tokens=10), row(200, prompt_id=7, input_tokens=400)) == [0, 1]


def test_a_session_is_the_clients_and_a_persons() -> None:
    rows = [row(0), row(99_999), row(99_999, user="bob"), row(99_999, session_id="t")]
    rows = [SESSION | made | CLIENT for made in rows]
    assert sessions(*rows) == [0, 0, 1, 2]


def test_without_a_clients_session_calls_less_than_ten_minutes_apart_belong_together() -> None:
    assert sessions(row(0), row(600), row(1200), row(1800.1), row(1900)) == [0, 0, 0, 1, 1]
    assert sessions(row(0, app="web"), row(1, app="cli"), row(2, user="bob"), row(3, app="web")) == [0, 1, 2, 0]
    synthetic = {"session_quality": "synthetic"}
    assert sessions(row(0, session_id="1", **synthetic), row(9, session_id="2", **synthetic)) == [0, 0]


def test_names_that_only_read_alike_are_different_sessions() -> None:
    assert sessions(row(0, user="ann", app="1"), row(1, user="ann1", app=None)) == [0, 1]
    assert sessions(row(0, user="a/b", **SESSION | {"session_id": "c"}), row(1, user="a", **SESSION | {
        "session_id": "b/c"})) == [0, 1]  # fmt: skip
    many = [row(700 * place, user="ann", app="1") for place in range(3)]
    assert sessions(*many, row(2000, user="ann", app="11")) == [0, 1, 2, 3]
