"""A forecast as rows: one a scenario and month."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from tokenscan.forecasting.exact import DECIMALS, rounded
from tokenscan.forecasting.model import MONTHS_A_YEAR, Forecast

if TYPE_CHECKING:
    import polars as pl

COLUMNS: Final = ("scenario", "month", "year", "spend_usd", "needed_usd", "waste_usd", "against_base_usd", "formula")


def to_csv(forecast: Forecast) -> str:
    """Return a row for each scenario and month (RFC 4180, UTF-8, lines end in CR LF), money in six decimals."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in _rows(forecast):
        writer.writerow(_decimals(cell) if isinstance(cell, Fraction) else cell for cell in row)
    return text.getvalue()


def frame(forecast: Forecast) -> pl.DataFrame:
    """Return the rows as a data frame, money in dollars."""
    import polars as pl

    rows = [
        [float(rounded(cell)) if isinstance(cell, Fraction) else cell for cell in row] for row in _rows(forecast)
    ]  # fmt: skip
    kinds: list[Any] = [pl.String, pl.Int64, pl.Int64, pl.Float64, pl.Float64, pl.Float64, pl.Float64, pl.String]
    return pl.DataFrame(rows, schema=dict(zip(COLUMNS, kinds, strict=True)), orient="row")


def _rows(forecast: Forecast) -> Iterator[tuple[object, ...]]:
    base = [month.spend for month in forecast.scenarios[0].months]
    for scenario in forecast.scenarios:
        for month, usual in zip(scenario.months, base, strict=True):
            year = (month.number - 1) // MONTHS_A_YEAR + 1
            money = (month.spend, month.needed, month.waste, month.spend - usual)
            yield (scenario.id, month.number, year, *money, month.formula)


def _decimals(value: Fraction) -> str:
    """Return a figure in six decimals, without going through binary floats."""
    scaled = rounded(value) * 10**DECIMALS
    digits = f"{abs(int(scaled)):0{DECIMALS + 1}d}"
    return f"{'-' if scaled < 0 else ''}{digits[:-DECIMALS]}.{digits[-DECIMALS:]}"
