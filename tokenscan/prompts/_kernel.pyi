import numpy as np
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Bytes, Ints, Keys, Shares
from tokenscan.prompts.sketch import Signatures

def normalise(
    views: Bytes,
    buffers: list[Bytes],
    offsets: Ints,
    first: int,
    last: int,
    kinds: Bytes,
    forms: NDArray[np.uint32],
    out: Bytes,
    begin: Ints,
    end: Ints,
    foreign: Bytes,
) -> None: ...
def pack(data: Bytes, begin: Ints, end: Ints, out: Bytes) -> None: ...
def code_points(data: Bytes, begin: Ints, end: Ints, seen: Bytes) -> None: ...
def add_letters(data: Bytes, begin: Ints, end: Ints, first: int, last: int, out: Keys) -> None: ...
def spell(data: Bytes, begin: Ints, end: Ints, first: int, last: int, out: Keys) -> None: ...
def sketch(
    data: Bytes, begin: Ints, end: Ints, size: int, probes: Ints, first: int, last: int, out: Signatures
) -> None: ...
def jaccard(
    data: Bytes,
    begin: Ints,
    end: Ints,
    size: int,
    limit: int,
    left: Ints,
    right: Ints,
    first: int,
    last: int,
    out: Shares,
) -> None: ...
def contained(
    data: Bytes, begin: Ints, end: Ints, size: int, core: Ints, text: Ints, first: int, last: int, out: Shares
) -> None: ...
def count_chars(data: Bytes, begin: Ints, end: Ints) -> Ints: ...
def common_letters(
    data: Bytes,
    begin: Ints,
    end: Ints,
    left: Ints,
    right: Ints,
    least: Shares,
    first: int,
    last: int,
    out: Shares,
) -> None: ...
def winnow(
    data: Bytes, begin: Ints, end: Ints, factors: Keys, window: int, first: int, last: int, counts: Ints, out: Keys
) -> int: ...

class Numbers:
    @property
    def keys(self) -> Keys: ...
    def add(self, keys: Keys) -> tuple[Ints, Ints]: ...

class Links:
    leader: Ints
    similarity: Shares
    weight: Ints

    def __init__(self, n_texts: int, bands: int) -> None: ...
    def band(self, signatures: Signatures, filled: Bytes, width: int, first: int, last: int) -> None: ...
    def group(self, filled: Bytes, first: int, last: int) -> None: ...
    def unite(self) -> None: ...
    def weigh(self, first: int, last: int) -> None: ...
    def fill(self, by_rank: Ints, n_fixed: int) -> None: ...
    def choose(self, strict: bool) -> int: ...
    def pairs(self, signatures: Signatures, least: int, first: int, last: int) -> tuple[Ints, Ints]: ...
    def settle(self, left: Ints, right: Ints, found: Shares, most: int) -> None: ...
    def prune(self, max_leaders: int) -> int: ...
