"""The first screen: what was used, how much of it is likely waste, who stands out, and how far to trust it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tokenscan.report.model import Band, Report, RuleStatus, Totals
from tokenscan.report.numbers import mass, money, percent, period, plural, tokens, zone_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure of the first screen, and what must be known beside it."""

    label: str
    value: str
    detail: str = ""
    alarming: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WasteBar:
    """Low, expected and high waste as shares (0 to 1) of the spend, or of the tokens where money is unknown."""

    low: float
    expected: float
    high: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """Everything above the ranking. ``not_evaluated`` counts rules that could not run."""

    period: str
    waste: str
    standing_out: str
    tiles: tuple[Tile, ...]
    bar: WasteBar | None
    remarks: tuple[str, ...]
    ran: int
    not_evaluated: int
    failed: int


def headline(report: Report) -> Headline:
    """Return what the first screen says."""
    totals, read = report.totals, report.input
    when = "" if read.window is None else period(*read.window, zone_of(read.timezone))
    statuses = [rule.status for rule in report.rules]
    return Headline(
        period=when,
        waste=_waste(totals) if totals.requests else "No calls to report on.",
        standing_out=_standing_out(report) if totals.requests else "",
        tiles=tuple(_tiles(report)) if totals.requests else (),
        bar=_bar(totals),
        remarks=tuple(_remarks(totals)),
        ran=statuses.count(RuleStatus.RAN),
        not_evaluated=statuses.count(RuleStatus.NOT_EVALUATED),
        failed=statuses.count(RuleStatus.FAILED),
    )


def priced(totals: Totals) -> int:
    """Return how many calls have a known price."""
    return max(0, totals.requests - totals.unpriced_requests)


def _by_money(totals: Totals) -> bool:
    return bool(priced(totals)) and totals.cost_nanousd > 0 and totals.waste_nanousd.high > 0


def _waste(totals: Totals) -> str:
    if totals.waste_tokens.high == 0:
        return "No waste was found."
    if _by_money(totals):
        spent = totals.waste_nanousd
        about, low, high = money(spent.expected), money(spent.low), money(spent.high)
        whole, share = money(totals.cost_nanousd), percent(spent.expected / totals.cost_nanousd)
    else:
        count = totals.waste_tokens
        about, low, high = (f"{tokens(part)} tokens" for part in (count.expected, count.low, count.high))
        whole, share = tokens(totals.tokens), percent(count.expected / totals.tokens if totals.tokens else None)
    if totals.waste_tokens.expected == 0:
        return f"At most {high} of {whole} may be waste; none of it is likely to be."
    return f"About {about} of {whole} looks like waste: {share}, at least {low} and at most {high}."


def _standing_out(report: Report) -> str:
    if report.privacy.by_team:
        count = sum(team.band is not Band.NONE for team in report.teams)
        return f"{plural(count, 'team')} stand{'s' if count == 1 else ''} out." if count else "No team stands out."
    bands = [person.band for person in report.people]
    strong, look = bands.count(Band.STRONG), bands.count(Band.WORTH_A_LOOK)
    if not strong + look:
        return "Nobody stands out."
    verb = "stands" if strong + look == 1 else "stand"
    text = f"{strong + look:,} of {plural(report.input.users, 'person', 'people')} {verb} out"
    if strong and look:
        return f"{text}: {strong:,} with strong evidence, {look:,} worth a look."
    return f"{text}, with strong evidence." if strong else f"{text}, worth a look."


def _tiles(report: Report) -> Iterator[Tile]:
    totals, read = report.totals, report.input
    yield Tile(label="People", value=f"{read.users:,}", detail=_accounts(report))
    yield Tile(label="Calls", value=f"{totals.requests:,}", detail=f"{tokens(totals.tokens)} tokens")
    if priced(totals):
        missing = totals.unpriced_requests
        detail = f"without {percent(missing / totals.requests)} of calls that have no price" if missing else ""
        yield Tile(label="Spend", value=money(totals.cost_nanousd), detail=detail or "every call has a price")
    else:
        yield Tile(label="Spend", value="unknown", detail="no call has a known price")
    if totals.waste_tokens.high == 0:
        yield Tile(label="Expected waste", value="none", detail="no call looks like waste")
        return
    waste = totals.waste_nanousd
    in_tokens = f"{tokens(totals.waste_tokens.expected)} tokens"
    if _by_money(totals):
        between = f"{money(waste.low)} to {money(waste.high)}"
        yield Tile(label="Expected waste", value=money(waste.expected), detail=f"{between}; {in_tokens}", alarming=True)
    else:
        low, high = tokens(totals.waste_tokens.low), tokens(totals.waste_tokens.high)
        yield Tile(label="Expected waste", value=in_tokens, detail=f"{low} to {high} tokens", alarming=True)


def _accounts(report: Report) -> str:
    services = len(report.input.service_accounts)
    return f"and {plural(services, 'service account')}, not ranked" if services else ""


def _bar(totals: Totals) -> WasteBar | None:
    by_money = _by_money(totals)
    waste, whole = (totals.waste_nanousd, totals.cost_nanousd) if by_money else (totals.waste_tokens, totals.tokens)
    if whole <= 0 or waste.high <= 0:
        return None
    low, expected, high = (min(1.0, part / whole) for part in (waste.low, waste.expected, waste.high))
    shares = f"at least {percent(low)}, expected {percent(expected)}, at most {percent(high)}"
    label = f"Waste as a share of {'spend' if by_money else 'tokens'}: {shares}"
    return WasteBar(low=low, expected=expected, high=high, label=label)


def _remarks(totals: Totals) -> Iterator[str]:
    if totals.duplicate_share is not None:
        yield f"{percent(totals.duplicate_share)} of people's prompts repeat an earlier one."
    if totals.waste_tokens.expected:
        yield f"The expected waste stands for about {mass(totals.co2_grams)} of CO2, an order of magnitude only."
