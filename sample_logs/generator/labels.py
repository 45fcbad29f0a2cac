"""What is true about every account of the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sample_logs.generator.organisation import DECLARED_SERVICES, UNDECLARED_SERVICE

if TYPE_CHECKING:
    from sample_logs.generator.organisation import Person

GAMERS = {
    "scripted_loop": "every afternoon a script asks one of six things, 35 to 50 times at a steady pace",
    "copy_ring": "on nine days seven people of seven teams send the same prompt; otherwise ordinary",
    "review_spiker": "about 3.5 times the usual volume in the two weeks before the review, then back",
    "regenerator": "the same small request five to nine times in a row, several times a day",
    "prompts_per_task": "trivial questions all day, more than thirty prompts for a completed task",
    "burster": "five days at 12 to 25 times the own median without any result",
    "duplicate_list": "about a third of the prompts comes from a list of seven",
    "team_leaderboard": "the whole team inflates its use since a leaderboard began on 12 January",
}
HONEST = {
    "plain": "ordinary office use",
    "part_timer": "works Monday to Wednesday",
    "productive": "three times the use of peers, and three times their results",
    "new_joiner": "joined on 16 February and ramps up",
    "retrying_client": "a fifth of the calls fails and is sent again within seconds",
    "agentic_coder": "agent sessions with much cached context and many calls for a typed prompt",
    "on_call": "one day at twelve times the median, a real incident with results",
    "batch_analyst": "one template with a fresh invoice line each time, about 150 on ten days, used",
    "long_documents": "few prompts with long contracts, mostly used",
}
TEAM_NOTES = {
    "platform": "; shares the team's stand-up template every morning",
    "product": "; took part in the planned hackathon",
}
SERVICE_LABELS = (
    (DECLARED_SERVICES[0], "service", "honest", "declared service account, works every night"),
    (DECLARED_SERVICES[1], "service", "honest", "declared service key, works every morning"),
    (UNDECLARED_SERVICE, "undeclared_service", "honest", "hourly job that nobody declared; needs an owner"),
)


def label_of(person: Person) -> tuple[str, str, str]:
    """Return kind, label (``honest`` or ``gamer``) and note of a person."""
    if person.role in GAMERS:
        return person.role, "gamer", GAMERS[person.role] + TEAM_NOTES.get(person.team, "")
    return person.role, "honest", HONEST[person.role] + TEAM_NOTES.get(person.team, "")
