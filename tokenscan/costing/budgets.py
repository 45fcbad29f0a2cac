"""How budgets stand: spent in the month of "now", what it will come to, and whether that is too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

import polars as pl

from tokenscan.config import BudgetEntry
from tokenscan.context.attribute import attribute
from tokenscan.context.model import Context
from tokenscan.costing.forecast import HISTORY_DAYS, LEAST_DAYS, forecast
from tokenscan.costing.model import Key
from tokenscan.costing.periods import local_day, midnight, next_start, start_of
from tokenscan.events.window import utc
from tokenscan.pricing.book import PriceBook, fits
from tokenscan.pricing.prices import price_events
from tokenscan.privacy.pseudonyms import pseudonyms
from tokenscan.privacy.secret import Secret
from tokenscan.report.prices import BudgetStatus, Forecast, Level
from tokenscan.settings import AnalysisOptions

_DAY: Final = timedelta(days=1)
_NANO: Final = 10**9
SCOPES: Final = ("team", "user", "app", "model")
_PATTERNS: Final = ("app", "model")
_STALE: Final = 3  # days without a call after which a log is said to end


@dataclass(frozen=True, slots=True, kw_only=True)
class _Now:
    """The moment, its day and month in the zone that months are cut in, and the days that the log covers."""

    moment: datetime
    today: date
    month: date
    end: date
    first: date | None
    last: date | None

    @property
    def begin(self) -> date:
        """Return the first day that matters."""
        return min(self.month, self.today - timedelta(days=HISTORY_DAYS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """How budgets stand, and notes for the reader."""

    statuses: tuple[BudgetStatus, ...] = ()
    notes: tuple[str, ...] = ()


def budgets_of(events: pl.DataFrame, context: Context, options: AnalysisOptions) -> Budgets:
    """Return how each budget of an analysis stands at its ``as_of``, as its readers may see it.

    ``events`` is the whole log (EVENTS) with people's names, neither cut nor priced. Months and days are those of the
    context's zone.
    """
    entries = [entry for entry in options.budgets if entry.user is None or options.level != "team"]
    if not entries:
        return Budgets()
    now = _now(events, options.as_of, context.timezone)
    named = attribute(events.lazy().select("user", "team", "app", "model").unique().collect(), context)
    days = _days(events, context, options.prices, now)
    wanted = [_scope(entry, context) for entry in entries]
    statuses = tuple(_status(entry, scope, days, now) for entry, scope in zip(entries, wanted, strict=True))
    missing = _unknown(wanted, named, context)
    if options.secret is not None:
        statuses = tuple(_under_pseudonym(status, options.secret, context) for status in statuses)
        missing = [(kind, name) for kind, name in missing if kind != "user"]
    notes = [f"budget for an unknown {kind}: {name}" for kind, name in missing]
    return Budgets(statuses=statuses, notes=(*notes, *_stale(now)))


def _under_pseudonym(status: BudgetStatus, secret: Secret, context: Context) -> BudgetStatus:
    scope = dict(status.scope)
    if "user" in scope:
        by_kind = {kind: context.people.filter(pl.col("kind") == kind)["user"] for kind in ("service", "human")}
        names = pseudonyms([scope["user"]], secret, services=by_kind["service"], humans=by_kind["human"])
        scope["user"] = names[scope["user"]]
    return replace(status, scope=scope)


def _now(events: pl.DataFrame, as_of: datetime, zone: str) -> _Now:
    moment = utc(as_of, zone)
    today = local_day(moment, zone)
    month = start_of(today, Key.MONTH)
    first, last = (_day(events["timestamp"].min(), zone), _day(events["timestamp"].max(), zone))
    return _Now(moment=moment, today=today, month=month, end=next_start(month, Key.MONTH), first=first, last=last)


def _day(moment: object, zone: str) -> date | None:
    return local_day(moment, zone) if isinstance(moment, datetime) else None


def _days(events: pl.DataFrame, context: Context, prices: PriceBook, now: _Now) -> pl.DataFrame:
    """Return cost and requests without a price, by day and all that a budget may name."""
    zone = context.timezone
    since = midnight(now.begin, zone) - _DAY  # a sum of a day may carry a moment of the day before
    recent = events.filter(pl.col("timestamp").is_between(since, now.moment))
    priced = price_events(attribute(recent, context), prices)
    local = pl.col("timestamp").dt.convert_time_zone(zone).dt.date()
    whole = (pl.col("grain") == "day").fill_null(value=False)
    day = pl.when(whole).then(pl.col("timestamp").dt.date()).otherwise(local)
    unpriced = pl.col("cost_nanousd").is_null()
    return (
        priced.lazy()
        .group_by(day.alias("day"), *SCOPES)
        .agg(
            pl.col("cost_nanousd").sum().alias("cost"),
            pl.col("n_requests").fill_null(1).filter(unpriced).sum().alias("unpriced"),
        )
        .filter(pl.col("day").is_between(now.begin, now.today))
        .collect()
    )


def _scope(entry: BudgetEntry, context: Context) -> dict[str, str]:
    """Return what a budget is for; a person under any of their names."""
    scope = {kind: name for kind in SCOPES if (name := getattr(entry, kind)) is not None}
    if "user" in scope:
        person = pl.DataFrame({"user": [scope["user"]], "team": [None]}, schema={"user": pl.String, "team": pl.String})
        scope["user"] = attribute(person, context)["user"][0]
    return scope


def _matches(kind: str, wanted: str, values: pl.Series) -> list[str]:
    names = values.drop_nulls().unique().sort()
    return [name for name in names if (fits(wanted, name) if kind in _PATTERNS else name == wanted)]


def _status(entry: BudgetEntry, scope: dict[str, str], days: pl.DataFrame, now: _Now) -> BudgetStatus:
    for kind, wanted in scope.items():
        days = days.filter(pl.col(kind).is_in(_matches(kind, wanted, days[kind])))
    daily = days.group_by("day").agg(pl.col("cost").sum(), pl.col("unpriced").sum()).sort("day")
    spent = dict(daily.select("day", "cost").iter_rows())
    used = sum(cost for day, cost in spent.items() if day >= now.month)
    expected, reason = _forecast(spent, now, used)
    limit = round(entry.monthly_usd * _NANO)
    return BudgetStatus(
        scope=scope,
        month=now.month,
        monthly_nanousd=limit,
        used_nanousd=used,
        unpriced=int(daily.filter(pl.col("day") >= now.month)["unpriced"].sum()),
        days_left=(now.end - now.today).days - 1,
        alert_at=tuple(sorted(entry.alert_at)),
        level=_level(sorted(entry.alert_at), limit, used, expected, now),
        forecast=expected,
        reason=reason,
    )


def _forecast(spent: dict[date, int], now: _Now, used: int) -> tuple[Forecast | None, str]:
    """Return the forecast; without one, why."""
    if now.first is None or now.last is None or now.last < now.month:
        return None, "the log has no call of this month"
    if not spent:
        return None, "no calls"
    # Days after the last call are still to come: nobody knows yet what they cost.
    today = min(now.today, now.last)
    begin = max(today - timedelta(days=HISTORY_DAYS), min(spent), now.first)
    history = [begin + n * _DAY for n in range((today - begin).days)]
    if len(history) < LEAST_DAYS:
        return None, f"too little data: {len(history)} of at least {LEAST_DAYS} days"
    return forecast(spent, history, today, now.end, used), ""


def _level(alert_at: Sequence[float], limit: int, used: int, expected: Forecast | None, now: _Now) -> Level:
    if used and used >= alert_at[-1] * limit:
        return Level.OVER
    if now.last is None or now.last < now.month:
        return Level.NO_DATA
    is_ahead = expected is not None and expected.expected > 0 and expected.expected >= alert_at[-1] * limit
    if is_ahead or (used and used >= alert_at[0] * limit):
        return Level.WATCH
    return Level.OK


def _unknown(wanted: Sequence[dict[str, str]], named: pl.DataFrame, context: Context) -> list[tuple[str, str]]:
    """Return each team, person, app or model of a budget that nothing else names, with its kind."""
    known = {kind: named[kind] for kind in SCOPES}
    known |= {kind: pl.concat([known[kind], context.people[kind]]) for kind in ("team", "user")}
    missing = dict.fromkeys((kind, name) for scope in wanted for kind, name in scope.items())
    return [(kind, name) for kind, name in missing if not _matches(kind, name, known[kind])]


def _stale(now: _Now) -> list[str]:
    if now.last is None or (now.today - now.last).days <= _STALE:
        return []
    return [f"the log ends on {now.last}, so budgets of {now.month:%Y-%m} are not complete; see --as-of"]
