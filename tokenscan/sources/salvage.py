"""Read JSON that a strict parser refuses though its values are there.

NaN, numbers beyond 64 bits, text that is no UTF-8, several objects in a row, an array that ends too early.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from tokenscan.sources.lines import TOO_LONG
from tokenscan.sources.streams import Reader

TOO_DEEP, TOO_SHORT = "JSON nested too deeply", "JSON ends too early"
NO_JSON, NO_OBJECT = "not valid JSON", "not a JSON object"
# What may stand between records: brackets of arrays, commas, and marks and paddings that some writers leave.
_BETWEEN = re.compile("[\\s,\\[\\]\x00\x1e\ufeff]*")
_STRING = r'"(?:[^"\\]|\\.)*"'
_NESTING = re.compile(rf"{_STRING}|[\[\]{{}}]", re.DOTALL)
_WRAPPED_WITHIN = 1 << 16
_FITS_64_BITS = 18  # digits that surely do
_PROBLEMS_AT_MOST = 1000  # each may cost a look at much of the rest
_LOOKED_AT_MOST = 2 << 30  # characters that all these looks may cost
_EDGE = 1 << 12  # what is torn at the end of what has been read shows within so many characters


class Found(NamedTuple):
    """What stands at a place of a document: ``records``, or one problem.

    ``wasted`` is what the look has cost; ``passed`` says that the window stands behind it.
    """

    records: list[bytes]
    reason: str = ""
    wasted: int = 0
    passed: bool = True


class Window:
    """The text of a document from the place that has been reached, more of it as it is needed.

    ``limit`` is how many characters of one record are held at most.
    """

    def __init__(self, start: bytes, rest: Reader, *, block: int, limit: int) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = rest
        self._block, self._limit = block, limit
        self.text = self._decoder.decode(start, final=rest.ended)
        self.place = 0

    @property
    def complete(self) -> bool:
        """Say whether the text goes up to the document's end."""
        return self._rest.ended

    def more(self) -> bool:
        """Read on, dropping what is done with; False at the end, and where one record is beyond the limit."""
        left = len(self.text) - self.place
        if self._rest.ended or left > self._limit:
            return False
        read = self._decoder.decode(self._rest.read(max(self._block, left)), final=self._rest.ended)
        self.text = self.text[self.place :] + read
        self.place = 0
        return True

    def skip(self) -> bool:
        """Pass over what may stand between records; False at the end of the document."""
        while True:
            self.place = _skip(self.text, self.place)
            if self.place < len(self.text):
                return True
            if not self.more():
                return False

    def resume(self, pattern: re.Pattern[str]) -> None:
        """Go on where the next record seems to start, or to the end."""
        while True:
            match = pattern.search(self.text, self.place)
            if match is not None:
                self.place = match.end()
                return
            if self.complete:
                self.place = len(self.text)
                return
            self.place = max(self.place, len(self.text) - _EDGE)
            self.more()


def salvaged(window: Window, wrappers: AbstractSet[str], *, inside: bool = False) -> Iterator[Found]:
    """Read object after object; after one that cannot be read, go on where the next one seems to start.

    ``inside`` says that the window starts in a wrapper's array.
    """
    if not window.skip():
        return
    inside = inside or _enter(window, wrappers)
    resume = _before_record(window.text, window.place)
    problems = looked = 0
    while window.skip() and problems < _PROBLEMS_AT_MOST and looked < _LOOKED_AT_MOST:
        if inside and window.text[window.place] in '"}':
            return  # the wrapper's further keys, or its end
        found = _read(window, wrappers)
        yield found
        problems += bool(found.reason)
        looked += found.wasted
        if not found.passed:
            window.resume(resume)


def rescued(line: bytes) -> tuple[list[bytes], str]:
    """Return the objects of a line that a strict parser refuses, and why the rest of it, if any, is none."""
    text = line.decode("utf-8", "replace")
    records: list[bytes] = []
    place = _skip(text, 0)
    while place < len(text):
        opens = text[place] == "{"
        found, place, reason = _next(text, place)
        if reason:
            # What follows an object without opening another was part of it: damage closed it early.
            return records if opens else records[:-1], reason
        records += found
        place = _skip(text, place)
    return records, "" if records else NO_JSON


