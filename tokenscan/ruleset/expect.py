"""Compares what a rule found with what its test expects, in sentences a rule author can act on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from tokenscan.ruleset.cases import Expect, RuleTest, Scalar

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCaseOutcome:
    """What a rule made of a test: candidates with their waste by number, or why it did not judge."""

    candidates: pl.DataFrame | None = None
    waste_tokens: Mapping[int, int] = field(default_factory=dict)
    not_evaluated: str | None = None


def compare(test: RuleTest, outcome: RuleCaseOutcome) -> list[str]:
    """Return one sentence for each difference; none means that the test holds.

    A cleared candidate is told but never held against anyone: a silent test may have it, and an expectation meets it
    only where it says ``cleared``.
    """
    if test.not_evaluated is not None:
        return list(_unjudged(test.not_evaluated, outcome))
    if outcome.not_evaluated is not None:
        return [f"expected an evaluation, got not evaluated: {outcome.not_evaluated}"]
    left = rows(outcome)
    found: list[str] = []
    for expected in test.expect:
        match, differences = _best(expected, left, outcome.waste_tokens)
        found += differences
        if match is not None:
            left.remove(match)
    return found + [f"expected nothing else, got {_described(row)}" for row in left if not _cleared(row)]


def rows(outcome: RuleCaseOutcome) -> list[Row]:
    """Return the candidates as plain rows, in the detector's own numbering."""
    return list(outcome.candidates.sort("candidate").iter_rows(named=True)) if outcome.candidates is not None else []


def _unjudged(part: str, outcome: RuleCaseOutcome) -> Iterator[str]:
    if outcome.not_evaluated is None:
        yield f"expected not evaluated ({part}), got {len(rows(outcome))} candidate(s)"
    elif part.casefold() not in outcome.not_evaluated.casefold():
        yield f"expected not evaluated with {part!r}, got {outcome.not_evaluated!r}"


def _best(expected: Expect, left: list[Row], waste: Mapping[int, int]) -> tuple[Row | None, list[str]]:
    """Return the candidate that an expectation means, and how the two differ."""
    named = [row for row in left if _means(expected, row)]
    if not named:
        got = ", ".join(_described(row) for row in left) or "none"
        return None, [f"expected {_wanted(expected)}, got {got}"]
    judged = [(row, [f"{_described(row)}: {text}" for text in _differences(expected, row, waste)]) for row in named]
    return min(judged, key=lambda pair: len(pair[1]))


def _means(expected: Expect, row: Row) -> bool:
    if expected.subject is not None and row["subject"] != expected.subject:
        return False
    if expected.user is None and expected.team is not None and row["user"] is not None:
        return False
    return all(want is None or want == row[key] for key, want in (("user", expected.user), ("team", expected.team)))


def _differences(expected: Expect, row: Row, waste: Mapping[int, int]) -> Iterator[str]:
    if expected.value is not None and not _same(expected.value, row["value"]):
        yield f"expected value {expected.value}, got {row['value']}"
    if expected.cleared != _cleared(row):
        yield f"expected it {'cleared' if expected.cleared else 'not cleared'}"
    least = expected.strength_at_least
    if least is not None and not (row["strength"] or 0.0) >= least:
        yield f"expected strength of at least {least}, got {row['strength']}"
    if expected.strength_below is not None and not (row["strength"] or 0.0) < expected.strength_below:
        yield f"expected strength below {expected.strength_below}, got {row['strength']}"
    if expected.confidence is not None and row["confidence"] != expected.confidence:
        yield f"expected confidence {expected.confidence}, got {row['confidence']}"
    tokens = waste.get(row["candidate"], 0)
    if expected.waste_tokens is not None and expected.waste_tokens != tokens:
        yield f"expected {expected.waste_tokens} wasted tokens, got {tokens}"
    metrics = row.get("metrics") or {}
    for name, want in expected.metrics.items():
        if name not in metrics:
            yield f"expected metric {name}, got {', '.join(metrics) or 'no metrics'}"
        elif not _same(want, metrics[name]):
            yield f"expected {name} = {want}, got {metrics[name]}"


def _same(want: Scalar, got: object) -> bool:
    if isinstance(got, datetime | date):
        return str(want) == got.isoformat()
    if isinstance(want, bool) or isinstance(got, bool):
        return want is got
    if isinstance(want, int | float) and isinstance(got, int | float):
        return math.isclose(want, got, rel_tol=1e-6, abs_tol=1e-9)
    return want == got


def _cleared(row: Row) -> bool:
    return bool(row.get("cleared"))


def _wanted(expected: Expect) -> str:
    if expected.user is not None:
        return f"user {expected.user}"
    return f"team {expected.team}" if expected.team is not None else (expected.subject or "a candidate")


def _described(row: Row) -> str:
    if row["user"] is not None:
        name = f"user {row['user']}"
    else:
        name = f"team {row['team']}" if row["team"] is not None else str(row["subject"])
    cleared = ", cleared" if _cleared(row) else ""
    return f"{name} (value {row['value']}, strength {row['strength']}{cleared})"
