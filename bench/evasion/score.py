"""Hide prompts in one way, and count how many are still taken for what they are."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from bench.evasion.catalogue import Evasion
from bench.evasion.prompts import CLASSES, Prompt
from tokenscan.prompts import cluster_prompts, masked, normalised, stable_hash
from tokenscan.prompts.contain import contained

CAUGHT = ("same prompt", "same template", "one cluster", "contained")
WRONG = ("wrong cluster", "wrong core")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Shares of the hidden prompts: caught in each way and in any, also by length class; taken for another prompt.

    Where the evasion changes none of the prompts there is no share.
    """

    tried: int
    caught: dict[str, float | None]
    any_by_length: dict[str, float]
    wrong: dict[str, float | None]


def score(evasion: Evasion, bases: Sequence[Prompt], others: Sequence[str], seed: int) -> Score:
    """Hide every base, put it with all bases and the unrelated `others`, and see what is made of it.

    Bases that the evasion leaves as they are do not count, unless it is meant to.
    """
    rng = random.Random(f"{seed} {evasion.name} {evasion.strength}")
    hidden = [evasion.edit(base, rng) for base in bases]
    meant = all(one == base.text for one, base in zip(hidden, bases, strict=True))
    tried = [meant or one != base.text for one, base in zip(hidden, bases, strict=True)]
    origins = list(range(len(bases)))
    texts = pl.DataFrame(
        {
            "text": [*hidden, *(base.text for base in bases), *others],
            "origin": [*origins, *origins, *range(len(bases), len(bases) + len(others))],
        }
    ).with_columns(normal=normalised(pl.col("text")))
    ids = texts.select(
        "origin", "normal", prompt=stable_hash(pl.col("normal")), template=stable_hash(masked(pl.col("normal")))
    ).with_columns(cluster=cluster_prompts(texts["text"])["cluster_id"])
    verdict = pl.concat([_same(ids, len(bases)), _cores(ids, len(bases))], how="horizontal").with_columns(
        length=pl.Series([base.length for base in bases])
    )
    return _summary(verdict.filter(pl.Series(tried)))


def _same(ids: pl.DataFrame, count: int) -> pl.DataFrame:
    """Compare the ids of each hidden prompt with those of its base."""
    hidden, base = ids.slice(0, count), ids.slice(count, count)
    # Another prompt in the cluster of the hidden one, its own base and itself apart.
    origins = ids.select(pl.col("origin").n_unique().over("cluster") > 1).to_series()
    return pl.DataFrame(
        {
            "same prompt": hidden["prompt"] == base["prompt"],
            "same template": hidden["template"] == base["template"],
            "one cluster": hidden["cluster"] == base["cluster"],
            "wrong cluster": origins.slice(0, count),
        }
    )


def _cores(ids: pl.DataFrame, count: int) -> pl.DataFrame:
    """See whether the longer of hidden prompt and base has the other as its core, or has a stranger as its core."""
    distinct = ids.unique("normal", keep="first", maintain_order=True)
    found = contained(distinct["normal"])
    cores = distinct.select("origin", "prompt")
    pairs = pl.DataFrame(
        {
            "prompt": cores["prompt"].gather(found["text"]),
            "origin": cores["origin"].gather(found["text"]),
            "core": cores["origin"].gather(found["core"]),
        }
    ).with_columns(own=pl.col("origin") == pl.col("core"))
    own = pairs.filter("own")["origin"].implode()
    strange = pairs.filter(~pl.col("own"))["prompt"].implode()
    return ids.slice(0, count).select(
        pl.col("origin").is_in(own).alias("contained"), pl.col("prompt").is_in(strange).alias("wrong core")
    )


def _summary(verdict: pl.DataFrame) -> Score:
    either = pl.any_horizontal(CAUGHT)
    by_length = verdict.group_by("length").agg(either.mean().alias("share"))
    shares = dict(by_length.iter_rows())
    return Score(
        tried=verdict.height,
        caught={
            **verdict.select(pl.col(CAUGHT).mean()).row(0, named=True),
            "any": verdict.select(either.mean()).item(),
        },
        any_by_length={length: shares[length] for length in CLASSES if length in shares},
        wrong=verdict.select(pl.col(WRONG).mean()).row(0, named=True),
    )
