"""Published traces of LLM services: times and token counts of single requests, no people and no text.

Two of them count time from their own beginning. Their first moment is set to ANCHOR, which is no real date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.repeats import stable_id
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import read_records

ANCHOR = datetime(2024, 1, 1, tzinfo=UTC)
_LONGEST_S = 10 * 366 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trace:
    """A published trace: its columns by field, and how many of its units of time make a second (0: real dates)."""

    name: str
    fields: Mapping[str, str]
    also: tuple[str, ...] = ()  # optional columns that tell rows apart
    per_second: float = 0


_TRACES = (
    _Trace(
        name="azure",
        fields={"timestamp": "TIMESTAMP", "input_tokens": "ContextTokens", "output_tokens": "GeneratedTokens"},
    ),
    _Trace(
        name="burstgpt",
        fields={"timestamp": "Timestamp", "model": "Model", "input_tokens": "Request tokens",
                "output_tokens": "Response tokens", "app": "Log Type"},
        also=("Session ID", "Elapsed time", "Total tokens"),
        per_second=1,
    ),
    _Trace(
        name="mooncake",
        fields={"timestamp": "timestamp", "input_tokens": "input_length", "output_tokens": "output_length"},
        also=("hash_ids",),
        per_second=1000,
    ),
)  # fmt: skip


class ResearchTrace:
    """BurstGPT, Azure LLM inference and Mooncake traces."""

    name = "research-trace"
    title = "Research traces (BurstGPT, Azure LLM inference, Mooncake)"
    family = "trace"
    how_to_export = "Download the published CSV or JSONL files; they are for load tests, and hold no people."
    carries: Mapping[str, str] = {"person": "no", "text": "no", "tasks": "no", "cost": "no"}
    clock = "Azure: UTC assumed; BurstGPT and Mooncake: relative, begun at 2024-01-01 00:00 UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where all columns of a known trace are found."""
        return 100 if _trace_of(probe) is not None else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a request."""
        trace = _trace_of(probe) or _TRACES[0]
        numbers = _Numbers()
        for frame in read_records(probe, (*trace.fields.values(), *trace.also), quarantine):
            missing = [pl.lit(None, pl.String).alias(name) for name in (*trace.fields.values(), *trace.also)
                       if name not in frame.columns]  # fmt: skip
            logged = _fields(frame.with_columns(missing), trace, numbers)
            yield raw_frame(logged, self.name, probe, options, quarantine)


def _trace_of(probe: Probe) -> _Trace | None:
    found = (trace for trace in _TRACES if probe.columns >= set(trace.fields.values()))
    # ``timestamp`` and lengths alone are anybody's; the blocks of a prefix cache are Mooncake's.
    return next((trace for trace in found if trace.name != "mooncake" or "hash_ids" in probe.columns), None)


def _fields(frame: pl.DataFrame, trace: _Trace, numbers: _Numbers) -> pl.DataFrame:
    texts = frame.select(ROW, *(convert.text(frame[name]) for name in (*trace.fields.values(), *trace.also)))
    named = texts.select(ROW, *(pl.col(column).alias(field) for field, column in trace.fields.items()))
    if trace.per_second:
        named = named.with_columns(timestamp=_from_anchor(named["timestamp"], trace.per_second))
    alike = stable_id(trace.name, [pl.col(name) for name in texts.columns if name != ROW])
    named = named.with_columns(event_id=numbers.numbered(texts.select(alike).to_series(), named["timestamp"]))
    if trace.name != "burstgpt":
        return named
    session = texts["Session ID"]
    failed = convert.number(named["output_tokens"]) == 0
    return named.with_columns(
        session_id=session.set(convert.number(session) < 0, None),
        latency_s=texts["Elapsed time"],
        status=pl.select(pl.when(failed).then(pl.lit("error")).otherwise(pl.lit("ok"))).to_series(),
    )


def _from_anchor(times: pl.Series, per_second: float) -> pl.Series:
    seconds = convert.number(times) / per_second
    usable = pl.when(pl.col("v").is_between(0, _LONGEST_S)).then(pl.col("v"))
    micros = (usable * 1_000_000).round().cast(pl.Int64)
    moment = pl.lit(ANCHOR).dt.cast_time_unit("us") + micros.cast(pl.Duration("us"))
    return seconds.to_frame("v").select(moment.alias("timestamp")).to_series()


class _Numbers:
    """Numbers the rows of a file that are alike: requests of one moment and size are several, not one written twice."""

    def __init__(self) -> None:
        self._last = pl.DataFrame(schema={"id": pl.String, "moment": pl.String})

    def numbered(self, ids: pl.Series, moments: pl.Series) -> pl.Series:
        """Return ids that tell apart rows alike; a moment may go on in the next block, so its ids are remembered."""
        rows = pl.DataFrame({"id": ids, "moment": moments.cast(pl.String)})
        known = pl.concat([self._last, rows])
        nth = pl.int_range(pl.len()).over("id").alias("nth")
        numbered = known.select(pl.concat_str("id", pl.lit("-"), nth)).to_series()
        self._last = known.filter(pl.col("moment").eq_missing(pl.col("moment").last()))
        return numbered.tail(rows.height)
