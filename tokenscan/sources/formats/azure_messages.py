"""Put messages together that Azure's log of model calls has cut into rows of about 32 KB."""

from __future__ import annotations

from typing import Any

import msgspec
import polars as pl

_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)
_FULL = 30_000  # characters; a shorter row was not cut for its length


def joined(pieces: pl.Series, wrap: str = "%s") -> pl.Series:
    """Return the messages of each call as one JSON text, from a column of lists of pieces in order.

    ``wrap`` is put around messages that are a JSON array. Null where there are none.
    """
    texts = [_whole(parts) if parts else None for parts in pieces.to_list()]
    return pl.Series(
        pieces.name,
        [wrap % text if text is not None and text.lstrip().startswith("[") else text for text in texts],
        dtype=pl.String,
    )


def _whole(parts: list[str]) -> str:
    """Join pieces that are arrays of messages each, or pieces of one text."""
    if len(parts) == 1:
        return parts[0]
    lists = [_messages(part) for part in parts]
    if any(messages is None for messages in lists):
        return "".join(parts)
    whole: list[Any] = []
    before = ""
    for part, messages in zip(parts, lists, strict=True):
        for place, message in enumerate(messages or []):
            if not place and whole and _goes_on(whole[-1], message, cut=len(before) >= _FULL):
                whole[-1] = {**whole[-1], "content": whole[-1]["content"] + message["content"]}
            else:
                whole.append(message)
        before = part
    return msgspec.json.encode(whole).decode()


def _messages(part: str) -> list[Any] | None:
    try:
        value = msgspec.json.decode(part)
    except _UNREADABLE:
        return None
    return value if isinstance(value, list) else None


def _goes_on(last: Any, message: Any, *, cut: bool) -> bool:
    """Say whether a message continues the one before: it has no role, or the same one after a full row."""
    if not (isinstance(last, dict) and isinstance(message, dict)):
        return False
    if not (isinstance(last.get("content"), str) and isinstance(message.get("content"), str)):
        return False
    role = message.get("role")
    return role is None or (cut and role == last.get("role"))
