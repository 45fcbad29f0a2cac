"""The JSON Schema of an evaluation, version 1."""

from __future__ import annotations

from typing import Any

from tokenscan.evaluate.labels import Label
from tokenscan.evaluate.model import Bands
from tokenscan.report.model import Band

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_DRAW: Schema = {"type": "integer", "minimum": 1, "description": "Number of the REPORT LABELS pair."}
_SHARE: Schema = {
    "type": ["number", "null"],
    "minimum": 0,
    "maximum": 1,
    "description": "Null: nothing to compute it from.",
}
_RATIO: Schema = {
    "type": ["number", "null"],
    "minimum": 0,
    "description": "Claimed over true; null where the truth is 0.",
}
_LABEL: Schema = {"enum": [label.value for label in Label]}


def evaluation_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of ``tokenscan evaluate --format json``.

    Every key that version 1 writes is required; unknown keys are allowed, as later versions may add some.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tokenscan evaluation, version 1",
        "description": "How well reports tell gamers from innocent accounts, over all draws together.",
        **_object(
            {
                "schema_version": {"type": "string", "pattern": r"^1\.\d+$"},
                "tool": _object({"name": {"const": "tokenscan"}, "version": _TEXT}),
                "method": _method(),
                **_scores(),
                "kinds": _array(_kind(), "Each kind of account, then each of its doses."),
                "doses": _array(_kind(), "Each dose over all kinds of gamers."),
                "false_accusations": _array(_account(), "Innocent accounts in a band, services among them."),
                "missed": _array(_account(), "Gamers in no band."),
                "services_ranked": _array(_account(), "Accounts labelled as services that a report ranks."),
                "rules": _array(_rule(), "Each rule by itself; one that did not run is not scored as silent."),
                "waste_tokens": _waste(),
                "not_scored": _not_scored(),
                "draws": _array(_draw(), "Each draw by itself."),
                "sweeps": _array(_sweep(), "What other values of a rule's parameter would have meant."),
                "notes": _TEXTS,
            }
        ),
    }


def _method() -> Schema:
    words = dict.fromkeys(("pr_auc", "roc_auc", "bounds", "at_prevalence", "absent"), _TEXT)
    return _object({**words, "level": _SHARE, "prevalence": _SHARE})


def _scores() -> Schema:
    band = _object(
        {
            "gamers": _COUNT,
            "honest": _COUNT,
            "services": _COUNT,
            "precision": _rate("Gamers among those in the band."),
            "recall": _rate("Gamers in the band, of all gamers."),
            "false_share": _rate("Innocent accounts in the band, of all innocent ones."),
            "precision_at_5_percent": _object(dict.fromkeys(("value", "low", "high"), _SHARE))
            | {"description": "Precision if 5 % of all people gamed."},
        }
    )
    return {
        "accounts": _object(dict.fromkeys((*(label.value for label in Label), "all"), _COUNT)),
        "share_of_gamers": _SHARE,
        "pr_auc": _SHARE,
        "roc_auc": _SHARE,
        "bands": _object(dict.fromkeys((bands.value for bands in Bands), band)),
    }


def _rate(description: str = "") -> Schema:
    shares = dict.fromkeys(("value", "low", "high"), _SHARE)
    return _object({**shares, "hits": _COUNT, "of": _COUNT}) | ({"description": description} if description else {})


def _kind() -> Schema:
    return _object(
        {
            "label": _LABEL,
            "kind": _TEXT_OR_NULL,
            "dose": _TEXT_OR_NULL | {"description": "Null: all doses together."},
            "bands": _object(dict.fromkeys((bands.value for bands in Bands), _rate())),
            "average_precision": _SHARE | {"description": "This kind against all innocent accounts; null for those."},
        }
    )


def _account() -> Schema:
    return _object(
        {
            "draw": _DRAW,
            "user": _TEXT,
            "label": {"enum": [*_LABEL["enum"], None]},
            "kind": _TEXT_OR_NULL,
            "dose": _TEXT_OR_NULL,
            "risk": {"type": "number", "minimum": 0, "maximum": 100},
            "band": {"enum": [band.value for band in Band]},
            "rules": _TEXTS | {"description": "Those that weigh in the risk, the heaviest first."},
        }
    )


def _rule() -> Schema:
    return _object(
        {
            "rule": _TEXT,
            "draws_in_which_it_ran": _COUNT,
            "reasons": _TEXTS | {"description": "Why it did not run in the others."},
            "gamers": _COUNT | {"description": "Accounts with a finding of this rule, whatever their band."},
            "honest": _COUNT,
            "services": _COUNT,
            "precision": _rate(),
            "false_accusations": _COUNT | {"description": "Innocent accounts in a band for which it weighed most."},
            "claimed_of_gamers": _COUNT | {"description": "Tokens, by this rule alone: not to be added up over rules."},
            "claimed_of_innocent": _COUNT,
            "kinds": {"type": "object", "additionalProperties": _COUNT},
        }
    )


def _waste() -> Schema:
    figures: Schema = {"people": _COUNT, "true": _COUNT, "claimed": _COUNT}
    sums: Schema = {**figures, "ratio": _RATIO, "over": _COUNT, "under": _COUNT}
    person = {"draw": _DRAW, "user": _TEXT, "label": _LABEL, "kind": _TEXT}
    return _object(
        {
            "gamers": _object(sums) | {"description": "Gamers whose true waste the labels tell."},
            "innocent": _object(sums),
            "over_claim_share": _SHARE | {"description": "Wrongly claimed of innocent accounts, of all claims."},
            "gamers_of_unknown_waste": _object({"people": _COUNT, "claimed": _COUNT}),
            "claimed_without_label": _COUNT,
            "report_totals": _object(dict.fromkeys(("low", "expected", "high"), _COUNT)),
            "true_total": _COUNT,
            "totals_comparable": _FLAG | {"description": "Whether the totals are about the labelled people only."},
            "kinds": _array(_object({"kind": _TEXT, **sums})),
            "people": _array(
                _object({**person, "true": _COUNT, "claimed": _COUNT, "over": _COUNT, "under": _COUNT}),
                "By falling error.",
            ),
        }
    )


def _not_scored() -> Schema:
    absent = {"draw": _DRAW, "user": _TEXT, "label": _LABEL, "kind": _TEXT, "kept_out_as_service": _FLAG}
    return _object(
        {
            "absent_from_report": _array(_object(absent), "In the labels, not in the ranking: counted as risk 0."),
            "without_label": _array(_account(), "In the ranking, not in the labels: not counted."),
            "teams": _COUNT,
            "findings_not_about_people": _COUNT,
        }
    )


def _draw() -> Schema:
    names = dict.fromkeys(("report", "labels", "version", "rules_digest"), _TEXT)
    return _object({"draw": _DRAW, **names, "complete": _FLAG, **_scores()})


def _sweep() -> Schema:
    step = {
        "value": _TEXT | {"description": "As given; of the current step, the value in force."},
        "current": _FLAG,
        **_scores(),
        "rule": _rule(),
        "false_accusations": _array(_account()),
    }
    same = _FLAG | {"description": "Whether the analysis without a change gives the report that was scored."}
    return _object({"rule": _TEXT, "param": _TEXT, "current_gives_report": same, "steps": _array(_object(step))})


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": True}


def _array(items: Schema, description: str = "") -> Schema:
    return {"type": "array", "items": items} | ({"description": description} if description else {})
