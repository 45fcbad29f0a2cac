"""How copies of the logs differ from each other, for those who make them and those who check the sums."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from bench.session_peers.counts import Counts
from bench.session_peers.effects import Effect

DAYS: Final = 28  # over which copies are spread
FACTORS: Final = 5  # by which a copy's tokens are multiplied: 1 to this


def multiplied(effects: Iterable[Effect], copies: int) -> list[Effect]:
    """Return the effects of a number of copies of the logs."""
    made = []
    for effect in effects:
        for copy in range(copies):
            day = (date.fromisoformat(effect.key.day) + timedelta(days=copy % DAYS)).isoformat()
            less = Counts().plus(effect.less, 1 + copy % FACTORS)
            made.append(effect._replace(key=effect.key._replace(day=day), less=less))
    return made
