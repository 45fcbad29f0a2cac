"""The formats a forecast can be written in, by the names that users type."""

from __future__ import annotations

from typing import Any, Final

from tokenscan.errors import UsageError
from tokenscan.forecasting.model import Forecast

FORMATS: Final = ("table", "json", "csv", "markdown")


def known(name: str) -> None:
    """Refuse a format that is none.

    Raises:
        UsageError: there is no such format.
    """
    if name not in FORMATS:
        raise UsageError(f"unknown format {name[:60]!r}", hint=f"formats: {', '.join(FORMATS)}")


def render(forecast: Forecast, format: str = "table", **options: Any) -> str:  # noqa: A002 - the word users type
    """Return the forecast in a format; ``width``, ``color`` and ``ascii_only`` serve the table alone.

    Raises:
        UsageError: there is no such format.
    """
    known(format)
    if format == "json":
        from tokenscan.forecasting.json_v1 import to_json

        return to_json(forecast)
    if format == "csv":
        from tokenscan.forecasting.frame import to_csv

        return to_csv(forecast)
    if format == "markdown":
        from tokenscan.forecasting.markdown import to_markdown

        return to_markdown(forecast)
    from tokenscan.forecasting.table import render_table

    return render_table(forecast, **options)
