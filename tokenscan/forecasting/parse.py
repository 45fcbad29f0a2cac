"""What users say in numbers, checked: each refusal names the option and what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Final

from tokenscan.errors import UsageError
from tokenscan.forecasting.exact import Number
from tokenscan.forecasting.model import Adoption, Shift
from tokenscan.forecasting.words import number
from tokenscan.pricing.tiers import TIERS

PATHS: Final = ("logistic", "linear")
PERIODS: Final = {"day": 365, "week": 52, "month": 12}  # a year has so many of them
MOST_DOLLARS: Final = Fraction(10**12)
MOST_PEOPLE: Final = Fraction(10**10)
MOST_TOKENS: Final = Fraction(10**18)
_MOST_DIGITS: Final = 40
_MOST_DECIMALS: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a number may be; ``above``: the least itself is too little, ``below``: the most itself too much."""

    least: Fraction = Fraction(0)
    most: Fraction = MOST_DOLLARS
    above: bool = False
    below: bool = False

    def holds(self, value: Fraction) -> bool:
        """Tell whether a number is within the limits."""
        enough = value > self.least if self.above else value >= self.least
        return enough and (value < self.most if self.below else value <= self.most)

    @property
    def words(self) -> str:
        """Say the limits."""
        least = f"above {number(self.least)}" if self.above else f"from {number(self.least)}"
        return f"{least} to {'below ' if self.below else ''}{number(self.most)}"


SHARE: Final = Limits(most=Fraction(1))
DOLLARS: Final = Limits()


def amount(option: str, given: Number, limits: Limits = DOLLARS, hint: str = "") -> Fraction:
    """Read a number.

    Raises:
        UsageError: it is none, or not within the limits.
    """
    value = _exact(given)
    if value is None or not limits.holds(value):
        commas = ", written without commas" if isinstance(given, str) and "," in given else ""
        raise UsageError(f"{option} {_shown(given)!r}", hint=hint or f"a number {limits.words}{commas}")
    return value


def share(option: str, given: Number, limits: Limits = SHARE, hint: str = "") -> Fraction:
    """Read a share, such as 0.3 or 30%.

    Raises:
        UsageError: it is none, or not within the limits.
    """
    text = given.strip() if isinstance(given, str) else given
    if isinstance(text, str) and text.endswith("%"):
        value = _exact(text[:-1])
        value = None if value is None else value / 100
    else:
        value = _exact(text)
    if value is None or not limits.holds(value):
        meant = f"; {number(value)}% is {number(value / 100)}" if value is not None and 1 < value <= 100 else ""
        raise UsageError(
            f"{option} {_shown(given)!r}", hint=hint or f"a share {limits.words}, such as 0.3 or 30%{meant}"
        )
    return value


def rate(option: str, given: Number) -> Fraction:
    """Read a yearly change, such as 0.1, 10% or -0.3: above -1, and at most tenfold.

    Raises:
        UsageError: it is none.
    """
    limits = Limits(least=Fraction(-1), most=Fraction(10), above=True)
    return share(option, given, limits, "a change a year, above -100% and at most 1000%, such as 10% or -0.3")


def adoption(option: str, given: str | Number | tuple[Number, Number], path: str) -> Adoption:
    """Read ``0.4:0.8``, or only where it goes.

    Raises:
        UsageError: shares or path make no sense.
    """
    limits = Limits(most=Fraction(1), above=True)
    parts: list[Number] = list(given) if isinstance(given, tuple) else [given]
    if isinstance(given, str):
        parts = [*given.split(":")]
    if len(parts) not in (1, 2):
        raise UsageError(f"{option} {_shown(given)!r}", hint="write FROM:TO, e.g. 0.4:0.8, or only TO with a log")
    shares = [share(option, part, limits) for part in parts]
    found = Adoption(start=shares[0] if len(shares) == 2 else None, end=shares[-1], path=path)
    check_path(option, found)
    return found


def known_path(option: str, path: str) -> None:
    """Refuse a path that is none."""
    if path not in PATHS:
        raise UsageError(f"{option} {_shown(path)!r}", hint=f"one of {', '.join(PATHS)}")


def check_path(option: str, found: Adoption) -> None:
    """Refuse a logistic path from or to everybody: it never gets there."""
    if found.path == "logistic" and (found.end == 1 or found.start == 1):
        raise UsageError(
            f"{option}: a logistic path never reaches 100%", hint="write 0.99, or choose --adoption-path linear"
        )


def shift(option: str, given: str) -> Shift:
    """Read ``premium:mini=0.3``: three tenths of the whole spend move from one tier to the other.

    Raises:
        UsageError: it is not spelt so, or names no tier.
    """
    hint = f"write FROM:TO=SHARE, e.g. premium:mini=0.3; tiers: {', '.join(TIERS)}"
    match = re.fullmatch(r"\s*(\w+)\s*:\s*(\w+)\s*=\s*(\S+)\s*", given[:200])
    if match is None or match[1] not in TIERS or match[2] not in TIERS or match[1] == match[2]:
        raise UsageError(f"{option} {_shown(given)!r}", hint=hint)
    moved = share(f"{option} {match[1]}:{match[2]}", match[3], Limits(most=Fraction(1), above=True))
    return Shift(tier=match[1], target=match[2], share=moved)


def tier_price(option: str, given: str) -> tuple[str, Fraction]:
    """Read ``premium=15``, in dollars per million tokens.

    Raises:
        UsageError: it is not spelt so, or names no tier.
    """
    tier, _, price = given.partition("=")
    if tier.strip() not in TIERS:
        raise UsageError(
            f"{option} {_shown(given)!r}", hint=f"write TIER=USD, e.g. premium=15; tiers: {', '.join(TIERS)}"
        )
    return tier.strip(), amount(f"{option} {tier.strip()}", price, Limits(most=Fraction(10**6), above=True))


def volume(option: str, given: str) -> tuple[Fraction, str]:
    """Read ``100000/day``: so many tokens a day, week or month.

    Raises:
        UsageError: it is not spelt so.
    """
    count, slash, period = str(given).partition("/")
    if not slash or period.strip() not in PERIODS:
        raise UsageError(
            f"{option} {_shown(given)!r}", hint=f"write COUNT/PERIOD, e.g. 100000/day; one of {', '.join(PERIODS)}"
        )
    return amount(option, count, Limits(most=MOST_TOKENS)), period.strip()


def _exact(given: object) -> Fraction | None:
    """Return a number as a fraction; null for what is none, or is absurdly long."""
    if isinstance(given, bool):
        return None
    if isinstance(given, int | Fraction):
        return Fraction(given)
    text = str(given).strip().removeprefix("$")
    if len(text) > _MOST_DIGITS or "," in text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    # Fractions of numbers like 1e-999999 would fill the memory.
    if (
        not value.is_finite()
        or abs(value.adjusted()) > _MOST_DIGITS
        or int(value.as_tuple().exponent) < -_MOST_DECIMALS
    ):
        return None
    return Fraction(value)


def _shown(given: object) -> str:
    text = str(given)
    return text if len(text) <= 60 else f"{text[:59]}\u2026"
