"""Which teams may stand in a table, so that neither a row nor what is missing from it shows a few people."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from tokenscan.detectors.base import Detection, Tables

OTHERS = "(other teams)"


def shown_groups(sizes: Mapping[str | None, int], smallest: int) -> dict[str | None, str]:
    """Return the label under which each team is shown: its name, or that of all teams too small put together.

    Totals less the rows that are shown give what is not shown, so that has to be at least ``smallest`` people, too:
    while it is fewer, the smallest shown team joins it (complementary suppression of cells; Cox 1980). People without
    a team count among the others. Where everybody would, there is nothing to tell apart and nothing is shown.
    """
    ordered = sorted(
        ((size, name) for name, size in sizes.items() if name is not None and size >= smallest),
        key=lambda item: (-item[0], item[1]),
    )
    rest = sum(sizes.values()) - sum(size for size, _ in ordered)
    while ordered and 0 < rest < smallest:
        rest += ordered.pop()[0]
    if not ordered:
        return {}
    named: dict[str | None, str] = {name: name for _, name in ordered}
    return {name: named.get(name, OTHERS) for name in sizes}


def team_sizes(people: pl.DataFrame) -> dict[str | None, int]:
    """Return how many people each team has; None are those without one."""
    return dict(people.group_by("team").len().iter_rows())


def labelled_teams(
    people: pl.DataFrame, smallest: int, *, pooled: bool
) -> tuple[dict[str | None, str], dict[str, int]]:
    """Return the name under which each team stands in a report, those that do not left out; and how many stand there.

    ``pooled``: teams that are too small stand together, see ``shown_groups``.
    """
    sizes = team_sizes(people)
    large: dict[str | None, str] = {team: team for team, n in sizes.items() if team is not None and n >= smallest}
    labels = shown_groups(sizes, smallest) if pooled else large
    counted: dict[str, int] = {}
    for team, label in labels.items():
        counted[label] = counted.get(label, 0) + sizes[team]
    return labels, counted


def without_small_teams(found: Detection, tables: Tables) -> Detection:
    """Return a detection without candidates about teams of fewer people than may be told of."""
    teams = found.candidates.filter(pl.col("subject") == "team")
    if teams.is_empty():
        return found
    sizes = team_sizes(tables.people)
    small = [team for team in teams["team"].unique() if sizes.get(team, 0) < tables.context.min_group_size]
    if not small:
        return found
    kept = found.candidates.filter(~((pl.col("subject") == "team") & pl.col("team").is_in(small, nulls_equal=True)))
    return Detection(candidates=kept, claims=found.claims.join(kept.select("candidate"), on="candidate", how="semi"))
