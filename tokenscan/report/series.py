"""Figures by day, model and prompt that charts are drawn from; beside the findings, and not part of the JSON.

Tokens, calls and nano-dollars are integers; null means unknown, never 0. What is here of a person is of somebody in
the ranking of the report, and nobody else is named.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date


class MarkKind(enum.StrEnum):
    """What a stretch of the calendar is."""

    REVIEW = "review"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A stretch of the calendar that explains usage; both days belong to it.

    A review's are the days before it that the rules look at, ``end`` is its own. ``teams`` empty and ``users`` 0:
    everybody's. ``users`` is a number, since whose event it was concerns no reader.
    """

    kind: MarkKind
    name: str
    start: date
    end: date
    teams: tuple[str, ...] = ()
    users: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of all calls together, cut in the report's time zone."""

    day: date
    requests: int
    tokens: int
    cost_nanousd: int | None
    waste_tokens: int
    waste_nanousd: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDay:
    """One day of a person, cut in their own time zone.

    ``fresh`` are tokens of answered calls without cache reads, which is what rules compare; ``normal`` is what was
    to be expected of this person on this day (weekday and everybody's movement taken into account), ``peers`` the
    median of their peers (null where fewer than the smallest group were active). ``waste_tokens`` is expected
    waste, out of ``tokens``; ``flagged`` days hold a call that some finding blames, however doubtful.
    """

    day: date
    requests: int
    tokens: int
    fresh: int
    normal: int | None
    peers: int | None
    waste_tokens: int
    flagged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDays:
    """A person's days. ``peer_group`` says in words who the ``peer_count`` peers are; empty where too few are."""

    user: str
    peer_group: str
    peer_count: int
    marks: tuple[Mark, ...]
    days: tuple[PersonDay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """What one model was used for; ``model`` is null where the log names none."""

    model: str | None
    requests: int
    tokens: int
    cost_nanousd: int | None
    unpriced_requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Prompts that are the same or nearly so.

    ``id`` is a hash. ``senders`` counts people; ``named`` are those of them who stand out. ``chars`` and ``words`` are
    the median prompt's. ``wasted`` prompts are in the expected waste. ``text`` only where text was asked for.
    """

    id: str
    prompts: int
    senders: int
    named: tuple[str, ...]
    days: int
    first: date
    last: date
    chars: int
    words: int
    wasted: int
    waste_tokens: int
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Everything charts need beyond the report.

    ``days`` are in order of time and leave out days without calls; ``people`` in the order of the ranking; ``models``
    by cost; ``clusters`` by wasted prompts, some of ``cluster_count`` that hold at least two.
    """

    days: tuple[Day, ...] = ()
    marks: tuple[Mark, ...] = ()
    people: tuple[PersonDays, ...] = ()
    models: tuple[ModelUse, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    cluster_count: int = 0
