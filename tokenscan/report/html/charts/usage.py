"""Usage by day: what was spent, how much of it is likely waste, and what the calendar held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from tokenscan.report.html.charts import theme
from tokenscan.report.html.charts.draw import Canvas, bottom_axis, drawn, layer, pixel, value_axis
from tokenscan.report.html.charts.figure import Column, Drawing, Figure, Legend, Screen
from tokenscan.report.html.charts.scales import day_ticks, dollar_label, dollars, token_label, value_ticks
from tokenscan.report.html.words import dollar_cell, scope
from tokenscan.report.model import Report
from tokenscan.report.numbers import money, tokens
from tokenscan.report.series import Day, Mark, MarkKind
from tokenscan.report.text import clean

if TYPE_CHECKING:
    import altair as alt

_SIZES = {Screen.WIDE: (920, 240), Screen.NARROW: (340, 220)}
_BY_DAY, _BY_WEEK = 200, 1_400  # days; longer logs are drawn by week, by month
_ROW, _ROWS = 15, 3  # pixels between the names of marks above the plot, and how many of them may stand in a stack
_LETTER = 6.6  # pixels of an average letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A day, week or month as a bar: what it was for, of which ``waste``, in dollars or tokens."""

    start: date
    end: date
    height: float
    waste: float


def usage_figure(report: Report) -> Figure | None:
    """Return usage by day with reviews and planned events, in money where most calls have a price."""
    series = report.series
    if series is None or not series.days:
        return None
    by_money = priced_mostly(report)
    unit, bars = _bars(series.days, by_money=by_money)
    what = "Spend" if by_money else "Tokens"
    marks = _visible(series.marks, bars)
    title = f"{what} by {unit}"
    label = f"{title}, {series.days[0].day} to {series.days[-1].day}. {_described(report, by_money=by_money)}"
    drawings = tuple(
        Drawing(svg=_drawing(size, bars, marks, label, by_money=by_money), screen=screen)
        for screen, size in _SIZES.items()
    )
    return Figure(
        id="usage",
        title=title,
        note=_note(unit, marks, report.input.timezone),
        drawings=drawings,
        columns=tuple(
            Column(name=name, numeric=name != "day")
            for name in ("day", "calls", "tokens", "cost", "waste tokens", "waste")
        ),
        rows=tuple(_row(day) for day in series.days),
        legend=(("waste", "expected waste"), ("usual", "the rest"), *mark_legend(marks)),
    )


def mark_legend(marks: Sequence[Mark]) -> Legend:
    """Return what the shaded stretches mean that are there."""
    words = {MarkKind.REVIEW: "days before a review", MarkKind.PLANNED: "planned event"}
    return tuple((kind.value, text) for kind, text in words.items() if any(mark.kind is kind for mark in marks))


def priced_mostly(report: Report) -> bool:
    """Return whether nearly all calls have a known price, so that charts can be in money."""
    totals = report.totals
    return totals.cost_nanousd > 0 and totals.unpriced_requests <= 0.05 * totals.requests


def _described(report: Report, *, by_money: bool) -> str:
    totals = report.totals
    if by_money:
        return f"{money(totals.cost_nanousd)} in all, of which {money(totals.waste_nanousd.expected)} is likely waste."
    return f"{tokens(totals.tokens)} tokens in all, of which {tokens(totals.waste_tokens.expected)} are likely waste."


def _note(unit: str, marks: Sequence[Mark], zone: str) -> str:
    parts = [f"Each bar is one {unit} of all calls; days are cut in {clean(zone, 40)}."]
    parts += [f"{clean(mark.name, 60) or mark.kind}: {_period(mark)}{scope(mark)}." for mark in marks]
    return " ".join(parts)


def _period(mark: Mark) -> str:
    if mark.kind is MarkKind.REVIEW:
        return f"on {mark.end}, the days before it from {mark.start}"
    return f"{mark.start}" if mark.start == mark.end else f"{mark.start} to {mark.end}"


def _row(day: Day) -> tuple[str, ...]:
    waste = dollar_cell(day.waste_nanousd)
    return (
        day.day.isoformat(), f"{day.requests:,}", f"{day.tokens:,}", dollar_cell(day.cost_nanousd),
        f"{day.waste_tokens:,}", waste,
    )  # fmt: skip


def _bars(days: Sequence[Day], *, by_money: bool) -> tuple[str, list[Bar]]:
    """Return what a bar stands for, and the bars."""
    span = (days[-1].day - days[0].day).days
    unit = "day" if span <= _BY_DAY else "week" if span <= _BY_WEEK else "month"
    sums: dict[tuple[date, date], list[float]] = {}
    for day in days:
        found = sums.setdefault(_bounds(day.day, unit), [0.0, 0.0])
        found[0] += dollars(day.cost_nanousd) if by_money else day.tokens
        found[1] += dollars(day.waste_nanousd) if by_money else day.waste_tokens
    return unit, [
        Bar(start=start, end=end, height=height, waste=waste) for (start, end), (height, waste) in sums.items()
    ]


