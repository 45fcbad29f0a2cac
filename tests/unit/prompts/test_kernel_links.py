"""Linking in both engines, against lists and dicts in plain Python."""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_reference import SLOTS, cuts_between, each_engine, engines

from tokenscan.prompts import link
from tokenscan.prompts.bags import LETTERS
from tokenscan.prompts.engine import Engine
from tokenscan.prompts.link import MAX_LEADERS, STRICT_ROUNDS, Candidates, Stars

needs_kernel = pytest.mark.skipif(len(engines()) < 2, reason="needs the kernel")

_seeds = st.integers(0, 2**32 - 1)
_marks = st.lists(st.integers(0, 200), max_size=4)


def _candidates(
    seed: int,
    n_texts: int,
    *,
    bands: int = 25,
    values: int = 3,
    least: float = 0.0,
    most: int = 8,
    odd: float = 0.1,
    bags: bool = False,
) -> Candidates:
    """Draw signatures with few different values a band, so that buckets are full, and some slots that differ."""
    rng = np.random.default_rng(seed)
    letters = rng.choice([0, 0, 1, 7, 255], (n_texts, LETTERS)).astype(np.uint8) if bags else None
    signatures = np.repeat(rng.integers(0, values, (n_texts, bands)), SLOTS // bands, axis=1)
    signatures = np.pad(signatures, ((0, 0), (0, SLOTS - signatures.shape[1])))
    signatures[rng.random(signatures.shape) < odd / SLOTS * bands] = 0xFFFF
    return Candidates(
        keys=rng.choice(np.array([0, 1, 5, 2**64 - 1], dtype=np.uint64), n_texts),
        signatures=signatures.astype(np.uint16),
        filled=rng.random(n_texts) < 0.9,
        bands=bands,
        least_match=least,
        max_comparisons=most,
        bags=letters,
    )


def _table(seed: int, n_texts: int, hits: float) -> np.ndarray:
    """Draw a similarity for each pair, from few values so that some are equal, or 0.0."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random((n_texts, n_texts)) < hits, rng.choice([0.5, 0.625, 0.75], (n_texts, n_texts)), 0.0)


def _fixed(seed: int, n_texts: int, share: float) -> np.ndarray:
    return np.random.default_rng(seed).random(n_texts) < share


def _buckets(candidates: Candidates) -> list[list[int]]:
    width, found = candidates.width, dict[tuple[int, ...], list[int]]()
    for text in np.flatnonzero(candidates.filled).tolist():
        slots = candidates.signatures[text].tolist()
        for band in range(candidates.bands):
            found.setdefault((band, *slots[band * width : (band + 1) * width]), []).append(text)
    return [texts for texts in found.values() if len(texts) > 1]


def _share_of_letters(bags: np.ndarray, one: int, other: int) -> float:
    both = list(zip(bags[one].tolist(), bags[other].tolist(), strict=True))
    return 2 * sum(map(min, both)) / max(sum(map(sum, both)), 1)


@dataclass
class SlowStars:
    """The method as its description has it, over lists of texts."""

    candidates: Candidates
    table: np.ndarray
    fixed: list[bool]
    strict_rounds: int = STRICT_ROUNDS
    leader: dict[int, int] = field(default_factory=dict)
    compared: dict[int, int] = field(default_factory=dict)
    rounds: int = 0

    def run(self) -> Stars:
        n_texts = len(self.fixed)
        buckets = _buckets(self.candidates)
        weight = [sum(len(texts) - 1 for texts in buckets if text in texts) for text in range(n_texts)]
        keys = self.candidates.keys.tolist()
        order = sorted(range(n_texts), key=lambda text: (not self.fixed[text], -weight[text], keys[text], text))
        rank = {text: place for place, text in enumerate(order)}
        left_over = [(sorted(texts, key=rank.__getitem__), 0) for texts in buckets]
        while left_over:
            left_over = self.round(left_over, rank)
        leader = [self.leader.get(text, text) for text in range(n_texts)]
        similarity = [float(self.table[a, text]) if a != text else 1.0 for text, a in enumerate(leader)]
        return Stars(leader=np.array(leader, dtype=np.int64), similarity=np.array(similarity))

    def round(self, buckets: list[tuple[list[int], int]], rank: dict[int, int]) -> list[tuple[list[int], int]]:
        chosen = {texts[0] for texts, _ in buckets}
        if self.rounds < self.strict_rounds:
            chosen -= {text for texts, _ in buckets for text in texts[1:]}
        self.rounds += 1
        for leader in sorted(chosen, key=rank.__getitem__):
            others = {text for texts, _ in buckets if texts[0] == leader for text in texts[1:]}
            for text in others:
                if text not in chosen and not self.fixed[text] and self.near(leader, text):
                    self.compare(leader, text)
        most = self.candidates.max_comparisons
        done = chosen | set(self.leader) | {text for text, count in self.compared.items() if count >= most}
        tried = [(texts, count + (texts[0] in chosen)) for texts, count in buckets]
        kept = [([text for text in texts if text not in done], count) for texts, count in tried]
        return [(texts, count) for texts, count in kept if texts and count < MAX_LEADERS]

    def near(self, leader: int, text: int) -> bool:
        if self.candidates.bags is not None:
            return _share_of_letters(self.candidates.bags, leader, text) >= self.candidates.least_match
        one, other = self.candidates.signatures[[leader, text]].tolist()
        equal: int = sum(a == b for a, b in zip(one, other, strict=True))
        return equal >= self.candidates.least_match * SLOTS

    def compare(self, leader: int, text: int) -> None:
        """Leaders come by rank, so of equally similar ones the first stays."""
        self.compared[text] = self.compared.get(text, 0) + 1
        known = self.table[self.leader[text], text] if text in self.leader else 0.0
        if self.table[leader, text] > known:
            self.leader[text] = leader


def _same(one: Stars, other: Stars) -> bool:
    same: bool = np.array_equal(one.leader, other.leader) and np.array_equal(one.similarity, other.similarity)
    return same


@each_engine
@settings(deadline=None, max_examples=120)
@given(
    seed=_seeds,
    n_texts=st.integers(0, 30),
    bands=st.sampled_from([1, 2, 7, 25, 42, 128]),
    values=st.integers(1, 8),
    least=st.sampled_from([0.0, 0.15, 0.47, 0.8]),
    most=st.sampled_from([1, 2, 8, 1000]),
    hits=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    share=st.sampled_from([0.0, 0.2, 1.0]),
    bags=st.booleans(),
)
def test_stars_are_those_of_the_definition(
    engine: Engine,
    seed: int,
    n_texts: int,
    bands: int,
    values: int,
    least: float,
    most: int,
    hits: float,
    share: float,
    bags: bool,
) -> None:
    candidates = _candidates(seed, n_texts, bands=bands, values=values, least=least, most=most, bags=bags)
    table, fixed = _table(seed, n_texts, hits), _fixed(seed, n_texts, share)
    expected = SlowStars(candidates, table, fixed.tolist()).run()
    found = engine.stars(candidates, lambda left, right: table[left, right], fixed)
    assert _same(found, expected)
    assert found.leader.dtype == np.int64
    assert not fixed[found.leader != np.arange(n_texts)].any()


@each_engine
@pytest.mark.parametrize("hits", [0.0, 0.5, 1.0])
def test_stars_are_those_of_the_definition_when_the_choice_becomes_loose(
    engine: Engine, hits: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (link, sys.modules[type(engine).__module__]):
        monkeypatch.setattr(module, "STRICT_ROUNDS", 10, raising=False)
    # A path: each text shares a bucket with the one before, and another with the one after.
    texts = np.arange(60)
    signatures = np.empty((60, 2, SLOTS // 2), dtype=np.uint16)
    signatures[texts, texts % 2] = texts[:, None]
    signatures[texts, (texts + 1) % 2] = texts[:, None] + 1
    candidates = Candidates(
        keys=texts.astype(np.uint64),
        signatures=signatures.reshape(-1, SLOTS),
        filled=np.ones(60, dtype=np.bool_),
        bands=2,
        least_match=0.1,
        max_comparisons=8,
    )
    table, fixed = _table(5, 60, hits), np.zeros(60, dtype=np.bool_)
    reference = SlowStars(candidates, table, fixed.tolist(), strict_rounds=10)
    expected = reference.run()
    assert 10 < reference.rounds <= 10 + MAX_LEADERS
    assert _same(engine.stars(candidates, lambda left, right: table[left, right], fixed), expected)


@needs_kernel
@pytest.mark.parametrize("values", [2, 5, 40])
@pytest.mark.parametrize("bands", [25, 42])
@pytest.mark.parametrize("most", [1, 8, 64])
def test_both_engines_find_the_same_stars_among_many(values: int, bands: int, most: int) -> None:
    candidates = _candidates(values, 2000, bands=bands, values=values, least=0.1, most=most, odd=0.6)
    table, fixed = _table(most, 2000, 0.1), _fixed(most, 2000, 0.05)
    asked: list[set[int]] = []

    def verify(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        pairs = left * 2000 + right
        asked.append(set(pairs.tolist()))
        assert len(asked[-1]) == len(pairs)
        return np.asarray(table[left, right])

    numpy, compiled = engines()
    one = numpy.stars(candidates, verify, fixed)
    before = [pairs for pairs in asked if pairs]
    asked.clear()
    other = compiled.stars(candidates, verify, fixed)
    assert _same(one, other)
    assert [pairs for pairs in asked if pairs] == before
    assert len(np.unique(one.leader)) < 2000


@needs_kernel
@settings(deadline=None)
@given(_seeds, st.integers(0, 40), st.sampled_from([1, 3, 25, 128]), st.integers(1, 6), st.data())
def test_buckets_and_pairs_are_the_same_however_the_work_is_cut(
    seed: int, n_texts: int, bands: int, values: int, data: st.DataObject
) -> None:
    texts_at, bands_at, chosen_at = (data.draw(_marks) for _ in range(3))
    kernel = pytest.importorskip("tokenscan.prompts._kernel")
    candidates = _candidates(seed, n_texts, bands=bands, values=values, bags=data.draw(st.booleans()))
    filled = candidates.filled.astype(np.uint8)
    links = kernel.Links(n_texts, bands)
    for first, last in reversed(cuts_between(n_texts, texts_at)):
        links.band(candidates.signatures, filled, candidates.width, first, last)
    for first, last in reversed(cuts_between(bands, bands_at)):
        links.group(filled, first, last)
    links.unite()
    for first, last in reversed(cuts_between(n_texts, texts_at)):
        links.weigh(first, last)
    buckets = _buckets(candidates)
    assert links.weight.tolist() == [sum(len(b) - 1 for b in buckets if text in b) for text in range(n_texts)]
    order = np.random.default_rng(seed).permutation(n_texts)
    links.fill(order, 0)
    least, chosen = data.draw(st.sampled_from([-1.0, 0.0, 0.3, 0.5, 1.1])), links.choose(False)
    letters = np.zeros((0, LETTERS), dtype=np.uint8) if candidates.bags is None else candidates.bags
    near = (candidates.signatures, letters, least)
    pieces = [links.pairs(*near, *cut) for cut in cuts_between(chosen, chosen_at)]
    left, right = np.array([*itertools.chain(*(zip(*piece, strict=True) for piece in pieces))]).reshape(-1, 2).T
    ranks = [sorted(np.argsort(order)[texts].tolist()) for texts in buckets]
    heads = {texts[0] for texts in ranks}
    expected = {(texts[0], text) for texts in ranks for text in texts[1:] if text not in heads}
    judge = SlowStars(replace(candidates, least_match=least), np.zeros((0, 0)), [])
    expected = {(one, other) for one, other in expected if judge.near(order[one], order[other])}
    # Pairs with the same left text follow one another.
    assert len(list(itertools.groupby(left))) == len(set(left))
    assert sorted(zip(left.tolist(), right.tolist(), strict=True)) == sorted(expected)
