"""Decode Gemini CLI sessions: whole documents and, in newer versions, files of lines that add to or rewrite them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, NamedTuple

import msgspec

from tokenscan.sources.convert import MAX_TOKENS
from tokenscan.sources.lenient_json import repaired
from tokenscan.sources.typed_lines import line_decoder

_NULL = msgspec.Raw(b"null")
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_TOKENS)]
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)


class Tokens(msgspec.Struct, gc=False):
    """Tokens of one call: ``cached`` is part of ``input``; ``thoughts`` and ``tool`` stand beside output and input."""

    input: Count | None = None
    output: Count | None = None
    cached: Count | None = None
    thoughts: Count | None = None
    tool: Count | None = None


class ToolCall(msgspec.Struct, gc=False):
    """A tool that an answer calls."""

    name: str | None = None


class Message(msgspec.Struct, gc=False, rename="camel"):
    """One message of a session."""

    id: str | None = None
    timestamp: datetime | None = None
    type: str | None = None
    content: msgspec.Raw = _NULL
    display_content: msgspec.Raw = _NULL
    model: str | None = None
    tokens: Tokens | None = None
    tool_calls: list[ToolCall] | None = None


class Head(NamedTuple):
    """What a file says of the session as a whole, where it says it."""

    session_id: str | None
    kind: str | None
    folder: str | None


decode_message = line_decoder(Message, (Tokens,))


def decode_record(record: bytes) -> tuple[Head, list[bytes]]:
    """Return what a line or document says of its session, and its messages, undecoded.

    Raises:
        msgspec.MsgspecError, UnicodeError, RecursionError: it is no JSON object that a strict parser takes.
    """
    fields = _OBJECT.decode(record)
    change = fields.get("$set")
    fields |= _OBJECT.decode(change) if change is not None and bytes(change)[:1] == b"{" else {}
    head = Head(_text(fields, "sessionId"), _text(fields, "kind"), next(_folders(fields), None))
    if "messages" in fields:
        return head, _elements(fields["messages"])
    return head, [record] if "type" in fields else []


def texts(content: msgspec.Raw) -> Iterator[str]:
    """Yield the texts of a message's content: a text, a part, or a list of both."""
    start = bytes(content)[:1]
    for value in _elements(content) if start == b"[" else [bytes(content)]:
        part = value
        if value[:1] == b"{":
            part = bytes(_object(value).get("text", _NULL))
        if part[:1] == b'"':
            yield _decoded(part)


def _object(value: bytes) -> dict[str, msgspec.Raw]:
    try:
        return _OBJECT.decode(value)
    except (msgspec.MsgspecError, UnicodeError):  # a key that is no text
        again = repaired(value)
        return {} if again is None else _OBJECT.decode(again)


def _elements(raw: msgspec.Raw) -> list[bytes]:
    return [bytes(value) for value in _LIST.decode(raw)] if bytes(raw)[:1] == b"[" else []


def _text(fields: Mapping[str, msgspec.Raw], name: str) -> str | None:
    raw = bytes(fields.get(name, _NULL))
    return _decoded(raw) or None if raw[:1] == b'"' else None


def _decoded(text: bytes) -> str:
    try:
        return _TEXT.decode(text)
    except (msgspec.MsgspecError, UnicodeError):  # such as half an emoji
        return _TEXT.decode(repaired(text) or b'""')


def _folders(fields: Mapping[str, msgspec.Raw]) -> Iterator[str]:
    for raw in _elements(fields.get("directories", _NULL)):
        if raw[:1] == b'"':
            yield _decoded(raw)
