"""The last thing a person said, whatever shape the request has."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.sources.messages import _turn, last_user_turns

USER = {"role": "user", "content": "What is a monad?"}
SYSTEM = {"role": "system", "content": "Be brief."}
CALLS_TOOL = {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "ls", "arguments": "{}"}}]}
CONTEXT = 7783791664570407182  # blake2b, 8 bytes, of system\x1f"Be brief."\x1fnull\x1fnull\x1e
TOOL = {"role": "tool", "tool_call_id": "1", "content": "a.py b.py"}


def turn(value: Any) -> dict[str, Any]:
    text = value if isinstance(value, str) or value is None else json.dumps(value)
    return last_user_turns(pl.Series([text], dtype=pl.String)).row(0, named=True)


def said(value: Any) -> tuple[str | None, str | None]:
    found = turn(value)
    return found["prompt"], found["prompt_kind"]


@pytest.mark.parametrize(
    "request_body",
    [
        [SYSTEM, USER],
        [{"role": "user", "content": [{"type": "text", "text": "What is a monad?"}]}],
        [{"role": "user", "content": ["What is a monad?"]}],
        {"model": "m", "messages": [SYSTEM, USER]},
        {"model": "m", "input": "What is a monad?"},
        {"input": [{"role": "user", "content": [{"type": "input_text", "text": "What is a monad?"}]}]},
        {"prompt": "What is a monad?"},
        {"contents": [{"role": "user", "parts": [{"text": "What is a monad?"}]}]},
        {"messages": [{"role": "user", "content": [{"text": "What is a monad?"}]}]},
        {"url": "http://x", "body": {"messages": [USER]}},
        {"messages": [], "input": "", "prompt": "What is a monad?"},
        USER,
        "What is a monad?",
        json.dumps("What is a monad?"),
        json.dumps(json.dumps([USER])),
        json.dumps({"messages": json.dumps([USER])}),
    ],
)
def test_every_shape_gives_the_persons_words(request_body: Any) -> None:
    assert said(request_body) == ("What is a monad?", None)


@pytest.mark.parametrize(
    "sent",
    [
        [USER, CALLS_TOOL, TOOL],
        [USER, {"role": "assistant", "content": "Let me look."}],
        [USER, CALLS_TOOL, {"role": "user", "content": [{"type": "tool_result", "content": "a.py"}]}],
        [USER, CALLS_TOOL, {"role": "user", "content": [{"toolResult": {"content": [{"text": "a.py"}]}}]}],
        {"input": [USER, {"type": "function_call_output", "call_id": "1", "output": "a.py"}]},
        [USER, TOOL, {"role": "system", "content": "Mind the time."}],
        [
            USER,
            CALLS_TOOL,
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "content": "a.py"},
                    {"type": "text", "text": "<system-reminder>Mind the time.</system-reminder>"},
                ],
            },
        ],
    ],
)
def test_an_agents_step_keeps_the_persons_words_but_is_marked(sent: Any) -> None:
    assert said(sent) == ("What is a monad?", "tool_result")


def test_words_typed_after_a_tools_result_are_the_persons() -> None:
    parts = [{"type": "tool_result", "content": "a.py"}, {"type": "text", "text": "stop"}]
    assert said([USER, CALLS_TOOL, {"role": "user", "content": parts}]) == ("stop", None)


def test_a_clients_own_notice_is_no_prompt() -> None:
    notice = {"role": "user", "content": "<system-reminder>Mind the time.</system-reminder>"}
    assert said([USER, notice]) == ("What is a monad?", None)
    assert said([USER, {"role": "assistant", "content": "ok"}, notice]) == ("What is a monad?", "tool_result")
    assert said([SYSTEM, notice]) == (None, "harness")


def test_what_an_editor_told_is_not_what_was_typed() -> None:
    opened = "<ide_opened_file>The user opened a.py in the IDE.</ide_opened_file>"
    typed = {"role": "user", "content": f"{opened}\nWhat is a monad?"}
    assert said([SYSTEM, typed]) == ("What is a monad?", None)
    assert said([USER, {"role": "user", "content": opened}]) == ("What is a monad?", None)


def test_an_image_alone_is_a_turn_without_text() -> None:
    image = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}
    assert said([USER, {"role": "assistant", "content": "ok"}, image]) == (None, None)


@pytest.mark.parametrize(
    "text", ["", "  ", "{}", "[]", "null", "None", '""', "[1, true, null]", '{"model": "m"}', None]
)
def test_no_text_is_null(text: str | None) -> None:
    assert turn(text) == {"prompt": None, "prompt_kind": None, "context_id": None}


def test_what_a_gateway_writes_for_hidden_text_is_not_text() -> None:
    assert said([{"role": "user", "content": "redacted-by-litellm"}]) == (None, None)
    assert said("redacted-by-litellm") == (None, None)


@pytest.mark.parametrize("text", ["[INST] hi", "{{name}} says hi", '"Fix" this word', "42", "true or false?", "{a: 1}"])
def test_text_that_only_starts_like_json_is_text(text: str) -> None:
    assert said(text) == (text, None)


@pytest.mark.parametrize("text", ['[{"role": "user", "content": "hi', '{"messages": [', '"[{\\"role\\"'])
def test_broken_json_is_not_shown_as_a_prompt(text: str) -> None:
    assert said(text) == (None, None)


def test_half_an_emoji_costs_one_character_only() -> None:
    assert said('[{"role": "user", "content": "nice \\ud83d"}]') == ("nice ?", None)


def test_context_is_what_came_before_however_it_is_written() -> None:
    talk = [SYSTEM, {"role": "user", "content": "Hé"}, {"role": "assistant", "content": "Yes?"}, USER]
    plain = turn(json.dumps(talk))["context_id"]
    assert plain is not None
    assert turn(json.dumps(talk, ensure_ascii=False, indent=2))["context_id"] == plain
    assert turn(json.dumps(json.dumps({"messages": talk})))["context_id"] == plain
    assert turn([*talk[:3], {"role": "user", "content": "another"}])["context_id"] == plain
    assert turn([*talk, CALLS_TOOL, TOOL])["context_id"] == plain
    assert turn([talk[0], talk[3]])["context_id"] not in (None, plain)


def test_context_is_null_where_nothing_came_before() -> None:
    assert turn([USER])["context_id"] is None
    assert turn({"messages": [USER], "system": "Be brief."})["context_id"] is not None
    assert turn({"input": "hi", "previous_response_id": "resp_1"})["context_id"] is not None


def test_rows_keep_their_order_and_repeats_their_answer() -> None:
    frame = last_user_turns(pl.Series("x", [json.dumps([USER]), None, "plain", json.dumps([USER])]))
    assert frame["prompt"].to_list() == ["What is a monad?", None, "plain", "What is a monad?"]
    assert frame.columns == ["prompt", "prompt_kind", "context_id"]
    assert last_user_turns(pl.Series([], dtype=pl.String)).height == 0


def test_context_hash_is_stable_across_versions() -> None:
    assert turn([SYSTEM, USER])["context_id"] == CONTEXT


@pytest.mark.parametrize(
    "hostile",
    [
        "[" * 100_000,
        '{"messages": ' * 5_000,
        '[{"role": "user", "content": ' + "[" * 5_000 + "]" * 5_000 + "}]",
        '"' * 1001,
        '[{"role": {"a": 1}, "content": {"b": 2}}, {"role": 5, "content": true}]',
        '[{"role": "user", "content": [{"type": {"x": 1}, "text": {"y": 2}}, 7, [8], null]}]',
        '{"messages": 7, "input": {"a": 1}, "prompt": true, "body": [[]]}',
        '{"role": "user", "content": NaN}',
        "\x00[{",
    ],
)
def test_hostile_text_is_read_as_nothing_or_as_text(hostile: str) -> None:
    prompts = last_user_turns(pl.Series([hostile, json.dumps([USER])]))["prompt"].to_list()
    assert prompts[0] in (None, hostile)
    assert prompts[1] == "What is a monad?"


def test_a_huge_prompt_is_read_whole() -> None:
    assert turn([{"role": "user", "content": "x" * 5_000_000}])["prompt"] == "x" * 5_000_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["role", "content", "messages", "input", "parts", "type", "text", "body"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(JSON, st.integers(0, 40))
def test_any_json_and_any_cut_of_it_is_survived(value: Any, cut: int) -> None:
    text = json.dumps(value)
    assert last_user_turns(pl.Series([text, text[:cut], json.dumps(text)], dtype=pl.String)).height == 3


BLANKS = st.text(st.sampled_from(" \t\n\r\x0b\x0c\x1c\x1f\x85\u00a0\u2003\u3000\u200b"), max_size=3)
WORDS = st.sampled_from(
    ["null", "NONE", "redacted-by-litellm", "nul", "None of it", '"quoted"', "[note]", "{", "İ", "K"]
)


@given(text=st.builds("{}{}{}".format, BLANKS, WORDS | st.text(max_size=6), BLANKS))
def test_text_that_is_no_json_is_read_as_if_it_might_be(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert last_user_turns(pl.Series([text])).row(0) == tuple(_turn(text))
