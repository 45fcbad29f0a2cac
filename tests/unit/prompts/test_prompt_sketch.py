from __future__ import annotations

import functools
import random

import numpy as np
import polars as pl
import pytest
from datasketch import MinHash
from prompt_reference import each_engine, jaccard, shingle_set, signature_by_hand, vocabulary

from tokenscan.hashing import hashed
from tokenscan.prompts.cluster import cluster_distinct
from tokenscan.prompts.corpus import Corpus, chunks, shingles
from tokenscan.prompts.engine import Engine
from tokenscan.prompts.numpy_engine import NumpyEngine
from tokenscan.prompts.sketch import SET_LIMIT, SLOTS, matching

WORDS = vocabulary(4000)


@functools.cache
def _pairs(count: int, words: int, seed: int) -> tuple[list[str], list[str]]:
    """Make texts with copies in which a varying share of the words is replaced."""
    rng = random.Random(seed)
    texts = [rng.choices(WORDS, k=words) for _ in range(count)]
    copies = [
        [rng.choice(WORDS) if rng.random() < i / (2 * count) else word for word in text] for i, text in enumerate(texts)
    ]
    return [" ".join(t) for t in texts], [" ".join(t) for t in copies]


def _estimates(engine: Engine, left: list[str], right: list[str], size: int = 5) -> np.ndarray:
    signatures = engine.signatures(Corpus.of(pl.Series(left + right)), size)
    places = np.arange(len(left))
    return matching(signatures, places, places + len(left))


def _exact(engine: Engine, left: list[str], right: list[str], size: int = 5) -> list[float]:
    compare = engine.jaccard(Corpus.of(pl.Series(left + right)), size)
    places = np.arange(len(left))
    found: list[float] = compare(places, places + len(left)).tolist()
    return found


def test_shingles_are_those_of_each_text_alone() -> None:
    texts = ["abcabcabc", "abc", "", "zabcab", "日本語のテスト"]
    found: dict[int, set[int]] = {}
    for owner, keys in shingles(Corpus.of(pl.Series(texts)), np.arange(5), 4):
        for who, key in zip(owner.tolist(), keys.tolist(), strict=True):
            found.setdefault(who, set()).add(key)
    assert {who: len(keys) for who, keys in found.items()} == {
        who: len(shingle_set(text, 4)) for who, text in enumerate(texts) if shingle_set(text, 4)
    }
    assert len(found[0] & found[3]) == len(shingle_set(texts[0], 4) & shingle_set(texts[3], 4))


def test_a_text_cut_in_pieces_has_the_same_shingles() -> None:
    rng = random.Random(5)
    text = "".join(rng.choices("abcd ", k=700_000))
    parts = list(shingles(Corpus.of(pl.Series(["x" * 10, text])), np.arange(2), 8))
    assert len(parts) > 2
    assert sum(int((owner == 1).sum()) for owner, _ in parts) == 700_000 - 7
    keys = np.concatenate([keys[owner == 1] for owner, keys in parts])
    assert len(np.unique(keys)) == len(shingle_set(text, 8))


def test_chunks_cover_everything_and_stay_small() -> None:
    weights = np.array([3, 3, 3, 50, 1, 1, 0, 9])
    cuts = [weights[cut].tolist() for cut in chunks(weights, 10)]
    assert cuts == [[3, 3, 3], [50], [1, 1, 0], [9]]
    assert list(chunks(np.zeros(0, dtype=np.int64), 10)) == []


@each_engine
@pytest.mark.parametrize("words", [8, 40, 400])
def test_the_estimate_agrees_with_exact_and_with_datasketch(engine: Engine, words: int) -> None:
    exact, theirs = _exact_and_theirs(words)
    ours = _estimates(engine, *_pairs(400, words, seed=words))
    # A 128-slot estimate has a standard error of at most sqrt(1/4/128) = 0.044 a pair, 0.0022 over 400 pairs.
    assert abs(float((ours - exact).mean())) < 0.007
    assert abs(float((ours - theirs).mean())) < 0.01
    assert float((ours - exact).std()) < 1.25 * float((theirs - exact).std())
    assert float(np.abs(ours - exact).max()) < 0.2


@functools.cache
def _exact_and_theirs(words: int) -> tuple[np.ndarray, np.ndarray]:
    pairs = list(zip(*_pairs(400, words, seed=words), strict=True))
    exact = [jaccard(one, other) for one, other in pairs]
    return np.array(exact), np.array([_datasketch(one).jaccard(_datasketch(other)) for one, other in pairs])


