"""Claude Code without a screen: what ``claude -p --output-format stream-json`` (or ``json``) prints.

One answer stands in several lines under the provider's message id; it is put together here and is one row. The
``result`` at the end sums up the lines above it and is never added to them; printed alone, it is all there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.decoded import Fields
from tokenscan.sources.documents import record_blocks
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.claude_headless_lines import decode_line
from tokenscan.sources.formats.claude_headless_run import Runs
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.typed_lines import BadLineError, microseconds

_COUNTS = ("timestamp", "input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens",
           "output_tokens", "n_requests")  # fmt: skip
_TEXTS = ("event_id", "session_id", "user", "model", "status", "tool_name", "response", "prompt", "prompt_kind",
          "tokens_quality", "grain")  # fmt: skip
_SCHEMA = {
    ROW: pl.Int64,
    **dict.fromkeys(_COUNTS, pl.Int64),
    **dict.fromkeys(_TEXTS, pl.String),
    "cost_usd": pl.Float64,
}

_INIT = frozenset({"tools", "permissionMode", "apiKeySource", "claude_code_version", "mcp_servers"})
_RESULT = frozenset({"total_cost_usd", "duration_api_ms", "num_turns", "modelUsage"})
# A loop names its files by when a run began: 2026-03-22_15-29-37, 20260322T152937.
_MOMENT = re.compile(r"(?<!\d)(20\d\d)-?(\d\d)-?(\d\d)[T_ -]?(\d\d)[-:_.h]?(\d\d)[-:_.m]?(\d\d)(?!\d)")
_NO_TIME = "no time in the file, nor in its name"


class ClaudeHeadless:
    """Output of headless Claude Code."""

    name = "claude-headless"
    title = "Claude Code headless output (claude -p)"
    family = "claude-code"
    how_to_export = "Keep what `claude -p --output-format stream-json --verbose` prints, the time in the file's name."
    carries: Mapping[str, str] = {"person": "rarely (login in paths)", "text": "answers only", "tasks": "no",
                                  "cost": "results alone"}  # fmt: skip
    clock = "UTC, from the lines of tool results; where there is none, the time in the file's name, taken for UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where any line is one that only headless Claude Code prints, and none is one of a session file."""
        if probe.container not in (Container.JSONL, Container.JSON):
            return 0
        if any("sessionId" in record for record in probe.sample):
            return 0
        return max((_score_record(record) for record in probe.sample), default=0)

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row an answer; a result without answers is one row a model, a sum over calls."""
        runs = Runs(options.latest)

        def frames(rows: Sequence[Fields]) -> Iterator[pl.DataFrame]:
            if rows:
                yield raw_frame(_told(rows), self.name, probe, options, quarantine)

        for lines in record_blocks(probe, quarantine):
            for number, text in lines:
                try:
                    runs.follow(number, decode_line(text))
                except BadLineError as error:
                    quarantine.add(probe.file.name, [number], str(error))
            yield from frames(runs.take())
        quarantine.add(probe.file.name, runs.close(_time_in(probe.file.name, options.latest)), _NO_TIME)
        yield from frames(runs.take())


def _told(rows: Sequence[Fields]) -> pl.DataFrame:
    columns = {name: [row.get(name) for row in rows] for name in _SCHEMA}
    return pl.DataFrame(columns, schema=_SCHEMA).with_columns(
        # Nobody types in a run without a screen.
        app=pl.lit("claude-code"), provider=pl.lit("anthropic"), is_agent=pl.lit(value=True),
        cache_inside_input=pl.lit(value=True),
    )  # fmt: skip


def _score_record(record: Mapping[str, Any]) -> int:
    if "session_id" not in record:
        return 0
    kind, message = record.get("type"), record.get("message")
    sure = {
        "system": record.get("subtype") == "init" and len(_INIT & record.keys()) > 1,
        "stream_event": "parent_tool_use_id" in record and isinstance(record.get("event"), dict),
        "assistant": "parent_tool_use_id" in record and isinstance(message, dict),
        "user": "parent_tool_use_id" in record and isinstance(message, dict),
        "result": "subtype" in record and len(_RESULT & record.keys()) > 1,
    }
    if sure.get(str(kind)):
        return 100
    # Old versions left out whose answer it is.
    return 90 if kind == "assistant" and isinstance(message, dict) and isinstance(message.get("usage"), dict) else 0


def _time_in(name: str, latest: datetime | None) -> int | None:
    """Return the time in a file's name as microseconds since 1970; the last one, where there are two."""
    for match in reversed([*_MOMENT.finditer(name.rpartition("/")[2])]):
        try:
            year, month, day, hour, minute, second = map(int, match.groups())
            return microseconds(datetime(year, month, day, hour, minute, second, tzinfo=UTC), latest)
        except (ValueError, BadLineError):
            continue
    return None
