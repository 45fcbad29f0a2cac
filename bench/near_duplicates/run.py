"""One pipeline in a process of its own: `python -m bench.near_duplicates.run NAME DATA OUT.npy [--rows N]`.

Prints nothing; leaves the labels in OUT.npy and the wall time, without imports, in OUT.seconds.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from bench.near_duplicates.pipelines import PIPELINES


def main() -> None:
    """Import, start the clock, run, stop it, write."""
    parser = argparse.ArgumentParser(prog="python -m bench.near_duplicates.run", description=__doc__)
    parser.add_argument("name", choices=PIPELINES)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int)
    options = parser.parse_args()
    run = PIPELINES[options.name]()
    started = time.perf_counter()
    labels = run(options.data, options.rows)
    seconds = time.perf_counter() - started
    np.save(options.out, labels)
    options.out.with_suffix(".seconds").write_text(str(seconds))


if __name__ == "__main__":
    main()
