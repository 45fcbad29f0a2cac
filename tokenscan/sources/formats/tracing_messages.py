"""Bring the messages of tracing systems into the shape of a chat request, and read the text of their answers.

OpenTelemetry has ``parts`` with ``content``, OpenInference dotted keys, LangChain serialised objects in lists of lists.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from tokenscan.sources.decoded import mapping, objects

_ROLES = {
    "human": "user", "humanmessage": "user", "humanmessagechunk": "user", "generic": "user",
    "ai": "assistant", "aimessage": "assistant", "aimessagechunk": "assistant", "model": "assistant",
    "systemmessage": "system", "toolmessage": "tool", "functionmessage": "tool", "function": "tool",
}  # fmt: skip
_RESULTS = frozenset({"tool_call_response", "tool_result", "function_call_output", "tool-result"})
_CALLS = frozenset({"tool_call", "tool_use", "function_call", "tool-call"})
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)


def decoded(value: Any) -> Any:
    """Return what JSON text holds; anything else, text that is no JSON among it, as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return msgspec.json.decode(value)
    except _UNREADABLE:
        return value


def as_request(messages: Any, instructions: Any = None) -> str | None:
    """Return messages as the JSON text of a chat request; None where there are none. Plain text stays plain text."""
    messages = decoded(messages)
    if isinstance(messages, str):
        return messages if messages.strip() else None
    system = [{"role": "system", "content": instructions}] if instructions else []
    found = [_plain(message) for message in flat(messages)]
    told = [*system, *(message for message in found if message)]
    return _encoded(told) if found else None


def one_message(message: Any, role: str) -> str | None:
    """Return a message as JSON text, of ``role`` where it says none itself."""
    body = message if isinstance(message, dict) else {"content": message}
    plain = _plain({"role": role, **body})
    return _encoded(plain) if plain else None


def _encoded(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (UnicodeError, OverflowError):  # half an emoji, a number of 30 digits
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()


def answer_of(messages: Any) -> tuple[str | None, str | None]:
    """Return the text of a model's messages and the first tool that they call."""
    messages = decoded(messages)
    if isinstance(messages, str):
        return messages if messages.strip() else None, None
    texts: list[str] = []
    tools: list[str] = []
    for message in flat(messages):
        inner = _inner(message)
        content = _content(inner)
        parts = [content] if isinstance(content, str) else content
        for part in parts if isinstance(parts, list) else []:
            told = part if isinstance(part, str) else _text(part)
            texts += [told] if told and _kind(part) not in ("reasoning", "thinking", *_CALLS, *_RESULTS) else []
            tools += _names(part) if _kind(part) in _CALLS else []
        for call in objects(inner.get("tool_calls")) + objects(inner.get("message.tool_calls")):
            tools += _names(call)
    return "\n".join(text for text in texts if text.strip()) or None, next(iter(tools), None)


def flat(messages: Any) -> Iterator[Any]:
    """Yield single messages of lists of messages, however deep they are."""
    messages = decoded(messages)
    if isinstance(messages, list):
        for message in messages:
            yield from flat(message)
    elif messages is not None:
        yield messages


def _inner(message: Any) -> dict[str, Any]:
    """Return the object that holds role and content: tracers wrap it."""
    if isinstance(message, str):
        return {"content": message}
    if not isinstance(message, dict):
        return {}
    for key in ("message", "kwargs", "data"):
        if isinstance(message.get(key), dict):
            kind = message.get("id")
            name = kind[-1] if isinstance(kind, list) and kind else message.get("type") or message.get("role")
            return {"type": name, **message[key]}
    return message


def _plain(message: Any) -> dict[str, Any] | None:
    inner = _inner(message)
    content = _content(inner)
    if isinstance(content, list):
        content = [part for part in map(_part, content) if part]
    if content is None and not inner:
        return None
    named = (inner.get("role"), inner.get("message.role"), inner.get("type"))
    role = next((name.lower() for name in named if isinstance(name, str) and name), "user")
    return {"role": _ROLES.get(role, role), "content": content}


def _content(inner: dict[str, Any]) -> Any:
    for key in ("content", "message.content", "parts", "contents", "message.contents", "text"):
        if inner.get(key) is not None:
            content = inner[key]
            unpacked = decoded(content)
            # Text that happens to be JSON is text; a list of parts is how tracers write several.
            parts = isinstance(unpacked, list) and unpacked and all(_kind(part) for part in unpacked)
            return unpacked if parts or isinstance(content, list) else content
    return None


def _part(part: Any) -> dict[str, Any] | None:
    if _kind(part) in _RESULTS:
        return {"type": "tool_result"}
    text = part if isinstance(part, str) else _text(part)
    if text is not None:
        return {"type": "text", "text": text}
    return {"type": _kind(part)} if isinstance(part, dict) and _kind(part) not in _CALLS else None


def _kind(part: Any) -> str | None:
    body = mapping(part)
    inner = mapping(body.get("message_content"))
    kind = body.get("type") or body.get("message_content.type") or inner.get("type")
    return kind if isinstance(kind, str) else None


def _text(part: Any) -> str | None:
    body = mapping(part)
    inner = mapping(body.get("message_content"))
    told = (body.get("text"), body.get("content"), body.get("message_content.text"), inner.get("text"))
    return next((text for text in told if isinstance(text, str)), None)


def _names(call: Any) -> list[str]:
    body = mapping(mapping(call).get("tool_call")) or mapping(call)
    names = (body.get("name"), mapping(body.get("function")).get("name"), body.get("tool_call.function.name"))
    return [name for name in names if isinstance(name, str) and name][:1]
