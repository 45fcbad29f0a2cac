"""Cost reports of a few calls, the way a command makes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tests.unit.calls_factory import at, log
from tokenscan.context.model import Context
from tokenscan.costing.api import parse_keys
from tokenscan.costing.build import cost_report
from tokenscan.costing.model import CostReport
from tokenscan.settings import AnalysisOptions

USD = 10**9


def report(
    calls: Iterable[dict[str, Any]],
    *by: str,
    as_of: datetime | None = None,
    context: Context | None = None,
    **options: Any,
) -> CostReport:
    """Return the costs of calls by these keys; "now" is long after the last call unless told."""
    settings = AnalysisOptions(as_of=as_of or at("2027-06-01"), **options)
    return cost_report(log(calls), context or Context(), parse_keys(by), settings)


def paid(usd: float, kind: str = "logged") -> dict[str, Any]:
    """Return the fields of a call that has a cost."""
    return {"cost_nanousd": round(usd * USD), "cost_kind": kind}


def costs(found: CostReport) -> dict[Any, float]:
    """Return dollars by group, one name where there is one key."""
    return {line.keys[0] if len(line.keys) == 1 else line.keys: line.nanousd / USD for line in found.lines}
