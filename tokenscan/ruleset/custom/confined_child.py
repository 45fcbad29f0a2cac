"""The program that ``confined`` starts: one query over files in a folder, within the memory it is told.

It is run by its path, in a process of its own, and so needs nothing but Polars. What goes wrong goes to stdout, in one
line; a process that the memory's end stops says nothing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl


def main() -> int:
    """Run the task on stdin and return the exit code."""
    task = json.loads(sys.stdin.read())
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (task["bytes"], task["bytes"]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):  # no such limit on this system: the end of time remains
        pass
    folder = Path(task["folder"])
    tables = {file.stem: pl.scan_ipc(file) for file in sorted(folder.glob("*.arrow"))}
    try:
        query = pl.SQLContext(tables, eager=False).execute(task["sql"])
        if task["order"]:
            names, down = zip(*task["order"], strict=True)
            query = query.sort(list(names), descending=list(down), nulls_last=True)
        if task["most"] is not None:
            query = query.head(task["most"])
        query.collect(engine="streaming").write_ipc(folder / f"{task['result']}.ipc")
    except pl.exceptions.PolarsError as error:
        sys.stdout.write(" ".join(str(error).split())[:300] + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
