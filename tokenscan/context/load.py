"""Build the context from config and options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tokenscan.config import Config
from tokenscan.context.model import Context, Planned, Quota, Review
from tokenscan.context.tables import read_outcomes, read_people
from tokenscan.context.zones import checked_zone
from tokenscan.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedContext:
    """The context, notes for the reader, and the files it came from (which are no logs)."""

    context: Context
    notes: tuple[str, ...]
    files: tuple[Path, ...]


def load_context(
    config: Config,
    folder: Path,
    *,
    people: Path | None = None,
    outcomes: Path | None = None,
    reviews: Sequence[date] = (),
    timezone: str | None = None,
) -> LoadedContext:
    """Return the context; options go before the config, whose relative paths start at ``folder``."""
    people_path = people or (folder / config.people if config.people else None)
    outcomes_path = outcomes or (folder / config.outcomes if config.outcomes else None)
    known = read_people(people_path) if people_path else None
    done = read_outcomes(outcomes_path) if outcomes_path else None
    given = Context()
    entries = [Review(name=entry.name or entry.date.isoformat(), day=entry.date, teams=frozenset(entry.teams),
                      announced=entry.announced)
               for entry in config.reviews]  # fmt: skip
    entries += [Review(name=day.isoformat(), day=day) for day in reviews]
    context = Context(
        people=known[0] if known else given.people,
        aliases=known[1] if known else given.aliases,
        outcomes=done[0] if done else given.outcomes,
        reviews=tuple(sorted(entries, key=lambda review: (review.day, review.name))),
        quotas=tuple(
            Quota(metric=q.metric, period=q.period, minimum=q.minimum, teams=frozenset(q.teams), announced=q.announced)
            for q in config.quotas
        ),
        holidays=frozenset(entry.date for entry in config.holidays),
        planned=tuple(_planned(config)),
        timezone=checked_zone(timezone or config.timezone),
        min_group_size=config.min_group_size,
    )
    notes = (known[2] if known else []) + (done[1] if done else [])
    files = [path for path in (people_path, outcomes_path) if path]
    return LoadedContext(context=context, notes=tuple(notes), files=tuple(files))


def _planned(config: Config) -> list[Planned]:
    for entry in config.planned:
        if entry.end < entry.start:
            raise UsageError(f"planned {entry.name!r} ends before it starts", hint="both days belong to it")
    return [
        Planned(name=p.name, start=p.start, end=p.end, teams=frozenset(p.teams), users=frozenset(p.users))
        for p in config.planned
    ]
