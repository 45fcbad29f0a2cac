"""From everything known to the report: totals counted once, people and teams ranked, notes for the reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from tokenscan._version import __version__
from tokenscan.context.attribute import unknown_people
from tokenscan.costing.price_source import price_source, unknown_models
from tokenscan.economics.basis import Basis
from tokenscan.economics.build import economics
from tokenscan.facts import Facts
from tokenscan.findings.model import Finding, Impact, Severity, State
from tokenscan.ranking import by_waste, ranked_people, ranked_teams
from tokenscan.report.model import (
    Input,
    Privacy,
    Range,
    Report,
    RuleStatus,
    Run,
    Totals,
)
from tokenscan.report.prices import UnknownModel
from tokenscan.series import build_series
from tokenscan.settings import AnalysisOptions


def summarise(facts: Facts, options: AnalysisOptions, run: Run) -> Report:
    """Return the report."""
    findings = _with_impacts(facts.findings, facts.impacts)
    visible = [finding for finding in findings if finding.suppression is None]
    people, risks = ranked_people(facts, visible, all_people=options.all_people)
    return Report(
        version=__version__,
        rules_digest=options.rules_digest,
        run=run,
        input=_input(facts, options),
        totals=_totals(facts, findings, options),
        people=people,
        teams=ranked_teams(facts, visible, risks, pooled=options.level == "team" or facts.veil is not None),
        findings=tuple(sorted(findings, key=by_waste)),
        rules=facts.outcomes,
        errors=facts.errors,
        economics=economics(_basis(facts, options)),
        series=build_series(facts, people, show_text=options.show_text > 0) if options.series else None,
        suppressions=facts.suppressions,
        privacy=Privacy(
            level=options.level,
            key_id=facts.veil.key_id if facts.veil else "",
            min_group_size=facts.context.min_group_size,
        ),
        prices=price_source(options.prices, options.as_of.date()),
        budgets=facts.budgets,
    )


def _basis(facts: Facts, options: AnalysisOptions) -> Basis:
    return Basis(
        events=facts.events,
        tables=facts.tables,
        context=facts.context,
        findings=facts.findings,
        claims=facts.claims,
        ledger=facts.ledger,
        grams=options.co2_grams_per_1000_tokens,
        tiers=options.tiers,
        rank_people=options.rank_people,
        teams_only=options.level == "team",
    )


def _with_impacts(findings: Sequence[Finding], impacts: pl.DataFrame) -> list[Finding]:
    by_number = {row["finding"]: row for row in impacts.iter_rows(named=True)}
    return [
        replace(finding, impact=_impact(finding, by_number[number])) if number in by_number else finding
        for number, finding in enumerate(findings)
    ]


def _impact(finding: Finding, row: dict[str, Any]) -> Impact:
    return replace(finding.impact, requests=row["requests"], waste_tokens=row["tokens"], waste_nanousd=row["cost"])


def _totals(facts: Facts, findings: Sequence[Finding], options: AnalysisOptions) -> Totals:
    events, rows = facts.events, facts.ledger.rows
    unpriced = events.filter(pl.col("cost_nanousd").is_null())
    waste = {kind: int(rows[f"{kind}_tokens"].sum()) for kind in ("low", "expected", "high")}
    cost = {kind: int(rows[f"{kind}_cost"].sum()) for kind in ("low", "expected", "high")}
    visible = [finding for finding in findings if finding.suppression is None]
    severities = Counter(finding.severity.value for finding in visible)
    states = Counter(finding.state.value for finding in visible)
    grams = options.co2_grams_per_1000_tokens
    return Totals(
        requests=int(events["n_requests"].fill_null(1).sum()),
        tokens=int(events["input_tokens"].sum()) + int(events["output_tokens"].sum()),
        cost_nanousd=int(events["cost_nanousd"].sum()),
        unpriced_requests=int(unpriced["n_requests"].fill_null(1).sum()),
        unpriced_models=tuple(unpriced["model"].drop_nulls().unique().sort()),
        unpriced_tokens=int(unpriced["input_tokens"].sum()) + int(unpriced["output_tokens"].sum()),
        unknown_models=_unknown_models(facts),
        waste_tokens=Range(**waste),
        waste_nanousd=Range(**cost),
        co2_grams=round(waste["expected"] * grams / 1000),
        co2_grams_per_1k_tokens=grams,
        duplicate_share=_duplicate_share(facts),
        findings={severity.value: severities.get(severity.value, 0) for severity in Severity},
        suppressed=len(findings) - len(visible),
        by_state={state.value: states.get(state.value, 0) for state in State},
    )


def _unknown_models(facts: Facts) -> tuple[UnknownModel, ...]:
    models = unknown_models(facts.events)
    if facts.veil is None:
        return models
    scrub = facts.veil.scrub  # a model may be called after a person
    return tuple(replace(one, model=None if one.model is None else scrub(one.model)) for one in models)


def _duplicate_share(facts: Facts) -> float | None:
    """Return the share of people's prompts (of at least 4 words) that repeat or nearly repeat an earlier one."""
    text = facts.tables.calls.filter("text")
    return None if text.is_empty() else 1 - text["cluster_id"].n_unique() / text.height


def _input(facts: Facts, options: AnalysisOptions) -> Input:
    log, events = facts.log, facts.events
    failed = any(outcome.status is RuleStatus.FAILED for outcome in facts.outcomes)
    allowed = 0.0 if options.strict else options.max_bad_share
    complete = not failed and not log.broken and log.bad_rows <= allowed * log.rows
    bounds = (events["timestamp"].min(), events["timestamp"].max())
    accounts = facts.tables.accounts
    return Input(
        files=log.files,
        events=events.height,
        duplicates=log.duplicates,
        bad_rows=log.bad_rows,
        bad_samples=log.bad_samples,
        complete=complete,
        window=bounds if events.height else None,  # type: ignore[arg-type]
        timezone=facts.context.timezone,
        sources=log.sources,
        unattributed=int(events.filter(pl.col("user").is_null())["n_requests"].fill_null(1).sum()),
        users=facts.tables.people.height,
        unknown_people=unknown_people(events, facts.context),
        service_accounts=tuple(f"{user} ({why})" for user, why in accounts.iter_rows()),
        notes=facts.notes,
    )
