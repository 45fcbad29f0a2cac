"""Decode lines of Codex rollouts: what is asked for here, everything else is skipped unread."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from tokenscan.sources.typed_lines import line_decoder

_NULL = msgspec.Raw(b"null")
# A thread's running total may be far above what any one call may hold.
Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


class Tokens(msgspec.Struct, gc=False):
    """Tokens of a call or of a thread so far; cache reads and writes are part of the input, reasoning of the output."""

    input_tokens: Count | None = None
    cached_input_tokens: Count | None = None
    cache_write_input_tokens: Count | None = None
    output_tokens: Count | None = None
    reasoning_output_tokens: Count | None = None


class Info(msgspec.Struct, gc=False):
    """The payload of a ``token_count`` event."""

    total_token_usage: Tokens | None = None
    last_token_usage: Tokens | None = None
    model: str | None = None


class Git(msgspec.Struct, gc=False):
    """Where the working folder stood when the thread began."""

    branch: str | None = None


class Spawn(msgspec.Struct, gc=False):
    """Which thread started a sub-agent."""

    parent_thread_id: str | None = None


class Subagent(msgspec.Struct, gc=False):
    """What kind of sub-agent a thread is."""

    thread_spawn: Spawn | None = None


class Source(msgspec.Struct, gc=False):
    """What a thread was started by, where that is more than a word."""

    subagent: Subagent | str | None = None


class History(msgspec.Struct, gc=False):
    """Which records at the head of a file belong to another thread."""

    end_ordinal_exclusive: int | str | None = None


class Settings(msgspec.Struct, gc=False):
    """Settings that change within a thread."""

    model: str | None = None
    cwd: str | None = None


class Part(msgspec.Struct, gc=False):
    """One part of a message."""

    type: str | None = None
    text: str | None = None


class Item(msgspec.Struct, gc=False):
    """An item of a thread whose history is kept page by page."""

    type: str | None = None
    content: list[Part] | None = None


class Payload(msgspec.Struct, gc=False):
    """What a line holds, of whichever type it is."""

    type: str | None = None
    id: str | None = None
    session_id: str | None = None
    timestamp: datetime | None = None
    cwd: str | None = None
    originator: str | None = None
    source: Source | str | None = None
    thread_source: str | None = None
    forked_from_id: str | None = None
    parent_thread_id: str | None = None
    model_provider: str | None = None
    git: Git | None = None
    subagent_history_start_ordinal: int | str | None = None
    history_base: History | None = None
    model: str | None = None
    thread_settings: Settings | None = None
    turn_id: str | None = None
    started_at: float | str | None = None
    message: str | None = None
    kind: str | None = None
    item: Item | None = None
    role: str | None = None
    content: list[Part] | None = None
    name: str | None = None
    info: Info | None = None
    response_id: str | None = None
    usage: Tokens | None = None
    thread_token_usage: Tokens | None = None


class Line(msgspec.Struct, gc=False):
    """One line of a rollout; ``ordinal`` counts a thread's lines in newer versions."""

    timestamp: datetime | None = None
    type: str | None = None
    ordinal: int | None = None
    payload: Payload | None = None


decode_line = line_decoder(Line, (Tokens,))
