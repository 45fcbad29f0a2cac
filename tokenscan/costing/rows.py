"""The rows of the table: groups, sums of groups, what is left over; amounts in cents that add up to the total shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import groupby
from typing import TypeVar

from tokenscan.costing.model import PERIODS, Amount, CostReport, Line, Tokens
from tokenscan.report.numbers import plural

_CENT = 10_000_000  # nano-dollars
_Counts = TypeVar("_Counts", Tokens, Amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row. ``names`` has null for a key not told, "" for what the row above says; ``line`` its figures.

    ``is_sum``: of several lines, whose people may be the same ones and are not counted. ``is_rest``: of those left out.
    """

    names: tuple[str | None, ...]
    line: Line
    cents: int
    is_sum: bool = False
    is_rest: bool = False
    is_total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Lines of one first key: all of them, and those that are shown."""

    lines: Sequence[Line]
    shown: Sequence[Line]


def table_rows(report: CostReport, top: int, *, is_sorted: bool = False) -> list[Row]:
    """Return the rows of at most ``top`` lines (0: all), several keys with a sum above the lines of each first one.

    Of a calendar the oldest lines are left out, else the last, as where lines were ``is_sorted`` by a figure. Cents are
    rounded so that the rows shown add up to the total shown (largest remainder); numbers elsewhere are exact.
    """
    nested, by_time = len(report.by) > 1 and not is_sorted, report.by[0] in PERIODS and not is_sorted
    groups = [[*lines] for _, lines in groupby(report.lines, key=lambda line: line.keys[:1] if nested else line.keys)]
    parts, left = _cut(report, groups, top or len(report.lines), by_time=by_time)
    rest = [line for lines in left for line in lines]
    summed = [*(added(part.lines) for part in parts), *([added(rest)] if rest else [])]
    cents = in_cents([line.nanousd for line in summed], to_cents(report.total.nanousd))
    rows = [row for part, amount in zip(parts, cents, strict=False) for row in _group(part, amount)]
    if not rest:
        return rows
    other = _rest(rest, cents[-1], len(report.by), place=0, earlier=by_time)
    return [other, *rows] if by_time else [*rows, other]


def _cut(
    report: CostReport, groups: Sequence[list[Line]], top: int, *, by_time: bool
) -> tuple[list[_Part], Sequence[list[Line]]]:
    """Return the groups to show, each with as many of its lines as there is room for, and the groups left out."""
    latest = len(report.by) > 1 and report.by[1] in PERIODS
    parts: list[_Part] = []
    for lines in reversed(groups) if by_time else groups:
        if top <= 0:
            break
        shown = lines[-top:] if latest else lines[:top]
        parts.append(_Part(lines=lines, shown=shown))
        top -= len(shown)
    if by_time:
        return parts[::-1], groups[: len(groups) - len(parts)]
    return parts, groups[len(parts) :]


def _group(part: _Part, cents: int) -> Iterator[Row]:
    lines = part.lines
    if len(lines) == 1:
        yield Row(names=lines[0].keys, line=lines[0], cents=cents)
        return
    first, *others = lines[0].keys
    yield Row(names=(first, *[""] * len(others)), line=added(lines), cents=cents, is_sum=True)
    amounts = dict(zip(map(id, lines), in_cents([line.nanousd for line in lines], cents), strict=True))
    shown = {id(line) for line in part.shown}
    hidden = [line for line in lines if id(line) not in shown]
    amount = sum(amounts[id(line)] for line in hidden)
    earlier = bool(hidden) and hidden[0] is lines[0]
    rest = [_rest(hidden, amount, len(lines[0].keys), place=1, earlier=earlier)] if hidden else []
    yield from rest if earlier else ()
    for line in part.shown:
        yield Row(names=("", *line.keys[1:]), line=line, cents=amounts[id(line)])
    yield from () if earlier else rest


def _rest(lines: Sequence[Line], cents: int, keys: int, *, place: int, earlier: bool) -> Row:
    word = f"{len(lines):,} earlier" if earlier else plural(len(lines), "other")
    names = tuple(word if number == place else "" for number in range(keys))
    return Row(names=names, line=added(lines), cents=cents, is_sum=True, is_rest=True)


def added(lines: Sequence[Line]) -> Line:
    """Return the sum of lines; there are no people in it, as one may be in several lines."""
    first = lines[0]
    if len(lines) == 1:
        return first
    return replace(
        first,
        requests=sum(line.requests for line in lines),
        tokens=_sum([line.tokens for line in lines]),
        nanousd=sum(line.nanousd for line in lines),
        known=any(line.known for line in lines),
        kinds={kind: _sum([line.kinds[kind] for line in lines]) for kind in first.kinds},
        unknown=_sum([line.unknown for line in lines]),
        people=0,
        people_nanousd=0,
        current=None,
        previous=None,
        partial=all(line.partial for line in lines),
    )


def _sum(parts: Sequence[_Counts]) -> _Counts:
    """Return the sum of counts of one kind, field by field."""
    names = [item.name for item in fields(parts[0])]
    return replace(parts[0], **{name: sum(getattr(part, name) for part in parts) for name in names})


def to_cents(nanousd: int) -> int:
    """Return an amount in cents, half a cent rounded up."""
    return (nanousd + _CENT // 2) // _CENT


def in_cents(amounts: Sequence[int], whole: int) -> list[int]:
    """Return amounts (nano-dollars) in cents that add up to ``whole``: the largest remainders are rounded up first."""
    floors = [amount // _CENT for amount in amounts]
    missing = whole - sum(floors)
    by_rest = sorted(range(len(amounts)), key=lambda place: (-(amounts[place] % _CENT), place))
    for place in by_rest[: max(0, missing)]:
        floors[place] += 1
    return floors
