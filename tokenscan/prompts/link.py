"""Stars from signatures: candidates by banding, representatives chosen by how many candidates they have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokenscan.prompts.bags import alike
from tokenscan.prompts.corpus import Bytes, Ints, Keys, Shares, distinct, mix, run_starts
from tokenscan.prompts.sketch import SLOTS, Signatures, matching

# Similarity of pairs of texts; 0.0 for a pair that does not belong together.
Verify = Callable[[Ints, Ints], Shares]

# Representatives tried in a bucket. Without a limit, texts that share no more than boilerplate would all be
# compared with all.
MAX_LEADERS: Final = 4

# Rounds in strict order of rank. Inputs made to need more go on with a looser choice of representatives,
# which may leave two alike but is done after MAX_LEADERS further rounds.
STRICT_ROUNDS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """How candidates are found: signatures, cut in bands, and the least share of equal slots.

    Where there are `bags` of letters, it is the least share of those that counts.

    `filled` marks the texts that have shingles, and so a signature. `keys` (hashes of the texts) decide
    between texts that are otherwise equal. A text that has failed `max_comparisons` full comparisons is
    left alone.
    """

    keys: Keys
    signatures: Signatures
    filled: NDArray[np.bool_]
    bands: int
    least_match: float
    max_comparisons: int
    bags: Bytes | None = None

    def near(self, left: Ints, right: Ints) -> NDArray[np.bool_]:
        """Tell which pairs are worth a full comparison."""
        if self.bags is not None:
            return alike(self.bags, left, right, self.least_match)
        return matching(self.signatures, left, right) >= self.least_match

    @property
    def width(self) -> int:
        """Slots of a band."""
        return SLOTS // self.bands

    def ranked(self, texts: Ints, weight: Ints, fixed: NDArray[np.bool_]) -> Ints:
        """Order some texts: fixed ones first, then those with most candidates."""
        place = weight[texts].max(initial=0) - weight[texts]
        place += np.where(fixed[texts], 0, place.max(initial=0) + 1)
        order = np.argsort(self.keys[texts])  # far quicker than a stable sort, and the same without equal keys
        if not run_starts(self.keys[texts][order]).all():
            order = np.argsort(self.keys[texts], kind="stable")
        # Of 16 bits at a time NumPy's stable sort is a radix sort, several times as fast as `lexsort`.
        for shift in range(0, int(place.max(initial=0)).bit_length(), 16):
            order = order[np.argsort((place[order] >> shift).astype(np.uint16), kind="stable")]
        return texts[order]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stars:
    """For each text its representative (itself, where it is one) and the similarity to it."""

    leader: Ints
    similarity: Shares


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entries:
    """Which text is in which bucket, by bucket and then by rank; texts are numbered by rank."""

    bucket: Ints
    text: Ints

    def heads(self) -> NDArray[np.bool_]:
        """Mark the first entry of each bucket."""
        return run_starts(self.bucket)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What stays the same over all rounds; `by_rank` leads from ranks back to texts."""

    candidates: Candidates
    verify: Verify
    by_rank: Ints
    n_fixed: int

    def compare(self, left: Ints, right: Ints) -> tuple[NDArray[np.bool_], Shares]:
        """Tell which pairs are worth a full comparison, and the similarity of those."""
        left, right = self.by_rank[left], self.by_rank[right]
        near = self.candidates.near(left, right)
        return near, self.verify(left[near], right[near])


def stars(candidates: Candidates, verify: Verify, fixed: NDArray[np.bool_]) -> Stars:
    """Group texts around representatives; every member has been verified against its own.

    Texts are taken in order of rank: the one with most candidates first, then by key, so the result
    depends on the texts alone, not on their order. The first becomes a representative, its verified
    candidates its members, and so on with the rest. `fixed` texts come first of all, and are
    representatives only, never members.
    """
    bucket, text, weight = _buckets(candidates)
    by_rank = candidates.ranked(np.arange(len(weight)), weight, fixed)
    rank = np.empty_like(by_rank)
    rank[by_rank] = np.arange(len(by_rank))
    order = np.argsort(bucket * len(rank) + rank[text])
    entries = _Entries(bucket=bucket[order], text=rank[text[order]])

    job = _Job(candidates=candidates, verify=verify, by_rank=by_rank, n_fixed=int(fixed.sum()))
    leader, similarity = _choose(entries, job)
    return Stars(leader=by_rank[leader[rank]], similarity=similarity[rank])


