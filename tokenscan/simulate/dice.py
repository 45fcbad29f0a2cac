"""Streams of chance: one for every name, so that nobody's life depends on who else is there."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray


def numbers(seed: int, *names: object) -> np.random.Generator:
    """Return the generator of numbers that belongs to these names."""
    return np.random.Generator(np.random.PCG64(words(seed, "numbers", *names).getrandbits(128)))


def words(seed: int, *names: object) -> random.Random:
    """Return the generator of texts that belongs to these names."""
    return random.Random("/".join((str(seed), *map(str, names))))  # noqa: S311 - no secret is drawn


def around(rng: np.random.Generator, median: float, spread: float, size: int) -> NDArray[np.float64]:
    """Draw from a log-normal with this median and standard deviation of the logarithm."""
    return np.asarray(median * np.exp(spread * rng.standard_normal(size)), np.float64)


def one_of(rng: np.random.Generator, least: float, most: float) -> float:
    """Draw evenly between two bounds."""
    return float(least + (most - least) * rng.random())


def count_of(rng: np.random.Generator, span: tuple[int, int]) -> int:
    """Draw a count, bounds included."""
    return int(rng.integers(span[0], max(span) + 1))
