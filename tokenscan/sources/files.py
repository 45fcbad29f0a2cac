"""Find log files and open them: files, folders, globs, zip archives, buckets, standard input; gzip and zstd."""

from __future__ import annotations

import codecs
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from glob import glob, has_magic
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from tokenscan.errors import InputError
from tokenscan.sources.contents import Content, held, zip_members
from tokenscan.sources.streams import Archive

STDIN = "-"
SUFFIXES = (".parquet", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".log", ".zip")
COMPRESSED = (".gz", ".zst")
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_REMOTE = "://"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """One input: where it is, what it is called in the report, and whether the user named it.

    ``name`` is the path relative to the argument's folder, so that a report does not depend on where logs lie.
    ``content`` is set for what is no plain file on disk; ``path`` then only says where it comes from.
    """

    path: Path
    name: str
    named: bool
    content: bytes | Content | None = None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open for reading, decompressed where the content is gzip or zstd, as UTF-8 where it is UTF-16."""
        with self.open_raw() as raw:
            magic = raw.peek(4)[:4]
            codec = next((name for start, name in _MAGIC.items() if magic.startswith(start)), None)
            if codec is not None:
                with Archive(self.open_raw, codec) as archive:
                    yield cast("BinaryIO", archive)
            elif magic.startswith(_UTF16):
                yield cast("BinaryIO", codecs.EncodedFile(raw, "utf-8", "utf-16", errors="replace"))
            else:
                yield raw

    def open_raw(self) -> io.BufferedReader:
        """Open for reading the bytes as they are stored."""
        if isinstance(self.content, bytes):
            return io.BufferedReader(io.BytesIO(self.content))
        opened = self.path.open("rb") if self.content is None else self.content.open()
        return cast("io.BufferedReader", opened)

    def size(self) -> int:
        """Return the number of bytes as stored.

        Raises:
            OSError: the file cannot be looked at.
        """
        if isinstance(self.content, bytes):
            return len(self.content)
        return self.path.stat().st_size if self.content is None else self.content.size


def find_files(paths: Iterable[str], *, stdin: BinaryIO, ignore: Iterable[Path] = ()) -> list[LogFile]:
    """Return the log files behind ``paths`` in a stable order, each file once.

    A folder is searched through and through for the suffixes above, a zip archive too; ``ignore`` names files that are
    context (people, outcomes, config), not logs.

    Raises:
        InputError: a path does not exist, a glob matches nothing, or ``-`` stands beside other paths.
    """
    paths = list(paths)
    if STDIN in paths:
        if len(paths) > 1:
            raise InputError("'-' (standard input) cannot be mixed with files", hint="read one or the other")
        return [LogFile(path=Path(STDIN), name="stdin", named=True, content=held(stdin))]
    known = _Known(ignore)
    for argument in paths:
        for file in _expand(argument):
            known.add(file)
    files = [file for found in known.files for file in _unzipped(found)]
    return sorted(_told_apart(files), key=lambda file: (file.name, str(file.path)))


class _Known:
    """The files found so far, each once, whatever path leads to it."""

    def __init__(self, ignore: Iterable[Path]) -> None:
        self._ignored = {path.resolve() for path in ignore}
        self._found: dict[Path, LogFile] = {}
        self._folders: dict[Path, Path] = {}

    def add(self, file: LogFile) -> None:
        key = self._place(file)
        if key in self._ignored:
            return
        known = self._found.setdefault(key, file)
        if file.named and not known.named:
            self._found[key] = replace(known, named=True)

    @property
    def files(self) -> list[LogFile]:
        return list(self._found.values())

    def _place(self, file: LogFile) -> Path:
        """Return where a file really is. Its folder is looked up once, for there may be 100,000 files in it."""
        path = file.path
        if file.content is not None:
            return path
        if path.name in ("", "..") or path.is_symlink():
            return path.resolve()
        folder = self._folders.get(path.parent)
        if folder is None:
            folder = self._folders[path.parent] = path.parent.resolve()
        return folder / path.name


def _told_apart(files: list[LogFile]) -> list[LogFile]:
    """Put folders in front of names that several files share, until each name means one file."""
    shared = Counter(file.name for file in files)
    if len(shared) == len(files):
        return files
    longer = [replace(file, name=_longer(file)) if shared[file.name] > 1 else file for file in files]
    return files if longer == files else _told_apart(longer)


def _longer(file: LogFile) -> str:
    parts = file.path.absolute().parts
    return _shown(Path(*parts[-file.name.count("/") - 2 :]))


def _shown(path: Path | PurePosixPath) -> str:
    """Return a path as text; a byte of a file name that is no UTF-8 becomes a question mark."""
    return path.as_posix().encode("utf-8", "replace").decode()


def _expand(argument: str) -> Iterator[LogFile]:
    path = Path(argument)
    if _exists(path):
        if path.is_dir():
            yield from _walk(path)
        else:
            piped = path.is_fifo() or path.is_char_device()
            yield LogFile(path=path, name=_shown(Path(path.name)), named=True, content=_piped(path) if piped else None)
    elif _REMOTE in argument:
        yield from _in_bucket(argument)
    elif has_magic(argument):
        yield from _matches(argument)
    else:
        raise InputError(f"{argument!r} does not exist", hint="give a file, a folder, a quoted glob, or - for stdin")


def _piped(path: Path) -> bytes | Content:
    with path.open("rb") as stream:
        return held(stream)


def _in_bucket(address: str) -> Iterator[LogFile]:
    """Yield the logs behind an address in object storage: an object, all below a prefix, or what a glob matches."""
    from tokenscan.sources.remote import find_objects

    found = find_objects(address)
    for name, remote in found.objects:
        if found.named or is_log(name):
            yield LogFile(path=Path(remote.address), name=name, named=found.named, content=remote)


def _unzipped(file: LogFile) -> list[LogFile]:
    """Return the logs in a zip archive; any other file as it is, a broken archive too, which is reported later."""
    if not file.name.lower().endswith(".zip"):
        return [file]
    try:
        members = zip_members(file.open_raw())
    except OSError:
        return [file]
    return [
        LogFile(path=file.path / name, name=f"{file.name}/{_shown(PurePosixPath(name))}", named=False, content=member)
        for name, member in members
        if is_log(name) and not name.lower().endswith(".zip")
    ] or [file]


def _matches(pattern: str) -> Iterator[LogFile]:
    """Yield what a glob matches. As in a folder, nobody named these files one by one."""
    found = False
    for path in map(Path, sorted(glob(pattern, recursive=True))):
        if path.is_dir():
            found = True
            yield from _walk(path)
        elif _may_be_file(path):
            found = True
            yield LogFile(path=path, name=_shown(Path(path.name)), named=False)
    if not found:
        raise InputError(f"no file matches {pattern!r}", hint="check the pattern; quote it in the shell")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long, a folder that may not be entered
        return False


def _walk(folder: Path) -> Iterator[LogFile]:
    """Yield a folder's log files, and folders that cannot be listed, which nobody could read either."""
    closed: list[OSError] = []
    logs = [
        Path(root, name) for root, _, names in os.walk(folder, onerror=closed.append) for name in names if is_log(name)
    ]
    found = [path for path in logs if _may_be_file(path)]
    for path in sorted([*found, *(Path(error.filename) for error in closed)], key=lambda path: path.parts):
        yield LogFile(path=path, name=_shown(path.relative_to(folder)), named=False)


def _may_be_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # one that cannot even be looked at is reported as unreadable, not passed over
        return True


def is_log(name: str) -> bool:
    """Say whether a file name ends as logs do."""
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).suffixes]
    if suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in SUFFIXES
