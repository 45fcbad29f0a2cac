"""Whether a rule in SQL or with a filter can run: planned on empty tables, its result held against the rule's keys."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from tokenscan.findings.model import Severity
from tokenscan.ruleset.custom.bands import band_usd
from tokenscan.ruleset.custom.defaults import named
from tokenscan.ruleset.custom.filters import filter_schema
from tokenscan.ruleset.custom.guard import RefusedError
from tokenscan.ruleset.custom.plan import default_params, plan_query
from tokenscan.ruleset.custom.result import Note, result_problems
from tokenscan.ruleset.model import CUSTOM_KINDS, Param, Rule
from tokenscan.ruleset.params import coerce

_RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}


def custom_problems(rule: Rule) -> Iterator[Note]:
    """Yield (key path, what is wrong) with the parts that only users' own rules have."""
    for kind in CUSTOM_KINDS:
        there = getattr(rule, kind) is not None
        if there and kind != rule.kind:
            yield kind, f"only for rules of kind {kind}; this one is {rule.kind}"
        if not there and kind == rule.kind:
            yield kind, f"missing: a rule of kind {kind} has a table [{kind}]"
    yield from _bands(rule)
    # What is wrong with parameters is told elsewhere; there is no planning with them.
    if getattr(rule, rule.kind) is None or not all(map(_sound, rule.params.values())):
        return
    key = "sql.query" if rule.sql is not None else "filter"
    try:
        if rule.sql is not None:
            schema = plan_query(rule.sql.query, default_params(rule.params)).schema
        else:
            schema = filter_schema(rule)
    except RefusedError as error:
        yield key, str(error)
    else:
        yield from result_problems(rule, schema, key)
        yield from _unused(rule)


def _sound(spec: Param) -> bool:
    try:
        coerce(spec, spec.default)
    except ValueError:
        return False
    return True


def _unused(rule: Rule) -> Iterator[Note]:
    """Yield parameters that nothing uses: changing one would do nothing."""
    said = named(rule)
    for name in rule.params:
        if name not in said:
            yield f"params.{name}", "is not used by the rule's query or filter"


def _bands(rule: Rule) -> Iterator[Note]:
    limits = []
    for severity, text in rule.severity_bands.items():
        try:
            limits.append((_RANKS[severity], band_usd(text)))
        except ValueError as error:
            yield f"severity_bands.{severity}", str(error)
        if _RANKS[severity] <= _RANKS[rule.severity]:
            yield f"severity_bands.{severity}", f"is not above the rule's own severity, {rule.severity}"
    if any(low >= high for (_, low), (_, high) in pairwise(sorted(limits))):
        yield "severity_bands", "a graver severity needs more waste than a lighter one"
