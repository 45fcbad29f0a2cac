"""From rows as read to the event log: links followed, every call counted once, each file's part in it said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from tokenscan.errors import InputError
from tokenscan.events.hygiene import clean, settle_cache
from tokenscan.events.links import linked
from tokenscan.events.log import EventLog, FileVerdict, Gathered, SourceCoverage
from tokenscan.events.verdicts import with_counts

_COVERED = ("user", "team", "session_id", "task_id", "model", "prompt_id", "input_tokens", "cost_nanousd", "used",
            "status", "latency_ms")  # fmt: skip


def count(gathered: Gathered, families: Mapping[str, str]) -> EventLog:
    """Return the event log. ``families`` says which formats tell of the same system.

    Raises:
        InputError: no row was read.
    """
    if gathered.rows.is_empty():
        raise InputError(_why_nothing(gathered), hint="`tokenscan inspect` shows each file")
    told = gathered.rows["cache_inside_input"].is_not_null()
    rows = settle_cache(linked(gathered.rows, gathered.links))
    cleaned = clean(rows, families)
    dropped = pl.concat([cleaned.dropped, gathered.dropped])
    by_reason = dict(dropped.group_by("reason").agg(pl.col("n").sum()).iter_rows())
    files = with_counts(gathered.files, rows.with_columns(told.alias("told")), cleaned.events, dropped)
    return EventLog(
        events=cleaned.events,
        prompts=gathered.prompts,
        files=files,
        sources=_coverage(cleaned.events, files),
        duplicates={reason: by_reason[reason] for reason in cleaned.duplicates if by_reason.get(reason)},
        bad_rows=gathered.bad_rows,
        bad_samples=tuple(sorted(gathered.bad_samples, key=lambda bad: (bad.file, bad.row))),
        rows=rows.height + gathered.bad_rows + int(gathered.dropped["n"].sum()),
        broken=gathered.broken,
    )


def _why_nothing(gathered: Gathered) -> str:
    if gathered.bad_samples:
        first = min(gathered.bad_samples, key=lambda bad: (bad.file, bad.row))
        return f"no usable row: {gathered.bad_rows} bad rows, first {first.file}:{first.row}: {first.reason}"
    skipped = [verdict for verdict in gathered.files if verdict.skipped]
    if skipped:
        return f"no usable row: {skipped[0].name}: {skipped[0].skipped}"
    return "no usable row: the files hold no calls"


def _coverage(events: pl.DataFrame, verdicts: Sequence[FileVerdict]) -> tuple[SourceCoverage, ...]:
    shares = events.group_by("source_format").agg(
        pl.len().alias("rows"), *(pl.col(name).is_not_null().mean() for name in _COVERED)
    )
    return tuple(
        SourceCoverage(
            format=row["source_format"],
            files=sum(verdict.format == row["source_format"] for verdict in verdicts),
            rows=row["rows"],
            columns={name.removesuffix("_nanousd").removesuffix("_id"): round(row[name], 4) for name in _COVERED},
        )
        for row in shares.sort("source_format").iter_rows(named=True)
    )
