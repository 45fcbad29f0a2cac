"""Put people's names and teams on events: aliases resolved, the people file's team before the log's."""

from __future__ import annotations

import polars as pl

from tokenscan.context.model import Context


def resolved_user(context: Context, column: str) -> pl.Expr:
    """Return the person behind a logged name: an alias is resolved, an e-mail address compared in lower case."""
    lower = pl.col(column).str.to_lowercase()
    plain = pl.when(pl.col(column).str.contains("@", literal=True)).then(lower).otherwise(pl.col(column))
    aliases = dict(context.aliases.iter_rows())
    if not aliases:
        return plain.alias(column)
    return pl.coalesce(lower.replace_strict(aliases, default=None, return_dtype=pl.String), plain).alias(column)


def attribute(events: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return events with ``user`` and ``team`` as the people file has them; people it does not name stay as logged."""
    teams = context.people.select("user", pl.col("team").alias("known_team"))
    return (
        events.with_columns(resolved_user(context, "user"))
        .join(teams, on="user", how="left", maintain_order="left")
        .with_columns(pl.coalesce("known_team", "team").alias("team"))
        .drop("known_team")
    )


def unknown_people(events: pl.DataFrame, context: Context) -> tuple[str, ...] | None:
    """Return users that the people file does not name; None without a people file."""
    if context.people.is_empty():
        return None
    users = events.select(pl.col("user").drop_nulls().unique())
    return tuple(users.join(context.people, on="user", how="anti")["user"].sort())
