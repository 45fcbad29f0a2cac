"""Each rule by itself, and what other values of a parameter would have meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from tokenscan.evaluate.model import Bands, BandScore, Evaluation, RuleScore, Sweep, SweepStep
from tokenscan.evaluate.table_parts import NOTHING, WIDE, Column, View, bounded, decimal, grid, share
from tokenscan.report.numbers import tokens
from tokenscan.report.table_layout import Style, fields, heading, paragraph
from tokenscan.report.text import clean, clean_id, listing


def rules(view: View, evaluation: Evaluation) -> Iterator[RenderableType]:
    """Yield the rules that ran, those with most hits first, and why others did not."""
    ran = [rule for rule in evaluation.rules if rule.ran]
    silent = [rule.rule for rule in ran if not _hits(rule)]
    shown = sorted((rule for rule in ran if _hits(rule)), key=lambda rule: (-_hits(rule), rule.rule))
    if not evaluation.rules:
        return
    yield Text("")
    yield heading(view, "RULES", "accounts with a finding, whatever their band")
    yield Text("")
    if shown:
        precise = view.width >= WIDE
        columns = [Column("rule"), Column("gamers", right=True), Column("innocent", right=True)]
        columns += [Column("precision")] if precise else []
        columns += [Column(name, right=True) for name in ("accused", "claimed", "wrongly")]
        yield grid(view, columns, [_row(rule, precise=precise) for rule in shown])
        told = (
            "Accused: innocent accounts in a band for which the rule weighed most. Claimed: tokens of gamers, wrongly "
            "of innocent accounts, by the rule alone."
        )
        yield paragraph(view, told, Style.LABEL)
    rows = []
    if silent:
        rows.append(("no hit", f"no labelled account has a finding of {listing(silent, limit=len(silent))}"))
    reasons = defaultdict(list)
    for rule in evaluation.rules:
        for reason in rule.reasons:
            reasons[reason].append(rule.rule)
    rows += [("not run", f"{listing(found, limit=len(found))}: {clean(why)}") for why, found in sorted(reasons.items())]
    if rows:
        yield Text("")
        yield fields(view, rows)


def _hits(rule: RuleScore) -> int:
    return rule.gamers + rule.honest + rule.services


def _row(rule: RuleScore, *, precise: bool) -> list[str | Text]:
    innocent = rule.honest + rule.services
    return [
        clean_id(rule.rule),
        f"{rule.gamers:,}",
        Text(f"{innocent:,}", Style.WARN if innocent else Style.PLAIN),
        *([bounded(rule.precision)] if precise else []),
        Text(f"{rule.wrong:,}", Style.BAD if rule.wrong else Style.PLAIN),
        tokens(rule.claimed_gamers),
        tokens(rule.claimed_innocent),
    ]


_SWEEP = ("value", "PR-AUC", "precision", "recall", "accused", "strong", "accused", "hits", "wrong")


def sweeps(view: View, evaluation: Evaluation) -> Iterator[RenderableType]:
    """Yield a table a parameter: each value's ranking, bands and accusations."""
    for sweep in evaluation.sweeps:
        yield Text("")
        yield heading(view, f"SWEEP {clean_id(sweep.rule)}.{clean_id(sweep.param)}", "the first row is in force")
        yield Text("")
        columns = [Column(name, right=True) for name in _SWEEP]
        yield grid(view, columns, [_step(step) for step in sweep.steps])
        yield from _remarks(view, sweep)


def _step(step: SweepStep) -> list[str | Text]:
    banded, strong = step.scores.bands[Bands.BANDED], step.scores.bands[Bands.STRONG]
    style = Style.STRONG if step.current else Style.PLAIN
    innocent = step.rule.honest + step.rule.services
    return [
        Text(clean(step.value), style),
        decimal(step.scores.pr_auc),
        share(banded.precision),
        share(banded.recall),
        _accused(banded),
        share(strong.recall),
        _accused(strong),
        f"{step.rule.gamers:,}" if step.rule.ran else NOTHING,
        f"{innocent:,}" if step.rule.ran else NOTHING,
    ]


def _accused(band: BandScore) -> Text:
    return Text(f"{band.false_share.hits:,}", Style.BAD if band.false_share.hits else Style.PLAIN)


def _remarks(view: View, sweep: Sweep) -> Iterator[RenderableType]:
    told = (
        "Precision, recall and accused (innocent accounts) in a band; recall and accused in strong; gamers and "
        "innocent accounts with a finding of this rule."
    )
    yield paragraph(view, told, Style.LABEL)
    for step in sweep.steps:
        if step.rule.reasons:
            yield paragraph(view, f"{clean(step.value)}: {clean('; '.join(step.rule.reasons))}", Style.LABEL)
    accused = {account.user for step in sweep.steps for account in step.accused}
    if accused:
        yield paragraph(view, f"Accused with one value or another: {listing(sorted(accused))}", Style.LABEL)
