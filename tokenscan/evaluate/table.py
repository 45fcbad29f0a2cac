"""An evaluation for a terminal: how well the ranking tells people apart, whom it accused, whom it missed."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from tokenscan.evaluate.labels import Label
from tokenscan.evaluate.model import Bands, BandScore, Evaluation
from tokenscan.evaluate.table_parts import BAND_WORDS, Column, View, bounded, decimal, grid, projected_text
from tokenscan.evaluate.table_people import false_accusations, gamers
from tokenscan.evaluate.table_rules import rules, sweeps
from tokenscan.evaluate.table_waste import waste
from tokenscan.report.numbers import plural
from tokenscan.report.table_layout import Style, drawn, fields, heading, paragraph
from tokenscan.report.text import clean, clean_id, listing

NARROWEST = 40


def render_table(
    evaluation: Evaluation, *, width: int = 80, color: bool = False, top: int = 20, ascii_only: bool = False
) -> str:
    """Return the evaluation as text of at most ``width`` cells a line (40 where less is asked for).

    ``top`` people or rules are shown in each list, and said to be cut; 0 shows all.
    """
    view = View(width=max(width, NARROWEST), top=top, several=len(evaluation.draws) > 1)
    sections = (_head, _ranking, _bands, false_accusations, gamers, rules, waste, _draws, sweeps, _not_scored)
    blocks = (block for section in sections for block in section(view, evaluation))
    return drawn(blocks, view.width, color=color, ascii_only=ascii_only)


def _head(view: View, evaluation: Evaluation) -> Iterator[RenderableType]:
    scores = evaluation.scores
    counts = scores.counts
    yield heading(view, Text("tokenscan evaluate", Style.COMMAND), clean(evaluation.version, 20))
    yield Text("")
    services = f" and {plural(counts[Label.SERVICE], 'service')}" if counts[Label.SERVICE] else ""
    pools = f" in {plural(len(evaluation.draws), 'draw')}" if view.several else ""
    yield paragraph(
        view,
        f"{plural(scores.accounts, 'account')} with a label{pools}: {plural(counts[Label.GAMER], 'gamer')}, "
        f"{plural(counts[Label.HONEST], 'honest person', 'honest people')}{services}.",
        Style.STRONG,
    )
    band = scores.bands[Bands.BANDED]
    wrong = band.false_share
    yield paragraph(view, f"A band holds {band.recall.hits:,} of {plural(band.recall.of, 'gamer')}.")
    told = f"It holds {wrong.hits:,} of {plural(wrong.of, 'innocent account')}."
    yield paragraph(view, told, Style.BAD if wrong.hits else Style.GOOD)
    yield from (paragraph(view, f"{clean(note, 1_000)}.", Style.WARN) for note in evaluation.notes)


def _ranking(view: View, evaluation: Evaluation) -> Iterator[RenderableType]:
    scores = evaluation.scores
    yield Text("")
    yield heading(view, "RANKING", "1 = every gamer above everybody else")
    yield Text("")
    yield fields(
        view,
        (
            ("PR-AUC", f"{decimal(scores.pr_auc)}; a ranking that tells nobody apart has {decimal(scores.prevalence)}"),
            ("ROC-AUC", f"{decimal(scores.roc_auc)}; a ranking that tells nobody apart has 0.500"),
            ("", ""),
        ),
    )
    method = "PR-AUC is average precision over the distinct risks; people of equal risk enter together."
    yield paragraph(view, method, Style.LABEL)


def _bands(view: View, evaluation: Evaluation) -> Iterator[RenderableType]:
    yield Text("")
    yield heading(view, "BANDS", "95 % bounds in brackets")
    yield Text("")
    columns = [Column(""), *(Column(BAND_WORDS[bands]) for bands in Bands)]
    bands = list(evaluation.scores.bands.values())
    yield grid(view, columns, [[name, *(_cell(name, band) for band in bands)] for name in _FIGURES])


_FIGURES = ("gamers", "innocent", "precision", "recall", "false share", "at 5 % gamers")


def _cell(name: str, band: BandScore) -> str | Text:
    match name:
        case "gamers":
            return f"{band.gamers:,}"
        case "innocent":
            told = f"{band.honest:,} honest" + (f", {plural(band.services, 'service')}" if band.services else "")
            return Text(told, Style.BAD if band.honest + band.services else Style.GOOD)
        case "precision":
            return bounded(band.precision)
        case "recall":
            return bounded(band.recall)
        case "false share":
            return bounded(band.false_share)
        case _:
            return projected_text(band.at_prevalence)


def _draws(view: View, evaluation: Evaluation) -> Iterator[RenderableType]:
    if not view.several:
        return
    yield Text("")
    yield heading(view, "EACH DRAW", "found and accused: in a band")
    yield Text("")
    numbers = [Column(name, right=True) for name in ("PR-AUC", "ROC-AUC", "found", "accused")]
    rows = [
        [
            str(number),
            clean_id(draw.report),
            decimal(draw.scores.pr_auc),
            decimal(draw.scores.roc_auc),
            f"{draw.scores.bands[Bands.BANDED].recall.hits:,}/{draw.scores.bands[Bands.BANDED].recall.of:,}",
            f"{draw.scores.bands[Bands.BANDED].false_share.hits:,}/{draw.scores.bands[Bands.BANDED].false_share.of:,}",
        ]
        for number, draw in enumerate(evaluation.draws, 1)
    ]
    yield grid(view, [Column("#", right=True), Column("report"), *numbers], rows)


def _not_scored(view: View, evaluation: Evaluation) -> Iterator[RenderableType]:
    kept_out = [one.user for one in evaluation.absent if one.kept_out]
    absent = [one.user for one in evaluation.absent if not one.kept_out]
    rows = []
    if kept_out:
        told = f"{plural(len(kept_out), 'account')} not ranked, being taken for services: {listing(kept_out)}"
        rows.append(("services", told))
    if absent:
        told = f"{plural(len(absent), 'labelled account')} not in the report, counted as risk 0: {listing(absent)}"
        rows.append(("absent", told))
    if evaluation.unlabelled:
        people = [one.user for one in evaluation.unlabelled]
        banded = sum(one.band != "none" for one in evaluation.unlabelled)
        told = f"{plural(len(people), 'person', 'people')} without a label, not counted, {banded:,} in a band"
        rows.append(("no label", f"{told}: {listing(people)}"))
    if evaluation.teams or evaluation.team_findings:
        told = f"{plural(evaluation.teams, 'team')} and {plural(evaluation.team_findings, 'finding')} not about people"
        rows.append(("teams", f"{told}, not scored"))
    if rows:
        yield Text("")
        yield heading(view, "NOT SCORED")
        yield Text("")
        yield fields(view, rows)
