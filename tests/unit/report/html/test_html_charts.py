"""Charts: their tables hold the report's figures, their ticks are round, their drawings are plain SVG."""

from __future__ import annotations

import functools
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from typing import Any

import altair as alt
import pytest
import vl_convert

from tests.unit.report import report_factory as make
from tests.unit.report.html import series_factory as charts
from tests.unit.report.html.html_reader import Tag, read
from tokenscan.report.html.charts.draw import Canvas, drawn, layer
from tokenscan.report.html.charts.figure import Figure, Screen
from tokenscan.report.html.charts.person import person_figure
from tokenscan.report.html.charts.scales import day_ticks, dollar_label, token_label, value_ticks
from tokenscan.report.html.charts.usage import usage_figure
from tokenscan.report.model import Report


@functools.cache
def page() -> Tag:
    return read(charts.charted().render("html"))


def table(figure: str, root: Tag | None = None) -> list[list[str]]:
    """The rows of a chart's table, without the header."""
    return (root or page()).by_id(f"chart-{figure}").rows()[1:]


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_usage_by_day_adds_up_to_the_figures_of_the_days() -> None:
    rows = table("usage")
    days = charts.days()
    assert [row[0] for row in rows] == [f"2026-03-{day:02d}" for day in range(2, 12)]
    assert sum(number(row[1]) for row in rows) == sum(day.requests for day in days) == 145
    assert sum(number(row[2]) for row in rows) == 10_000_045
    assert rows[9] == ["2026-03-11", "19", "1,000,009", "$2.000009", "100,000", "$0.500000"]
    caption = page().by_id("chart-usage").all("figcaption")[0].text()
    assert "Q1 review: on 2026-03-23, the days before it from 2026-03-09." in caption
    assert "hackathon: 2026-03-05 to 2026-03-06 (team t3, 2 people)." in caption


def test_a_persons_table_has_every_day_with_normal_and_peers() -> None:
    rows = table("person-1")
    assert len(rows) == 10
    assert rows[1] == ["2026-03-03", "3", "200,001", "150,001", "40,000", "30,001", "7,000", "flagged"]
    assert rows[2] == ["2026-03-04", "3", "200,002", "150,002", "40,000", "\u2013", "0", ""]
    caption = page().by_id("chart-person-1").all("figcaption")[0].text()
    assert caption == "5 of 10 active days flagged; 6 peers: engineering, chat"


def test_waste_by_team_and_rule_is_the_reports() -> None:
    assert table("teams") == [["t3", "6,120", "4,100,000", "$62.100000", "1,240,000", "$41.200000"]]
    assert table("rules") == [
        ["scripted-timing", "2", "1,240,000", "$41.200000"],
        ["copied-prompt", "1", "81,000", "unknown"],
        ["spike", "1", "0", "$0.000000"],
    ]


def test_models_without_a_price_are_told_and_not_nothing() -> None:
    assert table("models") == [
        ["gpt-5", "100", "9,000,000", "$80.000000", "0"],
        ["mystery", "5", "1,000,045", "unknown", "5"],
        ["(no model named)", "1", "1", "unknown", "1"],
    ]


def test_repeated_prompts_name_only_who_stands_out_and_show_text_only_if_it_is_there() -> None:
    rows = table("clusters")
    assert rows[0] == [
        "1", "49", "20", "12,345", "7", "4", "2026-03-02", "2026-03-30", "812", "140",
        "mallory@example.com and 6 others", "0000000000000001",
    ]  # fmt: skip
    base = charts.series()
    shown = replace(base, clusters=(charts.cluster(1, text="Write <b> again"), charts.cluster(2, named=())))
    root = read(charts.charted(series=shown).render("html"))
    assert table("clusters", root)[0][-1] == "Write <b> again"
    assert table("clusters", root)[1][-3:] == ["7 others", "0000000000000002", ""]


