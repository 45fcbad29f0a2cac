"""What a saved JSON report tells a forecast: spend and waste of its period."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Annotated

import msgspec

from tokenscan.errors import InputError
from tokenscan.forecasting.exact import NANO, nano
from tokenscan.forecasting.model import Base, Span, Step
from tokenscan.forecasting.numbers import waste_steps
from tokenscan.forecasting.observe import YEAR, Wasted, wasted
from tokenscan.forecasting.words import usd
from tokenscan.report.numbers import plural

_HINT = "make it with: tokenscan analyze PATH -f json -o report.json"
_Usd = Annotated[float, msgspec.Meta(ge=0, le=1e12)]


class _Range(msgspec.Struct):
    low: _Usd | None
    expected: _Usd | None
    high: _Usd | None


class _Totals(msgspec.Struct):
    cost_usd: _Usd | None
    waste_usd: _Range


class _Window(msgspec.Struct):
    first: dt.datetime = msgspec.field(name="from")
    last: dt.datetime = msgspec.field(name="to")


class _Input(msgspec.Struct):
    window: _Window | None
    complete: bool = True
    users: Annotated[int, msgspec.Meta(ge=0)] = 0


class Saved(msgspec.Struct):
    """The part of a report that is read."""

    schema_version: str
    totals: _Totals
    input: _Input


def read(content: bytes, name: str) -> Saved:
    """Read a report.

    Raises:
        InputError: it is none, or knows no spend.
    """
    try:
        saved = msgspec.json.decode(content, type=Saved)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InputError(f"{name}: no JSON report of tokenscan ({error})", hint=_HINT) from error
    if not saved.schema_version.startswith("1."):
        raise InputError(f"{name}: report of schema version {saved.schema_version[:20]}, not 1", hint=_HINT)
    if not saved.totals.cost_usd:
        raise InputError(f"{name}: knows no spend, so waste is no share of it", hint="give --waste-share")
    return saved


def waste_of(saved: Saved, name: str) -> Wasted:
    """Return the waste of a report as shares of its spend."""
    parts = saved.totals.waste_usd
    low, expected, high = (_nano(part) for part in (parts.low, parts.expected, parts.high))
    cost = _nano(saved.totals.cost_usd)
    return wasted((low, expected, high), cost, f"in {name}")


def base_of(saved: Saved, waste: Wasted, name: str) -> Base:
    """Return the base that a report alone gives: its spend over its days, without bounds.

    Raises:
        InputError: the report has no period.
    """
    window = saved.input.window
    if window is None or window.last < window.first:
        raise InputError(f"{name}: has no period, so its spend is of no month", hint=_HINT)
    days = (window.last.date() - window.first.date()).days + 1
    total = Fraction(_nano(saved.totals.cost_usd), NANO)
    monthly = total / days * YEAR / 12
    steps = (
        Step(name="Spend a month", formula=f"{usd(total)} / {plural(days, 'day')} \u00d7 {YEAR} / 12", value=monthly),
        Step(name="Spend a year", formula=f"12 \u00d7 {usd(monthly)}", value=12 * monthly),
        Step(name="Share of waste", formula=waste.origin, value=waste.expected, unit="share"),
        *waste_steps(monthly, waste.expected),
    )
    return Base(
        origin="report",
        monthly=monthly,
        waste_share=waste.expected,
        steps=steps,
        waste_span=Span(low=waste.low, high=waste.high),
        notes=(
            "No bounds of spend: a report does not hold its weeks. Give the logs for them.",
            *([] if saved.input.complete else ["The report is of logs that could not all be read."]),
        ),
    )


def _nano(usd_value: float | None) -> int:
    return nano(Fraction(str(usd_value or 0)))
