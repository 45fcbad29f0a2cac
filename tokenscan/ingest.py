"""From export files to a store: only what is new is read, and what was read counts once it is all there."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import msgspec
import polars as pl

from tokenscan._version import __version__
from tokenscan.events.log import BadRowSample, FileVerdict, Gathered
from tokenscan.prompts.imprint import imprint
from tokenscan.reading import InputOptions, Progress, find, gather_files, silent
from tokenscan.sources.files import LogFile
from tokenscan.store.lock import writing
from tokenscan.store.manifest import Manifest, StoreError, is_store, read_manifest, write_manifest
from tokenscan.store.parts import sweep
from tokenscan.store.reader import files_of
from tokenscan.store.retention import forget_before
from tokenscan.store.schema import FILES
from tokenscan.store.tidy import tidied
from tokenscan.store.writer import Writer

GROUP_BYTES = 1 << 28  # files taken in together: a crash loses no more
GROUP_FILES = 20_000
UNREADABLE = "unreadable"  # in place of a digest
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestOptions:
    """How to take logs in.

    ``keeps_text`` None: as the store has it, a new one with text. ``first_day``: days before it are forgotten.
    ``wait_s`` is how long to wait for another writer.
    """

    reading: InputOptions
    keeps_text: bool | None = None
    first_day: date | None = None
    wait_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What became of the files, and what the store holds now. ``known`` files had been taken in before."""

    files: tuple[FileVerdict, ...]
    known: int
    rows_added: int
    rows_known: int
    rows_forgotten: int
    bad_rows: int
    broken: bool
    rows: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    """A file that the store does not have in this state, and the number of the one it replaces."""

    file: LogFile
    digest: str
    size: int
    times: tuple[int, int]
    replaces: int | None


def ingest(paths: Sequence[str], folder: Path, options: IngestOptions, progress: Progress = silent) -> Ingested:
    """Take the files behind ``paths`` into the store at ``folder``, which is made if it is not there.

    Raises:
        StoreError: ``folder`` is something else, or of another version, or keeps text otherwise than asked for.
        StoreBusyError: another writer did not finish in time.
        InputError, UsageError: as ``reading.gather``.
    """
    files = find(paths, options.reading)
    _prepare(folder)
    with writing(folder, options.wait_s):
        manifest = _settled(folder, options)
        sweep(folder, manifest)
        before = sum(part.rows for part in manifest.rows)
        known = files_of(folder, manifest)
        new = list(_new_files(files, known, manifest, progress))
        taken = []
        for group in _groups(new):
            gathered, manifest = _take(group, known, folder, manifest, options, progress)
            taken.append(gathered)
        added = sum(part.rows for part in manifest.rows) - before
        manifest = tidied(folder, manifest)
        if options.first_day is not None:
            manifest = forget_before(folder, manifest, options.first_day)
        sweep(folder, manifest)
    return Ingested(
        files=tuple(verdict for gathered in taken for verdict in gathered.files),
        known=len(files) - len(new),
        rows_added=added,
        rows_known=sum(int(gathered.dropped["n"].sum()) for gathered in taken),
        rows_forgotten=before + added - sum(part.rows for part in manifest.rows),
        bad_rows=sum(gathered.bad_rows for gathered in taken),
        broken=any(gathered.broken for gathered in taken),
        rows=sum(part.rows for part in manifest.rows),
        days=len({part.day for part in manifest.rows}),
    )


def _prepare(folder: Path) -> None:
    """Make the folder of a new store; the first to get the lock makes the store itself."""
    if folder.exists() and not is_store(folder) and (not folder.is_dir() or _holds_something_else(folder)):
        raise StoreError(f"{folder} is no store, and not empty", hint="name an empty folder, or a new one")
    folder.mkdir(parents=True, exist_ok=True)


def _holds_something_else(folder: Path) -> bool:
    return any(path.name not in {"lock", "store.new"} for path in folder.iterdir())


def _settled(folder: Path, options: IngestOptions) -> Manifest:
    """Return the store's manifest, a new one where there is none."""
    if not is_store(folder):
        manifest = Manifest(keeps_text=options.keeps_text is not False)
        write_manifest(folder, manifest)
        return manifest
    manifest = read_manifest(folder)
    if options.keeps_text is False and manifest.keeps_text:
        raise StoreError(f"{folder} keeps text", hint="--no-text is decided when a store is made; make another one")
    return manifest


