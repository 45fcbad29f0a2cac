"""Prompts as numbers, one a word: what template mining compares, a bounded number of them a prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.hashing import stable_hash
from tokenscan.prompts.corpus import Ints, Keys, mix

Tokens = NDArray[np.uint32]

WINDOW: Final = 64  # words looked at on either side of a long prompt
GRAM: Final = 3

START: Final = 1
END: Final = 2
GAP: Final = 3  # stands for what lies between the two windows
RESERVED: Final = 16

_WINDOW_CHARS: Final = 1024
_ROWS: Final = 50_000

# Scripts written without spaces: each character is a word of its own.
ONE_BY_ONE: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\x{30fc}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
MASK: Final = "<(?:n|url|email|path)>"
_LETTERS: Final = rf"[[\p{{L}}\p{{N}}\p{{M}}_]--[{ONE_BY_ONE}]]+"
_TOKEN: Final = rf" ?(?:{MASK}|[{ONE_BY_ONE}]|{_LETTERS}(?:['\x{{2019}}]{_LETTERS})*|\S)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words of many prompts end to end, each prompt between START and END; `chars` = length of each prompt.

    Odd numbers from RESERVED on are words of letters or digits, even ones signs and masks.
    """

    tokens: Tokens
    begin: Ints
    end: Ints
    chars: Ints

    @classmethod
    def of(cls, texts: pl.Series) -> Words:
        """Cut normalised texts into words."""
        parts = [_numbered(part.to_series()) for part in texts.to_frame().iter_slices(_ROWS)]
        sizes = np.concatenate([np.zeros(0, dtype=np.int64), *(size for _, size in parts)])
        end = np.cumsum(sizes)
        return cls(
            tokens=np.concatenate([np.zeros(0, dtype=np.uint32), *(tokens for tokens, _ in parts)]),
            begin=end - sizes,
            end=end,
            chars=texts.str.len_chars().to_numpy().astype(np.int64),
        )

    def __len__(self) -> int:
        return len(self.begin)


def gram_keys(first: Tokens, second: Tokens, third: Tokens) -> Keys:
    """Hash runs of three words, given word by word."""
    key = mix(first.astype(np.uint64) | second.astype(np.uint64) << np.uint64(32))
    return mix(key ^ third)


def grams(tokens: Tokens) -> tuple[Keys, NDArray[np.bool_]]:
    """Return the key of the three words from each position on, and whether they are three of one prompt in a row."""
    here, second, third = tokens[:-2], tokens[1:-1], tokens[2:]
    whole = (here != END) & (second != END)
    for part in (here, second, third):
        whole &= part != GAP
    return gram_keys(here, second, third), whole


def split(texts: pl.Series) -> pl.Series:
    """Cut texts into lists of words, each with the space before it; an empty word marks words left out."""
    long = pl.col("text").str.len_chars() > 2 * _WINDOW_CHARS
    head = pl.when(long).then(pl.col("text").str.head(_WINDOW_CHARS)).otherwise("text").str.extract_all(_TOKEN)
    tail = pl.when(long).then(pl.col("text").str.tail(_WINDOW_CHARS)).str.extract_all(_TOKEN)
    cut = texts.rename("text").to_frame().select(long.alias("long"), head.alias("head"), tail.alias("tail"))
    ends = pl.concat_list(
        pl.col("head").list.head(WINDOW),
        pl.lit(""),
        pl.when("long").then("tail").otherwise("head").list.tail(WINDOW),
    )
    many = pl.col("long") | (pl.col("head").list.len() > 2 * WINDOW)
    return cut.select(words=pl.when(many).then(ends).otherwise("head")).to_series()


def _numbered(texts: pl.Series) -> tuple[Tokens, Ints]:
    """Return the words of all texts as numbers, and how many each has; START and END included."""
    words = split(texts)
    count = words.list.len().to_numpy().astype(np.int64)
    flat = words.explode(empty_as_null=False).to_frame("word").with_columns(pl.col("word").str.strip_prefix(" "))
    hashed = flat.select(stable_hash(pl.col("word"))).to_series().to_numpy() >> np.uint64(32)
    spoken = flat["word"].str.contains(r"^[\p{L}\p{N}]").to_numpy()
    numbers = np.maximum(hashed & ~np.uint64(1) | spoken, RESERVED).astype(np.uint32)
    numbers[(flat["word"] == "").to_numpy()] = GAP
    sizes = count + 2
    end = np.cumsum(sizes)
    tokens = np.empty(int(sizes.sum()), dtype=np.uint32)
    inner = np.ones(len(tokens), dtype=np.bool_)
    inner[end - sizes] = inner[end - 1] = False
    tokens[end - sizes], tokens[end - 1] = START, END
    tokens[inner] = numbers
    return tokens, sizes
