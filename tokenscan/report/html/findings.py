"""Findings in full: the numbers behind each, what speaks against it, and the ones that are told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from tokenscan.findings.model import Evidence, Finding, Metric, Severity, State, SubjectKind
from tokenscan.report.html.ranking import Entry
from tokenscan.report.html.words import dollar_cell
from tokenscan.report.model import Report
from tokenscan.report.numbers import money, number, period, plural, quantity, zone_of
from tokenscan.report.text import clean

_PERSONAL = frozenset({SubjectKind.USER, SubjectKind.TEAM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A source named by a rule; ``link`` is empty unless it is a web address."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A finding and its figures in words; ``reply`` whether somebody can be asked about it."""

    finding: Finding
    subject: str
    facts: tuple[tuple[str, str], ...]
    metrics: tuple[tuple[str, str], ...]
    references: tuple[Reference, ...]
    reply: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All findings of a report, sorted into what is told in full and what is told without a name.

    ``by_entry`` follows the anchors of the ranking. ``unnamed`` are about people and teams that the ranking does not
    show: there is nothing to act on, so no name stands beside them.
    """

    by_entry: Mapping[str, tuple[Shown, ...]]
    general: tuple[Shown, ...]
    unnamed: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    resolved: tuple[Finding, ...]


def sorted_out(report: Report, entries: Iterable[Entry]) -> Findings:
    """Return every finding of the report in one of the places where the page tells it."""
    told: set[str] = set()
    by_entry: dict[str, tuple[Shown, ...]] = {}
    for entry in entries:
        own = [finding for finding in entry.findings if finding.fingerprint not in told]
        told.update(finding.fingerprint for finding in own)
        by_entry[entry.anchor] = tuple(_shown(report, finding) for finding in own)
    open_ones = [one for one in report.findings if one.suppression is None and one.state is not State.RESOLVED]
    rest = [one for one in open_ones if one.fingerprint not in told]
    return Findings(
        by_entry=by_entry,
        general=tuple(_shown(report, one) for one in _worst_first(rest) if one.subject.kind not in _PERSONAL),
        unnamed=tuple(one for one in rest if one.subject.kind in _PERSONAL),
        suppressed=tuple(one for one in report.findings if one.suppression is not None),
        resolved=tuple(one for one in report.findings if one.suppression is None and one.state is State.RESOLVED),
    )


def _worst_first(findings: Sequence[Finding]) -> list[Finding]:
    order = list(reversed(Severity))
    return sorted(
        findings, key=lambda one: (order.index(one.severity), -one.weight * one.strength, one.rule_id, one.fingerprint)
    )


def _shown(report: Report, finding: Finding) -> Shown:
    return Shown(
        finding=finding,
        subject=_subject(finding),
        facts=tuple((label, text) for label, text in _facts(report, finding) if text),
        metrics=tuple((metric.name.replace("_", " "), _value(metric)) for metric in finding.evidence.metrics),
        references=tuple(_reference(text) for text in finding.references),
        reply=finding.subject.kind in {SubjectKind.USER, SubjectKind.TEAM, SubjectKind.ACCOUNT},
    )


def _subject(finding: Finding) -> str:
    subject = finding.subject
    names = [name for name in (subject.user, subject.team) if name]
    return f"{subject.kind} {', '.join(names)}" if names else "the whole organisation"


def _facts(report: Report, finding: Finding) -> Iterator[tuple[str, str]]:
    evidence, window = finding.evidence, finding.window
    yield "Measured", quantity(evidence.value, evidence.unit) + f", from {plural(evidence.n, 'observation')}"
    yield "Threshold", _threshold(evidence)
    yield "Compared with", evidence.compared_with
    yield "Period", period(window.first_seen, window.last_seen, zone_of(report.input.timezone))
    yield "Waste", _waste(finding)
    yield "CO2", _co2(report, finding)
    yield "Speaks for them", "; ".join(evidence.against)
    yield "Still open", "; ".join(evidence.open_questions)
    yield "What to do", finding.remediation
    examples = (f"{one.calls:,} x {clean(one.text)}" for one in evidence.prompts)
    yield "Example prompts", "; ".join(examples)
    yield "Calls to look at", ", ".join(evidence.samples)
    yield "Tags", ", ".join(finding.tags)


def _threshold(evidence: Evidence) -> str:
    of_share = evidence.unit.startswith("share")
    text = quantity(evidence.threshold, "share") if of_share else number(evidence.threshold)
    return f"{text} (from: {evidence.threshold_origin})" if evidence.threshold_origin else text


def _waste(finding: Finding) -> str:
    impact = finding.impact
    if not impact.waste_tokens:
        return "none counted"
    cost = "at an unknown price" if impact.waste_nanousd is None else dollar_cell(impact.waste_nanousd)
    text = f"{impact.waste_tokens:,} tokens in {plural(impact.requests, 'call')}, {cost}"
    return f"{text}; {impact.basis}" if impact.basis else text


def _co2(report: Report, finding: Finding) -> str:
    grams = finding.impact.waste_tokens * report.totals.co2_grams_per_1k_tokens / 1_000
    return f"about {number(float(f'{grams:.2g}'))} g, an order of magnitude" if grams >= 1 else ""


def _value(metric: Metric) -> str:
    value = metric.value
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value} {metric.unit}".strip() if isinstance(value, str) else quantity(value, metric.unit)


def _reference(text: str) -> Reference:
    """Return a reference as a link if it is a web address and nothing else; others could run code."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return Reference(text=text)
    is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isascii() and text.isprintable()
    return Reference(text=text, link=text if is_address and not set(text) & set(" \"'<>`\\") else "")


def brief(finding: Finding) -> tuple[str, ...]:
    """Return a finding without its subject: measured, threshold, observations, waste in tokens and money."""
    evidence, impact = finding.evidence, finding.impact
    return (
        quantity(evidence.value, evidence.unit), _threshold(evidence), f"{evidence.n:,}", f"{impact.waste_tokens:,}",
        money(impact.waste_nanousd) if impact.waste_tokens else "none",
    )  # fmt: skip
