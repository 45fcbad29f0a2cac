"""What people spend in a log, and how many of those there are use AI at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import polars as pl

from tokenscan.detectors.base import Tables
from tokenscan.forecasting.exact import NANO, rounded
from tokenscan.forecasting.model import Step
from tokenscan.forecasting.spread import WINDOW, age, quantile, six
from tokenscan.forecasting.words import number, usd
from tokenscan.report.numbers import plural

LEAST_PEOPLE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Who uses AI: the working, the share of people who do (null: unknown), how many people there are."""

    steps: tuple[Step, ...] = ()
    adoption: Fraction | None = None
    people: Fraction | None = None


def use_of_people(tables: Tables, last: date, days: int, headcount: Fraction | None = None) -> Use:
    """Return what people spend, and how many of them do, in the ``days`` up to ``last``.

    Spend a user is that of people over the windows of 30 days in which each of them was active: a ratio estimate with
    people as the sample (Cochran 1977, ch. 6), its bounds Student's at 95 %.
    """
    window = (age(last) // WINDOW).alias("window")
    calls = tables.calls.filter(age(last) < days)
    each = calls.group_by("user").agg(
        pl.col("cost_nanousd").sum().alias("cost"), window.filter("ok").n_unique().alias("windows")
    )
    each = each.filter(pl.col("windows") > 0).sort("user")
    if each.is_empty():
        return Use()
    length = min(days, WINDOW)
    cost = Fraction(int(each["cost"].sum()), NANO)
    windows = int(each["windows"].sum())
    mean = cost / windows * WINDOW / length
    scale = "" if length == WINDOW else f" \u00d7 {WINDOW} / {length}"
    formula = (
        f"{usd(cost)} / {number(Fraction(windows))} (people active, over {plural(max(1, days // WINDOW), 'window')})"
    )
    steps = [Step(name="Spend a user and 30 days", formula=formula + scale, value=mean)]
    if (half := _half_width(each)) is not None:
        half *= WINDOW / length
        errors = f"{quantile(each.height - 1):.3f} standard errors of {plural(each.height, 'person', 'people')}"
        low, high = six(max(0.0, float(mean) - half)), six(float(mean) + half)
        steps += [
            Step(name="Spend a user, at least", formula=f"{usd(mean)} \u2212 {errors}", value=low),
            Step(name="Spend a user, at most", formula=f"{usd(mean)} + {errors}", value=high),
        ]
    return _adopted(calls.filter(age(last) < WINDOW), tables, last, steps, headcount)


def _half_width(each: pl.DataFrame) -> float | None:
    """Return half the width of the bounds of cost a window, in dollars, by linearisation."""
    people = each.height
    if people < LEAST_PEOPLE:
        return None
    cost, windows = each["cost"].to_numpy() / NANO, each["windows"].to_numpy().astype(float)
    rest = cost - cost.sum() / windows.sum() * windows
    error = float(np.sqrt(people / (people - 1) * np.square(rest).sum()) / windows.sum())
    return quantile(people - 1) * error


def _adopted(calls: pl.DataFrame, tables: Tables, last: date, steps: list[Step], headcount: Fraction | None) -> Use:
    """Hold who was active of late against who there is: in the people file, else as ``headcount`` says."""
    start, end = pl.col("start_date").fill_null(last), pl.col("end_date").fill_null(last)
    there = tables.context.people.filter((pl.col("kind") == "human") & (start <= last) & (end >= last))
    active = calls.filter("ok")["user"].unique()
    named, of = active.len(), headcount
    source = "as given"
    if of is None and there.height:
        named, of = there.filter(pl.col("user").is_in(active.implode())).height, Fraction(there.height)
        source = "in the people file"
    if of is None or not 0 < named <= of:
        step = Step(
            name="People active in the last 30 days", formula="counted", value=Fraction(active.len()), unit="people"
        )
        return Use(steps=(*steps, step), people=of)
    share = rounded(named / of)
    formula = f"{named:,} active in the last 30 days / {number(of)} {source}"
    return Use(
        steps=(*steps, Step(name="Adoption", formula=formula, value=share, unit="share")), adoption=share, people=of
    )
