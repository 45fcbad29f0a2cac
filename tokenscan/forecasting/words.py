"""Figures as they stand in formulas: in full where they are exact, in six decimals where they are not."""

from __future__ import annotations

from fractions import Fraction

from tokenscan.forecasting.exact import DECIMALS, nano, rounded
from tokenscan.forecasting.model import Step
from tokenscan.report.numbers import money, plural

_CENT = Fraction(1, 100)


def usd(dollars: Fraction) -> str:
    """Return dollars as they stand in a formula: to the cent, in up to six decimals where that is not exact."""
    text = number(abs(dollars))
    whole, _, part = text.partition(".")
    shown = f"{whole}.{part:0<2}" if text[0].isdigit() and "e" not in text else text
    return f"{'-' if dollars < 0 else ''}${shown}"


def cents(dollars: Fraction) -> str:
    """Return dollars as a result: rounded half up to the cent, less than a cent in full."""
    return usd(dollars) if dollars and abs(dollars) < _CENT else money(nano(dollars))


def number(value: Fraction) -> str:
    """Return a number with at most six decimals, and no zeros at their end."""
    near = rounded(value)
    if not near:
        return "0" if not value else f"{float(value):.3g}"
    text = f"{abs(near.numerator) * 10**DECIMALS // near.denominator:0{DECIMALS + 1}d}"
    whole, part = text[:-DECIMALS], text[-DECIMALS:].rstrip("0")
    return f"{'-' if near < 0 else ''}{int(whole):,}{'.' + part if part else ''}"


def percent(share: Fraction) -> str:
    """Return a share as a percentage."""
    return f"{number(share * 100)}%"


def value(step: Step) -> str:
    """Return a step's figure with its unit."""
    match step.unit:
        case "usd":
            return cents(step.value)
        case "share":
            return percent(rounded(step.value))
        case "factor":
            return number(step.value)
        case "people":
            return plural(int(step.value), "person", "people")
        case unit:
            return f"{number(step.value)} {unit}"
