"""A forecast in Markdown, for a ticket or a wiki; formulas stand as code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tokenscan.forecasting.model import Forecast, Scenario, Step
from tokenscan.forecasting.table import headline, month_lines, signed, year_name
from tokenscan.forecasting.words import cents, percent, value
from tokenscan.report.markdown_text import code, escaped
from tokenscan.report.numbers import plural


def to_markdown(forecast: Forecast) -> str:
    """Return the forecast as GitHub-flavoured Markdown."""
    parts = [
        "## tokenscan forecast",
        *_head(forecast),
        "### Today",
        _steps(forecast.base.steps),
        f"### Scenarios, totals of {plural(forecast.assumptions.months, 'month')}",
        _overview(forecast),
        "### Months",
        _months(forecast),
        "### How each line is computed",
        *(_how(one) for one in forecast.scenarios),
    ]
    if forecast.roi:
        parts += ["### Removing waste", _steps(forecast.roi)]
    if forecast.skipped:
        parts += ["### Not computed", "\n".join(f"- {code(one.id)}: {escaped(one.reason)}" for one in forecast.skipped)]
    parts.append("\n".join(f"- {escaped(note)}" for note in forecast.notes))
    return "\n\n".join(parts) + "\n"


def _head(forecast: Forecast) -> Iterator[str]:
    base = forecast.base
    yield escaped(headline(forecast))
    if base.waste_share:
        yield f"Of this {percent(base.waste_share)} is waste."
    if not forecast.complete:
        yield "**Incomplete**: more of the logs could not be read than is allowed."


def _overview(forecast: Forecast) -> str:
    base = forecast.scenarios[0].spend
    rows = [
        (one.title, cents(one.spend), cents(one.waste), signed(one.spend - base)) for one in forecast.scenarios
    ]  # fmt: skip
    return _table(("scenario", "spend", "of it waste", "against today"), rows)


def _months(forecast: Forecast) -> str:
    rows = [
        (str(number + 1), *(cents(one.months[number].spend) for one in forecast.scenarios))
        for number in range(forecast.assumptions.months)
    ]
    return _table(("month", *(one.title for one in forecast.scenarios)), rows)


def _how(scenario: Scenario) -> str:
    rows = [(escaped(step.name), value(step), "", code(step.formula)) for step in scenario.steps]
    rows += [
        (place, cents(month.spend), cents(month.waste), code(month.formula))
        for place, month in month_lines(scenario.months)
    ]
    rows += [(year_name(one), cents(one.spend), cents(one.waste), code(one.formula)) for one in scenario.years]
    lines = _table(("", "spend", "of it waste", "formula"), rows, left=(3,))
    return f"**{scenario.title}**: {escaped(scenario.assumes)}.\n\n{lines}"


def _steps(steps: Iterable[Step]) -> str:
    return _table(
        ("", "", "formula"), [(escaped(step.name), value(step), code(step.formula)) for step in steps], left=(2,)
    )


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]], left: tuple[int, ...] = ()) -> str:
    rule = ("---" if place in (0, *left) else "---:" for place in range(len(columns)))
    lines = [" | ".join(columns), " | ".join(rule), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)
