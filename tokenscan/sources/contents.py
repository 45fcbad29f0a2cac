"""What logs hold that are no plain files on disk: standard input, members of zip archives, objects in a bucket."""

from __future__ import annotations

import io
import tempfile
import weakref
import zipfile
import zlib
from typing import IO, BinaryIO, Protocol

from tokenscan.sources.streams import MEMORY_BYTES, PIECE

_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, ValueError, EOFError)


class Content(Protocol):
    """Bytes that can be opened any number of times; ``size`` is how many are stored."""

    @property
    def size(self) -> int:
        """Return the number of bytes as stored."""
        ...

    def open(self) -> BinaryIO:
        """Open for reading from the start."""
        ...


def held(stream: BinaryIO) -> bytes | Spool:
    """Read a stream that can be read only once: small ones to memory, others to a file that has no name."""
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > MEMORY_BYTES:
            return Spool(pieces, stream)
    return b"".join(pieces)


class Spool:
    """A stream's bytes in an unnamed temporary file, gone with this object."""

    def __init__(self, start: list[bytes], rest: BinaryIO) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by the finalizer)
        weakref.finalize(self, self._file.close)
        self._file.writelines(start)
        while piece := rest.read(PIECE):
            self._file.write(piece)
        self.size = self._file.tell()

    def open(self) -> BinaryIO:
        """Open for reading from the start, apart from other openings."""
        return io.BufferedReader(_View(self._file))


class _View(io.RawIOBase):
    """A reader with a place of its own in a file that several read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._file.seek(self._place)
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place}.get(whence)
        self._place = place + (self._file.seek(0, io.SEEK_END) if base is None else base)
        return self._place


class ZipMember:
    """A file in a zip archive, unpacked as it is read."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        self._archive, self._info = archive, info
        self.size = info.compress_size

    def open(self) -> BinaryIO:
        """Open for reading; it cannot be jumped in.

        Raises:
            OSError: the archive is broken or locked, now or while it is read.
        """
        try:
            return io.BufferedReader(_Member(self._archive.open(self._info)))
        except _BROKEN_ZIP as error:
            raise OSError(f"zip archive: {error}") from error


class _Member(io.RawIOBase):
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._stream.read(len(buffer))
        except _BROKEN_ZIP as error:
            raise OSError(f"zip archive: {error}") from error
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def zip_members(stream: BinaryIO) -> list[tuple[str, ZipMember]]:
    """Return the files in a zip archive by name; the stream is closed when the last of them is gone.

    Raises:
        OSError: it is no zip archive that can be read.
    """
    try:
        archive = zipfile.ZipFile(stream)
    except _BROKEN_ZIP as error:
        stream.close()
        raise OSError(f"zip archive: {error}") from error
    weakref.finalize(archive, stream.close)
    return [(info.filename, ZipMember(archive, info)) for info in archive.infolist() if not info.is_dir()]
