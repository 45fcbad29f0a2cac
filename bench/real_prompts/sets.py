"""Find and read the public data sets; one that is absent is left out and named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import polars as pl

T = TypeVar("T")

# What a reader would cite a record by, in the usual order; fields that a record lacks are left out.
CITATION: Final = ("author", "year", "title", "journal", "volume", "number", "pages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """One text a bibliographic record, and a number for the publication it is a record of."""

    text: pl.Series
    entity: pl.Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Reworded:
    """Texts, and the same texts in other words, row by row."""

    original: pl.Series
    reworded: pl.Series


def read_all(readers: Mapping[str, Callable[[Path], T]], folder: Path) -> tuple[dict[str, T], list[str]]:
    """Read each set that is there; return also the names of those that are not."""
    found, absent = {}, []
    for name, read in readers.items():
        try:
            found[name] = read(folder)
        except FileNotFoundError:
            absent.append(name)
    return found, absent


def _prompts_chat(folder: Path) -> pl.Series:
    return pl.read_csv(folder / "prompts_chat/prompts.csv", columns=["prompt"])["prompt"]


def _entire(folder: Path) -> pl.Series:
    return pl.read_parquet(folder / "entire/prompts.parquet", columns=["text"])["text"]


def _entire_typed(folder: Path) -> pl.Series:
    turns = pl.read_parquet(folder / "entire/prompts.parquet", columns=["kind", "text"])
    return turns.filter(kind="prompt")["text"]


def _arena_hard(folder: Path) -> pl.Series:
    return pl.read_ndjson(folder / "arena_hard/v0.1.jsonl")["prompt"]


def _records(name: str, folder: Path) -> Records:
    folder = folder / "bib_dedupe" / name
    records = pl.read_csv(folder / "records_pre_merged.csv", infer_schema=False)
    merged = pl.read_csv(folder / "merged_record_ids.csv", infer_schema=False).with_row_index("entity")
    merged = merged.select("entity", ID=pl.col("merged_ids").str.split(";")).explode("ID")
    labelled = records.join(merged, on="ID", how="left", validate="1:1", maintain_order="left").with_row_index("row")
    return Records(
        text=records.select(text=pl.concat_str(CITATION, separator=" ", ignore_nulls=True))["text"],
        # A record that is in no group is the only one of its publication.
        entity=labelled.select(pl.coalesce("entity", pl.col("row") + len(records)))["entity"],
    )


def _gsm8k(folder: Path) -> Reworded:
    pairs = pl.read_ndjson(folder / "rephrased_gsm8k/pairs.jsonl")
    return Reworded(original=pairs["original"], reworded=pairs["rephrased"])


def _humaneval(folder: Path) -> Reworded:
    sides = [pl.read_ndjson(folder / f"rephrased_humaneval/{name}.jsonl")["text"] for name in ("original", "python")]
    return Reworded(original=sides[0], reworded=sides[1])


PROMPT_SETS: Final[dict[str, Callable[[Path], pl.Series]]] = {
    "prompts_chat": _prompts_chat,
    "entire, all turns": _entire,
    "entire, typed by people": _entire_typed,
    "arena_hard": _arena_hard,
}
RECORD_SETS: Final[dict[str, Callable[[Path], Records]]] = {
    name: partial(_records, name) for name in ("cytology_screening", "haematology", "stroke")
}
REWORDED_SETS: Final[dict[str, Callable[[Path], Reworded]]] = {
    "rephrased_gsm8k": _gsm8k,
    "rephrased_humaneval": _humaneval,
}
