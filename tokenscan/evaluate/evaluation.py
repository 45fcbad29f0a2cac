"""Put an evaluation together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from tokenscan._version import __version__
from tokenscan.evaluate.labels import Label
from tokenscan.evaluate.model import DrawScore, Evaluation, Sweep
from tokenscan.evaluate.population import Draw, Population, pooled
from tokenscan.evaluate.rules import rule_scores
from tokenscan.evaluate.score import absent, dose_scores, kind_scores, listed, scores, weighing_rules
from tokenscan.evaluate.waste import waste_score
from tokenscan.report.numbers import plural

FEW = 30  # below, the bounds of a share are so wide that its value says little


def evaluated(draws: Sequence[Draw], sweeps: Sequence[Sweep] = ()) -> Evaluation:
    """Return the scores of all draws together, and of each by itself.

    Raises:
        InputError: labels and report of a draw have nobody in common.
    """
    population = pooled(draws)
    rules = weighing_rules(population)
    accused = listed(population.innocent.filter("banded"), rules)
    services = population.accounts.filter(pl.col("label") == Label.SERVICE)
    return Evaluation(
        version=__version__,
        scores=scores(population.accounts),
        draws=tuple(_draw(draw, population, number) for number, draw in enumerate(draws, 1)),
        kinds=kind_scores(population),
        doses=dose_scores(population),
        accused=accused,
        missed=listed(population.gamers.filter(~pl.col("banded")), rules),
        services=listed(services.filter("ranked"), rules),
        rules=rule_scores(population, accused),
        waste=waste_score(population, rules),
        absent=absent(population),
        unlabelled=listed(population.unlabelled, rules),
        teams=sum(draw.judgement.teams for draw in draws),
        team_findings=sum(draw.judgement.team_findings for draw in draws),
        sweeps=tuple(sweeps),
        notes=tuple(_notes(draws, population, sweeps)),
    )


def _draw(draw: Draw, population: Population, number: int) -> DrawScore:
    return DrawScore(
        report=draw.judgement.name,
        labels=draw.labels_name,
        version=draw.judgement.version,
        rules_digest=draw.judgement.rules_digest,
        complete=draw.judgement.complete,
        scores=scores(population.accounts.filter(pl.col("draw") == number)),
    )


def _notes(draws: Sequence[Draw], population: Population, sweeps: Sequence[Sweep]) -> Iterator[str]:
    """Yield what a reader must know before trusting a figure."""
    for draw in draws:
        judgement = draw.judgement
        if not judgement.complete:
            yield f"{judgement.name} is incomplete: its log could not be read as a whole"
        if judgement.filtered:
            yield f"{judgement.name} lacks findings (--min-severity or --min-confidence): rules look better and worse"
        if not judgement.everybody:
            yield (
                f"{judgement.name} leaves out people without findings (no --all-people): whoever is not in it counts "
                "as risk 0, a name that is spelt differently in the labels too"
            )
    if len({(draw.judgement.version, draw.judgement.rules_digest) for draw in draws}) > 1:
        yield "the reports were made by different versions or rules"
    gamers, innocent = population.gamers.height, population.innocent.height
    if not gamers or not innocent:
        lacking = "gamers" if not gamers else "honest accounts"
        yield f"no {lacking} in the labels: a ranking cannot be scored"
    elif min(gamers, innocent) < FEW:
        who = f"{plural(gamers, 'gamer')} and {plural(innocent, 'innocent account')}"
        yield f"{who} are few: read the bounds, not the shares"
    if any(not sweep.same for sweep in sweeps):
        yield "the sweep's analysis without a change does not give the report that was scored: other logs or options"
