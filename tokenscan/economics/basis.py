"""What the figures on money and measures are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from tokenscan.context.model import Context
from tokenscan.detectors.base import Tables
from tokenscan.economics.savings_table import TierTable
from tokenscan.findings.model import Finding
from tokenscan.findings.waste import Ledger
from tokenscan.privacy.groups import shown_groups

KINDS = ("low", "expected", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """An analysis as far as money is concerned.

    ``events`` are all calls, priced, in the order of their row_id; ``ledger`` and ``claims`` (see ``findings.judge``)
    those of findings that are not suppressed, claims numbered by their place in ``findings``. ``grams`` is the CO2 of
    1,000 tokens. ``tiers`` says which work needs which tier. ``rank_people``: the user wants people in the rankings by
    volume, too. ``teams_only``: nobody is named or counted.
    """

    events: pl.DataFrame
    tables: Tables
    context: Context
    findings: Sequence[Finding]
    claims: pl.DataFrame
    ledger: Ledger
    grams: float
    tiers: TierTable = field(default_factory=TierTable)
    rank_people: bool = False
    teams_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Calls on the calendar of the report, in its time zone.

    ``volume``: day, tokens, cost (null = no price) of every call, in the order of row_id. ``calls``: those of people
    with row_id, day, user, team, requests, tokens, cost. ``waste``: claimed ones with the same columns and, for low,
    expected and high, ``<kind>_tokens`` and ``<kind>_cost``. ``teams`` maps every team that is large enough to be shown
    to its size.
    """

    volume: pl.DataFrame
    calls: pl.DataFrame
    waste: pl.DataFrame
    teams: dict[str, int]

    @property
    def span(self) -> tuple[date, date] | None:
        """First and last day with calls."""
        first, last = self.volume["day"].min(), self.volume["day"].max()
        return (first, last) if isinstance(first, date) and isinstance(last, date) else None


def by_day(basis: Basis) -> Days:
    """Put calls and waste on the calendar of the report."""
    zone = basis.context.timezone
    # A day that an export sums up is that day everywhere.
    local = pl.col("timestamp").dt.convert_time_zone(zone).dt.date()
    day = (
        pl.when((pl.col("grain") == "day").fill_null(value=False)).then(pl.col("timestamp").dt.date()).otherwise(local)
    )
    volume = basis.events.select(
        day.alias("day"),
        (pl.col("input_tokens").fill_null(0) + pl.col("output_tokens").fill_null(0)).alias("tokens"),
        pl.col("cost_nanousd").alias("cost"),
    )
    of_people = basis.tables.calls.select("row_id", "user", "team", "requests", "tokens", cost=pl.col("cost_nanousd"))
    calls = of_people.with_columns(volume["day"].gather(of_people["row_id"]))
    ledger = basis.ledger.rows.drop("user", "team")
    return Days(
        volume=volume,
        calls=calls,
        waste=ledger.join(calls, on="row_id", how="left", maintain_order="left"),
        teams=_teams(basis),
    )


def _teams(basis: Basis) -> dict[str, int]:
    """Return the teams that may be shown; where nobody is named, none whose absence from a total shows a few people."""
    counted = basis.tables.people.group_by("team").len().sort("team")
    sizes: dict[str | None, int] = dict(counted.iter_rows())
    least = basis.context.min_group_size
    shown = shown_groups(sizes, least) if basis.teams_only else {team: team or "" for team in sizes}
    return {
        team: size for team, size in sizes.items() if team is not None and size >= least and shown.get(team) == team
    }