def _enter(window: Window, wrappers: AbstractSet[str]) -> bool:
    """Step into the array of a wrapper that cannot be read as a whole."""
    keys = "|".join(map(re.escape, sorted(wrappers)))
    opened = re.compile(rf'\{{(?:[^\["]|{_STRING})*?"(?:{keys})"\s*:\s*\[')
    wrapped = opened.match(window.text, window.place, window.place + _WRAPPED_WITHIN)
    if wrapped is None or not _next(window.text, window.place)[2]:
        return False
    window.place = wrapped.end()
    return window.skip() or True


def _read(window: Window, wrappers: AbstractSet[str]) -> Found:
    """Read the value here and go on behind it; stay where it cannot be read, but for a value that is no object."""

    def unwrapped(value: dict[str, Any]) -> list[dict[str, Any]]:
        lists = (value[key] for key in value if key in wrappers)
        return next((found for found in lists if _are_records(found)), [value])

    while True:
        records, end, reason = _next(window.text, window.place, of=unwrapped)
        torn = reason == TOO_SHORT or end >= len(window.text) - _EDGE
        if not (reason and reason != NO_OBJECT and torn) or window.complete:
            break
        if not window.more():
            reason = TOO_LONG
            break
    wasted = len(window.text) - window.place if reason in (TOO_SHORT, TOO_LONG) else 0
    if reason == TOO_DEEP:
        end = _end_of_value(window.text, window.place)
    passed = reason in ("", NO_OBJECT) or (reason == TOO_DEEP and end > window.place)
    if passed:
        window.place = end
    return Found(records, reason, wasted, passed)


def _end_of_value(text: str, place: int) -> int:
    """Return where the object or array at ``place`` ends, however deep it is; ``place`` where it does not end."""
    depth = 0
    for match in _NESTING.finditer(text, place):
        mark = match[0]
        depth += (mark in "[{") - (mark in "]}")
        if depth == 0:
            return match.end()
    return place


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(record, dict) for record in value)


def _skip(text: str, place: int) -> int:
    match = _BETWEEN.match(text, place)
    assert match is not None
    return match.end()


def _before_record(text: str, place: int) -> re.Pattern[str]:
    """Return what stands before a record: in a document of lines the same indent as before the first one."""
    start = text.rfind("\n", 0, place) + 1
    if not start and "\n" not in text:
        return re.compile(r"\}\s*,\s*(?=\{)")
    indent = text[start:place] if not text[start:place].strip() else ""
    return re.compile(rf"\n{re.escape(indent)}[,\[]?[ \t]*(?=\{{)")


def _next(
    text: str, place: int, of: Callable[[Any], list[Any]] = lambda value: [value]
) -> tuple[list[bytes], int, str]:
    """Return what the value at ``place`` holds as JSON that a strict parser takes, its end, and why it is none."""
    try:
        value, end = _LENIENT.raw_decode(text, place)
        if not isinstance(value, dict):
            return [], end, NO_OBJECT
        # Half an emoji, which a strict parser refuses, becomes a question mark.
        return [json.dumps(part, ensure_ascii=False).encode("utf-8", "replace") for part in of(value)], end, ""
    except RecursionError:
        return [], place, TOO_DEEP
    except json.JSONDecodeError as error:
        ended = error.pos >= len(text) or error.msg.startswith("Unterminated string")
        return [], error.pos, TOO_SHORT if ended else NO_JSON


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _FITS_64_BITS else digits


def _float(digits: str) -> float | str:
    value = float(digits)
    return value if math.isfinite(value) else digits


def _constant(name: str) -> Any:
    return None if name == "NaN" else name


_LENIENT = json.JSONDecoder(strict=False, parse_int=_integer, parse_float=_float, parse_constant=_constant)
