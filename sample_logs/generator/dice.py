"""Draw from the few distributions the sample needs, on Python's own generator.

``random.Random`` seeded with a string gives the same stream on every platform and Python version, which
the distributions of numerical libraries do not promise.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

SEED = "quarter-one"


def dice(*names: object) -> random.Random:
    """Return the generator that belongs to these names."""
    return random.Random("/".join((SEED, *map(str, names))))


def around(rng: random.Random, median: float, spread: float) -> float:
    """Draw from a log-normal with this median and standard deviation of the logarithm."""
    return median * math.exp(rng.gauss(0.0, spread))


def poisson(rng: random.Random, mean: float) -> int:
    """Draw a count with this mean (Knuth's product of uniforms; meant for means below 100)."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def chance(rng: random.Random, probability: float) -> bool:
    """Return True with this probability."""
    return rng.random() < probability


def pick(rng: random.Random, items: Sequence[T]) -> T:
    """Draw one item."""
    return items[int(rng.random() * len(items))]


def hexadecimal(rng: random.Random, digits: int) -> str:
    """Draw an identifier of this many hexadecimal digits."""
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def uuid(rng: random.Random) -> str:
    """Draw an identifier in the shape of a random UUID."""
    raw = hexadecimal(rng, 32)
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-{'89ab'[int(raw[16], 16) % 4]}{raw[17:20]}-{raw[20:]}"
