"""Write what an analysis needs beside the logs: people, outcomes, configuration, and who was planted."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING

from sample_logs.generator import diary
from sample_logs.generator.dice import dice, poisson
from sample_logs.generator.labels import SERVICE_LABELS, label_of
from sample_logs.generator.organisation import DECLARED_SERVICES, PEOPLE, ZONES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sample_logs.generator.work import Work

CONFIG = f"""\
people   = "people.csv"
outcomes = "outcomes.csv"
timezone = "UTC"

[[reviews]]
name = "Q1 performance review"
date = {diary.REVIEW}

[[quotas]]
metric = "tokens"
period = "week"
minimum = 50_000

[[holidays]]
date = {diary.HOLIDAY}

[[planned]]
name = "hackathon"
start = {diary.HACKATHON[0]}
end = {diary.HACKATHON[1]}
teams = ["{diary.HACKATHON_TEAM}"]
"""


def write_people(path: Path) -> None:
    """Write the people file; the aliases are the names used by the gateway and on the people's machines."""
    header = ("user", "aliases", "team", "function", "kind", "timezone", "start_date", "fte")
    rows: list[Sequence[object]] = [
        (
            person.user,
            f"{person.login};{person.key_owner}",
            person.team,
            person.function,
            "human",
            ZONES[person.site],
            person.start,
            person.fte,
        )
        for person in PEOPLE
    ]
    rows += [(name, "", "platform", "engineering", "service", "UTC", "", "") for name in DECLARED_SERVICES]
    _write(path, header, rows)


def write_outcomes(
    path: Path, days: Mapping[str, Mapping[date, Work]], elsewhere: Mapping[tuple[str, date], float]
) -> None:
    """Write tasks and errors of every person and day worked.

    ``elsewhere`` holds the tasks that prompts outside the chat assistant are expected to have served.
    """
    rows: list[tuple[date, str, int, int]] = []
    for user, worked in days.items():
        rng = dice("outcomes", user)
        for day, work in worked.items():
            tasks = poisson(rng, work.tasks + elsewhere.get((user, day), 0.0))
            rows.append((day, user, tasks, poisson(rng, 0.03 + 0.04 * tasks)))
    _write(path, ("date", "user", "tasks_completed", "errors"), sorted(rows))


def write_labels(path: Path) -> None:
    """Write what each account does, and whether that is honest."""
    rows: list[Sequence[object]] = [(person.user, *label_of(person)) for person in PEOPLE]
    _write(path, ("user", "kind", "label", "note"), [*rows, *SERVICE_LABELS])


def write_config(path: Path) -> None:
    """Write the configuration of the demonstration."""
    path.write_bytes(CONFIG.encode())


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode())
