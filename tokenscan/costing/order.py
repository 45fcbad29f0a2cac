"""In which order lines are read: periods as time goes, everything else by what it costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tokenscan.costing.model import PERIODS, Key, Line
from tokenscan.errors import UsageError

_Rank = tuple[Any, ...]


def in_order(by: tuple[Key, ...], lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return lines key by key: periods in order of time, other groups by their whole cost, the dearest first."""
    cost: defaultdict[_Rank, int] = defaultdict(int)
    tokens: defaultdict[_Rank, int] = defaultdict(int)
    for line in lines:
        for depth in range(1, len(by) + 1):
            cost[line.keys[:depth]] += line.nanousd
            tokens[line.keys[:depth]] += line.tokens.total

    def rank(line: Line) -> _Rank:
        parts = []
        for depth, key in enumerate(by, 1):
            group = line.keys[:depth]
            parts.append(_named(group[-1]) if key in PERIODS else (-cost[group], -tokens[group], *_named(group[-1])))
        return tuple(parts)

    return tuple(sorted(lines, key=rank))


def _named(name: str | None) -> _Rank:
    return (name is None, name or "")


def _names(line: Line) -> _Rank:
    return tuple(_named(name) for name in line.keys)


def _change(line: Line) -> float:
    if line.current is None or line.previous is None:
        return float("-inf")
    return line.current - line.previous


_SORTS: Final[Mapping[str, Callable[[Line], float]]] = {
    "cost": lambda line: line.nanousd,
    "tokens": lambda line: line.tokens.total,
    "requests": lambda line: line.requests,
    "people": lambda line: line.people,
    "per-person": lambda line: line.per_person or 0,
    "change": _change,
    "unpriced": lambda line: line.unknown.tokens,
}
SORTS: Final = (*_SORTS, "name")


def sorted_by(lines: Sequence[Line], metric: str) -> tuple[Line, ...]:
    """Return lines by one figure, the largest first, or by name.

    Raises:
        UsageError: there is no such figure.
    """
    if metric not in SORTS:
        raise UsageError(f"--sort {metric!r}", hint=f"one of {', '.join(SORTS)}")
    if metric == "name":
        return tuple(sorted(lines, key=_names))
    figure = _SORTS[metric]
    return tuple(sorted(lines, key=lambda line: (-figure(line), -line.nanousd, -line.tokens.total, _names(line))))
