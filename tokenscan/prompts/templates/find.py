"""Which wording many prompts share: three-word runs found in the same prompts belong to one template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Ints, Keys, mix, run_starts, spread
from tokenscan.prompts.templates.words import GRAM, Words, gram_keys, grams

MIN_FILLINGS: Final = 5
MIN_SHARED: Final = 4  # words and signs; with fewer in common there is no template
SAMPLE: Final = 8  # prompts of a class in which the wording has to be the same

MOST: Final = 0.9  # part of the prompts of a class that have to hold a run

_STEPS: Final = 8  # per doubling of the number of prompts; runs of a class are no farther apart
_CHUNK: Final = 1 << 20
_CLASSES: Final = 2048  # classes worked on at a time; has to fit the 12 bits that `_common` has for it
_SETTLE: Final = 3  # rounds in which the runs that moved farthest are left out, before all that moved are

Samples = NDArray[np.int64]  # shape (classes, SAMPLE): numbers of prompts, or places in them, ascending, then -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Three-word runs found in MIN_FILLINGS prompts or more: prompts by run, runs by key."""

    key: Keys
    begin: Ints
    count: Ints
    prompt: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """Sample of the prompts in which the runs of a class occur, and how many such prompts there are."""

    sample: Samples
    prompts: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Runs of words that all prompts of a sample share, in order: by class, then by place in its first prompt."""

    owner: Ints
    begin: Ints  # place in `Words.tokens`
    size: Ints


def shared(words: Words) -> Shared:
    """Find the three-word runs that occur in at least MIN_FILLINGS prompts."""
    keys, prompts = _often(words)
    order = np.argsort(keys, kind="stable")
    keys, prompts = keys[order], prompts[order]
    new = np.ones(len(keys), dtype=np.bool_)
    new[1:] = (keys[1:] != keys[:-1]) | (prompts[1:] != prompts[:-1])
    keys, prompts = keys[new], prompts[new]
    begin = np.flatnonzero(run_starts(keys))
    count = np.diff(np.r_[begin, len(keys)])
    enough = count >= MIN_FILLINGS
    begin, count = begin[enough], count[enough]
    kept = spread(begin, count)
    end = np.cumsum(count)
    return Shared(key=keys[begin], begin=end - count, count=count, prompt=prompts[kept])


def classes(found: Shared) -> Classes:
    """Put runs together that occur in about the same prompts, two or more.

    Prompts are numbered by a hash of their text, so the first SAMPLE prompts of a run are a random sample,
    and runs of one template have the same: a bottom-k sketch (Cohen and Kaplan, PODC 2007) of their prompts.
    """
    first = np.full((len(found.key), SAMPLE), -1, dtype=np.int64)
    label = mix(np.round(_STEPS * np.log2(found.count)).astype(np.uint64))
    for turn in range(SAMPLE):
        has = found.count > turn
        first[has, turn] = found.prompt[found.begin[has] + turn]
        label = mix(label ^ (first[:, turn] + 2).astype(np.uint64))
    _, one, number, size = np.unique(label, return_index=True, return_inverse=True, return_counts=True)
    most = np.zeros(len(one), dtype=np.int64)
    np.maximum.at(most, number, found.count)
    sample, most = first[one[size > 1]], most[size > 1]
    order = np.lexsort((most, *sample.T[::-1]))
    return Classes(sample=sample[order], prompts=most[order])


def pieces(words: Words, found: Shared) -> Pieces:
    """Find the wording that the prompts of each class share.

    Runs that one prompt of the sample holds twice do not count, nor do runs that fewer prompts hold than
    belong to the class: these are fillings that all of the sample happen to have.
    """
    groups = classes(found)
    none = np.zeros(0, dtype=np.int64)
    parts = [Pieces(owner=none, begin=none, size=none)]
    for start in range(0, len(groups.prompts), _CLASSES):
        owner, place = _common(words, groups.sample[start : start + _CLASSES])
        at = place[:, 0]
        run = np.searchsorted(found.key, gram_keys(words.tokens[at], words.tokens[at + 1], words.tokens[at + 2]))
        usual = found.count[run] >= MOST * groups.prompts[start + owner]
        parts.append(_joined(*_in_order(owner[usual], place[usual]), start))
    return Pieces(
        owner=np.concatenate([part.owner for part in parts]),
        begin=np.concatenate([part.begin for part in parts]),
        size=np.concatenate([part.size for part in parts]),
    )


def _often(words: Words) -> tuple[Keys, Ints]:
    """Return key and prompt of all runs but most of the rare ones, told by counters shared among runs."""
    total = len(words.tokens)
    bits = np.uint64(64 - min(max(int(total).bit_length() + 1, 10), 25))
    counters = np.zeros(1 << (64 - int(bits)), dtype=np.uint32)
    for _, key in _all_grams(words):
        np.add.at(counters, (key >> bits).astype(np.int64), np.uint32(1))  # a plain 1 is far slower
    keys, places = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.int64)]
    for place, key in _all_grams(words):
        often = counters[(key >> bits).astype(np.int64)] >= MIN_FILLINGS
        keys.append(key[often])
        places.append(place[often])
    return np.concatenate(keys), np.searchsorted(words.end, np.concatenate(places), side="right")


def _all_grams(words: Words) -> Iterator[tuple[Ints, Keys]]:
    for start in range(0, len(words.tokens) - GRAM + 1, _CHUNK):
        key, whole = grams(words.tokens[start : start + _CHUNK + GRAM - 1])
        yield start + np.flatnonzero(whole), key[whole]


def _common(words: Words, sample: Samples) -> tuple[Ints, Samples]:
    """Return (class, place in each prompt of its sample) of the runs that all of them hold exactly once."""
    row, turn = np.nonzero(sample >= 0)
    prompt = sample[row, turn]
    size = words.end[prompt] - words.begin[prompt]
    place = spread(words.begin[prompt], size)
    key, whole = grams(np.r_[words.tokens[place], np.zeros(GRAM - 1, dtype=np.uint32)])
    at = np.repeat(row * SAMPLE + turn, size)[whole].astype(np.uint64)
    # class (12 bits), run (48), turn (4): one sort brings the same runs of a class together.
    packed = at // SAMPLE << np.uint64(52) | key[whole] >> np.uint64(16) << np.uint64(4) | at % SAMPLE
    order = np.argsort(packed)
    packed, place = packed[order], place[whole][order]
    begin = np.flatnonzero(np.r_[True, packed[1:] >> np.uint64(4) != packed[:-1] >> np.uint64(4)])
    begin = begin[: len(packed)]
    length = np.diff(np.r_[begin, len(packed)])
    owner = (packed[begin] >> np.uint64(52)).astype(np.int64)
    wanted = (sample >= 0).sum(axis=1)[owner]
    found = np.full((len(begin), SAMPLE), -1, dtype=np.int64)
    everywhere = length == wanted
    for turn_no in range(SAMPLE):
        has = everywhere & (wanted > turn_no)
        at_turn = begin[has] + turn_no
        everywhere[has] = (packed[at_turn] & np.uint64(15)) == turn_no
        found[has, turn_no] = place[at_turn]
    owner, found = owner[everywhere], found[everywhere]
    order = np.lexsort((found[:, 0], owner))
    return owner[order], found[order]


def _in_order(owner: Ints, place: Samples) -> tuple[Ints, Samples]:
    """Leave out runs that come in another order in one of the prompts, the ones that moved farthest first."""
    for turn in range(_SETTLE + 1):
        if not len(owner):
            break
        rank = np.empty_like(place)
        for column in range(SAMPLE):
            rank[np.lexsort((place[:, column], owner)), column] = np.arange(len(owner))
        known = place >= 0
        moved = np.where(known, np.abs(rank - rank[:, :1]), 0).max(axis=1)
        farthest = np.zeros(int(owner.max()) + 1, dtype=np.int64)
        np.maximum.at(farthest, owner, moved)
        keep = moved == 0 if turn == _SETTLE else (moved == 0) | (moved < farthest[owner])
        if keep.all():
            break
        owner, place = owner[keep], place[keep]
    return owner, place


def _joined(owner: Ints, place: Samples, start: int) -> Pieces:
    """Join runs that overlap or touch, alike in all prompts of the sample."""
    if not len(owner):
        return Pieces(owner=owner, begin=owner, size=owner)
    known = place >= 0
    step = np.diff(place, axis=0)
    same = (owner[1:] == owner[:-1]) & ((step == step[:, :1]) | ~known[1:]).all(axis=1)
    opens = np.r_[True, ~(same & (step[:, 0] <= GRAM))]
    first = np.flatnonzero(opens)
    last = np.r_[first[1:], len(owner)] - 1
    size = place[last, 0] - place[first, 0] + GRAM
    # Where a filling repeats a word of the wording beside it, two pieces can overlap in one of the prompts.
    end = np.where(known[last], place[last] + GRAM, -1)
    overlap = np.zeros(len(first), dtype=np.int64)
    overlap[1:] = np.where(known[first[1:]], end[:-1] - place[first[1:]], 0).max(axis=1)
    overlap[owner[first] != np.r_[-1, owner[first[:-1]]]] = 0
    cut = np.maximum(overlap, 0)
    total = np.bincount(owner[first], weights=np.maximum(size - cut, 0), minlength=_CLASSES)
    keep = (size > cut) & (total[owner[first]] >= MIN_SHARED)
    return Pieces(owner=owner[first][keep] + start, begin=(place[first, 0] + cut)[keep], size=(size - cut)[keep])
