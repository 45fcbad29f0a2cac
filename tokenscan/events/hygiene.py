"""Count every call once: repeated lines, exact copies, cache conventions, retries.

Logs repeat themselves: streaming clients write one line a content block, resumed sessions copy their history, loggers
write twice, exports overlap. Everything here works on the rows of all files together, so that the result does not
depend on how rows are spread over files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from tokenscan.events.across import ID_REUSE, merge_across_systems, under_one_id
from tokenscan.events.grain import without_sums_of_calls
from tokenscan.events.schema import EVENTS
from tokenscan.events.turns import with_human_turns
from tokenscan.hashing import stable_hash

REASONS = ("same response id", "identical row", "same call in another system", "sum of calls counted one by one")
_ID = ("source_format", "event_id")
# Of rows of one call the last is the largest: a stream's earlier lines, and sums of a day that was not over, are less.
_LARGEST = ("output_tokens", "input_tokens", "n_requests", "cost_nanousd")
RETRY_AFTER_ERROR = pl.duration(seconds=120)
RESEND = pl.duration(seconds=2)
RESENDS_AT_MOST = 5
APART = 0.05  # of the rows with cached tokens
_UNSET = {"is_retry", "is_human_turn", "source_file", "source_row", "event_id"}
_CONTENT = [name for name in EVENTS if name not in _UNSET]
# A row without an id counts as a copy only if it carries something that two real calls would not share.
_DISTINGUISHING = ("prompt_id", "session_id", "latency_ms", "response_id_hash", "context_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanEvents:
    """The event table, and what was dropped from it: ``dropped`` has source_file, reason and n (rows)."""

    events: pl.DataFrame
    dropped: pl.DataFrame

    @property
    def duplicates(self) -> dict[str, int]:
        """Return the number of rows dropped by reason."""
        sums = dict(self.dropped.group_by("reason").agg(pl.col("n").sum()).iter_rows())
        return {reason: sums.get(reason, 0) for reason in REASONS}


def clean(rows: pl.DataFrame, families: Mapping[str, str] | None = None) -> CleanEvents:
    """Return the event table: every call once, flagged, in an order that depends on content only.

    ``rows`` has the ROWS schema; ``families`` says which formats tell of the same system (see ``grain``).
    """
    settled = under_one_id(known_sessions(settle_cache(rows)))
    by_id, repeated = _merge_repeats(settled.filter(pl.col("event_id").is_not_null()))
    by_id, elsewhere = merge_across_systems(by_id)
    anonymous, copies = _drop_copies(settled.filter(pl.col("event_id").is_null()))
    events, sums = without_sums_of_calls(pl.concat([by_id, anonymous]), families or {})
    events = events.sort("timestamp", "user", "event_id", "prompt_id", "source_file", "source_row", nulls_last=True)
    parts = zip(REASONS, (repeated, copies, elsewhere, sums), strict=True)
    dropped = [_by_file(frame, reason) for reason, frame in parts]
    events = with_human_turns(_flag_retries(events)).select(EVENTS.names())
    return CleanEvents(events=events, dropped=pl.concat(dropped).sort("source_file", "reason"))


def _by_file(rows: pl.DataFrame, reason: str) -> pl.DataFrame:
    counts = rows.group_by("source_file").agg(pl.len().cast(pl.Int64).alias("n"))
    return counts.select("source_file", pl.lit(reason).alias("reason"), "n")


def settle_cache(rows: pl.DataFrame) -> pl.DataFrame:
    """Make ``input_tokens`` include cache tokens where a log keeps them apart.

    Where the source does not know, the numbers tell: cache tokens above input cannot be a part of it. Logs that keep
    them apart have such rows all over, so ``APART`` of the rows of a format and vendor that read or wrote a cache
    settle it for all of them; fewer are wrong rows, which must not double everybody's input.
    """
    cache = pl.col("cache_read_tokens").fill_null(0) + pl.col("cache_write_tokens").fill_null(0)
    vendor = pl.coalesce("provider", pl.col("model").str.extract(r"^([A-Za-z]+)")).str.to_lowercase().fill_null("")
    unknown = pl.col("cache_inside_input").is_null()
    telling = (unknown & (cache > pl.col("input_tokens"))).fill_null(value=False)
    cached = (unknown & (cache > 0)).sum()
    apart = (telling.any() & (telling.sum() >= APART * cached)).over("source_format", vendor.alias("vendor"))
    return rows.with_columns(
        pl.when(unknown & apart).then(pl.col("input_tokens") + cache).otherwise("input_tokens").alias("input_tokens"),
        pl.when(unknown).then(~apart).otherwise("cache_inside_input").alias("cache_inside_input"),
    )


def known_sessions(rows: pl.DataFrame) -> pl.DataFrame:
    """Take a session id for the client's where more than one call that succeeded carries it.

    A source tells by what it has read so far; calls of one session may lie in files far apart.
    """
    if not (rows["session_quality"] == "synthetic").any():
        return rows
    made_up = pl.col("session_quality") == "synthetic"
    good = rows.filter(made_up & (pl.col("status") != "error").fill_null(value=True))
    place = ["source_format", "session_id"]
    shared = good.group_by(place).agg(pl.col("event_id").n_unique().alias("calls")).filter(pl.col("calls") > 1)
    found = rows.join(shared, on=place, how="left", maintain_order="left")
    client = pl.lit("client", rows.schema["session_quality"])
    known = pl.when(made_up & pl.col("calls").is_not_null()).then(client).otherwise("session_quality")
    return found.with_columns(known.alias("session_quality")).select(rows.columns)


def _merge_repeats(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep one row per response id of a format, the largest: the partial lines of a stream come first.

    Rows that share an id but not the prompt, or lie hours apart, are different calls: the id is no call id.
    """
    # Few ids occur twice, and only of these it matters where: comparing pairs of columns costs far more.
    shared = pl.col("event_id").is_duplicated()
    candidates = rows.filter(shared)
    twice = pl.struct(_ID).is_duplicated()
    repeated = candidates.filter(twice)
    if repeated.is_empty():
        return rows, repeated
    single = pl.concat([rows.filter(~shared), candidates.filter(~twice)])
    known_user = pl.coalesce("user", pl.col("user").min().over(*_ID))
    known_prompt = pl.coalesce("prompt_id", pl.col("prompt_id").min().over(*_ID))
    ordered = repeated.with_columns(user=known_user, prompt_id=known_prompt).sort(
        *_ID, "user", "prompt_id", "timestamp", "source_file", "source_row", nulls_last=True
    )
    another = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in (*_ID, "user", "prompt_id"))
    much_later = (pl.col("timestamp").diff() > ID_REUSE).fill_null(False)
    keyed = ordered.with_columns((another | much_later).cum_sum().alias("_call"))
    best = _with_tie_break(keyed, ["_call", *_LARGEST, "timestamp"]).sort(
        "_call", *_LARGEST, "timestamp", "_tie", "source_file", "source_row",
        descending=[False, True, True, True, True, False, False, False, False], nulls_last=True,
    )  # fmt: skip
    merged = best.group_by("_call", maintain_order=True).agg(
        pl.col("timestamp").min(),
        pl.col("is_agent").min(),  # a copy in a side conversation must not hide that a person typed it
        pl.col("used").max(),
        pl.exclude("_call", "_tie", "timestamp", "is_agent", "used").first(ignore_nulls=True),
    )
    given_up = best.filter(pl.int_range(pl.len()).over("_call") > 0)
    return pl.concat([single, merged.select(rows.columns)]), given_up.select(rows.columns)