class DatasketchEngine(NumpyEngine):
    def signatures(self, corpus: Corpus, size: int) -> np.ndarray:
        texts = [bytes(corpus.data[b:e]).decode() for b, e in zip(corpus.begin, corpus.end, strict=True)]
        rows = [_datasketch(text).hashvalues for text in texts]
        return np.array(rows, dtype=np.uint32).reshape(-1, SLOTS).astype(np.uint16)


@each_engine
def test_clusters_are_those_found_with_datasketch_signatures(engine: Engine) -> None:
    rng = random.Random(12)
    bases = [rng.choices(WORDS, k=50) for _ in range(60)]
    texts = pl.Series([" ".join([*base[:place], "changed", *base[place:]]) for base in bases for place in (0, 20, 40)])
    keys = hashed(texts)
    ours = cluster_distinct(Corpus.of(texts), keys, 0.6, engine)
    theirs = cluster_distinct(Corpus.of(texts), keys, 0.6, DatasketchEngine())
    expected = np.repeat(np.arange(60), 3)
    assert (ours.leader // 3 == expected).all()
    assert (theirs.leader // 3 == expected).all()
    assert len(np.unique(ours.leader)) == len(np.unique(theirs.leader)) == 60


def _datasketch(text: str) -> MinHash:
    sketch = MinHash(num_perm=SLOTS, seed=1)
    sketch.update_batch(sorted(shingle_set(text)))
    return sketch


@each_engine
def test_the_comparison_is_exact_up_to_the_limit(engine: Engine) -> None:
    left, right = _pairs(120, 90, seed=3)
    expected = [jaccard(a, b) for a, b in zip(left, right, strict=True)]
    assert _exact(engine, left, right) == pytest.approx(expected, abs=1e-12)


@each_engine
def test_beyond_the_limit_a_sample_is_compared(engine: Engine) -> None:
    left, right = _pairs(12, 8000, seed=4)
    expected = _expected_beyond_the_limit()
    assert np.abs(np.array(_exact(engine, left, right, 8)) - expected).max() < 0.03
    mixed = ["short text next to a long one", *left]
    assert _exact(engine, mixed, [mixed[0], *right], 8)[0] == 1.0


@functools.cache
def _expected_beyond_the_limit() -> np.ndarray:
    left, right = _pairs(12, 8000, seed=4)
    assert min(len(shingle_set(text, 8)) for text in left) > 5 * SET_LIMIT
    return np.array([jaccard(a, b, 8) for a, b in zip(left, right, strict=True)])


@each_engine
def test_beyond_the_limit_texts_of_different_length_are_compared(engine: Engine) -> None:
    words = random.Random(5).choices(WORDS, k=13_000)
    part, whole = " ".join(words[:8000]), " ".join(words)
    expected = jaccard(part, whole, 8)
    assert 0.55 < expected < 0.65
    assert _exact(engine, [part], [whole], 8)[0] == pytest.approx(expected, abs=0.03)


@each_engine
def test_repeats_do_not_count(engine: Engine) -> None:
    assert _exact(engine, ["again and " * 50], ["again and " * 9000]) == [1.0]
    assert _estimates(engine, ["again and " * 50], ["again and " * 9000]).tolist() == [1.0]


@each_engine
def test_texts_without_shingles_are_like_nothing(engine: Engine) -> None:
    texts = ["abc", "", "abcd efgh"]
    signatures = engine.signatures(Corpus.of(pl.Series(texts)), 5)
    assert (signatures[:2] == 0xFFFF).all()
    assert (signatures[2] != 0xFFFF).all()
    compare = engine.jaccard(Corpus.of(pl.Series(texts)), 5)
    assert compare(np.array([0, 1, 2]), np.array([1, 2, 2])).tolist() == [0.0, 0.0, 1.0]


@each_engine
def test_signatures_are_the_same_in_every_release_and_engine(engine: Engine) -> None:
    found = engine.signatures(Corpus.of(pl.Series(["the quick brown fox jumps over the lazy dog"])), 5)
    assert found.shape == (1, SLOTS)
    assert found.dtype == np.uint16
    assert found[0].tolist() == signature_by_hand("the quick brown fox jumps over the lazy dog")
