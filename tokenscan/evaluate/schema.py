"""The JSON Schema of an evaluation, version 1."""

from __future__ import annotations

from tokenscan.evaluate.labels import Label
from tokenscan.evaluate.model import Bands
from tokenscan.json_schema import COUNT, FLAG, TEXT, TEXT_OR_NULL, TEXTS, Schema, array_of, object_of
from tokenscan.report.model import Band

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
        **object_of(
            {
                "schema_version": {"type": "string", "pattern": r"^1\.\d+$"},
                "tool": object_of({"name": {"const": "tokenscan"}, "version": TEXT}),
                "method": _method(),
                **_scores(),
                "kinds": array_of(_kind(), "Each kind of account, then each of its doses."),
                "doses": array_of(_kind(), "Each dose over all kinds of gamers."),
                "false_accusations": array_of(_account(), "Innocent accounts in a band, services among them."),
                "missed": array_of(_account(), "Gamers in no band."),
                "services_ranked": array_of(_account(), "Accounts labelled as services that a report ranks."),
                "rules": array_of(_rule(), "Each rule by itself; one that did not run is not scored as silent."),
                "waste_tokens": _waste(),
                "not_scored": _not_scored(),
                "draws": array_of(_draw(), "Each draw by itself."),
                "sweeps": array_of(_sweep(), "What other values of a rule's parameter would have meant."),
                "notes": TEXTS,
            }
        ),
    }


def _method() -> Schema:
    words = dict.fromkeys(("pr_auc", "roc_auc", "bounds", "at_prevalence", "absent"), TEXT)
    return object_of({**words, "level": _SHARE, "prevalence": _SHARE})


def _scores() -> Schema:
    band = object_of(
        {
            "gamers": COUNT,
            "honest": COUNT,
            "services": COUNT,
            "precision": _rate("Gamers among those in the band."),
            "recall": _rate("Gamers in the band, of all gamers."),
            "false_share": _rate("Innocent accounts in the band, of all innocent ones."),
            "precision_at_5_percent": object_of(dict.fromkeys(("value", "low", "high"), _SHARE))
            | {"description": "Precision if 5 % of all people gamed."},
        }
    )
    return {
        "accounts": object_of(dict.fromkeys((*(label.value for label in Label), "all"), COUNT)),
        "share_of_gamers": _SHARE,
        "pr_auc": _SHARE,
        "roc_auc": _SHARE,
        "bands": object_of(dict.fromkeys((bands.value for bands in Bands), band)),
    }


def _rate(description: str = "") -> Schema:
    shares = dict.fromkeys(("value", "low", "high"), _SHARE)
    return object_of({**shares, "hits": COUNT, "of": COUNT}) | ({"description": description} if description else {})


def _kind() -> Schema:
    return object_of(
        {
            "label": _LABEL,
            "kind": TEXT_OR_NULL,
            "dose": TEXT_OR_NULL | {"description": "Null: all doses together."},
            "bands": object_of(dict.fromkeys((bands.value for bands in Bands), _rate())),
            "average_precision": _SHARE | {"description": "This kind against all innocent accounts; null for those."},
        }
    )


def _account() -> Schema:
    return object_of(
        {
            "draw": _DRAW,
            "user": TEXT,
            "label": {"enum": [*_LABEL["enum"], None]},
            "kind": TEXT_OR_NULL,
            "dose": TEXT_OR_NULL,
            "risk": {"type": "number", "minimum": 0, "maximum": 100},
            "band": {"enum": [band.value for band in Band]},
            "rules": TEXTS | {"description": "Those that weigh in the risk, the heaviest first."},
        }
    )


def _rule() -> Schema:
    return object_of(
        {
            "rule": TEXT,
            "draws_in_which_it_ran": COUNT,
            "reasons": TEXTS | {"description": "Why it did not run in the others."},
            "gamers": COUNT | {"description": "Accounts with a finding of this rule, whatever their band."},
            "honest": COUNT,
            "services": COUNT,
            "precision": _rate(),
            "false_accusations": COUNT | {"description": "Innocent accounts in a band for which it weighed most."},
            "claimed_of_gamers": COUNT | {"description": "Tokens, by this rule alone: not to be added up over rules."},
            "claimed_of_innocent": COUNT,
            "kinds": {"type": "object", "additionalProperties": COUNT},
        }
    )


def _waste() -> Schema:
    figures: Schema = {"people": COUNT, "true": COUNT, "claimed": COUNT}
    sums: Schema = {**figures, "ratio": _RATIO, "over": COUNT, "under": COUNT}
    person = {"draw": _DRAW, "user": TEXT, "label": _LABEL, "kind": TEXT}
    return object_of(
        {
            "gamers": object_of(sums) | {"description": "Gamers whose true waste the labels tell."},
            "innocent": object_of(sums),
            "over_claim_share": _SHARE | {"description": "Wrongly claimed of innocent accounts, of all claims."},
            "gamers_of_unknown_waste": object_of({"people": COUNT, "claimed": COUNT}),
            "claimed_without_label": COUNT,
            "report_totals": object_of(dict.fromkeys(("low", "expected", "high"), COUNT)),
            "true_total": COUNT,
            "totals_comparable": FLAG | {"description": "Whether the totals are about the labelled people only."},
            "kinds": array_of(object_of({"kind": TEXT, **sums})),
            "people": array_of(
                object_of({**person, "true": COUNT, "claimed": COUNT, "over": COUNT, "under": COUNT}),
                "By falling error.",
            ),
        }
    )


def _not_scored() -> Schema:
    absent = {"draw": _DRAW, "user": TEXT, "label": _LABEL, "kind": TEXT, "kept_out_as_service": FLAG}
    return object_of(
        {
            "absent_from_report": array_of(object_of(absent), "In the labels, not in the ranking: counted as risk 0."),
            "without_label": array_of(_account(), "In the ranking, not in the labels: not counted."),
            "teams": COUNT,
            "findings_not_about_people": COUNT,
        }
    )


def _draw() -> Schema:
    names = dict.fromkeys(("report", "labels", "version", "rules_digest"), TEXT)
    return object_of({"draw": _DRAW, **names, "complete": FLAG, **_scores()})


def _sweep() -> Schema:
    step = {
        "value": TEXT | {"description": "As given; of the current step, the value in force."},
        "current": FLAG,
        **_scores(),
        "rule": _rule(),
        "false_accusations": array_of(_account()),
    }
    same = FLAG | {"description": "Whether the analysis without a change gives the report that was scored."}
    return object_of({"rule": TEXT, "param": TEXT, "current_gives_report": same, "steps": array_of(object_of(step))})
