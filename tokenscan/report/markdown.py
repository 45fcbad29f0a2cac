"""A comment for GitHub, GitLab or Jira: headline, who stands out, why, and what was not evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tokenscan.findings.model import Finding, State, SubjectKind
from tokenscan.report.json_findings import unique_names
from tokenscan.report.kept_back import decision_words, privacy_words
from tokenscan.report.markdown_economics import economics
from tokenscan.report.markdown_text import code, escaped
from tokenscan.report.model import Band, Ranked, Report, RuleStatus
from tokenscan.report.notice import NOTICE, PURPOSE
from tokenscan.report.numbers import money, number, period, plural, quantity, tokens, zone_of
from tokenscan.report.text import clean_id

PERSONAL = frozenset({SubjectKind.USER, SubjectKind.TEAM})


def to_markdown(report: Report, *, top: int = 20, show_suppressed: bool = False) -> str:
    """Return the report as GitHub-flavoured Markdown; people below the bands are counted, not named.

    ``top`` people and teams at most are shown, 0 shows all; ``show_suppressed`` adds suppressed findings. Everything
    from a log is escaped: it makes no markup, no HTML, no link and no mention.
    """
    shown = [entry for entry in (*report.people, *report.teams) if entry.band is not Band.NONE]
    some = shown[: top or None]
    findings = {
        finding.fingerprint: finding
        for finding in report.findings
        if finding.suppression is None and finding.state is not State.RESOLVED
    }
    parts = [
        *_headline(report),
        *_ranking(some, len(shown), by_team=report.privacy.by_team),
        *(line for entry in some for line in _entry(entry, findings)),
        *_others(findings.values()),
        *economics(report),
        *_suppressed(report, show=show_suppressed),
        *_not_evaluated(report),
        *_notes(report),
        f"_{NOTICE} {PURPOSE}_",
    ]
    return "\n\n".join(parts) + "\n"


def _headline(report: Report) -> Iterator[str]:
    totals, read = report.totals, report.input
    yield "## tokenscan"
    if read.window is None:
        yield "No calls to report on."
        return
    when = period(*read.window, zone_of(read.timezone))
    waste = totals.waste_tokens
    yield (
        f"{plural(read.users, 'person', 'people')}, {plural(totals.requests, 'call')}, {escaped(when)}: "
        f"{tokens(totals.tokens)} tokens, {(money(totals.cost_nanousd))}."
    )
    yield "\n".join(
        (
            "| waste | at least | expected | at most |",
            "|---|---:|---:|---:|",
            f"| tokens | {tokens(waste.low)} | {tokens(waste.expected)} | {tokens(waste.high)} |",
            "| dollars | " + " | ".join((money(part)) for part in _usd(report)) + " |",
        )
    )
    if not read.complete:
        yield "**This report is incomplete.** " + escaped("; ".join(report.errors))


def _usd(report: Report) -> tuple[int, int, int]:
    waste = report.totals.waste_nanousd
    return waste.low, waste.expected, waste.high


def _ranking(entries: Sequence[Ranked], count: int, *, by_team: bool) -> Iterator[str]:
    if not entries:
        yield "**No team stands out.**" if by_team else "**Nobody stands out.**"
        return
    rows = [
        "| # | who | team | risk | band | waste tokens | waste $ |",
        "|---:|---|---|---:|---|---:|---:|",
    ]
    for entry in entries:
        band = "strong evidence" if entry.band is Band.STRONG else "worth a look"
        rows.append(
            f"| {entry.rank} | {_name(entry)} | {code(entry.team) if entry.user else ''} | {int(entry.risk)} | {band} "
            f"| {tokens(entry.waste_tokens)} | {(money(entry.waste_nanousd))} |"
        )
    yield "\n".join(rows)
    if count > len(entries):
        yield f"{count - len(entries):,} more in these bands: `--top 0` shows all."


def _entry(entry: Ranked, findings: dict[str, Finding]) -> Iterator[str]:
    yield f"### {entry.rank}. {_name(entry)}"
    own = [findings[name] for name in entry.findings if name in findings]
    for finding in sorted(own, key=lambda one: (-one.weight * one.strength, one.rule_id, one.fingerprint)):
        yield _finding(finding)
    if entry.exculpation:
        yield "Speaks for them: " + "; ".join(escaped(text) for text in entry.exculpation) + "."


def _others(findings: Iterable[Finding]) -> Iterator[str]:
    general = [one for one in findings if one.subject.kind not in PERSONAL]
    if general:
        yield "### Organisation, accounts and prompts"
        yield from (_finding(finding) for finding in general)


def _finding(finding: Finding) -> str:
    evidence = finding.evidence
    names = zip(unique_names(evidence.metrics), evidence.metrics, strict=True)
    metrics = ", ".join(f"{escaped(name)} {_value(metric.value)}" for name, metric in names)
    rated = f"{finding.severity}, {finding.confidence} confidence"
    measured = escaped(quantity(evidence.value, evidence.unit))
    threshold = f"threshold {number(evidence.threshold)} ({escaped(evidence.threshold_origin)})"
    lines = [
        f"- **{escaped(finding.title)}** ({rated}): {escaped(finding.message)}",
        f"  - measured {measured}, {threshold}, n {evidence.n:,}; compared with {escaped(evidence.compared_with)}",
        f"  - {metrics}" if metrics else "",
        "  - for them: " + "; ".join(escaped(text) for text in evidence.against) if evidence.against else "",
        "  - still open: " + "; ".join(escaped(text) for text in evidence.open_questions),
        f"  - what to do: {escaped(finding.remediation)}",
        *(f"  - example, {one.calls:,} calls: {escaped(one.text)}" for one in evidence.prompts),
        f"  - reply: {escaped(finding.reply)}" if finding.reply else "  - reply: _none yet_",
        f"  - `{clean_id(finding.rule_id)}` `{clean_id(finding.fingerprint)}` {finding.state}",
    ]
    return "\n".join(line for line in lines if line)


def _suppressed(report: Report, *, show: bool) -> Iterator[str]:
    if report.suppressions:
        lines = "\n".join(f"- {escaped(decision_words(entry))}" for entry in report.suppressions)
        yield f"<details><summary>{plural(len(report.suppressions), 'suppression')}</summary>\n\n{lines}\n\n</details>"
    hidden = [one for one in report.findings if one.suppression is not None]
    if show and hidden:
        yield "### Suppressed by decision"
        yield from (_finding(finding) for finding in hidden)


def _notes(report: Report) -> Iterator[str]:
    kept = privacy_words(report.privacy)
    if kept:
        yield escaped(kept)


def _not_evaluated(report: Report) -> Iterator[str]:
    missing = [rule for rule in report.rules if rule.status in (RuleStatus.NOT_EVALUATED, RuleStatus.FAILED)]
    if missing:
        lines = "\n".join(f"- `{clean_id(rule.id)}`: {escaped(rule.reason)}" for rule in missing)
        yield f"<details><summary>{plural(len(missing), 'rule')} not evaluated</summary>\n\n{lines}\n\n</details>"


def _name(entry: Ranked) -> str:
    return code(entry.user) if entry.user is not None else f"team {code(entry.team)}"


def _value(value: object) -> str:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return number(value)
    return "unknown" if value is None else escaped(str(value))
