"""What no real log holds: each check says of every account and app how many calls it looked at and how many failed it.

A check returns user, app, checked and bad (numbers of calls), row_id (of up to three) and ``detail`` for the sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from tokenscan.detectors.common.releases import release_dates

# No model could be called by anybody before (the first public interface opened in June 2020).
FIRST_DAY = pl.date(2020, 6, 1)
# The widest window on offer takes ten million tokens, and no answer comes near a million.
MOST_INPUT, MOST_OUTPUT = 20_000_000, 2_000_000
ANSWER = 500  # tokens of an answer long enough to time
VARIED = 20  # lengths of prompts, minutes of the hour: so many and it is neither one prompt nor one schedule
NEARLY_ALL, ROUNDED = 0.9, 0.5
BY = ["user", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the rule's parameters say, see ``rules/integrity/forged-log.toml``."""

    tokens_per_second: float
    grace_days: int
    calls_per_second: int


def before_any_model(calls: pl.DataFrame, _limits: Limits) -> pl.DataFrame:
    """Count calls older than any model that could be called."""
    return _counted(calls, pl.col("day") < FIRST_DAY, pl.col("day").min().cast(pl.String))


def before_release(calls: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Count calls of models whose release is known that are older than it."""
    dates = dict(release_dates(calls["model"].unique().to_list()).iter_rows())
    out = pl.col("model").replace_strict(dates, default=None, return_dtype=pl.Date).alias("released")
    known = calls.with_columns(out).filter(pl.col("released").is_not_null())
    early = pl.col("day") < pl.col("released") - timedelta(days=limits.grace_days)
    worst = pl.format("{} on {}, released {}", "model", "day", "released").sort_by("day", "row_id").first()
    return _counted(known, early & (pl.col("day") >= FIRST_DAY), worst)


def faster_than_any_model(calls: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Count long answers that came at a speed no model has; an answer seen before may come from a gateway's cache."""
    output, latency = pl.col("output_tokens"), pl.col("latency_ms")
    timed = pl.col("ok") & pl.col("single") & (output >= ANSWER) & (latency > 0)
    known = calls.filter(timed.fill_null(value=False))
    speed = output * 1000 / latency
    answer = ["model", "input_tokens", "output_tokens"]
    fast = known.filter(speed > limits.tokens_per_second)
    alike = known.join(fast.select(answer).unique(), on=answer, how="semi", nulls_equal=True)
    first = alike.sort("timestamp", "row_id").unique(answer, keep="first")["row_id"]
    again = (speed > limits.tokens_per_second) & ~pl.col("row_id").is_in(first.implode())
    top = pl.format("up to {} tokens a second", speed.max().round(0).cast(pl.Int64))
    return _counted(known.filter(~again), speed > limits.tokens_per_second, top)


def too_many_at_once(calls: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Count calls of seconds in which one account made more than any client sends; not where times are rounded.

    Expects each account's calls together, in order of time: the call so many places on is within the same second.
    """
    second = pl.col("timestamp").dt.truncate("1s")
    single = calls.filter("single").with_columns(second.alias("_second"))
    later = [pl.col(name) == pl.col(name).shift(-limits.calls_per_second) for name in ("user", "_second")]
    crowds = single.filter(pl.all_horizontal(later).fill_null(value=False)).select("user", "_second").unique()
    crowded = single.join(crowds.with_columns(pl.lit(value=True).alias("_in")), on=["user", "_second"], how="left")
    on_minute = pl.col("_second") == pl.col("timestamp").dt.truncate("1m")
    rounded = crowded.group_by(*BY).agg((on_minute.mean() > ROUNDED).alias("_rounded"))
    fine = crowded.join(rounded, on=BY, nulls_equal=True).filter(~pl.col("_rounded"))
    top = pl.format("on {} occasions", pl.col("_second").n_unique())
    return _counted(fine, pl.col("_in"), top)


def parts_above_the_whole(calls: pl.DataFrame, _limits: Limits) -> pl.DataFrame:
    """Count calls whose cached tokens are more than the input, or whose reasoning is more than the output."""
    cached = pl.col("cache_read_tokens").fill_null(0) + pl.col("cache_write_tokens").fill_null(0)
    wrong = (cached > pl.col("input_tokens")).fill_null(value=False)
    if "reasoning_tokens" in calls.columns:
        wrong = wrong | (pl.col("reasoning_tokens") > pl.col("output_tokens")).fill_null(value=False)
    return _counted(calls.filter(pl.col("input_tokens").is_not_null()), wrong, pl.lit(""))


def larger_than_any_model_takes(calls: pl.DataFrame, _limits: Limits) -> pl.DataFrame:
    """Count single calls with more tokens than any model reads or writes at once."""
    large = (pl.col("input_tokens") > MOST_INPUT) | (pl.col("output_tokens") > MOST_OUTPUT)
    top = pl.format("up to {} tokens", pl.max_horizontal("input_tokens", "output_tokens").max())
    return _counted(calls.filter("single"), large, top)


def round_counts(calls: pl.DataFrame, _limits: Limits) -> pl.DataFrame:
    """Count calls whose input and output are both full hundreds: one in ten thousand is.

    One size, again and again, is a fixed request, such as a health check.
    """
    sizes = ["input_tokens", "output_tokens"]
    large = pl.col("single") & pl.all_horizontal(pl.col(name) >= 100 for name in sizes).fill_null(value=False)
    whole = pl.all_horizontal(pl.col(name) % 100 == 0 for name in sizes)
    return _counted(calls.filter(large), whole, pl.lit(""), varied=pl.struct(sizes).n_unique())


def one_size_for_all_prompts(calls: pl.DataFrame, _limits: Limits) -> pl.DataFrame:
    """Count prompts with the account's most frequent input size, where prompts are of many lengths."""
    known = calls.filter(pl.col("single") & (pl.col("input_tokens") > 0) & (pl.col("prompt_chars") > 0))
    lengths = pl.col("prompt_chars")
    groups = known.group_by(*BY).agg(
        (lengths.max() >= 4 * lengths.min()).alias("_many"),
        (pl.col("input_tokens").n_unique() * 2 <= pl.col("prompt_id").n_unique()).alias("_few"),
    )
    odd = known.join(groups.filter(pl.col("_many") & pl.col("_few")), on=BY, how="semi", nulls_equal=True)
    # A prompt that is sent again and again counts once.
    each = odd.sort("row_id").unique([*BY, "prompt_id"], keep="first", maintain_order=True)
    alike = pl.len().over(*BY, "input_tokens") >= NEARLY_ALL * pl.len().over(*BY)
    size = pl.format("{} input tokens", pl.col("input_tokens").min())
    return _counted(each, alike, size, varied=lengths.n_unique())


def full_minutes(calls: pl.DataFrame, _limits: Limits) -> pl.DataFrame:
    """Count calls on a full minute, where these are too many different minutes for a schedule."""
    full = pl.col("timestamp").dt.truncate("1m") == pl.col("timestamp")
    return _counted(calls.filter("single"), full, pl.lit(""), varied=pl.col("timestamp").dt.minute().n_unique())


def _counted(calls: pl.DataFrame, bad: pl.Expr, detail: pl.Expr, varied: pl.Expr | None = None) -> pl.DataFrame:
    """Count by account and app; calls that fail count only where they are ``varied`` in VARIED ways or more."""
    looked = calls.with_columns(bad.fill_null(value=False).alias("_bad"))
    sums = looked.group_by(*BY).agg(pl.len().cast(pl.Int64).alias("checked"))
    wrong = looked.filter("_bad").group_by(*BY).agg(
        pl.len().cast(pl.Int64).alias("bad"),
        (pl.lit(VARIED) if varied is None else varied).alias("ways"),
        pl.col("row_id").sort().head(3),
        detail.alias("detail"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )  # fmt: skip
    joined = sums.join(wrong.filter(pl.col("ways") >= VARIED), on=BY, how="left", nulls_equal=True)
    return joined.with_columns(pl.col("bad").fill_null(0)).sort(*BY, nulls_last=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check, the part of an account's calls that must fail it, and the sentence about the calls that do."""

    count: Callable[[pl.DataFrame, Limits], pl.DataFrame]
    share: float
    sentence: str


# Dates, speeds and sums are wrong one by one; the others become odd only where nearly all calls are so.
CHECKS: Mapping[str, Check] = {
    "impossible date": Check(count=before_any_model, share=0.0, sentence="are dated before any model could be called"),
    "model before its release": Check(count=before_release, share=0.0, sentence="name a model that was not out yet"),
    "impossible speed": Check(
        count=faster_than_any_model, share=0.01, sentence="were answered faster than any model writes"
    ),
    "impossible crowd": Check(
        count=too_many_at_once, share=0.01, sentence="were made at once, more than a client sends"
    ),
    "parts above the whole": Check(
        count=parts_above_the_whole, share=0.0, sentence="count more tokens in a part than in the whole"
    ),
    "impossible size": Check(
        count=larger_than_any_model_takes, share=0.0, sentence="hold more tokens than any model takes at once"
    ),
    "round token counts": Check(count=round_counts, share=0.5, sentence="count full hundreds of tokens, in and out"),
    "one size for all prompts": Check(
        count=one_size_for_all_prompts,
        share=NEARLY_ALL,
        sentence="count the same input tokens for prompts of many lengths",
    ),
    "full minutes": Check(count=full_minutes, share=NEARLY_ALL, sentence="lie on a full minute, at no fixed times"),
}
