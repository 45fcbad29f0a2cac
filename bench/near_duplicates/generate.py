"""Labelled near-duplicate prompts of any size: `python -m bench.near_duplicates.generate ROWS OUT [--shards N]`.

Columns: `prompt`, `cluster` (u32, the truth: prompts that ask the same), `kind` (base, near or repeat).

* 25 % of the rows are bases: 33 % chat, 40 % English of several sentences, 15 % a question with a function,
  10 % fillings of templates, 2 % Chinese. Sentences come from, or in the manner of, the docstrings of the
  Python code installed here, functions from that code; nothing of it is stored in the repository.
* 15 % are near-duplicates of a base: typos, other words, an id added, another filling; a fifth is hard.
* 60 % repeat another row, popular ones more often (Zipf, exponent 1.05): 70 % byte for byte, 15 % in other
  case, 10 % with other white space, 5 % with characters without a glyph or full-width letters. All are the
  same after normalisation.

Measured on 200,000 rows of seed 7: 105 MB; 19 bytes to 20 kB, median 295, mean 525; 79,932 distinct after
normalisation. Exact Jaccard similarity of byte 5-grams of near-duplicates to their base: 5 % are below 0.68, a
quarter below 0.83, half below 0.89; 99.3 % reach 0.6, 94 % reach 0.7. `bench.near_duplicates.describe` prints this.

The same seed and the same installed packages give the same file. Texts that came out equal by accident share
their label. Shards have a seed of their own each, so no label and hardly a text is in two of them. But there
are not enough functions for that: a function may recur in another shard, with another question and another
label, so that precision over shards reads low. Where functions run out within a file, English takes their place.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from bench.near_duplicates.bases import HAN, Author
from bench.near_duplicates.edits import Editor, respelled_case, respelled_glyphs, respelled_space
from bench.near_duplicates.language import Ints, Language
from bench.near_duplicates.pool import Pool, read_pool
from tokenscan.prompts import normalised

SEED: Final = 7
BASE_SHARE: Final = 0.25
NEAR_SHARE: Final = 0.15
_FILLED_ANEW: Final = 0.8
_ROW_GROUP: Final = 100_000

# Share of repeats, and how they are written.
_RESPELLED: Final = ((0.15, respelled_case), (0.10, respelled_space), (0.05, respelled_glyphs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Bases, then near-duplicates, with the label of each."""

    texts: list[str]
    cluster: Ints
    n_bases: int


def generate(rows: int, seed: int, pool: Pool) -> pl.DataFrame:
    """Return that many prompts in random order; labels are below `rows`."""
    chance, dice = np.random.default_rng(seed), random.Random(seed)
    author = Author(pool=pool, language=Language(pool.sentences), chance=chance, dice=dice)
    new = _new_texts(author, int(rows * BASE_SHARE), int(rows * NEAR_SHARE))
    repeats = rows - len(new.texts)
    sources = _popular(len(new.texts), repeats, 1.05, 10, chance)
    known = pl.Series(new.texts)
    again = known.gather(sources).scatter(*_respelled(new.texts, sources, chance, dice))
    kinds = ["base"] * new.n_bases + ["near"] * (len(known) - new.n_bases) + ["repeat"] * repeats
    return pl.DataFrame(
        {
            "prompt": pl.concat([known, again]),
            "cluster": np.concatenate([new.cluster, new.cluster[sources]]).astype(np.uint32),
            "kind": kinds,
        }
    )[chance.permutation(rows)]


def write_shards(folder: Path, shards: int, rows: int, seed: int = SEED) -> None:
    """Write files of that many rows each, one after the other, with labels of their own each."""
    folder.mkdir(parents=True, exist_ok=True)
    pool = read_pool()
    for shard in range(shards):
        frame = generate(rows, seed + shard, pool).with_columns(pl.col("cluster") + shard * rows)
        _write(frame, folder / f"part-{shard:04}.parquet")


def _write(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, compression="zstd", row_group_size=_ROW_GROUP)


def _new_texts(author: Author, n_bases: int, n_near: int) -> Texts:
    bases = author.bases(n_bases)
    editor = Editor(dice=author.dice, words=author.language.words, characters=HAN[:500])
    texts = list(bases.texts)
    sources = _popular(n_bases, n_near, 0.75, 30, author.chance)
    for source in sources.tolist():
        template = bases.templates.get(source)
        anew = template is not None and author.dice.random() < _FILLED_ANEW
        texts.append(author.filled(template) if template and anew else editor.near(texts[source]))
    cluster = np.concatenate([np.arange(n_bases), sources])
    return Texts(texts=texts, cluster=_with_equals_merged(texts, cluster), n_bases=n_bases)


def _popular(items: int, picks: int, exponent: float, shift: int, chance: np.random.Generator) -> Ints:
    """Pick items, with popularity falling by rank as (rank + shift) ** -exponent."""
    weights = np.cumsum((np.arange(items) + shift) ** -exponent)
    ranks = np.searchsorted(weights, chance.random(picks) * weights[-1])
    return np.asarray(chance.permutation(items)[np.minimum(ranks, items - 1)])


def _with_equals_merged(texts: list[str], cluster: Ints) -> Ints:
    """Give clusters that have a text in common, after normalisation, one label."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    keys = pl.Series("text", texts).to_frame().select(normalised(pl.col("text"))).to_series().rank("dense")
    key = keys.to_numpy().astype(np.int64) + int(cluster.max())
    size = int(key.max()) + 1
    edges = coo_array((np.ones(len(key), dtype=np.int8), (cluster, key)), shape=(size, size))
    _, labels = connected_components(edges, directed=False)
    return np.asarray(labels[cluster].astype(np.int64))


def _respelled(
    texts: list[str], sources: Ints, chance: np.random.Generator, dice: random.Random
) -> tuple[Ints, list[str]]:
    """Return which repeats are written in another way, and how."""
    draw = chance.random(len(sources))
    rows: list[int] = []
    written: list[str] = []
    floor = 0.0
    for share, respell in _RESPELLED:
        chosen = np.flatnonzero((floor <= draw) & (draw < floor + share))
        rows += chosen.tolist()
        written += _each(respell, [texts[source] for source in sources[chosen].tolist()], dice)
        floor += share
    return np.array(rows), written


def _each(respell: Callable[[str, random.Random], str], texts: list[str], dice: random.Random) -> list[str]:
    return [respell(text, dice) for text in texts]


def main() -> None:
    """Write one file, or a folder of shards."""
    parser = argparse.ArgumentParser(prog="python -m bench.near_duplicates.generate", description=__doc__)
    parser.add_argument("rows", type=int, help="rows of a file")
    parser.add_argument("out", type=Path, help="Parquet file, or folder of shards")
    parser.add_argument("--shards", type=int, default=0)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    if options.shards:
        write_shards(options.out, options.shards, options.rows, options.seed)
    else:
        _write(generate(options.rows, options.seed, read_pool()), options.out)


if __name__ == "__main__":
    main()
