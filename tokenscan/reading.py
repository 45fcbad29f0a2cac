"""From paths to the event log: find files, tell their formats, read, hash prompts, count every call once."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl

from tokenscan.errors import InputError, UsageError
from tokenscan.events.count import count
from tokenscan.events.log import BadRowSample, EventLog, FileVerdict, Gathered
from tokenscan.events.schema import LINKS, ROWS
from tokenscan.events.verdicts import FileFacts
from tokenscan.prompts.intake import PromptIntake
from tokenscan.sources.base import Probe, ReadOptions, Source
from tokenscan.sources.batches import SMALL_BYTES, Batch, Twin, batches
from tokenscan.sources.files import LogFile, find_files
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.registry import AUTO, Choices, sources
from tokenscan.sources.sniff import UnreadableError, probe

Progress = Callable[[str, int, int], None]
Sink = Callable[[pl.DataFrame, pl.DataFrame], None]
_SINK_ROWS = 500_000
_RAW_BYTES = 1 << 25


def silent(_stage: str, _done: int, _total: int) -> None:
    """Report no progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputOptions:
    """How to read: ``source`` names a format or is ``auto``; ``ignore`` are context files; see ``ReadOptions``."""

    source: str = AUTO
    mapping: Mapping[str, str] = field(default_factory=dict)
    latest: datetime | None = None
    ignore: tuple[Path, ...] = ()
    stdin: BinaryIO | None = None


@dataclass(slots=True)
class _Reading:
    """What is gathered while files are read."""

    options: ReadOptions
    formats: Choices
    quarantine: Quarantine = field(default_factory=Quarantine)
    intake: PromptIntake = field(default_factory=PromptIntake)
    frames: list[pl.DataFrame] = field(default_factory=list)
    links: list[pl.DataFrame] = field(default_factory=list)
    verdicts: list[FileVerdict] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    sink: Sink | None = None
    facts: FileFacts = field(default_factory=FileFacts)
    _raw: list[pl.DataFrame] = field(default_factory=list)
    _raw_bytes: int = 0
    _held: int = 0

    def take(self, raw: pl.DataFrame) -> None:
        """Take in calls (RAW). Those of small files are put together: hashing text has a price for each frame."""
        self._raw.append(raw)
        self._raw_bytes += int(raw.estimated_size())
        if self._raw_bytes >= _RAW_BYTES:
            self.settle()

    def settle(self) -> None:
        """Hash the text of what was taken in, and let go of it."""
        if not self._raw:
            return
        rows = self.intake.add(pl.concat(self._raw))
        self._raw.clear()
        self._raw_bytes = 0
        self.facts.add(rows)
        self.frames.append(rows)
        self._held += rows.height
        if self.sink is not None and self._held >= _SINK_ROWS:
            self.sink(pl.concat(self.frames), self.intake.texts())
            self.frames.clear()
            self.intake, self._held = PromptIntake(), 0


def read_files(paths: Sequence[str], options: InputOptions, progress: Progress = silent) -> EventLog:
    """Read export files into the event log.

    Raises:
        InputError: a path does not exist, a named file is in no known format, or no row became an event.
        UsageError: ``--source`` or ``--map`` is wrong, or a file fits two formats.
    """
    gathered = gather(paths, options, progress)
    progress("counting every call once", 1, 1)
    return count(gathered, families())


def families() -> dict[str, str]:
    """Return the vendor's system of each format."""
    return {source.name: source.family for source in sources()}


def gather(paths: Sequence[str], options: InputOptions, progress: Progress = silent) -> Gathered:
    """Read export files, without counting their calls. Raises as ``read_files`` does."""
    return gather_files(find(paths, options), options, progress)


def find(paths: Sequence[str], options: InputOptions) -> list[LogFile]:
    """Return the files to read. Raises InputError where there are none."""
    files = find_files(paths, stdin=options.stdin or sys.stdin.buffer, ignore=options.ignore)
    if not files:
        raise InputError("no log files there", hint="logs end in .parquet, .csv, .jsonl or .json (also .gz, .zst)")
    return files


