"""The tables of ``bench.detection`` as Markdown. Shares carry 95 % bounds in brackets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tokenscan.evaluate.evaluation import evaluated
from tokenscan.evaluate.labels import Label
from tokenscan.evaluate.model import Bands, BandScore, Evaluation, KindScore
from tokenscan.evaluate.population import Draw
from tokenscan.evaluate.rates import Projected, Rate
from tokenscan.report.numbers import percent

Draws = Sequence[Draw]
RULES = {1: "any of nine thresholds", 2: "at least two", 3: "at least three"}
BAND_NAMES = {Bands.BANDED: "tokenscan, worth a look or strong", Bands.STRONG: "tokenscan, strong"}
NOTHING = "-"


def beside_the_thresholds(literal: Mapping[str, Mapping[int, Draws]], ours: Mapping[str, Draws]) -> str:
    """Return question 1: how good is the list of people, and how much of the waste is claimed of whom?"""
    headers = ("", "reading", "PR-AUC", "precision", "recall", "wrongly accused", "precision at 5 % gamers",
               "waste claimed / true", "wrongly claimed of honest / true")  # fmt: skip
    rows: list[Sequence[str]] = []
    for group, draws in ours.items():
        for least, some in literal[group].items():
            evaluation = evaluated(some)
            rows.append((group, RULES[least], *_figures(evaluation, Bands.BANDED), *_waste(evaluation)))
        evaluation = evaluated(draws)
        rows.append((group, BAND_NAMES[Bands.BANDED], *_figures(evaluation, Bands.BANDED), *_waste(evaluation)))
        rows.append((group, BAND_NAMES[Bands.STRONG], *_figures(evaluation, Bands.STRONG), "", ""))
    return _table("Beside the founding documents' thresholds, read literally", headers, rows)


def by_dose(ours: Mapping[str, Draws]) -> str:
    """Return question 1 for those who game in full and those who take half a dose: each against all innocent ones."""
    headers = ("", "dose", "PR-AUC", "found (worth a look or strong)", "strong", "waste claimed / true")
    rows = []
    for group, draws in ours.items():
        for one in sorted(evaluated(draws).doses, key=lambda one: -_number(one.dose or "")):
            area = NOTHING if one.average_precision is None else f"{one.average_precision:.3f}"
            bands = (_count(one.bands[Bands.BANDED]), _count(one.bands[Bands.STRONG]))
            some = [replace(draw, labels=draw.labels.filter(dose=one.dose)) for draw in draws]
            rows.append((group, one.dose or "unknown", area, *bands, _waste(evaluated(some))[0]))
    return _table("By dose, each dose against all innocent accounts", headers, rows)


def by_kind(ours: Mapping[str, Draws]) -> str:
    """Return question 2: who is found, and who is accused wrongly?"""
    kinds = {group: evaluated(draws).kinds for group, draws in ours.items()}
    return f"{_found(kinds)}\n{_accused(kinds)}"


def what_columns_buy(ours: Mapping[str, Mapping[str, Draws]]) -> str:
    """Return question 3: the same with columns or outcomes missing."""
    headers = (
        "",
        "log",
        "PR-AUC",
        "precision",
        "recall",
        "wrongly accused",
        "wrongly in strong",
        "waste claimed / true",
    )
    rows = []
    for group, variants in ours.items():
        if len(variants) < 2:
            continue
        for variant, draws in variants.items():
            evaluation = evaluated(draws)
            pr_auc, precision, recall, wrong, _ = _figures(evaluation, Bands.BANDED)
            strong = _wrong(evaluation.scores.bands[Bands.STRONG])
            rows.append((group, variant, pr_auc, precision, recall, wrong, strong, _waste(evaluation)[0]))
    return _table("What columns buy (worth a look or strong)", headers, rows)


def _figures(evaluation: Evaluation, bands: Bands) -> tuple[str, str, str, str, str]:
    scores = evaluation.scores
    band = scores.bands[bands]
    pr_auc = NOTHING if scores.pr_auc is None else f"{scores.pr_auc:.3f}"
    return pr_auc, _rate(band.precision), _rate(band.recall), _wrong(band), _projected(band.at_prevalence)


def _waste(evaluation: Evaluation) -> tuple[str, str]:
    """Return what is claimed of gamers, and what is wrongly claimed of innocent accounts, both over the true waste."""
    gamers, innocent = evaluation.waste.gamers, evaluation.waste.innocent
    if gamers.ratio is None:
        return NOTHING, NOTHING
    return f"{gamers.ratio:.2f}", percent(innocent.over / gamers.true)


def _wrong(band: BandScore) -> str:
    wrong = band.false_share
    return f"{wrong.hits} of {wrong.of:,} (≤ {percent(wrong.high)})" if wrong.of else NOTHING


def _rate(rate: Rate) -> str:
    return f"{percent(rate.value)} ({_span(rate.low, rate.high)})" if rate.of else NOTHING


def _projected(projected: Projected) -> str:
    if projected.value is None:
        return NOTHING
    return f"{percent(projected.value)} ({_span(projected.low, projected.high)})"


def _span(low: float | None, high: float | None) -> str:
    return f"{percent(low).removesuffix('%')}\u2013{percent(high)}"


def _found(kinds: Mapping[str, Sequence[KindScore]]) -> str:
    """Return the recall of every kind of gamer, a column for each group and dose."""
    columns = sorted(
        {(group, one.dose or "") for group, some in kinds.items() for one in some if _is_dose(one)},
        key=lambda column: (list(kinds).index(column[0]), -_number(column[1]), column[1]),
    )
    cells = {
        (group, one.dose or "", one.kind): one.bands[Bands.BANDED]
        for group, some in kinds.items()
        for one in some
        if _is_dose(one)
    }
    names = sorted({kind for _, _, kind in cells})
    rows = [(kind, *(_count(cells.get((*column, kind))) for column in columns)) for kind in names]
    headers = ("kind", *(f"{group}, dose {dose or 'unknown'}" for group, dose in columns))
    return _table("Gamers found, by kind and dose (worth a look or strong)", headers, rows)


def _is_dose(one: KindScore) -> bool:
    return one.label is Label.GAMER and one.dose is not None


def _number(dose: str) -> float:
    try:
        return float(dose)
    except ValueError:
        return 0.0


def _accused(kinds: Mapping[str, Sequence[KindScore]]) -> str:
    """Return how many of each innocent kind are in a band; kinds of which nobody is, in one line at the end."""
    innocent = {(group, one.kind): one for group, some in kinds.items() for one in some if one.label is not Label.GAMER}
    names = sorted({kind for _, kind in innocent})
    accused = [name for name in names if any(_hits(innocent.get((group, name))) for group in kinds)]
    rows = [(name, *(_of_both(innocent.get((group, name))) for group in kinds)) for name in accused]
    quiet = [name for name in names if name not in accused]
    rows.append((f"{len(quiet)} other kinds", *(_together(innocent, group, quiet) for group in kinds)))
    return _table("Innocent accounts in a band, by kind (in brackets: strong)", ("kind", *kinds), rows)


def _hits(one: KindScore | None) -> int:
    return one.bands[Bands.BANDED].hits if one else 0


def _of_both(one: KindScore | None) -> str:
    if one is None:
        return NOTHING
    return f"{_count(one.bands[Bands.BANDED])} ({one.bands[Bands.STRONG].hits})"


def _together(innocent: Mapping[tuple[str, str], KindScore], group: str, names: Sequence[str]) -> str:
    some = [innocent[group, name].bands[Bands.BANDED] for name in names if (group, name) in innocent]
    return f"{sum(rate.hits for rate in some)} of {sum(rate.of for rate in some):,} (0)"


def _count(rate: Rate | None) -> str:
    return f"{rate.hits} of {rate.of:,}" if rate is not None else NOTHING


def _table(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def lines() -> Iterator[str]:
        yield f"\n**{title}**\n"
        yield f"| {' | '.join(headers)} |"
        yield "|---" * len(headers) + "|"
        yield from (f"| {' | '.join(row)} |" for row in rows)

    return "\n".join(lines()) + "\n"
