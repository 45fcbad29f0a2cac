"""What a detector is given and what it returns.

A detector module offers ``Params`` (a frozen dataclass, one field a parameter of its rule file) and
``detect(tables, params)``. It is found by its file name: rule ``personal-spike`` runs ``personal_spike.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import polars as pl

from tokenscan.context.model import Context
from tokenscan.events.schema import TIMESTAMP, ColumnTypes

CONFIDENCE = pl.Enum(["low", "medium", "high"])
SUBJECT = pl.Enum(["user", "team", "organisation", "account", "prompt"])
LEVEL = pl.Enum(["row", "day", "window"])

# One row a candidate. ``metrics`` (a struct, fields of the detector's own) comes on top: its fields fill the rule's
# message and the finding's evidence. ``strength`` is 0.5 at the threshold and 1 far beyond, before corroboration, which
# may lower it. A ``cleared`` candidate crossed the threshold with an innocent reason: it is told, never held against.
_CANDIDATE: ColumnTypes = {
    "candidate": pl.UInt32,  # number within the detector, from 0; claims refer to it
    "subject": SUBJECT,
    "user": pl.String,
    "team": pl.String,
    "value": pl.Float64,  # in the rule's unit
    "threshold": pl.Float64,
    "n": pl.Int64,  # observations behind the value
    "strength": pl.Float64,
    "confidence": CONFIDENCE,
    "cleared": pl.Boolean,
    "first_seen": TIMESTAMP,
    "last_seen": TIMESTAMP,
    "compared_with": pl.String,
    "against": pl.List(pl.String),  # what speaks for the person, in words
    "samples": pl.List(pl.UInt32),  # row_id of up to three calls to look at
}
CANDIDATE = pl.Schema(_CANDIDATE)

# Which calls a candidate says were wasted, and how much of each (share, 0 to 1). ``level`` orders the ledger: single
# rows first, then what a day held beyond normal, then what a window did.
_CLAIM: ColumnTypes = {"candidate": pl.UInt32, "row_id": pl.UInt32, "level": LEVEL, "share": pl.Float64}
CLAIM = pl.Schema(_CLAIM)
STATED = pl.Schema({"candidate": pl.UInt32, "requests": pl.Int64, "tokens": pl.Int64, "cost_nanousd": pl.Int64})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Everything a detector may look at; built once, shared by all (see ``tokenscan.detectors.common.tables``).

    * ``calls``: one row a call of a known person, sorted by user and time, see ``tables.CALL_COLUMNS``.
    * ``days``: one row a person and active local day, with the person's normal and the common mode removed.
    * ``typed``: one row a prompt that a person typed, with what followed from it; ``steps``: the calls that did (user,
      row_id, exchange). See ``tokenscan.detectors.common.exchanges``.
    * ``people``: one row a person (automation and service accounts are not among them).
    * ``programs``: calls like ``calls``, of accounts that are no people; ``accounts``: these (user, why).
    * ``unattributed``: calls like ``calls``, of nobody known; only users' own rules look at them.
    * ``passages``: one row a prompt and passage of it (prompt_id, passage), see ``tokenscan.prompts.passages``.
    * ``context``: people, outcomes, calendar as the user gave them.
    * ``has``: columns and context that the input really carries, e.g. "prompt", "session_id", "used", "outcomes".
    * ``models``: what the log's models cost and what could stand in for them, see ``tokenscan.pricing.tiers.MODELS``.
    """

    calls: pl.DataFrame
    days: pl.DataFrame
    steps: pl.DataFrame
    typed: pl.DataFrame
    people: pl.DataFrame
    programs: pl.DataFrame
    accounts: pl.DataFrame
    context: Context
    has: frozenset[str]
    models: pl.DataFrame
    unattributed: pl.DataFrame
    passages: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What a detector found: candidates (CANDIDATE plus ``metrics``) and what they claim as waste (CLAIM).

    ``stated`` (STATED) is waste that candidates name: of those that claim no calls it is shown, and part of no total.
    Candidates may have a ``severity`` of their own. ``notes`` are sentences for the reader of the report.
    """

    candidates: pl.DataFrame
    claims: pl.DataFrame
    stated: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=STATED))
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """The detector could not judge: too little history, too small a group, a column missing."""

    reason: str


class Detector(Protocol):
    """A detector module, as the registry sees it."""

    Params: type[Any]

    @staticmethod
    def detect(tables: Tables, params: Any) -> Detection | NotEvaluated:
        """Return candidate findings, or why there can be none."""
        ...


def nothing() -> Detection:
    """Return a detection without candidates."""
    return Detection(candidates=pl.DataFrame(schema=CANDIDATE), claims=pl.DataFrame(schema=CLAIM))


def detection(
    rows: pl.DataFrame, metrics: Sequence[str], claims: pl.DataFrame | None = None, *, by: str = "user"
) -> Detection:
    """Return a detection with one numbered candidate a subject (``by``), its claims tied to it.

    ``rows`` needs value, threshold, n, strength, first_seen, last_seen, compared_with and the ``metrics`` columns;
    what else CANDIDATE has defaults to a plain, uncleared user finding of medium confidence. ``claims`` has the
    subject, row_id, level and share; the first three claimed calls become the samples.
    """
    if rows.is_empty():
        return nothing()
    numbered = rows.sort(by).with_row_index("candidate")
    tied = pl.DataFrame(schema=CLAIM)
    if claims is not None and claims.height:
        named = claims.join(numbered.select("candidate", by), on=by).sort("candidate", "row_id")
        tied = named.select(pl.col(name).cast(dtype) for name, dtype in CLAIM.items())
    samples = tied.group_by("candidate").agg(pl.col("row_id").head(3).alias("samples"))
    defaults: dict[str, pl.Expr] = {
        "subject": pl.lit(by),
        "user": pl.lit(None),
        "team": pl.lit(None),
        "confidence": pl.lit("medium"),
        "cleared": pl.lit(False),
        "against": pl.lit([], pl.List(pl.String)),
    }
    missing = [value.alias(name) for name, value in defaults.items() if name not in rows.columns]
    full = numbered.with_columns(missing).join(samples, on="candidate", how="left", maintain_order="left")
    candidates = full.select(
        *(pl.col(name).cast(dtype) for name, dtype in CANDIDATE.items()), pl.struct(*metrics).alias("metrics")
    )
    return Detection(candidates=candidates.with_columns(pl.col("samples").fill_null([])), claims=tied)
