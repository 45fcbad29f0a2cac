"""Money and measures on the page: what waste comes to, who would lead without it, what to measure instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tokenscan.report import economics_words as words
from tokenscan.report.economics import Economics, Leaderboard, WasteLine
from tokenscan.report.html.charts.figure import Column
from tokenscan.report.html.words import dollar_cell
from tokenscan.report.model import Range, Report
from tokenscan.report.numbers import percent
from tokenscan.report.text import clean_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyTable:
    """A table of figures."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The section: sentences, labelled facts, tables of waste and of rankings, measures and how they can be gamed."""

    sentences: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    waste: tuple[MoneyTable, ...]
    measures: tuple[tuple[str, str], ...]
    note: str
    gaming: tuple[tuple[str, str], ...]


def money(report: Report) -> Money | None:
    """Return the section; None where there is nothing to show."""
    found = report.economics
    if found is None or not words.has_something(found):
        return None
    return Money(
        sentences=tuple(words.run_rate(found.waste)),
        facts=tuple((label, text) for label, text in _facts(found) if text),
        waste=tuple(table for table in _tables(found) if table.rows),
        measures=tuple(_measures(found)),
        note=words.OBSERVED,
        gaming=tuple(_gaming(found)),
    )


def _facts(found: Economics) -> Iterator[tuple[str, str]]:
    for level in dict.fromkeys(board.level for board in found.leaderboards):
        boards = [board for board in found.leaderboards if board.level == level]
        yield "Ranking" if level == "team" else "Ranking of people", words.rankings(boards, clean_id)
    if found.waste.total.tokens.high:
        for item in found.growth:
            yield "Growth", f"{item.what}: {words.growth(item)}"
    yield "CO2", words.co2(found.waste)
    yield "Savings", words.savings(found)


def _tables(found: Economics) -> Iterator[MoneyTable]:
    waste = found.waste
    if not waste.total.tokens.high:
        return
    yield _lines(found, "Waste by rule", "rule", waste.by_rule)
    yield _lines(found, "Waste by team", "team", waste.by_team)
    yield _lines(found, "Waste by month", "month", waste.by_month)
    yield from (_board(board) for board in found.leaderboards if board.level == "team")


def _lines(found: Economics, caption: str, what: str, lines: Sequence[WasteLine]) -> MoneyTable:
    rate = found.waste.rate
    yearly = rate is not None and what != "month"
    names = ("tokens, at least", "expected", "at most", "waste, at least", "expected", "at most")
    columns = [Column(name=what, numeric=False), *(Column(name=name) for name in names)]
    rows = []
    for line in lines:
        spent = line.waste.nanousd
        figures = [f"{part:,}" for part in _parts(line.waste.tokens)]
        figures += [dollar_cell(part) for part in (_parts(spent) if spent else (None,) * 3)]
        if rate is not None and yearly:
            figures.append(dollar_cell(rate.yearly(spent.expected)) if spent else dollar_cell(None))
        rows.append((clean_id(line.name) if line.name is not None else f"(no {what}, or a small one)", *figures))
    return MoneyTable(
        caption=caption, columns=(*columns, *([Column(name="expected, a year")] if yearly else [])), rows=tuple(rows)
    )


def _board(board: Leaderboard) -> MoneyTable:
    in_money = board.metric == "cost_nanousd"
    metric = "cost" if in_money else board.metric
    names = (metric, "share removed", "rank", "rank without the waste")
    rows = tuple(
        (
            clean_id(place.name),
            dollar_cell(place.amount) if in_money else f"{place.amount:,}",
            percent(place.removed.expected / place.amount) if place.amount else "0%",
            f"{place.before:,}",
            f"{place.after.expected:,}",
        )
        for place in board.places
    )
    columns = (Column(name="team", numeric=False), *(Column(name=name) for name in names))
    caption = f"Ranking of teams by {metric}, and without the expected waste"
    return MoneyTable(caption=caption, columns=columns, rows=rows)


def _measures(found: Economics) -> Iterator[tuple[str, str]]:
    for measure in found.measures:
        teams = words.bands(measure, clean_id, limit=50) or measure.teams_reason
        facts = (
            words.measure(measure),
            f"Teams: {teams}" if teams else "",
            f"{measure.better.capitalize()} is better; gamed {words.EASE[measure.gaming]}",
            f"Counted: {measure.definition}",
        )
        yield measure.name, ". ".join(filter(None, facts)) + "."


def _gaming(found: Economics) -> Iterator[tuple[str, str]]:
    for note in found.metrics:
        shown = "" if note.shown else " Not in this report."
        yield note.name, f"{words.EASE[note.gaming]}: {note.why} (judged by: {note.origin}).{shown}"


def _parts(figures: Range) -> tuple[int, int, int]:
    return figures.low, figures.expected, figures.high
