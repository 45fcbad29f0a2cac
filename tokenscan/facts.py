"""What an analysis has established, before anything is summed up or ranked."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from tokenscan.context.model import Context
from tokenscan.detectors.base import Tables
from tokenscan.events.log import EventLog
from tokenscan.findings.judge import CLAIMS
from tokenscan.findings.model import Finding, SuppressionUse
from tokenscan.findings.waste import Ledger
from tokenscan.privacy.veil import Veil
from tokenscan.report.model import RuleOutcome
from tokenscan.report.prices import BudgetStatus

REVIEW_DAYS = 14  # what the founding documents call the time before a review


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an analysis has established. ``impacts`` and ``ledger`` are those of ``findings.waste``.

    ``claims`` are those of findings that are not suppressed; ``review_days`` is how far before a review the rules look.
    """

    log: EventLog
    events: pl.DataFrame
    context: Context
    tables: Tables
    findings: tuple[Finding, ...]
    impacts: pl.DataFrame
    ledger: Ledger
    exculpation: tuple[tuple[str | None, str | None, str], ...]
    outcomes: tuple[RuleOutcome, ...]
    errors: tuple[str, ...]
    notes: tuple[str, ...]
    claims: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CLAIMS))
    review_days: int = REVIEW_DAYS
    suppressions: tuple[SuppressionUse, ...] = ()
    veil: Veil | None = None
    budgets: tuple[BudgetStatus, ...] = ()
