"""Score labels against the truth: `python -m bench.near_duplicates.quality LABELS.npy DATA [--rows N]`.

Every distinct normalised prompt counts once. Counted by rows, exact repeats would make every pipeline look perfect.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.near_duplicates.data import files_of, read
from tokenscan.prompts import normalised, stable_hash

Labels = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Shares of pairs of distinct prompts: found and true, of those found; of those true; harmonic mean."""

    precision: float
    recall: float
    f1: float
    prompts: int


def score(labels: Labels, truth: Labels, prompt: Labels) -> Quality:
    """Compare two groupings of rows; of rows with the same `prompt` the first one counts.

    Pairs are counted from the sizes of groups. Without any pair to find, or found, the share is 1.0.
    """
    frame = pl.DataFrame({"prompt": prompt, "label": labels, "truth": truth}).unique(
        "prompt", keep="first", maintain_order=True
    )
    found, true, both = (_pairs(frame, *by) for by in (("label",), ("truth",), ("label", "truth")))
    precision = both / found if found else 1.0
    recall = both / true if true else 1.0
    total = precision + recall
    f1 = 2 * precision * recall / total if total else 0.0
    return Quality(precision=precision, recall=recall, f1=f1, prompts=len(frame))


def _pairs(frame: pl.DataFrame, *by: str) -> int:
    sizes = frame.group_by(by).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())


def truth_of(path: Path, rows: int | None) -> tuple[Labels, Labels]:
    """Read the true labels and a hash of each normalised prompt, file by file."""
    parts = []
    for file in files_of(path):
        frame = read(file, ["prompt", "cluster"], rows)
        hashed = frame.select("cluster", prompt=stable_hash(pl.col("prompt")))
        known = frame.select(pl.col("prompt").unique()).with_columns(raw=stable_hash(pl.col("prompt")))
        known = known.select("raw", key=stable_hash(normalised(pl.col("prompt"))))
        parts.append(hashed.join(known, left_on="prompt", right_on="raw", how="left", maintain_order="left"))
    table = pl.concat(part.select("cluster", "key") for part in parts)
    return table["cluster"].to_numpy(), table["key"].to_numpy()


def main() -> None:
    """Print the score as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.near_duplicates.quality", description=__doc__)
    parser.add_argument("labels", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", type=int)
    options = parser.parse_args()
    truth, prompt = truth_of(options.data, options.rows)
    print(json.dumps(asdict(score(np.load(options.labels), truth, prompt))))


if __name__ == "__main__":
    main()
