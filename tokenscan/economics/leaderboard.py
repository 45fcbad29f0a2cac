"""The counterfactual ranking: who leads by volume, and who would once claimed waste is taken out."""

from __future__ import annotations

import math

import polars as pl

from tokenscan.economics.basis import KINDS, Basis, Days
from tokenscan.report.economics import Leaderboard, Place
from tokenscan.report.model import Range

METRICS = ("tokens", "requests", "cost_nanousd")


def leaderboards(basis: Basis, days: Days) -> tuple[Leaderboard, ...]:
    """Return the rankings of teams of the minimum size by tokens, requests and cost; of people only where asked."""
    levels = [("team", "team")] + ([("person", "user")] if basis.rank_people and not basis.teams_only else [])
    boards = [_board(days, level, column, metric) for level, column in levels for metric in METRICS]
    return tuple(board for board in boards if board is not None)


def _board(days: Days, level: str, column: str, metric: str) -> Leaderboard | None:
    volume = "cost" if metric == "cost_nanousd" else metric
    by = pl.col(column).alias("name")
    whole = days.calls.group_by(by).agg(
        pl.col(volume).sum().alias("amount"),
        pl.col(volume).is_not_null().any().alias("known"),
        pl.col("user").n_unique().alias("people"),
    )
    removed = days.waste.group_by(by).agg(_removed(volume, kind).alias(kind) for kind in KINDS)
    rows = whole.filter(pl.col("name").is_not_null() & pl.col("known")).join(removed, on="name", how="left")
    if level == "team":
        rows = rows.filter(pl.col("name").is_in(list(days.teams)))
    if rows.height < 2 or not rows["amount"].sum():
        return None
    return Leaderboard(level=level, metric=metric, places=_places(rows), tau_b=_tau_b(rows))


def _removed(volume: str, kind: str) -> pl.Expr:
    """Sum what claimed calls lose; requests in proportion to their claimed tokens, in thousandths of a request."""
    if volume != "requests":
        return pl.col(f"{kind}_{volume}").sum()
    share = (pl.col(f"{kind}_tokens") / pl.col("tokens")).fill_nan(0.0).fill_null(0.0)
    # Thousandths first: integer sums do not depend on the order of rows.
    thousandths = (share * pl.col("requests") * 1000).round().cast(pl.Int64).sum()
    return (thousandths + 500) // 1000


def _places(rows: pl.DataFrame) -> tuple[Place, ...]:
    left = {kind: (pl.col("amount") - pl.col(kind).fill_null(0)).alias(f"{kind}_left") for kind in KINDS}
    ranked = rows.with_columns(left.values()).with_columns(
        pl.col("amount").rank("min", descending=True).cast(pl.Int64).alias("before"),
        *(pl.col(f"{kind}_left").rank("min", descending=True).cast(pl.Int64).alias(f"{kind}_after") for kind in KINDS),
    )
    return tuple(
        Place(
            name=row["name"],
            people=row["people"],
            amount=int(row["amount"]),
            removed=Range(**{kind: int(row[kind] or 0) for kind in KINDS}),
            before=row["before"],
            after=Range(**{kind: row[f"{kind}_after"] for kind in KINDS}),
        )
        for row in ranked.sort("before", "name").iter_rows(named=True)
    )


def _tau_b(rows: pl.DataFrame) -> float | None:
    """Return Kendall's tau-b (1945: ties count) of volume and what is left of it; null where it is undefined."""
    from scipy import stats

    ordered = rows.sort("name")
    left = ordered["amount"] - ordered["expected"].fill_null(0)
    tau = float(stats.kendalltau(ordered["amount"].to_numpy(), left.to_numpy(), variant="b").statistic)
    return tau if math.isfinite(tau) else None
