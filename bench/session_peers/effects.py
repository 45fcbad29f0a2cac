"""What other programs are known to count otherwise, by name, with the tokens it moves in each of our own logs.

An effect is written as ours less theirs, in the tokens of one unmultiplied copy of the logs. What is left of a
difference once the effects of a program are taken off has no name, and fails the benchmark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from bench.session_peers.counts import Counts, Key
from bench.session_peers.lengthen import ROUNDS

CCUSAGE, TOKSCALE = "ccusage", "tokscale"
_ALL = (CCUSAGE, TOKSCALE)


class Effect(NamedTuple):
    """One thing that ``programs`` count otherwise than we do."""

    name: str
    programs: tuple[str, ...]
    key: Key
    less: Counts


def _times(counts: Counts) -> Counts:
    """Return what ``counts`` come to in a lengthened session."""
    return Counts().plus(counts, ROUNDS)


# The Codex logs are fixtures written by hand; the numbers stand in them.
CODEX: Final = (
    Effect(
        "a Codex call that has no event of its own, only its part in the thread's running total",
        _ALL, Key("codex", "2026-03-02", "gpt-5.5"), _times(Counts(1_000, 12_000, 0, 150)),
    ),
    Effect(
        "a Codex compaction that is recorded but left out of the running total",
        _ALL, Key("codex", "2026-03-03", "gpt-5.5"), _times(Counts(5_000, 15_000, 0, 400)),
    ),
    Effect(
        "Codex cache writes taken for plain input",
        (TOKSCALE,), Key("codex", "2026-03-03", "gpt-5.5"), _times(Counts(-5_000, 0, 5_000, 0)),
    ),
    Effect(
        "a Codex sub-agent whose file begins with a numbered copy of its parent's lines",
        (TOKSCALE,), Key("codex", "2026-03-03", "gpt-5.5"), Counts(3_000, 0, 0, 70),
    ),
)  # fmt: skip


def claude_effects(files: Iterable[Path]) -> list[Effect]:
    """Return the calls of sub-agents that stand in their parent's ``progress`` lines only."""
    own: set[str] = set()
    told: dict[str, tuple[Key, Counts]] = {}
    for message, day, is_progress in _messages(files):
        if not is_progress:
            own.add(message["id"])
            continue
        counts = _counts(message["usage"])
        if message["id"] not in told or counts.output > told[message["id"]][1].output:
            told[message["id"]] = Key("claude", day, message["model"]), counts
    name = "Claude Code sub-agents told of in their parent's progress lines only"
    return [Effect(name, (TOKSCALE,), *row) for id_, row in sorted(told.items()) if id_ not in own]


def _messages(files: Iterable[Path]) -> Iterator[tuple[dict[str, Any], str, bool]]:
    for path in files:
        for text in path.read_bytes().splitlines():
            line = msgspec.json.decode(text)
            is_progress = line.get("type") == "progress"
            told = (line.get("data") or {}).get("message") if is_progress else line
            message = told.get("message") if isinstance(told, dict) else None
            if isinstance(message, dict) and isinstance(message.get("usage"), dict):
                yield message, (told.get("timestamp") or line["timestamp"])[:10], is_progress


def _counts(usage: Mapping[str, int]) -> Counts:
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")
    return Counts(*(usage.get(name) or 0 for name in names))
