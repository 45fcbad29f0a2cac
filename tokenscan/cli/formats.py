"""What ``inspect --formats`` prints: which formats there are, what each carries, how to get it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenscan.sources.base import Source

CARRIED = ("person", "text", "tasks", "cost")


def formats_json(sources: Sequence[Source]) -> str:
    """Return the formats as JSON."""
    told = [
        {
            "name": source.name,
            "title": source.title,
            "carries": {name: source.carries[name] for name in CARRIED},
            "clock": source.clock,
            "how_to_export": source.how_to_export,
        }
        for source in sources
    ]
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def formats_table(sources: Sequence[Source], *, width: int, color: bool) -> str:
    """Return the formats as a table for the terminal, and below it how to get each."""
    from tokenscan.report.listing import listing_table

    rows = [(source.name, *(source.carries[name] for name in CARRIED)) for source in sources]
    ways = [(source.name, f"{source.title}. {source.how_to_export}") for source in sources]
    carried = listing_table(("format", *CARRIED), rows, width=width, color=color, keep_first=True)
    explained = listing_table(
        ("format", "what it is, and how to get it"), ways, width=width, color=color, keep_first=True
    )
    return f"{carried}\n{explained}"