def _with_tie_break(rows: pl.DataFrame, equal: list[str]) -> pl.DataFrame:
    """Add ``_tie``, made of the content of rows that agree in ``equal``: which file holds which must not decide."""
    tied = pl.struct(equal).is_duplicated()
    parts = rows.with_columns(tied.alias("_tie")).partition_by("_tie", include_key=False)
    return pl.concat(
        part.with_columns((_content_hash() if part.select(tied.any()).item() else pl.lit(0, pl.UInt64)).alias("_tie"))
        for part in parts
    )


def _content_hash() -> pl.Expr:
    texts = [pl.col(name).cast(pl.String).fill_null("\x00") for name in _CONTENT]
    return stable_hash(pl.concat_str(texts, separator="\x1f"))


def tells_apart() -> pl.Expr:
    """Say whether a row without an id carries something that two real calls would not share."""
    return pl.any_horizontal(pl.col(name).is_not_null() for name in _DISTINGUISHING)


def _drop_copies(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drop rows without an id that agree in everything, and give the others an id made of their content."""
    if rows.is_empty():
        return rows, rows
    hashed = rows.sort("source_file", "source_row").with_columns(_content_hash().alias("_content"))
    nth = pl.int_range(pl.len()).over("_content")
    copy = (tells_apart() & (pl.col("_nth") > 0)).fill_null(value=False)
    numbered = hashed.with_columns(nth.alias("_nth"))
    kept, copies = numbered.filter(~copy), numbered.filter(copy)
    event_id = pl.concat_str(pl.lit("row-"), pl.col("_content"), pl.lit("-"), pl.col("_nth"))
    return kept.with_columns(event_id.alias("event_id")).select(rows.columns), copies.select(rows.columns)


def _flag_retries(events: pl.DataFrame) -> pl.DataFrame:
    """Flag calls that a client sent again by itself: after an error, or within moments of the same request.

    A chain of quick repeats longer than a client's retry policy is no retry but a loop, and is left unflagged.
    """
    same = ["user", "prompt_id", "context_id"]
    # Neighbours in one sort, not windows: most requests occur once, and a window costs per group.
    ordered = events.with_row_index("_place").sort(*same, "_place")
    alike = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in same)
    gap = pl.when(alike).then(pl.col("timestamp").diff())
    answered = (
        pl.when(pl.col("status").is_not_null()).then(pl.col("status") == "ok").otherwise(pl.col("output_tokens") > 0)
    )
    after_error = ~answered.shift().fill_null(value=True) & (gap <= RETRY_AFTER_ERROR)
    known = pl.col("prompt_id").is_not_null() & pl.col("user").is_not_null() & ~pl.col("is_agent").fill_null(False)
    quick = (gap <= RESEND).fill_null(False)
    chained = ordered.with_columns(quick.alias("_quick"), (~quick).cum_sum().alias("_chain"))
    resend = pl.col("_quick") & (pl.len().over("_chain") <= RESENDS_AT_MOST)
    flagged = chained.with_columns((known & (after_error.fill_null(False) | resend)).alias("is_retry"))
    return flagged.sort("_place").drop("_place", "_quick", "_chain")
