"""How a strength follows from its numbers, worked out by hand."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from tests.unit.explain.explain_factory import Params
from tests.unit.findings_factory import finding, rule
from tokenscan.explain.strength import exact, strength_working
from tokenscan.findings.model import Evidence, Finding, Metric
from tokenscan.ruleset.effective import EffectiveRule
from tokenscan.ruleset.model import Param


@pytest.fixture(autouse=True)
def _detector(monkeypatch: pytest.MonkeyPatch) -> None:
    """A detector with the constants that rules lower a strength by."""
    module = ModuleType("odd_calls")
    module.Params = Params  # type: ignore[attr-defined]
    module.UNKNOWN, module.CLEARED, module.IN_DOUBT, module.ALONE_AT_MOST = 0.6, 0.25, 0.8, 0.7  # type: ignore[attr-defined]
    module.WINDOW, module.WORD = 14.0, "0.9"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tokenscan.detectors.odd_calls", module)


def measured(value: float, threshold: float, strength: float, *metrics: Metric) -> Finding:
    evidence = Evidence(value=value, unit="", threshold=threshold, threshold_origin="", n=1, compared_with="")
    return finding(strength=strength, evidence=replace(evidence, metrics=metrics))


def scaled(headline: float = 10.0, **others: float) -> EffectiveRule:
    numbers = {"ratio": headline} | (others or {"top": 40.0})
    params: dict[str, Any] = {
        name: Param(type="float", default=value, doc="d.", origin="tokenscan") for name, value in numbers.items()
    }
    return rule(kind="odd-calls", params=params)


@pytest.mark.parametrize(
    ("value", "strength", "filled", "factor", "why"),
    [
        (20.0, 0.75, "0.5 + 0.5 * ln(20 / 10) / ln(40 / 10)", 1.0, ""),  # ln 2 / ln 4 = 1/2
        (10.0, 0.5, "0.5 + 0.5 * ln(10 / 10) / ln(40 / 10)", 1.0, ""),
        (80.0, 1.0, "min(1, 0.5 + 0.5 * ln(80 / 10) / ln(40 / 10))", 1.0, ""),
        (20.0, 0.45, "(0.5 + 0.5 * ln(20 / 10) / ln(40 / 10)) * 0.6", 0.6, "it is not known"),
        (80.0, 0.25, "(min(1, 0.5 + 0.5 * ln(80 / 10) / ln(40 / 10))) * 0.25", 0.25, "speaks for the person"),
        (20.0, 0.6, "(0.5 + 0.5 * ln(20 / 10) / ln(40 / 10)) * 0.8", 0.8, "in doubt"),
        (20.0, 0.7, "min(0.7, 0.5 + 0.5 * ln(20 / 10) / ln(40 / 10))", 0.7, "alone at most"),
    ],
)
def test_a_strength_on_the_usual_scale_is_redone_with_numbers(
    value: float, strength: float, filled: str, factor: float, why: str
) -> None:
    found = strength_working(measured(value, 10.0, strength), scaled())
    assert (found.filled, found.factor) == (filled, factor)
    assert why in found.why
    assert bool(found.why) == bool(why)
    assert eval(filled, {"ln": math.log, "min": min}) == pytest.approx(strength)


def test_a_value_in_percent_is_scaled_as_its_threshold_is() -> None:
    found = strength_working(measured(80.0, 40.0, 0.75), scaled(0.4, top=1.6))
    assert found.filled == "0.5 + 0.5 * ln(80 / 40) / ln(160 / 40)"


@pytest.mark.parametrize(
    ("others", "metric", "formula"),
    [
        ({"top": 40.0}, "lower_bound", "0.5 + 0.5 * ln(lower bound / ratio) / ln(top / ratio), at most 1"),
        ({"days": 10.0, "top_days": 40.0}, "days", "0.5 + 0.5 * ln(days / days) / ln(top_days / days), at most 1"),
        (
            {"filler_share": 10.0, "filler_top": 40.0}, "filler",
            "0.5 + 0.5 * ln(filler / filler_share) / ln(filler_top / filler_share), at most 1",
        ),
    ],
)  # fmt: skip
def test_a_strength_may_rest_on_a_metric_and_on_another_threshold(
    others: dict[str, float], metric: str, formula: str
) -> None:
    one = measured(999.0, 10.0, 0.75, Metric(name="n", value=3), Metric(name=metric, value=20.0))
    assert strength_working(one, scaled(10.0, **others)).formula == formula


def test_a_factor_among_the_metrics_explains_a_strength() -> None:
    one = measured(20.0, 10.0, 0.675, Metric(name="doubt_factor", value=0.9))
    found = strength_working(one, scaled())
    assert (found.factor, found.why) == (0.9, "the doubt factor among the metrics")


@pytest.mark.parametrize(
    ("value", "threshold", "strength", "own"),
    [
        (20.0, 10.0, 0.62, {}),  # no known factor: the rule has its own formula
        (20.0, 10.0, 0.75, {"days": 3.0}),
        (20.0, 10.0, 0.75, {"top": 9.0}),
        (5.0, 10.0, 0.75, {}),
        (math.nan, 10.0, 0.75, {}),
        (math.inf, 10.0, 1.0, {}),
        (20.0, math.nan, 0.75, {"top": 40.0}),
        (20.0, 0.0, 0.75, {}),
        (-1.0, -2.0, 0.75, {}),
    ],
)
def test_no_formula_is_told_that_does_not_give_the_strength(
    value: float, threshold: float, strength: float, own: dict[str, float]
) -> None:
    found = strength_working(measured(value, threshold, strength), scaled(10.0, **own))
    assert (found.formula, found.filled, found.value) == ("", "", strength)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.658153, "0.658153"), (1018.0, "1,018"), (2.5e6, "2,500,000"), (1 / 3, "0.333333"), (math.nan, "unknown")],
)
def test_numbers_are_fit_for_redoing_a_sum(value: float, shown: str) -> None:
    assert exact(value) == shown