def gather_files(
    files: Sequence[LogFile], options: InputOptions, progress: Progress = silent, sink: Sink | None = None
) -> Gathered:
    """Read files that have been found. With a ``sink``, rows and their prompts go there whenever many have come in."""
    how = ReadOptions(mapping=options.mapping, latest=options.latest)
    reading = _Reading(options=how, formats=Choices(options.source, how), sink=sink)
    twins = _twins(files)
    for item in batches(files, options.source, reading.options):
        if isinstance(item, Batch):
            _read_batch(item, reading)
            continue
        file = item.file if isinstance(item, Twin) else item
        progress(f"reading {file.name}", len(reading.verdicts), len(files))
        first = item.of if isinstance(item, Twin) else twins.get(file)
        if first is not None:
            reading.verdicts.append(_skipped(file, f"same content as {first.name}"))
        else:
            _read_file(file, reading)
    reading.settle()
    order = {file.name: number for number, file in enumerate(files)}
    reading.verdicts.sort(key=lambda verdict: order[verdict.name])
    # Where nothing was read, that matters more than a mapping.
    for column in sorted(options.mapping.keys() - reading.columns) if any(v.rows for v in reading.verdicts) else ():
        raise UsageError(f"--map {column}={options.mapping[column]}: no file has a column {column!r}")
    return _gathered(reading)


def _read_file(file: LogFile, reading: _Reading) -> None:
    try:
        probed = probe(file)
        reading.columns.update(probed.columns)
        source = reading.formats.of(probed)
    except InputError as error:
        # A folder may hold anything; a file that the user named must be readable.
        if file.named:
            raise
        reason = str(error).removeprefix(f"{file.name}: ")
        lost = isinstance(error, UnreadableError)
        if lost:
            reading.quarantine.break_off(file.name, reason)
        reading.verdicts.append(_skipped(file, reason, broken=reason if lost else ""))
        return
    rows = _take(probed, source, reading)
    bad = reading.quarantine.by_file(file.name)
    reading.verdicts.append(
        FileVerdict(
            name=file.name,
            format=source.name,
            rows=rows + sum(bad.values()),
            bad_rows=sum(bad.values()),
            bad_reasons=bad,
            broken=reading.quarantine.broken.get(file.name, ""),
            clock=source.clock,
        )
    )


def _read_batch(batch: Batch, reading: _Reading) -> None:
    """Read many small files as one, or one by one where that fails."""
    reading.columns.update(batch.probe.columns)
    try:
        frames, tallies = batch.read(reading.options, reading.quarantine)
    except OSError:
        for file in batch.files:
            _read_file(file, reading)
        return
    for frame in frames:
        if "prompt" in frame.columns:
            reading.take(frame)
        else:
            reading.links.append(frame)
    for tally in tallies:
        bad = sum(tally.bad.values())
        name, rows, clock = tally.file.name, tally.rows + bad, batch.source.clock
        verdict = FileVerdict(name=name, format=batch.source.name, rows=rows, bad_rows=bad, bad_reasons=tally.bad)
        reading.verdicts.append(replace(verdict, clock=clock))


def _take(probed: Probe, source: Source, reading: _Reading) -> int:
    rows = 0
    try:
        for raw in source.read(probed, reading.options, reading.quarantine):
            if "prompt" not in raw.columns:
                reading.links.append(raw)
                continue
            rows += raw.height
            reading.take(raw)
    except OSError as error:  # a file may vanish, or a disk fail, while it is read
        reading.quarantine.break_off(probed.file.name, f"cannot be read to its end ({error})")
    return rows


def _skipped(file: LogFile, reason: str, *, broken: str = "") -> FileVerdict:
    return FileVerdict(name=file.name, format="", rows=0, bad_rows=0, skipped=reason, broken=broken)


def _twins(files: Iterable[LogFile]) -> dict[LogFile, LogFile]:
    """Return large files whose bytes equal an earlier file's. Only files of one size are read for it."""
    by_size: dict[int, list[LogFile]] = {}
    for file in files:
        with suppress(OSError):  # what cannot be read is reported when its turn comes
            if (size := file.size()) > SMALL_BYTES:
                by_size.setdefault(size, []).append(file)
    twins: dict[LogFile, LogFile] = {}
    for group in by_size.values():
        first: dict[bytes, LogFile] = {}
        for file in group if len(group) > 1 else ():
            with suppress(OSError), file.open_raw() as stream:
                digest = hashlib.file_digest(stream, "blake2b").digest()
                if digest in first:
                    twins[file] = first[digest]
                first.setdefault(digest, file)
    return twins


def _gathered(reading: _Reading) -> Gathered:
    quarantine = reading.quarantine
    return Gathered(
        rows=pl.concat([pl.DataFrame(schema=ROWS), *(frame for frame in reading.frames if frame.height)]),
        links=pl.concat([pl.DataFrame(schema=LINKS), *reading.links]),
        prompts=reading.intake.texts(),
        files=reading.facts.told(reading.verdicts),
        bad_rows=quarantine.total,
        bad_samples=tuple(BadRowSample(file=s.file, row=s.row, reason=s.reason) for s in quarantine.samples),
        broken=bool(quarantine.broken),
    )
