"""Read the nested cells of Langfuse exports: usage by kind of token, tags and metadata of traces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import polars as pl

from tokenscan.sources.convert import text
from tokenscan.sources.decoded import mapping, objects
from tokenscan.sources.formats.otel_values import added, whole
from tokenscan.sources.formats.tags import tags_of

COUNTS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "output_tokens",
          "reasoning_tokens")  # fmt: skip
TOLD = ("user", "team", "task_id", "app")
_PLAIN_IN = frozenset({"input", "input_tokens", "prompt", "prompt_tokens"})
_PLAIN_OUT = frozenset({"output", "output_tokens", "completion", "completion_tokens"})
_TOTAL = ("total", "total_tokens")
_NO_USAGE = (None,) * len(COUNTS)
_TICKET = re.compile(r"[A-Z][A-Z0-9]+-[0-9]+")
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)


def usage_fields(details: pl.Series) -> pl.DataFrame:
    """Return COUNTS (text) of a column of usage maps: JSON text, or a Parquet map.

    Langfuse takes cached and reasoning tokens out of ``input`` and ``output`` and keeps them beside; clients that
    count by themselves do not. Where ``total`` is the sum of ``input`` and ``output`` alone, the others are inside.
    """
    rows = [_usage(mapped(value)) for value in _cells(details)]
    return pl.DataFrame(rows, schema=dict.fromkeys(COUNTS, pl.String), orient="row")


def told_fields(tags: pl.Series, metadata: pl.Series) -> pl.DataFrame:
    """Return TOLD of columns of tags (a list of words, some ``key:value``) and metadata (an object)."""
    cells = [*zip(_cells(tags), _cells(metadata), strict=True)]
    # A trace repeats them on each of its steps.
    told = {cell: tags_of(mapped(cell[1])) | _tagged(cell[0]) for cell in set(cells)}
    rows = [[told[cell].get(name) for name in TOLD] for cell in cells]
    return pl.DataFrame(rows, schema=dict.fromkeys(TOLD, pl.String), orient="row")


def mapped(value: Any) -> Mapping[str, Any]:
    """Return JSON text of an object, or of a list of key/value pairs, as an object."""
    value = _decoded(value)
    if isinstance(value, list):
        return {str(pair.get("key")): pair.get("value") for pair in objects(value)}
    return mapping(value)


def _cells(values: pl.Series) -> list[str | None]:
    return text(values).to_list()


def _decoded(value: Any) -> Any:
    """Return what JSON text holds, also where it is JSON text again."""
    for _ in range(2):
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "[", '"'):
            try:
                value = msgspec.json.decode(value)
            except _UNREADABLE:
                return None
    return value


class _Kinds(NamedTuple):
    """Which keys of a usage map are which kind of token."""

    into: tuple[str, ...]
    read: tuple[str, ...]
    write: tuple[str, ...]
    one_hour: tuple[str, ...]
    out: tuple[str, ...]
    thought: tuple[str, ...]
    total: tuple[str, ...]

    def alone(self) -> tuple[str, ...]:
        """Return the keys that a client which counts by itself adds up to its total."""
        return tuple(key for key in (*self.into, *self.out) if key.lower() in _PLAIN_IN | _PLAIN_OUT)


@lru_cache(maxsize=1024)
def _kinds(keys: tuple[str, ...]) -> _Kinds:
    """Sort the keys of a usage map: there are few maps with different keys."""
    plain = {key: key.lower() for key in keys}
    read = [key for key, name in plain.items() if "cached" in name or "cache_read" in name]
    write = [key for key, name in plain.items() if "cache_creation" in name or "cache_write" in name]
    thought = [key for key, name in plain.items() if "reasoning" in name or "thought" in name or "thinking" in name]
    into = [key for key, name in plain.items() if "input" in name or name in _PLAIN_IN or key in (*read, *write)]
    said = [key for key, name in plain.items() if "output" in name or name in _PLAIN_OUT or key in thought]
    return _Kinds(
        into=tuple(into),
        read=tuple(read),
        write=tuple(write),
        one_hour=tuple(key for key in write if plain[key].endswith("1h") or "_1h_" in plain[key]),
        out=tuple(key for key in said if key not in into),
        thought=tuple(thought),
        total=tuple(key for key, name in plain.items() if name in _TOTAL),
    )


def _usage(details: Mapping[str, Any]) -> tuple[str | None, ...]:
    if not details:
        return _NO_USAGE
    kinds = _kinds(tuple(details))
    into, out, alone = kinds.into, kinds.out, kinds.alone()
    total = whole(next((details[key] for key in kinds.total if details[key] is not None), None))
    if total is not None and len(alone) < len(into) + len(out) and _sum(details, alone) == str(total):
        into = tuple(key for key in into if key in alone) or into
        out = tuple(key for key in out if key in alone) or out
    parts = (into, kinds.read, kinds.write, kinds.one_hour, out, kinds.thought)
    return tuple(_sum(details, part) if part else None for part in parts)


def _sum(given: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    told = added(*(given[key] for key in keys))
    return None if told is None else str(told)


def _tagged(words: str | None) -> dict[str, str]:
    """Return what tags tell: ``team:search`` names a field, a ticket number is a task."""
    listed = _decoded(words)
    found = [word.strip() for word in listed if isinstance(word, str)] if isinstance(listed, list) else []
    pairs = (word.replace("=", ":", 1).partition(":") for word in found)
    told = tags_of({key.strip(): value.strip() for key, mark, value in pairs if mark and value.strip()})
    ticket = next((word for word in found if _TICKET.fullmatch(word)), None)
    return ({"task_id": ticket} if ticket else {}) | told
