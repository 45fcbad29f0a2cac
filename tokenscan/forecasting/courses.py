"""The courses things may take, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tokenscan.errors import UsageError
from tokenscan.forecasting.exact import grown, linear, logistic, rounded
from tokenscan.forecasting.model import (
    MONTHS_A_YEAR,
    Adoption,
    Assumptions,
    Base,
    Mix,
    Month,
    Scenario,
    Skipped,
    Step,
    Year,
)
from tokenscan.forecasting.words import number, percent, usd

TIMES = "\u00d7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers:
    """What changes in a scenario; null: nothing does. ``waste`` is the share that waste has in the end."""

    adoption: Adoption | None = None
    prices: Fraction | None = None
    mix: Mix | None = None
    waste: Fraction | None = None


def scenarios(base: Base, assumed: Assumptions, mix: Mix | Skipped) -> tuple[tuple[Scenario, ...], tuple[Skipped, ...]]:
    """Return all scenarios that the assumptions allow, and those that need more.

    Raises:
        UsageError: adoption is asked for, and it is not known where it starts.
    """
    skipped: list[Skipped] = []
    adoption = _adoption(base, assumed)
    gaming, monitored = _gaming(base, assumed), min(base.waste_share, assumed.monitored_waste)
    change = Drivers(
        adoption=None if isinstance(adoption, Skipped) else adoption,
        prices=assumed.price_growth,
        mix=None if isinstance(mix, Skipped) else mix,
    )
    found = [_Course("base", "As today", "everything stays as it is", Drivers())]
    if change.adoption is not None:
        found.append(_adopted(change.adoption))
    found += [_gamed(base, assumed, gaming), _watched(base, assumed, monitored)]
    if change.prices is not None:
        found.append(_priced(change.prices))
    if change.mix is not None:
        found.append(_mixed(change.mix))
    skipped += [one for one in (adoption, mix) if isinstance(one, Skipped)]
    if assumed.price_growth is None:
        skipped.append(Skipped(id="prices", reason="needs a yearly change of prices: --price-growth 0.1"))
    if change != Drivers():
        found += _together(change, gaming, monitored)
    else:
        skipped.append(Skipped(id="combined", reason="needs adoption, price growth or a model mix to combine"))
    first = _months(base, assumed, Drivers())
    return tuple(_scenario(one, _months(base, assumed, one.drivers), first) for one in found), tuple(skipped)


@dataclass(frozen=True, slots=True)
class _Course:
    id: str
    title: str
    assumes: str
    drivers: Drivers
    steps: tuple[Step, ...] = ()


def _adoption(base: Base, assumed: Assumptions) -> Adoption | Skipped:
    asked = assumed.adoption
    if asked is None:
        return Skipped(id="adoption", reason="needs the share of people using AI, now and then: --adoption 0.4:0.8")
    start = asked.start or base.adoption
    if not start:
        hint = "write --adoption FROM:TO, or give logs and --people, a number or a file"
        raise UsageError("--adoption: it is not known where it starts", hint=hint)
    if asked.path == "logistic" and start >= 1:
        hint = "there is nobody left to win, or choose --adoption-path linear"
        raise UsageError("--adoption: a logistic path starts below 100%", hint=hint)
    return Adoption(start=start, end=asked.end, path=asked.path)


def _adopted(adoption: Adoption) -> _Course:
    assert adoption.start is not None
    way = f"from {percent(adoption.start)} to {percent(adoption.end)} of people, {adoption.path}"
    return _Course("adoption", "More people use AI", f"{way}; spend a user stays", Drivers(adoption=adoption))


def _gaming(base: Base, assumed: Assumptions) -> Fraction:
    return max(base.waste_share, 1 - 1 / assumed.multiplier)


def _gamed(base: Base, assumed: Assumptions, share: Fraction) -> _Course:
    times = number(assumed.multiplier)
    assumes = f"a usage target takes spend to {times} times what work needs{_ramp(assumed)}"
    step = Step(name="Share of waste", formula=f"1 \u2212 1 / {times}", value=share, unit="share")
    if share == base.waste_share:
        assumes = f"today's spend holds it already: {percent(share)} is waste"
        step = Step(
            name="Share of waste", formula=f"the larger of today's and 1 \u2212 1 / {times}", value=share, unit="share"
        )
    return _Course("gaming", "Target-seeking", assumes, Drivers(waste=share), (step,))


def _watched(base: Base, assumed: Assumptions, share: Fraction) -> _Course:
    goal = percent(assumed.monitored_waste)
    assumes = f"waste falls to {goal} of spend{_ramp(assumed)}"
    if base.waste_share <= assumed.monitored_waste:
        assumes = f"waste is no more than {goal} of spend already"
    step = Step(name="Share of waste", formula=f"the smaller of today's and {goal}", value=share, unit="share")
    return _Course("monitored", "Monitored", assumes, Drivers(waste=share), (step,))


def _priced(growth: Fraction) -> _Course:
    assumes = f"by {percent(growth)} a year; what is used stays"
    return _Course("prices", "Prices change", assumes, Drivers(prices=growth))


def _mixed(mix: Mix) -> _Course:
    assumes = (
        "all work known to run on a dearer tier than it needs runs on that one" if mix.saved else "work changes tier"
    )
    return _Course("mix", "Model mix", assumes, Drivers(mix=mix), mix.steps)


def _together(change: Drivers, gaming: Fraction, monitored: Fraction) -> list[_Course]:
    names = {"adoption": change.adoption, "prices": change.prices, "model mix": change.mix}
    all_of = " and ".join(name for name, one in names.items() if one is not None)
    parts = {"adoption": change.adoption, "prices": change.prices, "mix": change.mix}
    return [
        _Course("combined", "All together", f"{all_of}, with target-seeking", Drivers(**parts, waste=gaming)),  # type: ignore[arg-type]
        _Course(
            "combined-monitored",
            "All together, monitored",
            f"{all_of}, with waste as when monitored",
            Drivers(**parts, waste=monitored),  # type: ignore[arg-type]
        ),
    ]


def _ramp(assumed: Assumptions) -> str:
    return f", reached in month {assumed.ramp}" if assumed.ramp > 1 else ""


def _months(base: Base, assumed: Assumptions, drivers: Drivers) -> tuple[Month, ...]:
    return tuple(_month(base, assumed, drivers, number) for number in range(1, assumed.months + 1))


def _month(base: Base, assumed: Assumptions, drivers: Drivers, place: int) -> Month:
    factor, words = _factor(assumed, drivers, place)
    share = base.waste_share
    if drivers.waste is not None:
        reached = min(Fraction(1), Fraction(place, assumed.ramp))
        share = drivers.waste if reached == 1 else rounded(share + (drivers.waste - share) * reached)
    needed = base.monthly * (1 - base.waste_share) * factor
    waste = needed * share / (1 - share)
    saved = drivers.mix.saved if drivers.mix else Fraction(0)
    start = usd(base.monthly * (1 - base.waste_share))
    if saved:
        beside = f" + {percent(share)} / (1 \u2212 {percent(share)})" if share else ""
        formula = f"{start}{words} {TIMES} (1 \u2212 {percent(saved)}{beside})"
    elif share == base.waste_share:
        formula = f"{usd(base.monthly)}{words}"
    else:
        formula = f"{start}{words}" + (f" / (1 \u2212 {percent(share)})" if share else "")
    return Month(number=place, needed=needed * (1 - saved), waste=waste, formula=formula)


def _factor(assumed: Assumptions, drivers: Drivers, place: int) -> tuple[Fraction, str]:
    """Return what a month's needs are multiplied by, and the same in words."""
    factor, words = Fraction(1), ""
    if drivers.adoption is not None and drivers.adoption.start:
        path = linear if drivers.adoption.path == "linear" else logistic
        share = path(drivers.adoption.start, drivers.adoption.end, place, assumed.months)
        factor *= share / drivers.adoption.start
        words += f" {TIMES} {percent(share)} / {percent(drivers.adoption.start)}"
    if drivers.prices is not None:
        growth = grown(drivers.prices, place)
        factor *= growth
        words += f" {TIMES} {number(growth)}"
    if drivers.mix is not None and drivers.mix.factor != 1:
        factor *= drivers.mix.factor
        words += f" {TIMES} {number(drivers.mix.factor)}"
    return factor, words


def _scenario(course: _Course, months: tuple[Month, ...], base: tuple[Month, ...]) -> Scenario:
    chunks = [months[start : start + MONTHS_A_YEAR] for start in range(0, len(months), MONTHS_A_YEAR)]
    return Scenario(
        id=course.id,
        title=course.title,
        assumes=course.assumes,
        months=months,
        years=tuple(_year(number, chunk, base) for number, chunk in enumerate(chunks, 1)),
        steps=course.steps,
    )


def _year(place: int, months: tuple[Month, ...], base: tuple[Month, ...]) -> Year:
    spend = sum((month.spend for month in months), Fraction(0))
    same = base[months[0].number - 1 : months[-1].number]
    usual = sum((month.spend for month in same), Fraction(0))
    even = len({month.spend for month in months}) == 1
    first, last = months[0], months[-1]
    return Year(
        number=place,
        months=len(months),
        spend=spend,
        waste=sum((month.waste for month in months), Fraction(0)),
        against_base=spend - usual,
        formula=f"{len(months)} {TIMES} {usd(first.spend)}"
        if even
        else f"months {first.number} to {last.number} added up",
    )
