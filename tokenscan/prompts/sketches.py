"""Sketching texts while the next ones are read."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import numpy as np

from tokenscan.prompts.corpus import Corpus
from tokenscan.prompts.engine import Engine
from tokenscan.prompts.growing import Growing
from tokenscan.prompts.sketch import SLOTS, Signatures

_WAITING: Final = 4  # parts that may wait to be sketched: their texts are kept until then
_MOST: Final = 1 << 21  # signatures, half a GB, up to which memory is reserved for many more than there are


class Sketches:
    """Signatures of texts, in the order in which these are added; a thread of its own makes them."""

    def __init__(self, engine: Engine, size: int) -> None:
        self._engine = engine
        self._alone = engine.alone()
        self._size = size
        self._found = Growing(np.empty((0, SLOTS), dtype=np.uint16), _MOST)
        self._waiting: list[tuple[Corpus, Future[None]]] = []
        self._pool = ThreadPoolExecutor(1)

    def add(self, texts: Corpus) -> None:
        """Have texts sketched, which lie in memory and stay as they are."""
        if len(self._waiting) == _WAITING:
            self._waiting.pop(0)[1].result()
        self._waiting.append((texts, self._pool.submit(self._sketch, texts, self._alone)))

    def signatures(self, others: Corpus) -> Signatures:
        """Return all signatures, then those of other texts; what is not being made yet, all threads make."""
        left = [future.cancel() for _, future in reversed(self._waiting)]
        for is_left, (texts, future) in zip(reversed(left), self._waiting, strict=True):
            if is_left:
                self._sketch(texts, self._engine)
            else:
                future.result()
        self._waiting = []
        count = len(self._found.rows())
        self._sketch(others, self._engine)
        found = self._found.rows()
        self._found.drop(len(found) - count)
        return found

    def _sketch(self, texts: Corpus, engine: Engine) -> None:
        engine.signatures(texts, self._size, self._found.add(len(texts)))