def test_legends_name_only_the_colours_that_are_there() -> None:
    def legend(figure: str, root: Tag) -> list[str]:
        return [item.text() for item in root.by_id(f"chart-{figure}").all("li")]

    assert legend("usage", page()) == ["expected waste", "the rest", "days before a review", "planned event"]
    assert legend("clusters", page()) == ["likely waste", "the rest"]
    assert legend("teams", page()) == legend("models", page()) == []
    bare = read(charts.charted(series=charts.series(marks=(), people=())).render("html"))
    assert legend("usage", bare) == ["expected waste", "the rest"]


def usage(report: Report) -> Figure:
    figure = usage_figure(report)
    assert figure is not None
    return figure


def test_where_little_is_priced_charts_are_in_tokens() -> None:
    assert usage(charts.charted()).title == "Spend by day"
    unpriced = charts.charted(totals=make.totals(unpriced_requests=900_000))
    assert usage(unpriced).title == "Tokens by day"
    assert "41.2B tokens in all" in usage(unpriced).drawings[0].svg


@pytest.mark.parametrize(("count", "title"), [(150, "Spend by day"), (400, "Spend by week"), (1500, "Spend by month")])
def test_long_logs_are_drawn_by_week_and_month_and_told_by_day(count: int, title: str) -> None:
    figure = usage(charts.charted(series=charts.series(days=charts.days(count))))
    assert figure.title == title
    assert len(figure.rows) == count


def test_a_log_that_reaches_the_ends_of_the_calendar_is_drawn() -> None:
    days = (charts.days(1, date(1, 1, 1))[0], charts.days(1, date(9999, 12, 31))[0])
    assert usage(charts.charted(series=charts.series(days=days))).title == "Spend by month"


def test_one_day_and_days_of_nothing_are_drawn() -> None:
    (day,) = charts.days(1)
    nothing = replace(day, tokens=0, cost_nanousd=None, waste_tokens=0, waste_nanousd=None)
    figure = usage(charts.charted(series=charts.series(days=(nothing,))))
    assert figure.rows == (("2026-03-02", "10", "0", "unknown", "0", "unknown"),)
    idle = replace(charts.person_days(1)[0], fresh=0, normal=None, peers=None)
    person = replace(charts.series().people[0], days=(idle,))
    drawn_person = person_figure(person, charts.MONDAY, charts.MONDAY, 1)
    assert drawn_person is not None
    assert "<svg" in drawn_person.drawings[0].svg
    assert person_figure(replace(person, days=()), charts.MONDAY, charts.MONDAY, 1) is None


def test_too_few_peers_are_said_and_not_drawn() -> None:
    person = replace(charts.series().people[0], peer_group="", peer_count=0)
    alone = replace(person, days=tuple(replace(day, peers=None) for day in person.days))
    figure = person_figure(alone, charts.MONDAY, charts.MONDAY, 1)
    assert figure is not None
    assert figure.note.endswith("too few peers to compare with")
    assert "var(--peers)" not in figure.drawings[0].svg
    with_peers = person_figure(person, charts.MONDAY, charts.MONDAY, 1)
    assert with_peers is not None
    assert "var(--peers)" in with_peers.drawings[0].svg


def test_drawings_are_plain_svg_in_the_colours_of_the_page() -> None:
    figure = usage(charts.charted())
    assert [drawing.screen for drawing in figure.drawings] == [Screen.WIDE, Screen.NARROW]
    for drawing in figure.drawings:
        root = ET.fromstring(drawing.svg)
        names = {part.tag for part in root.iter()}
        assert names <= {"svg", "g", "path", "line", "text"}
        attributes = {name for part in root.iter() for name in part.attrib}
        assert not attributes & {"id", "class", "style", "href", "font-family", "clip-path"} - {"class"}
        colours = {part.attrib[name] for part in root.iter() for name in ("fill", "stroke") if name in part.attrib}
        assert all(colour in {"none", "transparent"} or re.fullmatch(r"var\(--[a-z]+\)", colour) for colour in colours)
        assert not re.search(r"\d\.\d\d", re.sub(r"<text.*?</text>|aria-label=\"[^\"]*\"", "", drawing.svg))


