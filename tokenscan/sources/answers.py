"""Read a model's answer, whatever vendor's shape it has: its text, the first tool it calls, its usage."""

from __future__ import annotations

from typing import Any

import msgspec
import polars as pl

from tokenscan.sources.lenient_json import repaired
from tokenscan.sources.messages import REDACTED

ANSWERS = pl.Schema({"response": pl.String, "tool_name": pl.String, "usage": pl.String})
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)
_NULL = msgspec.Raw(b"null")


class _Body(msgspec.Struct, gc=False):
    choices: Any = None
    content: Any = None
    output: Any = None
    usage: msgspec.Raw = _NULL


_BODY = msgspec.json.Decoder(_Body | str | list[Any] | float | int | bool | None)


def answers(responses: pl.Series) -> pl.DataFrame:
    """Return ``response`` (text), ``tool_name`` and ``usage`` (JSON text) of a column of JSON response bodies.

    Read are OpenAI chat completions and responses, and Anthropic messages; text that is no JSON is the answer itself.
    """
    rows = [_answer(text) for text in responses.cast(pl.String)]
    return pl.DataFrame(rows, schema=ANSWERS, orient="row")


def _answer(text: str | None) -> tuple[str | None, str | None, str | None]:
    if not text or text == "{}":
        return None, None, None
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return _shown([text]), None, None
    try:
        return _read(text)
    except _UNREADABLE:
        again = repaired(text)
    try:
        return _read(again) if again is not None else (None, None, None)
    except _UNREADABLE:
        return None, None, None


def _read(text: str | bytes) -> tuple[str | None, str | None, str | None]:
    body = _BODY.decode(text)
    if isinstance(body, str) and body.lstrip()[:1] in ("{", "["):
        body = _BODY.decode(body)
    if not isinstance(body, _Body):
        return (_shown([body]) if isinstance(body, str) else None), None, None
    said, tools = _parts(body)
    usage = bytes(body.usage).decode("utf-8", "replace")
    return _shown(said), next(iter(tools), None), None if usage == "null" else usage


def _shown(said: list[str]) -> str | None:
    text = "\n".join(part for part in said if part.strip())
    return text if text and text.lower() not in REDACTED else None


def _parts(body: _Body) -> tuple[list[str], list[str]]:
    """Return the texts and the names of the tools called, in order."""
    said: list[str] = []
    tools: list[str] = []
    for choice in _objects(body.choices)[:1]:
        message = choice.get("message")
        message = message if isinstance(message, dict) else {"content": choice.get("text")}
        _collect(message.get("content"), said, tools)
        for call in _objects(message.get("tool_calls")):
            _name(call.get("function"), tools)
        _name(message.get("function_call"), tools)
    _collect(body.content, said, tools)
    for item in _objects(body.output):
        _collect(item.get("content"), said, tools)
        if item.get("type") == "function_call":
            _name(item, tools)
    return said, tools


def _collect(content: Any, said: list[str], tools: list[str]) -> None:
    if isinstance(content, str):
        said.append(content)
    for part in _objects(content):
        if part.get("type") in ("tool_use", "server_tool_use"):
            _name(part, tools)
        elif isinstance(part.get("text"), str):
            said.append(part["text"])


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _name(value: Any, tools: list[str]) -> None:
    if isinstance(value, dict) and isinstance(value.get("name"), str) and value["name"]:
        tools.append(value["name"])
