"""The stretches of a Copilot session: which call belongs where, and what a stretch's summary tells of its calls."""

from __future__ import annotations

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.fields import ROW
from tokenscan.sources.formats.repeats import stable_id
from tokenscan.sources.logins import task_of_branch

_SHARED = ("input", "cache_read", "cache_write", "output")
_COUNTS = (*_SHARED, "reasoning")
_APP = "copilot-agent"
_KEY = ["stretch", "model"]
_PLACE = ("stretch", "session", "user", "branch")


def with_place(events: pl.DataFrame) -> pl.DataFrame:
    """Add what earlier lines tell of each event: stretch of work, session, login, branch, prompt, turn."""
    what, text = pl.col("what"), pl.col("prompt", "session", "user", "branch", "model", "time", "turn", "call")
    stripped = text.str.strip_chars()
    clean = events.with_columns(pl.when(stripped != "").then(stripped))
    opens = (what == "start") | ((what.shift() == "end") & (what != "end"))
    turn = what == "turn"
    return clean.with_columns(
        stretch=opens.fill_null(value=False).cum_sum(),
        session=pl.col("session").forward_fill().backward_fill(),
        user=pl.col("user").forward_fill().backward_fill(),
        branch=pl.when(what == "start").then(pl.col("branch").fill_null("")).otherwise("branch").forward_fill(),
        prompts=(what == "prompt").cum_sum(),
        prompt=pl.col("prompt").forward_fill(),
        known_model=pl.when(what.is_in(["start", "model", "call"])).then("model").forward_fill(),
        turns=turn.cum_sum(),
        turn_open=pl.when(turn).then("turn").forward_fill(),
        turn_time=pl.when(turn).then("time").forward_fill(),
    )


def calls_of(events: pl.DataFrame) -> pl.DataFrame:
    """Return the calls, one row each under the fields' names, completed from the summary of their stretch."""
    told = _merged(events.filter(pl.col("what") == "call")).with_columns(model=pl.coalesce("model", "known_model"))
    aside = (pl.col("aside") == "true").fill_null(value=False)
    typed = (pl.col("prompts") > 0) & ~aside
    # Only the first call after a person's words answers them, the others are the agent's own steps.
    nth = pl.int_range(pl.len()).over("prompts", typed)
    opens = (pl.int_range(pl.len()).over("turns") == 0) & (pl.col("turn_open") == pl.col("turn"))
    return (
        _completed(told, _ends(events))
        .with_columns(
            event_id=pl.col("call_id"),
            timestamp=pl.when(opens).then(pl.coalesce("turn_time", "time")).otherwise("time"),
            ended=pl.when(opens).then("time"),
            prompt=pl.when(~aside).then("prompt"),
            is_agent=pl.when(aside).then(True).when(typed).then(nth > 0),
            response=pl.col("text"),
            tool_name=pl.col("tool"),
        )
        .select(ROW, *_PLACE, "model", *_COUNTS, "tokens_quality", "event_id", "timestamp", "ended", "prompt",
                "is_agent", "response", "tool_name")
    )  # fmt: skip


