"""An evaluation as JSON, schema version 1."""

from __future__ import annotations

import json
from typing import Any

from tokenscan.evaluate.labels import Label
from tokenscan.evaluate.model import (
    Account,
    BandScore,
    Claim,
    DrawScore,
    Evaluation,
    KindScore,
    RuleScore,
    Scores,
    Sweep,
    WasteScore,
)
from tokenscan.evaluate.rates import LEVEL, PREVALENCE, Rate
from tokenscan.report.numbers import significant
from tokenscan.report.text import escape_json

SCHEMA_VERSION = "1.0"
METHOD = {
    "pr_auc": "average precision over distinct risks: sum of (recall - recall before) * precision, ties together",
    "roc_auc": "Mann-Whitney U over the number of pairs, ties counting half",
    "bounds": "Clopper-Pearson, 95 %",
    "at_prevalence": "Bayes's rule; bounds from 97.5 % Clopper-Pearson bounds of recall and false share",
    "absent": "an account that the report does not rank counts as risk 0, in no band, with no waste claimed",
}


def to_json(evaluation: Evaluation) -> str:
    """Return the evaluation as JSON text, indented by 2, with characters that a terminal would obey escaped."""
    return escape_json(json.dumps(to_dict(evaluation), ensure_ascii=False, allow_nan=False, indent=2)) + "\n"


def to_dict(evaluation: Evaluation) -> dict[str, Any]:
    """Return the evaluation as ``tokenscan schema evaluation`` describes it; floats have six significant digits."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tokenscan", "version": evaluation.version},
        "method": METHOD | {"level": LEVEL, "prevalence": PREVALENCE},
        **_scores(evaluation.scores),
        "kinds": [_kind(one) for one in evaluation.kinds],
        "doses": [_kind(one) for one in evaluation.doses],
        "false_accusations": [_account(one) for one in evaluation.accused],
        "missed": [_account(one) for one in evaluation.missed],
        "services_ranked": [_account(one) for one in evaluation.services],
        "rules": [_rule(one) for one in evaluation.rules],
        "waste_tokens": _waste(evaluation.waste),
        "not_scored": {
            "absent_from_report": [
                {"draw": one.draw, "user": one.user, "label": one.label.value, "kind": one.kind}
                | {"kept_out_as_service": one.kept_out}
                for one in evaluation.absent
            ],
            "without_label": [_account(one) for one in evaluation.unlabelled],
            "teams": evaluation.teams,
            "findings_not_about_people": evaluation.team_findings,
        },
        "draws": [_draw(number, one) for number, one in enumerate(evaluation.draws, 1)],
        "sweeps": [_sweep(one) for one in evaluation.sweeps],
        "notes": list(evaluation.notes),
    }


def _scores(scores: Scores) -> dict[str, Any]:
    return {
        "accounts": {label.value: scores.counts[label] for label in Label} | {"all": scores.accounts},
        "share_of_gamers": _share(scores.prevalence),
        "pr_auc": _share(scores.pr_auc),
        "roc_auc": _share(scores.roc_auc),
        "bands": {bands.value: _band(band) for bands, band in scores.bands.items()},
    }


def _band(band: BandScore) -> dict[str, Any]:
    at = band.at_prevalence
    return {
        "gamers": band.gamers,
        "honest": band.honest,
        "services": band.services,
        "precision": _rate(band.precision),
        "recall": _rate(band.recall),
        "false_share": _rate(band.false_share),
        "precision_at_5_percent": {"value": _share(at.value), "low": _share(at.low), "high": _share(at.high)},
    }


def _rate(rate: Rate) -> dict[str, Any]:
    bounds = {"low": _share(rate.low), "high": _share(rate.high)}
    return {"value": _share(rate.value), **bounds, "hits": rate.hits, "of": rate.of}


def _share(value: float | None) -> float | None:
    return None if value is None else significant(value)


def _kind(kind: KindScore) -> dict[str, Any]:
    return {
        "label": kind.label.value,
        "kind": kind.kind or None,
        "dose": kind.dose,
        "bands": {bands.value: _rate(rate) for bands, rate in kind.bands.items()},
        "average_precision": _share(kind.average_precision),
    }


def _account(account: Account) -> dict[str, Any]:
    return {
        "draw": account.draw,
        "user": account.user,
        "label": account.label and account.label.value,
        "kind": account.kind or None,
        "dose": account.dose,
        "risk": significant(account.risk),
        "band": account.band,
        "rules": list(account.rules),
    }


def _rule(rule: RuleScore) -> dict[str, Any]:
    return {
        "rule": rule.rule,
        "draws_in_which_it_ran": rule.ran,
        "reasons": list(rule.reasons),
        "gamers": rule.gamers,
        "honest": rule.honest,
        "services": rule.services,
        "precision": _rate(rule.precision),
        "false_accusations": rule.wrong,
        "claimed_of_gamers": rule.claimed_gamers,
        "claimed_of_innocent": rule.claimed_innocent,
        "kinds": dict(rule.kinds),
    }


def _waste(waste: WasteScore) -> dict[str, Any]:
    return {
        "gamers": _claim(waste.gamers),
        "innocent": _claim(waste.innocent),
        "over_claim_share": _share(waste.over_claim_share),
        "gamers_of_unknown_waste": {"people": waste.unknown[0], "claimed": waste.unknown[1]},
        "claimed_without_label": waste.unlabelled,
        "report_totals": {"low": waste.low, "expected": waste.expected, "high": waste.high},
        "true_total": waste.gamers.true + waste.innocent.true,
        "totals_comparable": waste.comparable,
        "kinds": [{"kind": kind} | _claim(claim) for kind, claim in waste.kinds],
        "people": [
            {"draw": who.draw, "user": who.user, "label": who.label and who.label.value, "kind": who.kind}
            | {"true": claim.true, "claimed": claim.claimed, "over": claim.over, "under": claim.under}
            for who, claim in waste.people
        ],
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "people": claim.people,
        "true": claim.true,
        "claimed": claim.claimed,
        "ratio": _share(claim.ratio),
        "over": claim.over,
        "under": claim.under,
    }


def _draw(number: int, draw: DrawScore) -> dict[str, Any]:
    return {
        "draw": number,
        "report": draw.report,
        "labels": draw.labels,
        "version": draw.version,
        "rules_digest": draw.rules_digest,
        "complete": draw.complete,
        **_scores(draw.scores),
    }


def _sweep(sweep: Sweep) -> dict[str, Any]:
    return {
        "rule": sweep.rule,
        "param": sweep.param,
        "current_gives_report": sweep.same,
        "steps": [
            {
                "value": step.value,
                "current": step.current,
                **_scores(step.scores),
                "rule": _rule(step.rule),
                "false_accusations": [_account(one) for one in step.accused],
            }
            for step in sweep.steps
        ],
    }
