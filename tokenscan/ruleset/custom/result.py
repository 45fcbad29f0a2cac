"""What the columns of a rule's result mean, and whether a result fits its rule: checked before any data is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import polars as pl

from tokenscan.errors import UsageError
from tokenscan.ruleset.custom.defaults import STATED
from tokenscan.ruleset.custom.schema import SENTINEL
from tokenscan.ruleset.message import BASE_FIELDS, placeholders
from tokenscan.ruleset.model import Rule
from tokenscan.ruleset.problems import did_you_mean

Note = tuple[str, str]
_Fits = Callable[[pl.DataType], bool]

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")


def _is_text(dtype: pl.DataType) -> bool:
    return dtype == pl.String


def _is_whole(dtype: pl.DataType) -> bool:
    return dtype.is_integer()


def _is_number(dtype: pl.DataType) -> bool:
    return dtype.is_numeric()


def _is_moment(dtype: pl.DataType) -> bool:
    return dtype == pl.Date or isinstance(dtype, pl.Datetime)


def _is_rows(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.List) and _inner(dtype).is_integer()


def _inner(dtype: pl.List) -> pl.DataType:
    inner = dtype.inner
    return inner() if isinstance(inner, type) else inner


# Columns with a meaning of their own: what they must hold, in words and as a test.
SPECIAL: Final[dict[str, tuple[str, _Fits]]] = {
    "user": ("text", _is_text),
    "team": ("text", _is_text),
    "requests": ("a whole number", _is_whole),
    "waste_tokens": ("a whole number", _is_whole),
    "waste_nanousd": ("a whole number; waste_usd takes dollars", _is_whole),
    "waste_usd": ("a number", _is_number),
    "calls": ("a list of row_id, such as ARRAY_AGG(row_id)", _is_rows),
    "share": ("a number from 0 to 1", _is_number),
    "value": ("a number", _is_number),
    "threshold": ("a number", _is_number),
    "strength": ("a number from 0 to 1", _is_number),
    "n": ("a whole number", _is_whole),
    "first_seen": ("a timestamp or a date", _is_moment),
    "last_seen": ("a timestamp or a date", _is_moment),
}
# They decide about a finding without being part of its evidence, which has them in a place of its own.
HIDDEN: Final = frozenset(
    {"user", "team", "calls", "share", "value", "threshold", "strength", "n", "first_seen", "last_seen", SENTINEL}
)
_RESERVED: Final = ("candidate", "subject", "confidence", "cleared", "compared_with", "against", "samples", "metrics")


def result_problems(rule: Rule, schema: pl.Schema, key: str) -> Iterator[Note]:
    """Yield (key path, what is wrong) where a result does not fit its rule; ``key`` is where the query stands."""
    yield from _columns(schema, key)
    if "calls" in schema and STATED & schema.keys():
        yield key, f"calls and {min(STATED & schema.keys())}: claim calls or state waste, not both"
    if {"waste_nanousd", "waste_usd"} <= schema.keys():
        yield key, "waste_nanousd and waste_usd say the same; keep one"
    if "share" in schema and "calls" not in schema:
        yield key, "share is the wasted part of the calls in the column calls, which is missing"
    yield from _identity(rule, schema)
    known = {*schema, *rule.params, *BASE_FIELDS} - {"calls"}
    for name in _placeholders(rule.message):
        if name not in known:
            yield "message", f"nothing is called {{{name}}} in the result{did_you_mean(name, known)}"


def _columns(schema: pl.Schema, key: str) -> Iterator[Note]:
    for name, dtype in schema.items():
        if name == SENTINEL:
            continue
        if not _NAME.fullmatch(name) or name == "literal":
            yield key, f"column {name!r:.60} needs a plain name: write AS requests, in lower case"
        elif name in _RESERVED:
            yield key, f"column {name!r} is a word of findings; choose another name"
        elif name in SPECIAL and not SPECIAL[name][1](dtype):
            yield key, f"column {name} must be {SPECIAL[name][0]}, not {dtype}"
        elif name not in SPECIAL and not _plain(dtype):
            yield key, f"column {name} of type {dtype} cannot be shown; use numbers, text, dates or lists of them"


def _plain(dtype: pl.DataType) -> bool:
    if isinstance(dtype, pl.List):
        return _plain(_inner(dtype)) and not isinstance(_inner(dtype), pl.List)
    return not dtype.is_nested() and dtype not in (pl.Binary, pl.Object, pl.Null)


def _identity(rule: Rule, schema: pl.Schema) -> Iterator[Note]:
    if rule.kind == "sql" and not rule.fingerprint:
        yield "fingerprint", "missing: which columns of the result make a finding the same finding in the next run?"
    for number, name in enumerate(rule.fingerprint):
        if name not in schema:
            yield f"fingerprint[{number}]", f"no column {name!r} in the result{did_you_mean(name, schema)}"
        elif not (schema[name].is_integer() or schema[name] in (pl.String, pl.Boolean)):
            yield f"fingerprint[{number}]", f"{name} is {schema[name]}, a measurement, which cannot identify a finding"
    for name in ("user", "team"):
        if name in schema and rule.fingerprint and name not in rule.fingerprint and not _narrower(rule, schema, name):
            yield "fingerprint", f"the result has {name}: two of them would be one finding"


def _narrower(rule: Rule, schema: pl.Schema, name: str) -> bool:
    """Return whether a user identifies the row already: a person has one team."""
    return name == "team" and "user" in schema and "user" in rule.fingerprint


def _placeholders(message: str) -> tuple[str, ...]:
    try:
        return placeholders(message)
    except UsageError:
        return ()  # told by the general checks
