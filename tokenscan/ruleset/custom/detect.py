"""Makes candidates of what a rule in SQL or with a filter finds: whose they are, how strong, and what they claim."""

from __future__ import annotations

from typing import Final

import polars as pl

from tokenscan.detectors.base import CLAIM, Detection, Tables, nothing
from tokenscan.ruleset.custom.candidates import candidates_of
from tokenscan.ruleset.custom.defaults import share_of
from tokenscan.ruleset.custom.filters import run_filter
from tokenscan.ruleset.custom.frames import query_tables
from tokenscan.ruleset.custom.plan import default_params, params_frame, plan_query, polars_errors
from tokenscan.ruleset.custom.query import run_query, shortened
from tokenscan.ruleset.custom.subjects import with_subjects
from tokenscan.ruleset.custom.waste import stated_waste, wasted
from tokenscan.ruleset.effective import EffectiveRule

MAX_ROWS: Final = 10_000
_OF_CALLS: Final = ("row_id", "timestamp", "tokens", "cost_nanousd")


def detect(rule: EffectiveRule, tables: Tables) -> Detection:
    """Run a user's own rule over the tables of a log; each row of its result is a candidate.

    Raises RuntimeError or RefusedError where the query fails, or names somebody who is not in the log.
    """
    found = _rows(rule, tables)
    notes = []
    if found.height > MAX_ROWS:
        found = found.head(MAX_ROWS)
        notes.append(f"truncated: only the first {MAX_ROWS:,} rows of its result are findings")
    about = with_subjects(found, tables)
    notes += about.notes
    if about.rows.is_empty():
        return Detection(candidates=nothing().candidates, claims=nothing().claims, notes=tuple(notes))
    rows = about.rows.with_row_index("candidate")
    calls = pl.concat(part.select(_OF_CALLS) for part in (tables.calls, tables.programs, tables.unattributed))
    claimed = _claimed(rule, rows, calls)
    claims = claimed.select(pl.col(name).cast(dtype) for name, dtype in CLAIM.items())
    stated = wasted(claims, calls) if claims.height else stated_waste(rows)
    return Detection(
        candidates=candidates_of(rule, rows, stated, calls), claims=claims, stated=stated, notes=tuple(notes)
    )


def _rows(rule: EffectiveRule, tables: Tables) -> pl.DataFrame:
    """Return the result of the rule's query or filter, one row more than there may be at most."""
    said, frames = rule.rule, query_tables(tables)
    params = params_frame(said.params, rule.values)
    if said.sql is not None:
        return run_query(plan_query(said.sql.query, default_params(said.params)), frames, params, MAX_ROWS + 1)
    assert said.filter is not None
    order = (("tokens", True), *((name, False) for name in said.filter.group_by))
    with polars_errors():
        return shortened(run_filter(said, frames, params), order, MAX_ROWS + 1).collect()


def _claimed(rule: EffectiveRule, rows: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """Return candidate, row_id, level and share of the calls that the rule calls wasted, each once a candidate."""
    part = rule.rule.filter
    share = pl.lit(share_of(part.waste)) if part else pl.col("share") if "share" in rows.columns else pl.lit(1.0)
    if "calls" not in rows.columns or (part is not None and share_of(part.waste) == 0):
        return pl.DataFrame(schema={**CLAIM})
    # What a day held is netted against what single calls claim; see the ledger.
    level = "day" if part is not None and part.table == "user_days" else "row"
    return (
        rows.select("candidate", share.cast(pl.Float64).clip(0, 1).alias("share"), pl.col("calls").alias("row_id"))
        .explode("row_id", empty_as_null=False, keep_nulls=False)
        .with_columns(pl.col("row_id").cast(pl.UInt32, strict=False), pl.lit(level).alias("level"))
        .join(calls.select("row_id"), on="row_id", how="semi")
        .unique(["candidate", "row_id"], keep="first")
        .sort("candidate", "row_id")
    )
