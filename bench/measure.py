"""Run a command and say how long it took and how much memory it needed at most."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Final

_WARM: Final = """
import mmap
size = 3 << 30
memory = mmap.mmap(-1, size)
if hasattr(mmap, "MADV_HUGEPAGE"):
    memory.madvise(mmap.MADV_HUGEPAGE)
memory[:: mmap.PAGESIZE] = bytes(size // mmap.PAGESIZE)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Wall time in seconds and peak resident memory in megabytes of one run."""

    seconds: float
    peak_mb: float


def measure(command: list[str]) -> Cost:
    """Run ``command`` with its output thrown away; a failing command ends the benchmark."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)} failed:\n{errors.decode()}")
    return Cost(seconds=seconds, peak_mb=usage.ru_maxrss / 1024)


def warm_memory() -> None:
    """Have another process use 3 GB of memory for a moment, so that what is measured next finds them ready.

    A virtual machine is given memory by its host when it first touches it, which may take forty times as long as
    touching it again: without this, runs of the same program differ by a third. It does not help a run for long, as
    some hosts take free memory back within seconds.
    """
    subprocess.run([sys.executable, "-c", _WARM], check=True)
