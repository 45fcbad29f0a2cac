"""A small log with a few findings, written as files: people with telling names, and one who repeats prompts."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

REPEATER = "mallory.grant@acme.example"
TEAMS = {"alpha": 6, "beta": 5, "gamma": 1}
KEY = "AKIAQZ7WNX3LPD5RTKVB"  # of the form of an access key, and of no account
FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
_TASKS = ("rewrite the note on", "check the figures of", "translate the letter about", "plan a workshop on",
          "draft a reply about", "compare the offers for")  # fmt: skip
_THINGS = ("river tolls", "glass recycling", "night trains", "office plants", "tax forms", "solar roofs", "bike lanes",
           "school meals", "old maps", "harbour fees")  # fmt: skip


def people(repeater: str = REPEATER) -> list[dict[str, str]]:
    """Return the people file's rows: 6 in alpha, 5 in beta, 1 in gamma; the repeater is in alpha."""
    rows = []
    for team, size in TEAMS.items():
        for number in range(size):
            user = repeater if (team, number) == ("alpha", 0) else f"{team}{number}.worker@acme.example"
            aliases = "mgrant;MG-77" if user == repeater else ""
            rows.append({"user": user, "aliases": aliases, "team": team, "function": "sales"})
    return rows


def calls(repeater: str = REPEATER, days: int = 15) -> list[dict[str, Any]]:
    """Return calls: two different prompts a day from everybody, and eight times one and the same from the repeater.

    The repeater's odd calls come under an alias, and one of them holds a secret.
    """
    rows: list[dict[str, Any]] = []
    for who, person in enumerate(people(repeater)):
        for day in range(days):
            date = FIRST + timedelta(days=day // 5 * 7 + day % 5)
            repeats = person["user"] == repeater
            for turn in range(8 if repeats else 2):
                task = f"{_TASKS[(day + turn) % 6]} {_THINGS[(who + day + 3 * turn) % 10]} for case {who} {day} {turn}"
                same = "Please summarise the quarterly report of the northern region in five bullet points"
                secret = f" with key {KEY}" if repeats and turn == 1 and day == 3 else ""
                rows.append(
                    {
                        "event_id": f"msg-{person['user'].partition('@')[0]}-{day}-{turn}",
                        "timestamp": (date + timedelta(minutes=11 * turn + 3 * who + day)).isoformat(),
                        "user": "mgrant" if repeats and turn % 2 else person["user"],
                        "session_id": f"{person['user']}/{day}",
                        "model": "gpt-5-mini",
                        "prompt": (same if repeats else f"{task}, please") + secret,
                        "input_tokens": 900,
                        "output_tokens": 300,
                    }
                )
    return rows


def write(
    folder: Path, rows: Iterable[dict[str, Any]], staff: Sequence[dict[str, str]], name: str = "log.jsonl"
) -> Path:
    """Write the log and ``people.csv``; returns the log's path."""
    log = folder / name
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(staff[0]))
        writer.writeheader()
        writer.writerows(staff)
    return log
