"""A forecast for the terminal: where it starts, what may come, a chart, the months, and the working of every line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tokenscan.forecasting.chart import bar, skyline
from tokenscan.forecasting.exact import rounded
from tokenscan.forecasting.model import MONTHS_A_YEAR, Forecast, Month, Scenario, Step, Year
from tokenscan.forecasting.words import cents, value
from tokenscan.report.numbers import percent, plural
from tokenscan.report.table_layout import INDENT, Sheet, Style, drawn, fields, heading, paragraph
from tokenscan.report.text import clean

NARROWEST = 40
_GAP = 2
_PROSE = 2_000
_SKYLINE = 24


def render_table(forecast: Forecast, *, width: int = 100, color: bool = False, ascii_only: bool = False) -> str:
    """Return the forecast as text of at most ``width`` cells a line (40 where less is asked for)."""
    sheet = Sheet(width=max(width, NARROWEST))
    blocks = (
        *_head(sheet, forecast),
        *_working(sheet, "TODAY", forecast.base.steps),
        *_overview(sheet, forecast),
        *_chart(sheet, forecast, ascii_only=ascii_only),
        *_months(sheet, forecast),
        *_working(sheet, "REMOVING WASTE", forecast.roi),
        *_how(sheet, forecast),
        *_rest(sheet, forecast),
    )
    return drawn(blocks, sheet.width, color=color, ascii_only=ascii_only)


def _head(sheet: Sheet, forecast: Forecast) -> Iterator[RenderableType]:
    base = forecast.base
    yield heading(sheet, Text("tokenscan forecast", Style.COMMAND), clean(forecast.version, 20))
    yield Text("")
    yield paragraph(sheet, headline(forecast), Style.STRONG)
    if base.waste_share:
        span = base.waste_span
        between = f" ({_percent(span.low)} to {_percent(span.high)})" if span and span.low != span.high else ""
        yield paragraph(sheet, f"Of this {_percent(base.waste_share)}{between} is waste.")
    if not forecast.complete:
        yield paragraph(sheet, "Incomplete: more of the logs could not be read than is allowed.", Style.BAD)


def _percent(share: Fraction) -> str:
    return percent(float(share))


def headline(forecast: Forecast) -> str:
    """Return the spend as it is today, in a sentence."""
    base = forecast.base
    told = f"Today's spend is {cents(base.monthly)} a month, {cents(base.monthly * 12)} a year"
    if base.relative is not None:
        low, high = cents(base.monthly * base.relative.low), cents(base.monthly * base.relative.high)
        told += f" ({low} to {high} a month)"
    return f"{told}."


def _working(sheet: Sheet, title: str, steps: Sequence[Step]) -> Iterator[RenderableType]:
    if steps:
        yield Text("")
        yield heading(sheet, title)
        yield Text("")
        yield _steps(sheet, steps)


def _steps(sheet: Sheet, steps: Iterable[Step]) -> RenderableType:
    rows = [(step.name, value(step), f"= {clean(step.formula, _PROSE)}") for step in steps]
    return _grid(sheet, ("", "", ""), rows, right=(1,), dim=(2,), whole=sheet.width >= 72)


def _overview(sheet: Sheet, forecast: Forecast) -> Iterator[RenderableType]:
    months = forecast.assumptions.months
    yield Text("")
    yield heading(sheet, "SCENARIOS", f"totals of {plural(months, 'month')}")
    yield Text("")
    base = forecast.scenarios[0].spend
    rows = [(one.title, cents(one.spend), cents(one.waste), signed(one.spend - base)) for one in forecast.scenarios]
    yield _grid(sheet, ("", "spend", "of it waste", "against today"), rows, right=(1, 2, 3))
    if months > 12:
        yield from _by_year(sheet, forecast)


def _by_year(sheet: Sheet, forecast: Forecast) -> Iterator[RenderableType]:
    rows = [
        (one.title, f"{year.number}", f"{year.months}", cents(year.spend), cents(year.waste), signed(year.against_base))
        for one in forecast.scenarios
        for year in one.years
    ]
    yield Text("")
    yield heading(sheet, "YEARS")
    yield Text("")
    columns = ("", "year", "months", "spend", "of it waste", "against today")
    yield _grid(sheet, columns, rows, right=(1, 2, 3, 4, 5))


def signed(dollars: Fraction) -> str:
    """Return a difference with its sign, a dash where there is none."""
    shown = cents(dollars)
    return "\u2013" if not dollars else shown if dollars < 0 else f"+{shown}"


def _chart(sheet: Sheet, forecast: Forecast, *, ascii_only: bool) -> Iterator[RenderableType]:
    top = max(month.spend for one in forecast.scenarios for month in one.months)
    count = min(forecast.assumptions.months, _SKYLINE if sheet.width >= 100 else _SKYLINE // 2)
    count = max(count, 2)
    names = max(len(one.title) for one in forecast.scenarios)
    sums = max(len(cents(one.months[-1].spend)) for one in forecast.scenarios)
    free = sheet.prose - INDENT - names - sums - count - 3 * _GAP
    yield Text("")
    yield heading(sheet, "CHART", "month by month from $0; last month, needed and wasted")
    yield Text("")
    rows = []
    for one in forecast.scenarios:
        last = one.months[-1]
        needed, wasted = bar(last, top, max(free, 4))
        bars = Text.assemble((needed, Style.GOOD), (wasted, Style.WARN))
        rows.append((one.title, skyline(one.months, top, count, ascii_only=ascii_only), bars, cents(last.spend)))
    yield _grid(sheet, ("", "", "", ""), rows, right=(3,), whole=sheet.width >= 72)


def _months(sheet: Sheet, forecast: Forecast) -> Iterator[RenderableType]:
    """Yield spend by month, the scenarios beside each other in as many blocks as the width asks for."""
    found = forecast.scenarios
    widths = [max(len(_whole(month.spend)) for month in one.months) for one in found]
    needed = [
        max(wide, *(len(word) for word in one.title.split())) + _GAP for one, wide in zip(found, widths, strict=True)
    ]
    free = max(sheet.width - INDENT - 7, *needed)
    blocks: list[list[Scenario]] = [[]]
    used = 0
    for one, wide in zip(found, needed, strict=True):
        if used + wide > free and blocks[-1]:
            blocks.append([])
            used = 0
        blocks[-1].append(one)
        used += wide
    yield Text("")
    yield heading(sheet, "MONTHS", "spend in dollars")
    for block in blocks:
        yield Text("")
        rows = [
            (str(number + 1), *(_whole(one.months[number].spend) for one in block))
            for number in range(forecast.assumptions.months)
        ]
        yield _grid(
            sheet, ("month", *("\n".join(one.title.split()) for one in block)), rows, right=range(len(block) + 1)
        )


def _whole(dollars: Fraction) -> str:
    """Return whole dollars; cents below a hundred dollars."""
    return cents(dollars).removeprefix("$") if abs(dollars) < 100 else f"{int(rounded(dollars, 0)):,}"


def _how(sheet: Sheet, forecast: Forecast) -> Iterator[RenderableType]:
    yield Text("")
    yield heading(sheet, "HOW EACH LINE IS COMPUTED")
    for one in forecast.scenarios:
        yield Text("")
        yield paragraph(sheet, Text.assemble((one.title, Style.STRONG), f": {clean(one.assumes, _PROSE)}."))
        rows = [(step.name, value(step), "", f"= {clean(step.formula, _PROSE)}") for step in one.steps]
        rows += [
            (place, cents(month.spend), cents(month.waste), f"= {month.formula}")
            for place, month in month_lines(one.months)
        ]
        rows += [(year_name(year), cents(year.spend), cents(year.waste), f"= {year.formula}") for year in one.years]
        yield _grid(sheet, ("", "spend", "of it waste", ""), rows, right=(1, 2), dim=(3,), whole=sheet.width >= 72)


def year_name(year: Year) -> str:
    """Return "year 1", or "year 1, 3 months" where it is not whole."""
    whole = year.months == MONTHS_A_YEAR
    return f"year {year.number}" if whole else f"year {year.number}, {plural(year.months, 'month')}"


def month_lines(months: Sequence[Month]) -> Iterator[tuple[str, Month]]:
    """Yield the months, those that are alike as one."""
    for _, alike in groupby(months, key=lambda month: (month.spend, month.waste, month.formula)):
        run = list(alike)
        first, last = run[0].number, run[-1].number
        yield (f"month {first}" if first == last else f"months {first}\u2013{last}"), run[0]


def _rest(sheet: Sheet, forecast: Forecast) -> Iterator[RenderableType]:
    if forecast.skipped:
        yield Text("")
        yield heading(sheet, "NOT COMPUTED")
        yield Text("")
        yield fields(sheet, [(one.id, clean(one.reason, _PROSE)) for one in forecast.skipped])
    yield Text("")
    yield heading(sheet, "NOTES")
    yield Text("")
    yield from (paragraph(sheet, clean(note, _PROSE), Style.LABEL) for note in forecast.notes)


def _grid(
    sheet: Sheet,
    columns: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    *,
    right: Sequence[int] = (),
    dim: Sequence[int] = (),
    whole: bool = True,
) -> RenderableType:
    """Return rows under dim headers; what does not fit folds, figures stay whole where there is room."""
    shown = any(columns)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style=Style.LABEL, show_header=shown)
    for place, name in enumerate(columns):
        table.add_column(
            Text(name),
            justify="right" if place in right else "left",
            overflow="fold",
            no_wrap=whole and place in right and sheet.width >= 64,
            style=Style.LABEL if place in dim else Style.PLAIN,
        )
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return Padding(table, (0, 0, 0, INDENT))
