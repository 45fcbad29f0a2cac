"""The first lines: how much was used, how much of it looks like waste, who stands out, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from tokenscan.findings.model import Severity, State
from tokenscan.report.kept_back import privacy_words
from tokenscan.report.model import Band, Range, Report, RuleStatus, Totals
from tokenscan.report.notice import NOTICE
from tokenscan.report.numbers import mass, money, percent, period, plural, tokens
from tokenscan.report.table_layout import INDENT, Page, Style, heading, paragraph
from tokenscan.report.text import clean


def headline(page: Page) -> Iterator[RenderableType]:
    """Yield the title and the summary of the whole report."""
    report = page.report
    rules = clean(report.rules_digest, 40)
    yield heading(page, Text("tokenscan", Style.COMMAND), f"{clean(report.version, 20)}, rules {rules}")
    yield Text("")
    yield paragraph(page, _used(page), Style.STRONG)
    if report.totals.requests:
        yield paragraph(page, _wasted(report.totals))
        yield paragraph(page, _teams(report) if report.privacy.by_team else _who(report))
        yield Text("")
        yield from _waste_bar(page)
    yield from (paragraph(page, remark) for remark in _remarks(report))
    yield Text("")
    yield paragraph(page, NOTICE)
    if kept := privacy_words(report.privacy):
        yield paragraph(page, kept)


def _used(page: Page) -> str:
    read, totals = page.report.input, page.report.totals
    if not totals.requests or read.window is None:
        return "No calls to report on."
    when = period(*read.window, page.zone)
    zone = clean(read.timezone, 40)
    between = f"from {when} ({zone})" if " to " in when else f"on {when} ({zone})"
    who = plural(read.users, "person", "people")
    return f"{who} made {plural(totals.requests, 'call')} {between}: {tokens(totals.tokens)} tokens, {_spend(totals)}."


def _spend(totals: Totals) -> str:
    if _priced(totals) == 0:
        return "at an unknown cost, as no call has a known price"
    if totals.unpriced_requests:
        return (
            f"{money(totals.cost_nanousd)} for the {percent(_priced(totals) / totals.requests)} of calls "
            "that have a known price"
        )
    return money(totals.cost_nanousd)


def _wasted(totals: Totals) -> Text:
    waste = totals.waste_tokens
    if waste.high == 0:
        return Text("No waste was found.", Style.GOOD)
    if _priced(totals) and totals.waste_nanousd.high:
        spent = totals.waste_nanousd
        about, low, high = money(spent.expected), money(spent.low), money(spent.high)
        of_it = f"{percent(_share(spent.expected, totals.cost_nanousd))} of the spend"
    else:
        about, low, high = (f"{tokens(part)} tokens" for part in (waste.expected, waste.low, waste.high))
        of_it = f"{percent(_share(waste.expected, totals.tokens))} of all tokens"
    if waste.expected == 0:
        return Text(f"At most {high} of it may be waste; none of it is likely to be.")
    return Text.assemble(
        "About ", (about, Style.STRONG), f" of it looks like waste: {of_it}, at least {low} and at most {high}."
    )


def _who(report: Report) -> Text:
    strong = sum(1 for person in report.people if person.band is Band.STRONG)
    look = sum(1 for person in report.people if person.band is Band.WORTH_A_LOOK)
    if not strong + look:
        return Text.assemble(("Nobody stands out.", f"{Style.STRONG} {Style.GOOD}"), " " + _checked(report))
    text = Text.assemble((f"{plural(strong + look, 'person', 'people')}", Style.STRONG))
    text.append(" stands out" if strong + look == 1 else " stand out")
    text.append(f": {strong:,} with strong evidence, {look:,} worth a look." if strong and look else "")
    if not (strong and look):
        text.append(", with strong evidence." if strong else ", worth a look.")
    return text


def _teams(report: Report) -> Text:
    shown = sum(1 for team in report.teams if team.band is not Band.NONE)
    if not shown:
        return Text.assemble(("No team stands out.", f"{Style.STRONG} {Style.GOOD}"), " " + _checked(report))
    return Text.assemble((plural(shown, "team"), Style.STRONG), " stands out." if shown == 1 else " stand out.")


def _checked(report: Report) -> str:
    ran = sum(1 for rule in report.rules if rule.status is RuleStatus.RAN)
    out = sum(1 for rule in report.rules if rule.status in {RuleStatus.NOT_EVALUATED, RuleStatus.FAILED})
    text = f"{plural(ran, 'rule')} ran"
    return f"{text}, {out:,} could not be evaluated (reasons below)." if out else f"{text}."


def _waste_bar(page: Page) -> Iterator[RenderableType]:
    totals = page.report.totals
    by_money = bool(_priced(totals)) and totals.cost_nanousd > 0 and totals.waste_nanousd.high > 0
    waste, whole = (totals.waste_nanousd, totals.cost_nanousd) if by_money else (totals.waste_tokens, totals.tokens)
    if waste.high <= 0 or whole <= 0:
        return
    cells = min(page.prose - 2 * INDENT, 72)
    low, expected, high = _steps(waste, whole, cells)
    yield paragraph(
        page,
        Text.assemble(
            ("\u2588" * low, Style.BAD),
            ("\u2593" * (expected - low), Style.BAD),
            ("\u2592" * (high - expected), Style.WARN),
            ("\u2591" * (cells - high), Style.LABEL),
        ),
    )
    shares = [percent(_share(part, whole)) for part in (waste.low, waste.expected, waste.high)]
    legend = f"waste: \u2588 at least {shares[0]}  \u2593 expected {shares[1]}  \u2592 at most {shares[2]}"
    yield paragraph(page, f"{legend}  of {'spend' if by_money else 'tokens'}", Style.LABEL)


def _steps(waste: Range, whole: int, cells: int) -> tuple[int, int, int]:
    """Return where the three parts of the bar end; what is not zero shows."""
    high = max(1, min(cells, round(waste.high * cells / whole)))
    expected = min(high, round(waste.expected * cells / whole))
    return min(expected, round(waste.low * cells / whole)), expected, high


def _remarks(report: Report) -> Iterator[str | Text]:
    totals = report.totals
    if totals.waste_tokens.expected:
        co2 = f"about {mass(totals.co2_grams)} of CO2, an order of magnitude only"
        yield f"In tokens: {tokens(totals.waste_tokens.expected)} of {tokens(totals.tokens)} are waste ({co2})."
    if totals.duplicate_share is not None:
        yield f"{percent(totals.duplicate_share)} of the prompts repeat an earlier one."
    if any(totals.findings.values()) or totals.suppressed:
        by_severity = [
            f"{totals.findings[one]:,} {one}" for one in reversed(list(Severity)) if totals.findings.get(one)
        ]
        hidden = [f"{totals.suppressed:,} suppressed by decision"] if totals.suppressed else []
        yield f"Findings: {', '.join([*by_severity, *hidden])}."
    changed = [
        f"{totals.by_state[state]:,} {state}" for state in State if state != State.NEW and totals.by_state.get(state)
    ]
    if changed:
        new = totals.by_state.get(State.NEW, 0)
        yield f"Against the baseline: {', '.join([f'{new:,} new', *changed])}."
    if not report.input.complete:
        yield Text("This report is incomplete; what is missing is listed at the end.", Style.BAD)


def _priced(totals: Totals) -> int:
    return max(0, totals.requests - totals.unpriced_requests)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
