"""Read folders of very many small files: those of one shape together, as if they were one file.

LiteLLM's S3 logger writes one object a file, 100,000 files a day. Each is opened and looked at once; frames are built
for thousands of them at a time, and every row keeps the name of its file. Only files without any fault are joined:
what is odd in any way is left to be read alone, so that what is said of each file is the same either way.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

import msgspec
import polars as pl

from tokenscan.errors import TokenscanError
from tokenscan.sources.base import Container, Probe, ReadOptions, Source
from tokenscan.sources.documents import WRAPPERS
from tokenscan.sources.files import LogFile
from tokenscan.sources.formats.table import plain_name
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.registry import choose
from tokenscan.sources.remote import RemoteObject
from tokenscan.sources.sniff import SAMPLE_RECORDS

SMALL_BYTES = 256 << 10
BATCH_BYTES = 64 << 20
REQUESTS_AT_ONCE = 16
# Formats whose records stand for themselves: what one file holds decides nothing about another record of it.
JOINED = frozenset({"litellm", "table"})
# A table's columns of these names are text or counts depending on all the rows of a file.
_DECIDED_BY_FILE = frozenset({"input", "output"})
_ON_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")
_RECORD = msgspec.json.Decoder(dict)


class Twin(NamedTuple):
    """A file whose bytes equal those of an earlier one."""

    file: LogFile
    of: LogFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the rows of one file of a batch: good rows, and bad ones by reason."""

    file: LogFile
    rows: int
    bad: dict[str, int]


@dataclass(slots=True)
class Batch:
    """Small files of one format and with the same columns, to be read as one."""

    source: Source
    probe: Probe
    files: list[LogFile] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)  # file and row of each line
    size: int = 0

    def read(self, options: ReadOptions, quarantine: Quarantine) -> tuple[list[pl.DataFrame], list[Tally]]:
        """Return the frames of all files, every row under its file's name, and a tally for each file."""
        joined = LogFile(path=self.probe.file.path, name="batch", named=False, content=b"\n".join(self.lines))
        probe = replace(self.probe, file=joined)
        told = _ByFile(self.files, self.places)
        place = self._place()
        frames: list[pl.DataFrame] = []
        rows: Counter[int] = Counter()
        for raw in self.source.read(probe, options, told):
            if "source_row" not in raw.columns:
                frames.append(raw)
                continue
            found = raw.join(place, on="source_row", how="left", maintain_order="left")
            rows.update(found["_file"].to_list())
            named = found.with_columns(source_file=pl.col("_name"), source_row=pl.col("_row"))
            frames.append(named.select(raw.columns))
        told.tell(quarantine)
        tallies = [
            Tally(file=file, rows=rows[number], bad=dict(sorted(told.reasons(number).items())))
            for number, file in enumerate(self.files)
        ]
        return frames, tallies

    def _place(self) -> pl.DataFrame:
        """Return which file and row of it each line of the batch is."""
        schema = {"_file": pl.UInt32, "_row": pl.Int64}
        names = pl.Series([file.name for file in self.files], dtype=pl.String)
        places = pl.DataFrame(self.places, schema=schema, orient="row")
        return places.with_columns(
            pl.int_range(1, len(self.places) + 1, dtype=pl.Int64).alias("source_row"),
            names.gather(places["_file"]).alias("_name"),
        )


class _ByFile(Quarantine):
    """Gathers the bad rows of a batch under the files that they come from."""

    def __init__(self, files: Sequence[LogFile], places: Sequence[tuple[int, int]]) -> None:
        super().__init__()
        self._files, self._places = files, places
        self._bad: dict[int, list[tuple[int, str]]] = {}

    def add(self, file: str, rows: Iterable[int], reason: str) -> None:  # noqa: ARG002 (the batch has no name)
        """Take bad rows, by their number in the batch."""
        for row in rows:
            number, line = self._places[row - 1]
            self._bad.setdefault(number, []).append((line, reason))

    def reasons(self, number: int) -> Counter[str]:
        """Return the bad rows of a file by reason."""
        return Counter(reason for _, reason in self._bad.get(number, ()))

    def tell(self, quarantine: Quarantine) -> None:
        """Pass on all bad rows."""
        for number, rows in sorted(self._bad.items()):
            for line, reason in rows:
                quarantine.add(self._files[number].name, [line], reason)


