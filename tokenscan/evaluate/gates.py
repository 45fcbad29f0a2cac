"""``--fail-under METRIC=VALUE``: what a rule author's CI insists on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tokenscan.errors import UsageError
from tokenscan.evaluate.model import Bands, Scores

_OF_BANDS = ("precision", "recall", "specificity", "precision_at_5_percent")
METRICS = ("pr_auc", "roc_auc", *_OF_BANDS, *(f"strong.{name}" for name in _OF_BANDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A metric and the least it may be, 0 to 1."""

    metric: str
    least: float


def parse_gate(text: str) -> Gate:
    """Read ``recall=0.9`` or ``strong.precision=95%``.

    Raises:
        UsageError: no such metric, or no share.
    """
    metric, _, amount = text.partition("=")
    if metric not in METRICS:
        raise UsageError(f"--fail-under {text!r:.200}", hint=f"METRIC=VALUE, METRIC one of {', '.join(METRICS)}")
    try:
        least = float(amount.removesuffix("%")) / (100 if amount.endswith("%") else 1)
    except ValueError:
        least = math.nan
    if not 0 <= least <= 1:
        raise UsageError(f"--fail-under {text!r:.200}", hint="a share, such as 0.95 or 95%")
    return Gate(metric=metric, least=least)


def failure(gate: Gate, scores: Scores) -> str:
    """Return why a gate is not met, or nothing. A figure that is unknown meets none."""
    value = _value(gate.metric, scores)
    if value is None:
        return f"{gate.metric} is unknown: nothing to compute it from"
    if value < gate.least:
        return f"{gate.metric} is {value:.6g}, less than {gate.least:.6g}"
    return ""


def _value(metric: str, scores: Scores) -> float | None:
    if metric == "pr_auc":
        return scores.pr_auc
    if metric == "roc_auc":
        return scores.roc_auc
    band = scores.bands[Bands.STRONG if metric.startswith("strong.") else Bands.BANDED]
    match metric.removeprefix("strong."):
        case "precision":
            return band.precision.value
        case "recall":
            return band.recall.value
        case "specificity":
            wrong = band.false_share
            return (wrong.of - wrong.hits) / wrong.of if wrong.of else None
        case _:
            return band.at_prevalence.value
