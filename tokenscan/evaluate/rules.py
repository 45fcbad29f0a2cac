"""How each rule does by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import polars as pl

from tokenscan.evaluate.labels import Label
from tokenscan.evaluate.model import Account, RuleScore
from tokenscan.evaluate.population import Population
from tokenscan.evaluate.rates import rate
from tokenscan.report.model import RuleStatus


def rule_scores(population: Population, accused: Sequence[Account]) -> tuple[RuleScore, ...]:
    """Return every rule that a report names, in the order of their ids. ``accused`` are innocent accounts in a band."""
    names = {run.rule for draw in population.draws for run in draw.judgement.rules}
    return tuple(rule_score(population, rule, accused) for rule in sorted(names | set(population.hits["rule"])))


def rule_score(population: Population, rule: str, accused: Sequence[Account]) -> RuleScore:
    """Return how one rule does."""
    hits = population.hits.filter(pl.col("rule") == rule, pl.col("label").is_not_null())
    counts = {label: hits.filter(pl.col("label") == label).height for label in Label}
    games = hits["label"] == Label.GAMER.value
    runs = [run for draw in population.draws for run in draw.judgement.rules if run.rule == rule]
    stopped = [run for run in runs if run.status is not RuleStatus.RAN]
    return RuleScore(
        rule=rule,
        ran=len(runs) - len(stopped),
        reasons=tuple(dict.fromkeys(run.reason or run.status.value.replace("_", " ") for run in stopped)),
        gamers=counts[Label.GAMER],
        honest=counts[Label.HONEST],
        services=counts[Label.SERVICE],
        precision=rate(counts[Label.GAMER], hits.height),
        wrong=sum(account.rules[:1] == (rule,) for account in accused),
        claimed_gamers=sum(hits.filter(games)["claimed"]),
        claimed_innocent=sum(hits.filter(~games)["claimed"]),
        kinds=dict(sorted(Counter(hits["kind"]).items())),
    )
