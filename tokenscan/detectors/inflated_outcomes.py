"""O04: marks of use on answers too small to be worth one."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.peers import against_peers
from tokenscan.detectors.common.statistics import beta_bound, strength

# Editors complete code while a person types, a few words at a time, and most of it is kept.
AUTOCOMPLETE = r"(?i)auto-?complet|inline|tab-?complet"
FILLED = 10  # prompts of one template from which on it is a person's tool,
FRESH = 0.8  # if this share of them differ
RUN, BATCH = 8, 30  # tiny answers in one conversation, or in one app and day: lines of a text, cells of a column
SHORT_PROMPT = 10  # words: in longer ones there is a text to work on, and the answer may be as short as it
NEARLY_ALL = 0.8  # surely used: who looks up words uses most answers too, hardly ever nearly all
LEAST_USUAL = 0.02  # share of tiny answers among colleagues' used ones, below which nobody is compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/outcome/inflated-outcomes.toml``."""

    share: float
    top: float
    tiny_tokens: int
    times_peers: float
    min_tiny: int
    min_days: int
    min_peers: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Look at how much of what a person marks as used consists of a few words.

    Batches give such answers honestly: a template filled with ever new values, or many tiny answers in one conversation
    or day; they are left out, and so are editors' completions and prompts that hold a text to work on. What is left is
    held against colleagues. It is evidence only where nearly all such answers are marked, unlike the person's others.
    """
    typed = tables.typed.filter(pl.col("used").is_not_null() & pl.col("output_tokens").is_not_null())
    question = (pl.col("words") <= SHORT_PROMPT).fill_null(value=True)
    tiny = (pl.col("output_tokens") <= params.tiny_tokens) & question
    marked = _without_batches(typed.with_columns(tiny.alias("tiny")))
    people = _people(tables, marked, params)
    if people.filter(pl.col("peers") > 0).is_empty():
        return NotEvaluated(f"no group of {params.min_peers + 1} people with answers marked as used")
    usual = pl.max_horizontal("median", pl.lit(LEAST_USUAL))
    beyond = (pl.col("lower_bound") >= params.share) & (pl.col("lower_bound") >= params.times_peers * usual)
    # Answers that are kept less often when they are tiny are honest marks.
    plain = pl.col("tiny_rate") >= pl.col("other_rate").fill_null(0.0)
    all_marked = (pl.col("rate_bound") >= NEARLY_ALL) & (pl.col("other_rate") < pl.col("rate_bound")).fill_null(
        value=True
    )
    enough = (pl.col("tiny_used") >= params.min_tiny) & (pl.col("tiny_days") >= params.min_days)
    found = people.filter((pl.col("peers") > 0) & beyond & plain & enough).with_columns(
        pl.col("tiny_share").alias("value"),
        pl.lit(params.share).alias("threshold"),
        pl.col("all_used").alias("n"),
        strength(pl.col("lower_bound"), params.share, params.top).alias("strength"),
        pl.when(~all_marked).then(pl.lit("low")).when(pl.col("lower_bound") >= 2 * params.share).then(pl.lit("high"))
        .otherwise(pl.lit("medium")).alias("confidence"),
        pl.format("the median of {} colleagues ({})", "peers", "peer_group").alias("compared_with"),
        (pl.col("tiny_share") * 100).alias("percent"),
        (pl.col("median") * 100).alias("peers_percent"),
        pl.lit(params.tiny_tokens).alias("tiny_tokens"),
    )  # fmt: skip
    metrics = [
        "percent", "lower_bound", "peers_percent", "tiny_used", "all_used", "tiny_rate", "rate_bound", "other_rate",
        "tiny_days", "tiny_tokens", "tasks", "active_days",
    ]  # fmt: skip
    return detection(found, metrics, _claims(tables.steps, marked, found.filter(pl.col("confidence") != "low")))


def _without_batches(marked: pl.DataFrame) -> pl.DataFrame:
    filling = (pl.len() >= FILLED) & (pl.col("prompt_id").n_unique() / pl.len() >= FRESH)
    filled = pl.col("template_id").is_not_null() & filling.over("user", "template_id")
    run = pl.col("tiny").sum().over("user", "session") >= RUN
    batch = run | (pl.col("tiny").sum().over("user", "app", "day") >= BATCH)
    completed = pl.col("app").fill_null("").str.contains(AUTOCOMPLETE)
    return marked.filter(~filled & ~completed & ~(pl.col("tiny") & batch))


def _people(tables: Tables, marked: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return the share of tiny answers among each person's used ones, its lower bound, and colleagues' median."""
    tiny, used = pl.col("tiny"), pl.col("used")
    sums = marked.group_by("user").agg(
        used.sum().cast(pl.Int64).alias("all_used"),
        tiny.sum().cast(pl.Int64).alias("tiny_known"),
        (used & tiny).sum().cast(pl.Int64).alias("tiny_used"),
        used.filter(tiny).mean().alias("tiny_rate"),
        used.filter(~tiny).mean().alias("other_rate"),
        pl.col("day").filter(used & tiny).n_unique().cast(pl.Int64).alias("tiny_days"),
    )
    share = pl.when(pl.col("all_used") > 0).then(pl.col("tiny_used") / pl.col("all_used"))
    people = tables.people.join(sums, on="user").sort("user").with_columns(share.alias("tiny_share"))
    lower = beta_bound(people["tiny_used"], people["all_used"], 0.05)
    against = against_peers(people, "tiny_share", variance=pl.lit(0.0), floor=0.05, min_peers=params.min_peers)
    rate = beta_bound(people["tiny_used"], people["tiny_known"], 0.05)
    return people.with_columns(lower.alias("lower_bound"), rate.alias("rate_bound")).join(against.drop("z"), on="user")


def _claims(rows: pl.DataFrame, marked: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Claim tiny answers marked as used, beyond the part that such answers have among colleagues' used ones."""
    usual = pl.col("median") / (1 - pl.col("median")) * (pl.col("all_used") - pl.col("tiny_used"))
    share = found.select("user", (1 - usual / pl.col("tiny_used")).clip(0.0, 1.0).alias("share"))
    tiny = marked.filter("tiny", "used").join(share, on="user").select("exchange", "share")
    calls = rows.select("user", "row_id", "exchange").join(tiny, on="exchange", maintain_order="left")
    return calls.select("user", "row_id", pl.lit("row").alias("level"), "share")