def _bounds(day: date, unit: str) -> tuple[date, date]:
    """Return the first day of what a day belongs to, and the day after its last."""
    if unit == "day":
        return day, _later(day, 1)
    if unit == "week":
        monday = _later(day, -day.weekday())
        return monday, _later(monday, 7)
    first = day.replace(day=1)
    return first, _later(first, 31).replace(day=1)


def _later(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:  # forged logs reach the ends of the calendar
        return day


def _visible(marks: Sequence[Mark], bars: Sequence[Bar]) -> list[Mark]:
    return [mark for mark in marks if mark.end >= bars[0].start and mark.start < bars[-1].end]


def _drawing(size: tuple[int, int], bars: Sequence[Bar], marks: Sequence[Mark], label: str, *, by_money: bool) -> str:
    zero, last = bars[0].start, bars[-1].end
    named = dollar_label if by_money else token_label
    ticks = value_ticks(max(bar.height for bar in bars), named)
    span, left, right = max((last - zero).days, 1), 48, 4
    names = _placed(marks, zero, span, size[0] - left - right)
    canvas = Canvas(
        width=size[0], height=size[1], left=left, right=right, bottom=22,
        top=8 + _ROW * max((name.row + 1 for name in names), default=0), x=(0, span), y=(0, ticks[-1][0]),
    )  # fmt: skip
    days = day_ticks(zero, _later(last, -1), 12 if size[0] > 600 else 5)
    gap = 0.1 * (bars[0].end - bars[0].start).days
    rows = [
        {"x": (bar.start - zero).days + gap, "x2": (bar.end - zero).days - gap, "y": bar.waste, "y2": bar.height}
        for bar in bars
    ]  # fmt: skip
    wasted = [row | {"y": 0.0, "y2": row["y"]} for row in rows if row["y"] > 0]
    box = ["x", "x2", "y", "y2"]
    return drawn(
        canvas,
        [
            *mark_layers(canvas, marks, zero),
            *_named(canvas, names),
            *value_axis(canvas, ticks),
            layer(canvas, rows, "rect", box, color=theme.USUAL),
            layer(canvas, wasted, "rect", box, color=theme.WASTE),
            *bottom_axis(canvas, [((day - zero).days, name) for day, name in days]),
        ],
        label,
    )


def mark_layers(canvas: Canvas, marks: Sequence[Mark], zero: date) -> Iterator[alt.Chart]:
    """Yield reviews and planned events as shaded stretches."""
    low, high = canvas.x
    for kind, color in ((MarkKind.REVIEW, theme.REVIEW), (MarkKind.PLANNED, theme.PLANNED)):
        rows = [
            {"x": max((mark.start - zero).days, low), "x2": min((mark.end - zero).days + 1, high)}
            for mark in marks
            if mark.kind is kind
        ]
        shown = [row for row in rows if row["x2"] > row["x"]]
        if not shown:
            continue
        height = canvas.plot[1]
        yield layer(canvas, shown, "rect", ["x", "x2"], color=color).encode(**pixel("y", 0), **pixel("y2", height))


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Where the name of a mark stands above the plot: ``x`` in days, in which row, growing from its left or right."""

    text: str
    x: float
    row: int
    align: Literal["left", "right"]


def _placed(marks: Sequence[Mark], zero: date, span: float, width: int) -> list[Name]:
    """Return the names of marks, each in the lowest row where it has room; ``span`` days are ``width`` pixels."""
    names = []
    taken = [0.0] * _ROWS
    for mark in marks:
        start, end = max((mark.start - zero).days, 0), min((mark.end - zero).days + 1, span)
        text = clean(mark.name, 30) or str(mark.kind)
        long = len(text) * _LETTER * span / width
        # A name ends where its mark does if it would be cut at the right edge otherwise.
        at_start = start + long <= span
        left = start if at_start else max(end - long, 0)
        row = next((number for number, used in enumerate(taken) if used <= left), None)
        if row is not None:  # else there is no room for it; the note below the chart has all names
            taken[row] = left + long
            align: Literal["left", "right"] = "left" if at_start else "right"
            names.append(Name(text=text, x=start if at_start else end, row=row, align=align))
    return names


def _named(canvas: Canvas, names: Sequence[Name]) -> Iterator[alt.Chart]:
    import altair as alt

    for name in names:
        look = {"align": name.align, "baseline": "bottom", "color": theme.INK, "fontSize": theme.TEXT_SIZE}
        text = layer(canvas, [{"x": name.x, "t": name.text}], "text", ["x"], **look)
        yield text.encode(**pixel("y", -4 - _ROW * name.row), text=alt.Text("t:N"))
