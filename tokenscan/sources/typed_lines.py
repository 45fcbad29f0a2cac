"""Decode lines of session files into structs: what is asked for is read, everything else is skipped unread.

Fields of a wrong type are left out one by one, so that a log that disagrees with its manual loses no more than it must.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar, get_args

import msgspec

from tokenscan.sources.convert import MAX_TOKENS
from tokenscan.sources.fields import EARLIEST
from tokenscan.sources.lenient_json import repaired

_BOM = b"\xef\xbb\xbf"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_Strict = Collection[type[msgspec.Struct]]

S = TypeVar("S", bound=msgspec.Struct)


class BadLineError(Exception):
    """A line that cannot be read; the message says why in plain words."""


def line_decoder(kind: type[S], counts: _Strict) -> Callable[[bytes], S]:
    """Return a function that decodes one line as a ``kind``; fields of a wrong type are left out.

    The function raises ``BadLineError`` where the line is no JSON object, or a field of one of ``counts``, the structs
    of token counts, is no count: without it the call behind the line cannot be counted.
    """
    strict = msgspec.json.Decoder(kind)

    def decode(line: bytes) -> S:
        try:
            return strict.decode(line)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return _leniently(line, kind, counts)

    return decode


def microseconds(time: datetime | None, latest: datetime | None) -> int:
    """Return a call's time as microseconds since 1970; a time without a zone is UTC.

    Raises:
        BadLineError: there is no time, or it cannot be one of an LLM call.
    """
    if time is None:
        raise BadLineError("timestamp missing or not readable")
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    if time < EARLIEST:
        raise BadLineError("timestamp before 2015")
    if latest is not None and time > latest:
        raise BadLineError("timestamp in the future")
    return (time - _EPOCH) // _MICROSECOND


def summed(*counts: int | None) -> int | None:
    """Return the sum of the counts that are told, None where none is.

    Raises:
        BadLineError: no call can have used so much.
    """
    told = [count for count in counts if count is not None]
    if sum(told) > MAX_TOKENS:
        raise BadLineError("token counts are not usable numbers")
    return sum(told) if told else None


def _leniently(line: bytes, kind: type[S], counts: _Strict) -> S:
    try:
        document = _document(line)
    except RecursionError:
        raise BadLineError("JSON nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeError):
        raise BadLineError("not valid JSON") from None
    if not isinstance(document, dict):
        raise BadLineError("not a JSON object")
    return _fitted(document, kind, counts)


def _document(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeError):
        again = repaired(line.removeprefix(_BOM))
        if again is None:
            raise
        return msgspec.json.decode(again)


def _fitted(document: dict[str, Any], kind: type[S], counts: _Strict) -> S:
    """Return ``document`` as a ``kind``; what does not fit its field is left out, one field at a time."""
    kept: dict[str, Any] = {}
    for field in _fields(kind):
        if field.encode_name not in document:
            continue
        value = document[field.encode_name]
        try:
            if field.type is msgspec.Raw:
                kept[field.name] = msgspec.Raw(msgspec.json.encode(value))
            else:
                kept[field.name] = msgspec.convert(value, field.type, strict=False)
        except (msgspec.ValidationError, RecursionError):
            nested = next((part for part in get_args(field.type) if _is_struct(part)), None)
            if kind in counts or (nested in counts and not isinstance(value, dict)):
                raise BadLineError(f"{field.name} is not a usable number") from None
            if nested is not None and isinstance(value, dict):
                kept[field.name] = _fitted(value, nested, counts)
    return kind(**kept)


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(kind)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
