"""Run a command and say how long it took and how much memory it needed at most."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass


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
