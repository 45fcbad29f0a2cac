from __future__ import annotations

import numpy as np
import pytest

from tokenscan.prompts.link import MAX_LEADERS, Candidates, Stars, stars
from tokenscan.prompts.sketch import EMPTY, SLOTS


class Similarities:
    """Answers from a table and remembers what it was asked."""

    def __init__(self, known: dict[tuple[int, int], float], default: float = 0.0) -> None:
        self.known, self.default = known, default
        self.asked: list[list[tuple[int, int]]] = []

    def __call__(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        pairs = list(zip(left.tolist(), right.tolist(), strict=True))
        self.asked.append(pairs)
        return np.array([self.known.get(pair, self.default) for pair in pairs])


def _signatures(buckets: list[dict[int, int]]) -> np.ndarray:
    """Make one signature a text from {band: value}; what is not given matches nothing."""
    found = np.arange(len(buckets) * SLOTS, dtype=np.uint32).reshape(-1, SLOTS) + 1000
    width = SLOTS // 25
    for text, bands in enumerate(buckets):
        for band, value in bands.items():
            found[text, band * width : (band + 1) * width] = value
    return found


def _stars(
    signatures: np.ndarray, verify: Similarities, fixed: frozenset[int] = frozenset(), most: int = 10**6
) -> Stars:
    candidates = Candidates(signatures=signatures, bands=25, least_match=0.0, max_comparisons=most)
    return stars(candidates, verify, np.array([i in fixed for i in range(len(signatures))], dtype=bool))


def test_only_texts_with_a_common_band_are_compared() -> None:
    verify = Similarities({}, default=0.9)
    found = _stars(_signatures([{3: 1}, {4: 1}, {3: 1}, {}]), verify)
    assert found.leader.tolist() == [0, 1, 0, 3]
    assert found.similarity.tolist() == [1.0, 1.0, 0.9, 1.0]
    assert [pair for pairs in verify.asked for pair in pairs] == [(0, 2)]


def test_the_text_with_most_candidates_is_the_representative() -> None:
    hub = {0: 1, 1: 2, 2: 3}
    found = _stars(_signatures([{0: 1}, {1: 2}, hub, {2: 3}]), Similarities({}, default=0.7))
    assert found.leader.tolist() == [2, 2, 2, 2]


def test_a_text_goes_to_the_more_similar_of_two_representatives() -> None:
    buckets = [{0: 1, 5: 8}, {1: 2, 6: 9}, {0: 1, 1: 2}, {5: 8}, {6: 9}]
    verify = Similarities({(0, 2): 0.7, (1, 2): 0.9}, default=0.8)
    assert _stars(_signatures(buckets), verify, fixed=frozenset({0, 1})).leader.tolist() == [0, 1, 1, 0, 1]


def test_fixed_texts_lead_and_are_never_members() -> None:
    same = _signatures([{0: 1, 1: 1}, {0: 1, 1: 1}, {0: 1}, {0: 1}])
    found = _stars(same, Similarities({}, default=0.9), fixed=frozenset({2, 3}))
    assert found.leader.tolist() == [2, 2, 2, 3]


def test_texts_without_shingles_are_not_candidates() -> None:
    empty = np.full((3, SLOTS), EMPTY, dtype=np.uint32)
    verify = Similarities({}, default=0.9)
    assert _stars(empty, verify).leader.tolist() == [0, 1, 2]
    assert _stars(empty[:0], verify).leader.tolist() == []
    assert verify.asked == []


@pytest.mark.parametrize("most", [2, 10**6])
def test_a_giant_bucket_is_not_compared_pair_by_pair(most: int) -> None:
    verify = Similarities({})
    found = _stars(_signatures([{0: 1}] * 1000), verify, most=most)
    assert found.leader.tolist() == list(range(1000))
    assert sum(map(len, verify.asked)) <= min(MAX_LEADERS, most) * 1000


def test_a_long_path_of_texts_ends_after_few_rounds() -> None:
    buckets = [{i % 2: i, (i + 1) % 2: i + 1} for i in range(2000)]
    verify = Similarities({}, default=0.9)
    found = _stars(_signatures(buckets), verify)
    assert len(verify.asked) <= 64 + MAX_LEADERS
    compared = {pair for pairs in verify.asked for pair in pairs}
    members = [(int(leader), i) for i, leader in enumerate(found.leader) if leader != i]
    assert members
    assert set(members) <= compared
    assert all(found.leader[leader] == leader for leader, _ in members)
