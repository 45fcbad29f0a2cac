"""Messages as tracing systems write them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cloud_logs import VALUES
from hypothesis import given

from tokenscan.sources.formats.tracing_messages import answer_of, as_request, one_message

SHAPES: list[Any] = [
    [{"role": "user", "content": "Hello"}],
    [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
    [{"role": "user", "parts": [{"type": "text", "content": "Hello"}]}],
    [{"message.role": "user", "message.content": "Hello"}],
    [{"message": {"role": "user", "content": "Hello"}}],
    [{"message.role": "user",
      "message.contents": [{"message_content.type": "text", "message_content.text": "Hello"}]}],
    [{"message": {"role": "user", "contents": [{"message_content": {"type": "text", "text": "Hello"}}]}}],
    [[{"lc": 1, "id": ["langchain", "HumanMessage"], "kwargs": {"content": "Hello"}}]],
    [{"type": "human", "data": {"content": "Hello"}}],
    [{"type": "human", "content": "Hello"}],
    ["Hello"],
]  # fmt: skip


@pytest.mark.parametrize("messages", SHAPES)
def test_every_shape_becomes_a_chat_request(messages: Any) -> None:
    for form in (messages, json.dumps(messages)):
        told = json.loads(as_request(form) or "")
        assert [message["role"] for message in told] == ["user"]
        assert told[0]["content"] in ("Hello", [{"type": "text", "text": "Hello"}])
    assert json.loads(as_request(messages, "Be brief.") or "")[0] == {"role": "system", "content": "Be brief."}


@pytest.mark.parametrize("messages", SHAPES)
def test_the_text_of_an_answer_in_every_shape(messages: Any) -> None:
    assert answer_of(messages) == ("Hello", None)


@pytest.mark.parametrize(
    "message",
    [
        {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, {"type": "tool_call", "name": "look"}]},
        {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "look"}}, {"name": "leave"}]},
        {"message.role": "assistant", "message.tool_calls": [{"tool_call.function.name": "look"}]},
        {"message": {"role": "assistant", "tool_calls": [{"tool_call": {"function": {"name": "look"}}}]}},
    ],
)
def test_the_first_tool_that_an_answer_calls(message: dict[str, Any]) -> None:
    assert answer_of([message]) == (None, "look")


def test_a_tools_result_is_no_text_of_a_person() -> None:
    parts = [{"type": "tool_call_response", "id": "c", "response": "in Bonn"}]
    assert json.loads(as_request([{"role": "tool", "parts": parts}]) or "")[0]["content"] == [{"type": "tool_result"}]


def test_plain_text_stays_as_it_is() -> None:
    assert as_request("What now?") == "What now?"
    assert as_request(" ") is as_request(None) is as_request([]) is None
    assert answer_of("Four.") == ("Four.", None)
    assert json.loads(one_message({"content": "Hi"}, "user") or "") == {"role": "user", "content": "Hi"}


@given(VALUES)
def test_anything_may_stand_in_their_place(value: Any) -> None:
    for form in (value, [value], [{"content": value, "parts": value, "message": value, "tool_calls": value}]):
        request, (text, tool) = as_request(form, value), answer_of(form)
        assert all(told is None or isinstance(told, str) for told in (request, text, tool))
