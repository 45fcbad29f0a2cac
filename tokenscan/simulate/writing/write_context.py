"""Write what an analysis needs beside the logs: people, outcomes, configuration; and the labels."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import polars as pl

from tokenscan.simulate.calendar import QUOTA
from tokenscan.simulate.live import Lives
from tokenscan.simulate.people import Person

LABELS = pl.Schema(
    {
        "user": pl.String,
        "label": pl.String,  # honest, gamer or service
        "kind": pl.String,
        "dose": pl.Float64,  # 1 full, 0.5 half and evasive, 0 none
        "waste_tokens": pl.Int64,  # input and output tokens spent on gaming
        "note": pl.String,
    }
)


def write_context(lives: Lives, out: Path) -> None:
    """Write people, outcomes and the configuration."""
    _write(_people(lives), out / "people.csv")
    _write(lives.outcomes, out / "outcomes.csv")
    (out / "tokenscan.toml").write_text(_config(lives), encoding="utf-8", newline="\n")
    _write(labels(lives), out / "labels.csv")


def labels(lives: Lives) -> pl.DataFrame:
    """Return the truth about every account (LABELS); waste is what was marked while calls were made."""
    waste = dict(lives.calls.filter(~pl.col("copy")).group_by("person").agg(pl.col("waste_tokens").sum()).iter_rows())
    rows = [
        (person.user, person.kind.label, person.kind.name, person.seat.dose, waste.get(place, 0), person.kind.note)
        for place, person in enumerate(lives.people)
    ]
    return pl.DataFrame(rows, schema=LABELS, orient="row").sort("user")


def _people(lives: Lives) -> pl.DataFrame:
    shown = [person for person in lives.people if not person.is_service or person.kind.declared]
    return pl.DataFrame(
        {
            "user": [person.user for person in shown],
            "aliases": ["" if p.is_service else f"{p.login};{p.key_owner}" for p in shown],
            "team": [person.team for person in shown],
            "function": [person.function for person in shown],
            "kind": ["service" if person.is_service else "human" for person in shown],
            "timezone": [person.zone for person in shown],
            "start_date": [_start(lives, person) for person in shown],
            "fte": [f"{person.kind.fte:.1f}" for person in shown],
        }
    ).sort("user")


def _start(lives: Lives, person: Person) -> str:
    joined = int(person.kind.joins * lives.options.days)
    return "2024-01-08" if not joined else lives.world.calendar.day(joined).isoformat()


def _config(lives: Lives) -> str:
    calendar = lives.world.calendar
    blocks = ['people   = "people.csv"\noutcomes = "outcomes.csv"\ntimezone = "UTC"\n']
    blocks += [f'[[reviews]]\nname = "performance review"\ndate = {calendar.day(day)}\n' for day in calendar.reviews]
    blocks += [f"[[holidays]]\ndate = {calendar.day(day)}\n" for day in calendar.holidays]
    blocks.append(f'[[quotas]]\nmetric = "tokens"\nperiod = "week"\nminimum = {QUOTA}\n')
    together: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for person, days in lives.planned:
        together[days].append(person.user)
    for days, users in sorted(together.items()):
        names = ", ".join(f'"{user}"' for user in sorted(users))
        span = f"start = {calendar.day(days[0])}\nend = {calendar.day(days[-1])}"
        blocks.append(f'[[planned]]\nname = "hackathon"\n{span}\nusers = [{names}]\n')
    return "\n".join(blocks)


def _write(frame: pl.DataFrame, path: Path) -> None:
    frame.write_csv(path)
