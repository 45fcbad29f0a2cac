"""Write all files of the sample."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sample_logs.generator.gateway import engineer_calls, service_calls
from sample_logs.generator.organisation import PEOPLE
from sample_logs.generator.prompts import open_phrasebook
from sample_logs.generator.roles import FUNCTION_HABITS, quarter
from sample_logs.generator.write_claude_code import human_turns, write_claude_code
from sample_logs.generator.write_context import write_config, write_labels, write_outcomes, write_people
from sample_logs.generator.write_litellm import write_litellm
from sample_logs.generator.write_table import write_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from sample_logs.generator.gateway import GatewayCall


def build(out: Path) -> None:
    """Write logs and context files below ``out``, replacing what is there."""
    out.mkdir(parents=True, exist_ok=True)
    book = open_phrasebook()
    days = {person.user: quarter(person, book) for person in PEOPLE}
    engineers = engineer_calls(book)
    write_table((call for worked in days.values() for work in worked.values() for call in work.calls),
                out / "logs.parquet")  # fmt: skip
    write_litellm([*engineers, *service_calls(book)], out / "litellm" / "spend_logs.jsonl")
    write_claude_code(book.grammars["agent"], out / "claude_code")
    write_people(out / "people.csv")
    write_outcomes(out / "outcomes.csv", days, _tasks_elsewhere(engineers))
    write_labels(out / "labels.csv")
    write_config(out / "tokenscan.toml")


def _tasks_elsewhere(engineers: Iterable[GatewayCall]) -> dict[tuple[str, date], float]:
    """Return the tasks to expect from gateway calls and agent sessions, by user and day."""
    per_task = FUNCTION_HABITS["engineering"].per_task
    names = {person.key_owner: person.user for person in PEOPLE}
    names |= {person.login: person.user for person in PEOPLE}
    tasks: dict[tuple[str, date], float] = defaultdict(float)
    for call in engineers:
        if call.ok and call.cache_hit != "True":
            tasks[names[call.owner], call.at.date()] += 1 / per_task
    for (login, day), turns in human_turns().items():
        tasks[names[login], day] += 1.5 * turns / per_task
    return tasks
