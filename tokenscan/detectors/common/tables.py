"""Build what detectors look at: calls of people, their days, and who they are. Done once, shared by all rules."""

from __future__ import annotations

import polars as pl

from tokenscan.context.attribute import resolved_user
from tokenscan.context.model import Context
from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.entities import BY_NAME, automation
from tokenscan.detectors.common.exchanges import exchanges, with_exchange
from tokenscan.detectors.common.normal import with_normal
from tokenscan.events.turns import with_session_key
from tokenscan.pricing.tiers import MODELS

# Columns of ``Tables.calls`` beside user, team, function, day and timestamp (UTC):
#   row_id, event_id  place of the call in the event table, and its stable name
#   single            one call; false for a row that sums up ``requests`` of them, which no rule on prompts may look at
#   requests          1 for a call; sums may not say (0)
#   session           the client's session, else calls less than 10 minutes apart
#   app, model, provider, tool_name, used, latency_ms, status, is_agent, task_id
#   tokens            input (cache included) + output;  fresh = tokens without cache reads
#   input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_nanousd,
#   response_chars    null = not told
#   ok                answered, with output; a client's retries are not among them
#   turn              ok and typed by a person
#   text              a turn of at least 4 words of the person's own: what content rules look at
#   prompt_id, prompt_chars, words
#   template_id, wording_id, fixed_share, prefix_id, opening_id, cluster_id, similarity, core_id, filler,
#   trivial, secrets: see PROMPTS
#   planned           on a planned event of this person or team
MIN_WORDS = 4
AGENTIC_SHARE = 0.5
MIN_KNOWN_USED = 10


# Of the event table.
_OF_EVENTS = (
    "session_quality", "app", "model", "provider", "tool_name", "used", "latency_ms", "status", "is_agent", "task_id",
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "cost_nanousd",
    "response_chars", "prompt_id", "prompt_chars",
)  # fmt: skip
# Of the prompt table.
_OF_PROMPTS = (
    "words", "template_id", "wording_id", "fixed_share", "prefix_id", "opening_id", "cluster_id", "similarity",
    "core_id", "filler", "trivial", "secrets",
)  # fmt: skip


def prepare(
    events: pl.DataFrame, prompts: pl.DataFrame, context: Context, models: pl.DataFrame | None = None
) -> Tables:
    """Return what detectors look at. ``events`` must carry the people's names and teams already."""
    everything = _calls(events, prompts, context)
    calls = everything.filter(pl.col("user").is_not_null())
    accounts = _accounts(calls, context)
    kept = calls.join(accounts, on="user", how="anti", maintain_order="left")
    days = _days(kept, context)
    people = _people(kept, days, context)
    steps = with_exchange(kept)
    return Tables(
        calls=kept,
        days=days,
        steps=steps.select("user", "row_id", "exchange"),
        typed=exchanges(steps),
        people=people,
        programs=calls.join(accounts, on="user", how="semi", maintain_order="left"),
        unattributed=everything.filter(pl.col("user").is_null()),
        accounts=accounts,
        context=context,
        has=_has(kept, people, context) | ({"account"} if calls.height else set()),
        models=pl.DataFrame(schema=MODELS) if models is None else models,
        passages=_passages(prompts),
    )


def _passages(prompts: pl.DataFrame) -> pl.DataFrame:
    some = prompts.filter(pl.col("passages").is_not_null())
    return some.select("prompt_id", pl.col("passages").alias("passage")).explode("passage")


