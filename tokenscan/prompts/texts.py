"""A growing buffer of text that moves to a temporary file when it becomes large."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Callable
from io import BufferedRandom
from typing import Final

import numpy as np

from tokenscan.prompts.corpus import Bytes, Corpus, Ints
from tokenscan.prompts.growing import Growing

_AT_ONCE: Final = 1 << 29  # bytes of the file mapped at a time


class TextBuffer:
    """Texts are added, and finally seen as one corpus.

    Beyond `memory` bytes they lie in a temporary file without a name, gone with the process whatever
    happens to it. OSError where there is no room for it.
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._held = Growing(np.empty(0, dtype=np.uint8), memory)
        self._sizes: list[Ints] = []
        self._file: BufferedRandom | None = None

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()

    def expect(self, size: int) -> None:
        """Make room for so many bytes."""
        if self._file is None:
            self._held.expect(min(size, self._memory - len(self._held.rows())))

    def add(self, texts: Corpus, pack: Callable[[Corpus, Bytes], None]) -> Corpus:
        """Append texts, which `pack` writes one after the other; return them as they lie in memory."""
        end = np.cumsum(texts.sizes)
        size = int(end[-1]) if len(end) else 0
        self._sizes.append(texts.sizes)
        if self._file is None and len(self._held.rows()) + size > self._memory:
            self._file = tempfile.TemporaryFile(prefix="tokenscan-")  # noqa: SIM115 - lives as long as the texts
            self._file.write(self._held.rows().data)
            self._held = Growing(np.empty(0, dtype=np.uint8), 0)
        part = np.empty(size, dtype=np.uint8) if self._file else self._held.add(size)
        if len(texts):
            pack(texts, part)
        if self._file is not None:
            self._file.write(part.data)
        return Corpus(data=part, begin=end - texts.sizes, end=end)

    def corpus(self) -> Corpus:
        """View all texts in the order in which they were added."""
        sizes = np.concatenate([np.zeros(0, dtype=np.int64), *self._sizes])
        end = np.cumsum(sizes)
        if self._file is None:
            return Corpus(data=self._held.rows(), begin=end - sizes, end=end)
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
