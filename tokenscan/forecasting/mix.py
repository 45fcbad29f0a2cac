"""What a model mix does to spend: shares moved to other tiers, or all flagged work on the tier it needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tokenscan.errors import UsageError
from tokenscan.forecasting.exact import NANO, rounded
from tokenscan.forecasting.model import Mix, Shift, Skipped, Step
from tokenscan.forecasting.words import number, percent, usd
from tokenscan.report.numbers import plural
from tokenscan.report.savings import Savings
from tokenscan.report.text import clean

NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of tiers: typical ``prices`` and those ``chosen``; of a log its ``savings`` and spend.

    ``cost`` is all spend, ``waste`` the part that findings claim; both in nano-dollars.
    """

    prices: Mapping[str, Fraction]
    chosen: Mapping[str, Fraction]
    savings: Savings | None = None
    cost: int = 0
    waste: int = 0


def mix_of(shifts: Sequence[Shift], known: Known) -> Mix | Skipped:
    """Return what the shifts do; without any, what it does to run all flagged work on the tier it needs.

    Raises:
        UsageError: more is moved off a tier than runs on it.
    """
    if not shifts:
        return _flagged(known)
    _check(shifts, known)
    factor, steps = Fraction(1), []
    for shift in shifts:
        ratio, why = _ratio(shift, known)
        factor -= shift.share * (1 - ratio)
        name = f"Cost on {shift.target} of {shift.tier} work"
        steps.append(Step(name=name, formula=why, value=ratio, unit="factor"))
    moved = " \u2212 ".join(
        f"{percent(shift.share)} \u00d7 (1 \u2212 {number(_ratio(shift, known)[0])})" for shift in shifts
    )
    steps.append(Step(name="Spend with the mix", formula=f"1 \u2212 {moved}", value=factor, unit="factor"))
    return Mix(factor=factor, steps=tuple(steps))


def _flagged(known: Known) -> Mix | Skipped:
    savings = known.savings
    if savings is None:
        return Skipped(id="mix", reason="needs shares that move between tiers, --mix premium:mini=0.3, or logs")
    needed = known.cost - known.waste
    if savings.total.expected <= 0 or needed <= 0:
        reason = (
            "no work is known to run on a dearer tier than it needs; [tiers] in the config says which work is which"
        )
        return Skipped(id="mix", reason=reason)
    low, saved, high = (
        rounded(Fraction(part, needed)) for part in (savings.total.low, savings.total.expected, savings.total.high)
    )
    word = "needed" if known.waste else "spent"
    money = usd(Fraction(savings.total.expected, NANO))
    formula = f"{money} saved on work with a dearer tier than it needs / {usd(Fraction(needed, NANO))} {word}"
    steps = (
        Step(name="Saved of what is needed", formula=formula, value=saved, unit="share"),
        Step(name="Saved, at least", formula="work that the config names", value=low, unit="share"),
        Step(name="Saved, at most", formula="short answers to people too", value=high, unit="share"),
    )
    return Mix(saved=saved, steps=(*steps, *_models(savings)))


def _models(savings: Savings) -> Iterator[Step]:
    """Yield where most of the saving is."""
    for one in savings.by_model[:NAMED]:
        if one.saving.expected:
            cost = usd(Fraction(one.saving.cost, NANO))
            calls = plural(one.saving.calls, "call")
            name = f"{clean(one.recommended, 60)} instead of {clean(one.model, 60)}"
            formula = f"what {calls} in the log would cost less, of {cost}"
            yield Step(name=name, formula=formula, value=Fraction(one.saving.expected, NANO))


def _check(shifts: Sequence[Shift], known: Known) -> None:
    moved: dict[str, Fraction] = defaultdict(Fraction)
    for shift in shifts:
        moved[shift.tier] += shift.share
    if sum(moved.values()) > 1:
        raise UsageError("--mix moves more than all of the spend", hint="the shares are of the whole spend")
    if known.savings is None or not known.cost:
        return
    on = {move.tier: Fraction(move.cost, known.cost) for move in known.savings.moves}
    for tier, share in moved.items():
        if share > on.get(tier, Fraction(0)):
            runs = percent(rounded(on.get(tier, Fraction(0)), 3))
            raise UsageError(
                f"--mix moves {percent(share)} of the spend off {tier}, on which {runs} of it runs",
                hint="the shares are of the whole spend; a tier's models are in `tokenscan costs --by model`",
            )


def _ratio(shift: Shift, known: Known) -> tuple[Fraction, str]:
    """Return what work costs on the other tier, as a multiple, and the formula."""
    moves = {(move.tier, move.target): move for move in known.savings.moves} if known.savings else {}
    chosen = shift.tier in known.chosen or shift.target in known.chosen
    move = moves.get((shift.tier, shift.target))
    if move is not None and move.cost and not chosen:
        there, here = Fraction(move.cost_there, NANO), Fraction(move.cost, NANO)
        return rounded(there / here), f"{usd(there)} for the log's calls there / {usd(here)} here"
    prices = {**known.prices, **known.chosen}
    for tier in (shift.tier, shift.target):
        if tier not in prices:
            raise UsageError(f"no price is known of the tier {tier}", hint=f"give one: --tier-price {tier}=2.5")
    here, there = prices[shift.tier], prices[shift.target]
    origin = "as given" if chosen else "median list prices"
    return rounded(there / here), f"{usd(there)} / {usd(here)} a million tokens ({origin})"
