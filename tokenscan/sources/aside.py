"""Files that lie beside logs of calls and are none: known by their columns, and passed over with a reason."""

from __future__ import annotations

from dataclasses import dataclass

from tokenscan.sources.base import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A kind of file that tells of no calls: it has all of ``columns``; ``reason`` says what it is."""

    columns: frozenset[str]
    reason: str


ASIDE: tuple[Aside, ...] = (
    Aside(
        columns=frozenset({"api_requests", "date", "spend"}),
        reason="daily sums of LiteLLM, which repeat the calls of its SpendLogs",
    ),
)


def why_aside(probe: Probe) -> str:
    """Return why a file is none to analyse, or nothing where it may be one."""
    return next((known.reason for known in ASIDE if known.columns <= probe.columns), "")
