from __future__ import annotations

import numpy as np
import pytest
from prompt_reference import each_engine

from tokenscan.prompts.engine import Engine
from tokenscan.prompts.link import MAX_LEADERS, STRICT_ROUNDS, Candidates, Stars
from tokenscan.prompts.sketch import SLOTS


class Similarities:
    """Answers from a table and remembers what it was asked."""

    def __init__(self, known: dict[tuple[int, int], float], default: float = 0.0) -> None:
        self.known, self.default = known, default
        self.asked: list[list[tuple[int, int]]] = []

    def pairs(self) -> list[tuple[int, int]]:
        return [pair for pairs in self.asked for pair in pairs]

    def __call__(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        pairs = list(zip(left.tolist(), right.tolist(), strict=True))
        self.asked.append(pairs)
        return np.array([self.known.get(pair, self.default) for pair in pairs])


def _signatures(buckets: list[dict[int, int]]) -> np.ndarray:
    """Make one signature a text from {band: value}; what is not given matches nothing.

    Values are below 5000. The rest of a signature has the number of its text in every slot, and is never
    the same value twice in a row.
    """
    found = np.add.outer(np.arange(len(buckets)), 5000 + 5000 * (np.arange(SLOTS) % 2)).astype(np.uint16)
    width = SLOTS // 25
    for text, bands in enumerate(buckets):
        for band, value in bands.items():
            found[text, band * width : (band + 1) * width] = value
    return found


def _stars(
    engine: Engine,
    signatures: np.ndarray,
    verify: Similarities,
    *,
    fixed: frozenset[int] = frozenset(),
    most: int = 10**6,
    filled: bool = True,
    keys: np.ndarray | None = None,
) -> Stars:
    candidates = Candidates(
        keys=np.arange(len(signatures), dtype=np.uint64) if keys is None else keys,
        signatures=signatures,
        filled=np.full(len(signatures), filled),
        bands=25,
        least_match=0.0,
        max_comparisons=most,
    )
    return engine.stars(candidates, verify, np.array([i in fixed for i in range(len(signatures))], dtype=bool))


@each_engine
def test_only_texts_with_a_common_band_are_compared(engine: Engine) -> None:
    verify = Similarities({}, default=0.9)
    found = _stars(engine, _signatures([{3: 1}, {4: 1}, {3: 1}, {}]), verify)
    assert found.leader.tolist() == [0, 1, 0, 3]
    assert found.similarity.tolist() == [1.0, 1.0, 0.9, 1.0]
    assert verify.pairs() == [(0, 2)]


@each_engine
def test_the_text_with_most_candidates_is_the_representative(engine: Engine) -> None:
    hub = {0: 1, 1: 2, 2: 3}
    found = _stars(engine, _signatures([{0: 1}, {1: 2}, hub, {2: 3}]), Similarities({}, default=0.7))
    assert found.leader.tolist() == [2, 2, 2, 2]


@each_engine
def test_of_texts_with_as_many_candidates_the_one_with_the_smallest_key_is_the_representative(engine: Engine) -> None:
    found = _stars(
        engine,
        _signatures([{0: 1}] * 3),
        Similarities({}, default=0.7),
        keys=np.array([9, 2**64 - 1, 4], dtype=np.uint64),
    )
    assert found.leader.tolist() == [2, 2, 2]


@each_engine
def test_a_text_goes_to_the_more_similar_of_two_representatives(engine: Engine) -> None:
    buckets = [{0: 1, 5: 8}, {1: 2, 6: 9}, {0: 1, 1: 2}, {5: 8}, {6: 9}]
    verify = Similarities({(0, 2): 0.7, (1, 2): 0.9}, default=0.8)
    assert _stars(engine, _signatures(buckets), verify, fixed=frozenset({0, 1})).leader.tolist() == [0, 1, 1, 0, 1]


@each_engine
def test_fixed_texts_lead_and_are_never_members(engine: Engine) -> None:
    same = _signatures([{0: 1, 1: 1}, {0: 1, 1: 1}, {0: 1}, {0: 1}])
    found = _stars(engine, same, Similarities({}, default=0.9), fixed=frozenset({2, 3}))
    assert found.leader.tolist() == [2, 2, 2, 3]


@each_engine
def test_texts_without_shingles_are_not_candidates(engine: Engine) -> None:
    empty = np.full((3, SLOTS), 0xFFFF, dtype=np.uint16)
    verify = Similarities({}, default=0.9)
    assert _stars(engine, empty, verify, filled=False).leader.tolist() == [0, 1, 2]
    assert _stars(engine, empty[:0], verify, filled=False).leader.tolist() == []
    assert verify.pairs() == []


@each_engine
@pytest.mark.parametrize("most", [2, 10**6])
def test_a_giant_bucket_is_not_compared_pair_by_pair(engine: Engine, most: int) -> None:
    verify = Similarities({})
    found = _stars(engine, _signatures([{0: 1}] * 1000), verify, most=most)
    assert found.leader.tolist() == list(range(1000))
    assert 0 < len(verify.pairs()) <= min(MAX_LEADERS, most) * 1000


@each_engine
def test_a_long_path_of_texts_ends_after_few_rounds(engine: Engine) -> None:
    buckets = [{i % 2: i, (i + 1) % 2: i + 1} for i in range(3000)]
    verify = Similarities({}, default=0.9)
    found = _stars(engine, _signatures(buckets), verify)
    assert STRICT_ROUNDS < len(verify.asked) <= STRICT_ROUNDS + MAX_LEADERS
    compared = set(verify.pairs())
    members = [(int(leader), i) for i, leader in enumerate(found.leader) if leader != i]
    assert members
    assert set(members) <= compared
    assert all(found.leader[leader] == leader for leader, _ in members)
