"""A chart of named bars, drawn for wide and for narrow screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenscan.report.html.charts import theme
from tokenscan.report.html.charts.draw import Canvas, drawn, layer, pixel
from tokenscan.report.html.charts.figure import Column, Drawing, Figure, Screen
from tokenscan.report.text import clean

_WIDTHS = {Screen.WIDE: 504, Screen.NARROW: 330}
_HEIGHT = 24  # of a bar with its room
_MOST = 12
_LEGEND = (("waste", "likely waste"), ("usual", "the rest"))
_TEXTS = frozenset({"team", "rule", "model", "from", "to", "senders who stand out", "id", "text"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A named bar, of which ``waste`` stands out, and what is written beside it."""

    name: str
    height: float
    waste: float
    value: str


def bar_figure(
    name: str, title: str, note: str, bars: Sequence[Bar], table: tuple[Sequence[str], Sequence[tuple[str, ...]]]
) -> Figure:
    """Return bars, the first of them drawn, with a ``table`` of columns and rows that has them all."""
    shown = list(bars[:_MOST])
    described = "; ".join(f"{bar.name}: {bar.value}" for bar in shown[:5])
    cut = f" The first {_MOST} of {len(bars)} are drawn; the table has all." if len(bars) > len(shown) else ""
    label = f"{title}. {described}"
    drawings = [Drawing(svg=_drawing(width, shown, label), screen=screen) for screen, width in _WIDTHS.items()]
    columns, rows = table
    return Figure(
        id=name,
        title=title,
        note=note + cut,
        drawings=tuple(drawings) if shown else (),
        columns=tuple(Column(name=column, numeric=column not in _TEXTS) for column in columns),
        rows=tuple(rows),
        legend=_LEGEND if 0 < sum(bar.waste for bar in shown) < sum(bar.height for bar in shown) else (),
    )


def _drawing(width: int, bars: Sequence[Bar], label: str) -> str:
    import altair as alt

    left, right = (176, 104) if width > 400 else (150, 92)
    highest = max((bar.height for bar in bars), default=0.0) or 1.0
    canvas = Canvas(
        width=width, height=_HEIGHT * len(bars) + 4, left=left, right=right, top=2, bottom=2,
        x=(0, highest), y=(len(bars), 0),
    )  # fmt: skip
    rows = [
        {"x": 0.0, "x2": bar.height, "y": place + 0.18, "y2": place + 0.82, "middle": place + 0.5,
         "split": min(bar.waste, bar.height), "n": clean(bar.name, left // 7), "v": bar.value}
        for place, bar in enumerate(bars)
    ]  # fmt: skip
    wasted = [row | {"x2": row["split"]} for row in rows if row["split"]]
    centred = [row | {"y": row["middle"], "x": row["x2"]} for row in rows]
    box = ["x", "x2", "y", "y2"]
    look = {"baseline": "middle", "fontSize": theme.TEXT_SIZE + 1}
    names = layer(canvas, centred, "text", ["y"], **look, align="right", color=theme.INK)
    values = layer(canvas, centred, "text", ["x", "y"], **look, align="left", dx=6, color=theme.MUTED)
    layers = [
        layer(canvas, rows, "rect", box, color=theme.USUAL),
        *([layer(canvas, wasted, "rect", box, color=theme.WASTE)] if wasted else []),
        names.encode(**pixel("x", -8), text=alt.Text("n:N")),
        values.encode(text=alt.Text("v:N")),
    ]
    return drawn(canvas, layers, label)
