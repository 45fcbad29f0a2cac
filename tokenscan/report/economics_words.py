"""Money and measures in words, for the terminal and for Markdown alike; names in them are not yet made safe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tokenscan.report.economics import (
    Economics,
    Gaming,
    GamingNote,
    Growth,
    Interval,
    Leaderboard,
    Measure,
    Place,
    Standing,
    WasteInMoney,
)
from tokenscan.report.numbers import mass, money, number, percent, plural, tokens

OBSERVED = "Observed, not caused. Bands hold a team against the rest of the organisation; they rank nobody."
EASE = {Gaming.HIGH: "easily", Gaming.MEDIUM: "with some effort", Gaming.LOW: "hardly"}

Show = Callable[[str], str]  # how a name from a log is made safe


def has_something(economics: Economics | None) -> bool:
    """Return whether there is anything to show."""
    if economics is None:
        return False
    saved = economics.savings is not None and economics.savings.total.expected > 0
    return economics.waste.total.tokens.high > 0 or saved or any(measure.value for measure in economics.measures)


def run_rate(waste: WasteInMoney) -> Iterator[str]:
    """Yield what the waste comes to in a month and a year, and what to make of that figure."""
    rate, in_money = waste.rate, waste.total.nanousd
    if rate is None or not waste.total.tokens.high:
        return
    window = f"{plural(rate.days, 'day')} ({rate.first.isoformat()} to {rate.last.isoformat()})"
    if rate.yearly(0) is None:
        yield f"The log covers {window}: too few to say what the waste comes to in a month or a year."
        return
    amount, shown = (waste.total.tokens, _tokens) if in_money is None else (in_money, money)
    low, high = shown(rate.yearly(amount.low) or 0), shown(rate.yearly(amount.high) or 0)
    about = f"{shown(rate.monthly(amount.expected) or 0)} a month, {shown(rate.yearly(amount.expected) or 0)} a year"
    yield f"At this rate waste comes to {about} (at least {low}, at most {high} a year)."
    yield f"That is waste / days * 365 over the log's {window}; a month is a twelfth."
    if rate.short:
        yield f"{plural(rate.days, 'day')} are fewer than 28: a year may look quite different."
    if waste.unpriced_tokens and in_money is not None:
        yield f"{tokens(waste.unpriced_tokens)} wasted tokens have no known price and are in no sum of money."


def co2(waste: WasteInMoney) -> str:
    """Return the CO2 of the waste with its factor and where that is from."""
    grams = round(waste.total.tokens.expected * waste.co2_grams_per_1k_tokens / 1000)
    factor = f"{number(waste.co2_grams_per_1k_tokens)} g per 1,000 tokens, from: {waste.co2_source}"
    return f"{mass(grams)} or so ({factor})" if grams else ""


def rankings(boards: Iterable[Leaderboard], show: Show) -> str:
    """Return how rankings by volume change without the waste: the first with who moves most, the others in short."""
    changed = [board for board in boards if any(place.removed.high for place in board.places)]
    return "; ".join(_in_short(board) if place else _ranking(board, show) for place, board in enumerate(changed))


def _in_short(board: Leaderboard) -> str:
    tau = "" if board.tau_b is None else f" (tau-b {board.tau_b:.2f})"
    return f"by {board.metric.partition('_')[0]} {board.moved:,} of {len(board.places):,}{tau}"


def _ranking(board: Leaderboard, show: Show, limit: int = 3) -> str:
    metric = board.metric.partition("_")[0]
    moved = sorted(
        (place for place in board.places if place.before != place.after.expected),
        key=lambda place: (-abs(place.before - place.after.expected), place.before, place.name),
    )
    noun = ("person", "people") if board.level == "person" else ("team", "teams")
    if not moved:
        return f"by {metric} all {plural(len(board.places), *noun)} keep their places without the waste"
    tau = "" if board.tau_b is None else f" (tau-b {board.tau_b:.2f})"
    change = f"by {metric} {len(moved):,} of {plural(len(board.places), *noun)} change places without the waste{tau}"
    return f"{change}: {_several([_move(place, show) for place in moved], limit)}"


def growth(item: Growth) -> str:
    """Return how much usage grew and which share of that is growth of claimed waste."""
    if item.before is None or item.after is None:
        return f"not known: {item.reason}"
    spans = f"{item.before.first} to {item.before.last} against {item.after.first} to {item.after.last}"
    if item.share is None:
        return f"{item.reason} ({spans})"
    rise = percent(item.after.volume / item.before.volume - 1) if item.before.volume else "from nothing"
    low, high = _part(item.share.low), _part(item.share.high)
    between = f" ({low} to {high})" if low != high else ""
    what = "cost" if item.metric == "cost_nanousd" else item.metric
    grown = f"{what} a working day rose by {rise} ({spans})"
    return f"{grown}; {_part(item.share.value)} of that rise is claimed waste{between}"


def measure(item: Measure) -> str:
    """Return a measure of the organisation with its interval, or why there is none."""
    if item.value is None:
        return f"not known: {item.reason}"
    if item.without is None or item.difference is None:
        alone = _interval(item, item.value) + (" on days with AI" if item.compared else "")
        return f"{alone}; {item.reason}" if item.reason else alone
    with_ai, without = _figure(item, item.value.value), _figure(item, item.without.value)
    return f"{with_ai} on days with AI, {without} without; difference {_interval(item, item.difference)}"


def bands(item: Measure, show: Show, limit: int = 3) -> str:
    """Return the teams of each band; those about like the rest are counted."""
    parts = []
    for standing in (Standing.ABOVE, Standing.BELOW):
        names = [show(band.team) for band in item.teams if band.standing is standing]
        parts += [f"{standing.value} the rest: {_several(names, limit)}"] if names else []
    about = sum(band.standing is Standing.ABOUT for band in item.teams)
    if about and not parts:
        return f"all {plural(about, 'team')} about alike"
    parts += [f"about like it: {plural(about, 'team')}"] if about else []
    return "; ".join(parts)


def gameable(notes: Iterable[GamingNote]) -> str:
    """Return the metrics that this report shows by how easily they can be gamed."""
    shown = [note for note in notes if note.shown]
    groups = [(EASE[ease], [note.name for note in shown if note.gaming is ease]) for ease in Gaming]
    text = "; ".join(f"{ease}: {', '.join(names)}" for ease, names in groups if names)
    return f"Can be gamed {text}." if text else ""


def savings(economics: Economics) -> str:
    """Return what running work on the tier that it needs would save; empty without a saving."""
    found = economics.savings
    if found is None or found.total.expected <= 0:
        return ""
    total = found.total
    return (
        f"{money(total.expected)} less ({money(total.low)} to {money(total.high)}) had work run on the tier of model "
        "that it needs; no part of the waste"
    )


def _move(place: Place, show: Show) -> str:
    share = percent(place.removed.expected / place.amount) if place.amount else "0%"
    return f"{show(place.name)} {place.before} \u2192 {place.after.expected} ({share} removed)"


def _several(items: list[str], limit: int) -> str:
    shown = ", ".join(items[:limit])
    return shown if len(items) <= limit else f"{shown} and {len(items) - limit:,} more"


def _part(share: float | None) -> str:
    """Return a share of growth: waste may have fallen, or risen by more than usage did."""
    if share is None or share <= 0:
        return "none"
    return "all" if share >= 1 else percent(share)


def _interval(item: Measure, interval: Interval) -> str:
    value = _figure(item, interval.value)
    if interval.low is None or interval.high is None:
        return f"{value} (no interval: too few data)"
    return f"{value} ({_figure(item, interval.low)} to {_figure(item, interval.high)})"


def _figure(item: Measure, value: float) -> str:
    if item.unit == "share":
        return percent(value)
    if item.unit == "usd":
        return f"{'-' if value < 0 else ''}${_small(abs(value))}" if abs(value) < 1 else money(round(value * 1e9))
    return number(value) + (" h" if item.unit == "hours" else "")


def _small(value: float) -> str:
    return f"{value:.3f}" if value >= 0.01 or value == 0 else f"{value:.2g}"


def _tokens(count: int) -> str:
    return f"{tokens(count)} tokens"
