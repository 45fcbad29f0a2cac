"""Cut a valid JSON document of any size into its records, a bounded block at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

import msgspec

from tokenscan.sources.streams import Reader

_BLANK = re.compile(rb"[ \t\r\n]*")
_RECORDS = re.compile(rb"\[\s*\{")
_ANY = msgspec.json.Decoder(msgspec.Raw)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
# The parser stops at the byte after the first value, and names it: that is where the value ends.
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_PLACE = re.compile(r"\(byte (\d+)\)")
_CUT_SHORT = "truncated"
_EDGE = 16  # a number, word or escape that the end of a block has torn is called invalid within so many bytes
# Line breaks in JSON stand between tokens only (inside a string they are escaped): a space may replace them.
_ON_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")


class NotStrictError(ValueError):
    """What comes next is no JSON that a strict parser takes."""


def strict_records(text: bytes, wrappers: AbstractSet[str]) -> list[bytes]:
    """Return the records of a whole document: an array's elements, a wrapper's, or the one object that it is.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError, RecursionError: a strict parser does not take it.
    """
    text = text.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"["):
        return [_one_line(bytes(item)) for item in _LIST.decode(text)]
    document = _OBJECT.decode(text)
    wrapped = next((key for key in document if key in wrappers and _RECORDS.match(document[key])), None)
    return [_one_line(bytes(item)) for item in _LIST.decode(document[wrapped])] if wrapped else [_one_line(text)]


def _one_line(text: bytes) -> bytes:
    return text.translate(_ON_ONE_LINE) if b"\n" in text or b"\r" in text else text


class Elements:
    """A document that is cut into records from its start, as far as it is valid.

    ``wrappers`` are the keys of an object whose arrays hold the records, ``block`` the bytes read at a time, ``limit``
    those of a record at most. ``inside`` says that the place reached lies in a wrapper's array.
    """

    def __init__(self, start: bytes, rest: Reader, wrappers: AbstractSet[str], *, block: int, limit: int) -> None:
        self._data = start
        self._rest = rest
        self._wrappers = wrappers
        self._block, self._limit = block, limit
        self._place = len(start) - len(start.lstrip(b"\xef\xbb\xbf \t\r\n"))
        self._record: int | None = None  # what has been passed over from here on is still needed
        self.inside = False

    def left(self) -> bytes:
        """Return what has been read and not yet been cut."""
        return self._data[self._place if self._record is None else self._record :]

    def records(self) -> Iterator[bytes]:
        """Yield the records as JSON on one line.

        Raises:
            NotStrictError: what comes next is not valid, or a record is too long; ``left`` starts with it.
        """
        while start := self._next():
            if start == b"[":
                self._place += 1
                yield from self._array()
            elif start == b"{":
                yield from self._object()
            else:
                raise NotStrictError(f"neither an object nor an array at its top: {start!r}")

    def _array(self) -> Iterator[bytes]:
        """Yield elements up to the end of the array whose bracket has been read."""
        if self._next() == b"]":
            self._place += 1
            return
        while True:
            yield _one_line(self._value())
            after = self._next()
            if after not in (b",", b"]"):
                raise NotStrictError("no comma after an element")
            self._place += 1
            if after == b"]":
                return
            self._next()

    def _object(self) -> Iterator[bytes]:
        end = self._end()
        if end is None:
            yield from self._long_object()
            return
        start, self._place = self._place, end
        try:
            records = strict_records(self._data[start:end], self._wrappers)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._place = start
            raise NotStrictError(str(error)) from error
        yield from records

    def _long_object(self) -> Iterator[bytes]:
        """Yield the records of an object beyond what has been read: key by key, until a wrapper's array opens."""
        self._record = self._place
        unwrapped = False
        after = b"{"
        while after != b"}":
            self._place += 1
            if self._next() == b"}":
                break
            if unwrapped:
                self._record = self._place
            wraps = self._key() in self._wrappers
            if wraps and not unwrapped and self._opens_records():
                self._record = None
                self.inside = unwrapped = True
                yield from self._array()
            else:
                self._value()
            after = self._next()
            if after not in (b",", b"}"):
                raise NotStrictError("no comma after a value")
        self._place += 1
        record = b"" if unwrapped else self._data[self._record : self._place]
        self._record, self.inside = None, False
        if record:
            yield _one_line(record)

    def _key(self) -> str:
        try:
            key = msgspec.json.decode(self._value(), type=str)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotStrictError(str(error)) from error
        if self._next() != b":":
            raise NotStrictError("no colon after a key")
        self._place += 1
        self._next()
        return key

    def _opens_records(self) -> bool:
        """Say whether an array of objects opens here; its bracket is passed over then."""
        if self._next() != b"[":
            return False
        self._place += 1
        if self._next() == b"{":
            return True
        self._place = self._data.rindex(b"[", 0, self._place)
        return False

    def _next(self) -> bytes:
        """Pass over blanks and return the byte after them, none at the end."""
        while True:
            match = _BLANK.match(self._data, self._place)
            assert match is not None
            self._place = match.end()
            if self._place < len(self._data) or not self._more():
                return self._data[self._place : self._place + 1]

    def _value(self) -> bytes:
        """Return the JSON of the value here, and go on behind it."""
        while (end := self._end()) is None:
            if not self._more():
                raise NotStrictError("Input data was truncated")
        value = self._data[self._place : end].rstrip()
        self._place = end
        return value

    def _end(self) -> int | None:
        """Return where the value here ends, None where more must be read to know.

        Raises:
            NotStrictError: it is no value.
        """
        try:
            _ANY.decode(memoryview(self._data)[self._place :])
        except msgspec.DecodeError as error:
            if trailing := _TRAILING.search(str(error)):
                return self._place + int(trailing[1]) - 1
            place = _PLACE.search(str(error))
            torn = place is not None and self._place + int(place[1]) > len(self._data) - _EDGE
            if _CUT_SHORT in str(error) or (torn and not self._rest.ended):
                return None
            raise NotStrictError(str(error)) from error
        except RecursionError as error:
            raise NotStrictError(str(error)) from error
        # A number may go on in what is yet to be read.
        return len(self._data) if self._rest.ended else None

    def _more(self) -> bool:
        """Read on, as much again as is held of a value at least; False at the end."""
        keep = self._place if self._record is None else self._record
        if self._rest.ended:
            return False
        if len(self._data) - keep > self._limit:
            raise NotStrictError("a record that is too long")
        held = self._data[keep:]
        self._data = held + self._rest.read(max(self._block, len(held)))
        self._place -= keep
        if self._record is not None:
            self._record = 0
        return len(self._data) > len(held)
