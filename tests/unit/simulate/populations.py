"""Small populations for tests, each simulated once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from tokenscan.simulate.live import Lives, live
from tokenscan.simulate.options import Options

DOSES = {1.0: "easy", 0.5: "hard"}


@cache
def everybody(seed: int = 1, people: int = 200, preset: str = "base", gamer_share: float = 0.3) -> Lives:
    """A population with nearly all kinds."""
    return live(Options(people=people, seed=seed, preset=preset, gamer_share=gamer_share))


@cache
def some(kind: str, count: int = 6, dose: float = 1.0) -> pl.DataFrame:
    """The calls of several people of one kind, in order of time."""
    lives = people_of(kind, count, dose)
    places = [place for place, person in enumerate(lives.people) if person.kind.name == "those"]
    users = pl.Series([person.user for person in lives.people])
    calls = lives.calls.filter(pl.col("person").is_in(places))
    return calls.with_columns(users.gather(calls["person"]).alias("user"), pl.col("timestamp").dt.date().alias("day"))


@cache
def people_of(kind: str, count: int = 6, dose: float = 1.0) -> Lives:
    """One ordinary person and several of a kind, which is called ``those``."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "kinds.toml"
        path.write_text(f'[[kind]]\nname = "those"\nbase = "{kind}"\ncount = {count}\n')
        return live(Options(people=1, seed=4, gamer_share=0, preset=DOSES[dose], kinds=path))
