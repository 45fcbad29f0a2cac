"""C05: long documents sent again and again, and nobody does anything with the answers."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.families import COLUMNS, with_families
from tokenscan.detectors.common.marks import USE_METRICS, judged_use, telling_marks, with_excuse
from tokenscan.detectors.common.programs import without_programs
from tokenscan.detectors.common.statistics import strength
from tokenscan.detectors.common.tables import used_base

_SIZES = ("day", "text", "fresh", "prompt_chars", "input_tokens", "cache_read_tokens", "output_tokens")
# Where the document lies beside the prompt, all there is to see is much input and next to no answer.
ATTACHED_TOKENS = 8_000
ATTACHED_ANSWER = 0.01  # of the input
# What is left of the strength where no marks tell whether anything came of it: a reason to ask, no more.
UNKNOWN = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/content/discarded-document.toml``."""

    document_chars: int
    share: float
    top: float
    min_sent: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Find people who send the same long documents in session after session without using what they get.

    A document is the same while most of its text is: versions of one contract are one document. What came of it is
    judged by whole sessions: one used answer, be it to a later question, is something done. Where no marks tell, only
    the same instruction above the same document counts, for a new question is a new reason to send it.
    """
    base = used_base(tables.people)
    turns = telling_marks(tables.calls.filter("turn").select(*COLUMNS, *_SIZES), base)
    conversation = pl.col("session").cast(pl.Categorical).to_physical().cast(pl.Int64).alias("conversation")
    told = with_families(turns).with_columns(conversation)
    opened = told.with_columns((pl.int_range(pl.len()).over("conversation") == 0).alias("opens"))
    sent = _sent(without_programs(opened.filter("text"), base, apps=False), params)
    if sent.is_empty():
        return NotEvaluated(f"nobody sent a document of {params.document_chars:,} characters in two sessions")
    verdict = _verdict(sent, told, base)
    again = sent.filter(~pl.col("first")).join(verdict.select("user", "verdict"), on="user")
    counted = again.filter((pl.col("verdict") == "unused") | (pl.col("same_ask") & ~pl.col("attached")))
    totals = told.group_by("user").agg(pl.col("fresh").sum().alias("all_tokens"))
    share = (pl.col("tokens") / pl.col("all_tokens")).alias("value")
    people = _people(counted).join(totals, on="user").join(verdict, on="user").with_columns(share)
    over = people.filter((pl.col("sent") >= params.min_sent) & (pl.col("value") >= params.share))
    rows = with_excuse(tables, _graded(over, params), counted)
    metrics = ["percent", "tokens", "sent", "documents", "most_sent", "characters", "attached", *USE_METRICS]
    return detection(rows, metrics, _claims(counted))


def _sent(text: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return sendings of documents that the person sent in more than one session, once a session, oldest first.

    ``first`` marks the first sending of all, ``same_ask`` an instruction that stood above the document before.
    """
    long = (pl.col("prompt_chars") >= params.document_chars).fill_null(value=False)
    read = pl.col("input_tokens") - pl.col("cache_read_tokens").fill_null(0)
    short_answer = pl.col("output_tokens") < ATTACHED_ANSWER * pl.col("input_tokens")
    attached = (pl.col("opens") & (read >= ATTACHED_TOKENS) & short_answer).fill_null(value=False)
    kept = text.filter(long | attached).with_columns((~long).alias("attached"), pl.col("family").alias("document"))
    once = kept.sort("timestamp", "row_id").unique(["document", "conversation"], keep="first", maintain_order=True)
    return once.with_columns(
        pl.len().over("document").alias("times"),
        (pl.int_range(pl.len()).over("document") == 0).alias("first"),
        (pl.int_range(pl.len()).over("document", "opening_id") > 0).alias("same_ask"),
    ).filter(pl.col("times") > 1)


def _verdict(sent: pl.DataFrame, told: pl.DataFrame, base: float | None) -> pl.DataFrame:
    """Judge the sessions with a document sent more than once, each by whether anything in it was used."""
    inside = pl.col("conversation").is_in(sent["conversation"].unique().implode())
    unit = pl.when(inside).then("conversation").otherwise(-1 - pl.col("row_id").cast(pl.Int64))
    people = told.filter(pl.col("user").is_in(sent["user"].unique().implode()))
    kept = people.group_by("user", unit.alias("unit")).agg(pl.col("used").max())
    return judged_use(kept, ["user"], pl.col("unit") >= 0, base)


def _people(counted: pl.DataFrame) -> pl.DataFrame:
    return counted.group_by("user").agg(
        pl.col("team").drop_nulls().first(),
        pl.len().cast(pl.Int64).alias("sent"),
        pl.col("attached").sum().cast(pl.Int64),
        pl.col("document").n_unique().cast(pl.Int64).alias("documents"),
        pl.col("times").max().cast(pl.Int64).alias("most_sent"),
        pl.col("prompt_chars").median().alias("characters"),
        pl.col("fresh").sum().alias("tokens"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )


def _graded(over: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Grade by the tokens; attached documents, which nobody has seen, and unknown use are only context."""
    unused = pl.col("verdict") == "unused"
    full = strength(pl.col("value"), params.share, params.top)
    seen = unused & (pl.col("sent") - pl.col("attached") >= params.min_sent)
    sure = seen & (pl.col("sent") >= 2 * params.min_sent)
    confidence = pl.when(sure).then(pl.lit("high")).when(seen).then(pl.lit("medium")).otherwise(pl.lit("low"))
    return over.with_columns(
        (100 * pl.col("value")).alias("percent"),
        pl.lit(params.share).alias("threshold"),
        pl.col("sent").alias("n"),
        pl.when(unused).then(full).otherwise(UNKNOWN * full).alias("strength"),
        confidence.alias("confidence"),
        pl.lit("what the person sent in earlier sessions").alias("compared_with"),
    )


def _claims(counted: pl.DataFrame) -> pl.DataFrame:
    """Claim what was sent again and not used, where the answers are known to lie unused and the text is there."""
    sure = (pl.col("verdict") == "unused") & ~pl.col("attached") & ~pl.col("used").fill_null(value=False)
    return counted.filter(sure).select("user", "row_id", pl.lit("row").alias("level"), pl.lit(1.0).alias("share"))
