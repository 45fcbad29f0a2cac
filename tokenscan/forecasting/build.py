"""Put a forecast together."""

from __future__ import annotations

from dataclasses import replace

from tokenscan._version import __version__
from tokenscan.forecasting.courses import scenarios
from tokenscan.forecasting.mix import Known, mix_of
from tokenscan.forecasting.model import Assumptions, Base, Forecast
from tokenscan.forecasting.roi import returns

NOTES = (
    "A forecast is arithmetic on stated assumptions, no prediction; bounds are those of today's spend alone.",
    "Money is computed exactly and rounded once, half up: a millionth of a dollar in JSON and CSV, else the cent.",
)


def build(base: Base, assumed: Assumptions, known: Known) -> Forecast:
    """Return the forecast that follows from a base and assumptions.

    Raises:
        UsageError: the mix moves more than there is.
    """
    found, skipped = scenarios(base, assumed, mix_of(assumed.shifts, known))
    return Forecast(
        version=__version__,
        base=base,
        assumptions=assumed,
        scenarios=found,
        skipped=skipped,
        roi=returns(base, assumed),
        notes=(*base.notes, *_ledgers(known), *NOTES),
    )


def only(forecast: Forecast, ids: frozenset[str]) -> Forecast:
    """Leave out scenarios that were not asked for; the base stays, all others are held against it."""
    if not ids:
        return forecast
    shown = tuple(one for one in forecast.scenarios if one.id in ids or one.id == "base")
    return replace(forecast, scenarios=shown, skipped=tuple(one for one in forecast.skipped if one.id in ids))


def _ledgers(known: Known) -> tuple[str, ...]:
    if known.savings is None:
        return ()
    return ("The saving of the model mix is legitimate work on smaller models: it is no waste, and added to none.",)
