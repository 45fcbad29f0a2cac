"""Numbering keys, against a dictionary."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_reference import each_engine

from tokenscan.prompts.engine import Engine
from tokenscan.prompts.numbering import first_places

TOP = (1 << 64) - 1
_keys = st.one_of(st.integers(0, 5), st.integers(0, TOP), st.sampled_from([TOP, 1 << 63, 1 << 20, 1 << 21]))


def _numbered(engine: Engine, batches: list[list[int]]) -> None:
    numbers, expected = engine.numbers(), dict[int, int]()
    for batch in batches:
        before = set(expected)
        found, new = numbers.add(np.array(batch, dtype=np.uint64))
        assert new.tolist() == [batch.index(key) for key in dict.fromkeys(batch) if key not in before]
        assert found.tolist() == [expected.setdefault(key, len(expected)) for key in batch]
        assert numbers.keys.tolist() == list(expected)


@each_engine
@given(st.lists(st.lists(_keys, max_size=20), max_size=5))
def test_keys_are_numbered_as_they_come(engine: Engine, batches: list[list[int]]) -> None:
    _numbered(engine, batches)


@each_engine
def test_many_keys_and_keys_that_share_their_lower_bits(engine: Engine) -> None:
    rng = random.Random(3)
    pool = [*(rng.getrandbits(64) for _ in range(100_000)), *(n << 32 for n in range(300))]
    _numbered(engine, [rng.choices(pool, k=size) for size in (1, 70_000, 0, 250_000)])


def test_first_places() -> None:
    assert first_places(np.array([0, 1, 0, 2, 1]), 3).tolist() == [0, 1, 3]
    assert first_places(np.zeros(0, dtype=np.int64), 0).tolist() == []


def test_the_kernel_takes_no_other_keys() -> None:
    kernel = pytest.importorskip("tokenscan.prompts._kernel")
    numbers = kernel.Numbers()
    for wrong in (None, [1], b"12345678", np.zeros(2), np.zeros((2, 2), np.uint64), np.zeros(4, np.uint64)[::2]):
        with pytest.raises((TypeError, ValueError)):
            numbers.add(wrong)
    assert [found.tolist() for found in numbers.add(np.ones(1, dtype=np.uint64))] == [[0], [0]]
