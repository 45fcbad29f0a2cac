"""Find log files and open them: files, folders, globs, standard input, gzip and zstd."""

from __future__ import annotations

import codecs
import io
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from glob import glob, has_magic
from pathlib import Path
from typing import BinaryIO, cast

from tokenscan.errors import InputError

STDIN = "-"
SUFFIXES = (".parquet", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".log")
COMPRESSED = (".gz", ".zst")
_PIECE = 1 << 18
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """One input: where it is, what it is called in the report, and whether the user named it.

    ``name`` is the path relative to the argument's folder, so that a report does not depend on where logs lie.
    ``content`` is set for standard input and pipes, which can be read only once.
    """

    path: Path
    name: str
    named: bool
    content: bytes | None = None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open for reading, decompressed where the content is gzip or zstd, as UTF-8 where it is UTF-16."""
        with self._raw() as raw:
            magic = raw.read(4)
            raw.seek(0)
            codec = next((name for start, name in _MAGIC.items() if magic.startswith(start)), None)
            if codec is not None:
                with _Archive(self._raw, codec) as archive:
                    yield cast("BinaryIO", archive)
            elif magic.startswith(_UTF16):
                yield cast("BinaryIO", codecs.EncodedFile(raw, "utf-8", "utf-16", errors="replace"))
            else:
                yield raw

    def _raw(self) -> BinaryIO:
        return io.BytesIO(self.content) if self.content is not None else self.path.open("rb")


class _Archive(io.RawIOBase):
    """A gzip or zstd stream, of many members too, that gives every byte before the place where it breaks."""

    def __init__(self, reopen: Callable[[], BinaryIO], codec: str) -> None:
        self._reopen, self._codec = reopen, codec
        self._raw = reopen()
        self._stream = self._inflated(self._raw)
        self._given = 0
        self._error: OSError | None = None

    def _inflated(self, raw: BinaryIO) -> BinaryIO:
        import pyarrow as pa

        return cast("BinaryIO", pa.CompressedInputStream(raw, self._codec))

    def read(self, size: int = -1) -> bytes:
        """Return ``size`` bytes, fewer at the end, or all; the read after the last good byte raises.

        Raises:
            OSError: the archive is broken; everything before has been returned.
        """
        if self._error is not None:
            raise self._error
        try:
            data = self._stream.read(size) if size >= 0 else self._stream.read()
        except OSError as error:
            self._error = error
            data = self._tail()
            if not data:
                raise
        self._given += len(data)
        return data

    def _tail(self) -> bytes:
        """Read again what the failed read has swallowed, in ever smaller pieces: a piece that fails is lost whole."""
        data = b""
        for piece in (_PIECE, 1 << 12, 1 << 6, 1):
            with self._reopen() as raw, self._inflated(raw) as stream:
                left = self._given + len(data)
                while left:
                    left -= len(stream.read(min(left, _PIECE)))
                with suppress(OSError):
                    while more := stream.read(piece):
                        data += more
        return data

    def close(self) -> None:
        """Close the file below too."""
        self._stream.close()
        self._raw.close()
        super().close()


def blocks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield blocks of about ``size`` bytes; what stands before a broken end of an archive is yielded too.

    Raises:
        OSError: the archive is broken; everything before has been yielded.
    """
    block: list[bytes] = []
    held = 0
    try:
        while piece := stream.read(_PIECE):
            block.append(piece)
            held += len(piece)
            if held >= size:
                yield b"".join(block)
                block, held = [], 0
    except (EOFError, OSError, ValueError) as error:
        yield b"".join(block)
        raise OSError(str(error)) from error
    yield b"".join(block)


def seekable(stream: BinaryIO) -> BinaryIO:
    """Return a stream one can jump in, as Parquet needs: a compressed one is read to memory."""
    return stream if stream.seekable() else io.BytesIO(stream.read())


