"""The last step of a report: what its readers may not see goes, be it by pseudonym or by level."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from tokenscan.context.model import Context
from tokenscan.errors import UsageError
from tokenscan.findings.baseline import Baseline
from tokenscan.privacy.level import SOMEBODY, team_only, without_telling_teams
from tokenscan.privacy.pseudonyms import is_pseudonym
from tokenscan.privacy.scrub import Scrubber
from tokenscan.privacy.traces import hidden_argv, hidden_path
from tokenscan.privacy.veil import Veil
from tokenscan.report.model import Report


def kept_back(report: Report, events: pl.DataFrame, context: Context, veil: Veil | None) -> Report:
    """Return the report as its readers may see it; ``events`` and ``context`` are those it was made of."""
    if report.privacy.by_team:
        return team_only(report, _nobody(events, context, veil))
    if veil is not None:
        return without_telling_teams(_scrubbed(report, veil.scrub))
    return report


def check_baseline(baseline: Baseline | None, *, veiled: bool) -> None:
    """Refuse a baseline that would name people in a report under pseudonyms, or the other way round.

    Raises:
        UsageError: it was written from a report of the other kind, so that every finding would be new and gone at once.
    """
    people = [known.user for known in (baseline.findings if baseline else ()) if known.user]
    if veiled and not all(map(is_pseudonym, people)):
        hint = "write one from a report made with --pseudonymize and the same key"
        raise UsageError("the baseline holds names, and the report is to hold none", hint=hint)
    if not veiled and any(map(is_pseudonym, people)):
        raise UsageError("the baseline holds pseudonyms", hint="add --pseudonymize and the key that it was made with")


def _nobody(events: pl.DataFrame, context: Context, veil: Veil | None) -> Scrubber:
    """Return what takes everybody's names, and pseudonyms, out of text."""
    aliases, people = context.aliases["alias"], context.people["user"]
    names = {name for column in (events["user"], aliases, people) for name in column.drop_nulls().unique()}
    return Scrubber(dict.fromkeys(names | set(veil.names if veil else ()), SOMEBODY))


def _scrubbed(report: Report, scrub: Scrubber) -> Report:
    """Return the report with names taken out of what people wrote, and without the traces of whoever ran it."""
    return replace(
        report,
        run=replace(report.run, argv=hidden_argv(report.run.argv), config=hidden_path(report.run.config)),
        input=replace(report.input, notes=tuple(map(scrub, report.input.notes))),
        totals=replace(report.totals, unpriced_models=tuple(map(scrub, report.totals.unpriced_models))),
        findings=tuple(
            replace(
                one,
                reply=scrub(one.reply),
                suppression=one.suppression
                and replace(one.suppression, reason=scrub(one.suppression.reason), owner=scrub(one.suppression.owner)),
            )
            for one in report.findings
        ),
        rules=tuple(replace(rule, reason=scrub(rule.reason)) for rule in report.rules),
        errors=tuple(map(scrub, report.errors)),
        suppressions=tuple(
            replace(
                one,
                decision=replace(one.decision, reason=scrub(one.decision.reason), owner=scrub(one.decision.owner)),
            )
            for one in report.suppressions
        ),
    )
