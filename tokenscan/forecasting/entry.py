"""From what a user asks to a forecast: options checked, the base chosen, the parts put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from tokenscan.economics.savings import tier_savings
from tokenscan.errors import InputError, UsageError
from tokenscan.forecasting import parse, saved
from tokenscan.forecasting.build import build
from tokenscan.forecasting.exact import Number
from tokenscan.forecasting.mix import Known
from tokenscan.forecasting.model import Assumptions, Forecast
from tokenscan.forecasting.numbers import Numbers, base_of
from tokenscan.forecasting.observe import Wasted, observed, wasted
from tokenscan.pricing.tiers import tier_prices
from tokenscan.report.model import RuleStatus

if TYPE_CHECKING:
    from tokenscan.economics.savings_table import TierTable
    from tokenscan.engine import Groundwork
    from tokenscan.facts import Facts
    from tokenscan.pricing.book import PriceBook
    from tokenscan.settings import AnalysisOptions

_HUGE = Fraction(10**4)


class ForecastOptions(TypedDict, total=False):
    """Options of ``tokenscan.forecast``; numbers may be text, shares may be written as percentages."""

    months: int
    people: Number | None
    monthly_usd: Number | None
    tokens: str | None
    tokens_per_person: str | None
    usd_per_million: Number | None
    waste_share: Number | None
    report: str | Path | bytes | None
    adoption: str | Number | tuple[Number, Number] | None
    adoption_path: str
    multiplier: Number | None
    monitored_waste: Number
    price_growth: Number | None
    mix: Sequence[str]
    tier_price: Sequence[str]
    remove: Number
    cost_of_monitoring_usd: Number | None
    ramp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked, all of it checked: assumptions, what is said of today, and a report if there is one."""

    assumed: Assumptions
    numbers: Numbers
    report: saved.Saved | None = None
    report_name: str = ""

    @property
    def says_spend(self) -> bool:
        """Tell whether the numbers say what is spent."""
        return self.numbers.monthly_usd is not None or self.numbers.tokens is not None

    @property
    def says_waste(self) -> bool:
        """Tell whether the share of waste need not be found."""
        return self.numbers.waste_share is not None or self.report is not None


def asked(options: ForecastOptions) -> Asked:
    """Check the options.

    Raises:
        UsageError: one of them makes no sense.
        InputError: the report cannot be read.
    """
    report = options.get("report")
    name = "" if report is None or isinstance(report, bytes) else str(report)
    found = Asked(
        assumed=_assumed(options),
        numbers=_numbers(options),
        report=None if report is None else saved.read(_content(report), name or "the report"),
        report_name=name or "the report",
    )
    if found.numbers.waste_share is not None and report is not None:
        raise UsageError("the share of waste is given twice", hint="leave out --waste-share or --report")
    if found.says_spend and report is not None:
        raise UsageError("spend is given in numbers and by a report", hint="leave out the numbers or --report")
    return found


def from_numbers(question: Asked, prices: PriceBook, tiers: TierTable) -> Forecast:
    """Return a forecast without logs: from numbers, else from a report alone.

    Raises:
        UsageError: no spend is given, or numbers that do not go together.
    """
    if question.report is not None:
        name = question.report_name
        base = saved.base_of(question.report, saved.waste_of(question.report, name), name)
        given = question.numbers
        base = replace(base, people=given.people, adoption=given.adoption)
    else:
        base = base_of(question.numbers)
    return build(base, question.assumed, _known(question, prices, tiers))


def from_log(question: Asked, ground: Groundwork, facts: Facts | None, settings: AnalysisOptions) -> Forecast:
    """Return a forecast from the groundwork of a log, and from what findings claim where waste is not given.

    Raises:
        UsageError: the mix moves more than there is.
        InputError: nothing in the log has a price.
    """
    events, tables = ground.events, ground.tables
    cost = int(events["cost_nanousd"].sum())
    claims = facts.ledger.rows if facts is not None else None
    waste = {
        kind: int(claims[f"{kind}_cost"].sum()) if claims is not None else 0 for kind in ("low", "expected", "high")
    }
    share = _share(question, (waste["low"], waste["expected"], waste["high"]), cost)
    base = observed(events, tables, share, question.numbers.people)
    savings = tier_savings(tables, settings.tiers, claimed=claims)
    tiers = _known(question, settings.prices, settings.tiers)
    known = replace(tiers, savings=savings, cost=cost, waste=waste["expected"])
    return replace(build(base, question.assumed, known), complete=_complete(ground, facts, settings))


