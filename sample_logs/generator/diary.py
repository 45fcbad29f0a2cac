"""The quarter: its workdays, the dates on which something happens, and who was away when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from sample_logs.generator.dice import chance, dice

if TYPE_CHECKING:
    from sample_logs.generator.organisation import Person

FIRST, LAST = date(2026, 1, 5), date(2026, 4, 3)
HOLIDAY = date(2026, 4, 3)
REVIEW = date(2026, 3, 16)
REVIEW_RUN_UP = (date(2026, 3, 2), date(2026, 3, 15))
HACKATHON = (date(2026, 2, 26), date(2026, 2, 27))
HACKATHON_TEAM = "product"
INCIDENT = date(2026, 2, 18)
LEADERBOARD_START = date(2026, 1, 12)
DIGEST_START = date(2026, 3, 12)  # first day of the service account nobody declared

RING_DAYS = (
    date(2026, 1, 15),
    date(2026, 1, 22),
    date(2026, 1, 30),
    date(2026, 2, 5),
    date(2026, 2, 12),
    date(2026, 2, 20),
    date(2026, 3, 5),
    date(2026, 3, 18),
    date(2026, 3, 26),
)
BURST_DAYS = (
    date(2026, 1, 28),
    date(2026, 2, 11),
    date(2026, 2, 24),
    date(2026, 3, 19),
    date(2026, 3, 31),
)
BATCH_DAYS = tuple(date(2026, 1, 14) + timedelta(weeks=week) for week in range(11) if week != 6)

# Days that a story needs: nobody in it is on leave then.
_NEEDED = {
    "copy_ring": RING_DAYS,
    "burster": BURST_DAYS,
    "batch_analyst": BATCH_DAYS,
    "on_call": (INCIDENT,),
    "review_spiker": tuple(REVIEW_RUN_UP[0] + timedelta(days=day) for day in range(-10, 32)),
    "team_leaderboard": (),
}


def days_between(first: date, last: date) -> tuple[date, ...]:
    """Return every calendar day of an inclusive range."""
    return tuple(first + timedelta(days=day) for day in range((last - first).days + 1))


def workdays() -> tuple[date, ...]:
    """Return the Mondays to Fridays of the quarter, the public holiday included."""
    return tuple(day for day in days_between(FIRST, LAST) if day.weekday() < 5)


def worked_days(person: Person) -> tuple[date, ...]:
    """Return the days on which a person worked: no leave, few on the holiday, part-timers Monday to Wednesday."""
    rng = dice("leave", person.user)
    away: set[date] = set()
    for _ in range(2):
        start = FIRST + timedelta(days=int(rng.random() * 85))
        away.update(days_between(start, start + timedelta(days=int(rng.random() * 5))))
    if not chance(rng, 0.1):
        away.add(HOLIDAY)
    away.difference_update(_NEEDED.get(person.role, ()))
    if person.team == HACKATHON_TEAM:
        away.difference_update(HACKATHON)
    last_weekday = 2 if person.fte < 1 else 4
    return tuple(day for day in workdays() if day >= person.start and day not in away and day.weekday() <= last_weekday)


def utc(site: str, day: date, hour: float) -> datetime:
    """Convert an office's local time to UTC.

    The offsets are written out so that the sample does not depend on the machine's time-zone tables.
    """
    offsets = {
        "europe": 2 if day >= date(2026, 3, 29) else 1,
        "us": -4 if day >= date(2026, 3, 8) else -5,
        "asia": 9,
    }
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight + timedelta(hours=hour - offsets[site])
