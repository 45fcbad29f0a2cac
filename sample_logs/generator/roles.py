"""Who has which habit, and which function writes their day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sample_logs.generator import confounders, gamers
from sample_logs.generator.desk import Desk, Habit, personal
from sample_logs.generator.diary import HACKATHON, HACKATHON_TEAM, worked_days
from sample_logs.generator.dice import dice

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sample_logs.generator.organisation import Person
    from sample_logs.generator.prompts import Phrasebook
    from sample_logs.generator.work import Work

    DayWriter = Callable[[Desk, date], Work]

FUNCTION_HABITS = {
    "support": Habit(),
    "engineering": Habit(prompts=4.3, tokens=9000, per_task=4.2),
    "finance": Habit(prompts=5.0, tokens=8200, per_task=3.8, used=0.42),
    "legal": Habit(prompts=4.6, tokens=10500, per_task=3.7, used=0.43),
}
ROLE_HABITS = {
    "agentic_coder": Habit(prompts=3.4, tokens=9500, per_task=4.2),
    "long_documents": Habit(prompts=3.4, tokens=36000, per_task=3.3, used=0.55),
    "productive": Habit(prompts=16.0, tokens=7600, per_task=3.9, used=0.46, swing=0.25),
    "retrying_client": Habit(errors=0.2),
    "part_timer": Habit(prompts=5.0),
    "duplicate_list": Habit(prompts=8.6, tokens=6000, used=0.38),
    "prompts_per_task": Habit(prompts=26.0, tokens=1700, used=0.06, swing=0.2),
    "team_leaderboard": Habit(prompts=5.3, tokens=7600, used=0.4, swing=0.25),
    "review_spiker": Habit(prompts=4.6, tokens=9000, per_task=3.7, swing=0.24),
    "scripted_loop": Habit(prompts=2.4, tokens=6000, swing=0.3),
    "regenerator": Habit(prompts=3.0, tokens=6500),
    "burster": Habit(prompts=4.4, tokens=8600, per_task=3.7, swing=0.25),
}
DAY_WRITERS: dict[str, DayWriter] = {
    "scripted_loop": gamers.scripted_loop,
    "copy_ring": gamers.copy_ring,
    "review_spiker": gamers.review_spiker,
    "regenerator": gamers.regenerator,
    "prompts_per_task": gamers.prompts_per_task,
    "burster": gamers.burster,
    "duplicate_list": gamers.duplicate_list,
    "team_leaderboard": gamers.team_leaderboard,
    "batch_analyst": confounders.batch_analyst,
    "on_call": confounders.on_call,
    "new_joiner": confounders.new_joiner,
}


def quarter(person: Person, book: Phrasebook) -> dict[date, Work]:
    """Return what a person did with the chat assistant on each day they worked."""
    habit = personal(ROLE_HABITS.get(person.role, FUNCTION_HABITS[person.function]), person)
    desk = Desk(
        person=person,
        habit=habit,
        rng=dice("desk", person.user),
        words=dice("words", person.user),
        book=book,
        history=[],
    )
    write = DAY_WRITERS.get(person.role, confounders.ordinary)
    return {day: _day(desk, day, write) for day in worked_days(person)}


def _day(desk: Desk, day: date, write: DayWriter) -> Work:
    if desk.person.team == HACKATHON_TEAM and day in HACKATHON:
        return confounders.hackathon(desk, day)
    work = write(desk, day)
    return confounders.with_standup(desk, day, work) if desk.person.team == "platform" else work
