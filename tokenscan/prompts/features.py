"""The prompt table: what the detectors know about a prompt once its text is out of sight."""

from __future__ import annotations

from typing import Final

import polars as pl

from tokenscan.events.schema import PROMPTS
from tokenscan.hashing import stable_hash
from tokenscan.prompts.contain import contained
from tokenscan.prompts.engine import Engine, default_engine
from tokenscan.prompts.index import cluster_prompts
from tokenscan.prompts.masks import masked
from tokenscan.prompts.passages import passages
from tokenscan.prompts.secrets import secret_kinds
from tokenscan.prompts.templates.mine import mine_templates
from tokenscan.prompts.trivial import trivial

# Part of a template's usual prompt that is fixed wording, for fillings to count as the same template.
TEMPLATE_SHARE: Final = (0.5, 0.9)

PREFIX_WORDS: Final = 10
OPENING_WORDS: Final = 8

# Scripts written without spaces, with the usual length of a word in characters.
_UNSPACED: Final = (
    r"([\p{Han}\p{Hiragana}\p{Katakana}\x{30fc}]{1,2}"
    r"|[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]{1,5})"
)
_WORD: Final = r"[^ \p{L}\p{N}]*[\p{L}\p{N}][^ ]*"


def describe(prompts: pl.DataFrame, engine: Engine | None = None) -> pl.DataFrame:
    """Build the prompt table from distinct prompts (`prompt_id` u64, `text` str, one row each).

    `chars` and `words` are taken from the normalised text, so they do not depend on which of several
    equal prompts was kept. In scripts without spaces two characters (Chinese, Japanese) or five (Thai, Lao,
    Khmer, Burmese) count as a word; runs of punctuation or emoji count as none. A prompt without text is
    a cluster of its own. Returns the `PROMPTS` schema sorted by `prompt_id`.
    """
    engine = engine or default_engine()
    known = prompts.select("prompt_id", "text").cast({"prompt_id": pl.UInt64, "text": pl.String})
    known = known.sort("prompt_id", "text")
    known = known.with_columns(normal=engine.normalised(known["text"]))
    known = known.with_columns(mask=masked(pl.col("normal")))
    clusters = cluster_prompts(known["normal"], engine=engine)
    columns = {
        "prompt_id": known["prompt_id"],
        "text": known["text"],
        "cluster_id": known["prompt_id"].gather(clusters["representative"]).fill_null(known["prompt_id"]),
        "similarity": clusters["similarity"].fill_null(1.0),
        "passages": passages(known["mask"], engine),
    }
    parts = [
        contents_of(known, counts_of(known)),
        _templates(known["mask"]),
        _cores(known, clusters["representative"], engine),
    ]
    return pl.concat([pl.DataFrame(columns), *parts], how="horizontal").match_to_schema(PROMPTS)


def counts_of(known: pl.DataFrame) -> pl.DataFrame:
    """Measure prompts by their `normal` text and its `mask`: chars, words, prefix_id, opening_id."""
    return known.select(
        chars=pl.col("normal").str.len_chars().cast(pl.Int64),
        words=_spaced(pl.col("normal")).str.count_matches(_WORD).cast(pl.Int64),
        prefix_id=stable_hash(_first_words(pl.col("mask"), PREFIX_WORDS)),
        opening_id=stable_hash(_first_words(pl.col("mask"), OPENING_WORDS)),
    )


def contents_of(known: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Add to the counts of prompts what they hold: ``trivial`` by their `normal` text, ``secrets`` by their `text`."""
    return counts.with_columns(trivial(known["normal"], counts["words"]), secret_kinds(known["text"]))


def _templates(masks: pl.Series) -> pl.DataFrame:
    """Name each prompt's template: its mined wording where that is template enough, else the masked prompt.

    With less fixed wording, different questions would be one template for what they are framed by. With
    more, a slot is a nonce or a typo, which `cluster_id` is for.
    """
    mined = mine_templates(masks).with_columns(mask=masks)
    usual = pl.col("fixed_share").median().over("template")
    named = pl.when(usual.is_between(*TEMPLATE_SHARE)).then("text").otherwise("mask")
    return mined.select("fixed_share", template_id=stable_hash(named), wording_id=stable_hash(pl.col("text")))


def _cores(known: pl.DataFrame, representative: pl.Series, engine: Engine) -> pl.DataFrame:
    """Name the cluster whose prompt is contained nearly whole in each prompt's representative, if there is one."""
    rows = representative.drop_nulls().unique().sort()
    found = contained(known["normal"].gather(rows), engine=engine)
    cores = pl.DataFrame(
        {
            "row": rows.gather(found["text"]),
            "core_id": known["prompt_id"].gather(rows.gather(found["core"])),
            "filler": found["filler"],
        }
    )
    named = representative.rename("row").to_frame().join(cores, on="row", how="left", maintain_order="left")
    return named.select("core_id", "filler")


def _spaced(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(_UNSPACED, " ${1} ")


def _first_words(text: pl.Expr, count: int) -> pl.Expr:
    head = _spaced(text).str.extract(rf"^ *([^ ]+(?: +[^ ]+){{0,{count - 1}}})")
    return head.str.replace_all("  +", " ").fill_null(text)
