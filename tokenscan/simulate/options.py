"""What a user may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tokenscan.errors import UsageError

PRESETS = ("base", "hard", "easy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A population: its size, period, seed and difficulty."""

    people: int = 200
    days: int = 90
    start: date = date(2026, 1, 5)
    seed: int = 1
    preset: str = "base"
    gamer_share: float = 0.08
    kinds: Path | None = None

    def __post_init__(self) -> None:
        if self.preset not in PRESETS:
            raise UsageError(f"unknown preset {self.preset!r}", hint=f"presets: {', '.join(PRESETS)}")
        if not 1 <= self.people <= 100_000:
            raise UsageError(f"{self.people} people", hint="between 1 and 100,000")
        if not 7 <= self.days <= 731:
            raise UsageError(f"{self.days} days", hint="between 7 and 731")
        if not 0 <= self.gamer_share <= 1:
            raise UsageError(f"a share of gamers of {self.gamer_share}", hint="between 0 and 1")
        if not date(2016, 1, 1) <= self.start <= date(2100, 1, 1):
            raise UsageError(f"a start on {self.start}", hint="between 2016 and 2100")
