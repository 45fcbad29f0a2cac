"""What the waste comes to, who would lead without it, and what to measure instead: a few lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tokenscan.report import economics_words as words
from tokenscan.report.economics import Economics, WasteInMoney, WasteLine
from tokenscan.report.numbers import money, percent, plural, tokens
from tokenscan.report.table_layout import INDENT, Page, Style, columns, fields, heading, paragraph
from tokenscan.report.text import clean, clean_id

_RULES = 5
_MEDIUM = 64  # below, there is no room for tokens and counts


def economics(page: Page) -> Iterator[RenderableType]:
    """Yield waste in money, the ranking by volume without it, and measures in bands; nothing where there is none."""
    found = page.report.economics
    if found is None or not words.has_something(found):
        return
    yield Text("")
    yield heading(page, "MONEY AND MEASURES", "each call counted once")
    yield Text("")
    yield from _waste(page, found)
    yield from _measures(page, found)


def _waste(page: Page, found: Economics) -> Iterator[RenderableType]:
    for number, sentence in enumerate(words.run_rate(found.waste)):
        yield paragraph(page, clean(sentence, 1_000), Style.LABEL if number else Style.PLAIN)
    lines = [line for line in found.waste.by_rule if line.waste.tokens.high]
    if lines:
        yield Text("")
        yield Padding(_rules(page, found.waste, lines[:_RULES]), (0, 0, 0, INDENT))
        yield paragraph(page, f"{_rest(lines[_RULES:])}-f json has all, and teams, people and months.", Style.LABEL)
    facts = list(_facts(found))
    if facts:
        yield Text("")
        yield fields(page, facts)


def _rules(page: Page, waste: WasteInMoney, lines: list[WasteLine]) -> Table:
    rate, whole = waste.rate, waste.total.tokens.expected
    wide = page.width >= _MEDIUM
    headers = ["waste by rule", *(["findings", "tokens"] if wide else []), "waste $", *(["$ a year"] if rate else [])]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=Style.LABEL)
    for place, header in enumerate(headers):
        table.add_column(Text(header), justify="right" if place else "left", overflow="fold")
    for line in lines:
        spent = line.waste.nanousd
        yearly = rate.yearly(spent.expected) if rate and spent else None
        share = percent(line.waste.tokens.expected / whole) if whole else ""
        found = "" if line.findings is None else f"{line.findings:,}"
        counts = [found, f"{tokens(line.waste.tokens.expected)} {share:>5}"] if wide else []
        figures = [*counts, money(spent.expected if spent else None), *([money(yearly)] if rate else [])]
        table.add_row(Text(clean_id(line.name or "(no rule)"), Style.STRONG), *(Text(figure) for figure in figures))
    return table


def _rest(lines: list[WasteLine]) -> str:
    if not lines:
        return ""
    count = sum(line.waste.tokens.expected for line in lines)
    priced = [line.waste.nanousd.expected for line in lines if line.waste.nanousd]
    return f"{plural(len(lines), 'more rule')}: {tokens(count)} tokens, {money(sum(priced) if priced else None)}. "


def _facts(found: Economics) -> Iterator[tuple[str, str]]:
    for level in dict.fromkeys(board.level for board in found.leaderboards):
        boards = [board for board in found.leaderboards if board.level == level]
        yield "ranking" if level == "team" else "people", words.rankings(boards, clean_id)
    if found.waste.total.tokens.high:
        # Cost grows with prices, too: the terminal shows tokens, JSON both.
        for item in found.growth:
            if item.metric == "tokens":
                what = "" if item.what.startswith("first third") else f"{clean(item.what)}: "
                yield "growth", what + words.growth(item)
    yield "CO2", clean(words.co2(found.waste))
    yield "savings", words.savings(found)


def _measures(page: Page, found: Economics) -> Iterator[RenderableType]:
    known = [measure for measure in found.measures if measure.value is not None]
    if not known:
        return
    rows = []
    for measure in known:
        text = "; ".join(filter(None, (words.measure(measure), words.bands(measure, clean_id))))
        rows.append((Text(measure.name, Style.STRONG), Text(text)))
    yield Text("")
    yield paragraph(page, "to measure in place of volume, with 95 % intervals", Style.LABEL)
    yield columns(page, rows, min(29, page.prose // 3))
    missing = [f"{measure.name} ({measure.reason})" for measure in found.measures if measure.value is None]
    unknown = f"Not known: {'; '.join(missing)}. " if missing else ""
    yield paragraph(page, unknown + words.OBSERVED, Style.LABEL)
