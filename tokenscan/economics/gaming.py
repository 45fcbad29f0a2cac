"""How easily each metric can be raised without better work: a reader should know before setting one as a target."""

from __future__ import annotations

from typing import Final

from tokenscan.report.economics import Gaming, GamingNote

FOUNDING, OWN = "founding documents", "tokenscan"

_HIGH, _MEDIUM, _LOW = Gaming.HIGH, Gaming.MEDIUM, Gaming.LOW
# id, name, how easily, why, whose judgement, and what the report must know to show it ("" = always).
_NOTES: Final = (
    ("tokens", "total tokens", _HIGH, "longer prompts, repeats and agents left running raise it", FOUNDING, "calls"),
    ("requests", "requests", _HIGH, "a loop raises it", OWN, "calls"),
    ("cost", "cost", _HIGH, "dearer models and longer prompts raise it", OWN, "cost"),
    ("prompts_per_person", "prompts per person", _HIGH, "trivial and repeated questions raise it", FOUNDING, "calls"),
    ("duplicate_share", "share of duplicate prompts", _MEDIUM, "rewording hides repeats", OWN, "text"),
    ("tasks_completed", "completed tasks", _MEDIUM, "work can be cut up, or closed early", FOUNDING, "tasks"),
    ("tasks_per_ai_hour", "tasks per AI-assisted hour", _MEDIUM, "tasks are cut up, hours left out", OWN, "hours_ai"),
    ("cost_per_success", "cost per successful outcome", _MEDIUM, "tasks are cut up, errors left out", OWN, "tasks"),
    ("error_rate", "error-rate reduction", _LOW, "errors are found and counted by others", FOUNDING, "errors"),
    ("lead_time", "lead time", _MEDIUM, "it falls when tasks are cut up or started late", OWN, "lead"),
    ("acted_on", "share of answers acted on", _MEDIUM, "accepting and then undoing raises it", OWN, "used"),
    ("time_saved", "self-reported time saved", _HIGH, "nobody can check it", FOUNDING, "never"),
)  # fmt: skip


def gaming_of(metric: str) -> Gaming:
    """Return how easily a metric can be gamed."""
    return next(gaming for name, _, gaming, *_ in _NOTES if name == metric)


def gaming_notes(known: frozenset[str]) -> tuple[GamingNote, ...]:
    """Return a note on every metric; ``known`` says what the report has figures of (calls, cost, text, tasks, ...)."""
    return tuple(
        GamingNote(id=name, name=title, gaming=gaming, why=why, origin=origin, shown=needs in known)
        for name, title, gaming, why, origin, needs in _NOTES
    )
