"""What is kept of a prompt whose text is not: enough to find its repeats and near-duplicates, too little to read it.

An imprint has hashes, lengths, a sketch (MinHash) of the prompt's shingles, and what was noticed while the text was
there: which pattern of trivial prompts it fits and which kinds of secrets it holds. Similarity is estimated from the
sketch alone, with a standard error of at most 0.045, where text would be compared exactly; templates are those that
masking finds, for mining needs text. Hashes of short and common prompts can be guessed: an imprint is no secret.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.events.schema import IMPRINTS, PROMPTS
from tokenscan.hashing import stable_hash
from tokenscan.prompts import short
from tokenscan.prompts.cluster import BANDS, LONG_BYTES, LONG_SHINGLE, MAX_COMPARISONS, SHINGLE
from tokenscan.prompts.corpus import Corpus, Ints, Keys, Shares
from tokenscan.prompts.engine import Engine, default_engine
from tokenscan.prompts.features import contents_of, counts_of
from tokenscan.prompts.letters import reunited
from tokenscan.prompts.link import Candidates, Stars
from tokenscan.prompts.masks import masked
from tokenscan.prompts.normalise import letters_key
from tokenscan.prompts.sketch import SLOTS, Signatures, matching

_SIMILAR: Final = 0.6
_SIMILAR_SHORT: Final = 0.7  # one other word in a short sentence asks something else


def imprint(texts: pl.DataFrame, engine: Engine | None = None) -> pl.DataFrame:
    """Return the imprints (IMPRINTS) of distinct prompts (TEXTS), sorted by ``prompt_id``."""
    engine = engine or default_engine()
    known = texts.sort("prompt_id").with_columns(normal=engine.normalised(texts.sort("prompt_id")["text"]))
    known = known.with_columns(mask=masked(pl.col("normal")), size=pl.col("normal").str.len_bytes().cast(pl.Int64))
    corpus = Corpus.of(known["normal"])
    tiny = pl.Series(short.tiny(corpus, engine), dtype=pl.Boolean)
    told = known.select(
        "prompt_id",
        "size",
        template_id=stable_hash(pl.col("mask")),
        same_id=stable_hash(
            pl.when(tiny).then(short.exact_key(pl.col("normal"))).otherwise(letters_key(pl.col("normal")))
        ),
    )
    sketches = _sketches(corpus, tiny.to_numpy(), engine)
    imprints = pl.concat([told, contents_of(known, counts_of(known)), sketches], how="horizontal")
    return imprints.select(pl.col(name).cast(dtype) for name, dtype in IMPRINTS.items())


def describe_imprints(imprints: pl.DataFrame, engine: Engine | None = None) -> pl.DataFrame:
    """Build the prompt table (PROMPTS, without text) from imprints, one row a prompt."""
    engine = engine or default_engine()
    known = imprints.sort("prompt_id")
    found = _stars(known, engine)
    keys = known["prompt_id"].to_numpy()
    made = known.with_columns(
        cluster_id=pl.Series(keys[found.leader]),
        similarity=pl.Series(found.similarity),
        text=pl.lit(None, pl.String),
        wording_id=pl.lit(None, pl.UInt64),
        fixed_share=pl.lit(None, pl.Float64),
        core_id=pl.lit(None, pl.UInt64),
        filler=pl.lit(None, pl.Float64),
        passages=pl.lit(None, pl.List(pl.UInt64)),
    )
    return made.select(pl.col(name).cast(dtype) for name, dtype in PROMPTS.items())


def _classes(sizes: Ints) -> list[tuple[NDArray[np.bool_], int, int, float]]:
    """Return per length class its members, its shingle size, its bands, and the least similarity."""
    is_short, is_long = sizes < short.SHORT_BYTES, sizes >= LONG_BYTES
    return [
        (is_long, LONG_SHINGLE, BANDS, _SIMILAR),
        (~is_long & ~is_short, SHINGLE, BANDS, _SIMILAR),
        (is_short, short.SHINGLE, short.BANDS, _SIMILAR_SHORT),
    ]


def _sketches(corpus: Corpus, tiny: NDArray[np.bool_], engine: Engine) -> pl.DataFrame:
    sketches = np.zeros((len(corpus), SLOTS), dtype=np.uint16)
    for members, shingle, _, _ in _classes(corpus.sizes):
        rows = np.flatnonzero(members & ~tiny)
        sketches[rows] = engine.signatures(corpus.take(rows), shingle)
    # Little-endian on every machine, for it is stored.
    written = pl.Series([row.tobytes() for row in sketches.astype("<u2")], dtype=pl.Binary)
    return pl.DataFrame({"signature": written}).select(pl.when(~pl.Series(tiny)).then("signature").alias("signature"))


def _stars(known: pl.DataFrame, engine: Engine) -> Stars:
    keys = known["prompt_id"].to_numpy()
    leader, similarity = np.arange(len(keys)), np.ones(len(keys))
    sketched = known["signature"].is_not_null().to_numpy()
    for members, _, bands, least in _classes(known["size"].to_numpy()):
        rows = np.flatnonzero(members & sketched)
        found = _class_stars(keys[rows], _read(known["signature"].gather(rows)), bands, least, engine)
        moved = found.leader != np.arange(len(rows))
        leader[rows[moved]], similarity[rows[moved]] = rows[found.leader[moved]], found.similarity[moved]
    same = known.with_row_index("row").select(pl.col("row").first().over("same_id")).to_series()
    first = same.to_numpy().astype(np.int64)
    alone = ~sketched
    leader[alone] = first[alone]
    return reunited(Stars(leader=leader, similarity=similarity), np.where(alone, np.arange(len(keys)), first), keys)


def _read(signatures: pl.Series) -> Signatures:
    flat = np.frombuffer(b"".join(signatures), dtype="<u2").astype(np.uint16)
    return flat.reshape(len(signatures), SLOTS)


def _class_stars(keys: Keys, signatures: Signatures, bands: int, least: float, engine: Engine) -> Stars:
    def verify(left: Ints, right: Ints) -> Shares:
        found = matching(signatures, left, right)
        return np.where(found >= least, found, 0.0)

    candidates = Candidates(
        keys=keys,
        signatures=signatures,
        filled=np.ones(len(keys), dtype=np.bool_),
        bands=bands,
        least_match=least,
        max_comparisons=MAX_COMPARISONS,
    )
    return engine.stars(candidates, verify, np.zeros(len(keys), dtype=np.bool_))
