"""Decode lines of Claude Code session files: what is asked for here, everything else is skipped unread."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated, Any, TypeVar, get_args

import msgspec

from tokenscan.sources.convert import MAX_TOKENS
from tokenscan.sources.lenient_json import repaired

_NULL, _SOMETHING = msgspec.Raw(b"null"), msgspec.Raw(b"{}")
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_TOKENS)]


class CacheCreation(msgspec.Struct, gc=False):
    """Cache writes by lifetime."""

    ephemeral_1h_input_tokens: Count | None = None


class Usage(msgspec.Struct, gc=False):
    """Tokens of one call; ``input_tokens`` leaves cache reads and writes out."""

    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation: CacheCreation | None = None


class Part(msgspec.Struct, gc=False):
    """One content block: text, an image, a tool call or a tool's result."""

    type: str | None = None
    text: str | None = None
    name: str | None = None


class Message(msgspec.Struct, gc=False):
    """A message as sent to or received from the model."""

    id: str | None = None
    model: str | None = None
    content: str | list[Part | str] | None = None
    usage: Usage | None = None


class Report(msgspec.Struct, gc=False, rename="camel"):
    """What a sub-agent did, as its parent's ``progress`` line tells it."""

    message: Message | str | None = None
    timestamp: datetime | None = None
    request_id: str | None = None


class Progress(msgspec.Struct, gc=False):
    """The payload of a ``progress`` line."""

    message: Report | str | None = None


class Line(msgspec.Struct, gc=False, rename="camel"):
    """One line of a session file."""

    type: str | None = None
    uuid: str | None = None
    parent_uuid: str | None = None
    session_id: str | None = None
    timestamp: datetime | None = None
    cwd: str | None = None
    git_branch: str | None = None
    request_id: str | None = None
    is_sidechain: bool | None = None
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    is_api_error_message: bool | None = None
    cost_usd: float | None = msgspec.field(default=None, name="costUSD")
    tool_use_result: msgspec.Raw = _NULL
    message: Message | str | None = None
    data: Progress | None = None


class BadLineError(Exception):
    """A line that cannot be read; the message says why in plain words."""


S = TypeVar("S", bound=msgspec.Struct)
_LINE = msgspec.json.Decoder(Line)
_BOM = b"\xef\xbb\xbf"


def decode_line(line: bytes) -> Line:
    """Return one decoded line; fields of a wrong type are left out.

    Raises:
        BadLineError: the line is no JSON object, or its token counts are no counts.
    """
    try:
        return _LINE.decode(line)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    try:
        document = _document(line)
    except RecursionError:
        raise BadLineError("JSON nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeError):
        raise BadLineError("not valid JSON") from None
    if not isinstance(document, dict):
        raise BadLineError("not a JSON object")
    return _fitted(document, Line)


def _document(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeError):
        again = repaired(line.removeprefix(_BOM))
        if again is None:
            raise
        return msgspec.json.decode(again)


def _fitted(document: dict[str, Any], kind: type[S]) -> S:
    """Return ``document`` as a ``kind``; what does not fit its field is left out, one field at a time."""
    kept: dict[str, Any] = {}
    for field in _fields(kind):
        if field.encode_name not in document:
            continue
        value = document[field.encode_name]
        if field.type is msgspec.Raw:
            kept[field.name] = _NULL if value is None else _SOMETHING
            continue
        try:
            kept[field.name] = msgspec.convert(value, field.type, strict=False)
        except (msgspec.ValidationError, RecursionError):
            nested = next((part for part in get_args(field.type) if _is_struct(part)), None)
            if kind in (Usage, CacheCreation) or (nested is Usage and not isinstance(value, dict)):
                raise BadLineError(f"{field.name} is not a usable number") from None
            if nested is not None and isinstance(value, dict):
                kept[field.name] = _fitted(value, nested)
    return kind(**kept)


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(kind)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
