"""The benchmark's reference gives what plain Python sets give, and records are counted as published."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.real_prompts import exact
from bench.real_prompts.exact import Reference, ShingleSets
from bench.real_prompts.records import Score, published_rows, score

# Few letters, so that texts share shingles.
TEXTS = st.lists(st.binary(max_size=30) | st.text("ab", max_size=40).map(str.encode), max_size=12)


def plain_jaccard(left: bytes, right: bytes, size: int) -> float:
    one, other = ({text[at : at + size] for at in range(len(text) - size + 1)} for text in (left, right))
    return len(one & other) / len(one | other) if one | other else 0.0


@given(texts=TEXTS, size=st.integers(1, 8), threshold=st.sampled_from([0.1, 0.3, 0.5, 0.6, 0.75, 1.0]))
def test_all_pairs_at_the_threshold_are_those_that_plain_sets_give(
    texts: list[bytes], size: int, threshold: float
) -> None:
    found = ShingleSets.of(texts, size).pairs(threshold)
    rows = zip(found.left.tolist(), found.right.tolist(), found.similarity.tolist(), strict=True)
    wanted = {pair: plain_jaccard(texts[pair[0]], texts[pair[1]], size) for pair in combinations(range(len(texts)), 2)}
    assert list(rows) == [(*pair, share) for pair, share in wanted.items() if share >= threshold]


@given(texts=TEXTS.filter(bool), size=st.integers(1, 8), data=st.data())
def test_single_pairs_are_compared_as_plain_sets_are(texts: list[bytes], size: int, data: st.DataObject) -> None:
    row = st.integers(0, len(texts) - 1)
    pairs = data.draw(st.lists(st.tuples(row, row), max_size=10))
    left, right = np.array([*pairs, (0, 0)], dtype=np.int64).T
    found = ShingleSets.of(texts, size).jaccard(left, right)
    assert found.tolist() == [plain_jaccard(texts[a], texts[b], size) for a, b in [*pairs, (0, 0)]]


@pytest.mark.parametrize("cells", [1, 7, 50])
def test_work_in_small_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    random = np.random.default_rng(3)
    texts = [bytes(random.choice(list(b"abc"), size).tolist()) for size in random.integers(0, 40, 60)]
    whole = ShingleSets.of(texts, 2).pairs(0.5)
    monkeypatch.setattr(exact, "_CELLS", cells)
    blocks = ShingleSets.of(texts, 2).pairs(0.5)
    assert len(whole.left) > 100
    for name in ("left", "right", "similarity"):
        assert getattr(blocks, name).tolist() == getattr(whole, name).tolist()


def test_nothing_in_nothing_out() -> None:
    assert ShingleSets.of([], 5).pairs(0.5).left.tolist() == []
    assert Reference.of([]).pairs(0.5).left.tolist() == []


def test_two_long_texts_are_compared_by_longer_shingles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "LONG_BYTES", 20)
    # Of 19, 20 and 21 different letters: 15, 16 and 17 shingles of 5 bytes, the last two 13 and 14 of 8 bytes.
    texts = ["abcdefghijklmnopqrs", "abcdefghijklmnopqrst", "abcdefghijklmnopqrstu"]
    reference = Reference.of(texts)
    found = reference.pairs(0.5)
    assert list(zip(found.left.tolist(), found.right.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]
    assert found.similarity.tolist() == [15 / 16, 15 / 17, 13 / 14]
    assert reference.jaccard(found.left, found.right).tolist() == found.similarity.tolist()
    assert reference.pairs(0.9).left.tolist() == [0, 1]


def test_records_are_counted_as_the_published_table_counts_them() -> None:
    # Publications a (3 records), b (2), c and d (1 each); clusters: all of a with c, the first b, d with the second b.
    entity = pl.Series([0, 0, 0, 2, 1, 3, 1])
    cluster = pl.Series([0, 0, 0, 0, 1, 2, 2])
    # Kept: the first a, the first b, d. Removed: two of a and one of b rightly, c wrongly.
    # Joined wrongly: c with each a, d with the second b. Missed: the two of b.
    assert score(cluster, entity) == Score(fp=1, tp=3, fn=0, tn=3, wrong_pairs=4, missed_pairs=1)
    # Nothing joined: nothing is wrong, three records too many are kept, and 3 + 1 pairs are missed.
    apart = score(pl.Series(range(7)), entity)
    assert apart == Score(fp=0, tp=0, fn=3, tn=4, wrong_pairs=0, missed_pairs=4)
    assert (apart.specificity, apart.sensitivity, apart.precision, apart.f1) == (1.0, 0.0, 0.0, 0.0)


def test_published_rows_are_taken_by_the_names_of_their_columns() -> None:
    head = "| package | TP | FP | FN | TN | specificity | sensitivity | precision | f1 | runtime |\n|:--|--:|\n"
    text = (
        f"# All\n\n## one (n=9)\n\n{head}| tool | 1 | 2 | 3 | 4 | .5 | .6 | .7 | .8 | 0:01 |\n\n"
        f"## two (n=8)\n\n{head}| tool | 9 | 9 | 9 | 9 | 1 | 1 | 1 | 1 | 0:01 |\n"
    )
    assert published_rows(text, "one") == [["tool (published)", "2", "1", "3", "4", ".5", ".6", ".7", ".8"]]
    assert published_rows(text, "three") == []
    assert published_rows("## one (n=9)\n\n| package |\n", "one") == []
