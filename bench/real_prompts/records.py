"""Labelled bibliographic records: counted the way the published comparison of record matchers counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from bench.real_prompts.sets import Records
from bench.real_prompts.tables import table
from tokenscan.prompts import cluster_prompts

THRESHOLDS: Final = (0.5, 0.6, 0.7, 0.8)

PUBLISHED: Final = "bib_dedupe/published_results.md"
_COLUMNS: Final = ("package", "FP", "TP", "FN", "TN", "specificity", "sensitivity", "precision", "f1")
HEADER: Final = (*_COLUMNS, "wrong pairs", "missed pairs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Records rightly and wrongly removed and kept, and pairs of records wrongly joined and missed."""

    fp: int
    tp: int
    fn: int
    tn: int
    wrong_pairs: int
    missed_pairs: int

    @property
    def specificity(self) -> float:
        """Share of the records to keep that were kept."""
        return self.tn / max(self.tn + self.fp, 1)

    @property
    def sensitivity(self) -> float:
        """Share of the records to remove that were removed."""
        return self.tp / max(self.tp + self.fn, 1)

    @property
    def precision(self) -> float:
        """Share of the removed records that were to be removed."""
        return self.tp / max(self.tp + self.fp, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and sensitivity."""
        return 2 * self.tp / max(2 * self.tp + self.fp + self.fn, 1)


def score(cluster: pl.Series, entity: pl.Series) -> Score:
    """Count by records: the first of each cluster is kept, the others are removed.

    Of the records of one publication one is to be kept. None kept is one false positive, each kept beyond
    the first a false negative. So counts `compare_dedupe_id` of github.com/CoLRev-Environment/bib-dedupe,
    whose results the published table holds. It does not see for which record another was removed; the pairs do.
    """
    rows = pl.DataFrame({"cluster": cluster, "entity": entity}).with_columns(kept=pl.col("cluster").is_first_distinct())
    groups = rows.group_by("entity").agg(all=pl.len().cast(pl.Int64), kept=pl.col("kept").sum().cast(pl.Int64))
    lost = pl.col("kept") == 0
    counts = groups.select(
        fp=lost.sum(),
        tn=(~lost).sum(),
        tp=(pl.col("all") - pl.col("kept").clip(1)).sum(),
        fn=(pl.col("kept") - 1).clip(0).sum(),
    ).row(0, named=True)
    right = _pairs(rows, "cluster", "entity")
    return Score(**counts, wrong_pairs=_pairs(rows, "cluster") - right, missed_pairs=_pairs(rows, "entity") - right)


def _pairs(rows: pl.DataFrame, *keys: str) -> int:
    size = pl.col("len").cast(pl.Int64)
    return int(rows.group_by(keys).len().select((size * (size - 1) // 2).sum()).item())


def compare(name: str, records: Records, folder: Path) -> str:
    """Give a Markdown table: our rows at each threshold, and the published ones where they are there."""
    rows: list[list[object]] = []
    for threshold in THRESHOLDS:
        found = score(cluster_prompts(records.text, threshold=threshold)["cluster_id"], records.entity)
        shares = [f"{part:.4f}" for part in (found.specificity, found.sensitivity, found.precision, found.f1)]
        counts = [found.fp, found.tp, found.fn, found.tn]
        rows.append([f"cluster_prompts, {threshold}", *counts, *shares, found.wrong_pairs, found.missed_pairs])
    path = folder / PUBLISHED
    published = published_rows(path.read_text(encoding="utf-8"), name) if path.is_file() else []
    return table(HEADER, [*rows, *([*row, "", ""] for row in published)])


def published_rows(text: str, name: str) -> list[list[str]]:
    """Read one data set's rows from the published Markdown, as they stand there."""
    section = re.search(rf"^## {re.escape(name)} \(.*?\)\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    lines = re.findall(r"^\|(.*)\|$", section[1], re.MULTILINE) if section else []
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    if not cells or not set(_COLUMNS) <= set(cells[0]):
        return []
    places = [cells[0].index(column) for column in _COLUMNS]
    return [[f"{row[0]} (published)", *(row[at] for at in places[1:])] for row in cells[2:]]
