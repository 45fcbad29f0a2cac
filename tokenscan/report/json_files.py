"""What became of each file, as JSON: the same in a report and in an inspection."""

from __future__ import annotations

from typing import Any

from tokenscan.events.log import FileVerdict
from tokenscan.report.numbers import significant, timestamp


def verdict_dict(file: FileVerdict) -> dict[str, Any]:
    """Return one file's verdict as plain JSON values."""
    return {
        "name": file.name,
        "format": file.format or None,
        "rows": file.rows,
        "events": file.events,
        "duplicates": dict(sorted(file.duplicates.items())),
        "bad_rows": file.bad_rows,
        "bad_reasons": dict(sorted(file.bad_reasons.items())),
        "window": file.window and {"from": timestamp(file.window[0]), "to": timestamp(file.window[1])},
        "gaps": [{"from": first.isoformat(), "to": last.isoformat()} for first, last in file.gaps],
        "carries": {name: significant(share) for name, share in sorted(file.carries.items())},
        "cache": file.cache or None,
        "clock": file.clock or None,
        "broken": file.broken or None,
        "skipped": file.skipped or None,
    }
