"""Bands of teams: below, about or above the rest of the organisation, small teams drawn towards it.

A team's measure is the mean R of its people's ratios y / x (x: tasks, hours, answers), each with the weight
x / (x + median x): much tells more than little, but nobody speaks for a team by volume. With few people R swings by
chance, so it is shrunk towards the mean M of everybody else: Z R + (1 - Z) M with Z = W / (W + within / between), W the
sum of weights: the credibility estimator of Bühlmann and Straub (1970, "Glaubwürdigkeit für Schadensätze", Mitteilungen
der Vereinigung Schweizerischer Versicherungsmathematiker 70), an empirical Bayes estimator in closed form. ``within``
is the variance of people around their team at weight 1, ``between`` that of teams around the organisation; both are
estimated by moments. A team is "below" or "above" when the 95 % interval of its distance to the rest excludes 0 and the
distance is at least a tenth of the rest's mean.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from tokenscan.economics.units import heads
from tokenscan.report.economics import Interval, Standing, TeamBand

Z95 = 1.959964  # two-sided 95 % point of the normal distribution
APART = 0.10  # of the rest's ratio; less is no difference worth a band, however sure
LEAST_TEAMS = 4  # fewer say nothing on how much teams differ

Floats = npt.NDArray[np.float64]


def bands(cells: pl.DataFrame, teams: frozenset[str], *, highest: float | None = None) -> tuple[TeamBand, ...]:
    """Return the bands of ``teams`` by name.

    ``cells``: one row a unit with team, people, y and x, everybody's, the rest among them. ``highest``: what a ratio
    cannot exceed (1 for a share). Empty with fewer than four teams to tell apart, or without any variation.
    """
    cells = _levelled(cells.sort("unit"))  # in one order, so that float sums do not depend on that of the rows
    shown = cells.filter(pl.col("team").is_in(sorted(teams)))
    sums = shown.group_by("team", maintain_order=True).agg(pl.col("y", "x").sum(), heads())
    sums = sums.filter(pl.col("x") > 0).sort("team")
    rest_y, rest_x = cells["y"].sum() - sums["y"].to_numpy(), cells["x"].sum() - sums["x"].to_numpy()
    units = shown.join(sums.select("team", (pl.col("y") / pl.col("x")).alias("ratio")), on="team")
    free = units.height - sums.height
    if sums.height < LEAST_TEAMS or free < 1 or not (rest_x > 0).all():
        return ()
    squares = units.sort("unit").select(((pl.col("y") - pl.col("ratio") * pl.col("x")) ** 2).sum()).item()
    within = squares / sums["x"].sum() * units.height / free
    return _bands(sums, within, (rest_y / rest_x, rest_x), highest)


def _levelled(cells: pl.DataFrame) -> pl.DataFrame:
    """Put weights in the place of x and weighted ratios in that of y, so that their sums give weighted means."""
    middle = cells.filter(pl.col("x") > 0)["x"].median()
    scale = pl.col("x") + pl.lit(middle or 1.0)
    return cells.with_columns((pl.col("y") / scale).alias("y"), (pl.col("x") / scale).alias("x"))


def _bands(
    sums: pl.DataFrame, within: float, rest: tuple[Floats, Floats], highest: float | None
) -> tuple[TeamBand, ...]:
    x, ratio = sums["x"].to_numpy(), (sums["y"] / sums["x"]).to_numpy()
    between = _between(ratio, x, within)
    mean, rest_x = rest
    weight = between / (between + within / x) if between > 0 else np.zeros(len(x))
    # What is unknown of the rest, and from it of a team's distance to the rest and of the team itself.
    others = within / rest_x + between * (np.sum(x**2) - x**2) / rest_x**2
    spread = np.sqrt((1 - weight) * between + weight**2 * others)
    own = np.sqrt((1 - weight) * between + (1 - weight) ** 2 * others)
    distance = weight * (ratio - mean)
    return tuple(
        TeamBand(
            team=team,
            standing=_standing(float(distance[i]), float(spread[i]), float(mean[i])),
            people=people,
            value=float(ratio[i]),
            shrunk=_bounded(float(mean[i] + distance[i]), float(own[i]), highest),
            weight=float(weight[i]),
        )
        for i, (team, people) in enumerate(sums.select("team", "heads").iter_rows())
    )


def _between(ratio: Floats, x: Floats, within: float) -> float:
    """Return the variance of teams by Bühlmann and Straub's unbiased moment, 0 where it comes out negative."""
    total = x.sum()
    mean = (x * ratio).sum() / total
    spread = (x * (ratio - mean) ** 2).sum() - (len(x) - 1) * within
    scale = total - (x**2).sum() / total
    return max(float(spread / scale), 0.0) if scale > 0 else 0.0


def _standing(distance: float, spread: float, mean: float) -> Standing:
    if abs(distance) <= Z95 * spread or abs(distance) < APART * abs(mean):
        return Standing.ABOUT
    return Standing.ABOVE if distance > 0 else Standing.BELOW


def _bounded(value: float, spread: float, highest: float | None) -> Interval:
    top = float("inf") if highest is None else highest
    return Interval(value=value, low=max(value - Z95 * spread, 0.0), high=min(value + Z95 * spread, top))
