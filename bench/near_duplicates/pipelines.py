"""What is measured: each pipeline turns a Parquet file of prompts into one label a row.

A pipeline is made by a function that imports what it needs; the clock starts when the result is called.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.near_duplicates import peers
from bench.near_duplicates.data import files_of, read_batches, read_prompts
from bench.near_duplicates.peers import Run

# tokenscan imports libraries where it first needs them; a few prompts see to that before the clock starts.
_FEW: Final = pl.Series(["one prompt that is as long as most prompts are, one prompt", "fix the bug please", "yes"])


def ours() -> Run:
    """Run `cluster_prompts` with the engine the program would take."""
    from tokenscan.prompts import cluster_prompts

    cluster_prompts(_FEW)

    def run(path: Path, rows: int | None) -> NDArray[np.generic]:
        return cluster_prompts(read_prompts(path, rows))["cluster_id"].to_numpy()

    return run


def ours_numpy() -> Run:
    """Run `cluster_prompts` with the engine that needs no compiler."""
    from tokenscan.prompts import cluster_prompts
    from tokenscan.prompts.numpy_engine import NumpyEngine

    cluster_prompts(_FEW, engine=NumpyEngine())

    def run(path: Path, rows: int | None) -> NDArray[np.generic]:
        return cluster_prompts(read_prompts(path, rows), engine=NumpyEngine())["cluster_id"].to_numpy()

    return run


def ours_streaming() -> Run:
    """Add the prompts to an index row group by row group; beyond half a GB, texts move to a file."""
    from tokenscan.prompts import cluster_prompts
    from tokenscan.prompts.index import PromptIndex

    cluster_prompts(_FEW)

    def run(path: Path, rows: int | None) -> NDArray[np.generic]:
        if rows is not None:
            msg = "ours_streaming reads whole files"
            raise ValueError(msg)
        index = PromptIndex()
        ids = [index.add(batch).to_numpy() for file in files_of(path) for batch in read_batches(file)]
        found = index.clusters().sort("prompt_id")
        place = np.searchsorted(found["prompt_id"].to_numpy(), np.concatenate(ids))
        return found["cluster_id"].to_numpy()[place]

    return run


def floor() -> Run:
    """Decode the prompts and hash them once: what no way of finding duplicates can do without."""
    from tokenscan.prompts import stable_hash

    _FEW.to_frame("prompt").select(stable_hash(pl.col("prompt")))

    def run(path: Path, rows: int | None) -> NDArray[np.generic]:
        parts = (read_prompts(file, rows).to_frame() for file in files_of(path))
        return np.concatenate([part.select(stable_hash(pl.col("prompt"))).to_series().to_numpy() for part in parts])

    return run


PIPELINES: Final[dict[str, Callable[[], Run]]] = {
    "ours": ours,
    "ours_numpy": ours_numpy,
    "ours_streaming": ours_streaming,
    "floor": floor,
    "datasketch_rows": peers.datasketch_rows,
    "datasketch_bulk": peers.datasketch_bulk,
    "rensa_flat": peers.rensa_flat,
}
