"""What would change the verdict: the rule run again with other values of each parameter."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl

from tokenscan.detectors.base import NotEvaluated, Tables
from tokenscan.engine import detect
from tokenscan.explain.model import Trial
from tokenscan.findings.judge import judge
from tokenscan.findings.model import Finding
from tokenscan.reading import Progress, silent
from tokenscan.ruleset.effective import EffectiveParam, EffectiveRule
from tokenscan.ruleset.model import ParamValue
from tokenscan.ruleset.params import coerce, spelt

_MOST = 1e15  # beyond it a step of one is lost
# How far each parameter is moved from its value, upwards and downwards.
STEPS = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)

Stands = Callable[[EffectiveParam, float], bool]


def would_change(
    finding: Finding, rule: EffectiveRule, tables: Tables, event_ids: pl.Series, progress: Progress = silent
) -> tuple[Trial, ...]:
    """Return, for each number among the rule's parameters, the nearest value tried at which the finding is gone.

    The headline threshold is tried just beyond the finding's value first. Of the steps only as many are run as a
    bisection needs, so a value is verified, but a nearer one may do where a rule does not respond evenly.
    """

    def stands(param: EffectiveParam, value: float) -> bool:
        return _stands(finding, _changed(rule, param, value), tables, event_ids)

    numbers = [param for param in rule.params if param.spec.type in ("int", "float")]
    numbers.sort(key=lambda param: param.name != rule.rule.value_param)
    trials: list[Trial] = []
    for place, param in enumerate(numbers):
        progress(f"trying {param.name}", place, len(numbers))
        trials += _trials(param, finding, stands, headline=param.name == rule.rule.value_param)
    return tuple(trials)


def _changed(rule: EffectiveRule, param: EffectiveParam, value: float) -> EffectiveRule:
    moved = replace(param, value=_typed(param, value))
    return replace(rule, params=tuple(moved if one.name == param.name else one for one in rule.params))


def _stands(finding: Finding, rule: EffectiveRule, tables: Tables, event_ids: pl.Series) -> bool:
    """Return whether a rule still makes the finding; one that cannot run with a value counts as if it did."""
    try:
        result = detect(rule, tables)
        if isinstance(result, NotEvaluated):
            return False
        found = judge([(rule, result)], event_ids).findings
    except Exception:  # an odd combination of parameters is no verdict
        return True
    return any(one.fingerprint == finding.fingerprint for one in found)


def _trials(param: EffectiveParam, finding: Finding, stands: Stands, *, headline: bool) -> list[Trial]:
    current = float(str(param.value))
    beyond = _just_beyond(param, current, finding) if headline else None
    if beyond is not None and not stands(param, beyond):
        return [_trial(param, beyond, (beyond,), headline=True)]
    found, tried = [], [] if beyond is None else [beyond]
    for values in (_ladder(param, current, up=True), _ladder(param, current, up=False)):
        if not values:
            continue
        tried.append(values[-1])
        if stands(param, values[-1]):
            continue
        first = bisect.bisect_left(values, True, hi=len(values) - 1, key=lambda value: not stands(param, value))
        found.append(_trial(param, values[first], values[first:], headline=headline))
    return found or [_trial(param, None, sorted(tried), headline=headline)]


def _trial(param: EffectiveParam, value: float | None, tried: Sequence[float], *, headline: bool) -> Trial:
    def shown(number: float) -> str:
        return spelt(_typed(param, number))

    return Trial(
        param=param.name,
        current=spelt(param.value),
        value=None if value is None else shown(value),
        headline=headline,
        tried=tuple(dict.fromkeys(shown(number) for number in tried)),
    )


def _typed(param: EffectiveParam, value: float) -> ParamValue:
    return coerce(param.spec, int(value) if param.spec.type == "int" else value)


def _just_beyond(param: EffectiveParam, current: float, finding: Finding) -> float | None:
    """Return the least value of three digits beyond that of the finding, in the parameter's own unit."""
    value, threshold = finding.evidence.value, finding.evidence.threshold
    target = current * value / threshold if current > 0 and value > 0 and threshold > 0 else 0.0
    if not 1 / _MOST < target < _MOST:
        return None
    if param.spec.type == "int":
        beyond = float(math.floor(target + 1e-9) + 1 if value >= threshold else math.ceil(target - 1e-9) - 1)
    else:
        size = 10.0 ** (math.floor(math.log10(target)) - 2)
        steps = math.floor(target / size + 1e-9) + 1 if value >= threshold else math.ceil(target / size - 1e-9) - 1
        beyond = float(f"{steps * size:.12g}")
    return beyond if _allowed(param, beyond) else None


def _ladder(param: EffectiveParam, current: float, *, up: bool) -> list[float]:
    """Return the values to try in one direction, the nearest first, within the parameter's limits."""
    if current == 0:
        return []
    away = up == (current > 0)
    values = [current * step if away else current / step for step in STEPS]
    if param.spec.type == "int":
        values = [float(math.ceil(value - 1e-9) if up else math.floor(value + 1e-9)) for value in values]
    else:
        values = [float(f"{value:.3g}") for value in values]
    limit = param.spec.max if up else param.spec.min
    if limit is not None:
        values = [min(value, float(limit)) if up else max(value, float(limit)) for value in values]
    moved = (value for value in dict.fromkeys(values) if (value > current if up else value < current))
    return [value for value in moved if value < _MOST]


def _allowed(param: EffectiveParam, value: float) -> bool:
    least, most = param.spec.min, param.spec.max
    return (least is None or value >= least) and (most is None or value <= most)
