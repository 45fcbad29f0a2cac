"""Rules, detections and findings made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl

from tokenscan.detectors.base import CANDIDATE, CLAIM, Detection
from tokenscan.findings.model import Confidence, Evidence, Finding, Impact, Severity, Subject, SubjectKind, Window
from tokenscan.ruleset.effective import EffectiveRule, Override, effective
from tokenscan.ruleset.model import Family, LifeCycle, Param, Rule

FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)
LAST = datetime(2026, 1, 9, 17, tzinfo=UTC)


def rule(**changes: Any) -> EffectiveRule:
    """Return a rule as it runs, its parameter ``ratio`` at its default of 10."""
    fields: dict[str, Any] = {
        "schema": 1,
        "id": "big-days",
        "version": 3,
        "kind": "personal-spike",
        "title": "Big days",
        "status": LifeCycle.STABLE,
        "since": "0.1.0",
        "severity": Severity.MEDIUM,
        "weight": 0.45,
        "description": "d.",
        "rationale": "r.",
        "remediation": "Ask.",
        "false_positives": ("an incident",),
        "open_questions": ("a batch?",),
        "requires": ("user",),
        "fingerprint": ("user",),
        "unit": "times",
        "message": "{user} had {days} days of {value:.1f} times.",
        "value_param": "ratio",
        "waste_basis": "what the days held above normal",
        "tags": ("usage",),
        "references": ("a book",),
        "params": {"ratio": Param(type="float", default=10.0, doc="d.", origin="founding documents")},
        "family": Family.VOLUME,
        "source": "big-days.toml",
    }
    overrides = changes.pop("overrides", ())
    return effective(Rule(**(fields | changes)), overrides)


OVERRIDE = Override(origin="config", severity=Severity.HIGH, params={"ratio": 12.0})


def detection(
    *candidates: dict[str, Any], claims: Sequence[tuple[int, int, str, float]] = (), metrics: Sequence[str] = ("days",)
) -> Detection:
    """Return a detection; a candidate is what differs from ann's day at 12.5 times, a claim its row, level, share."""
    base: dict[str, Any] = {
        "subject": "user", "user": "ann", "team": "t1", "value": 12.5, "threshold": 10.0, "n": 30, "strength": 0.6,
        "confidence": "medium", "cleared": False, "first_seen": FIRST, "last_seen": LAST, "compared_with": "before",
        "against": [], "samples": [], "metrics": {"days": 1},
    }  # fmt: skip
    rows = [{"candidate": number} | base | row for number, row in enumerate(candidates)]
    schema = CANDIDATE | ({} if not rows else {"metrics": pl.DataFrame([r["metrics"] for r in rows]).to_struct().dtype})
    return Detection(
        candidates=pl.DataFrame(rows, schema=pl.Schema(schema)),
        claims=pl.DataFrame(list(claims), schema=CLAIM, orient="row"),
    )


def finding(user: str | None = "ann", **changes: Any) -> Finding:
    """Return a finding about a user, or about the team where ``user`` is None."""
    base = Finding(
        fingerprint="ts1:1",
        rule_id="big-days",
        rule_version=3,
        family="volume",
        weight=0.45,
        strength=0.6,
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        title="Big days",
        message="m",
        subject=Subject(kind=SubjectKind.USER if user else SubjectKind.TEAM, user=user, team=changes.pop("team", "t1")),
        window=Window(first_seen=FIRST, last_seen=LAST),
        impact=Impact(),
        evidence=Evidence(
            value=12.5, unit="times", threshold=10.0, threshold_origin="tokenscan", n=30, compared_with="before"
        ),
        remediation="Ask.",
    )
    return replace(base, **changes)
