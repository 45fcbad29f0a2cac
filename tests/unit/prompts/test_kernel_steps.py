"""Linking with steps left out, repeated or given something foreign: refused, never a crash."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

kernel = pytest.importorskip("tokenscan.prompts._kernel")

REFUSALS = (ValueError, TypeError, BufferError, OverflowError)
TEXTS, BANDS, WIDTH = 300, 8, 2
STEPS = ("band", "group", "unite", "weigh", "fill", "choose", "pairs", "settle", "prune")

SIGNATURES = np.repeat(np.random.default_rng(1).integers(0, 40, (TEXTS, 64)), 2, axis=1).astype(np.uint16)
FILLED = np.ones(TEXTS, dtype=np.uint8)
BAGS = np.zeros((0, 32), dtype=np.uint8)  # of which there need be none
ORDER = np.arange(TEXTS)
NONE = np.zeros(0, dtype=np.int64)

# What a caller would pass to each step.
USUAL: dict[str, tuple[Any, ...]] = {
    "band": (SIGNATURES, FILLED, WIDTH, 0, TEXTS),
    "group": (FILLED, 0, BANDS),
    "unite": (),
    "weigh": (0, TEXTS),
    "fill": (ORDER, 0),
    "choose": (False,),
    "pairs": (SIGNATURES, BAGS, 0.0, 0, 0),
    "settle": (NONE, NONE, np.zeros(0), 8),
    "prune": (4,),
}
# Texts are put in bands in pieces, and pairs found and settled in pieces; there may be none at all.
TAKEN = {
    "band": {"band", "group"},
    "group": {"band", "group"},
    "weigh": {"weigh"},
    "fill": {"weigh", "fill"},
    "pairs": {"pairs", "settle", "prune"},
    "settle": {"pairs", "settle", "prune"},
    "prune": {"pairs", "settle", "prune"},
}


def _ready(step: str) -> Any:
    """Take all steps before this one."""
    links = kernel.Links(TEXTS, BANDS)
    for each in STEPS[: STEPS.index(step)]:
        getattr(links, each)(*USUAL[each])
    return links


@pytest.mark.parametrize("step", STEPS)
def test_steps_out_of_order_are_refused(step: str) -> None:
    for other in STEPS:
        links = _ready(step)
        if other in TAKEN.get(step, {step}):
            getattr(links, other)(*USUAL[other])
            continue
        with pytest.raises(REFUSALS):
            getattr(links, other)(*USUAL[other])
        # A refused step leaves things as they were.
        getattr(links, step)(*USUAL[step])


def test_rounds_follow_one_another() -> None:
    links = _ready("choose")
    left_over, rounds = 1, 0
    while left_over:
        left, right = links.pairs(SIGNATURES, BAGS, 0.0, 0, links.choose(True))
        assert len(left) == len(right)
        links.settle(left, right, np.zeros(len(left)), 8)
        left_over = links.prune(4)
        rounds += 1
    assert rounds > 4
    assert links.leader.tolist() == ORDER.tolist()
    assert links.choose(False) == 0
    assert [len(found) for found in links.pairs(SIGNATURES, BAGS, 0.0, 0, 0)] == [0, 0]
    assert links.prune(1) == 0


def test_links_cannot_be_made_without_sizes_nor_copied() -> None:
    for arguments in ((), (1,), (1, 2, 3), (-1, 1), (1 << 30, 1), (1, 0), (1, 129), (1 << 70, 1), ("a", 1), (None, 1)):
        for make in (kernel.Links, lambda *given: kernel.Links.__new__(kernel.Links, *given)):
            with pytest.raises(REFUSALS):
                make(*arguments)
    links = _ready("choose")
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(REFUSALS):
            duplicate(links)
    links.choose(True)


WRONG: dict[str, list[tuple[Any, ...]]] = {
    "band": [
        *(
            (SIGNATURES, FILLED, WIDTH, first, last)
            for first, last in [(-1, 2), (2, 1), (0, TEXTS + 1), (1 << 62, 1 << 62)]
        ),
        *((SIGNATURES, FILLED, width, 0, TEXTS) for width in (0, -1, 17, 1 << 31, (1 << 31) - 1)),
        (SIGNATURES[:-1], FILLED, WIDTH, 0, TEXTS),
        (SIGNATURES[:, :15], FILLED, WIDTH, 0, TEXTS),
        (np.ascontiguousarray(SIGNATURES[:, :15]), FILLED, WIDTH, 0, TEXTS),
        (SIGNATURES.astype(np.uint32), FILLED, WIDTH, 0, TEXTS),
        (SIGNATURES.ravel(), FILLED, WIDTH, 0, TEXTS),
        (None, FILLED, WIDTH, 0, TEXTS),
        (SIGNATURES, FILLED[:-1], WIDTH, 0, TEXTS),
        (SIGNATURES, FILLED.astype(np.int8), WIDTH, 0, TEXTS),
        (SIGNATURES, None, WIDTH, 0, TEXTS),
    ],
    "group": [
        *((FILLED, first, last) for first, last in [(-1, 2), (2, 1), (0, BANDS + 1), (-(1 << 62), 0)]),
        (FILLED[:-1], 0, BANDS),
        (np.ones(TEXTS + 1, dtype=np.uint8), 0, BANDS),
        (np.ones(2 * TEXTS, dtype=np.uint8)[::2], 0, BANDS),
        (None, 0, BANDS),
    ],
    "unite": [(1,)],
    "weigh": [(), (0,), *((first, last) for first, last in [(-1, 2), (2, 1), (0, TEXTS + 1), (1 << 62, 1 << 62)])],
    "fill": [
        (ORDER[:-1], 0),
        (np.arange(TEXTS + 1), 0),
        (np.arange(1, TEXTS + 1), 0),
        (ORDER - 1, 0),
        (np.zeros(TEXTS, dtype=np.int64), 0),
        (np.array([*ORDER[:-1], 1 << 62]), 0),
        (ORDER.astype(np.int32), 0),
        (np.arange(2 * TEXTS)[::2], 0),
        (ORDER.astype(np.float64), 0),
        (NONE, 0),
        (None, 0),
        (ORDER, -1),
        (ORDER, TEXTS + 1),
    ],
    "choose": [()],
    "pairs": [
        (),
        *(
            (SIGNATURES, BAGS, 0.0, first, last)
            for first, last in [(-1, 2), (2, 1), (0, TEXTS + 1), (1 << 62, 1 << 62)]
        ),
        (SIGNATURES[:-1], BAGS, 0.0, 0, 0),
        (np.ascontiguousarray(SIGNATURES[:, :127]), BAGS, 0.0, 0, 0),
        (SIGNATURES.astype(np.uint32), BAGS, 0.0, 0, 0),
        (SIGNATURES, BAGS, "a", 0, 0),
        (SIGNATURES, np.zeros((TEXTS - 1, 32), dtype=np.uint8), 0.0, 0, 0),
        (SIGNATURES, np.zeros((TEXTS, 31), dtype=np.uint8), 0.0, 0, 0),
        (SIGNATURES, np.zeros((TEXTS, 32), dtype=np.int64), 0.0, 0, 0),
        (SIGNATURES, None, 0.0, 0, 0),
        (None, BAGS, 0.0, 0, 0),
    ],
    "settle": [
        *((np.array([wrong]), np.array([0]), np.zeros(1), 8) for wrong in (-1, TEXTS, 1 << 62)),
        *((np.array([0]), np.array([wrong]), np.zeros(1), 8) for wrong in (-1, TEXTS, -(1 << 62))),
        (np.array([0]), np.array([0]), np.zeros(0), 8),
        (np.array([0]), np.array([0]), np.zeros(2), 8),
        (np.array([0]), NONE, np.zeros(1), 8),
        (np.array([0]), np.array([0]), np.zeros(1, dtype=np.float32), 8),
        (np.array([0]), np.array([0]), np.zeros(1), 1 << 40),
        (np.array([0]), None, np.zeros(1), 8),
        (np.array([0]), np.array([0]), None, 8),
    ],
    "prune": [(0,), (-1,), (256,), (1 << 40,), ("a",)],
}


@pytest.mark.parametrize(("step", "arguments"), [(step, wrong) for step, many in WRONG.items() for wrong in many])
def test_foreign_arguments_are_refused(step: str, arguments: tuple[Any, ...]) -> None:
    links = _ready(step)
    with pytest.raises(REFUSALS):
        getattr(links, step)(*arguments)
    for each in STEPS[STEPS.index(step) :]:
        getattr(links, each)(*USUAL[each])


def test_a_band_is_grouped_once_and_all_bands_are() -> None:
    links = _ready("group")
    links.group(FILLED, 2, 5)
    for first, last in ((2, 5), (0, 3), (4, 8), (0, 8)):
        with pytest.raises(ValueError, match="grouped"):
            links.group(FILLED, first, last)
    with pytest.raises(ValueError, match="grouped"):
        links.band(*USUAL["band"])
    with pytest.raises(ValueError, match="grouped"):
        links.unite()
    for first, last in ((5, 8), (0, 2), (3, 3)):
        links.group(FILLED, first, last)
    whole = _ready("weigh")
    links.unite()
    links.weigh(*USUAL["weigh"])
    whole.weigh(*USUAL["weigh"])
    assert links.weight.tolist() == whole.weight.tolist()


def test_every_text_is_weighed_before_any_is_ranked() -> None:
    links = _ready("weigh")
    for first, last in ((100, TEXTS), (0, 90), (50, 90), (0, 0)):
        links.weigh(first, last)
        with pytest.raises(ValueError, match="weighed"):
            links.fill(ORDER, 0)
    whole = _ready("weigh")
    for first, last in ((0, 90), (90, 100)):
        links.weigh(first, last)
    whole.weigh(0, TEXTS)
    assert links.weight.tolist() == whole.weight.tolist()
    found = []
    for each in (links, whole):
        each.fill(ORDER, 0)
        found.append([ranks.tolist() for ranks in each.pairs(SIGNATURES, BAGS, 0.0, 0, each.choose(False))])
    assert found[0] == found[1]


_similarities = st.sampled_from([0.0, 0.5, 1.0, -1.0, float("nan"), float("inf")])


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 12), st.integers(1, 5), st.data())
def test_any_sequence_of_steps_is_survived(n_texts: int, bands: int, data: st.DataObject) -> None:
    links = kernel.Links(n_texts, bands)
    order = np.array(data.draw(st.permutations(range(n_texts))), dtype=np.int64)
    numbers = st.integers(-1, 13)
    usual: dict[str, tuple[Any, ...]] = {
        "band": (SIGNATURES[:n_texts] % 3, FILLED[:n_texts], 1, 0, n_texts),
        "group": (data.draw(st.sampled_from([FILLED, 1 - FILLED]))[:n_texts], 0, bands),
        "fill": (order, data.draw(numbers)),
        "unite": (),
        "weigh": (0, n_texts),
    }
    whole = {"start": STEPS[:5], "round": STEPS[5:]}
    for step in data.draw(st.lists(st.sampled_from(["start", "round", "round", *STEPS]), max_size=20)):
        ranks = np.array(data.draw(st.lists(st.integers(0, max(n_texts - 1, 0)), max_size=6)), dtype=np.int64)
        usual["choose"] = (data.draw(st.booleans()),)
        bags = data.draw(st.sampled_from([BAGS, SIGNATURES[:n_texts, :32].astype(np.uint8)]))
        least = data.draw(st.sampled_from([0.0, 0.5, float("nan"), float("inf")]))
        usual["pairs"] = (SIGNATURES[:n_texts], bags, least, data.draw(numbers), data.draw(numbers))
        usual["settle"] = (ranks, ranks[::-1].copy(), np.full(len(ranks), data.draw(_similarities)), data.draw(numbers))
        usual["prune"] = (data.draw(numbers),)
        try:
            for each in whole.get(step, (step,)):
                getattr(links, each)(*usual[each])
        except REFUSALS:
            continue
    assert links.weight.shape == (n_texts,)