def _complete(ground: Groundwork, facts: Facts | None, settings: AnalysisOptions) -> bool:
    log = ground.log
    failed = facts is not None and any(one.status is RuleStatus.FAILED for one in facts.outcomes)
    allowed = 0.0 if settings.strict else settings.max_bad_share
    return not failed and not log.broken and log.bad_rows <= allowed * log.rows


def _share(question: Asked, waste: tuple[int, int, int], cost: int) -> Wasted:
    given = question.numbers.waste_share
    if given is not None:
        return Wasted(low=given, expected=given, high=given, origin="as given")
    if question.report is not None:
        return saved.waste_of(question.report, question.report_name)
    if not cost:
        return Wasted(low=Fraction(0), expected=Fraction(0), high=Fraction(0), origin="")
    return wasted(waste, cost)


def _known(question: Asked, prices: PriceBook, tiers: TierTable) -> Known:
    typical = tier_prices(prices, tiers.models) if question.assumed.shifts else {}
    return Known(prices=typical, chosen=dict(question.assumed.tier_prices))


def _assumed(options: ForecastOptions) -> Assumptions:
    growth, adoption = options.get("price_growth"), options.get("adoption")
    cost, multiplier = options.get("cost_of_monitoring_usd"), options.get("multiplier")
    plain = Assumptions()
    path = options.get("adoption_path", "logistic")
    parse.known_path("--adoption-path", path)
    below = parse.Limits(most=Fraction(1), below=True)
    return Assumptions(
        months=_whole("--months", options.get("months", plain.months), 120),
        adoption=None if adoption is None else parse.adoption("--adoption", adoption, path),
        multiplier=_multiplier(multiplier) if multiplier is not None else plain.multiplier,
        monitored_waste=parse.share("--monitored-waste", options.get("monitored_waste", plain.monitored_waste), below),
        price_growth=None if growth is None else parse.rate("--price-growth", growth),
        shifts=tuple(parse.shift("--mix", one) for one in options.get("mix", ())),
        tier_prices=tuple(parse.tier_price("--tier-price", one) for one in options.get("tier_price", ())),
        remove=parse.share("--remove", options.get("remove", plain.remove)),
        monitoring_cost=None if cost is None else parse.amount("--cost-of-monitoring-usd", cost),
        ramp=_whole("--ramp", options.get("ramp", plain.ramp), 120),
    )


def _numbers(options: ForecastOptions) -> Numbers:
    total, each = options.get("tokens"), options.get("tokens_per_person")
    if total is not None and each is not None:
        raise UsageError("--tokens and --tokens-per-person exclude each other")
    text = total if total is not None else each
    tokens, period = (
        (None, "day") if text is None else parse.volume("--tokens" + "-per-person" * (each is not None), text)
    )
    many = parse.Limits(least=Fraction(1), most=parse.MOST_PEOPLE)
    people, monthly, price = (options.get("people"), options.get("monthly_usd"), options.get("usd_per_million"))
    waste, multiplier = options.get("waste_share"), options.get("multiplier")
    dear = parse.Limits(most=Fraction(10**6), above=True)
    below = parse.Limits(most=Fraction(1), below=True)
    return Numbers(
        monthly_usd=None if monthly is None else parse.amount("--monthly-usd", monthly),
        tokens=tokens,
        period=period,
        each=each is not None,
        usd_per_million=None if price is None else parse.amount("--usd-per-million", price, dear),
        people=None if people is None else parse.amount("--people", people, many),
        waste_share=None if waste is None else parse.share("--waste-share", waste, below),
        multiplier=None if multiplier is None else _multiplier(multiplier),
    )


def _multiplier(given: Number) -> Fraction:
    hint = "how many times what work needs is spent under target-seeking: 1 to 10,000, e.g. 2.5"
    return parse.amount("--multiplier", given, parse.Limits(least=Fraction(1), most=_HUGE), hint)


def _whole(option: str, given: int, most: int) -> int:
    value = parse.amount(option, given, parse.Limits(least=Fraction(1), most=Fraction(most)))
    if value.denominator != 1:
        raise UsageError(f"{option} {given!r}", hint=f"a whole number from 1 to {most}")
    return int(value)


def _content(report: str | Path | bytes) -> bytes:
    if isinstance(report, bytes):
        return report
    try:
        return Path(report).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{report}: cannot be read ({reason})", hint="check --report") from error
