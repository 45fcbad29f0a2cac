"""Runs a query whose rows may multiply in a process of its own, with an end to its time and memory.

Joining a table with itself on a team or a model squares it, and neither Polars nor Python can stop such a query from
within. The tables go to the process as files in a private folder, and one comes back.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from tokenscan.ruleset.custom.guard import Guarded
from tokenscan.ruleset.custom.schema import SENTINEL

MAX_SECONDS: Final = 60
MAX_BYTES: Final = 4 << 30
RESULT: Final = "result"
_CHILD: Final = Path(__file__).with_name("confined_child.py")
_JOINS: Final = "do its joins multiply rows?"


def run_confined(
    query: Guarded, tables: Mapping[str, pl.LazyFrame], order: tuple[tuple[str, bool], ...], most: int | None
) -> pl.DataFrame:
    """Return at most ``most`` rows of a planned query, ordered by (column, descending) pairs.

    Only the columns that the query names travel. Raises RuntimeError where it needs too much time or memory, or fails.
    """
    with tempfile.TemporaryDirectory(prefix="tokenscan-") as folder:
        for name, frame in tables.items():
            if name in query.names:
                _narrow(frame, query).collect().write_ipc(Path(folder) / f"{name}.arrow")
        task = {"sql": query.sql, "folder": folder, "order": order, "most": most, "bytes": MAX_BYTES, "result": RESULT}
        try:
            done = subprocess.run(  # noqa: S603 - our own program beside this file, by the running interpreter
                [sys.executable, "-P", str(_CHILD)],
                input=json.dumps(task),
                capture_output=True,
                text=True,
                timeout=MAX_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"takes longer than {MAX_SECONDS} seconds: {_JOINS}") from None
        result = Path(folder) / f"{RESULT}.ipc"
        if done.returncode == 0:
            return pl.read_ipc(result.read_bytes()).drop(SENTINEL, strict=False)
        told = done.stdout.strip().splitlines()
        raise RuntimeError(told[-1] if told else f"needs more than {MAX_BYTES >> 30} GB of memory: {_JOINS}")


def _narrow(frame: pl.LazyFrame, query: Guarded) -> pl.LazyFrame:
    """Return the columns that a query names, one at least; all of them where it asks for all."""
    columns = frame.collect_schema().names()
    return frame if query.wild else frame.select([name for name in columns if name in query.names] or columns[:1])