def test_the_height_of_a_bar_is_its_value() -> None:
    """Redone by hand: the highest day is $2.000009 on an axis to $3 (steps of $1), so a bar is 2/3 of the plot."""
    figure = usage(charts.charted())
    bars = re.findall(
        r'<path d="M[\d.]+,([\d.]+)h[\d.]+v([\d.]+)h-[\d.]+Z" fill="var\(--usual\)"', figure.drawings[0].svg
    )
    lines = [
        float(y)
        for y in re.findall(r'<line transform="translate\(\d+(?:\.\d)?,([\d.]+)\)" x2="-', figure.drawings[0].svg)
    ]
    assert len(bars) == 10
    plot = max(lines) - min(lines)
    ticks = value_ticks(2.000009, dollar_label)
    top, height = map(float, bars[0])
    # what is not waste lies on $0.50 of waste and reaches $2
    assert plot - top == pytest.approx(plot * 2.0 / ticks[-1][0], abs=0.2)
    assert height == pytest.approx(plot * 1.5 / ticks[-1][0], abs=0.2)


def test_charts_fit_the_schema_of_vega_lite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are written without that check, since it takes longer than drawing."""
    specs: list[dict[str, Any]] = []
    draw = vl_convert.vegalite_to_svg
    monkeypatch.setattr(vl_convert, "vegalite_to_svg", lambda spec: specs.append(spec) or draw(spec))
    charts.charted().render("html")
    assert len(specs) == 2 + 4 * 2 + 1  # usage and four comparisons for two screens, one person
    for spec in specs:
        alt.LayerChart.from_dict(spec, validate=True)


def test_text_in_a_drawing_is_text() -> None:
    canvas = Canvas(width=100, height=50, left=0, right=0, top=0, bottom=0, x=(0, 1), y=(0, 1))
    text = '<b id="x" class="y">&amp; "q" 1.23456'
    mark = layer(canvas, [{"x": 0.5, "y": 0.5, "t": text}], "text", ["x", "y"]).encode(text=alt.Text("t:N"))
    root = ET.fromstring(drawn(canvas, [mark], text))
    assert [part.text for part in root.iter("text")] == [text]
    assert root.attrib["aria-label"] == text


@pytest.mark.parametrize(
    ("highest", "labels"),
    [
        (0.0, ["0", ""]),
        (9.7, ["0", "$2.50", "$5.00", "$7.50", "$10"]),
        (100.0, ["0", "$25", "$50", "$75", "$100"]),
        (0.04, ["0", "$0.01", "$0.02", "$0.03", "$0.04"]),
        (43_000.0, ["0", "$20k", "$40k", "$60k"]),
        (float("nan"), ["0", ""]),
    ],
)
def test_ticks_are_round_and_reach_the_highest_value(highest: float, labels: list[str]) -> None:
    assert [label for _, label in value_ticks(highest, dollar_label)] == labels


@pytest.mark.parametrize(
    ("value", "label"), [(0, "0"), (250, "250"), (2_500, "2.5k"), (250_000, "250k"), (1_500_000, "1.5M")]
)
def test_tokens_on_an_axis_are_short(value: float, label: str) -> None:
    assert token_label(value) == label


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [
        (date(2026, 3, 2), date(2026, 3, 4), ["2 Mar", "3 Mar", "4 Mar"]),
        (date(2026, 3, 2), date(2026, 3, 30), ["2 Mar", "9 Mar", "16 Mar", "23 Mar", "30 Mar"]),
        (date(2026, 1, 5), date(2026, 4, 3), ["5 Jan", "Feb", "Mar", "Apr"]),
        (date(2025, 11, 1), date(2026, 2, 27), ["Nov", "Dec", "Jan 2026", "Feb"]),
        (date(2020, 1, 1), date(2026, 2, 27), ["2020", "2022", "2024", "2026"]),
    ],
)
def test_days_on_an_axis_are_those_a_reader_would_name(first: date, last: date, names: list[str]) -> None:
    assert [name for _, name in day_ticks(first, last, 6)] == names
