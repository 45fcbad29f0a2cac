"""What an auditor asks of the whole: what was read, what was not, at which prices, and how it was computed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from tokenscan.report.economics_words import gameable
from tokenscan.report.model import Input, Report, RuleStatus
from tokenscan.report.numbers import number, percent, timestamp
from tokenscan.report.text import clean, clean_id, listing

_LONG = 2_000
_GAMEABLE = (
    "Total tokens, prompts a person and self-reported time saved, easily; completed tasks, with some effort; error "
    "rates, hardly."
)


def not_evaluated(report: Report) -> list[tuple[str, list[str]]]:
    """Return why rules could not run, each reason with its rules, the commonest reason first."""
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for rule in report.rules:
        if rule.status is RuleStatus.NOT_EVALUATED:
            by_reason[clean(rule.reason, _LONG) or "no reason given"].append(rule.id)
    return sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))


def what_was_read(report: Report) -> Iterator[tuple[str, str]]:
    """Yield label and text of what became of the input."""
    read = report.input
    used = sum(not file.skipped for file in read.files)
    yield "Files", f"{used:,} read, {len(read.files) - used:,} skipped"
    yield "Complete", "yes" if read.complete else "no: what is missing is listed here and under errors"
    if read.window:
        yield "First and last call", f"{timestamp(read.window[0])} to {timestamp(read.window[1])}"
    yield "Days are cut in", read.timezone
    yield "Rows set aside as unreadable", f"{read.bad_rows:,}"
    yield "Duplicate rows dropped", _counts(read.duplicates) or "0"
    yield "Calls without a user", f"{read.unattributed:,}, counted in the totals only"
    yield from _people(read)
    for note in read.notes:
        yield "Note", note


def _people(read: Input) -> Iterator[tuple[str, str]]:
    if read.unknown_people is None:
        yield "People file", "none was given"
    elif read.unknown_people:
        yield "Not in the people file", listing(read.unknown_people, 50)
    if read.service_accounts:
        yield "Accounts kept out of the ranking", listing(read.service_accounts, 50)


def _counts(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {clean(reason)}" for reason, count in ordered if count)


def prices(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what is known of prices."""
    totals, source = report.totals, report.prices
    if source is not None:
        changed = f"; its latest price is of {source.last_change.isoformat()}" if source.last_change else ""
        yield "List prices from", f"{source.name} {source.version}{changed}"
        yield "Price file", source.file or "none"
        yield "Contract prices", f"{source.contracts:,}"
        discounts = [f"{name} {percent(share)}" for name, share in sorted((source.discounts or {}).items())]
        yield "Discounts", ", ".join(discounts) or "none"
    share = percent(totals.unpriced_requests / totals.requests) if totals.requests else "0%"
    yield (
        "Calls without a known price",
        f"{totals.unpriced_requests:,} ({share}); in no sum of money, and not counted as 0",
    )
    if totals.unpriced_models:
        yield "Their models", listing(totals.unpriced_models, 50)
    yield "CO2", f"{number(totals.co2_grams_per_1k_tokens)} g for 1,000 tokens; an order of magnitude"


def gaming(report: Report) -> str:
    """Return how easily the metrics of this report can be gamed."""
    return (gameable(report.economics.metrics) if report.economics else "") or _GAMEABLE


def versions(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what a second run needs to give the same figures."""
    run = report.run
    yield "tokenscan", report.version
    yield "Rules", report.rules_digest
    yield "As of", timestamp(run.as_of)
    yield "Run started", timestamp(run.started_at)
    if run.config:
        yield "Config", clean_id(run.config)
    if run.argv:
        yield "Command line", clean(" ".join(run.argv), _LONG)
    if run.engine:
        yield "Prompts compared by", f"the {run.engine} engine"


def open_errors(report: Report) -> list[str]:
    """Return what went wrong, rules that failed included."""
    failed = [f"{rule.id}: {rule.reason}" for rule in report.rules if rule.status is RuleStatus.FAILED]
    broken = [f"{file.name}: {file.broken}" for file in report.input.files if file.broken]
    return [*report.errors, *broken, *(text for text in failed if not report.errors)]


def coverage(report: Report) -> list[tuple[str, str, str, str]]:
    """Return format, files, rows and the columns found with the share of rows that have them."""
    found = []
    for source in sorted(report.input.sources, key=lambda one: (-one.rows, one.format)):
        columns = ", ".join(f"{clean(name, 60)} {percent(share)}" for name, share in sorted(source.columns.items()))
        found.append((clean(source.format), f"{source.files:,}", f"{source.rows:,}", columns))
    return found
