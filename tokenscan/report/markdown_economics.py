"""Money and measures as Markdown: what the waste comes to, who would lead without it, what to measure instead."""

from __future__ import annotations

from collections.abc import Iterator

from tokenscan.report import economics_words as words
from tokenscan.report.economics import Economics
from tokenscan.report.markdown_text import code, escaped
from tokenscan.report.model import Report
from tokenscan.report.numbers import money, plural, tokens
from tokenscan.report.text import clean_id

_RULES = 10


def economics(report: Report) -> Iterator[str]:
    """Yield paragraphs, a table of waste by rule and one of measures; nothing where there is nothing to show."""
    found = report.economics
    if found is None or not words.has_something(found):
        return
    yield "### Money and measures"
    sentences = list(words.run_rate(found.waste))
    if sentences:
        yield escaped(" ".join(sentences))
    yield from _rules(found)
    facts = [f"- {label}: {text}" for label, text in _facts(found) if text]
    if facts:
        yield "\n".join(facts)
    yield from _measures(found)


def _rules(found: Economics) -> Iterator[str]:
    lines = [line for line in found.waste.by_rule if line.waste.tokens.high]
    if not lines:
        return
    rate = found.waste.rate
    rows = ["| rule | findings | waste tokens | waste $ | $ a year |", "|---|---:|---:|---:|---:|"]
    for line in lines[:_RULES]:
        spent = line.waste.nanousd
        yearly = rate.yearly(spent.expected) if rate and spent else None
        figures = (tokens(line.waste.tokens.expected), money(spent.expected if spent else None), money(yearly))
        rows.append(f"| `{clean_id(line.name or '(no rule)')}` | {line.findings or 0:,} | {' | '.join(figures)} |")
    yield "\n".join(rows)
    if len(lines) > _RULES:
        yield f"{plural(len(lines) - _RULES, 'more rule')} in the JSON report."


def _facts(found: Economics) -> Iterator[tuple[str, str]]:
    for level in dict.fromkeys(board.level for board in found.leaderboards):
        boards = [board for board in found.leaderboards if board.level == level]
        yield "ranking" if level == "team" else "ranking of people", words.rankings(boards, code)
    if found.waste.total.tokens.high:
        for item in found.growth:
            if item.metric == "tokens":
                yield "growth", escaped(f"{item.what}: {words.growth(item)}")
    yield "CO2", escaped(words.co2(found.waste))
    yield "savings", escaped(words.savings(found))


def _measures(found: Economics) -> Iterator[str]:
    known = [measure for measure in found.measures if measure.value is not None]
    if not known:
        return
    rows = ["| in place of volume | organisation | teams | can be gamed |", "|---|---|---|---|"]
    rows += [
        f"| {measure.name} | {escaped(words.measure(measure))} | {words.bands(measure, code)} "
        f"| {words.EASE[measure.gaming]} |"
        for measure in known
    ]
    yield "\n".join(rows)
    yield f"_{words.OBSERVED}_"
