"""The cost report for a terminal: what was spent, on what, how budgets stand, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from tokenscan.costing.model import Basis, CostReport, Line, Span
from tokenscan.costing.table_groups import group_section
from tokenscan.report.numbers import money, percent, period, plural, tokens, zone_of
from tokenscan.report.price_text import price_line, unknown_models_line
from tokenscan.report.table_budgets import budget_section
from tokenscan.report.table_layout import Sheet, Style, drawn, fields, heading, joined, paragraph
from tokenscan.report.text import clean

NARROWEST = 40
_BROKEN = 5
PARTIAL = "*"


def render_table(
    report: CostReport,
    *,
    width: int = 80,
    color: bool = False,
    top: int = 0,
    ascii_only: bool = False,
    is_sorted: bool = False,
) -> str:
    """Return the report as text of at most ``width`` cells a line (40 where less is asked for).

    ``top`` lines are shown, the others in one sum; 0 shows all. Unless lines were ``is_sorted`` by a figure, those of
    one first key have their sum above them. ``ascii_only`` is for an output that cannot take UTF-8. Names are folded,
    never cut.
    """
    page = Sheet(width=max(width, NARROWEST))
    sections = (
        _headline(page, report),
        group_section(page, report, top, is_sorted=is_sorted),
        budget_section(page, report.budgets),
        _context(page, report),
    )
    return drawn((block for section in sections for block in section), page.width, color=color, ascii_only=ascii_only)


def _headline(page: Sheet, report: CostReport) -> Iterator[RenderableType]:
    yield heading(page, Text("tokenscan costs", Style.COMMAND), clean(report.version, 20))
    yield Text("")
    yield paragraph(page, _spent(report), Style.STRONG)
    if report.total.unknown.requests and report.total.known:
        yield paragraph(page, _unpriced(report.total), Style.WARN)
    if not report.input.complete:
        yield paragraph(page, "This report is incomplete; what is missing is listed at the end.", Style.BAD)


def _spent(report: CostReport) -> str:
    total, window = report.total, report.input.window
    if window is None:
        return "No calls to report on."
    when = period(*window, zone_of(report.input.timezone))
    zone = clean(report.input.timezone, 40)
    between = f"from {when} ({zone})" if " to " in when else f"on {when} ({zone})"
    who = f" of {plural(total.people, 'person', 'people')}" if total.people else ""
    amount = money(total.nanousd) if total.known else "An unknown cost"
    return f"{amount} for {plural(total.requests, 'call')}{who} {between}: {tokens(total.tokens.total)} tokens."


def _unpriced(total: Line) -> str:
    share = percent(total.unknown.tokens / total.tokens.total) if total.tokens.total else ""
    calls, have = plural(total.unknown.requests, "call"), "has" if total.unknown.requests == 1 else "have"
    size = f"with {share} of the tokens" if total.unknown.tokens else "without any tokens"
    return f"{calls} {size} {have} no known price and {have} no part in these amounts."


def _context(page: Sheet, report: CostReport) -> Iterator[RenderableType]:
    yield Text("")
    yield heading(page, "HOW TO READ IT")
    yield Text("")
    rows = [
        ("known as", _kinds(report.total)),
        ("tokens", _tokens(report.total)),
        ("change", _change(report)),
        ("unpriced", unknown_models_line(report.unknown_models)),
        ("prices", price_line(report.prices)),
        ("read", _read(report)),
        ("notes", joined(clean(note, 1_000) for note in report.input.notes)),
    ]
    yield fields(page, rows)


def _kinds(total: Line) -> str:
    words = {
        "charged": "charged, as the vendor's bill says",
        "logged": "as the log says",
        "priced": "priced by tokens",
    }
    told = [
        f"{money(part.nanousd)} {words[kind]} ({plural(part.requests, 'call')})"
        for kind, part in total.kinds.items()
        if part.requests or part.nanousd
    ]
    return ", ".join(told)


def _tokens(total: Line) -> str:
    parts = total.tokens
    told = {
        "fresh input": parts.fresh_input,
        "cache read": parts.cache_read,
        "cache write (5 min)": parts.cache_write_5m,
        "cache write (1 h)": parts.cache_write_1h,
        "output": parts.output,
    }
    reasoning = f", of it {tokens(parts.reasoning)} reasoning" if parts.reasoning else ""
    return ", ".join(f"{tokens(count)} {name}" for name, count in told.items() if count) + reasoning


def _change(report: CostReport) -> str:
    comparison = report.comparison
    stars = any(line.partial for line in report.lines)
    partial = f"{PARTIAL} marks a period that the log covers in part"
    if comparison.basis is Basis.PREVIOUS_BUCKET:
        compared = any(line.current is not None and line.previous is not None for line in report.lines)
        said = "against the period before" if compared else "none: no period before one is in the log as a whole"
        like = ", the last one compared with as much of the one before" if compared else ""
        return f"{said}; {partial}{like}" if stars else said
    if comparison.basis is Basis.NONE:
        return f"none: {comparison.reason}"
    which = "the days before" if comparison.basis is Basis.PREVIOUS_WINDOW else "as many days before, both in this log"
    return f"{_span(comparison.current)} against {_span(comparison.previous)}, {which}"


def _span(span: Span | None) -> str:
    if span is None:
        return ""
    return str(span.first) if span.first == span.last else f"{span.first} to {span.last}"


def _read(report: CostReport) -> str:
    source = report.input
    parts: Sequence[str] = [
        f"{plural(source.files, 'file')}, {plural(source.events, 'row')} counted",
        f"{plural(source.duplicates, 'duplicate')} dropped" if source.duplicates else "",
        f"{plural(source.bad_rows, 'row')} unreadable" if source.bad_rows else "",
        *(clean(name, 300) for name in source.broken[:_BROKEN]),
    ]
    return ", ".join(part for part in parts if part)
