"""Byte streams that logs are read from: archives that may be broken, blocks of bounded size, places to jump in."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

# What does not fit is put on disk for as long as it is read.
MEMORY_BYTES = 256 << 20
PIECE = 1 << 18
BROKEN = (EOFError, OSError, ValueError)


class Archive(io.RawIOBase):
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
        for piece in (PIECE, 1 << 12, 1 << 6, 1):
            with self._reopen() as raw, self._inflated(raw) as stream:
                left = self._given + len(data)
                while left:
                    left -= len(stream.read(min(left, PIECE)))
                with suppress(OSError):
                    while more := stream.read(piece):
                        data += more
        return data

    def close(self) -> None:
        """Close the file below too."""
        self._stream.close()
        self._raw.close()
        super().close()


class Reader:
    """Reads a stream in blocks; where it breaks it ends, and ``error`` says how."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._given_back, self._again = b"", 0
        self._ended = False
        self.error: Exception | None = None

    @property
    def ended(self) -> bool:
        """Say whether all has been read."""
        return self._ended and self._again >= len(self._given_back)

    def give_back(self, data: bytes) -> None:
        """Have ``data`` read again."""
        self._given_back, self._again = data + self._given_back[self._again :], 0

    def read(self, size: int) -> bytes:
        """Return about ``size`` bytes, no less but at the end."""
        pieces = [self._given_back[self._again : self._again + size]]
        self._again += len(pieces[0])
        if self._again >= len(self._given_back):
            self._given_back, self._again = b"", 0
        held = len(pieces[0])
        while held < size and not self._ended:
            try:
                piece = self._stream.read(PIECE)
            except BROKEN as error:
                self.error, piece = error, b""
            self._ended = not piece
            pieces.append(piece)
            held += len(piece)
        return b"".join(pieces)


def blocks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield blocks of about ``size`` bytes; what stands before a broken end of an archive is yielded too.

    Raises:
        OSError: the archive is broken; everything before has been yielded.
    """
    reader = Reader(stream)
    while not reader.ended:
        yield reader.read(size)
    if reader.error is not None:
        raise OSError(str(reader.error)) from reader.error


@contextmanager
def seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    """Give a stream one can jump in, as Parquet needs: a compressed one is unpacked to memory, or to disk if large."""
    if stream.seekable():
        yield stream
        return
    with tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES) as spool:
        reader = Reader(stream)
        while not reader.ended:  # what is missing of a broken archive shows when it is read
            spool.write(reader.read(PIECE))
        spool.seek(0)
        yield cast("BinaryIO", spool)


class WholeLines:
    """A readable stream that ends at the last whole line before an archive breaks; ``broken`` then says how.

    For Arrow's sake, which refuses a header that no line break ends and bad rows that are no UTF-8, a last line gets
    its break, and a byte that is no text becomes U+FFFD.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._reader = Reader(stream)
        self._rest = b""
        self._open_line = False
        self.broken = ""
        self.closed = False

    def read(self, size: int) -> bytes:
        """Return about ``size`` bytes that end with a line break, or what is left at the end."""
        data = self._rest + self._reader.read(max(size - len(self._rest), 0))
        self._rest = b""
        self.broken = str(self._reader.error or "")
        if len(data) >= size or self.broken:
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
