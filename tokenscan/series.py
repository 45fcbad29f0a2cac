"""From everything known to the figures that charts are drawn from: a handful of group-bys over the same tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from tokenscan.context.model import Context, Planned, Review
from tokenscan.detectors.common.statistics import median_of_others
from tokenscan.prompts.redact import redacted
from tokenscan.report.model import Band, Ranked
from tokenscan.report.series import Cluster, Day, Mark, MarkKind, ModelUse, PersonDay, PersonDays, Series

if TYPE_CHECKING:
    from tokenscan.facts import Facts

MOST_CLUSTERS, SENT_ROUND = 12, 4  # groups of prompts that are told, and how many of them for being sent by many
_LONGEST = 300  # characters shown of one prompt


def build_series(facts: Facts, people: Sequence[Ranked], *, show_text: bool = False) -> Series:
    """Return the figures by day, model and prompt; of the ``people`` in a band, and of nobody else by name.

    ``show_text`` adds what repeated prompts say, masked and without secrets.
    """
    ranked = [person.user for person in people if person.band is not Band.NONE and person.user is not None]
    marks = _marks(facts.context, facts.review_days)
    clusters, count = _clusters(facts, ranked)
    return Series(
        days=_days(facts),
        marks=tuple(marks.values()),
        people=_people(facts, ranked, marks),
        models=_models(facts.events),
        clusters=_with_texts(facts, clusters) if show_text else clusters,
        cluster_count=count,
    )


def _waste(facts: Facts) -> pl.DataFrame:
    kinds = ("expected_tokens", "expected_cost", "high_tokens")
    return facts.ledger.rows.select("row_id", *kinds)


def _days(facts: Facts) -> tuple[Day, ...]:
    whole_day = (pl.col("grain") == "day").fill_null(value=False)
    local = pl.col("timestamp").dt.convert_time_zone(facts.context.timezone).dt.date()
    calls = facts.events.with_row_index("row_id").select(
        "row_id",
        pl.when(whole_day).then(pl.col("timestamp").dt.date()).otherwise(local).alias("day"),
        *_usage(),
    )
    known = pl.col("cost_nanousd").is_not_null().any()
    claimed = pl.col("expected_cost").is_not_null().any() | ~pl.col("expected_tokens").is_not_null().any()
    table = (
        calls.join(_waste(facts), on="row_id", how="left")
        .group_by("day")
        .agg(
            pl.col("requests").sum(),
            pl.col("tokens").sum(),
            pl.when(known).then(pl.col("cost_nanousd").sum()).alias("cost_nanousd"),
            pl.col("expected_tokens").sum().alias("waste_tokens"),
            pl.when(known & claimed).then(pl.col("expected_cost").sum()).alias("waste_nanousd"),
        )
        .drop_nulls("day")
        .sort("day")
    )
    return tuple(Day(**row) for row in table.iter_rows(named=True))


def _usage() -> list[pl.Expr]:
    """Return requests, tokens and cost of a row of the event table as the report's totals count them."""
    tokens = pl.col("input_tokens").fill_null(0) + pl.col("output_tokens").fill_null(0)
    return [pl.col("n_requests").fill_null(1).alias("requests"), tokens.alias("tokens"), pl.col("cost_nanousd")]


def _models(events: pl.DataFrame) -> tuple[ModelUse, ...]:
    cost = pl.col("cost_nanousd")
    table = (
        events.select("model", *_usage())
        .group_by("model")
        .agg(
            pl.col("requests").sum(),
            pl.col("tokens").sum(),
            pl.when(cost.is_not_null().any()).then(cost.sum()).alias("cost_nanousd"),
            pl.col("requests").filter(cost.is_null()).sum().alias("unpriced_requests"),
        )
        .sort("cost_nanousd", "tokens", "model", descending=[True, True, False], nulls_last=True)
    )
    return tuple(ModelUse(**row) for row in table.iter_rows(named=True))


