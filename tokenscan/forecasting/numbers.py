"""The base of a forecast from plain numbers: a sum a month, or tokens and a price."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tokenscan.errors import UsageError
from tokenscan.forecasting.model import MONTHS_A_YEAR, Base, Step
from tokenscan.forecasting.parse import PERIODS
from tokenscan.forecasting.words import number, percent, usd

_MILLION = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What a user says of today. Spend is ``monthly_usd``, or ``tokens`` a ``period`` at ``usd_per_million``.

    ``each``: the tokens are those of one person. ``multiplier``: what is spent is so many times what work needs.
    """

    monthly_usd: Fraction | None = None
    tokens: Fraction | None = None
    period: str = "day"
    each: bool = False
    usd_per_million: Fraction | None = None
    people: Fraction | None = None
    adoption: Fraction | None = None
    waste_share: Fraction | None = None
    multiplier: Fraction | None = None


def base_of(given: Numbers) -> Base:
    """Return the base that these numbers give.

    Raises:
        UsageError: they say no spend, or say it twice.
    """
    if (given.monthly_usd is None) == (given.tokens is None):
        raise UsageError("spend is given as a sum a month, or as tokens and a price", hint="add --monthly-usd 120000")
    if (given.tokens is None) != (given.usd_per_million is None):
        raise UsageError("tokens and their price belong together", hint="--tokens 100000/day --usd-per-million 5")
    if given.monthly_usd is not None:
        monthly, steps = given.monthly_usd, [Step(name="Spend a month", formula="as given", value=given.monthly_usd)]
        steps.append(
            Step(name="Spend a year", formula=f"{MONTHS_A_YEAR} \u00d7 {usd(monthly)}", value=monthly * MONTHS_A_YEAR)
        )
    else:
        monthly, steps = _of_tokens(given)
    if not monthly:
        raise UsageError("a spend of nothing forecasts nothing", hint="give a sum above 0")
    if given.people:
        formula = f"{usd(monthly)} / {number(given.people)} people"
        steps.append(Step(name="Spend a person and month", formula=formula, value=monthly / given.people))
    share, notes = _waste(given, steps)
    return Base(
        origin="numbers",
        monthly=monthly,
        waste_share=share,
        steps=(*steps, *waste_steps(monthly, share)),
        people=given.people,
        adoption=given.adoption,
        notes=notes,
    )


def waste_steps(monthly: Fraction, share: Fraction) -> list[Step]:
    """Return the waste a month and a year, and what work needs."""
    if not share:
        return []
    waste = monthly * share
    return [
        Step(name="Waste a month", formula=f"{usd(monthly)} \u00d7 {percent(share)}", value=waste),
        Step(name="Waste a year", formula=f"{MONTHS_A_YEAR} \u00d7 {usd(waste)}", value=waste * MONTHS_A_YEAR),
        Step(name="Needed a month", formula=f"{usd(monthly)} \u2212 {usd(waste)}", value=monthly - waste),
    ]


def _of_tokens(given: Numbers) -> tuple[Fraction, list[Step]]:
    assert given.tokens is not None
    assert given.usd_per_million is not None
    tokens, steps = given.tokens, []
    if given.each:
        if not given.people:
            raise UsageError("tokens a person need the number of people", hint="add --people 100")
        formula = f"{number(given.people)} people \u00d7 {number(tokens)}"
        tokens *= given.people
        steps.append(Step(name=f"Tokens a {given.period}", formula=formula, value=tokens, unit="tokens"))
    one = tokens * given.usd_per_million / _MILLION
    formula = f"{number(tokens)} tokens \u00d7 {usd(given.usd_per_million)} / 1,000,000"
    steps.append(Step(name=f"Spend a {given.period}", formula=formula, value=one))
    if given.period == "day":
        steps.append(Step(name="Spend in 30 days", formula=f"30 \u00d7 {usd(one)}", value=30 * one))
    times = PERIODS[given.period]
    year = one * times
    steps.append(Step(name="Spend a year", formula=f"{times} {given.period}s \u00d7 {usd(one)}", value=year))
    if given.period != "month":
        formula = f"{usd(year)} / {MONTHS_A_YEAR}"
        steps.append(Step(name="Spend a month", formula=formula, value=year / MONTHS_A_YEAR))
    return year / MONTHS_A_YEAR, steps


def _waste(given: Numbers, steps: list[Step]) -> tuple[Fraction, tuple[str, ...]]:
    """Return the share of waste today: as given, else what the multiplier makes of it, else none."""
    if given.waste_share is not None:
        steps.append(Step(name="Share of waste", formula="as given", value=given.waste_share, unit="share"))
        return given.waste_share, ()
    if given.multiplier is not None:
        share = 1 - 1 / given.multiplier
        formula = f"1 \u2212 1 / {number(given.multiplier)}"
        steps.append(Step(name="Share of waste", formula=formula, value=share, unit="share"))
        read = f"--multiplier is read as: today's spend is already {number(given.multiplier)} times what work needs"
        return share, (f"{read} (--waste-share 0 where it is not).",)
    return Fraction(0), ("No share of waste was given: today's spend counts as needed, all of it (--waste-share).",)
