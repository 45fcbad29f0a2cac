"""Exit codes: one list, and one pure function from a report to a code."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenscan.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenscan.costing.model import CostReport
    from tokenscan.report.model import Report
    from tokenscan.report.prices import BudgetStatus

SEVERITIES = ("info", "low", "medium", "high", "critical")


class ExitCode(enum.IntEnum):
    """What the shell is told."""

    DONE = 0
    GATE = 1
    USAGE = 2
    NO_INPUT = 3
    INCOMPLETE = 4
    INTERNAL = 70
    INTERRUPTED = 130
    CLOSED_PIPE = 141


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What ``--fail-on`` asks for: a finding of at least a severity, waste, its share of the spend, or a spent budget.

    ``changed``: only findings that are new or worse since the baseline. ``watch``: a budget to be watched is enough.
    """

    severity: str | None = None
    changed: bool = False
    waste_usd: float | None = None
    waste_share: float | None = None
    budget: bool = False
    watch: bool = False


def parse_gate(text: str) -> Gate:
    """Read ``high``, ``new:high``, ``waste:500`` (dollars), ``share:10`` (percent of the spend), ``budget[:watch]``.

    Raises:
        UsageError: anything else.
    """
    kind, _, amount = text.partition(":")
    if text in SEVERITIES:
        return Gate(severity=text)
    if kind == "new" and amount in SEVERITIES:
        return Gate(severity=amount, changed=True)
    if text in {"budget", "budget:watch"}:
        return Gate(budget=True, watch=text != "budget")
    try:
        value = float(amount)
    except ValueError:
        value = -1.0
    if value >= 0 and kind == "waste":
        return Gate(waste_usd=value)
    if value >= 0 and kind == "share":
        return Gate(waste_share=value / 100)
    raise UsageError(
        f"--fail-on {text!r}",
        hint="a severity (high), new:SEVERITY, waste:USD (waste:500), share:PERCENT (share:10) or budget[:watch]",
    )


def report_code(report: Report, gates: tuple[Gate, ...]) -> ExitCode:
    """Return the code for a finished report: an incomplete one goes before a gate."""
    if not report.input.complete:
        return ExitCode.INCOMPLETE
    return ExitCode.GATE if any(_met(gate, report) for gate in gates) else ExitCode.DONE


def _met(gate: Gate, report: Report) -> bool:
    if gate.budget:
        return budget_met(gate, report.budgets)
    waste = report.totals.waste_nanousd.expected
    if gate.severity is not None:
        floor = SEVERITIES.index(gate.severity)
        counted = ("new", "worse") if gate.changed else ("new", "worse", "unchanged")
        shown = (one for one in report.findings if one.suppression is None and one.state.value in counted)
        return any(SEVERITIES.index(finding.severity.value) >= floor for finding in shown)
    if gate.waste_usd is not None:
        return waste >= gate.waste_usd * 1e9
    return waste >= (gate.waste_share or 0) * report.totals.cost_nanousd > 0


def costs_code(report: CostReport, gates: tuple[Gate, ...]) -> ExitCode:
    """Return the code for a finished cost report: an incomplete one goes before a gate."""
    if not report.input.complete:
        return ExitCode.INCOMPLETE
    return ExitCode.GATE if any(budget_met(gate, report.budgets) for gate in gates) else ExitCode.DONE


def budget_met(gate: Gate, budgets: Sequence[BudgetStatus]) -> bool:
    """Tell whether a budget is spent, or is to be watched where that is enough."""
    levels = ("over", "watch") if gate.watch else ("over",)
    return gate.budget and any(budget.level.value in levels for budget in budgets)


def error_code(error: Exception) -> ExitCode:
    """Return the code for an expected error."""
    if isinstance(error, InputError):
        return ExitCode.NO_INPUT
    return ExitCode.USAGE if isinstance(error, UsageError) else ExitCode.INTERNAL
