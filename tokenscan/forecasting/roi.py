"""What removing a share of waste brings, against what watching for it costs."""

from __future__ import annotations

from fractions import Fraction

from tokenscan.forecasting.model import MONTHS_A_YEAR, Assumptions, Base, Step
from tokenscan.forecasting.words import percent, usd


def returns(base: Base, assumed: Assumptions) -> tuple[Step, ...]:
    """Return the working, nothing where no waste is known."""
    waste = base.monthly * base.waste_share
    if not waste:
        return ()
    removed = waste * assumed.remove
    cost = assumed.monitoring_cost or Fraction(0)
    months = assumed.months
    steps = [
        Step(name="Waste a month", formula=f"{usd(base.monthly)} \u00d7 {percent(base.waste_share)}", value=waste),
        Step(name="Removed a month", formula=f"{usd(waste)} \u00d7 {percent(assumed.remove)}", value=removed),
        Step(
            name="Removed a year", formula=f"{MONTHS_A_YEAR} \u00d7 {usd(removed)}", value=removed * MONTHS_A_YEAR
        ),
    ]  # fmt: skip
    if not cost:
        return tuple(steps)
    net = removed - cost
    steps += [
        Step(name="Gain a month", formula=f"{usd(removed)} \u2212 {usd(cost)} for monitoring", value=net),
        Step(name=f"Gain in {months} months", formula=f"{months} \u00d7 {usd(net)}", value=net * months),
        Step(name="Return", formula=f"{usd(net)} / {usd(cost)}", value=net / cost, unit="share"),
        Step(name="Breaks even at", formula=f"{usd(cost)} / {usd(waste)}", value=cost / waste, unit="share"),
    ]  # fmt: skip
    return tuple(steps)
