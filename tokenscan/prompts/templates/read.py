"""Words of candidate templates as text: what counts as a word, and how a template reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Ints, distinct, spread
from tokenscan.prompts.templates.words import END, MASK, ONE_BY_ONE, START, Words, split

TENTHS: Final = 10  # a word; two characters of Chinese or Japanese, or five of Thai, make one

# A slot often follows one of these: colon, quotation marks, brackets, signs of mark-up and code.
_OPENERS: Final = list(":\"'`([{<|=#>\u201c\u201e\u00ab\u2039\u300c\u300e")
_EAST: Final = r"^[\p{Han}\p{Hiragana}\p{Katakana}\x{30fc}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """All words, as strings, of the prompts that hold certain places; START and END are empty.

    `tenths` = length in tenths of a word, `width` = length in characters, those of Chinese and Japanese twice.
    """

    prompts: Ints
    offset: Ints
    word: pl.Series
    tenths: Ints
    chars: Ints
    width: Ints
    opens: NDArray[np.bool_]

    @classmethod
    def of(cls, places: Ints, words: Words, texts: pl.Series) -> Spoken:
        """Cut those prompts into words again that hold these places in `Words.tokens`."""
        prompts = distinct(np.searchsorted(words.end, places, side="right"))
        parts = split(texts.gather(prompts)).to_frame("word")
        flat = parts.select(pl.concat_list(pl.lit("").alias("word"), "word", pl.lit("")))
        columns = _measured(flat.explode("word", empty_as_null=False))
        sizes = words.end[prompts] - words.begin[prompts]
        return cls(
            prompts=prompts,
            offset=np.cumsum(sizes) - sizes,
            word=columns["word"],
            tenths=columns["tenths"].to_numpy(),
            chars=columns["chars"].to_numpy(),
            width=columns["width"].to_numpy(),
            opens=columns["opens"].to_numpy(),
        )

    def index(self, places: Ints, words: Words) -> Ints:
        """Say where in `word` the words at these places are."""
        prompt = np.searchsorted(words.end, places, side="right")
        return self.offset[np.searchsorted(self.prompts, prompt)] + places - words.begin[prompt]

    def total(self, column: Ints, at: Ints, size: Ints) -> Ints:
        """Add up a column over `size` words from `at` on."""
        sums = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(column)])
        return np.asarray(sums[at + size] - sums[at])


def written(pieces: pl.Series, count: Ints, opens: NDArray[np.bool_], closes: NDArray[np.bool_]) -> pl.Series:
    """Write templates out, with `{1}`, `{2}`, ... for the slots.

    Takes the pieces of all templates, how many each template has, and which pieces begin or end a prompt.
    """
    owner = np.repeat(np.arange(len(count)), count)
    nth = spread(np.zeros_like(count), count)
    # The slot before the first piece is {1} if there is one; each piece but a last one is followed by a slot.
    before = (nth == 0) & ~opens
    late = np.repeat(~opens[np.cumsum(count) - count], count).astype(np.int64)
    frame = pl.DataFrame({"owner": owner, "piece": pieces.str.strip_chars(" "), "slot": nth + 1 + late})
    piece = pl.when(pl.Series(before)).then(pl.format("{} {}", pl.lit("{1}"), "piece")).otherwise("piece")
    slot = (
        pl.when(~pl.Series(closes))
        .then(pl.format("{} {}{}{}", piece, pl.lit("{"), "slot", pl.lit("}")))
        .otherwise(piece)
    )
    lines = frame.select("owner", text=slot.str.strip_chars(" ")).group_by("owner", maintain_order=True)
    return lines.agg(pl.col("text").str.join(" "))["text"]


def read(place: Ints, size: Ints, count: Ints, words: Words, texts: pl.Series) -> pl.Series:
    """Write templates out, given their pieces: place and size in `Words.tokens`, and how many each template has."""
    spoken = Spoken.of(place, words, texts)
    word = spoken.word.gather(spread(spoken.index(place, words), size))
    flat = pl.DataFrame({"piece": np.repeat(np.arange(len(size)), size), "word": word})
    pieces = flat.group_by("piece", maintain_order=True).agg(pl.col("word").str.join(""))["word"]
    return written(pieces, count, words.tokens[place] == START, words.tokens[place + size - 1] == END)


def _measured(flat: pl.DataFrame) -> pl.DataFrame:
    word = pl.col("word").str.strip_prefix(" ")
    east = word.str.contains(_EAST)
    chars = pl.col("word").str.len_chars().cast(pl.Int64)
    tenths = (
        pl.when(word.str.contains(rf"^{MASK}$"))
        .then(0)
        .when(east)
        .then(TENTHS // 2)
        .when(word.str.contains(rf"^[{ONE_BY_ONE}]"))
        .then(TENTHS // 5)
        .when(word.str.contains(r"^[\p{L}\p{N}]"))
        .then(TENTHS)
        .otherwise(0)
    )
    return flat.select(
        "word",
        tenths=tenths.cast(pl.Int64),
        chars=chars,
        width=chars * pl.when(east).then(2).otherwise(1),
        opens=word.is_in(_OPENERS),
    )
