"""Exact figures: fractions inside, rounded once at the end.

Money is a fraction of a dollar until it is shown. Factors that are no fractions by nature (growth over part of a year,
a logistic curve, what a log shows) are rounded to six decimals first, so that a formula with its numbers filled in
gives the figure beside it.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Final

DECIMALS: Final = 6
NANO: Final = 10**9
_EXACT: Final = Context(prec=50, rounding=ROUND_HALF_UP)

Number = int | float | str | Decimal | Fraction


def rounded(value: Fraction, decimals: int = DECIMALS) -> Fraction:
    """Round half up to so many decimals."""
    scale: int = 10**decimals
    return Fraction((2 * value * scale + 1) // 2, scale)


def nano(dollars: Fraction) -> int:
    """Return dollars as whole nano-dollars, rounded half up."""
    return int((2 * dollars * NANO + 1) // 2)


def grown(rate: Fraction, months: int) -> Fraction:
    """Return the factor of a yearly rate after so many months: (1 + rate) to the power of months / 12."""
    whole, part = divmod(months, 12)
    years = (1 + rate) ** whole
    if not part:
        return rounded(years)
    rest = _EXACT.power(_decimal(1 + rate), _EXACT.divide(Decimal(part), Decimal(12)))
    return rounded(years * Fraction(rest))


def linear(start: Fraction, end: Fraction, month: int, months: int) -> Fraction:
    """Return a share on its way from one to another in equal steps."""
    return rounded(start + (end - start) * Fraction(month, months))


def logistic(start: Fraction, end: Fraction, month: int, months: int) -> Fraction:
    """Return a share on a logistic path: its log-odds change in equal steps (Fisher and Pry, 1971).

    Both shares lie strictly between 0 and 1.
    """
    if month >= months:
        return rounded(end)
    first, last = (_EXACT.ln(_decimal(share / (1 - share))) for share in (start, end))
    odds = _EXACT.exp(first + (last - first) * Decimal(month) / Decimal(months))
    return rounded(Fraction(odds / (1 + odds)))


def _decimal(value: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
