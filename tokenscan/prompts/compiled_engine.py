"""The compiled engine: hands arrays to the kernel, which works without the GIL, over a pool of threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.hashing import hashed
from tokenscan.prompts import _kernel, short, sketch
from tokenscan.prompts.alphabet import LIMIT, Alphabet
from tokenscan.prompts.bags import LETTERS
from tokenscan.prompts.corpus import Bytes, Corpus, Ints, Keys, Shares, chunks, joined, repeated, views_of
from tokenscan.prompts.engine import CompareLetters
from tokenscan.prompts.link import MAX_LEADERS, STRICT_ROUNDS, Candidates, Stars, Verify
from tokenscan.prompts.normalise import normal_forms
from tokenscan.prompts.numbering import Numbers

Result = TypeVar("Result")

_PIECES: Final = 4  # pieces of work a thread, so that none waits long for another
_LEAST: Final = 1 << 16  # weight of a piece of work below which handing it over costs more than it saves
_COMPARISON: Final = 64  # weight of a comparison that a representative may make
_WORTH_LEARNING: Final = 32  # foreign texts, of which Polars normalises fewer sooner than it tells what it does
_AT_ONCE: Final = 1 << 24  # bytes of text whose fingerprints, eight times as large at most, are collected together
_ALPHABET_BLOCK: Final = 256  # characters learned together
_NOTHING: Final = np.zeros(0, dtype=np.int64)


class CompiledEngine:
    """Gives what `NumpyEngine` gives, to the last bit."""

    name = "compiled"

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads or pl.thread_pool_size()
        self._pool = ThreadPoolExecutor(max(self._threads - 1, 1))
        self._alphabet = Alphabet.empty()

    def alone(self) -> CompiledEngine:
        """Return an engine of one thread."""
        return CompiledEngine(1)

    def normalised(self, texts: pl.Series) -> pl.Series:
        """Normalise in the kernel; learn the characters it lacks; leave what is still foreign to Polars."""
        whole, foreign = self._whole(texts.fill_null(""))
        rows = np.flatnonzero(foreign)
        if len(rows) >= _WORTH_LEARNING and self._learn(Corpus.of(texts.gather(rows))):
            again, foreign = self._whole(texts.gather(rows))
            whole = whole.scatter(rows, again)
            rows = rows[foreign]
        if len(rows):
            whole = whole.scatter(rows, normal_forms(texts.gather(rows)))
        if texts.has_nulls():
            whole = whole.zip_with(texts.is_not_null(), pl.Series([None], dtype=pl.String))
        return whole.rename(texts.name)

    def prepared(self, texts: pl.Series, room: Bytes) -> tuple[Corpus, Keys, Ints]:
        """Hash each piece of the texts while it lies in the processor's cache."""
        keys, corpus, foreign = self._normalise(texts, room, hashed)
        if foreign.sum() >= _WORTH_LEARNING and self._learn(Corpus.of(texts.filter(pl.Series(foreign)))):
            keys, corpus, foreign = self._normalise(texts, room, hashed)
        return corpus, np.concatenate([np.zeros(0, dtype=np.uint64), *keys]), np.flatnonzero(~foreign)

    def pack(self, texts: Corpus, out: Bytes) -> None:
        """Copy byte by byte."""
        _kernel.pack(texts.data, texts.begin, texts.end, out)

    def _learn(self, corpus: Corpus) -> bool:
        """Learn the characters in these texts that have not been asked for before; tell whether there were any."""
        seen = np.zeros(LIMIT, dtype=np.uint8)
        _kernel.code_points(corpus.data, corpus.begin, corpus.end, seen)
        new = seen.astype(np.bool_) & ~self._alphabet.asked
        if not new.any():
            return False
        # Their neighbours come soon, and cost next to nothing now.
        near = new.reshape(-1, _ALPHABET_BLOCK).any(axis=1).repeat(_ALPHABET_BLOCK)
        self._alphabet = self._alphabet.learn(np.flatnonzero(near & ~self._alphabet.asked))
        return True

    def _whole(self, texts: pl.Series) -> tuple[pl.Series, NDArray[np.bool_]]:
        parts, _, foreign = self._normalise(texts, np.zeros(0, dtype=np.uint8), lambda part: part)
        return pl.concat(parts) if parts else pl.Series("text", [], dtype=pl.String), foreign

    def _normalise(
        self, texts: pl.Series, room: Bytes, use: Callable[[pl.Series], Result]
    ) -> tuple[list[Result], Corpus, NDArray[np.bool_]]:
        """Normalise texts into `room`, or elsewhere if it is too small; return also what `use` makes of each piece.

        Foreign texts are marked, and empty.
        """
        alphabet = self._alphabet
        views, buffers = views_of(texts)
        sizes = views.view(np.uint32)[:, 0].astype(np.int64)
        offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])
        out = room if len(room) >= offsets[-1] else np.empty(offsets[-1], dtype=np.uint8)
        begin, end = np.empty((2, len(sizes)), dtype=np.int64)
        foreign = np.zeros(len(sizes), dtype=np.uint8)

        def work(first: int, last: int) -> Result:
            known = alphabet.kinds, alphabet.forms
            _kernel.normalise(views, buffers, offsets, first, last, *known, out, begin, end, foreign)
            return use(joined(out, int(offsets[first]), end[first:last]))

        parts = self._share(work, sizes + 1)
        return parts, Corpus(data=out, begin=begin, end=end), foreign.astype(np.bool_)

    def chars(self, texts: Corpus) -> Ints:
        """Count the bytes that begin one."""
        return _kernel.count_chars(texts.data, texts.begin, texts.end)

    def numbers(self) -> Numbers:
        """Return a hash table."""
        return _kernel.Numbers()

    def spelt(self, corpus: Corpus) -> Keys:
        """Add up letters, which is quick; where the sums are equal, hash letter by letter."""
        found = self._hashed(corpus, _kernel.add_letters)
        rows = repeated(found)
        found[rows] = self._hashed(corpus.loaded(rows), _kernel.spell)
        return found

    def _hashed(self, corpus: Corpus, letters: Callable[[Bytes, Ints, Ints, int, int, Keys], None]) -> Keys:
        found = np.empty(len(corpus), dtype=np.uint64)

        def work(first: int, last: int) -> None:
            letters(corpus.data, corpus.begin, corpus.end, first, last, found)

        for cut in chunks(corpus.sizes, corpus.at_once):
            self._share(work, corpus.sizes[cut] + 1, cut.start)
            corpus.release()
        return found

    def signatures(self, corpus: Corpus, size: int, out: sketch.Signatures | None = None) -> sketch.Signatures:
        """Sketch text by text."""
        found = np.empty((len(corpus), sketch.SLOTS), dtype=np.uint16) if out is None else out
        probes = sketch.probe_order()

        def work(first: int, last: int) -> None:
            _kernel.sketch(corpus.data, corpus.begin, corpus.end, size, probes, first, last, found)

        for cut in chunks(corpus.sizes, corpus.at_once):
            self._share(work, corpus.sizes[cut] + sketch.SLOTS, cut.start)
            corpus.release()
        return found

    def bags(self, corpus: Corpus) -> Bytes:
        """Count byte by byte."""
        found = np.empty((len(corpus), LETTERS), dtype=np.uint8)

        def work(first: int, last: int) -> None:
            _kernel.bag_letters(corpus.data, corpus.begin, corpus.end, first, last, found)

        self._share(work, corpus.sizes + 1)
        return found

    def winnowed(self, corpus: Corpus, factors: Keys, window: int) -> Iterator[tuple[Ints, Keys]]:
        """Slide over each text, some of them at a time."""
        counts = np.zeros(len(corpus), dtype=np.int64)

        def work(first: int, last: int) -> tuple[Ints, Keys]:
            found = np.empty(int(corpus.sizes[first:last].sum()), dtype=np.uint64)
            size = _kernel.winnow(corpus.data, corpus.begin, corpus.end, factors, window, first, last, counts, found)
            return np.repeat(np.arange(first, last), counts[first:last]), found[:size].copy()

        for cut in chunks(corpus.sizes, _AT_ONCE):
            yield from self._share(work, corpus.sizes[cut] + 1, cut.start)

    def jaccard(self, corpus: Corpus, size: int) -> sketch.Compare:
        """Compare sets in hash tables, large ones sorted."""

        def compare(left: Ints, right: Ints) -> Shares:
            found = np.empty(len(left))

            def work(first: int, last: int) -> None:
                _kernel.jaccard(
                    corpus.data, corpus.begin, corpus.end, size, sketch.SET_LIMIT, left, right, first, last, found
                )

            self._share(work, corpus.sizes[left] + corpus.sizes[right] + 1)
            return found

        return compare

    def containment(self, corpus: Corpus, core: Ints, text: Ints, size: int) -> Shares:
        """Look the shingles of texts up in the hashed set of a core."""
        order = np.argsort(core, kind="stable")
        ordered, found = np.empty(len(core)), np.empty(len(core))
        core, text = core[order], text[order]

        def work(first: int, last: int) -> None:
            _kernel.contained(corpus.data, corpus.begin, corpus.end, size, core, text, first, last, ordered)

        self._share(work, corpus.sizes[core] + corpus.sizes[text] + 1)
        found[order] = ordered
        return found

    def letters(self, corpus: Corpus) -> CompareLetters:
        """Compare by a bit-parallel longest common subsequence."""

        def compare(left: Ints, right: Ints, least: Shares) -> Shares:
            found = np.empty(len(left))

            def work(first: int, last: int) -> None:
                _kernel.common_letters(corpus.data, corpus.begin, corpus.end, left, right, least, first, last, found)

            self._share(work, np.full(len(left), short.SHORT_BYTES))
            return found

        return compare

    def stars(self, candidates: Candidates, verify: Verify, fixed: NDArray[np.bool_]) -> Stars:
        """Link in rounds, as `link.stars`."""
        signatures, width = candidates.signatures, candidates.width
        filled = candidates.filled.astype(np.uint8)
        links = _kernel.Links(len(signatures), candidates.bands)
        slots = np.full(len(signatures), candidates.bands * width)
        self._share(lambda first, last: links.band(signatures, filled, width, first, last), slots)
        bands = np.full(candidates.bands, len(signatures))
        self._share(lambda first, last: links.group(filled, first, last), bands, pieces=1)
        links.unite()
        self._share(links.weigh, slots)
        # A text that shares no band with another is its own representative.
        by_rank = candidates.ranked(np.flatnonzero(links.weight), links.weight, fixed)
        links.fill(by_rank, int(fixed[by_rank].sum()))
        bags = np.zeros((0, LETTERS), dtype=np.uint8) if candidates.bags is None else candidates.bags
        pair, effort = partial(links.pairs, signatures, bags, candidates.least_match), candidates.max_comparisons
        rounds, left_over = 0, True
        while left_over:
            chosen = links.choose(rounds < STRICT_ROUNDS)
            parts = [(_NOTHING, _NOTHING), *self._share(pair, np.full(chosen, _COMPARISON * effort))]
            left, right = (np.concatenate(ranks) for ranks in zip(*parts, strict=True))
            links.settle(left, right, verify(by_rank[left], by_rank[right]), candidates.max_comparisons)
            left_over = links.prune(MAX_LEADERS) > 0
            rounds += 1
        leader, similarity = np.arange(len(signatures)), np.ones(len(signatures))
        leader[by_rank] = by_rank[links.leader]
        similarity[by_rank] = np.where(links.similarity > 0, links.similarity, 1.0)
        return Stars(leader=leader, similarity=similarity)

    def _share(
        self, work: Callable[[int, int], Result], weights: Ints, start: int = 0, pieces: int = _PIECES
    ) -> list[Result]:
        """Cut items, from `start` on, into runs of about equal weight; work on [first, last) of each.

        The caller takes runs from the back while the pool takes them from the front: waking threads takes time.
        """
        each = max(_LEAST, -(-int(weights.sum()) // (self._threads * pieces)))
        runs = [(start + run.start, start + run.stop) for run in chunks(weights, each)]
        if len(runs) < 2 or self._threads == 1:
            return [work(*run) for run in runs]
        shared = [self._pool.submit(work, *run) for run in runs]
        own = {at: work(*runs[at]) for at in reversed(range(len(runs))) if shared[at].cancel()}
        return [own[at] if at in own else future.result() for at, future in enumerate(shared)]
