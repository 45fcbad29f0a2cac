"""Waste that the reports claim, against what was wasted."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from tokenscan.evaluate.model import Claim, Evaluation, WasteScore
from tokenscan.evaluate.table_parts import NOTHING, Column, View, grid, kind_of, name_of
from tokenscan.report.numbers import percent, plural, tokens
from tokenscan.report.table_layout import Style, fields, heading, paragraph
from tokenscan.report.text import clean

_SUMS = tuple(Column(name, right=True) for name in ("true", "claimed", "ratio", "over", "under"))


def waste(view: View, evaluation: Evaluation) -> Iterator[RenderableType]:
    """Yield claims against truth, in all and by kind; without a truth, what is claimed of innocent accounts."""
    score = evaluation.waste
    yield Text("")
    yield heading(view, "WASTE", "tokens; each call counted once")
    yield Text("")
    if score.gamers.people:
        yield from _against_truth(view, score)
    else:
        told = "The labels do not say how much gamers wasted (column waste_tokens)."
        yield paragraph(view, told, Style.LABEL)
    yield fields(view, _remarks(score))


def _against_truth(view: View, score: WasteScore) -> Iterator[RenderableType]:
    rows: list[list[str | Text]] = [[clean(kind), *_cells(claim)] for kind, claim in score.kinds]
    rows.append([Text("all gamers", Style.STRONG), *_cells(score.gamers)])
    rows.append(["innocent", *_cells(score.innocent)])
    yield grid(view, [Column("kind"), *_SUMS], rows)
    yield Text("")
    wrong = [(who, claim) for who, claim in score.people if claim.over or claim.under]
    shown = wrong[: min(view.top, 5)] if view.top else wrong
    if shown:
        yield paragraph(view, "Furthest from the truth")
        columns = [Column("who"), Column("kind"), *_SUMS]
        yield grid(view, columns, [[name_of(view, who), kind_of(who), *_cells(claim)] for who, claim in shown])
        if len(wrong) > len(shown):
            yield paragraph(view, f"{len(wrong) - len(shown):,} more: -f json has them.", Style.LABEL)
        yield Text("")


def _cells(claim: Claim) -> list[str]:
    ratio = NOTHING if claim.ratio is None else f"{claim.ratio:.2f}"
    return [tokens(claim.true), tokens(claim.claimed), ratio, tokens(claim.over), tokens(claim.under)]


def _remarks(score: WasteScore) -> Iterator[tuple[str, str]]:
    true = score.gamers.true + score.innocent.true
    of_it = f", {percent(score.over_claim_share)} of all claims" if score.over_claim_share is not None else ""
    yield "innocent", f"{tokens(score.innocent.over)} claimed wrongly of innocent accounts{of_it}"
    totals = f"{tokens(score.low)} at least, {tokens(score.expected)} expected, {tokens(score.high)} at most"
    if score.comparable and true:
        parts = " / ".join(f"{figure / true:.2f}" for figure in (score.low, score.expected, score.high))
        yield "in all", f"{totals}; true {tokens(true)}: ratios {parts}"
    else:
        yield "in all", f"{totals}, not all of it comparable with the labels"
    people, claimed = score.unknown
    if people and score.gamers.people:
        yield "unknown", f"{plural(people, 'gamer')} of unknown waste, {tokens(claimed)} claimed, not compared"
    if score.unlabelled:
        yield "no label", f"{tokens(score.unlabelled)} claimed of people without a label"
