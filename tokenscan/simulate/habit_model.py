"""What a kind of person does beside ordinary work: one record a habit, as written in the files of kinds.

All counts are a range ``[least, most]`` unless a comment says otherwise; times are seconds or local hours.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=1_000_000)]
Factor = Annotated[float, msgspec.Meta(ge=0, le=10_000_000)]
Hour = Annotated[float, msgspec.Meta(ge=-12, le=48)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
_Chars = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Range = tuple[_Count, _Count]
When = Literal["always", "before_review", "quarter_end", "event"]


class Habit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="what"):
    """What all habits have in common."""

    days: Share = 1.0  # share of the worked days
    when: When = "always"
    waste: bool | None = None  # are its tokens spent on gaming; null: as the label of the kind says
    used: Share = 0.0  # share of answers acted on, where known
    marked: bool = True  # does the log know of any answer whether it was used
    tasks: Factor = 0.0  # tasks completed a call
    app: str = ""
    model: str = ""
    material: Factor = 300.0  # median tokens attached to a conversation
    answer: Factor = 380.0  # median tokens of an answer


class Asks(Habit, frozen=True, kw_only=True, tag="asks"):
    """Conversations of their own, with texts from one section of a phrase file."""

    tongue: str
    section: str
    count: Range
    session: Positive = 3.0  # mean number of prompts in a conversation
    pause: Positive = 110.0  # median between answer and next prompt
    reads: bool = True  # a long answer takes longer to read


class Repeats(Habit, frozen=True, kw_only=True, tag="repeats"):
    """Prompts from a personal list, spread over the day."""

    listed: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    count: Range
    section: str = "idle"
    reword: Share = 0.0
    pad: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0  # sentences that have nothing to do with it


class Runs(Habit, frozen=True, kw_only=True, tag="runs"):
    """The same request several times in a row."""

    runs: Range
    length: Range
    pause: Positive = 40.0
    reword: Share = 0.0
    picks: Share = 0.0  # share of the runs of which one answer is kept
    tongue: str = "gamers"
    section: str = "regenerate"


class Loop(Habit, frozen=True, kw_only=True, tag="loop"):
    """A script that asks at a pace of its own."""

    count: Range
    period: tuple[Positive, Positive]
    jitter: Annotated[float, msgspec.Meta(ge=0, le=3)] = 0.05  # standard deviation of the logarithm of a gap
    listed: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 6
    reword: Share = 0.0
    begin: tuple[Hour, Hour] = (13.0, 15.0)


class Template(Habit, frozen=True, kw_only=True, tag="template"):
    """One wording with another filling each time."""

    tongue: str
    section: str
    count: Range
    pause: Positive = 26.0
    spread: Annotated[float, msgspec.Meta(ge=0, le=3)] = 0.95
    begin: tuple[Hour, Hour] = (9.0, 15.0)


class Documents(Habit, frozen=True, kw_only=True, tag="documents"):
    """Long material, pasted or attached, and questions about it."""

    count: Range
    chars: tuple[_Chars, _Chars]
    stock: _Count = 0  # documents used over and over; 0: a new one each time
    edits: Share = 0.0  # share of the paragraphs that differ from last time
    attached: Share = 0.0  # share whose text the log does not hold
    questions: Range = (1, 1)
    instructions: _Count = 0  # different instructions; 0: as many as there are documents


class Ring(Habit, frozen=True, kw_only=True, tag="ring"):
    """Prompts agreed on in a group."""

    agreed: Annotated[int, msgspec.Meta(ge=1, le=1000)]  # prompts in the whole period
    attends: Share = 0.9
    copies: Range = (1, 2)
    lasts: Annotated[int, msgspec.Meta(ge=1, le=60)] = 1  # days over which a prompt goes around
    reword: Share = 0.0
    pad: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    tongue: str = "idle"
    section: str = "idle"


class TopUp(Habit, frozen=True, kw_only=True, tag="top_up"):
    """Filling up a week to the published target."""

    weeks: Share = 1.0
    over: tuple[Positive, Positive] = (1.005, 1.07)  # of the target
    late: bool = True  # on the last days of the week, not spread over it


class Gesture(Habit, frozen=True, kw_only=True, tag="gesture"):
    """One or two tiny calls late in the week, to count as active."""

    count: Range = (1, 2)


class Agents(Habit, frozen=True, kw_only=True, tag="agents"):
    """Coding agents at work: many calls for a typed prompt, with a large cached context."""

    turns: Range
    steps: Positive = 6.0  # mean number of calls for a typed prompt
    told: Share = 0.5  # share of people whose log tells the agent's steps from typed prompts


class Circular(Habit, frozen=True, kw_only=True, tag="circular"):
    """Agents that pass the same messages around."""

    calls: Range
    noise: Share = 0.05
    begin: tuple[Hour, Hour] = (17.0, 22.0)


class Samples(Habit, frozen=True, kw_only=True, tag="samples"):
    """One prompt sent many times on purpose, to compare the answers."""

    prompts: Range
    copies: Range
    gap: Positive = 1.2


class Cron(Habit, frozen=True, kw_only=True, tag="cron"):
    """A job that runs by the clock, every day."""

    tongue: str
    section: str
    period: Annotated[float, msgspec.Meta(ge=0.5, le=100_000)]  # minutes
    hours: tuple[Hour, Hour] = (0.0, 24.0)
    fixed: bool = False  # the same words each time
    at_work: bool = False  # only while the person is there


class Standup(Habit, frozen=True, kw_only=True, tag="standup"):
    """A template that the whole team uses every morning."""

    command: bool = False  # a slash-command, the same text for everybody


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="what"):
    """What happens to calls on their way into the log."""


class Resend(Change, frozen=True, kw_only=True, tag="resend"):
    """The client sends a request twice within milliseconds, each under an id of its own."""

    share: Share
    most: Annotated[int, msgspec.Meta(ge=2, le=100)] = 2
    gap_ms: Range = (2, 60)


class LogTwice(Change, frozen=True, kw_only=True, tag="log_twice"):
    """The logger writes a call twice, under the same id."""

    share: Share


class Pad(Change, frozen=True, kw_only=True, tag="pad"):
    """Needless material on top of what a prompt needs."""

    share: Share
    factor: Annotated[float, msgspec.Meta(ge=1, le=1000)]
    grows: bool = False  # from nothing to twice the factor over the period


class Mark(Change, frozen=True, kw_only=True, tag="mark"):
    """Answers marked as used at once, whatever they are; and tasks reported for them."""

    share: Share
    tasks: Factor = 0.0


AnyHabit = (
    Asks | Repeats | Runs | Loop | Template | Documents | Ring | TopUp | Gesture | Agents | Circular | Samples | Cron
    | Standup
)  # fmt: skip
AnyChange = Resend | LogTwice | Pad | Mark
