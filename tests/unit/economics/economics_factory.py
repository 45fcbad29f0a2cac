"""What figures on money are computed from, of a few calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from tests.unit.calls_factory import log
from tokenscan.context.attribute import attribute
from tokenscan.context.model import Context
from tokenscan.detectors.common.tables import prepare
from tokenscan.economics.basis import Basis
from tokenscan.findings.judge import CLAIMS
from tokenscan.findings.model import Finding
from tokenscan.findings.waste import settle
from tokenscan.prompts.features import describe

Claim = tuple[int, int, str, float, str]


def basis(
    rows: Sequence[dict[str, Any]],
    findings: Sequence[Finding] = (),
    claims: Sequence[Claim] = (),
    given: Context | None = None,
    **changes: Any,
) -> Basis:
    """Return the basis of calls; a claim is finding, row, level, share, confidence."""
    known = given or Context()
    found = log(rows)
    events = attribute(found.events, known)
    tables = prepare(events, describe(found.prompts), known)
    table = pl.DataFrame(list(claims), schema=CLAIMS, orient="row")
    return Basis(
        events=events,
        tables=tables,
        context=known,
        findings=findings,
        claims=table,
        ledger=settle(table, tables.calls),
        **{"grams": 0.685} | changes,
    )
