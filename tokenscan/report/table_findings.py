"""Why they stand out: every finding in words and numbers, with what speaks for the person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from tokenscan.findings.model import Evidence, Finding, Metric, Severity, State
from tokenscan.report.model import Ranked
from tokenscan.report.numbers import money, number, period, plural, quantity, tokens
from tokenscan.report.table_layout import (
    BAND_STYLE,
    BAND_WORDS,
    INDENT,
    Page,
    Style,
    fields,
    heading,
    joined,
    paragraph,
)
from tokenscan.report.table_people import PERSONAL, by_fingerprint, findings_of, name_of, points, shown
from tokenscan.report.text import clean, clean_id

_PROSE = 2_000  # messages are written by rules; a name inside them may be long
_METRICS = 8
_SEVERITY_STYLE = {Severity.CRITICAL: Style.BAD, Severity.HIGH: Style.BAD, Severity.MEDIUM: Style.WARN}


def people_in_detail(page: Page) -> Iterator[RenderableType]:
    """Yield each person in a band with the findings that put them there."""
    if shown(page, page.report.people):
        yield Text("")
        yield heading(page, "WHY THEY STAND OUT")
    yield from _in_detail(page, page.report.people)


def teams_in_detail(page: Page) -> Iterator[RenderableType]:
    """Yield each team in a band with its findings."""
    yield from _in_detail(page, page.report.teams)


def organisation(page: Page) -> Iterator[RenderableType]:
    """Yield the findings about nobody in particular: the organisation, accounts, prompts."""
    order = list(reversed(Severity))
    every = sorted(
        (finding for finding in by_fingerprint(page).values() if finding.subject.kind not in PERSONAL),
        key=lambda finding: (order.index(finding.severity), -finding.weight * finding.strength, finding.fingerprint),
    )
    if not every:
        return
    yield Text("")
    yield heading(page, "ORGANISATION, ACCOUNTS AND PROMPTS", plural(len(every), "finding"))
    for finding in every[: page.top]:
        yield Text("")
        yield from _finding(page, finding)
    if len(every) > page.top:
        yield Text("")
        yield paragraph(page, f"{len(every) - page.top:,} more: --top 0 shows all.", Style.LABEL)


def suppressed(page: Page) -> Iterator[RenderableType]:
    """Yield the findings that somebody decided not to see, where they were asked for."""
    hidden = [finding for finding in page.report.findings if finding.suppression is not None]
    if not page.show_suppressed or not hidden:
        return
    yield Text("")
    yield heading(page, "SUPPRESSED BY DECISION", plural(len(hidden), "finding"))
    for finding in hidden[: page.top]:
        yield Text("")
        yield from _finding(page, finding)
    if len(hidden) > page.top:
        yield Text("")
        yield paragraph(page, f"{len(hidden) - page.top:,} more: --top 0 shows all.", Style.LABEL)


def _suppressed(finding: Finding) -> str:
    decision = finding.suppression
    if decision is None:
        return ""
    parts = (("owner", decision.owner), ("ticket", decision.ticket))
    whose = "".join(f", {word} {clean(text)}" for word, text in parts if text)
    return f"{clean(decision.reason, _PROSE)}, until {decision.expires.isoformat()}{whose}"


def _in_detail(page: Page, entries: Sequence[Ranked]) -> Iterator[RenderableType]:
    findings = by_fingerprint(page)
    explained: set[str] = set()
    for entry in shown(page, entries):
        yield Text("")
        yield from _person(page, entry)
        for finding in findings_of(entry, findings):
            yield Text("")
            yield from _finding(page, finding, again=finding.rule_id in explained)
            explained.add(finding.rule_id)


def _person(page: Page, entry: Ranked) -> Iterator[RenderableType]:
    title = Text.assemble((f"{entry.rank:,}  ", Style.LABEL), (name_of(entry), Style.STRONG))
    if entry.user is not None and entry.team:
        title.append(f"  {clean_id(entry.team)}", Style.LABEL)
    note = Text(f"risk {points(entry.risk)}, {BAND_WORDS[entry.band]}", BAND_STYLE[entry.band])
    yield heading(page, title, note)
    yield Text("")
    families = sorted(entry.families.items(), key=lambda item: (-item[1], item[0]))
    parts = ", ".join(f"{clean_id(name)} {points(part * 100)}" for name, part in families if part > 0)
    yield fields(
        page,
        (
            ("usage", _amount(entry.requests, entry.tokens, entry.cost_nanousd)),
            ("waste", f"{tokens(entry.waste_tokens)} tokens, {_price(entry.waste_nanousd)}; each call counted once"),
            ("risk from", f"{parts} (each of 100); {entry.confidence} confidence" if parts else ""),
            ("for them", joined(clean(text, _PROSE) for text in entry.exculpation)),
        ),
    )


def _finding(page: Page, finding: Finding, *, again: bool = False) -> Iterator[RenderableType]:
    """Yield one finding: title, message, then its numbers, doubts and identity under labels.

    What a rule says about every finding of its is told the first time only; ``again`` leaves it out.
    """
    style = _SEVERITY_STYLE.get(finding.severity, Style.LABEL)
    title = Text.assemble(("\u2022 ", style), (clean(finding.title), Style.STRONG))
    yield paragraph(page, title, indent=INDENT - 2)
    yield paragraph(page, clean(finding.message, _PROSE))
    evidence = finding.evidence
    yield fields(
        page,
        (
            ("subject", _subject(finding)),
            ("measured", _measured(evidence)),
            ("compared", "" if again else clean(evidence.compared_with, _PROSE)),
            ("numbers", _numbers(evidence.metrics)),
            ("for them", joined(clean(text, _PROSE) for text in evidence.against)),
            ("still open", "" if again else joined(clean(text, _PROSE) for text in evidence.open_questions)),
            ("waste", _waste(finding)),
            ("seen", period(finding.window.first_seen, finding.window.last_seen, page.zone)),
            ("what to do", "" if again else clean(finding.remediation, _PROSE)),
            ("examples", "; ".join(f"{one.calls:,} x {clean(one.text)}" for one in evidence.prompts)),
            ("reply", clean(finding.reply, _PROSE)),
            ("suppressed", _suppressed(finding)),
            ("rated", _rated(finding, style)),
            ("rule", _rule(finding, again=again)),
            ("finding", Text(clean_id(finding.fingerprint), Style.ID)),
        ),
    )


def _rule(finding: Finding, *, again: bool) -> Text:
    above = "; doubts and what to do: see its first finding above" if again else ""
    return Text(f"{clean_id(finding.rule_id)} (version {finding.rule_version}){above}")


def _rated(finding: Finding, style: Style) -> Text:
    text = Text.assemble((f"{finding.severity} severity", style), f", {finding.confidence} confidence")
    return text.append(f", {finding.state}" if finding.state is not State.NEW else "")


def _subject(finding: Finding) -> str:
    """Return whom a finding is about, unless it stands under their name."""
    subject = finding.subject
    if subject.kind in PERSONAL:
        return ""
    names = [clean_id(name) for name in (subject.user, subject.team) if name]
    return f"{subject.kind} {', '.join(names)}".strip() if names else "the whole organisation"


def _measured(evidence: Evidence) -> Text:
    unit, origin = clean(evidence.unit), clean(evidence.threshold_origin)
    threshold = quantity(evidence.threshold, "share") if unit.startswith("share") else number(evidence.threshold)
    text = Text.assemble((quantity(evidence.value, unit), Style.STRONG), f"; the threshold is {threshold}")
    return text.append(f"{f' (from: {origin})' if origin else ''}; n={evidence.n:,}")


def _numbers(metrics: Sequence[Metric]) -> str:
    parts = [f"{clean(metric.name).replace('_', ' ')} {_value(metric)}" for metric in metrics[:_METRICS]]
    more = f" and {len(metrics) - _METRICS:,} more" if len(metrics) > _METRICS else ""
    return "; ".join(parts) + more


def _value(metric: Metric) -> str:
    value = metric.value
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    unit = clean(metric.unit)
    return f"{clean(value, _PROSE)} {unit}".strip() if isinstance(value, str) else quantity(value, unit)


def _waste(finding: Finding) -> str:
    impact = finding.impact
    if not impact.waste_tokens:
        return ""
    text = _amount(impact.requests, impact.waste_tokens, impact.waste_nanousd)
    return f"{text} ({clean(impact.basis)})" if impact.basis else text


def _amount(requests: int, count: int, nanousd: int | None) -> str:
    return f"{plural(requests, 'call')}, {tokens(count)} tokens, {_price(nanousd)}"


def _price(nanousd: int | None) -> str:
    return "at an unknown price" if nanousd is None else money(nanousd)
