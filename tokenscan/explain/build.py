"""Put an explanation together, from logs or from a saved report."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tokenscan.engine import Groundwork
from tokenscan.explain.look import Wish, look
from tokenscan.explain.model import Explanation, Known, Looked, ParamLine, RulePage
from tokenscan.explain.strength import strength_working
from tokenscan.explain.working import entry_of, risk_working
from tokenscan.findings.model import Finding
from tokenscan.reading import Progress, silent
from tokenscan.report.model import Report
from tokenscan.ruleset.effective import EffectiveRule
from tokenscan.ruleset.params import coerce, spelt

SUPPRESSED_FOR = timedelta(days=90)


def known_of(report: Report) -> Known:
    """Return what a report that was just made says."""
    return Known(
        source="",
        version=report.version,
        rules_digest=report.rules_digest,
        as_of=report.run.as_of,
        timezone=report.input.timezone,
        co2_grams_per_1k_tokens=report.totals.co2_grams_per_1k_tokens,
        findings=report.findings,
        people=report.people,
        teams=report.teams,
        rules=report.rules,
    )


def explained(
    finding: Finding,
    known: Known,
    rule: EffectiveRule | None,
    *,
    ground: Groundwork | None = None,
    wish: Wish | None = None,
    progress: Progress = silent,
) -> Explanation:
    """Return a finding in full. ``rule`` is the finding's as it runs here; ``ground`` what ``known`` was made of.

    Without ``ground``, which only logs give, ``rule`` may differ from the one that made the report: its numbers are
    used only where they give the report's.
    """
    looked: Looked | None = None
    if ground is not None and rule is not None:
        looked = look(finding, rule, ground, wish or Wish(), progress)
    same = rule is not None and rule.rule.version == finding.rule_version
    page = _page(rule, in_force=looked is not None) if rule is not None and same else None
    return Explanation(
        known=known,
        finding=finding,
        subject=entry_of(finding, known),
        strength=strength_working(finding, rule if same else None),
        risk=risk_working(finding, known),
        threshold_param=rule.rule.value_param if rule is not None else "",
        rule=page,
        rule_note="" if page else _why_no_page(finding, rule),
        looked=looked,
        suppress_until=_later(known.as_of),
    )


def _later(moment: datetime) -> date:
    try:
        return (moment + SUPPRESSED_FOR).date()
    except OverflowError:  # a forged report may lie at the end of the calendar
        return moment.date()


def _why_no_page(finding: Finding, rule: EffectiveRule | None) -> str:
    if rule is None:
        return f"this installation has no rule {finding.rule_id}"
    return f"made with version {finding.rule_version} of the rule; this installation has version {rule.rule.version}"


def _page(effective: EffectiveRule, *, in_force: bool) -> RulePage:
    rule = effective.rule
    return RulePage(
        id=rule.id,
        version=rule.version,
        title=rule.title,
        description=rule.description,
        rationale=rule.rationale,
        false_positives=rule.false_positives,
        references=rule.references,
        params=tuple(
            ParamLine(
                name=param.name,
                value=spelt(param.value),
                origin=param.origin,
                default=spelt(coerce(param.spec, param.spec.default)),
                doc=param.spec.doc,
                headline=param.name == rule.value_param,
            )
            for param in effective.params
        ),
        in_force=in_force,
    )
