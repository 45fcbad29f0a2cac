"""An explanation as a document: what was found and how it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tokenscan.explain.document import Block, Facts, Grid, Points, Prose, Section
from tokenscan.explain.find import shortest
from tokenscan.explain.model import Explanation, Part, RiskWorking, StrengthWorking
from tokenscan.explain.sections_logs import logs_sections
from tokenscan.explain.strength import exact
from tokenscan.explain.working import counting
from tokenscan.findings.fingerprint import PREFIX
from tokenscan.findings.model import Confidence, Evidence, Finding, Metric, State, SubjectKind
from tokenscan.findings.risk import FAINT, UNNAMED_AT_MOST, context_points, is_faint
from tokenscan.report.model import Band
from tokenscan.report.numbers import period, zone_of
from tokenscan.report.table_layout import BAND_WORDS

_COUNTS = {
    Confidence.LOW: "context: findings of low confidence add a few points at most, and claim no expected waste",
    Confidence.MEDIUM: "counts in full",
    Confidence.HIGH: "counts in full; single calls that it claims are in the low figure of waste, too",
}


def document(explanation: Explanation) -> tuple[Section, ...]:
    """Return the sections in reading order."""
    parts = (_found(explanation), _metrics(explanation), _working(explanation), _both_sides(explanation))
    return tuple(section for section in (*parts, *logs_sections(explanation)) if section.blocks)


def subject_of(finding: Finding) -> str:
    """Return whom or what a finding is about."""
    subject = finding.subject
    if subject.kind is SubjectKind.ORGANISATION:
        return "the whole organisation"
    names = ", ".join(name for name in (subject.user, subject.team) if name)
    return names if subject.kind is SubjectKind.USER and names else f"{subject.kind} {names}".strip()


def _found(explanation: Explanation) -> Section:
    finding, evidence = explanation.finding, explanation.finding.evidence
    zone = zone_of(explanation.known.timezone)
    facts = [
        ("about", subject_of(finding)),
        ("measured", f"{_exactly(evidence.value, evidence.unit)}; n={evidence.n:,}"),
        ("threshold", _threshold(explanation)),
        ("compared", evidence.compared_with),
        ("seen", period(finding.window.first_seen, finding.window.last_seen, zone)),
        ("rated", _rated(finding)),
        ("rule", f"{finding.rule_id} (version {finding.rule_version}), family {finding.family}"),
        ("finding", finding.fingerprint),
        ("suppressed", _suppressed(finding)),
        ("reply", finding.reply),
    ]
    return Section(
        title=finding.title, note=_note(explanation), blocks=[Prose(finding.message, loud=True), Facts(facts)]
    )


def _rated(finding: Finding) -> str:
    state = f", {finding.state}" if finding.state is not State.NEW else ""
    return f"{finding.severity} severity, {finding.confidence} confidence{state}"


def _note(explanation: Explanation) -> str:
    risk = explanation.risk
    if risk is None:
        return ""
    value = risk.value if risk.reported is None else risk.reported
    return f"risk {value:.1f}"


def _threshold(explanation: Explanation) -> str:
    evidence = explanation.finding.evidence
    page = explanation.rule
    param = next((one for one in page.params if one.headline), None) if page else None
    parts = [f"{exact(evidence.threshold)}, {_reached(explanation.finding)}"]
    if explanation.threshold_param:
        parts.append(f"parameter {explanation.threshold_param}")
    parts.append(f"from: {evidence.threshold_origin}" if evidence.threshold_origin else "")
    if param is not None and evidence.threshold_origin != param.origin:
        parts.append(f"here now {param.value} from {param.origin}")
    if param is not None and param.value != param.default:
        parts.append(f"the rule's own is {param.default}")
    told = "; ".join(part for part in parts if part)
    return f"{told}. {param.doc}" if param else told


def _reached(finding: Finding) -> str:
    if finding.evidence.value >= finding.evidence.threshold:
        return "reached"
    return "not reached: a hint below it, which counts little" if finding.strength < 0.5 else "the value is below it"


def _suppressed(finding: Finding) -> str:
    if finding.state is State.RESOLVED:
        return "resolved: it was in the baseline and is not found any more"
    hidden = finding.suppression
    if hidden is None:
        return ""
    whose = "".join(f", {word} {text}" for word, text in (("owner", hidden.owner), ("ticket", hidden.ticket)) if text)
    return f"until {hidden.expires}: {hidden.reason}{whose}; it counts in nobody's risk"


def _metrics(explanation: Explanation) -> Section:
    rows = [(metric.name.replace("_", " "), _value(metric)) for metric in explanation.finding.evidence.metrics]
    return Section(title="Metrics", note="every number the rule has seen", blocks=[Facts(rows)] if rows else [])


def _value(metric: Metric) -> str:
    value = metric.value
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value if isinstance(value, str) else exact(value)} {metric.unit}".strip()


def _exactly(value: float, unit: str) -> str:
    return f"{exact(value)} {unit}".strip()


def _working(explanation: Explanation) -> Section:
    finding, risk = explanation.finding, explanation.risk
    weight = (
        "0: context only, it adds to no risk" if not finding.weight else f"{exact(finding.weight)}, set by the rule"
    )
    facts = [
        ("strength", _strength(explanation.strength, finding.evidence)),
        ("confidence", f"{finding.confidence}, set by the rule: {_COUNTS[finding.confidence]}"),
        ("weight", weight),
        (
            "counts",
            f"{exact(finding.weight)} * {exact(finding.strength)} = {_three(finding.weight * finding.strength)}",
        ),
    ]
    if risk is None:
        told = "It is about no person or team, so it is part of nobody's risk."
        return Section(title="How it counts", blocks=[Facts(facts), Prose(told)])
    return Section(title="How it counts", blocks=[Facts(facts), *_risk(explanation, risk)])


def _strength(working: StrengthWorking, evidence: Evidence) -> str:
    value = f"{exact(working.value)} of 1"
    if not working.formula:
        return f"{value}, by the rule's own formula; 0.5 is just at the threshold, 1 far beyond"
    factor = f". Factor {exact(working.factor)}: {working.why}" if working.why else ""
    clipped = "" if evidence.value > evidence.threshold else "; at the threshold itself it is 0.5"
    return f"{value} = {working.filled}; the scale: {working.formula}{clipped}{factor}"


def _risk(explanation: Explanation, risk: RiskWorking) -> Iterator[Block]:
    findings = counting(explanation.known.findings)
    rows = [
        (
            f"{part.rule_id} {shortest(_one(part, findings), findings).removeprefix(PREFIX)}",
            part.family,
            f"{exact(part.weight)} * {exact(part.strength)} = {_three(part.contribution)}",
            str(part.confidence),
            ", ".join(_marks(part, risk)),
        )
        for part in risk.parts
    ]
    whose = subject_of(explanation.finding)
    yield Prose(
        f"Everything found about {whose}; of each family of evidence only the heaviest finding counts:", quiet=True
    )
    yield Grid(
        headers=("finding", "family", "weight * strength", "confidence", "note"),
        rows=rows,
        marked=frozenset(place for place, part in enumerate(risk.parts) if part.this),
        wide=92,
    )
    yield Facts(tuple(_sums(explanation, risk)))


def _one(part: Part, findings: list[Finding]) -> Finding:
    return next(finding for finding in findings if finding.fingerprint == part.fingerprint)


def _marks(part: Part, risk: RiskWorking) -> Iterator[str]:
    if part.this:
        yield "this one"
    if part.decides:
        yield "counts"
    elif part.contribution > 0 and is_faint(part.contribution, part.confidence):
        yield f"context below {FAINT} counts nothing"
    elif part.contribution > 0 and not risk.families:
        yield "context that counts only beside other findings"


def _sums(explanation: Explanation, risk: RiskWorking) -> Iterator[tuple[str, str]]:
    if explanation.finding.subject.kind is SubjectKind.TEAM:
        yield "of a team", "in each family the larger of its heaviest finding and its members' average, one left out"
    yield "risk", f"{_noisy_or(risk.families)} = {risk.every:.1f}"
    if risk.solid != risk.families:
        most, added = exact(risk.context_at_most), risk.every - risk.sure
        yield "of which sure", f"{_noisy_or(risk.solid)} = {risk.sure:.1f} without findings of low confidence"
        limited = f"{most} * (1 - exp(-{added:.1f} / {most})) = {context_points(added):.1f}"
        yield "context", f"the other {added:.1f} count as {limited}: always less than {most} points"
    yield "band", f"{risk.value:.1f}: {BAND_WORDS[risk.band]} ({_bands()}); {risk.confidence} confidence"
    if risk.reported is not None and not risk.families and risk.reported <= UNNAMED_AT_MOST:
        yield "but", f"the report says {risk.reported:.1f}, of how they stand among colleagues: evidence of nothing"
    elif risk.reported is not None and not risk.redone:
        lacking = (
            "it lacks findings or people that the risk rests on (--min-severity, --min-confidence, no --all-people)"
        )
        yield "but", f"the report says {risk.reported:.1f}: {lacking}"
    change = "the same band" if risk.without_band is risk.band else BAND_WORDS[risk.without_band]
    if any(part.this for part in risk.parts):
        yield "without it", f"the risk would be {risk.without:.1f}, {change}"


def _bands() -> str:
    return f"{BAND_WORDS[Band.STRONG]} from 60, {BAND_WORDS[Band.WORTH_A_LOOK]} from 40"


def _noisy_or(families: Mapping[str, float]) -> str:
    """Return "100 * (1 - (1 - 0.7) * (1 - 0.3))", the families in order of their names."""
    parts = " * ".join(f"(1 - {_three(part)} {name})" for name, part in families.items())
    return f"100 * (1 - {parts})" if parts else "0"


def _three(value: float) -> str:
    """Return a contribution with as many digits as make the sum come out to a tenth."""
    return f"{value:.4f}".rstrip("0").rstrip(".") or "0"


def _both_sides(explanation: Explanation) -> Section:
    finding = explanation.finding
    subject = explanation.subject
    spoken = list(dict.fromkeys([*finding.evidence.against, *(subject.exculpation if subject else ())]))
    blocks: list[Block] = [Prose("For them:")]
    blocks.append(Points(spoken) if spoken else Prose("nothing that the logs or context files could show", quiet=True))
    if finding.evidence.open_questions:
        blocks += [Prose("Innocent explanations that remain:"), Points(finding.evidence.open_questions)]
    if explanation.rule:
        blocks += [Prose("Innocent cases that the rule knows:"), Points(explanation.rule.false_positives)]
    return Section(title="For and against", blocks=blocks)
