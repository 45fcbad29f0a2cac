"""tokenscan: offline analysis of exported LLM usage logs.

``read_logs(paths) -> EventLog`` and ``analyze(log_or_paths, config=None) -> Report`` are the whole API; they are loaded
on first use, so that importing the package (and ``tokenscan --help``) stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokenscan._version import __version__

if TYPE_CHECKING:
    from tokenscan.api import analyze, read_logs

__all__ = ["__version__", "analyze", "read_logs"]


def __getattr__(name: str) -> Any:
    if name in {"analyze", "read_logs"}:
        from tokenscan import api

        return getattr(api, name)
    raise AttributeError(f"module 'tokenscan' has no attribute {name!r}")