def _new_files(files: Sequence[LogFile], known: pl.DataFrame, manifest: Manifest, progress: Progress) -> Iterator[_New]:
    """Yield the files whose content the store does not have. Unchanged files are told by size and times, unread."""
    # A version that reads more formats may make something of what an earlier one had to skip.
    settled = known.filter(pl.col("skipped_by").is_in(["", __version__]))
    stamps = set(settled.select("path", "size", "mtime_ns", "ctime_ns").iter_rows())
    digests = set(settled["digest"])
    live = known.filter(~pl.col("file").is_in(list(manifest.gone)))
    earlier = {path: (number, size, digest)
               for path, number, size, digest in live.select("path", "file", "size", "digest").iter_rows()}  # fmt: skip
    for number, file in enumerate(files):
        progress("looking for new files", number, len(files))
        place, size, times = _stamp(file)
        if (place, size, *times) in stamps and times != (0, 0):
            continue
        before = earlier.get(place)
        digest, start = _digests(file, before[1] if before is not None else 0)
        if digest in digests and digest != UNREADABLE:
            continue
        digests.add(digest)
        grown = before is not None and (start == before[2] or digest == before[2] or before[2] == UNREADABLE)
        yield _New(file=file, digest=digest, size=size, times=times, replaces=before[0] if before and grown else None)


def _stamp(file: LogFile) -> tuple[str, int, tuple[int, int]]:
    """Return where a file lies, its size, and when it was changed; times are 0 for what is no plain file."""
    try:
        if file.content is not None:
            # Members of one archive share its path.
            return f"{file.path}#{file.name}", file.size(), (0, 0)
        stat = file.path.stat()
    except OSError:  # what cannot be read is said when it is read
        return str(file.path), -1, (0, 0)
    return str(file.path.absolute()), stat.st_size, (stat.st_mtime_ns, stat.st_ctime_ns)


def _digests(file: LogFile, size: int) -> tuple[str, str]:
    """Return the digest of a file's bytes, and that of its first ``size`` bytes."""
    every, start = hashlib.blake2b(digest_size=16), ""
    left = size
    try:
        with file.open_raw() as stream:
            while piece := stream.read(min(_PIECE, left) if left else _PIECE):
                every.update(piece)
                left -= len(piece) if left else 0
                if size and not left and not start:
                    start = every.copy().hexdigest()
    except OSError:
        return UNREADABLE, ""
    return every.hexdigest(), start


def _groups(new: Sequence[_New]) -> Iterator[list[_New]]:
    group: list[_New] = []
    held = 0
    for each in new:
        if group and (held + each.size > GROUP_BYTES or len(group) >= GROUP_FILES):
            yield group
            group, held = [], 0
        group.append(each)
        held += max(each.size, 0)
    if group:
        yield group


def _take(
    group: Sequence[_New],
    known: pl.DataFrame,
    folder: Path,
    manifest: Manifest,
    options: IngestOptions,
    progress: Progress,
) -> tuple[Gathered, Manifest]:
    """Read a group of files and commit what they hold."""
    gone = {each.replaces for each in group if each.replaces is not None}
    live = known.filter(~pl.col("file").is_in([*manifest.gone, *gone]))
    group = _named_apart(group, set(live["name"]))
    numbers = {each.file.name: manifest.next_file + place for place, each in enumerate(group)}
    writer = Writer(folder, manifest, numbers, frozenset(gone))

    def keep(rows: pl.DataFrame, texts: pl.DataFrame) -> None:
        writer.add(rows, texts if manifest.keeps_text else imprint(texts))

    gathered = gather_files([each.file for each in group], options.reading, progress, keep)
    keep(gathered.rows, gathered.prompts)
    repeats = writer.repeats()
    after = writer.commit(_record(group, gathered, repeats, numbers), gathered.links)
    # Rows and prompts are in the store now: kept for every group, they would fill the memory.
    return replace(gathered, rows=gathered.rows.clear(), prompts=gathered.prompts.clear(), dropped=repeats), after


def _named_apart(group: Sequence[_New], taken: set[str]) -> list[_New]:
    """Give files whose names the store has already another one: names tell rows of different files apart."""
    return [
        replace(each, file=replace(each.file, name=f"{each.file.name}@{each.digest[:8]}"))
        if each.file.name in taken
        else each
        for each in group
    ]


def _record(
    group: Sequence[_New], gathered: Gathered, repeats: pl.DataFrame, numbers: Mapping[str, int]
) -> pl.DataFrame:
    verdicts = {verdict.name: verdict for verdict in gathered.files}
    samples: defaultdict[str, list[BadRowSample]] = defaultdict(list)
    for sample in gathered.bad_samples:
        samples[sample.file].append(sample)
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for name, reason, n in repeats.iter_rows():
        counts[name][reason] = n
    rows = [
        (numbers[name], name, str(_stamp(each.file)[0]), each.size, *each.times, each.digest,
         __version__ if verdicts[name].skipped else "", *map(_json, (verdicts[name], samples[name], counts[name])))
        for each in group
        for name in [each.file.name]
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=FILES, orient="row")


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
