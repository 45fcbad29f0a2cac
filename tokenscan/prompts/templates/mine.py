"""Templates whose slots hold words: prompts that share most of their wording and differ in a few places."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from tokenscan.hashing import stable_hash
from tokenscan.prompts.corpus import Ints
from tokenscan.prompts.templates.find import pieces, shared
from tokenscan.prompts.templates.fit import Fits, fits
from tokenscan.prompts.templates.read import read
from tokenscan.prompts.templates.vary import varied
from tokenscan.prompts.templates.wording import Templates, measured
from tokenscan.prompts.templates.words import Words

# A wording this many words longer is a template of its own; with fewer it is the shorter one, its slot filled alike.
MORE_WORDS: Final = 4

_ROUNDS: Final = 6


def mine_templates(masked: pl.Series) -> pl.DataFrame:
    """Find the templates among distinct prompts, normalised and masked; one row per prompt, in input order.

    Columns: `template` (u32, templates numbered by their text), `text` (str, the fixed wording with `{1}`,
    `{2}`, ... for the slots), `fixed_share` (f64, part of the masked prompt that is fixed wording) and
    `filling` (u64, the same for the same words in all slots); all null where a prompt has no template. The
    result does not depend on the order of the prompts.

    A template has at least MIN_FILLINGS prompts, enough fixed wording (see `Templates.enough`), and a slot
    in which no filling is usual. Of a long prompt the first and last WINDOW words are looked at. The task is
    that of Drain (He, Zhu, Zheng, Lyu, ICWS 2017), but slots may hold any number of words, and no order of
    arrival matters: runs of three words that occur in the same prompts are found by sketches of these sets,
    then joined to a wording, then sought in all prompts.
    """
    text = masked.cast(pl.String).rename("text")
    rows = text.to_frame().with_columns(key=stable_hash(pl.col("text")))
    # Sorted by a hash of the text: from here on nothing depends on the order of the input.
    known = rows.drop_nulls().unique("key", keep="any").sort("key")
    found = _mined(known["text"])
    labels = known.select("key").with_columns(found)
    return rows.select("key").join(labels, on="key", how="left", maintain_order="left").drop("key")


def _mined(texts: pl.Series) -> pl.DataFrame:
    """Return the columns of `mine_templates` for distinct prompts, sorted by a hash of their text."""
    words = Words.of(texts)
    often = shared(words)
    candidates = measured(pieces(words, often), words, texts)
    written = read(candidates.place, candidates.size, candidates.count, words, texts)
    order = written.arg_sort().to_numpy().astype(np.int64)
    candidates, written = candidates.take(order), written.gather(order)
    pairs = fits(candidates, words, often)
    chosen = _choose(candidates, pairs, words)
    template = np.full(len(texts), -1)
    filling = np.zeros(len(texts), dtype=np.uint64)
    template[pairs.prompt[chosen]] = pairs.template[chosen]
    filling[pairs.prompt[chosen]] = pairs.filling[chosen]
    found = pl.DataFrame({"at": template, "filling": filling, "chars": words.chars})
    found = found.with_columns(pl.col("at").replace(-1, None))
    fixed = pl.Series(candidates.chars, dtype=pl.Float64).gather(found["at"])
    return found.select(
        template=pl.col("at").rank("dense").cast(pl.UInt32) - 1,
        text=written.gather(found["at"]),
        fixed_share=(fixed / pl.col("chars")).clip(0, 1),
        filling=pl.when(pl.col("at").is_not_null()).then("filling"),
    )


def _choose(templates: Templates, pairs: Fits, words: Words) -> Ints:
    """Choose at most one pair for each prompt; templates that few prompts are left with give them up again.

    A prompt goes to the template with most words of fixed wording times the logarithm of its prompts: words
    saved against evidence. Templates that fall MORE_WORDS short of that one or less, and have more prompts,
    come first: the same wording without one frequent filling.
    """
    count = len(templates)
    table = _table(templates, pairs)
    usual = np.zeros(count)
    chars = pl.DataFrame({"template": pairs.template, "chars": words.chars[pairs.prompt]})
    medians = chars.group_by("template").agg(pl.col("chars").median())
    usual[medians["template"].to_numpy()] = medians["chars"].to_numpy()
    valid = templates.enough(usual) & varied(pairs, np.arange(len(pairs.template)), words, count)
    for _ in range(_ROUNDS):
        chosen = _best(table.filter(pl.Series(valid[pairs.template])))
        good = valid & varied(pairs, chosen, words, count)
        kept = chosen[good[pairs.template[chosen]]]
        if len(kept) == len(chosen):
            break
        valid = good
    return kept


def _table(templates: Templates, pairs: Fits) -> pl.DataFrame:
    members = np.bincount(pairs.template, minlength=len(templates))
    score = np.round(templates.words * np.log2(np.maximum(members, 1)) * 1000).astype(np.int64)
    return pl.DataFrame(
        {
            "pair": np.arange(len(pairs.template)),
            "prompt": pairs.prompt,
            "template": pairs.template,
            "members": members[pairs.template],
            "words": templates.words[pairs.template],
            "score": score[pairs.template],
        }
    )


def _best(table: pl.DataFrame) -> Ints:
    best = table.sort("prompt", "score", "template", descending=[False, True, False])
    near = pl.col("words") > pl.col("words").first().over("prompt") - MORE_WORDS
    ranked = best.filter(near).sort("prompt", "members", "words", "template", descending=[False, True, True, False])
    return ranked.unique("prompt", keep="first", maintain_order=True)["pair"].sort().to_numpy().astype(np.int64)
