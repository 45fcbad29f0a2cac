"""Codex CLI without a screen: the event stream that ``codex exec --json`` prints.

It tells of turns, not of calls: what all calls of a thread have used by the end of each turn. The rollout of the same
thread tells of each call; where it is at hand, it is the better log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.decoded import BadRecordError, Fields, read_decoded
from tokenscan.sources.fields import raw_frame
from tokenscan.sources.formats.codex_history import time_in_id
from tokenscan.sources.formats.codex_lines import Tokens
from tokenscan.sources.formats.codex_meter import Meter, Spent
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.typed_lines import BadLineError, line_decoder

_FIELDS = ("event_id", "timestamp", "session_id", "model", "input_tokens", "cache_read_tokens", "cache_write_tokens",
           "output_tokens", "reasoning_tokens", "response")  # fmt: skip


class _Item(msgspec.Struct, gc=False):
    type: str | None = None
    text: str | None = None


class _Line(msgspec.Struct, gc=False):
    type: str | None = None
    thread_id: str | None = None
    model: str | None = None
    item: _Item | None = None
    usage: Tokens | None = None
    # What wrappers that keep the stream add to its lines.
    timestamp: str | int | float | None = None
    ts: str | int | float | None = None
    time: str | int | float | None = None


_decode = line_decoder(_Line, (Tokens,))


class CodexExec:
    """Event streams of ``codex exec --json``."""

    name = "codex-exec"
    title = "Codex CLI exec events"
    family = "codex"
    how_to_export = "Keep what `codex exec --json` prints, one file a run; prefer the rollouts in ~/.codex/sessions."
    carries: Mapping[str, str] = {"person": "no", "text": "answers only", "tasks": "no", "cost": "no"}
    clock = "UTC, from the lines where a wrapper wrote a time, else from the thread's id"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where events of a thread and its turns are found."""
        if probe.container not in (Container.JSONL, Container.JSON):
            return 0
        return max((_score_record(record) for record in probe.sample), default=0)

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a turn: a sum over an unknown number of calls."""
        for told in read_decoded(probe, _FIELDS, _Run().turns, quarantine):
            # How many calls a turn took is not told; nobody sits at a run without a screen.
            frame = told.with_columns(
                app=pl.lit("codex"), provider=pl.lit("openai"), grain=pl.lit("bucket"), n_requests=pl.lit(0),
                cache_inside_input=pl.lit(value=True), is_agent=pl.lit(value=True),
            )  # fmt: skip
            yield raw_frame(frame, self.name, probe, options, quarantine)


def _score_record(record: Mapping[str, Any]) -> int:
    kind = record.get("type")
    if kind == "thread.started" and "thread_id" in record:
        return 100
    usage = record.get("usage")
    return 95 if kind == "turn.completed" and isinstance(usage, dict) and "input_tokens" in usage else 0


class _Run:
    """What is known of a stream so far."""

    def __init__(self) -> None:
        self._thread: str | None = None
        self._meters: dict[str | None, Meter] = {}
        self._time: str | int | float | None = None  # the first one told
        self._model: str | None = None
        self._said: list[str] = []

    def turns(self, record: bytes) -> Iterable[Fields]:
        """Return the turn that a line ends, if any."""
        try:
            line = _decode(record)
        except BadLineError as error:
            raise BadRecordError(str(error)) from None
        time = line.timestamp or line.ts or line.time
        self._time = self._time or time
        self._model = line.model or self._model
        if line.type == "thread.started":
            self._thread = line.thread_id
        elif line.type == "item.completed" and line.item is not None and line.item.type == "agent_message":
            self._said += [line.item.text] if line.item.text else []
        elif line.type == "turn.completed":
            return self._ended(line.usage, time)
        return ()

    def _ended(self, usage: Tokens | None, time: str | int | float | None) -> Iterable[Fields]:
        said, self._said = "\n".join(self._said), []
        began = time_in_id(self._thread)
        moment = time or self._time or (began.isoformat() if began is not None else None)
        if moment is None:
            raise BadRecordError("a turn without a time: neither its lines nor the thread's id tell one")
        # The usage is the thread's so far, also where a later run goes on with it.
        reading = self._meters.setdefault(self._thread, Meter()).count(usage, None)
        if reading is None:
            return ()
        event_id = f"codex-exec:{self._thread or moment}:{reading.mark}"
        told = {"event_id": event_id, "timestamp": moment, "session_id": self._thread, "model": self._model}
        return [told | _counts(reading.spent) | {"response": said or None}]


def _counts(spent: Spent) -> dict[str, int | None]:
    return {
        "input_tokens": spent.input,
        "cache_read_tokens": spent.cached,
        "cache_write_tokens": spent.written,
        "output_tokens": spent.output,
        "reasoning_tokens": spent.reasoning,
    }
