"""Make long sessions of short Codex fixtures: what follows the head is repeated, times, ids and totals going on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

ROUNDS: Final = 12
_APART: Final = timedelta(minutes=10)
_TOTALS: Final = ("total_token_usage", "thread_token_usage")
# Forks and copies begin as the first round does, so they stay as they are.
LENGTHENED: Final = ("000000000001", "000000000003", "000000000004")


def lengthened(text: bytes) -> bytes:
    """Return a rollout whose lines after its heads come ``ROUNDS`` times."""
    lines = [msgspec.json.decode(line) for line in text.splitlines()]
    heads = [line for line in lines if line["type"] == "session_meta"]
    body = [line for line in lines if line["type"] != "session_meta"]
    ends = {name: _last(body, name) for name in _TOTALS}
    rounds = [_moved(line, number, ends, len(body)) for number in range(ROUNDS) for line in body]
    return b"".join(msgspec.json.encode(line) + b"\n" for line in heads + rounds)


def _last(value: Any, name: str) -> dict[str, int]:
    """Return the last running total in nested values."""
    found: dict[str, int] = {}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        found = _last(part, name) or found
    return value[name] if isinstance(value, dict) and name in value else found


def _moved(value: Any, number: int, ends: dict[str, dict[str, int]], lines: int) -> Any:
    """Return nested values as they are in round ``number``."""
    if isinstance(value, list):
        return [_moved(part, number, ends, lines) for part in value]
    if not isinstance(value, dict):
        return value
    moved = {name: _moved(part, number, ends, lines) for name, part in value.items()}
    for name in _TOTALS:
        if isinstance(moved.get(name), dict):
            moved[name] = {field: count + number * ends[name].get(field, 0) for field, count in moved[name].items()}
    for name, later in _LATER.items():
        if moved.get(name) is not None:
            moved[name] = later(moved[name], number)
    if "ordinal" in moved:
        moved["ordinal"] += number * lines
    return moved


def _time(time: str, number: int) -> str:
    moment = datetime.fromisoformat(time) + number * _APART
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def _turn(name: str, number: int) -> str:
    """Return a later turn's id, which carries its time."""
    milliseconds = int(name[:8] + name[9:13], 16) + number * int(_APART.total_seconds()) * 1000
    return f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}{name[13:]}"


_LATER: Final[dict[str, Callable[[Any, int], Any]]] = {
    "timestamp": _time,
    "turn_id": _turn,
    "response_id": lambda name, number: f"{name}r{number}",
    "compaction_response_id": lambda name, number: f"{name}r{number}",
    "started_at": lambda second, number: second + number * int(_APART.total_seconds()),
}
