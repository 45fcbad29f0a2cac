"""A report against what was known last time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from tokenscan.findings.baseline import Baseline, compare
from tokenscan.findings.model import State
from tokenscan.report.model import Report, RuleStatus


def with_states(report: Report, baseline: Baseline) -> Report:
    """Return the report with each finding's state, and with findings of last time that are gone as resolved."""
    ran = {rule.id for rule in report.rules if rule.status is RuleStatus.RAN}
    findings = compare(report.findings, baseline, ran)
    counts = Counter(finding.state for finding in findings if finding.suppression is None)
    states = {state.value: counts.get(state, 0) for state in State}
    return replace(report, findings=findings, totals=replace(report.totals, by_state=states))
