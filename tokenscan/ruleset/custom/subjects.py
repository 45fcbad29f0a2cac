"""Whom the rows of a rule's result are about, and which of them may not be shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import SUBJECT, Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Rows with ``subject``, ``user`` and ``team``, and sentences on those that are left out."""

    rows: pl.DataFrame
    notes: tuple[str, ...]


def with_subjects(found: pl.DataFrame, tables: Tables) -> About:
    """Name the subject of each row: its user (a person or an account), else its team, else the organisation.

    Rows without the user or team that they should name are left out, and so are teams below ``min_group_size``. Raises
    RuntimeError for a user who is not in the log: a rule must not make anybody up.
    """
    if "user" in found.columns:
        return _users(found, tables)
    if "team" in found.columns:
        return _teams(found, tables)
    rows = found.with_columns(
        pl.lit("organisation", SUBJECT).alias("subject"),
        pl.lit(None, pl.String).alias("user"),
        pl.lit(None, pl.String).alias("team"),
    )
    return About(rows=rows, notes=())


def _users(found: pl.DataFrame, tables: Tables) -> About:
    named = found.filter(pl.col("user").is_not_null())
    people = tables.calls.select("user").unique()
    programs = tables.programs.select("user").unique()
    known = pl.concat([people.with_columns(subject=pl.lit("user")), programs.with_columns(subject=pl.lit("account"))])
    teams = tables.people.select("user", pl.col("team").alias("_team"))
    own = pl.col("team") if "team" in found.columns else pl.lit(None, pl.String)
    rows = (
        named.join(known, on="user", how="left", maintain_order="left")
        .join(teams, on="user", how="left", maintain_order="left")
        .with_columns(pl.col("subject").cast(SUBJECT), pl.coalesce("_team", own).alias("team"))
        .drop("_team")
    )
    strangers = rows.filter(pl.col("subject").is_null())["user"].sort()
    if strangers.len():
        raise RuntimeError(f"its result names {strangers[0]!r:.60}, who is not in the log")
    return About(rows=rows, notes=tuple(_left_out(found.height - named.height, "calls of nobody known")))


def _teams(found: pl.DataFrame, tables: Tables) -> About:
    named = found.filter(pl.col("team").is_not_null())
    sizes = tables.people.group_by("team").len()
    large = sizes.filter(pl.col("len") >= tables.context.min_group_size).select("team")
    shown = named.join(large, on="team", how="semi", maintain_order="left")
    notes = [
        *_left_out(found.height - named.height, "people without a team"),
        *_left_out(named.height - shown.height, "teams below min_group_size"),
    ]
    rows = shown.with_columns(pl.lit("team", SUBJECT).alias("subject"), pl.lit(None, pl.String).alias("user"))
    return About(rows=rows, notes=tuple(notes))


def _left_out(count: int, whose: str) -> Iterator[str]:
    if count:
        yield f"{count:,} of its results left out: {whose}"