class WholeLines:
    """A readable stream that ends at the last whole line before an archive breaks; ``broken`` then says how.

    For Arrow's sake, which refuses a header that no line break ends and bad rows that are no UTF-8, a last line gets
    its break, and a byte that is no text becomes U+FFFD.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._rest = b""
        self._open_line = False
        self.broken = ""
        self.closed = False

    def read(self, size: int) -> bytes:
        """Return about ``size`` bytes that end with a line break, or what is left at the end."""
        pieces, held = [self._rest], len(self._rest)
        self._rest = b""
        try:
            while held < size and (piece := self._stream.read(_PIECE)):
                pieces.append(piece)
                held += len(piece)
        except (EOFError, OSError, ValueError) as error:
            self.broken = str(error)
        data = b"".join(pieces)
        if held >= size or self.broken:
            cut = data.rfind(b"\n") + 1 or (0 if self.broken else len(data))
            self._rest = b"" if self.broken else data[cut:]
            data = data[:cut]
        elif (data or self._open_line) and not data.endswith(b"\n"):
            data += b"\n"
        self._open_line = bool(data) and not data.endswith(b"\n")
        return _as_utf8(data)


def _as_utf8(data: bytes) -> bytes:
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace").encode()
    return data


def find_files(paths: Iterable[str], *, stdin: BinaryIO, ignore: Iterable[Path] = ()) -> list[LogFile]:
    """Return the log files behind ``paths`` in a stable order, each file once.

    A folder is searched through and through for the suffixes above; ``ignore`` names files that are context
    (people, outcomes, config), not logs.

    Raises:
        InputError: a path does not exist, a glob matches nothing, or ``-`` stands beside other paths.
    """
    paths = list(paths)
    if STDIN in paths:
        if len(paths) > 1:
            raise InputError("'-' (standard input) cannot be mixed with files", hint="read one or the other")
        return [LogFile(path=Path(STDIN), name="stdin", named=True, content=stdin.read())]
    ignored = {path.resolve() for path in ignore}
    found: dict[Path, LogFile] = {}
    for file in (file for argument in paths for file in _expand(argument)):
        key = file.path.resolve()
        if key in ignored:
            continue
        known = found.setdefault(key, file)
        if file.named and not known.named:
            found[key] = replace(known, named=True)
    return sorted(_told_apart(list(found.values())), key=lambda file: (file.name, str(file.path)))


def _told_apart(files: list[LogFile]) -> list[LogFile]:
    """Put folders in front of names that several files share, until each name means one file."""
    shared = Counter(file.name for file in files)
    longer = [replace(file, name=_longer(file)) if shared[file.name] > 1 else file for file in files]
    return files if longer == files else _told_apart(longer)


def _longer(file: LogFile) -> str:
    parts = file.path.absolute().parts
    return _shown(Path(*parts[-file.name.count("/") - 2 :]))


def _shown(path: Path) -> str:
    """Return a path as text; a byte of a file name that is no UTF-8 becomes a question mark."""
    return path.as_posix().encode("utf-8", "replace").decode()


def _expand(argument: str) -> Iterator[LogFile]:
    path = Path(argument)
    if _exists(path):
        if path.is_dir():
            yield from _walk(path)
        else:
            content = path.read_bytes() if path.is_fifo() or path.is_char_device() else None
            yield LogFile(path=path, name=_shown(Path(path.name)), named=True, content=content)
    elif has_magic(argument):
        yield from _matches(argument)
    else:
        raise InputError(f"{argument!r} does not exist", hint="give a file, a folder, a quoted glob, or - for stdin")


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
    logs = [Path(root, name) for root, _, names in os.walk(folder, onerror=closed.append) for name in names]
    found = [path for path in logs if _is_log(path.name) and _may_be_file(path)]
    for path in sorted([*found, *(Path(error.filename) for error in closed)]):
        yield LogFile(path=path, name=_shown(path.relative_to(folder)), named=False)


def _may_be_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # one that cannot even be looked at is reported as unreadable, not passed over
        return True


def _is_log(name: str) -> bool:
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    if suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in SUFFIXES
