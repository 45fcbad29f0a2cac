"""A log of two people, a rule made for it, and the groundwork and report of both.

Four of ann's twenty calls come from the app "odd": 0.2 of them, twice the threshold of 0.1. With full strength from 0.4
on the strength is 0.5 + 0.5 * ln(0.2 / 0.1) / ln(0.4 / 0.1) = 0.75, and with a weight of 0.8 the risk is 60. Half of
each odd call of 1,000 tokens is claimed: 2,000 tokens. Of bob's calls none is odd.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from tests.unit import findings_factory
from tests.unit.calls_factory import call, log
from tokenscan.context.model import Context
from tokenscan.detectors.base import Detection, Tables, detection
from tokenscan.detectors.common.statistics import strength
from tokenscan.engine import Groundwork, conclude, groundwork
from tokenscan.explain.build import explained, known_of
from tokenscan.explain.look import Wish
from tokenscan.explain.model import Explanation, Known
from tokenscan.findings.model import Finding
from tokenscan.report.model import Report, Run
from tokenscan.ruleset.effective import EffectiveRule
from tokenscan.ruleset.model import Param
from tokenscan.settings import AnalysisOptions

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SECRET = "Say hello to Joe, my password is hunter2 and order 4711 is late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    share: float
    top: float
    min_calls: int


def detect(tables: Tables, params: Params) -> Detection:
    """Find people of whose calls a share is odd."""
    odd = pl.col("app") == "odd"
    people = tables.calls.group_by("user").agg(
        odd.mean().alias("value"),
        pl.len().alias("n"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )
    fired = people.filter((pl.col("value") >= params.share) & (pl.col("n") >= params.min_calls))
    rows = fired.with_columns(
        pl.lit(params.share).alias("threshold"),
        strength(pl.col("value"), params.share, params.top).alias("strength"),
        pl.lit("all of their calls").alias("compared_with"),
        (pl.col("value") * pl.col("n")).cast(pl.Int64).alias("odd_calls"),
    )
    claims = tables.calls.filter(odd).select("user", "row_id", pl.lit("row").alias("level"), pl.lit(0.5).alias("share"))
    return detection(rows, ["odd_calls"], claims)


def install(monkeypatch: pytest.MonkeyPatch, detector: Any = detect) -> None:
    """Make the detector of ``rule`` importable."""
    module = ModuleType("odd_calls")
    module.Params, module.detect = Params, detector  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tokenscan.detectors.odd_calls", module)


def rule(**changes: Any) -> EffectiveRule:
    params = {
        "share": Param(type="float", default=0.1, min=0.01, max=0.9, doc="Fires from this share.", origin="tokenscan"),
        "top": Param(type="float", default=0.4, min=0.01, max=1.0, doc="Full strength.", origin="tokenscan"),
        "min_calls": Param(type="int", default=10, min=1, doc="Calls needed.", origin="tokenscan"),
    }
    fields: dict[str, Any] = {
        "id": "odd-calls",
        "kind": "odd-calls",
        "title": "Odd calls",
        "message": "{user} made {odd_calls} odd calls.",
        "unit": "share of calls",
        "weight": 0.8,
        "params": params,
        "value_param": "share",
        "waste_basis": "half of every odd call",
    }
    return findings_factory.rule(**(fields | changes))


def calls() -> list[dict[str, Any]]:
    """Return twenty calls of ann's, four of them odd, and twenty of bob's."""
    return [
        call(
            user,
            f"2026-01-{5 + n % 5:02} {9 + n // 5:02}:00",
            app="odd" if user == "ann" and n in (0, 6, 12, 18) else "chat",
            prompt=SECRET if n % 2 == 0 else f"Write a note about plan {n}, please",
            session=f"{user}-{n}",
            used=n == 6,
        )
        for user in ("ann", "bob")
        for n in range(20)
    ]


def ground(rows: list[dict[str, Any]] | None = None) -> Groundwork:
    return groundwork(log(calls() if rows is None else rows), Context(), _options())


def report(on: Groundwork, *rules: EffectiveRule, **options: Any) -> Report:
    run = Run(started_at=NOW, duration_s=0.0, argv=(), config=None, as_of=NOW)
    return conclude(on, rules or (rule(),), replace(_options(), all_people=True, **options), run_info=run)


def explanation(wish: Wish | None = None, on: Groundwork | None = None) -> Explanation:
    """Return the explanation of ann's finding from the logs."""
    on = on or ground()
    known = known_of(report(on))
    return explained(known.findings[0], known, rule(), ground=on, wish=wish or Wish())


def known(*findings: Finding, **changes: Any) -> Known:
    """Return what a report with these findings and nobody in its ranking says."""
    base = Known(
        source="report.json",
        version="0.1.0",
        rules_digest="b2:1",
        as_of=NOW,
        timezone="UTC",
        co2_grams_per_1k_tokens=0.685,
        findings=findings,
        people=(),
        teams=(),
        rules=(),
    )
    return replace(base, **changes)


def _options() -> AnalysisOptions:
    return AnalysisOptions(as_of=NOW)
