"""Prompts that need no assistant, by a lexicon of named patterns: ``trivial.toml``, which says what each stands for."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

VERSION: Final = 1  # of the lexicon

# Text that is not prose: brackets, assignments, paths, snake_case. Sums are excepted.
_CODE: Final = r"[{}<>\[\]=;\\`|@#$]|\(\)|[a-z0-9]_[a-z0-9]|//|[a-z]/[a-z]|[a-z]\.[a-z]{2,}|\S{25,}"
_APOSTROPHES: Final = r"[\x{2018}\x{2019}\x{b4}`]"
# Beyond so many characters nothing is short, however its words are counted; "long" patterns look at no more either.
_MOST_CHARS: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A named pattern as one regular expression; ``long``: may be followed by pasted text; ``guarded``: not at work."""

    name: str
    regex: str
    long: bool
    guarded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The patterns, in the order in which they are tried, and what keeps them from being tried at all."""

    max_words: int
    work: str
    patterns: tuple[Pattern, ...]


@cache
def lexicon() -> Lexicon:
    """Read the lexicon that ships with the package."""
    raw = tomllib.loads((Path(__file__).parent / "trivial.toml").read_text(encoding="utf-8"))
    opening = raw["opening"].replace("\n", "")
    return Lexicon(
        max_words=raw["max_words"],
        work=rf"\b(?:{raw['work'].replace(chr(10), '')})\b|{_CODE}",
        patterns=tuple(
            Pattern(
                name=entry["name"],
                regex=f"^{opening}(?:{'|'.join(entry['match'])})",
                long=entry.get("long", False),
                guarded=not entry.get("even_work", False),
            )
            for entry in raw["patterns"]
        ),
    )


def trivial(normal: pl.Series, words: pl.Series) -> pl.Series:
    """Name the pattern of each normalised prompt, "" where none fits, null where there is no text.

    ``words`` counts the words of each. Only short prompts are looked at, with the exception of patterns that pasted
    text may follow: of these prompts only the beginning is.
    """
    book = lexicon()
    head = normal.cast(pl.String).str.slice(0, _MOST_CHARS).str.replace_all(_APOSTROPHES, "'")
    short = ((words <= book.max_words) & (normal.cast(pl.String).str.len_bytes() <= 2 * _MOST_CHARS)).fill_null(False)
    known = pl.DataFrame({"text": head, "short": short}).with_row_index("row")
    left = known.filter(pl.col("text").is_not_null()).with_columns(work=pl.col("text").str.contains(book.work))
    found = []
    for pattern in book.patterns:
        due = pl.lit(True) if pattern.long else pl.col("short")
        fits = left.filter(due & ~(pl.col("work") & pattern.guarded)).filter(pl.col("text").str.contains(pattern.regex))
        found.append(fits.select("row", trivial=pl.lit(pattern.name)))
        left = left.join(fits, on="row", how="anti")
    named = known.join(pl.concat(found), on="row", how="left", maintain_order="left")
    return (
        named.select(pl.when(pl.col("text").is_not_null()).then(pl.col("trivial").fill_null("")))
        .to_series()
        .rename("trivial")
    )
