"""Who is comparable: the same function (or team) and the same way of working, the person always left out."""

from __future__ import annotations

import numpy as np
import polars as pl

from tokenscan.detectors.common.statistics import MAD_TO_SD, median_of_others, shrunk_scale

_SPREAD = {"median": pl.Float64, "deviation": pl.Float64, "peers": pl.Int64}


def with_peers(people: pl.DataFrame, value: str, min_peers: int) -> pl.DataFrame:
    """Add ``peer_median`` of ``value``, ``peers`` (their number, 0 = none) and ``peer_group`` (in words).

    Peers share function, else team, and channel class (agentic or chat); with fewer than ``min_peers`` others, the
    whole channel class stands in.
    """
    role = pl.coalesce("function", "team").fill_null("")
    narrow = median_of_others(people.with_columns(role.alias("_role")), value, ["_role", "channel"])
    narrow = narrow.rename({"others_median": "_near", "others_n": "_near_n"})
    wide = median_of_others(narrow, value, ["channel"])
    near = (pl.col("_near_n") >= min_peers) & (pl.col("_role") != "")
    far = pl.col("others_n") >= min_peers
    return wide.with_columns(
        pl.when(near).then("_near").when(far).then("others_median").alias("peer_median"),
        pl.when(near).then("_near_n").when(far).then("others_n").otherwise(0).alias("peers"),
        pl.when(near).then(pl.format("{}, {}", "_role", "channel")).otherwise(pl.format("all {} users", "channel"))
        .alias("peer_group"),
    ).drop("_role", "_near", "_near_n", "others_median", "others_n")  # fmt: skip


def against_peers(people: pl.DataFrame, value: str, *, variance: pl.Expr, floor: float, min_peers: int) -> pl.DataFrame:
    """Return how far each person's ``value`` lies from that of comparable colleagues outside their own team.

    Colleagues share function, else team, and channel class. Those of other teams go first, because in a team where all
    do the same everybody looks usual; with fewer than ``min_peers`` of them the own team counts too, with fewer still
    the whole channel class. One row a person, in the order of ``people``: ``user``, ``median``, ``peers`` (0 = none),
    ``peer_group`` (in words), ``team_median`` (of the others in the own team, if there are ``min_peers``), and ``z``:
    the distance from the median in robust standard deviations. Their square is the colleagues' spread (MAD, drawn
    towards everybody's: ``shrunk_scale``; at least ``floor``) and the variances of the median and of the own value.
    """
    role = pl.coalesce("function", "team").fill_null("")
    known = people.select(
        "user", "team", "channel", role.alias("role"), pl.col(value).alias("x"), variance.alias("variance")
    )
    own = median_of_others(known, "x", ["team"])
    inside = pl.when((pl.col("others_n") >= min_peers) & pl.col("team").is_not_null()).then("others_median")
    chosen = pl.concat([own.with_columns(inside.alias("team_median")), _nearest(known, min_peers)], how="horizontal")
    distance = _distance(chosen, floor).alias("z")
    return chosen.select("user", "median", "peers", "peer_group", "team_median", distance)


def _nearest(known: pl.DataFrame, min_peers: int) -> pl.DataFrame:
    """Return median, deviation, peers and peer_group of the nearest colleagues of whom there are enough."""
    keys = ["role", "channel", "team"]
    named = pl.format("{}, {}", "role", "channel")
    levels = [
        (
            known.join(_other_teams(known), on=keys, how="left", maintain_order="left"),
            pl.concat_str(named, pl.lit(", other teams")),
        ),
        (_others(known, ["role", "channel"]), named),
        (_others(known, ["channel"]), pl.format("all {} users", "channel")),
    ]
    chosen = []
    for level, (spread, words) in enumerate(levels):
        with_role = (pl.col("role") != "") | pl.lit(level == len(levels) - 1)
        enough = (pl.col("peers") >= min_peers) & with_role
        columns = [
            pl.when(enough).then(column).alias(f"{name}_{level}")
            for name, column in [*((n, pl.col(n)) for n in _SPREAD), ("peer_group", words)]
        ]
        chosen.append(spread.select(columns))
    wide = pl.concat(chosen, how="horizontal")
    first = {name: pl.coalesce(f"{name}_{level}" for level in range(len(levels))) for name in [*_SPREAD, "peer_group"]}
    return wide.select(**first).with_columns(
        pl.col("peers").fill_null(0), pl.col("peer_group").fill_null(known.select(levels[-1][1]).to_series())
    )


def _distance(chosen: pl.DataFrame, floor: float) -> pl.Series:
    """Return robust z-scores; unknown without colleagues or without a value."""
    pooled = MAD_TO_SD * chosen.select(pl.col("deviation").median().fill_null(0.0)).item()
    count = (
        chosen.select(pl.when(pl.col("peers") > 0).then("peers"))
        .to_series()
        .cast(pl.Float64)
        .fill_null(np.nan)
        .to_numpy()
    )
    scale = np.maximum(shrunk_scale(chosen["deviation"].fill_null(np.nan).to_numpy(), count, pooled), floor)
    # The variance of a median of n is pi / (2 n) times that of one value.
    total = scale**2 * (1 + np.pi / (2 * count)) + chosen["variance"].fill_null(0.0).to_numpy()
    distance = (chosen["x"] - chosen["median"]).cast(pl.Float64) / pl.Series(np.sqrt(total))
    return distance.fill_nan(None)


def _others(known: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return median, median deviation and number of the others in each person's group."""
    ranked = median_of_others(known, "x", by).rename({"others_median": "median", "others_n": "peers"})
    apart = ranked.with_columns((pl.col("x") - pl.col("x").median().over(by)).abs().alias("apart"))
    return median_of_others(apart, "apart", by).rename({"others_median": "deviation"})


def _other_teams(known: pl.DataFrame) -> pl.DataFrame:
    """Return median, median deviation and number outside each team among those who share role and channel."""
    found: list[tuple[object, ...]] = []
    for (role, channel), block in known.filter(pl.col("x").is_not_null()).group_by("role", "channel"):
        teams = block["team"].fill_null("").to_numpy()
        values = block["x"].to_numpy()
        for team in block["team"].drop_nulls().unique():
            others = values[teams != team]
            if len(others):
                median = float(np.median(others))
                found.append((role, channel, team, median, float(np.median(np.abs(others - median))), len(others)))
    schema = {"role": pl.String, "channel": pl.String, "team": pl.String, **_SPREAD}
    return pl.DataFrame(found, schema=schema, orient="row")
