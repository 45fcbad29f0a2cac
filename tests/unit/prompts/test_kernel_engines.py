"""Both engines from end to end: the same clusters to the last bit, whatever the order and the number of threads."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_reference import engines, jaccard, vocabulary

from tokenscan.prompts import cluster_prompts
from tokenscan.prompts.corpus import Corpus
from tokenscan.prompts.engine import Engine, default_engine

pytest.importorskip("tokenscan.prompts._kernel")
NUMPY, COMPILED = engines()

HERE = Path(__file__).parent
ODD = ["Straße", "\uff21\uff22\uff23", "λέξη", "日本語", "\u200b\u0442\u0435\u0441\u0442", "🙂", "don't", "3.14"]
WORDS = [*vocabulary(200, seed=4), *ODD]

_words = st.lists(st.sampled_from(WORDS[-12:]), max_size=25)
_prompts = st.lists(st.one_of(st.none(), _words.map(" ".join), st.text(max_size=30)), max_size=25)


def _sample() -> list[str]:
    """Make prompts of all length classes, most of them with near-duplicates."""
    rng = random.Random(20)
    prompts = []
    for length in [*(rng.choice([1, 2, 4, 8, 12, 25, 60, 150]) for _ in range(600)), 3000, 3000, 3300]:
        base = rng.choices(WORDS, k=length)
        for _ in range(rng.choice([1, 1, 2, 5])):
            words = list(base)
            for place in range(0, length, rng.choice([5, 15, 40])):
                words[place] = rng.choice(WORDS)
            prompts.append(" ".join(words))
    frame = " ".join(rng.choices(WORDS, k=40))
    return prompts + [f"{frame} {' '.join(rng.choices(WORDS, k=rng.choice([3, 30, 60])))}" for _ in range(300)]


def fingerprint(engine: Engine, seed: int) -> str:
    """Hash which prompts go together, by text rather than row."""
    prompts = _sample()
    random.Random(seed).shuffle(prompts)
    found = cluster_prompts(pl.Series(prompts), engine=engine)
    rows = [
        (prompt, prompts[representative], similarity.hex())
        for prompt, representative, similarity in zip(
            prompts, found["representative"], found["similarity"], strict=True
        )
    ]
    assert found["cluster_id"].n_unique() < 0.9 * len(prompts)
    return hashlib.sha256(repr(sorted(rows)).encode()).hexdigest()


@settings(deadline=None, max_examples=60)
@given(_prompts, st.sampled_from([0.3, 0.6, 0.9, 1.0]))
def test_both_engines_find_the_same_clusters(prompts: list[str | None], threshold: float) -> None:
    texts = pl.Series(prompts, dtype=pl.String)
    one, other = (cluster_prompts(texts, threshold=threshold, engine=engine) for engine in (NUMPY, COMPILED))
    assert one.equals(other)


def test_one_thread_or_two_either_engine_and_any_order_give_the_same_clusters() -> None:
    script = (
        "import polars as pl; from test_kernel_engines import NUMPY, COMPILED, fingerprint as f;"
        "print(pl.thread_pool_size(), *(f(engine, seed) for engine in (NUMPY, COMPILED) for seed in (1, 2)))"
    )
    path = os.pathsep.join([str(HERE), str(HERE.parents[2])])
    seen = []
    for threads in ("1", "2"):
        environment = {**os.environ, "POLARS_MAX_THREADS": threads, "PYTHONPATH": path}
        run = subprocess.run(
            [sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True
        )
        used, *found = run.stdout.split()
        assert used == threads
        seen += found
    assert seen == [fingerprint(COMPILED, 3)] * 8


def test_the_compiled_engine_is_the_default() -> None:
    assert type(default_engine()) is type(COMPILED)
    assert (NUMPY.name, COMPILED.name) == ("numpy", "compiled")


def _huge(size: int) -> pl.Series:
    """Make three texts: one of that many bytes, its first four fifths, and its last byte short."""
    letters = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz ABCDE\n", dtype=np.uint8)
    text = np.random.default_rng(9).choice(letters, size).tobytes().decode()
    return pl.Series([text, text[: size // 5 * 4], text[:-1]])


def test_a_text_of_50_megabytes_is_read_by_the_compiled_engine() -> None:
    texts = _huge(50_000_000)
    normal = COMPILED.normalised(texts)
    assert normal.str.len_bytes().to_list()[0] > 49_000_000
    assert normal.str.contains(r"[A-Z\n]|  |^ | $").to_list() == [False] * 3
    corpus = Corpus.of(normal)
    signatures = COMPILED.signatures(corpus, 8)
    # A value of the larger set is the smaller set's too with the probability of their similarity, 0.8.
    assert 80 < (signatures[0] == signatures[1]).sum() < 124
    assert (signatures[0] == signatures[2]).sum() > 126
    found = COMPILED.jaccard(corpus, 8)(np.array([0, 0, 1, 2]), np.array([0, 1, 2, 0]))
    assert found == pytest.approx([1.0, 0.8, 0.8, 1.0], abs=0.03)


def test_texts_of_a_megabyte_are_the_same_to_both_engines() -> None:
    texts = _huge(1_000_000)
    normal = NUMPY.normalised(texts)
    assert COMPILED.normalised(texts).equals(normal)
    corpus = Corpus.of(normal)
    assert COMPILED.signatures(corpus, 8).tolist() == NUMPY.signatures(corpus, 8).tolist()
    left, right = np.array([0, 0, 1, 2]), np.array([0, 1, 2, 0])
    found = COMPILED.jaccard(corpus, 8)(left, right)
    assert found.tolist() == NUMPY.jaccard(corpus, 8)(left, right).tolist()
    assert found[1] == pytest.approx(jaccard(normal[0], normal[1], 8), abs=0.03)
