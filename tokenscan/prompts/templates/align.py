"""Lay prompts that are alike side by side: which words they share, and what stands between these."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Ints
from tokenscan.prompts.templates.kinds import CHARACTER, DATE, EMAIL, NUMBER, PATH, URL, UUID, WORD

WINDOW_CHARS: Final = 1500  # characters looked at on either side of a long prompt

# Part of the prompts that have to hold a word of the fixed wording.
MOST: Final = 0.9

# A run of fewer words counts only between short slots: two long texts nearly always share an "and the".
SOLID: Final = 3
_SHORT_REGION: Final = 16

_TOKEN: Final = re.compile("|".join((URL, EMAIL, UUID, DATE, PATH, NUMBER, WORD, CHARACTER, r"\S")))
_GAP: Final = " \u2026 "


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What a prompt has in a slot; not `whole` where words in the middle of a long prompt were left out."""

    text: str  # in one line
    key: str  # the same for the same words, the ones left out included
    chars: int  # of the words left out too
    whole: bool


Piece = tuple[int, int]  # first word and the one after the last, START and END included


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt cut into words: `keys` are equal for equal words, between a START and an END that no word equals.

    The middle of a long prompt counts as one word.
    """

    text: str  # with a sign for the middle
    left_out: int  # characters of the middle
    middle: str  # hash of the middle
    gap: int  # where it was, -2 = nowhere
    keys: Ints
    begin: Ints
    end: Ints

    @classmethod
    def of(cls, text: str, vocabulary: dict[str, int]) -> Prompt:
        """Cut a text into words, without regard to case; new words are added to the vocabulary."""
        gap, left_out, middle = -2, 0, ""
        if len(text) > 2 * WINDOW_CHARS + len(_GAP):
            gap, left_out = WINDOW_CHARS, len(text) - 2 * WINDOW_CHARS
            middle = " " + hashlib.blake2b(text[WINDOW_CHARS:-WINDOW_CHARS].encode("utf-8", "replace")).hexdigest()
            text = text[:WINDOW_CHARS] + _GAP + text[-WINDOW_CHARS:]
        found = list(_TOKEN.finditer(text))
        words = (middle if match.start() == gap + 1 else match.group().casefold() for match in found)
        keys = [vocabulary.setdefault(word, len(vocabulary) + 2) for word in words]
        return cls(
            text=text,
            left_out=left_out,
            middle=middle,
            gap=gap,
            keys=np.array([0, *keys, 1], dtype=np.int64),
            begin=np.array([0, *(match.start() for match in found), len(text)], dtype=np.int64),
            end=np.array([0, *(match.end() for match in found), len(text)], dtype=np.int64),
        )

    def between(self, first: int, second: int) -> Filling:
        """Return what stands between the end of one word and the beginning of another."""
        start, stop = int(self.end[first]), int(self.begin[second])
        text = self.text[start:stop].strip()
        line = " ".join(text.split())
        if start <= self.gap < stop:
            seen = self.text[start : self.gap].lstrip() + self.text[self.gap + len(_GAP) : stop].rstrip()
            chars = len(seen) + self.left_out
            return Filling(text=line, key=line.casefold() + self.middle, chars=chars, whole=False)
        return Filling(text=line, key=line.casefold(), chars=len(text), whole=True)

    def fixed(self, piece: Piece) -> str:
        """Return the text of some words in a row, in one line."""
        return " ".join(self.text[int(self.begin[piece[0]]) : int(self.end[piece[1] - 1])].split())

    def spaces(self, first: int, second: int) -> tuple[bool, bool]:
        """Tell whether there is white space after one word, and before another."""
        return bool(self.begin[first + 1] > self.end[first]), bool(self.begin[second] > self.end[second - 1])


def shared_pieces(model: Prompt, others: Sequence[Prompt]) -> tuple[Piece, ...]:
    """Find the runs of words of the model that nearly all others hold in the same order, from START to END."""
    places = np.array([_places(model, other) for other in others]).reshape(len(others), len(model.keys))
    held = places >= 0
    fixed = held.sum(axis=0) >= MOST * len(others)
    both = held[:, 1:] & held[:, :-1]
    beside = (np.diff(places, axis=1) == 1) & both
    glued = fixed[1:] & fixed[:-1] & (beside.sum(axis=0) >= MOST * both.sum(axis=0))
    opens = np.flatnonzero(fixed & ~np.r_[False, glued]).tolist()
    closes = (np.flatnonzero(fixed & ~np.r_[glued, False]) + 1).tolist()
    pieces = list(zip(opens, closes, strict=True))
    solid = [_is_solid(piece, len(model.keys)) for piece in pieces]
    return tuple(
        piece for number, piece in enumerate(pieces) if solid[number] or _in_short_region(number, pieces, solid, places)
    )


def _is_solid(piece: Piece, length: int) -> bool:
    return piece[1] - piece[0] >= SOLID or piece[0] == 0 or piece[1] == length


def _in_short_region(number: int, pieces: list[Piece], solid: list[bool], places: NDArray[np.int64]) -> bool:
    before = max(n for n in range(number) if solid[n])
    after = min(n for n in range(number + 1, len(pieces)) if solid[n])
    left, right = places[:, pieces[before][1] - 1], places[:, pieces[after][0]]
    known = (left >= 0) & (right >= 0)
    return bool(known.any() and np.median((right - left)[known]) - 1 <= _SHORT_REGION)


def _places(model: Prompt, other: Prompt) -> Ints:
    """Say where each word of the model is in the other prompt, -1 = nowhere: a longest common subsequence."""
    from rapidfuzz.distance import LCSseq

    found = np.full(len(model.keys), -1, dtype=np.int64)
    for block in LCSseq.opcodes(model.keys.tolist(), other.keys.tolist()):
        if block.tag == "equal":
            found[block.src_start : block.src_end] = np.arange(block.dest_start, block.dest_end)
    return found


def located(prompt: Prompt, pieces: Sequence[Ints]) -> tuple[Piece, ...] | None:
    """Find the pieces in a prompt, in order and each as early as it can be; None = it does not hold them."""
    found = []
    at = 0
    for number, piece in enumerate(pieces):
        high = len(prompt.keys) - len(piece)
        low = max(at, high) if number == len(pieces) - 1 else at
        starts = np.flatnonzero(prompt.keys[low : high + 1] == piece[0]) + low
        for shift in range(1, len(piece)):
            starts = starts[prompt.keys[starts + shift] == piece[shift]]
        if not len(starts):
            return None
        at = int(starts[0]) + len(piece)
        found.append((at - len(piece), at))
    return tuple(found)
