"""The values that travel through the generator: what is asked (``Turn``) and what the log records (``Call``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One prompt before it has a time: its text, its size and whether the answer was acted on."""

    prompt: str
    tokens: int  # fresh tokens: uncached input and output
    used: bool | None


Session = tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One row of the chat assistant's export."""

    at: datetime
    user: str
    session_id: str
    app: str
    model: str
    prompt: str
    input_tokens: int
    cache_read_tokens: int
    output_tokens: int
    latency_ms: int
    ok: bool
    used: bool | None
    task_id: str | None
