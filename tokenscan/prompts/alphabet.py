"""What normalising makes of single characters, so that the kernel need not hand every foreign text back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Ints
from tokenscan.prompts.normalise import normalised

# Kinds of character; from 1 to 4 it is the number of bytes that take its place.
FOREIGN: Final = 0
SPACE: Final = 5
DROPPED: Final = 6

# The planes with living scripts, symbols and emoji; anything beyond is foreign.
LIMIT: Final = 0x20000
ASCII: Final = 128
_SURROGATES: Final = range(0xD800, 0xE000)

# Characters that stand for themselves: no marks, which join the letter before them, no unassigned ones.
_ALONE: Final = r"^[\p{L}\p{N}\p{P}\p{S}\p{Z}\p{Cc}\p{Cf}]$"
# Hangul jamo, and the vowels of Kirat Rai, compose with one another.
_JOINING: Final = r"[\x{1100}-\x{11ff}\x{a960}-\x{a97f}\x{d7b0}-\x{d7ff}\x{16d40}-\x{16d7f}]"

# A letter's neighbours decide in few places, such as a Greek sigma at the end of a word.
_CONTEXTS: Final = ("x{}x", "x{}", "{}x")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alphabet:
    """By code point: the kind of character, the bytes that take its place, the first one lowest; and if it was asked.

    ASCII is known without it.
    """

    kinds: NDArray[np.uint8]
    forms: NDArray[np.uint32]
    asked: NDArray[np.bool_]

    @classmethod
    def empty(cls) -> Alphabet:
        """Know no character but ASCII."""
        return cls(
            kinds=np.zeros(LIMIT, dtype=np.uint8),
            forms=np.zeros(LIMIT, dtype=np.uint32),
            asked=np.arange(LIMIT) < ASCII,
        )

    def learn(self, points: Ints) -> Alphabet:
        """Learn from `normalised` itself what becomes of these characters, so that the two cannot differ.

        Only characters that Unicode normalisation leaves independent of their neighbours are learned, the
        others stay foreign.
        """
        found = _forms(points)
        kinds, forms, asked = self.kinds.copy(), self.forms.copy(), self.asked.copy()
        asked[points] = True
        kinds[found["at"].to_numpy()] = found["kind"].to_numpy()
        forms[found["at"].to_numpy()] = [
            int.from_bytes(form.encode()[:4], "little") for form in found["form"].to_list()
        ]
        return Alphabet(kinds=kinds, forms=forms, asked=asked)


def _forms(points: Ints) -> pl.DataFrame:
    """Return code point, kind and form of the characters that can be learned."""
    points = points[(points < _SURROGATES.start) | (points >= _SURROGATES.stop)]
    chars = pl.Series("char", list(points.astype("<u4").tobytes().decode("utf-32-le")), dtype=pl.String)
    frame = pl.DataFrame({"at": points, "char": chars})
    frame = frame.filter(pl.col("char").str.contains(_ALONE) & ~pl.col("char").str.contains(_JOINING))
    formats = [pl.format(context, "char").alias(context) for context in _CONTEXTS]
    found = frame.with_columns(formats).with_columns(normalised(pl.col(context)) for context in _CONTEXTS)
    form = pl.col(_CONTEXTS[0]).str.slice(1, pl.col(_CONTEXTS[0]).str.len_chars() - 2)
    alike = [pl.format(context, form).str.strip_chars(" ") == pl.col(context) for context in _CONTEXTS]
    found = found.filter(*alike).select("at", "char", form=form)
    return found.with_columns(kind=_kind(pl.col("char"), pl.col("form"))).filter(pl.col("kind") != FOREIGN)


def _kind(char: pl.Expr, form: pl.Expr) -> pl.Expr:
    size = form.str.len_bytes()
    # The kernel writes where it reads, so nothing may become longer.
    fits = (size <= 4) & (size <= char.str.len_bytes()) & ~form.str.contains(r"[\s\p{M}\x{1100}-\x{11ff}]")
    return (
        pl.when(size == 0).then(DROPPED).when(form == " ").then(SPACE).when(fits).then(size).otherwise(FOREIGN)
    ).cast(pl.UInt8)
