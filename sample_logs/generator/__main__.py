"""Run with ``python -m sample_logs.generator [FOLDER]`` from the root of the repository."""

from __future__ import annotations

import sys
from pathlib import Path

from sample_logs.generator.build import build

if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1])
