"""Try several values of a rule's parameter and say what each would have meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tokenscan.errors import UsageError
from tokenscan.evaluate.model import Sweep, SweepStep
from tokenscan.evaluate.population import Draw, Population, pooled
from tokenscan.evaluate.reports import Judgement
from tokenscan.evaluate.rules import rule_score
from tokenscan.evaluate.score import listed, scores, weighing_rules

CURRENT: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRequest:
    """What ``--sweep RULE.PARAM=V1,V2,...`` asks for."""

    rule: str
    param: str
    values: tuple[str, ...]

    @property
    def variants(self) -> tuple[tuple[str, ...], ...]:
        """Return the ``RULE.PARAM=VALUE`` assignments of each value."""
        return tuple((f"{self.rule}.{self.param}={value}",) for value in self.values)


def parse_sweep(text: str) -> SweepRequest:
    """Read ``RULE.PARAM=V1,V2,...``; semicolons part values that are lists themselves.

    Raises:
        UsageError: it is none, or names a value twice.
    """
    target, equals, given = text.partition("=")
    rule, dot, param = (part.strip() for part in target.partition("."))
    values = [value.strip() for value in given.split(";" if ";" in given else ",")]
    if not (equals and dot and rule and param and all(values)):
        raise UsageError(
            f"--sweep {text!r:.200}", hint="write --sweep RULE.PARAM=V1,V2, e.g. personal-spike.ratio=5,10"
        )
    if len(set(values)) < len(values):
        raise UsageError(f"--sweep {text!r:.200}: a value stands there twice")
    return SweepRequest(rule=rule, param=param, values=tuple(values))


def all_variants(requests: Sequence[SweepRequest]) -> list[tuple[str, ...]]:
    """Return the analyses that sweeps need: one without a change, then one a value."""
    return [CURRENT, *(variant for request in requests for variant in request.variants)]


def swept(
    draw: Draw, requests: Sequence[SweepRequest], judgements: Iterable[Judgement], current: Sequence[str]
) -> tuple[Sweep, ...]:
    """Return what each value means.

    ``judgements`` are those of ``all_variants``, in its order; ``current`` the values in force.
    """
    results = iter(judgements)
    unchanged = next(results)
    same = _equal(draw.judgement, unchanged)
    before = pooled([replace(draw, judgement=unchanged)])
    found = []
    for request, in_force in zip(requests, current, strict=True):
        steps = [_step(before, request.rule, in_force, current=True)]
        for value in request.values:
            population = pooled([replace(draw, judgement=next(results))])
            steps.append(_step(population, request.rule, value, current=False))
        found.append(Sweep(rule=request.rule, param=request.param, steps=tuple(steps), same=same))
    return tuple(found)


def _step(population: Population, rule: str, value: str, *, current: bool) -> SweepStep:
    accused = listed(population.innocent.filter("banded"), weighing_rules(population))
    return SweepStep(
        value=value,
        current=current,
        scores=scores(population.accounts),
        rule=rule_score(population, rule, accused),
        accused=accused,
    )


def _equal(one: Judgement, other: Judgement) -> bool:
    """Return whether two reports rank the same people alike; people without risk need not be in both."""
    first, second = (
        {(user, risk, band) for user, risk, band in part.people.select("user", "risk", "band").iter_rows() if risk > 0}
        for part in (one, other)
    )
    return first == second
