"""From an Altair chart to inline SVG: no ids, no scripts, no links, colours from the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from tokenscan.report.html.charts import theme
from tokenscan.report.html.charts.scales import Tick

if TYPE_CHECKING:
    import altair as alt

Row = dict[str, Any]

_TAG = re.compile(r"<[A-Za-z][^<>]*>")
# What Vega adds for its own renderer and for screen readers, which get the chart's label and its table instead. Fonts
# are the page's.
_NOISE = re.compile(r' (?:class|aria-[a-z]+|role|pointer-events|font-family|id)="[^"]*"| opacity="1"| stroke-width="1"')
_NAME = 30  # pixels that the name of a day takes
_DIGITS = re.compile(r"\d+\.\d{2,}(?:e-\d+)?")
_EMPTY = re.compile(r'<path d=""[^<>]*/>|<path[^<>]*display="none"/>|<path d="M0,0h0v0h0Z"/>|<g></g>|<g/>')


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """The room of a chart in pixels: all of it, what is left free for labels, and the range of values shown."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    x: tuple[float, float]
    y: tuple[float, float]

    @property
    def plot(self) -> tuple[int, int]:
        """Return width and height inside the labels."""
        return self.width - self.left - self.right, self.height - self.top - self.bottom


def axes(canvas: Canvas) -> dict[str, Any]:
    """Return x and x2, y and y2 as encodings of the fields of the same names, on the canvas's scales."""
    import altair as alt

    def scale(domain: tuple[float, float]) -> alt.Scale:
        return alt.Scale(domain=list(domain), nice=False, zero=False, clamp=True)

    return {
        "x": alt.X("x:Q", scale=scale(canvas.x), axis=None),
        "x2": alt.X2("x2:Q"),
        "y": alt.Y("y:Q", scale=scale(canvas.y), axis=None),
        "y2": alt.Y2("y2:Q"),
    }


def layer(canvas: Canvas, rows: Sequence[Row], mark: str, fields: Iterable[str], **look: Any) -> alt.Chart:
    """Return one layer of marks; ``fields`` are those of x, x2, y and y2 that the ``rows`` have."""
    import altair as alt

    known = axes(canvas)
    chart = getattr(alt.Chart(alt.InlineData(values=list(rows))), f"mark_{mark}")(**look)
    encoded: alt.Chart = chart.encode(**{name: known[name] for name in fields})
    return encoded


def pixel(channel: Literal["x", "y", "y2"], place: float) -> dict[str, Any]:
    """Return the encoding of a channel at a fixed pixel of the plot."""
    import altair as alt

    at: Any = {"x": alt.XValue, "y": alt.YValue, "y2": alt.Y2Value}[channel]
    return {channel: at(place)}


def value_axis(canvas: Canvas, ticks: Sequence[Tick]) -> list[alt.Chart]:
    """Return lines across the plot at each tick, and their names to the left of it."""
    import altair as alt

    rows = [{"y": value, "t": label} for value, label in ticks]
    lines = layer(canvas, rows, "rule", ["y"], color=theme.GRID)
    look = {"align": "right", "baseline": "middle", "color": theme.MUTED}
    names = layer(canvas, rows, "text", ["y"], **look, fontSize=theme.TEXT_SIZE)
    return [lines, names.encode(**pixel("x", -6), text=alt.Text("t:N"))]


def bottom_axis(canvas: Canvas, ticks: Sequence[Tick]) -> list[alt.Chart]:
    """Return the names of ticks below the plot, and a short line at each."""
    import altair as alt

    width, height = canvas.plot
    low, high = canvas.x
    # A name that would be cut at the end of the axis is left out; its line stays.
    fits = high - (high - low) * _NAME / width
    rows = [{"x": value, "t": label if value < fits else ""} for value, label in ticks]
    lines = layer(canvas, rows, "rule", ["x"], color=theme.MUTED)
    look = {"align": "left", "baseline": "top", "color": theme.MUTED, "dx": 3}
    names = layer(canvas, rows, "text", ["x"], **look, fontSize=theme.TEXT_SIZE)
    return [
        lines.encode(**pixel("y", height), **pixel("y2", height + 5)),
        names.encode(**pixel("y", height + 4), text=alt.Text("t:N")),
    ]


def drawn(canvas: Canvas, layers: Sequence[alt.Chart], label: str) -> str:
    """Return layers as an SVG element whose ``label`` is what a screen reader says of it."""
    import altair as alt
    import vl_convert

    width, height = canvas.plot
    padding = {"left": canvas.left, "right": canvas.right, "top": canvas.top, "bottom": canvas.bottom}
    chart = (
        alt.layer(*layers)
        .properties(width=width, height=height, padding=padding, autosize="none")
        .configure(aria=False, background="transparent", font=theme.FONT)
        .configure_view(stroke=None)
    )
    return _inline(vl_convert.vegalite_to_svg(chart.to_dict(validate=False)), canvas, label)


def _inline(svg: str, canvas: Canvas, label: str) -> str:
    """Leave out of Vega's SVG what a page has no use for. Text inside has no angle brackets, so that tags are tags."""
    body = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    body = _TAG.sub(lambda tag: _DIGITS.sub(_rounded, _NOISE.sub("", tag[0])), body)
    while (slim := _EMPTY.sub("", body)) != body:
        body = slim
    size = f'width="{canvas.width}" height="{canvas.height}" viewBox="0 0 {canvas.width} {canvas.height}"'
    return f'<svg class="chart" role="img" aria-label="{escape(label)}" {size}>{body}</svg>'


def _rounded(match: re.Match[str]) -> str:
    return f"{float(match[0]):.1f}".removesuffix(".0")
