"""One person's days against what was to be expected of them, and against their peers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from tokenscan.report.html.charts import theme
from tokenscan.report.html.charts.draw import Canvas, Row, bottom_axis, drawn, layer, value_axis
from tokenscan.report.html.charts.figure import Column, Drawing, Figure, Legend
from tokenscan.report.html.charts.scales import day_ticks, token_label, value_ticks
from tokenscan.report.html.charts.usage import mark_layers, mark_legend
from tokenscan.report.numbers import plural
from tokenscan.report.series import PersonDay, PersonDays
from tokenscan.report.text import clean_id

if TYPE_CHECKING:
    import altair as alt

WIDTH, HEIGHT = 340, 150
_GAP = 5  # days without a value that a line does not bridge
_COLUMNS = ("day", "calls", "tokens", "compared", "own normal", "peers' median", "waste tokens", "flagged")


def person_figure(person: PersonDays, first: date, last: date, number: int) -> Figure | None:
    """Return a person's timeline over the days of the report, ``number`` being their place in it."""
    if not person.days:
        return None
    first, last = min(first, person.days[0].day), max(last, person.days[-1].day)
    name = clean_id(person.user)
    flagged = sum(day.flagged for day in person.days)
    told = f"{flagged:,} of {plural(len(person.days), 'active day')} flagged"
    group = f"{plural(person.peer_count, 'peer')}: {clean_id(person.peer_group)}" if person.peer_group else _NO_PEERS
    label = f"Tokens by day of {name}: {told}; {group}"
    return Figure(
        id=f"person-{number}",
        title=name,
        note=f"{told}; {group}",
        drawings=(Drawing(svg=_drawing(person, first, last, label)),),
        columns=tuple(Column(name=name, numeric=name not in {"day", "flagged"}) for name in _COLUMNS),
        rows=tuple(_row(day) for day in person.days),
    )


_NO_PEERS = "too few peers to compare with"


def timeline_legend(people: Iterable[PersonDays]) -> Legend:
    """Return what the colours of timelines mean."""
    marks = [mark for person in people for mark in person.marks]
    bars = (("waste", "flagged day"), ("usual", "other day"))
    return (*bars, ("ink", "own normal"), ("peers", "peers' median"), *mark_legend(marks))


def _row(day: PersonDay) -> tuple[str, ...]:
    return (
        day.day.isoformat(), f"{day.requests:,}", f"{day.tokens:,}", f"{day.fresh:,}", _known(day.normal),
        _known(day.peers), f"{day.waste_tokens:,}", "flagged" if day.flagged else "",
    )  # fmt: skip


def _known(value: int | None) -> str:
    return "\u2013" if value is None else f"{value:,}"


def _drawing(person: PersonDays, first: date, last: date, label: str) -> str:
    days = person.days
    highest = max(max(day.fresh, day.normal or 0, day.peers or 0) for day in days)
    ticks = value_ticks(highest, token_label, 3)
    canvas = Canvas(
        width=WIDTH, height=HEIGHT, left=44, right=2, top=6, bottom=20,
        x=(0, (last - first).days + 1), y=(0, ticks[-1][0]),
    )  # fmt: skip
    names = [((day - first).days, name) for day, name in day_ticks(first, last, 5)]
    return drawn(
        canvas,
        [
            *mark_layers(canvas, person.marks, first),
            *value_axis(canvas, ticks),
            *_bars(canvas, days, first),
            _line(canvas, ((day.day, day.peers) for day in days), first, color=theme.PEERS, strokeWidth=1.5),
            _line(canvas, ((day.day, day.normal) for day in days), first, color=theme.INK, strokeDash=[3, 2]),
            *bottom_axis(canvas, names),
        ],
        label,
    )


def _bars(canvas: Canvas, days: Sequence[PersonDay], zero: date) -> Iterable[alt.Chart]:
    for flagged, color in ((False, theme.USUAL), (True, theme.WASTE)):
        rows = [
            {"x": (day.day - zero).days + 0.12, "x2": (day.day - zero).days + 0.88, "y": 0, "y2": day.fresh}
            for day in days
            if day.flagged is flagged and day.fresh > 0
        ]
        if rows:
            yield layer(canvas, rows, "rect", ["x", "x2", "y", "y2"], color=color)


def _line(canvas: Canvas, values: Iterable[tuple[date, int | None]], zero: date, **look: object) -> alt.Chart:
    rows: list[Row] = []
    for day, value in values:
        if value is None:
            continue
        place, part = (day - zero).days + 0.5, rows[-1]["part"] if rows else 0
        broken = bool(rows) and place - rows[-1]["x"] > _GAP
        rows.append({"x": place, "y": value, "part": part + broken})
    import altair as alt

    chart = layer(canvas, rows, "line", ["x", "y"], **look)
    return chart.encode(detail=alt.Detail("part:N"))
