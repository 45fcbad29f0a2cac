"""The fixture files of every format, samples of published ones, and what is read of a file's bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from tests.paths import ROOT, SHARED
from tokenscan.events.schema import LINKS, RAW
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.convert import MAX_NANOUSD, MAX_TOKENS
from tokenscan.sources.files import LogFile
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.registry import choose
from tokenscan.sources.sniff import probe

FIXTURES = ROOT / "tests" / "unit" / "sources" / "fixtures"
OPTIONS = ReadOptions(latest=datetime(2026, 12, 31, tzinfo=UTC))
# Formats by where their published samples lie; the small ones, for every one is read many times.
_PUBLISHED = {
    "claude-code": ("samples/claude_code/*.jsonl",),
    "codex": ("samples/codex/*.jsonl",),
    "copilot-agent": ("agentv/copilot_agent/832*.jsonl",),
    "copilot-billing": ("copilot_metrics/billing-credits.json",),
    "copilot-metrics": ("copilot_metrics/new-api/*1-day*.json", "samples/copilot/*.json"),
    "gemini-cli": ("entire/native_gemini/f88*.json",),
    "litellm": ("samples/litellm/*.json",),
    "openai-costs": ("samples/openai_usage/costs*.json",),
    "openai-usage": ("samples/openai_usage/usage*.json",),
    "research-trace": ("samples/azure_llm_trace/*.csv", "samples/mooncake_trace/*.jsonl"),
}
_COUNTS = [name for name in RAW if name.endswith("_tokens")] + ["n_requests", "response_chars", "latency_ms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file and the format it is in; ``name`` is its path, which for some formats tells something."""

    format: str
    name: str
    path: Path

    def __str__(self) -> str:
        """Return the name that a test has in a report."""
        return self.name if self.name.startswith(self.format) else f"{self.format}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was read of a file."""

    format: str
    rows: pl.DataFrame
    quarantine: Quarantine

    def rows_at(self, record: int) -> pl.DataFrame:
        return self.rows.filter(pl.col("source_row") == record)

    def rows_beside(self, record: int) -> pl.DataFrame:
        return self.rows.filter(pl.col("source_row") != record).sort("source_row", maintain_order=True)

    def tokens(self) -> int:
        """Return all tokens, those of one call once."""
        spent = self.rows.select("event_id", n=pl.sum_horizontal("input_tokens", "output_tokens"))
        named = spent.drop_nulls("event_id").group_by("event_id").agg(pl.col("n").max())
        return int(named["n"].sum() + spent.filter(pl.col("event_id").is_null())["n"].sum())


def fixtures() -> Iterator[Export]:
    for path in sorted(FIXTURES.rglob("*")):
        if path.is_file():
            name = path.relative_to(FIXTURES).as_posix()
            yield Export(format=name.partition("/")[0], name=name, path=path)


def published() -> Iterator[Export]:
    """Yield published files, none where they are absent."""
    for name, patterns in _PUBLISHED.items():
        for path in sorted(file for pattern in patterns for file in SHARED.glob(pattern)):
            yield Export(format=name, name=path.name, path=path)


def probed(content: bytes, name: str) -> Probe:
    return probe(LogFile(path=Path("-"), name=name, named=True, content=content))


def take(content: bytes, name: str) -> Taken:
    """Read a file of this content, and check what must hold of any rows.

    Raises:
        TokenscanError: it is no log that can be read.
    """
    file = probed(content, name)
    source = choose(file, "auto", OPTIONS)
    quarantine = Quarantine()
    frames = list(source.read(file, OPTIONS, quarantine))
    assert all(frame.schema in (RAW, LINKS) for frame in frames)
    rows = pl.concat([pl.DataFrame(schema=RAW), *(frame for frame in frames if frame.schema == RAW)])
    for column, most in (*((count, MAX_TOKENS) for count in _COUNTS), ("cost_nanousd", MAX_NANOUSD)):
        assert rows[column].drop_nulls().is_between(0, most).all(), column
    assert {file for file, _ in quarantine.counts} <= {name}
    return Taken(format=source.name, rows=rows, quarantine=quarantine)
