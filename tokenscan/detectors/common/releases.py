"""When models came out, as far as their names or a short list tell: no call can be older than its model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

import polars as pl

# The vendors' public announcements. A name that begins like this is at least as young: gpt-5-mini as gpt-5. Aliases of
# an organisation's own ("fast", "prod") are not here, and what is not here is not judged.
RELEASED = {
    "gpt-3.5-turbo": date(2023, 3, 1),
    "gpt-4": date(2023, 3, 14),
    "gpt-4-turbo": date(2023, 11, 6),
    "gpt-4o": date(2024, 5, 13),
    "gpt-4o-mini": date(2024, 7, 18),
    "gpt-4.1": date(2025, 4, 14),
    "gpt-4.5": date(2025, 2, 27),
    "gpt-5": date(2025, 8, 7),
    "gpt-5.1": date(2025, 11, 12),
    "o1": date(2024, 9, 12),
    "o3": date(2024, 12, 20),
    "o3-mini": date(2025, 1, 31),
    "o4-mini": date(2025, 4, 16),
    "claude-2": date(2023, 7, 11),
    "claude-3": date(2024, 3, 4),
    "claude-3-5": date(2024, 6, 20),
    "claude-3-7": date(2025, 2, 24),
    "claude-sonnet-4": date(2025, 5, 22),
    "claude-opus-4": date(2025, 5, 22),
    "claude-opus-4-1": date(2025, 8, 5),
    "claude-sonnet-4-5": date(2025, 9, 29),
    "claude-haiku-4-5": date(2025, 10, 15),
    "claude-opus-4-5": date(2025, 11, 24),
    "gemini-1.5": date(2024, 2, 15),
    "gemini-2.0": date(2024, 12, 11),
    "gemini-2.5": date(2025, 3, 25),
    "gemini-3": date(2025, 11, 18),
}
_SNAPSHOT = re.compile(r"[-@](20\d\d)-?([01]\d)-?([0-3]\d)(?:\D|$)")
_BEGINS = sorted(RELEASED, key=len, reverse=True)


def released(model: str) -> date | None:
    """Return the earliest day on which a model can have been called, None where that is not known.

    The date that vendors put into the names of snapshots counts where it is later than the family's.
    """
    name = model.strip().lower().rsplit("/", 1)[-1]
    name = re.sub(r"^(?:[a-z-]+\.)*(?:anthropic|openai)\.", "", name)  # Bedrock's: eu.anthropic.claude-...
    family = next((RELEASED[begin] for begin in _BEGINS if re.match(rf"{re.escape(begin)}(?![0-9])", name)), None)
    found = _SNAPSHOT.search(name)
    try:
        snapshot = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        snapshot = None
    return max((day for day in (family, snapshot) if day is not None), default=None)


def release_dates(models: Iterable[str | None]) -> pl.DataFrame:
    """Return the models of which it is known: model, released."""
    known = {model: day for model in models if model and (day := released(model)) is not None}
    return pl.DataFrame(
        {"model": list(known), "released": list(known.values())}, schema={"model": pl.String, "released": pl.Date}
    )
