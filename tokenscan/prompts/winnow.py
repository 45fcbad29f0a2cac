"""Fingerprints of texts by winnowing: few a text, and texts with a common run of bytes have one in common.

S. Schleimer, D. Wilkerson, A. Aiken, "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokenscan.prompts.corpus import KEY_BITS, Corpus, Ints, chunks, run_starts, spread
from tokenscan.prompts.engine import Engine
from tokenscan.prompts.grams import PIECE

Prints = NDArray[np.uint32]

GRAM: Final = PIECE
WINDOW: Final = 16  # a power of two; about 2 in 17 places leave a fingerprint

# Every run of this many bytes that two texts have in common gives both the same fingerprint.
RUN: Final = GRAM + WINDOW - 1

# Places spread over a core at which its rarest fingerprint is looked for in longer texts.
ANCHORS: Final = 8
_RARE_LIMIT: Final = 255

# Least share of a core's fingerprints that any longer text has, and of its anchors that one text has. Both are
# well below the containment asked for: a single changed byte can take three fingerprints with it.
_LEAST_SEEN: Final = 1 / 3
_LEAST_VOTES: Final = 3 / 8

# Pairs that one anchor may propose. Where many texts have it, only the shortest few are taken for cores:
# a piece of boilerplate shared by n texts costs n comparisons, not n * n.
LIST_PAIRS: Final = 4096

_ONE: Final = np.ones(1, dtype=np.uint64)  # a gram is one shingle
_ENTRIES: Final = 1 << 20
_PAIRS: Final = 1 << 20
_SORTED: Final = 1 << 22  # fingerprints sorted at a time
_LOW: Final = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprints:
    """The distinct fingerprints of each text, in order of their first place, text after text.

    An entry is a position in `values`; `counts` says how many entries each text has.
    """

    values: Prints
    counts: Ints

    def owners(self) -> NDArray[np.uint32]:
        """Tell which text each entry belongs to."""
        return np.repeat(np.arange(len(self.counts), dtype=np.uint32), self.counts)


def fingerprints(corpus: Corpus, engine: Engine) -> Fingerprints:
    """Take the smallest hash in each window of consecutive byte n-grams, once per text.

    Texts shorter than `RUN` bytes have none. Only the result takes memory: about half a byte for each byte of text.
    """
    parts = [np.zeros(0, dtype=np.uint32)]
    counts = np.zeros(len(corpus), dtype=np.int64)
    for who, hashes in engine.winnowed(corpus, _ONE, WINDOW):
        if len(who):
            parts.append((hashes >> np.uint64(KEY_BITS - 32)).astype(np.uint32))
            counts[who[0] : who[-1] + 1] += np.bincount(who - who[0])
    return _once_per_text(np.concatenate(parts), counts)


def _once_per_text(values: Prints, counts: Ints) -> Fingerprints:
    keep = np.ones(len(values), dtype=np.bool_)
    ends, left = np.cumsum(counts), np.zeros_like(counts)
    for cut in chunks(counts, _ENTRIES):
        begin, end = int(ends[cut][0] - counts[cut][0]), int(ends[cut][-1])
        text = np.repeat(np.arange(cut.stop - cut.start), counts[cut])
        tagged = text.astype(np.uint64) << np.uint64(32) | values[begin:end]
        order = np.argsort(tagged, kind="stable")
        again = order[1:][tagged[order[1:]] == tagged[order[:-1]]]
        keep[begin + again] = False
        left[cut] = np.bincount(text[keep[begin:end]], minlength=cut.stop - cut.start)
    return Fingerprints(values=values[keep], counts=left)


def lists(values: Prints) -> Iterator[tuple[Ints, Ints]]:
    """Yield all entries sorted by value and then by number, part by part, with the end of each entry's list.

    A list is the entries of one value; it is never cut in two. Ends count from the begin of the part.
    """
    parts = len(values) // _SORTED + 1
    edges = [(part << 32) // parts for part in range(parts + 1)]
    for low, high in pairwise(edges):
        entries = np.flatnonzero((values >= low) & (values <= high - 1))
        tagged = values[entries].astype(np.uint64) << np.uint64(32) | entries.astype(np.uint64)
        tagged.sort()
        value = tagged >> np.uint64(32)
        changed = np.flatnonzero(value[1:] != value[:-1]) + 1
        end = np.append(changed, len(value))
        yield (tagged & _LOW).astype(np.int64), np.repeat(end, np.diff(end, prepend=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """The anchors of possible cores, core by core.

    The texts with an anchor that come after its core are `texts[begin:end]`. `expected` says how many
    anchors of each core a text could have: stretches that no longer text knows count, refused anchors do not.
    """

    expected: Ints
    texts: Ints
    core: Ints
    begin: Ints
    end: Ints

    def shared(self) -> Iterator[tuple[Ints, Ints, NDArray[np.float64]]]:
        """Yield cores, texts and how much speaks for the pair, where that is not too little.

        The evidence is the share of the expected anchors that the text has, less the fewer there are: all of
        one is worth less than seven out of eight.
        """
        sizes, n_texts = self.end - self.begin, len(self.expected)
        anchors = np.bincount(self.core, minlength=n_texts)
        to = np.cumsum(anchors)
        for cut in chunks(np.bincount(self.core, weights=sizes, minlength=n_texts).astype(np.int64), _PAIRS):
            mine = slice(int(to[cut][0] - anchors[cut][0]), int(to[cut][-1]))
            core = np.repeat(self.core[mine], sizes[mine]).astype(np.uint64)
            text = self.texts[spread(self.begin[mine], sizes[mine])].astype(np.uint64)
            both, votes = np.unique(core << np.uint64(32) | text, return_counts=True)
            core, text = (both >> np.uint64(32)).astype(np.int64), (both & _LOW).astype(np.int64)
            enough = votes >= _LEAST_VOTES * self.expected[core]
            yield core[enough], text[enough], (votes / (self.expected[core] + 1))[enough]


def postings(prints: Fingerprints) -> Postings:
    """List for the anchors of each text the later texts that have them; of many texts only the first are cores.

    Takes the fingerprints of texts in order of length, and no text's list reaches back to shorter ones.
    """
    anchors, owners = _anchors(prints), prints.owners()
    texts, cores, begins, ends = ([np.zeros(0, dtype=np.int64)] for _ in range(4))
    base = 0
    for entries, end in lists(prints.values):
        here = np.arange(len(entries))
        users = np.cumsum(anchors[entries])
        before = np.concatenate([[0], users])[_begin(end)]
        allowed = np.flatnonzero(anchors[entries] & ((users - 1 - before) * (end - here - 1) <= LIST_PAIRS))
        used = np.zeros(len(entries) + 1, dtype=np.bool_)
        used[end[allowed]] = True
        kept = used[end]
        place = base - 1 + np.cumsum(kept)
        texts.append(owners[entries[kept]].astype(np.int64))
        cores.append(owners[entries[allowed]].astype(np.int64))
        begins.append(place[allowed] + 1)
        ends.append(place[end[allowed] - 1] + 1)
        base += int(kept.sum())
    core = np.concatenate(cores)
    order = np.argsort(core, kind="stable")
    chosen = np.bincount(owners[anchors], minlength=len(prints.counts))
    refused = chosen - np.bincount(core, minlength=len(prints.counts))
    return Postings(
        expected=np.minimum(prints.counts, ANCHORS) - refused,
        texts=np.concatenate(texts),
        core=core[order],
        begin=np.concatenate(begins)[order],
        end=np.concatenate(ends)[order],
    )


def _begin(end: Ints) -> Ints:
    """Turn the end of each entry's list into its begin."""
    begin: Ints = np.searchsorted(end, end, side="left")
    return begin


def _anchors(prints: Fingerprints) -> NDArray[np.bool_]:
    """Mark in each stretch of a text the fingerprint that the fewest longer texts have, but one at least."""
    longer = np.zeros(len(prints.values), dtype=np.uint8)
    for entries, end in lists(prints.values):
        longer[entries] = np.minimum(end - np.arange(len(end)) - 1, _RARE_LIMIT)
    chosen = np.zeros(len(longer), dtype=np.bool_)
    ends = np.cumsum(prints.counts)
    for cut in chunks(prints.counts, _ENTRIES):
        counts = prints.counts[cut]
        start = int(ends[cut][0] - counts[0])
        rarity = longer[start : int(ends[cut][-1])]
        text = np.repeat(np.arange(len(counts)), counts)
        seen = np.bincount(text[rarity > 0], minlength=len(counts)) >= _LEAST_SEEN * counts
        stretch = spread(np.zeros_like(counts), counts) * ANCHORS // counts[text]
        usable = np.flatnonzero((rarity > 0) & seen[text])
        group = (text * ANCHORS + stretch)[usable]
        order = np.argsort(group << 8 | rarity[usable], kind="stable")
        chosen[start + usable[order[run_starts(group[order])]]] = True
    return chosen