def batches(files: Iterable[LogFile], source: str, options: ReadOptions) -> Iterator[Batch | Twin | LogFile]:
    """Yield every file once: in a batch, as the twin of an earlier small file, or to be read alone.

    A file that has been read already comes with its content. Large files are passed on as they are, twins or not.
    """
    pool = _Pool()
    seen: dict[bytes, LogFile] = {}
    for file, content in _contents(files):
        if content is None:
            yield file
            continue
        digest = hashlib.blake2b(content, digest_size=16).digest()
        if (first := seen.setdefault(digest, file)) is not file:
            yield Twin(file, first)
        elif not pool.take(file, content, source, options):
            yield replace(file, content=content)
        elif pool.size > BATCH_BYTES:
            yield from pool.empty()
    yield from pool.empty()


def _contents(files: Iterable[LogFile]) -> Iterator[tuple[LogFile, bytes | None]]:
    """Yield files with their bytes where they are small; of objects in a bucket many are fetched at a time."""
    source = iter(files)
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as threads:
        while some := list(islice(source, 16 * REQUESTS_AT_ONCE)):
            if any(isinstance(file.content, RemoteObject) for file in some):
                yield from zip(some, threads.map(_small, some), strict=True)
            else:
                yield from zip(some, map(_small, some), strict=True)


def _small(file: LogFile) -> bytes | None:
    """Return the bytes of a small file on disk or in a bucket, None where it is large or cannot be read."""
    if isinstance(file.content, bytes):
        return None
    try:
        if file.size() > SMALL_BYTES:
            return None
        with file.open_raw() as stream:
            content = stream.read(SMALL_BYTES + 1)
    except OSError:  # what cannot be read is reported when its turn comes
        return None
    return content if len(content) <= SMALL_BYTES else None


class _Pool:
    """Batches that are being gathered."""

    def __init__(self) -> None:
        self._batches: dict[tuple[str, Container, frozenset[str]], Batch] = {}
        self.size = 0

    def take(self, file: LogFile, content: bytes, source: str, options: ReadOptions) -> bool:
        """Add a file to the batch it belongs to; False where it must be read alone."""
        found = _records(content)
        if found is None:
            return False
        lines, sample, container = found
        columns = frozenset(key for record in sample for key in record)
        probe = Probe(file=file, container=container, columns=columns, sample=tuple(sample))
        try:
            chosen = choose(probe, source, options)
        except TokenscanError:
            return False
        if chosen.name not in JOINED or not _DECIDED_BY_FILE.isdisjoint(map(plain_name, columns)):
            return False
        key = (chosen.name, container, columns)
        batch = self._batches.get(key)
        if batch is None:
            batch = self._batches[key] = Batch(source=chosen, probe=replace(probe, container=Container.JSONL))
        number = len(batch.files)
        batch.files.append(file)
        batch.lines += [line for _, line in lines]
        batch.places += [(number, row) for row, _ in lines]
        self.size += len(content)
        return True

    def empty(self) -> Iterator[Batch]:
        """Yield all batches and start anew."""
        found = [*self._batches.values()]
        self._batches.clear()
        self.size = 0
        yield from found


def _records(content: bytes) -> tuple[list[tuple[int, bytes]], list[dict[str, object]], Container] | None:
    """Return the lines of a file with their numbers, its first records, and its container; None where it has a fault.

    A file is one object, on however many lines, or an object on each line.
    """
    if not content.startswith(b"{"):
        return None
    text = content.rstrip(b"\r\n \t")
    record = _object(text)
    if record is not None:
        if _may_wrap(record):
            return None
        pretty = b"\n" in text
        line = text.translate(_ON_ONE_LINE) if pretty else text
        return [(1, line)], [record], Container.JSON if pretty else Container.JSONL
    lines = [(number, line) for number, line in enumerate(text.split(b"\n"), 1) if line.strip()]
    records = [_object(line) for _, line in lines]
    if any(record is None or _may_wrap(record) for record in records):
        return None
    return lines, [record for record in records[:SAMPLE_RECORDS] if record], Container.JSONL


def _object(text: bytes) -> dict[str, object] | None:
    try:
        return _RECORD.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _may_wrap(record: dict[str, object]) -> bool:
    return any(isinstance(record[key], list) for key in WRAPPERS & record.keys())
