"""tokenscan: offline analysis of exported LLM usage logs.

``read_logs(paths) -> EventLog``, ``analyze(log_or_paths, config=None) -> Report``, ``costs(log_or_paths, by="team")
-> CostReport`` and ``forecast(log_or_paths=None, monthly_usd=…) -> Forecast`` are the whole API; they are loaded on
first use, so that importing the package (and ``tokenscan --help``) stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokenscan._version import __version__

if TYPE_CHECKING:
    from tokenscan.api import analyze, read_logs
    from tokenscan.costing.api import costs
    from tokenscan.forecasting.api import forecast

__all__ = ["__version__", "analyze", "costs", "forecast", "read_logs"]


def __getattr__(name: str) -> Any:
    if name in {"analyze", "read_logs"}:
        from tokenscan import api

        return getattr(api, name)
    if name == "costs":
        from tokenscan.costing.api import costs

        return costs
    if name == "forecast":
        from tokenscan.forecasting.api import forecast

        return forecast
    raise AttributeError(f"module 'tokenscan' has no attribute {name!r}")
