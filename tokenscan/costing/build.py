"""From priced calls to the cost report. No printing, no clock, no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from tokenscan._version import __version__
from tokenscan.context.attribute import attribute
from tokenscan.context.model import Context
from tokenscan.costing.aggregate import CELL, cells, line, rolled_up
from tokenscan.costing.budgets import budgets_of
from tokenscan.costing.changes import Costs, compared
from tokenscan.costing.comparison import Plan, Window, plan
from tokenscan.costing.model import PERIODS, Basis, Comparison, CostReport, Key, Line, Source
from tokenscan.costing.order import in_order
from tokenscan.costing.periods import label, local_day
from tokenscan.costing.price_source import price_source, unknown_models
from tokenscan.events.log import EventLog
from tokenscan.events.window import utc, within
from tokenscan.pricing.prices import price_events
from tokenscan.pricing.terms import terms_notes
from tokenscan.privacy.veil import veiled
from tokenscan.settings import AnalysisOptions

NOTHING = Comparison(basis=Basis.NONE, reason="there are no calls")


def cost_report(log: EventLog, context: Context, by: Sequence[Key], options: AnalysisOptions) -> CostReport:
    """Return what the calls of a log cost, by the keys and in their order; lines in the order in which they read best.

    Calls and their prices are those of an analysis with the same options, so the totals are the same to the
    nano-dollar. Days, weeks and months are cut in the context's zone for everybody, as invoices are.
    """
    keys = tuple(dict.fromkeys(by))
    zone = context.timezone
    cut = within(log.events, options.since, options.until, zone)
    window = _window(log.events, cut, options, context)
    how = plan(keys, window) if window else Plan(comparison=NOTHING)
    wide = cut if how.start is None else within(log.events, how.start, options.until, zone)
    events = price_events(attribute(wide, context), options.prices)
    budgets = budgets_of(log.events, context, options)
    terms = terms_notes(events, options.prices)
    veil = None
    if options.secret is not None:
        hidden = veiled(log, events, context, options.secret)
        log, events, context, veil = hidden.log, hidden.events, hidden.context, hidden.veil
    counted = events if wide is cut else within(events, options.since, options.until, zone)
    lines, total = _lines(events, keys, how, window, context)
    scrub = veil.scrub if veil else str  # a model may be called after a person
    told = tuple(scrub(note) for note in (*options.notes, *log.notes, *terms, *budgets.notes))
    return CostReport(
        version=__version__,
        as_of=options.as_of,
        by=keys,
        input=_source(log, counted, options, zone, told),
        prices=price_source(options.prices, local_day(utc(options.as_of, zone), zone)),
        comparison=how.comparison,
        total=total,
        lines=in_order(keys, lines),
        unknown_models=tuple(
            replace(one, model=None if one.model is None else scrub(one.model)) for one in unknown_models(counted)
        ),
        budgets=budgets.statuses,
    )


def _window(events: pl.DataFrame, cut: pl.DataFrame, options: AnalysisOptions, context: Context) -> Window | None:
    first, last, logged = cut["timestamp"].min(), cut["timestamp"].max(), events["timestamp"].min()
    if not isinstance(first, datetime) or not isinstance(last, datetime) or not isinstance(logged, datetime):
        return None
    zone = context.timezone
    return Window(
        first=local_day(first, zone),
        last=local_day(last, zone),
        logged=local_day(logged, zone),
        since=utc(options.since, zone) if options.since else None,
        as_of=max(utc(options.as_of, zone), last),
        zone=zone,
        holidays=context.holidays,
    )


def _lines(
    events: pl.DataFrame, keys: tuple[Key, ...], how: Plan, window: Window | None, context: Context
) -> tuple[tuple[Line, ...], Line]:
    """Return the lines, and the total."""
    summed = cells(events, keys, context.timezone, how.cuts)
    services = context.people.filter(pl.col("kind") == "service")["user"]
    counted = summed.filter(pl.col(CELL) >= how.counted)
    total = line(rolled_up(counted, (), services).row(0, named=True), ())
    if window is None:
        return (), total
    costs = Costs.of(summed, keys)
    found = [
        (tuple(row[key.value] for key in keys), line(row, _labels(row, keys)))
        for row in rolled_up(counted, keys, services).iter_rows(named=True)
    ]
    lines = tuple(compared(one, place, keys, how, window, costs) for place, one in found)
    return lines, compared(total, (), (), how, window, Costs.of(summed, ()))


def _labels(row: Mapping[str, Any], keys: tuple[Key, ...]) -> tuple[str | None, ...]:
    return tuple(label(row[key.value], key) if key in PERIODS else row[key.value] for key in keys)


def _source(log: EventLog, events: pl.DataFrame, options: AnalysisOptions, zone: str, notes: tuple[str, ...]) -> Source:
    allowed = 0.0 if options.strict else options.max_bad_share
    bounds = (events["timestamp"].min(), events["timestamp"].max())
    return Source(
        files=len(log.files),
        events=events.height,
        duplicates=sum(log.duplicates.values()),
        bad_rows=log.bad_rows,
        complete=not log.broken and log.bad_rows <= allowed * log.rows,
        broken=tuple(f"{file.name}: {file.broken}" for file in log.files if file.broken),
        window=bounds if events.height else None,  # type: ignore[arg-type]
        timezone=zone,
        notes=notes,
    )
