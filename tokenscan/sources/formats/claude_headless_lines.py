"""Decode lines that ``claude -p --output-format stream-json`` prints: what is asked for here, all else is skipped."""

from __future__ import annotations

from datetime import datetime

import msgspec

from tokenscan.sources.formats.claude_lines import CacheCreation, Count, Usage
from tokenscan.sources.typed_lines import line_decoder

NULL = msgspec.Raw(b"null")


class Block(msgspec.Struct, gc=False):
    """One content block: text, thinking, a tool call or a tool's result."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    name: str | None = None
    input: msgspec.Raw = NULL


class Message(msgspec.Struct, gc=False):
    """A message as sent to or received from the model; ``stop_reason`` is there once it has ended."""

    id: str | None = None
    model: str | None = None
    content: str | list[Block | str] | None = None
    stop_reason: str | None = None
    usage: Usage | None = None


class Event(msgspec.Struct, gc=False):
    """An event of the provider's stream: ``message_start`` and ``message_delta`` tell of usage."""

    type: str | None = None
    message: Message | None = None
    usage: Usage | None = None


class Line(msgspec.Struct, gc=False):
    """One line; the usage of a ``result`` sums up the lines above it and is left undecoded here."""

    type: str | None = None
    subtype: str | None = None
    uuid: str | None = None
    session_id: str | None = None
    parent_tool_use_id: str | None = None
    timestamp: datetime | None = None
    cwd: str | None = None
    is_synthetic: bool | None = msgspec.field(default=None, name="isSynthetic")
    message: Message | str | None = None
    event: Event | None = None
    total_cost_usd: float | None = None
    usage: msgspec.Raw = NULL
    model_usage: msgspec.Raw = msgspec.field(default=NULL, name="modelUsage")


class ModelTotal(msgspec.Struct, gc=False, rename="camel"):
    """What all calls of one model have used by the end of a run; ``input_tokens`` leaves cache reads and writes out."""

    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    cost: float | None = msgspec.field(default=None, name="costUSD")


decode_line = line_decoder(Line, (Usage, CacheCreation))