def rest_of(events: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """Return the calls that only a summary knows of, one row a stretch and model, at the stretch's start.

    Sub-agents and the client's own calls are not logged one by one. What no call of the log can hold stands there too,
    so that sums are those of the summary.
    """
    started = events.group_by("stretch").agg(pl.col("time").drop_nulls().first().alias("started"))
    sums = (
        _counted(calls)
        .group_by(_KEY)
        .agg(pl.len().alias("calls"), *(pl.col(f"{name}_n").sum().alias(f"{name}_told") for name in _SHARED))
    )
    ends = _counted(_ends(events)).join(sums, on=_KEY, how="left", maintain_order="left")
    left = [
        pl.when(pl.col(f"{name}_n").is_null())
        .then(name)  # what is no count goes to the quarantine
        .otherwise((pl.col(f"{name}_n") - pl.col(f"{name}_told").fill_null(0)).clip(0).cast(pl.String))
        .alias(name)
        for name in _SHARED
    ]
    rest = ends.join(started, on="stretch", how="left", maintain_order="left").with_columns(
        *left,
        reasoning=pl.when(pl.col("calls").is_null()).then("reasoning"),
        n_requests=_unlogged(),
        timestamp=pl.coalesce("started", "time"),
        event_id=stable_id(_APP, [pl.coalesce("event", "session", "started"), pl.col("model")]),
        is_agent=pl.lit(value=True),
        tokens_quality=pl.lit("logged"),
    )
    some = pl.any_horizontal(pl.col(name).is_not_null() & (pl.col(name) != "0") for name in _SHARED)
    kept = rest.filter(some | (pl.col("n_requests") > 0))
    return kept.select(ROW, *_PLACE, "model", *_COUNTS, "tokens_quality", "n_requests", "timestamp", "event_id",
                       "is_agent")  # fmt: skip


def session_fields(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows under the names of fields, with what all rows of a session share."""
    fields = {name: f"{name}_tokens" for name in _COUNTS} | {"session": "session_id"}
    named = rows.rename(fields).with_columns(
        task_id=task_of_branch(pl.col("branch")), app=pl.lit(_APP), cache_inside_input=pl.lit(value=True)
    )
    return named.drop("branch", "stretch")


def _ends(events: pl.DataFrame) -> pl.DataFrame:
    """Return the summaries, one row a stretch and model; a stretch has one, and a second one repeats it."""
    ends = events.filter((pl.col("what") == "end") & pl.col("model").is_not_null())
    return ends.unique(_KEY, keep="last", maintain_order=True)


def _merged(said: pl.DataFrame) -> pl.DataFrame:
    """Return one row a call: it may be logged again, and in a recording its tokens stand apart from its text."""
    said = said.with_columns(pl.coalesce("call", "event").alias("call_id"))
    largest = pl.col("output").sort_by(pl.col("output").cast(pl.Int64, strict=False)).last()
    keyed = said.filter(pl.col("call_id").is_not_null()).group_by("call_id", maintain_order=True)
    merged = keyed.agg(
        pl.exclude("call_id", "output", "aside").first(ignore_nulls=True), largest, pl.col("aside").max()
    )
    return pl.concat([merged, said.filter(pl.col("call_id").is_null())], how="diagonal").sort(ROW)


def _completed(calls: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """Give calls their share of what the summary tells and they do not.

    The only call of a stretch and model gets all of it. Of several the shares are even, calls that are not logged
    included: the sum is known, its parts are an estimate.
    """
    totals = _counted(ends).select(
        *_KEY, *(pl.col(f"{name}_n").alias(f"{name}_total") for name in _COUNTS), _asked().alias("asked")
    )
    wide = _counted(calls).join(totals, on=_KEY, how="left", maintain_order="left")
    here = pl.len().over(_KEY)
    others = (pl.col("asked") - here).clip(0).fill_null(0)
    alone = (here == 1) & (others == 0)
    filled = [_filled(name, others).alias(name) for name in _SHARED]
    guessed = pl.any_horizontal(pl.col(name).is_null() & pl.col(f"{name}_total").is_not_null() for name in _SHARED)
    reasoning = pl.when(alone & pl.col("reasoning").is_null()).then(pl.col("reasoning_total").cast(pl.String))
    return wide.with_columns(
        *filled,
        reasoning=pl.coalesce("reasoning", reasoning),
        tokens_quality=pl.when(guessed & ~alone).then(pl.lit("estimated")),
    )


def _filled(name: str, others: pl.Expr) -> pl.Expr:
    """Return a count of each call; where none is told, an even share of the rest, what is over to the first."""
    open_ = pl.col(name).is_null()
    left = (pl.col(f"{name}_total") - pl.col(f"{name}_n").sum().over(_KEY)).clip(0)
    takers = open_.sum().over(_KEY).cast(pl.Int64) + others
    share = left // takers
    first = (open_.cast(pl.Int64).cum_sum().over(_KEY) == 1) & (others == 0)
    return (
        pl.when(open_)
        .then((share + pl.when(first).then(left - share * takers).otherwise(0)).cast(pl.String))
        .otherwise(name)
    )


def _counted(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(convert.tokens(rows[name]).alias(f"{name}_n") for name in _COUNTS)


def _asked() -> pl.Expr:
    """Return how many requests a summary counts, null where it does not say."""
    asked = pl.col("count").cast(pl.Float64, strict=False)
    return pl.when(asked.is_between(0, convert.MAX_TOKENS)).then(asked).cast(pl.Int64)


def _unlogged() -> pl.Expr:
    return (_asked() - pl.col("calls").fill_null(0)).clip(0).fill_null(0)
