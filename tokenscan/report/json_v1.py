"""The report as JSON, schema version 1: a frozen view, so that the model may change and readers need not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tokenscan.findings.model import Severity, State
from tokenscan.report.json_economics import economics_dict
from tokenscan.report.json_files import verdict_dict
from tokenscan.report.json_findings import decision_dict, finding_dict
from tokenscan.report.json_prices import budget_dict, prices_dict, unknown_model_dict
from tokenscan.report.model import Input, Range, Ranked, Report, Run, Standing, Totals
from tokenscan.report.notice import FULL
from tokenscan.report.numbers import dollars, significant, timestamp
from tokenscan.report.text import escape_json

SCHEMA_VERSION = "1.0"


def to_dict(report: Report) -> dict[str, Any]:
    """Return the report as JSON schema version 1 describes it, keys in the order in which they are written.

    Money is in dollars with 6 decimals, other floats have six significant digits, moments are ISO 8601 in UTC.
    """
    grams = report.totals.co2_grams_per_1k_tokens
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": tool_dict(report),
        "run": _run(report.run),
        "input": input_dict(report.input),
        "totals": totals_dict(report.totals),
        "people": [_ranked(person, "user") for person in report.people],
        "teams": [_ranked(team, "team") for team in report.teams],
        "findings": [finding_dict(finding, grams) for finding in report.findings],
        "rules": [
            {
                "id": rule.id,
                "title": rule.title,
                "status": rule.status.value,
                "reason": rule.reason or None,
                "findings": rule.findings,
            }
            for rule in report.rules
        ],
        "errors": list(report.errors),
        "suppressions": suppressions(report),
        "privacy": privacy_dict(report),
        "economics": None if report.economics is None else economics_dict(report.economics),
        "prices": None if report.prices is None else prices_dict(report.prices),
        "budgets": [budget_dict(budget) for budget in report.budgets],
    }


def to_json(report: Report) -> str:
    """Return the report as JSON text, indented by 2, with characters that a terminal would obey escaped."""
    return escape_json(json.dumps(to_dict(report), ensure_ascii=False, allow_nan=False, indent=2)) + "\n"


def suppressions(report: Report) -> list[dict[str, Any]]:
    """Return what became of each decision to suppress, in the order of the config."""
    return [
        {"rule": entry.rule, **decision_dict(entry.decision), "status": entry.status.value, "findings": entry.findings}
        for entry in report.suppressions
    ]


def privacy_dict(report: Report) -> dict[str, Any]:
    """Return what the report keeps back of people, and what it is for."""
    kept = report.privacy
    return {
        "level": kept.level,
        "pseudonymized": bool(kept.key_id),
        "key_id": kept.key_id or None,
        "min_group_size": kept.min_group_size,
        "findings_left_out": kept.left_out,
        "notice": FULL,
    }


def tool_dict(report: Report) -> dict[str, Any]:
    """Return who made the report, and with which rules."""
    return {"name": "tokenscan", "version": report.version, "rules_digest": report.rules_digest}


def input_dict(source: Input) -> dict[str, Any]:
    """Return what was read, and what became of it."""
    return {
        "files": len(source.files),
        "events": source.events,
        "duplicates_dropped": sum(source.duplicates.values()),
        "duplicates_by_reason": _sorted(source.duplicates),
        "bad_rows": source.bad_rows,
        "bad_row_samples": [{"file": bad.file, "row": bad.row, "reason": bad.reason} for bad in source.bad_samples],
        "complete": source.complete,
        "window": source.window and {"from": timestamp(source.window[0]), "to": timestamp(source.window[1])},
        "timezone": source.timezone,
        "sources": {
            coverage.format: {
                "rows": coverage.rows,
                "files": coverage.files,
                "columns": {name: significant(share) for name, share in sorted(coverage.columns.items())},
            }
            for coverage in sorted(source.sources, key=lambda coverage: coverage.format)
        },
        "unattributed_requests": source.unattributed,
        "users": source.users,
        "unknown_people": None if source.unknown_people is None else list(source.unknown_people),
        "service_accounts": list(source.service_accounts),
        "notes": list(source.notes),
        "file_verdicts": [verdict_dict(file) for file in source.files],
    }


def totals_dict(totals: Totals) -> dict[str, Any]:
    """Return the whole log in figures; money is null where no call has a known price."""
    priced = totals.requests == 0 or totals.unpriced_requests < totals.requests
    return {
        "requests": totals.requests,
        "tokens": totals.tokens,
        "cost_usd": dollars(totals.cost_nanousd) if priced else None,
        "unpriced_requests": totals.unpriced_requests,
        "unpriced_models": list(totals.unpriced_models),
        "unpriced_tokens": totals.unpriced_tokens,
        "unknown_models": [unknown_model_dict(model) for model in totals.unknown_models],
        "waste_tokens": _range(totals.waste_tokens),
        "waste_usd": {name: dollars(value) if priced else None for name, value in _range(totals.waste_nanousd).items()},
        "co2_kg": round(totals.co2_grams / 1_000, 3),
        "co2_grams_per_1k_tokens": significant(totals.co2_grams_per_1k_tokens),
        "duplicate_share": None if totals.duplicate_share is None else significant(totals.duplicate_share),
        "findings": _counts(totals.findings, reversed(list(Severity))),
        "suppressed": totals.suppressed,
        "by_state": _counts(totals.by_state, State),
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "started_at": timestamp(run.started_at),
        "duration_s": round(run.duration_s, 3),
        "argv": list(run.argv),
        "config": run.config,
        "as_of": timestamp(run.as_of),
        "engine": run.engine,
    }


def _ranked(entry: Ranked, kind: str) -> dict[str, Any]:
    who = {"user": entry.user, "team": entry.team} if kind == "user" else {"team": entry.team}
    return {
        "rank": entry.rank,
        **who,
        "risk": round(significant(entry.risk) or 0.0, 1),
        "band": entry.band.value,
        "confidence": entry.confidence.value,
        "requests": entry.requests,
        "tokens": entry.tokens,
        "cost_usd": dollars(entry.cost_nanousd),
        "waste_tokens": entry.waste_tokens,
        "waste_usd": dollars(entry.waste_nanousd),
        "families": {name: significant(part) for name, part in sorted(entry.families.items())},
        "findings": list(entry.findings),
        "exculpation": list(entry.exculpation),
    } | ({"standing": _standing(entry.standing)} if kind == "user" else {})


def _standing(standing: Standing | None) -> dict[str, Any] | None:
    if standing is None:
        return None
    figures = {
        "prompts_per_task": standing.more,
        "unused_answers": standing.unused,
        "uneven_use": standing.uneven,
        "regardless_of_work": standing.regardless,
        "team": standing.team,
    }
    return {name: None if value is None else significant(value) for name, value in figures.items()}


def _range(figures: Range) -> dict[str, int]:
    return {"low": figures.low, "expected": figures.expected, "high": figures.high}


def _counts(counts: Mapping[str, int], order: Iterable[str]) -> dict[str, int]:
    """Return counts in the order of a closed set, 0 where nothing was counted."""
    return {str(name): counts.get(name, 0) for name in order}


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))
