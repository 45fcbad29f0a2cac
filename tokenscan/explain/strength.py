"""Redo a finding's strength with its own numbers, where the scale that rules share gives it."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from tokenscan.explain.model import StrengthWorking
from tokenscan.findings.model import Finding
from tokenscan.ruleset.effective import EffectiveRule

# A formula is told only if it gives the strength. Strengths are rounded to six digits; a saved report's figures have
# six significant ones, which the logarithm makes coarser.
_SAME = 2e-5
_WHY = {
    "UNKNOWN": "it is not known whether the answers were used",
    "CLEARED": "what speaks for the person: answers that were used, or tasks that rose with the use",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where the strength is 0.5 and where 1: a rule's parameters by name and value."""

    name: str
    threshold: float
    top_name: str
    top: float
    headline: bool


def exact(value: float) -> str:
    """Return a number for redoing a sum by hand: six significant digits, whole numbers in full."""
    if not math.isfinite(value):
        return "unknown"
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1e6 else f"{value:.6g}"


def strength_working(finding: Finding, rule: EffectiveRule | None) -> StrengthWorking:
    """Return how the strength follows from the value, or from a metric, if by the scale that most rules share.

    The scale may be lowered by a factor: one of the rule's constants or of the finding's metrics. Rules may have a
    formula of their own: then none is told, and never one that does not give the strength.
    """
    own = StrengthWorking(value=finding.strength)
    if rule is None:
        return own
    factors = {1.0: "", **_constants(rule), **_among_metrics(finding)}
    for (name, value, scale), (factor, why) in product(_measured(finding, rule), factors.items()):
        base = _scaled(value, scale)
        if base is not None and abs(_lowered(base, factor, why) - finding.strength) < _SAME:
            return _told(finding, name, value, scale, StrengthWorking(value=base, factor=factor, why=why))
    return own


def _lowered(base: float, factor: float, why: str) -> float:
    return min(base, factor) if _is_cap(why) else base * factor


def _is_cap(why: str) -> bool:
    return "at most" in why


def _told(finding: Finding, name: str, value: float, scale: Scale, found: StrengthWorking) -> StrengthWorking:
    least, most = exact(scale.threshold), exact(scale.top)
    formula = f"0.5 + 0.5 * ln({name} / {scale.name}) / ln({scale.top_name} / {scale.name}), at most 1"
    filled = f"0.5 + 0.5 * ln({exact(value)} / {least}) / ln({most} / {least})"
    if _is_cap(found.why):
        formula, filled = f"{formula} {exact(found.factor)}", f"min({exact(found.factor)}, {filled})"
        formula = formula.replace("at most 1 ", "at most ")
    elif found.value == 1:
        filled = f"min(1, {filled})"
    if found.factor != 1 and not _is_cap(found.why):
        formula, filled = f"({formula}) * factor", f"({filled}) * {exact(found.factor)}"
    return StrengthWorking(
        value=finding.strength, formula=formula, filled=filled, factor=found.factor, why=found.why
    )  # fmt: skip


def _scaled(value: float, scale: Scale) -> float | None:
    """Return 0.5 at the threshold, 1 at the top and beyond, on a log scale between; nothing below the threshold."""
    if not 0 < scale.threshold < scale.top < math.inf or not scale.threshold <= value < math.inf:
        return None
    return min(1.0, 0.5 + 0.5 * math.log(value / scale.threshold) / math.log(scale.top / scale.threshold))


def _measured(finding: Finding, rule: EffectiveRule) -> Iterator[tuple[str, float, Scale]]:
    """Yield what the strength may rest on, the likeliest first: the value, then metrics."""
    evidence = finding.evidence
    scales = _scales(rule)
    for scale in scales:
        if scale.headline and scale.threshold > 0 and evidence.threshold > 0:
            # The finding's threshold may be in another unit than the parameter, such as percent.
            unit = evidence.threshold / scale.threshold
            in_unit = Scale(
                name="threshold",
                threshold=evidence.threshold,
                top_name=scale.top_name,
                top=scale.top * unit,
                headline=True,
            )
            yield "value", evidence.value, in_unit
    for scale in scales:
        for metric in evidence.metrics:
            if isinstance(metric.value, int | float) and not isinstance(metric.value, bool):
                yield metric.name.replace("_", " "), float(metric.value), scale


def _scales(rule: EffectiveRule) -> list[Scale]:
    """Return the pairs of parameters that name a scale: top and the headline, top_x and x, x_top and x or x_share."""
    numbers = {name: float(value) for name, value in rule.values.items() if isinstance(value, int | float)}
    headline = rule.rule.value_param
    found = []
    for top in sorted(numbers):
        stem = top.removeprefix("top_") if top.startswith("top_") else top.removesuffix("_top")
        names = [headline] if top == "top" else [stem, f"{stem}_share", f"{stem}_ratio"] if stem != top else []
        for name in names:
            if name in numbers:
                found.append(
                    Scale(
                        name=name, threshold=numbers[name], top_name=top, top=numbers[top], headline=name == headline
                    )
                )  # fmt: skip
                break
    return sorted(found, key=lambda scale: (not scale.headline, scale.name))


def _constants(rule: EffectiveRule) -> Mapping[float, str]:
    """Return the shares among the constants of a rule's detector, and what each stands for."""
    try:
        module = importlib.import_module(f"tokenscan.detectors.{rule.rule.kind.replace('-', '_')}")
    except ImportError:
        return {}
    found: dict[float, str] = {}
    for name, value in sorted(vars(module).items()):
        if name.isupper() and isinstance(value, float) and 0 < value < 1:
            found.setdefault(
                value, _WHY.get(name.strip("_"), f"{name.strip('_').lower().replace('_', ' ')}, in the rule's words")
            )
    return found


def _among_metrics(finding: Finding) -> Mapping[float, str]:
    return {
        metric.value: f"the {metric.name.replace('_', ' ')} among the metrics"
        for metric in finding.evidence.metrics
        if "factor" in metric.name and isinstance(metric.value, float) and 0 < metric.value < 1
    }
