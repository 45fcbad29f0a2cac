"""Which prompts hold the wording of which candidate template, and what they fill its slots with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Ints, Keys, chunks, mix, spread
from tokenscan.prompts.templates.find import Shared
from tokenscan.prompts.templates.wording import Templates
from tokenscan.prompts.templates.words import END, GAP, GRAM, START, WINDOW, Tokens, Words, gram_keys

SLOT_SAMPLE: Final = 20_000  # prompts of a template whose fillings are counted slot by slot

_WORK: Final = 1 << 20  # words looked at at a time
_BASE: Final = 0x9E3779B97F4A7C15
_REACH: Final = 2 * WINDOW + 4  # no prompt has more words than this


@dataclass(frozen=True, slots=True, kw_only=True)
class Fits:
    """Pairs of template and prompt that fit, by template and then by prompt; `filling` = hash of all fillings.

    Below, the fillings one by one for the first SLOT_SAMPLE prompts tried with each template, slot by slot: pair,
    number of the slot, hash of the filling, and where in `Words.tokens` it is.
    """

    template: Ints
    prompt: Ints
    filling: Keys
    pair: Ints
    slot: Ints
    value: Keys
    place: Ints
    size: Ints


def fits(templates: Templates, words: Words, found: Shared) -> Fits:
    """Find all prompts in which the pieces of a template occur in order, without overlap."""
    anchor = _anchors(templates, words, found)
    template = np.repeat(np.arange(len(templates)), found.count[anchor])
    prompt = found.prompt[spread(found.begin[anchor], found.count[anchor])]
    counted = spread(np.zeros_like(anchor), found.count[anchor]) < SLOT_SAMPLE
    tokens = words.tokens[spread(templates.place, templates.size)]
    wanted = _Sums.of(tokens, templates.size).value(np.arange(len(templates.size)), 0 * templates.size, templates.size)
    parts = []
    for cut in list(chunks((words.end - words.begin)[prompt], _WORK)) or [slice(0)]:
        search = _Search.of(templates, words, template[cut], prompt[cut])
        parts.append(search.run(templates, words, wanted, counted[cut]))
    return _joined(parts)


def _anchors(templates: Templates, words: Words, found: Shared) -> Ints:
    """Choose for each template the run of its wording that the fewest prompts hold."""
    runs = np.maximum(templates.size - GRAM + 1, 0)
    place = spread(templates.place, runs)
    owner = np.repeat(np.repeat(np.arange(len(templates)), templates.count), runs)
    key = gram_keys(words.tokens[place], words.tokens[place + 1], words.tokens[place + 2])
    at = np.minimum(np.searchsorted(found.key, key), len(found.key) - 1)
    order = np.lexsort((at, found.count[at], owner))
    first = order[np.flatnonzero(np.r_[True, np.diff(owner[order]) > 0])] if len(order) else order
    return at[first]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """Running sums of words times powers, so that the hash of any run of words is two look-ups.

    R. M. Karp and M. O. Rabin, "Efficient randomized pattern-matching algorithms", 1987; modulo 2^64 here.
    """

    offset: Ints
    sums: Keys
    gaps: Ints
    inverse: Keys

    @classmethod
    def of(cls, tokens: Tokens, sizes: Ints) -> _Sums:
        powers = _powers(_BASE)
        value = mix(tokens.astype(np.uint64) + np.uint64(1)) * powers[spread(np.zeros_like(sizes), sizes)]
        return cls(
            offset=np.cumsum(sizes) - sizes,
            sums=np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(value)]),
            gaps=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(tokens == GAP)]),
            inverse=_powers(pow(_BASE, -1, 1 << 64)),
        )

    def value(self, row: Ints, start: Ints, stop: Ints) -> Keys:
        """Hash the words from `start` to `stop` of these rows."""
        base = self.offset[row]
        return np.asarray((self.sums[base + stop] - self.sums[base + start]) * self.inverse[start])

    def has_gap(self, row: Ints, start: Ints, stop: Ints) -> NDArray[np.bool_]:
        """Tell whether words were left out between `start` and `stop`."""
        base = self.offset[row]
        return np.asarray(self.gaps[base + stop] > self.gaps[base + start])


def _powers(base: int) -> Keys:
    factors = np.full(_REACH, base, dtype=np.uint64)
    factors[0] = 1
    return np.cumprod(factors)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """Pairs under search: where the next piece may begin, and what the slots passed so far hold."""

    template: Ints
    prompt: Ints
    length: Ints
    sums: _Sums
    starts: NDArray[np.bool_]  # of each piece: it begins with START
    stops: NDArray[np.bool_]

    @classmethod
    def of(cls, templates: Templates, words: Words, template: Ints, prompt: Ints) -> _Search:
        length = words.end[prompt] - words.begin[prompt]
        tokens = words.tokens[spread(words.begin[prompt], length)]
        return cls(
            template=template,
            prompt=prompt,
            length=length,
            sums=_Sums.of(tokens, length),
            starts=words.tokens[templates.place] == START,
            stops=words.tokens[templates.place + templates.size - 1] == END,
        )

    def run(self, templates: Templates, words: Words, wanted: Keys, counted: NDArray[np.bool_]) -> Fits:
        """Look for the pieces one after the other, each as early as it can be."""
        count = templates.count[self.template]
        at = np.zeros(len(count), dtype=np.int64)
        alive = np.ones(len(count), dtype=np.bool_)
        filling = np.zeros(len(count), dtype=np.uint64)
        slots = []
        for turn in range(int(count.max(initial=0)) + 1):
            row = np.flatnonzero(alive & (count >= turn))
            piece = np.minimum(templates.begin[self.template[row]] + turn, len(templates.size) - 1)
            last = count[row] == turn
            found = np.where(last, self.length[row], -1)
            inner = ~last
            found[inner] = self._first(row[inner], at[row[inner]], piece[inner], templates, wanted)
            alive[row[found < 0]] = False
            row, piece, last, found = row[found >= 0], piece[found >= 0], last[found >= 0], found[found >= 0]
            value = self._filled(row, at[row], found)
            filling[row] = mix(filling[row] ^ value)
            slots.append((row, np.full(len(row), turn), value, at[row], found - at[row]))
            at[row] = found + np.where(last, 0, templates.size[piece])
        pair, slot, value, place, size = (np.concatenate(column) for column in zip(*slots, strict=True))
        shown = alive[pair] & counted[pair]
        number = np.cumsum(alive) - 1
        return Fits(
            template=self.template[alive],
            prompt=self.prompt[alive],
            filling=filling[alive],
            pair=number[pair[shown]],
            slot=slot[shown],
            value=value[shown],
            place=(words.begin[self.prompt[pair]] + place)[shown],
            size=size[shown],
        )

    def _first(self, row: Ints, at: Ints, piece: Ints, templates: Templates, wanted: Keys) -> Ints:
        """Return the first place from `at` on where the piece stands, -1 if there is none."""
        size = templates.size[piece]
        high = np.where(self.starts[piece], 0, self.length[row] - size)
        low = np.where(self.stops[piece], np.maximum(high, at), at)
        tries = np.maximum(high - low + 1, 0)
        of_row = np.repeat(np.arange(len(row)), tries)
        place = spread(low, tries)
        hit = self.sums.value(row[of_row], place, place + size[of_row]) == wanted[piece[of_row]]
        result = np.full(len(row), -1)
        # Backwards, so that the first of several is the one that stays.
        result[of_row[hit][::-1]] = place[hit][::-1]
        return result

    def _filled(self, row: Ints, start: Ints, stop: Ints) -> Keys:
        value = mix(self.sums.value(row, start, stop) + (stop - start).astype(np.uint64))
        gap = self.sums.has_gap(row, start, stop)
        # The words left out are not known: they count as a filling of this prompt alone.
        value[gap] ^= mix(self.prompt[row[gap]].astype(np.uint64) + np.uint64(1))
        return value


def _joined(parts: list[Fits]) -> Fits:
    before = np.cumsum([0, *(len(part.template) for part in parts)])
    return Fits(
        template=np.concatenate([part.template for part in parts]),
        prompt=np.concatenate([part.prompt for part in parts]),
        filling=np.concatenate([part.filling for part in parts]),
        pair=np.concatenate([part.pair + shift for part, shift in zip(parts, before, strict=False)]),
        slot=np.concatenate([part.slot for part in parts]),
        value=np.concatenate([part.value for part in parts]),
        place=np.concatenate([part.place for part in parts]),
        size=np.concatenate([part.size for part in parts]),
    )