def _marks(context: Context, review_days: int) -> dict[Review | Planned, Mark]:
    marks: dict[Review | Planned, Mark] = {}
    for review in sorted(context.reviews, key=lambda one: (one.day, one.name)):
        start = review.day - timedelta(days=review_days)
        teams = tuple(sorted(review.teams))
        marks[review] = Mark(kind=MarkKind.REVIEW, name=review.name, start=start, end=review.day, teams=teams)
    for event in sorted(context.planned, key=lambda one: (one.start, one.end, one.name)):
        mark = Mark(kind=MarkKind.PLANNED, name=event.name, start=event.start, end=event.end)
        marks[event] = replace(mark, teams=tuple(sorted(event.teams)), users=len(event.users))
    return marks


def _people(facts: Facts, users: Sequence[str], marks: dict[Review | Planned, Mark]) -> tuple[PersonDays, ...]:
    if not users:
        return ()
    groups = _groups(facts)
    table = _person_days(facts, users).join(_normal(facts, groups, users), on=["user", "day"], how="left")
    days: dict[str, list[PersonDay]] = {user: [] for user in users}
    for user, *values in table.sort("user", "day").select("user", *PersonDay.__slots__).iter_rows():
        days[user].append(PersonDay(**dict(zip(PersonDay.__slots__, values, strict=True))))
    known = {user: rest for user, *rest in groups.select("user", "team", "peer_group", "peer_count").iter_rows()}
    people = []
    for user in users:
        team, group, count = known.get(user, (None, "", 0))
        concerned = tuple(mark for given, mark in marks.items() if _concerns(given, user, team))
        people.append(
            PersonDays(user=user, peer_group=group, peer_count=count, marks=concerned, days=tuple(days[user]))
        )
    return tuple(people)


def _concerns(given: Review | Planned, user: str, team: str | None) -> bool:
    users = given.users if isinstance(given, Planned) else frozenset()
    return (not given.teams and not users) or team in given.teams or user in users


def _groups(facts: Facts) -> pl.DataFrame:
    """Return user, team, the name of the group that a person is held against, how many others are in it, and its key.

    The group shares function, else team, and channel, as the rules' peers do; where it is smaller than the smallest
    group, everybody of the channel; where that is too small, there is none (name empty).
    """
    smallest = facts.context.min_group_size
    role = pl.coalesce("function", "team").fill_null("")
    people = facts.tables.people.select("user", "team", "channel", role.alias("role"))
    near, wide = pl.len().over("role", "channel") - 1, pl.len().over("channel") - 1
    is_near = (near >= smallest) & (pl.col("role") != "")
    has_peers = is_near | (wide >= smallest)
    near_name, wide_name = pl.format("{}, {}", "role", "channel"), pl.format("all {} users", "channel")
    named = pl.when(is_near).then(near_name).otherwise(wide_name)
    return people.with_columns(
        pl.when(has_peers).then(named).otherwise(pl.lit("")).alias("peer_group"),
        pl.when(is_near).then(near).when(has_peers).then(wide).otherwise(0).cast(pl.Int64).alias("peer_count"),
        is_near.alias("is_near"),
    )


def _normal(facts: Facts, groups: pl.DataFrame, users: Sequence[str]) -> pl.DataFrame:
    """Return user, day, normal and peers: what was to be expected of a person, and what their peers did."""
    days = facts.tables.days.join(groups.drop("team"), on="user", how="left", maintain_order="left")
    weekday = (pl.col("fresh") + 1).cast(pl.Float64).log() - pl.col("level")
    expected = (pl.col("own").median().over("user") + pl.col("common") + weekday).exp() - 1
    known = days.with_columns(expected.clip(0).round().cast(pl.Int64, strict=False).alias("normal"))
    for name, by in (("near", ["role", "channel", "day"]), ("wide", ["channel", "day"])):
        renamed = {"others_median": f"{name}_median", "others_n": f"{name}_n"}
        known = median_of_others(known, "fresh", by).rename(renamed)
    enough = {name: pl.col(f"{name}_n") >= facts.context.min_group_size for name in ("near", "wide")}
    peers = (
        pl.when(pl.col("is_near") & enough["near"])
        .then("near_median")
        .when(~pl.col("is_near") & (pl.col("peer_group") != "") & enough["wide"])
        .then("wide_median")
    )
    return known.filter(pl.col("user").is_in(list(users))).select(
        "user", "day", "normal", peers.round().cast(pl.Int64, strict=False).alias("peers")
    )


