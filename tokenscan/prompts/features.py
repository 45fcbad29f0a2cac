"""The prompt table: what the detectors know about a prompt once its text is out of sight."""

from __future__ import annotations

from typing import Final

import polars as pl

from tokenscan.events.schema import PROMPTS
from tokenscan.hashing import stable_hash
from tokenscan.prompts.cluster import cluster_prompts
from tokenscan.prompts.normalise import masked, normalised

PREFIX_WORDS: Final = 10
OPENING_WORDS: Final = 8

# Scripts written without spaces, with the usual length of a word in characters.
_UNSPACED: Final = (
    r"([\p{Han}\p{Hiragana}\p{Katakana}\x{30fc}]{1,2}"
    r"|[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]{1,5})"
)
_WORD: Final = r"[^ \p{L}\p{N}]*[\p{L}\p{N}][^ ]*"


def describe(prompts: pl.DataFrame) -> pl.DataFrame:
    """Build the prompt table from distinct prompts (`prompt_id` u64, `text` str, one row each).

    `chars` and `words` are taken from the normalised text, so they do not depend on which of several
    equal prompts was kept. In scripts without spaces two characters (Chinese, Japanese) or five (Thai, Lao,
    Khmer, Burmese) count as a word; runs of punctuation or emoji count as none. A prompt without text is
    a cluster of its own. Returns the `PROMPTS` schema sorted by `prompt_id`.
    """
    known = prompts.select("prompt_id", "text").cast({"prompt_id": pl.UInt64, "text": pl.String})
    known = known.sort("prompt_id", "text").with_columns(normal=normalised(pl.col("text")))
    known = known.with_columns(mask=masked(pl.col("normal")))
    clusters = cluster_prompts(known["text"])
    representative = known["prompt_id"].gather(clusters["representative"])
    return known.select(
        "prompt_id",
        "text",
        chars=pl.col("normal").str.len_chars().cast(pl.Int64),
        words=_spaced(pl.col("normal")).str.count_matches(_WORD).cast(pl.Int64),
        template_id=stable_hash(pl.col("mask")),
        prefix_id=stable_hash(_first_words(pl.col("mask"), PREFIX_WORDS)),
        opening_id=stable_hash(_first_words(pl.col("mask"), OPENING_WORDS)),
        cluster_id=representative.fill_null(known["prompt_id"]),
        similarity=clusters["similarity"].fill_null(1.0),
    ).match_to_schema(PROMPTS)


def _spaced(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(_UNSPACED, " ${1} ")


def _first_words(text: pl.Expr, count: int) -> pl.Expr:
    head = _spaced(text).str.extract(rf"^ *([^ ]+(?: +[^ ]+){{0,{count - 1}}})")
    return head.str.replace_all("  +", " ").fill_null(text)
