"""Wire the parts: event log and context in, report out. No printing, no clock, no environment."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType

import polars as pl

from tokenscan.context.attribute import attribute
from tokenscan.context.model import Context
from tokenscan.costing.budgets import Budgets, budgets_of
from tokenscan.detectors.base import Detection, NotEvaluated, Tables
from tokenscan.detectors.common.tables import prepare
from tokenscan.events.hygiene import clean
from tokenscan.events.log import EventLog
from tokenscan.events.window import within
from tokenscan.facts import REVIEW_DAYS, Facts
from tokenscan.findings.judge import CLAIMS, Judged, judge
from tokenscan.findings.suppress import suppress
from tokenscan.findings.waste import Ledger, settle
from tokenscan.pricing.book import PriceBook
from tokenscan.pricing.prices import price_events
from tokenscan.pricing.tiers import model_tiers
from tokenscan.privacy.excerpts import with_excerpts
from tokenscan.privacy.groups import without_small_teams
from tokenscan.privacy.veil import Veil, veiled
from tokenscan.prompts.engine import default_engine
from tokenscan.prompts.features import describe
from tokenscan.prompts.imprint import describe_imprints
from tokenscan.prompts.intake import PromptIntake
from tokenscan.reading import Progress, silent
from tokenscan.report.model import Report, RuleOutcome, RuleStatus, Run
from tokenscan.requirements import cannot_run
from tokenscan.ruleset.custom.detect import detect as detect_custom
from tokenscan.ruleset.effective import EffectiveRule
from tokenscan.ruleset.expect import RuleCaseOutcome
from tokenscan.ruleset.params import bind
from tokenscan.settings import AnalysisOptions
from tokenscan.summary import summarise

_OF_LEDGER = ("row_id", "user", "team", "day", "tokens", "fresh", "cost_nanousd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """What became of each rule, the detections of those that ran, and what their readers should know."""

    outcomes: tuple[RuleOutcome, ...]
    detections: tuple[tuple[EffectiveRule, Detection], ...]
    errors: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Groundwork:
    """What does not depend on the rules: priced and attributed events, and the tables that detectors look at.

    Under a ``veil`` everything here holds pseudonyms, and only the veil the names.
    """

    log: EventLog
    context: Context
    events: pl.DataFrame
    tables: Tables
    veil: Veil | None = None
    budgets: Budgets = field(default_factory=Budgets)


def run(
    log: EventLog,
    context: Context,
    rules: Sequence[EffectiveRule],
    options: AnalysisOptions,
    *,
    run_info: Run,
    progress: Progress = silent,
) -> Report:
    """Analyse an event log and return the ranked, explained report."""
    ground = groundwork(log, context, options, progress)
    return conclude(ground, rules, options, run_info=run_info, progress=progress)


def groundwork(log: EventLog, context: Context, options: AnalysisOptions, progress: Progress = silent) -> Groundwork:
    """Price calls and compare prompts: the heavy part, done once however often rules are then tried."""
    progress("pricing calls", 0, 4)
    cut = within(log.events, options.since, options.until, context.timezone)
    events = price_events(attribute(cut, context), options.prices)
    budgets = budgets_of(log.events, context, options)
    models = model_tiers(events, options.prices, options.tiers.models)
    veil = None
    if options.secret is not None:
        hidden = veiled(log, events, context, options.secret)
        log, events, context, veil = hidden.log, hidden.events, hidden.context, hidden.veil
    progress("comparing prompts", 1, 4)
    known = log.prompts.join(events.select("prompt_id").unique(), on="prompt_id", how="semi")
    prompts = describe(known) if "text" in known.columns else describe_imprints(known)
    tables = prepare(events, prompts, context, models)
    return Groundwork(log=log, context=context, events=events, tables=tables, veil=veil, budgets=budgets)


def conclude(
    ground: Groundwork,
    rules: Sequence[EffectiveRule],
    options: AnalysisOptions,
    *,
    run_info: Run,
    progress: Progress = silent,
) -> Report:
    """Evaluate rules on the groundwork of a log and return the report."""
    facts = establish(ground, rules, options, progress)
    progress("done", 4, 4)
    return summarise(facts, options, replace(run_info, engine=default_engine().name))


def establish(
    ground: Groundwork, rules: Sequence[EffectiveRule], options: AnalysisOptions, progress: Progress = silent
) -> Facts:
    """Evaluate rules on the groundwork of a log and return all that a report is made of."""
    events, tables = ground.events, ground.tables
    progress("evaluating rules", 2, 4)
    evaluated, judged = _judged(evaluate(rules, tables, ground.log), events["event_id"])
    progress("ranking", 3, 4)
    suppressed = suppress(
        judged.findings,
        options.suppress,
        options.as_of.date(),
        ran={outcome.id for outcome in evaluated.outcomes if outcome.status is RuleStatus.RAN},
        behind=ground.veil.behind if ground.veil else {},
    )
    findings = suppressed.findings
    if options.show_text:
        scrub = ground.veil.scrub if ground.veil else str
        findings = with_excerpts(findings, judged.claims, events, ground.log.prompts, options.show_text, scrub)
    calls = _ledger_calls(tables)
    hidden = [number for number, finding in enumerate(suppressed.findings) if finding.suppression]
    visible = judged.claims.filter(~pl.col("finding").is_in(hidden))
    return Facts(
        log=ground.log,
        events=events,
        context=ground.context,
        tables=tables,
        findings=findings,
        impacts=settle(judged.claims, _every_call(tables)).impacts,
        ledger=settle(visible, calls),
        exculpation=judged.exculpation,
        outcomes=evaluated.outcomes,
        errors=evaluated.errors,
        notes=(*options.notes, *ground.log.notes, *suppressed.notes, *ground.budgets.notes, *evaluated.notes),
        claims=visible,
        review_days=_review_days(rules),
        suppressions=suppressed.entries,
        veil=ground.veil,
        budgets=ground.budgets.statuses,
    )


def _review_days(rules: Sequence[EffectiveRule]) -> int:
    """Return how long before a review the rules look."""
    given = [rule.values.get("window_days") for rule in rules if rule.rule.kind == "review-window"]
    return next((days for days in given if isinstance(days, int)), REVIEW_DAYS)


def _ledger_calls(tables: Tables) -> pl.DataFrame:
    return tables.calls.select(_OF_LEDGER)


def _every_call(tables: Tables) -> pl.DataFrame:
    """Return every call that a finding may blame: users' own rules also those of programs and of nobody known."""
    return pl.concat(calls.select(_OF_LEDGER) for calls in (tables.calls, tables.programs, tables.unattributed))


