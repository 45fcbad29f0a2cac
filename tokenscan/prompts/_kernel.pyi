import numpy as np
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Bytes, Ints, Keys, Shares
from tokenscan.prompts.sketch import Signatures

def normalise(
    data: Bytes,
    offsets: Ints,
    first: int,
    last: int,
    kinds: Bytes,
    forms: NDArray[np.uint32],
    out: Bytes,
    end: Ints,
    foreign: Bytes,
) -> None: ...
def code_points(data: Bytes, begin: Ints, end: Ints, seen: Bytes) -> None: ...
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
def equal_slots(
    signatures: Signatures, left: Ints, right: Ints, first: int, last: int, out: NDArray[np.int32]
) -> None: ...
def common_letters(
    data: Bytes, begin: Ints, end: Ints, left: Ints, right: Ints, first: int, last: int, out: Shares
) -> None: ...

class Links:
    leader: Ints
    similarity: Shares
    weight: Ints

    def __init__(self, n_texts: int, bands: int) -> None: ...
    def band(self, signatures: Signatures, filled: Bytes, width: int, first: int, last: int) -> None: ...
    def group(self, filled: Bytes, first: int, last: int) -> None: ...
    def weigh(self) -> None: ...
    def fill(self, by_rank: Ints, n_fixed: int) -> None: ...
    def choose(self, strict: bool) -> None: ...
    def pairs(self) -> tuple[Ints, Ints]: ...
    def settle(self, left: Ints, right: Ints, found: Shares, most: int) -> None: ...
    def prune(self, max_leaders: int) -> int: ...
