"""Words and exact figures that several parts of the page share."""

from __future__ import annotations

from tokenscan.report.numbers import UNKNOWN, plural
from tokenscan.report.series import Mark
from tokenscan.report.text import listing


def dollar_cell(nanousd: int | None) -> str:
    """Return nano-dollars in full to six decimals, as the JSON has them: $1,234.567890; "unknown" for null."""
    if nanousd is None:
        return UNKNOWN
    micros = round(abs(nanousd) / 1_000)
    return f"{'-' if nanousd < 0 else ''}${micros // 1_000_000:,}.{micros % 1_000_000:06d}"


def scope(mark: Mark) -> str:
    """Return whom a stretch of the calendar concerns, empty for everybody."""
    parts = [f"team{'s' if len(mark.teams) > 1 else ''} {listing(mark.teams)}"] if mark.teams else []
    parts += [plural(mark.users, "person", "people")] if mark.users else []
    return f" ({', '.join(parts)})" if parts else ""