def _buckets(candidates: Candidates) -> tuple[Ints, Ints, Ints]:
    """Return (bucket, text) entries of all buckets with company, and each text's number of candidates."""
    signatures = candidates.signatures
    filled = np.flatnonzero(candidates.filled)
    width = candidates.width
    weight = np.zeros(len(signatures), dtype=np.int64)
    buckets, texts, base = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)], 0
    for band in range(candidates.bands if len(filled) else 0):
        key = _band_key(signatures[filled, band * width : (band + 1) * width])
        order = np.argsort(key, kind="stable")
        key = key[order]
        sizes = np.diff(np.flatnonzero(np.r_[True, key[1:] != key[:-1], True]))
        company = np.repeat(sizes, sizes)
        shared = company > 1
        member = filled[order[shared]]
        buckets.append(base + np.repeat(np.arange(len(sizes)), sizes)[shared])
        texts.append(member)
        weight[member] += company[shared] - 1
        base += len(sizes)
    return np.concatenate(buckets), np.concatenate(texts), weight


def _band_key(slots: Signatures) -> Keys:
    """Hash a band to 32 bits, four slots at a time; that few texts share a key by chance costs comparisons only."""
    key = np.zeros(len(slots), dtype=np.uint64)
    for start in range(0, slots.shape[1], 4):
        packed = np.zeros_like(key)
        for column in slots[:, start : start + 4].T:
            packed = packed << np.uint64(16) | column
        key = mix(key ^ packed)
    return key & np.uint64(0xFFFFFFFF)


def _choose(entries: _Entries, job: _Job) -> tuple[Ints, Shares]:
    """Run the rounds: choose representatives, give them their members, go on with the texts left."""
    n_texts = len(job.by_rank)
    leader, similarity = np.arange(n_texts), np.ones(n_texts)
    tried = np.zeros(int(entries.bucket.max(initial=-1)) + 1, dtype=np.int64)
    compared = np.zeros(n_texts, dtype=np.int64)
    rounds = 0
    while len(entries.text):
        chosen = _next_leaders(entries, n_texts, strict=rounds < STRICT_ROUNDS)
        left, right = _pairs(entries, chosen, job.n_fixed)
        near, found = job.compare(left, right)
        compared += np.bincount(right[near], minlength=n_texts)
        left, right, found = _best(left[near], right[near], found)
        leader[right], similarity[right] = left, found
        done = chosen | (compared >= job.candidates.max_comparisons)
        done[right] = True
        tried[entries.bucket[entries.heads() & chosen[entries.text]]] += 1
        left_over = ~done[entries.text] & (tried[entries.bucket] < MAX_LEADERS)
        entries = _Entries(bucket=entries.bucket[left_over], text=entries.text[left_over])
        rounds += 1
    return leader, similarity


def _next_leaders(entries: _Entries, n_texts: int, *, strict: bool) -> NDArray[np.bool_]:
    """Mark texts that no earlier text can claim any more: first in every bucket they are in.

    The earliest text left always qualifies, so every round gets on. When not `strict`, first in any
    bucket is enough.
    """
    head = entries.heads()
    chosen = np.zeros(n_texts, dtype=np.bool_)
    chosen[entries.text[head]] = True
    if strict:
        chosen[entries.text[~head]] = False
    return chosen


def _pairs(entries: _Entries, chosen: NDArray[np.bool_], n_fixed: int) -> tuple[Ints, Ints]:
    """Pair each chosen head of a bucket with the other texts in it, once each, never with another chosen."""
    head = entries.heads()
    left = entries.text[head][np.cumsum(head) - 1]
    wanted = chosen[left] & ~chosen[entries.text] & (entries.text >= n_fixed)
    pairs = distinct(left[wanted] * len(chosen) + entries.text[wanted])
    return pairs // len(chosen), pairs % len(chosen)


def _best(left: Ints, right: Ints, found: Shares) -> tuple[Ints, Ints, Shares]:
    """Keep for each text on the right its most similar partner, the earliest where several are."""
    order = np.lexsort((left, -found, right))
    order = order[found[order] > 0]
    order = order[run_starts(right[order])]
    return left[order], right[order], found[order]
