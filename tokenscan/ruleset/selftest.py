"""Runs the tests inside a rule file.

Which code runs the rule is up to the caller, so that this module knows neither detectors nor engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import polars as pl

from tokenscan.context.model import Context
from tokenscan.errors import UsageError
from tokenscan.ruleset.cases import RuleTest
from tokenscan.ruleset.effective import EffectiveRule, Override, effective
from tokenscan.ruleset.expect import Row, RuleCaseOutcome, compare, rows
from tokenscan.ruleset.message import BASE_FIELDS, message_values, render
from tokenscan.ruleset.model import Rule
from tokenscan.ruleset.streams import context, raw_events

__all__ = ["RuleCaseOutcome", "Run", "TestResult", "run_test", "run_tests"]

# Runs one rule on raw events and context.
Run = Callable[[pl.DataFrame, Context, EffectiveRule], RuleCaseOutcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """What became of one test: ``problems`` is empty where it passed, ``error`` is what the rule raised."""

    __test__: ClassVar[bool] = False  # not a class for pytest to collect

    rule_id: str
    name: str
    problems: tuple[str, ...]
    error: Exception | None = None

    @property
    def passed(self) -> bool:
        """Return whether the rule did what the test expects."""
        return not self.problems


def run_tests(rule: Rule, run: Run) -> list[TestResult]:
    """Return the result of every test in the rule's file, in file order."""
    return [run_test(rule, test, run) for test in rule.tests]


def run_test(rule: Rule, test: RuleTest, run: Run) -> TestResult:
    """Return the result of one test; a rule that raises has failed it.

    Besides what the test expects, every candidate must fill the rule's message and carry its fingerprint's fields, and
    no two may share a fingerprint.
    """
    try:
        chosen = effective(rule, [Override(origin="test", enabled=True, params=test.params, file=rule.source)])
        outcome = run(raw_events(test), context(test), chosen)
        problems = (*compare(test, outcome), *_unusable(rule, rows(outcome)))
    except Exception as error:
        text = f"raised {type(error).__name__}: {error}"
        return TestResult(rule_id=rule.id, name=test.name, problems=(text,), error=error)
    return TestResult(rule_id=rule.id, name=test.name, problems=problems)


def _unusable(rule: Rule, candidates: Sequence[Row]) -> Iterator[str]:
    """Yield why candidates could not become findings: sentence or identity cannot be made of their fields."""
    seen: set[tuple[object, ...]] = set()
    for candidate in candidates:
        values = message_values(candidate)
        try:
            render(rule.message, values)
        except UsageError as error:
            yield str(error)
            return
        identity = [values.get(name) for name in rule.fingerprint]
        for name, value in zip(rule.fingerprint, identity, strict=True):
            if name not in values:
                yield f"fingerprint: candidates have no field {name!r}, only {', '.join(_identifying(values))}"
                return
            if isinstance(value, float | date):
                yield f"fingerprint: {name} = {value} is a measurement or a date, which cannot identify a finding"
                return
        key = (candidate["subject"], *map(str, identity))
        if key in seen:
            yield f"fingerprint: two candidates share {', '.join(rule.fingerprint)} = {', '.join(map(str, identity))}"
        seen.add(key)


def _identifying(values: dict[str, object]) -> list[str]:
    return [name for name in values if name not in BASE_FIELDS or name in ("user", "team")]
