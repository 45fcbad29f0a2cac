"""Decode lines of Claude Code session files: what is asked for here, everything else is skipped unread."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from tokenscan.sources.convert import MAX_TOKENS
from tokenscan.sources.typed_lines import line_decoder

_NULL = msgspec.Raw(b"null")
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


# One message a line; what is wrong about its counts costs the line, what is wrong elsewhere only the field.
decode_line = line_decoder(Line, (Usage, CacheCreation))
