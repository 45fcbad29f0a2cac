"""The formats a cost report can be written in, by the names that users type."""

from __future__ import annotations

from typing import Any, Final

from tokenscan.costing.csv import to_csv
from tokenscan.costing.json_v1 import to_json
from tokenscan.costing.model import CostReport
from tokenscan.costing.table import render_table
from tokenscan.errors import UsageError

FORMATS: Final = ("table", "json", "csv")


def render(report: CostReport, format: str = "table", **options: Any) -> str:  # noqa: A002 - the word users type
    """Return the report in a format; width, color, top and ascii_only are for the table only.

    Raises:
        UsageError: there is no such format.
    """
    if format == "table":
        return render_table(report, **options)
    if format not in FORMATS:
        raise UsageError(f"unknown format {format!r}", hint=f"formats: {', '.join(FORMATS)}")
    return to_json(report) if format == "json" else to_csv(report)