def _calls(events: pl.DataFrame, prompts: pl.DataFrame, context: Context) -> pl.DataFrame:
    single = (pl.col("grain") == "call").fill_null(value=True)
    keyed = with_session_key(events.with_row_index("row_id").with_columns(single.alias("single")))
    zones = context.people.select("user", "timezone", "function")
    output = pl.col("output_tokens")
    # Without a status an answer without output counts as failed; without either, there is nothing to doubt.
    answered = pl.when(pl.col("status").is_not_null()).then(pl.col("status") == "ok").otherwise(output.fill_null(1) > 0)
    ok = answered & ((output > 0) | output.is_null()) & ~pl.col("is_retry").fill_null(False) | ~pl.col("single")
    tokens = pl.col("input_tokens").fill_null(0) + output.fill_null(0)
    features = prompts.select("prompt_id", *_OF_PROMPTS)
    calls = (
        keyed.join(zones, on="user", how="left", maintain_order="left")
        .join(features, on="prompt_id", how="left", maintain_order="left")
        .with_columns(
            ok.alias("ok"),
            tokens.alias("tokens"),
            (tokens - pl.col("cache_read_tokens").fill_null(0)).clip(0).alias("fresh"),
            pl.col("timezone").fill_null(context.timezone).alias("timezone"),
        )
    )
    turn = pl.col("ok") & pl.col("single") & pl.col("is_human_turn").fill_null(False)
    typed = (pl.col("prompt_kind") == "human").fill_null(False) & (pl.col("words") >= MIN_WORDS)
    return (
        _with_local_day(calls)
        .with_columns(turn.alias("turn"), (turn & typed).fill_null(False).alias("text"), _planned(context))
        .rename({"session_key": "session"})
        .select(
            "row_id", "event_id", "user", "team", "function", "day", "timestamp", "session", "single",
            pl.col("n_requests").fill_null(1).alias("requests"), "tokens", "fresh", "ok", "turn", "text", "planned",
            *_OF_EVENTS, *_OF_PROMPTS,
        )
        .sort("user", "timestamp", "row_id")
    )  # fmt: skip


def _with_local_day(calls: pl.DataFrame) -> pl.DataFrame:
    """Cut days in each person's own time zone; one conversion a zone, not a row. Days of an export stay its days."""
    day = pl.lit(None, pl.Date)
    for zone in calls["timezone"].unique().sort():
        local = pl.col("timestamp").dt.convert_time_zone(zone).dt.date()
        day = pl.when(pl.col("timezone") == zone).then(local).otherwise(day)
    whole_day = (pl.col("grain") == "day").fill_null(value=False)
    return calls.with_columns(pl.when(whole_day).then(pl.col("timestamp").dt.date()).otherwise(day).alias("day"))


def _planned(context: Context) -> pl.Expr:
    planned = pl.lit(False)
    for event in context.planned:
        during = pl.col("day").is_between(event.start, event.end)
        who = pl.lit(not event.teams and not event.users)
        if event.teams:
            who = who | pl.col("team").is_in(sorted(event.teams))
        if event.users:
            who = who | pl.col("user").is_in(sorted(event.users))
        planned = planned | (during & who.fill_null(False))
    return planned.alias("planned")