def _person_days(facts: Facts, users: Iterable[str]) -> pl.DataFrame:
    calls = facts.tables.calls.filter(pl.col("user").is_in(list(users)))
    return (
        calls.join(_waste(facts), on="row_id", how="left")
        .group_by("user", "day")
        .agg(
            pl.col("requests").sum(),
            pl.col("tokens").sum(),
            pl.col("fresh").filter("ok").sum(),
            pl.col("expected_tokens").sum().alias("waste_tokens"),
            (pl.col("high_tokens").sum() > 0).alias("flagged"),
        )
        .drop_nulls("day")
    )


def _clusters(facts: Facts, users: Sequence[str]) -> tuple[tuple[Cluster, ...], int]:
    """Return the most telling groups of at least two prompts, and how many such groups there are.

    These are the ones with most wasted prompts, and the ones with waste that most people sent: one person's thousand
    repeats must not hide a prompt that went round. What room is left goes to the largest of the others.
    """
    calls = facts.tables.calls.filter("text").join(_waste(facts), on="row_id", how="left")
    wasted = pl.col("expected_tokens") > 0
    sizes = calls.drop_nulls("cluster_id").group_by("cluster_id").agg(
        pl.len().cast(pl.Int64).alias("prompts"),
        wasted.sum().cast(pl.Int64).alias("wasted"),
        pl.col("expected_tokens").sum().alias("waste_tokens"),
        pl.col("user").n_unique().cast(pl.Int64).alias("senders"),
    )  # fmt: skip
    several = sizes.filter(pl.col("prompts") > 1)
    order = ["wasted", "prompts", "cluster_id"]
    ranked = several.sort(order, descending=[True, True, False])
    round_sent = ranked.filter(pl.col("wasted") > 0).sort("senders", descending=True, maintain_order=True)
    picked = pl.concat([ranked.head(MOST_CLUSTERS - SENT_ROUND), round_sent.head(SENT_ROUND), ranked])
    top = picked.unique("cluster_id", keep="first", maintain_order=True).head(MOST_CLUSTERS)
    top = top.sort(order, descending=[True, True, False])
    known = pl.col("user").is_in(list(users))
    details = calls.join(top.select("cluster_id"), on="cluster_id", how="semi").group_by("cluster_id").agg(
        pl.col("user").filter(known).unique().sort().alias("named"),
        pl.col("day").n_unique().cast(pl.Int64).alias("days"),
        pl.col("day").min().alias("first"),
        pl.col("day").max().alias("last"),
        pl.col("prompt_chars").median().fill_null(0).round().cast(pl.Int64).alias("chars"),
        pl.col("words").median().fill_null(0).round().cast(pl.Int64).alias("words"),
    )  # fmt: skip
    table = top.join(details, on="cluster_id", maintain_order="left")
    clusters = tuple(
        Cluster(id=f"{row.pop('cluster_id'):016x}", named=tuple(row.pop("named")), **row)
        for row in table.iter_rows(named=True)
    )
    return clusters, several.height


def _with_texts(facts: Facts, clusters: Sequence[Cluster]) -> tuple[Cluster, ...]:
    """Return clusters with the text of their first prompt, whose hash is their id, where the log keeps text."""
    prompts = facts.log.prompts
    if "text" not in prompts.columns:
        return tuple(clusters)
    wanted = pl.Series([int(cluster.id, 16) for cluster in clusters], dtype=prompts.schema["prompt_id"])
    known = prompts.filter(pl.col("prompt_id").is_in(wanted.implode())).unique("prompt_id").sort("prompt_id")
    scrub = facts.veil.scrub if facts.veil else str
    texts = dict(zip(known["prompt_id"], redacted(known["text"].to_list()), strict=True))
    return tuple(
        replace(cluster, text=scrub(texts[number])[:_LONGEST]) if (number := int(cluster.id, 16)) in texts else cluster
        for cluster in clusters
    )