def evaluate(rules: Sequence[EffectiveRule], tables: Tables, log: EventLog | None = None) -> Evaluated:
    """Run each enabled rule whose requirements are met. A rule that raises fails alone and is said."""
    outcomes, detections, errors, notes = [], [], [], []
    formats = [source.format for source in log.sources] if log else []
    for rule in rules:
        status, reason, found = RuleStatus.RAN, "", 0
        if not rule.enabled:
            status, reason = RuleStatus.DISABLED, rule.disabled
        elif missing := cannot_run(rule, tables, formats):
            status, reason = RuleStatus.NOT_EVALUATED, missing
        else:
            try:
                result = detect(rule, tables)
            except Exception as error:  # one rule must not take the report down with it
                status, reason = RuleStatus.FAILED, f"{type(error).__name__}: {error}"
                errors.append(f"rule {rule.rule.id} failed: {reason}")
            else:
                if isinstance(result, NotEvaluated):
                    status, reason = RuleStatus.NOT_EVALUATED, result.reason
                else:
                    result = without_small_teams(result, tables)
                    detections.append((rule, result))
                    found = result.candidates.filter(~pl.col("cleared")).height
                    reason = "; ".join(result.notes)
                    notes += [f"rule {rule.rule.id}: {note}" for note in result.notes]
        outcomes.append(
            RuleOutcome(id=rule.rule.id, title=rule.rule.title, status=status, reason=reason, findings=found)
        )
    return Evaluated(outcomes=tuple(outcomes), detections=tuple(detections), errors=tuple(errors), notes=tuple(notes))


def _judged(evaluated: Evaluated, event_ids: pl.Series) -> tuple[Evaluated, Judged]:
    """Turn detections into findings. A rule whose findings cannot be told (message, identity) fails alone, too."""
    try:
        return evaluated, judge(evaluated.detections, event_ids)
    except Exception:  # which rule it was shows when each is judged by itself
        sound, broken = [], {}
        for rule, detection in evaluated.detections:
            try:
                judge([(rule, detection)], event_ids)
            except Exception as error:
                broken[rule.rule.id] = f"{type(error).__name__}: {error}"
            else:
                sound.append((rule, detection))
        outcomes = tuple(
            replace(outcome, status=RuleStatus.FAILED, reason=broken[outcome.id], findings=0)
            if outcome.id in broken
            else outcome
            for outcome in evaluated.outcomes
        )
        errors = (*evaluated.errors, *(f"rule {name} failed: {reason}" for name, reason in broken.items()))
        return replace(evaluated, outcomes=outcomes, detections=tuple(sound), errors=errors), judge(sound, event_ids)


def detect(rule: EffectiveRule, tables: Tables) -> Detection | NotEvaluated:
    """Run one rule's detector with its bound parameters, or a user's own rule as it says itself."""
    if rule.rule.custom:
        return detect_custom(rule, tables)
    module: ModuleType = importlib.import_module(f"tokenscan.detectors.{rule.rule.kind.replace('-', '_')}")
    result: Detection | NotEvaluated = module.detect(tables, bind(rule.values, module.Params))
    return result


def run_rule_case(raw: pl.DataFrame, context: Context, rule: EffectiveRule) -> RuleCaseOutcome:
    """Run one rule over the events of one of its own tests."""
    intake = PromptIntake()
    events = attribute(clean(intake.add(raw)).events, context)
    tables = prepare(events, describe(intake.texts()), context, model_tiers(events, PriceBook()))
    reason = cannot_run(rule, tables, [])
    result = NotEvaluated(reason) if reason else detect(rule, tables)
    if isinstance(result, NotEvaluated):
        return RuleCaseOutcome(not_evaluated=result.reason)
    waste = _case_waste(result, tables)
    return RuleCaseOutcome(candidates=result.candidates, waste_tokens=waste)


def _case_waste(detection: Detection, tables: Tables) -> dict[int, int]:
    claims = detection.claims.select(
        pl.col("candidate").alias("finding"), "row_id", pl.col("level").cast(pl.String), "share",
        pl.lit("medium").alias("confidence"),
    ).select(CLAIMS.names())  # fmt: skip
    ledger: Ledger = settle(claims, _every_call(tables))
    stated = dict(detection.stated.select("candidate", "tokens").iter_rows())
    return stated | dict(ledger.impacts.select("finding", "tokens").iter_rows())
