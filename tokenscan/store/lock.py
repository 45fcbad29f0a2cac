"""One writer at a time: the operating system's own lock, which a process that dies lets go of."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tokenscan.errors import InputError

NAME = "lock"
_PAUSE_S = 0.1


class StoreBusyError(InputError):
    """Another process is writing to the store and did not finish in time."""


@contextmanager
def writing(folder: Path, wait_s: float) -> Iterator[None]:
    """Hold the lock of a store; wait for it ``wait_s`` seconds at most.

    Raises:
        StoreBusyError: another writer still has it.
    """
    handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        tries = max(1, round(wait_s / _PAUSE_S))
        while not _taken(handle):
            tries -= 1
            if tries <= 0:
                raise StoreBusyError(
                    f"{folder}: another tokenscan is writing to this store", hint="wait for it, or use --wait SECONDS"
                )
            time.sleep(_PAUSE_S)
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":

    def _taken(handle: int) -> bool:
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _taken(handle: int) -> bool:
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