def _accounts(calls: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return accounts that are no people: declared services first, then what behaves like a program."""
    declared = context.people.filter(kind="service").select("user", pl.lit("declared as a service").alias("why"))
    known_people = context.people.filter(kind="human").select("user")
    found = automation(calls.filter(pl.col("ok") & pl.col("single"))).join(declared, on="user", how="anti")
    # A name is only a hint: somebody the people file calls human stays human unless their rhythm says otherwise.
    named = (pl.col("why") == BY_NAME) & pl.col("user").is_in(known_people["user"].implode())
    present = declared.join(calls.select("user").unique(), on="user", how="semi")
    return pl.concat([present, found.filter(~named)]).sort("user")


def _days(calls: pl.DataFrame, context: Context) -> pl.DataFrame:
    """One row a person and active day: sums, outcomes, and what is normal (see ``normal``)."""
    ok = calls.filter("ok")
    known = pl.col("used").is_not_null()
    days = ok.group_by("user", "day").agg(
        _team(),
        pl.col("planned").any(),
        pl.col("fresh").sum(),
        pl.col("tokens").sum(),
        pl.col("requests").sum().alias("calls"),
        pl.col("turn").sum().cast(pl.Int64).alias("turns"),
        known.sum().cast(pl.Int64).alias("used_known"),
        pl.col("used").sum().cast(pl.Int64).alias("used_true"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )
    tasks = outcomes_by_user(context)
    joined = days.join(tasks, left_on=["user", "day"], right_on=["user", "date"], how="left")
    # On days that the outcomes cover, no row is no task; before and after, and for people never named, it is unknown.
    covered = pl.col("day").is_between(tasks["date"].min(), tasks["date"].max())
    reported = covered & pl.col("user").is_in(tasks["user"].unique().implode())
    counted = joined.with_columns(pl.when(reported).then(pl.col("tasks").fill_null(0.0)).alias("tasks"))
    # Calls without token counts leave days of no known size, which say nothing where other days have one.
    sized = counted.filter(pl.col("fresh") > 0) if (ok["tokens"] > 0).any() else counted
    return with_normal(sized.sort("user", "day"), context.holidays).sort("user", "day")


def _team() -> pl.Expr:
    """Return the first team that calls or days name; some of a person's logs may name none."""
    return pl.col("team").drop_nulls().first()


def outcomes_by_user(context: Context) -> pl.DataFrame:
    """Return tasks completed per user and day, names resolved by the people file."""
    named = context.outcomes.filter(pl.col("user").is_not_null()).with_columns(resolved_user(context, "user"))
    return named.group_by("user", "date").agg(pl.col("tasks_completed").sum().alias("tasks")).sort("user", "date")


def _people(calls: pl.DataFrame, days: pl.DataFrame, context: Context) -> pl.DataFrame:
    """One row a person with active days: team, function, channel class, level, use of answers."""
    agentic = pl.col("is_agent").fill_null(False) | (pl.col("cache_read_tokens") > 0).fill_null(False)
    share = calls.filter("ok").group_by("user").agg(
        pl.col("function").first(),
        pl.when(agentic.mean() > AGENTIC_SHARE).then(pl.lit("agentic")).otherwise(pl.lit("chat")).alias("channel"),
    )  # fmt: skip
    sums = days.group_by("user").agg(
        _team(),
        pl.len().cast(pl.Int64).alias("active_days"),
        pl.col("level").median(),
        pl.col("fresh").sum(),
        pl.col("tokens").sum(),
        pl.col("turns").sum(),
        pl.col("tasks").is_not_null().any().alias("reported"),
        pl.col("used_known").sum(),
        pl.col("used_true").sum(),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    # Tasks are often closed on a day without a single call: all of the log's time counts, not active days only.
    during = pl.col("date").is_between(days["day"].min(), days["day"].max())
    done = outcomes_by_user(context).filter(during).group_by("user").agg(pl.col("tasks").sum())
    tasks = pl.when("reported").then(pl.col("tasks").fill_null(0.0))
    fte = context.people.select("user", "fte", "start_date")
    joined = sums.join(share, on="user", how="left").join(fte, on="user", how="left").join(done, on="user", how="left")
    return joined.with_columns(tasks.alias("tasks")).drop("reported").sort("user")


def used_base(people: pl.DataFrame) -> float | None:
    """Return the median share of answers that people act on; null where too few marks are known.

    Null also where it is 0: marks that most people never get cannot tell whose answers were wanted.
    """
    known = people.filter(pl.col("used_known") >= MIN_KNOWN_USED)
    base: float | None = known.select((pl.col("used_true") / pl.col("used_known")).median()).item()
    return base or None


def _has(calls: pl.DataFrame, people: pl.DataFrame, context: Context) -> frozenset[str]:
    present = {
        "prompt": calls["prompt_id"].is_not_null().any(),
        "session_id": (calls["session_quality"] == "client").any(),
        "used": used_base(people) is not None,
        "input_tokens": (calls["tokens"] > 0).any(),
        "status": calls["status"].is_not_null().any(),
        "model": calls["model"].is_not_null().any(),
        "app": calls["app"].is_not_null().any(),
        "team": calls["team"].is_not_null().any(),
        "function": calls["function"].is_not_null().any(),
        "user": calls.height > 0,
        "timestamp": calls.height > 0,
        "latency_ms": calls["latency_ms"].is_not_null().any(),
        "outcomes": context.outcomes.height > 0,
        "reviews": bool(context.reviews),
        "quotas": bool(context.quotas),
        "people": context.people.height > 0,
    }
    return frozenset(name for name, there in present.items() if there)
