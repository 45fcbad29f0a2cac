"""What a reader must know to trust the rest: what was not evaluated, what was not read, what was left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from tokenscan.findings.model import Finding, State, SuppressionStatus
from tokenscan.report.economics_words import gameable
from tokenscan.report.kept_back import decision_words
from tokenscan.report.model import FileVerdict, Input, Report, RuleStatus
from tokenscan.report.notice import PURPOSE
from tokenscan.report.numbers import percent, plural
from tokenscan.report.price_text import price_line, unknown_models_line
from tokenscan.report.table_layout import Page, Style, fields, heading, joined, paragraph
from tokenscan.report.text import clean, clean_id, listing

_SAMPLES = 5
_GAMEABLE = (
    "How easily these numbers can be gamed: total tokens, prompts a person and self-reported time saved, easily; "
    "completed tasks, with some effort; error rates, hardly."
)


def context(page: Page) -> Iterator[RenderableType]:
    """Yield what failed, what was not evaluated, what was read and what was set aside."""
    report = page.report
    yield from _failed(page)
    yield from _not_evaluated(page)
    yield Text("")
    yield heading(page, "WHAT WAS READ")
    yield Text("")
    yield fields(page, (*_read(report.input), *_left_out(report)))


def _failed(page: Page) -> Iterator[RenderableType]:
    report = page.report
    failed = [rule for rule in report.rules if rule.status is RuleStatus.FAILED]
    if not failed and not report.errors:
        return
    yield Text("")
    yield heading(page, "WENT WRONG", plural(len(failed), "rule") if failed else "", Style.BAD)
    yield Text("")
    yield from (paragraph(page, clean(error, 1_000), Style.BAD) for error in report.errors)
    yield from (paragraph(page, f"{clean_id(rule.id)}: {clean(rule.reason, 1_000)}") for rule in failed)


def _not_evaluated(page: Page) -> Iterator[RenderableType]:
    """Yield rules that could not run under the reason that they share, the commonest reason first."""
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for rule in page.report.rules:
        if rule.status is RuleStatus.NOT_EVALUATED:
            by_reason[clean(rule.reason, 1_000) or "no reason given"].append(rule.id)
    if not by_reason:
        return
    count = sum(len(ids) for ids in by_reason.values())
    yield Text("")
    yield heading(page, "NOT EVALUATED", f"{plural(count, 'rule')} could not run; that is not an all-clear")
    for reason, ids in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        yield Text("")
        yield paragraph(page, reason)
        yield paragraph(page, listing(sorted(ids), limit=len(ids)), Style.LABEL, indent=5)


def _read(source: Input) -> Iterator[tuple[str, str]]:
    used = [file for file in source.files if not file.skipped]
    by_rows = sorted(source.sources, key=lambda part: (-part.rows, part.format))
    formats = [f"{clean(part.format)} {plural(part.rows, 'row')}" for part in by_rows]
    text = f"{plural(len(used), 'file')}, {plural(source.events, 'call')}"
    yield "files", f"{text}: {', '.join(formats)}" if formats else text
    trouble = [_trouble(file) for file in source.files if file.skipped or file.broken]
    if trouble:
        yield "not read", joined([*trouble[:_SAMPLES], *_more(len(trouble), "file")])
    if source.bad_rows:
        samples = [f"{clean_id(bad.file)}:{bad.row} {clean(bad.reason)}" for bad in source.bad_samples[:_SAMPLES]]
        rows = f"{plural(source.bad_rows, 'row')} set aside as unreadable"
        yield "bad rows", f"{rows}: {'; '.join(samples)}" if samples else rows
    if any(source.duplicates.values()):
        by_count = sorted(source.duplicates.items(), key=lambda item: (-item[1], item[0]))
        reasons = [f"{count:,} {clean(reason)}" for reason, count in by_count if count]
        yield "duplicates", f"{plural(sum(source.duplicates.values()), 'row')} dropped: {', '.join(reasons)}"
    if source.unattributed:
        yield "no user", f"{plural(source.unattributed, 'call')} without a user, counted in the totals only"
    if source.unknown_people:
        yield "unknown", f"not in the people file: {listing(source.unknown_people)}"
    if source.service_accounts:
        yield "services", f"kept out of the ranking: {listing(source.service_accounts)}"
    yield "notes", joined(clean(note, 1_000) for note in source.notes)


def _left_out(report: Report) -> Iterator[tuple[str, str]]:
    totals = report.totals
    if totals.unpriced_requests:
        share = percent(totals.unpriced_requests / totals.requests) if totals.requests else ""
        known_by = unknown_models_line(totals.unknown_models) or listing(totals.unpriced_models)
        calls, models = plural(totals.unpriced_requests, "call"), f": {known_by}" if known_by else ""
        yield "unpriced", f"{calls} ({share}) without a known price, not counted as money{models}"
    if report.prices is not None and totals.requests:
        yield "prices", price_line(report.prices)
    hidden = [finding for finding in report.findings if finding.suppression]
    if hidden:
        yield "suppressed", f"{plural(len(hidden), 'finding')} by decision: {'; '.join(_decisions(report, hidden))}"
    gone = [finding.fingerprint for finding in report.findings if finding.state is State.RESOLVED]
    if gone:
        yield "resolved", f"since the baseline: {listing(gone)}"
    off = [rule.id for rule in report.rules if rule.status is RuleStatus.DISABLED]
    if off:
        yield "disabled", f"{plural(len(off), 'rule')}: {listing(off)}"
    if totals.requests:
        yield "metrics", _gameable(report)
    yield "for what", PURPOSE


def _gameable(report: Report) -> str:
    return gameable(report.economics.metrics) if report.economics else _GAMEABLE


def _decisions(report: Report, hidden: list[Finding]) -> list[str]:
    """Return each decision once, with the day it ends, whose it is and how many findings it hides."""
    if report.suppressions:
        active = [one for one in report.suppressions if one.status is SuppressionStatus.ACTIVE]
        return [clean(decision_words(one), 1_000) for one in active]
    counts: defaultdict[str, int] = defaultdict(int)
    for finding in hidden:
        if finding.suppression:
            end = finding.suppression.expires.isoformat()
            counts[f"{clean_id(finding.rule_id)}, {clean(finding.suppression.reason)}, until {end}"] += 1
    return [f"{text} ({count:,})" for text, count in sorted(counts.items())]


def _trouble(file: FileVerdict) -> str:
    why = f"skipped, {clean(file.skipped)}" if file.skipped else f"broken, {clean(file.broken)}"
    return f"{clean_id(file.name)}: {why}"


def _more(count: int, noun: str) -> list[str]:
    return [f"and {plural(count - _SAMPLES, f'more {noun}')}"] if count > _SAMPLES else []
