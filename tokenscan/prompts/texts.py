"""A growing buffer of text that moves to a temporary file when it becomes large."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Callable
from io import BufferedRandom
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Bytes, Corpus, Ints

_AT_ONCE: Final = 1 << 29  # bytes of the file mapped at a time


class TextBuffer:
    """Texts are added, and finally seen as one corpus.

    Beyond `memory` bytes they lie in a temporary file without a name, gone with the process whatever
    happens to it. OSError where there is no room for it.
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._held = 0
        self._parts: list[NDArray[np.uint8]] = []
        self._open = np.zeros(0, dtype=np.uint8)
        self._used = 0
        self._sizes: list[Ints] = []
        self._file: BufferedRandom | None = None

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()

    def expect(self, size: int) -> None:
        """Make room for so many bytes: what comes next will lie in one piece and need not be copied again."""
        if self._used:
            self._parts.append(self._open[: self._used])
        self._open = np.empty(min(size, self._memory), dtype=np.uint8)
        self._used = 0

    def add(self, texts: Corpus, pack: Callable[[Corpus, Bytes], None]) -> None:
        """Append texts, which `pack` writes one after the other."""
        if not len(texts):
            return
        size = int(texts.sizes.sum())
        self._sizes.append(texts.sizes)
        if self._file is None and self._held + size > self._memory:
            self.expect(0)
            self._file = tempfile.TemporaryFile(prefix="tokenscan-")  # noqa: SIM115 - lives as long as the texts
            while self._parts:
                self._file.write(self._parts.pop(0).data)
        if self._file is None:
            if size > len(self._open) - self._used:
                self.expect(size)
            pack(texts, self._open[self._used :])
            self._used += size
            self._held += size
        else:
            part = np.empty(size, dtype=np.uint8)
            pack(texts, part)
            self._file.write(part.data)

    def corpus(self) -> Corpus:
        """View all texts in the order in which they were added."""
        sizes = np.concatenate([np.zeros(0, dtype=np.int64), *self._sizes])
        end = np.cumsum(sizes)
        if self._file is None:
            self.expect(0)
            whole = _merged(self._parts)
            self._parts = [whole] if len(whole) else []
            return Corpus(data=whole, begin=end - sizes, end=end)
        self._file.flush()
        pages = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

        def release() -> None:
            if hasattr(mmap, "MADV_DONTNEED"):
                pages.madvise(mmap.MADV_DONTNEED)

        data = np.frombuffer(pages, dtype=np.uint8)
        return Corpus(data=data, begin=end - sizes, end=end, release=release, at_once=_AT_ONCE, reader=self._read)

    def _read(self, begin: Ints, end: Ints) -> Bytes:
        assert self._file is not None
        data = np.empty(int((end - begin).sum()), dtype=np.uint8)
        view, at = data.data, 0
        for first, last in zip(begin.tolist(), end.tolist(), strict=True):
            self._file.seek(first)
            at += self._file.readinto(view[at : at + last - first])
        self._file.seek(0, os.SEEK_END)
        if at < len(data):
            raise OSError("the temporary file of prompts has become shorter")
        return data


def _merged(parts: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Join the parts, letting go of each once it is copied."""
    if len(parts) == 1:
        return parts[0]
    whole = np.empty(sum(map(len, parts)), dtype=np.uint8)
    at = 0
    while parts:
        part = parts.pop(0)
        whole[at : at + len(part)] = part
        at += len(part)
    return whole
