"""GitHub Copilot CLI and agent: session files ``~/.copilot/session-state/**/events.jsonl``.

Each answer of the model is logged with its output alone; input and cache stand in the summary that closes a stretch of
work (``session.shutdown``), as sums by model. Calls get their share of these; what the summary knows of beyond them,
such as calls of sub-agents, becomes a row of its own. A resumed session has a summary for each stretch, of that only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.decoded import read_decoded
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.copilot_session import EVENT, TYPES, decode_event
from tokenscan.sources.formats.copilot_stretches import calls_of, rest_of, session_fields, with_place
from tokenscan.sources.quarantine import Quarantine


class CopilotAgent:
    """Session files of Copilot's CLI and agent."""

    name = "copilot-agent"
    title = "GitHub Copilot CLI session files"
    family = "copilot"
    how_to_export = "Copy ~/.copilot/session-state from each machine; people are known by their login in the paths."
    carries: Mapping[str, str] = {"person": "login in paths", "text": "yes", "tasks": "git branch", "cost": "no"}
    clock = "UTC, written in the log"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where events of a session are found."""
        if probe.container not in (Container.JSON, Container.JSONL):
            return 0
        return 100 if any(_is_event(record) for record in probe.sample) else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield one RAW frame for the file: calls, and what summaries tell beyond them."""
        frames = list(read_decoded(probe, EVENT, decode_event, quarantine))
        if not frames:
            return
        events = with_place(pl.concat(frames))
        calls = calls_of(events)
        told = pl.concat([calls, rest_of(events, calls)], how="diagonal_relaxed").sort(ROW, maintain_order=True)
        if told.height:
            yield raw_frame(session_fields(told), self.name, probe, options, quarantine)


def _is_event(record: Mapping[str, Any]) -> bool:
    kind = record.get("type")
    known = isinstance(kind, str) and (kind in TYPES or kind.startswith(("session.", "assistant.", "tool.", "hook.")))
    return known and {"data", "id", "timestamp", "parentId"} <= record.keys() and isinstance(record["data"], dict)
