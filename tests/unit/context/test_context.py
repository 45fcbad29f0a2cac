"""Outcomes, the calendar, and how all of it meets the events."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tokenscan.config import Config, HolidayEntry, PlannedEntry, QuotaEntry, ReviewEntry
from tokenscan.context.attribute import attribute, unknown_people
from tokenscan.context.load import load_context
from tokenscan.context.model import OUTCOMES, Context, Planned, Quota, Review
from tokenscan.context.tables import read_outcomes
from tokenscan.errors import UsageError

DAY = date(2026, 2, 16)


def outcomes(folder: Path, content: str | pl.DataFrame) -> pl.DataFrame:
    path = folder / ("o.csv" if isinstance(content, str) else "o.parquet")
    path.write_text(content, encoding="utf-8") if isinstance(content, str) else content.write_parquet(path)
    found, _ = read_outcomes(path)
    assert found.schema == OUTCOMES
    return found


def refused(folder: Path, content: str | pl.DataFrame) -> str:
    with pytest.raises(UsageError) as raised:
        outcomes(folder, content)
    return str(raised.value).partition(": ")[2]


def test_outcomes_are_read_by_person_or_team(tmp_path: Path) -> None:
    content = (
        "user,date,team,tasks_completed,errors,hours_ai,more\nann,2026-02-16,,3,0.5,,x\n,2026-02-17T10:00,t1,4,,2,x\n"
    )
    found = outcomes(tmp_path, content)
    assert found.select("date", "user", "team", "tasks_completed", "errors", "hours_ai", "value").rows() == [
        (DAY, "ann", None, 3.0, 0.5, None, None),
        (date(2026, 2, 17), None, "t1", 4.0, None, 2.0, None),
    ]
    assert read_outcomes(tmp_path / "o.csv")[1] == ["o.csv: column more not used"]
    assert outcomes(tmp_path, "date,user,tasks_completed\n").height == 0


def test_outcomes_of_typed_columns_are_read(tmp_path: Path) -> None:
    typed = {"date": [DAY], "user": ["ann"], "tasks_completed": [3], "hours_ai": [Decimal("1.5")]}
    times = typed | {"date": [datetime(2026, 2, 16, 23)]}  # noqa: DTZ001
    for columns in (typed, times):
        assert outcomes(tmp_path, pl.DataFrame(columns)).select("date", "tasks_completed", "hours_ai").rows() == [
            (DAY, 3.0, 1.5)
        ]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("2026-02-16,ann,3\n16.02.2026,ann,3\n", "row 3: date '16.02.2026' is no date"),
        ("2026-02-16,ann,3\n\n2026-02-30,ann,3\n", "row 4: date '2026-02-30' is no date"),
        ("2026-02-16,ann,3\n2026-02-17,ann,many\n", "row 3: tasks_completed 'many' is no number"),
        ("2026-02-16,ann,-3\n", "row 2: tasks_completed '-3' is no number"),
        ("2026-02-16,ann,nan\n", "row 2: tasks_completed 'nan' is no number"),
        ('2026-02-16,ann,"1,5"\n', "row 2: tasks_completed '1,5' is no number"),
        (",ann,3\n", "row 2: no date"),
        ("2026-02-16,ann,3\n2026-02-16,,3\n", "row 3: no user or team"),
        ("2026-02-16,ann,\n", "no tasks_completed"),
    ],
)
def test_a_bad_outcome_is_named_with_its_row(tmp_path: Path, rows: str, problem: str) -> None:
    assert refused(tmp_path, "date,user,tasks_completed\n" + rows) == problem


def test_columns_that_outcomes_need(tmp_path: Path) -> None:
    assert refused(tmp_path, "user,tasks_completed\nann,1\n") == "no column 'date' (it has: user, tasks_completed)"
    assert refused(tmp_path, "date,user\n2026-02-16,ann\n") == "no tasks_completed"
    assert refused(tmp_path, pl.DataFrame({"date": [DAY], "tasks_completed": [1.0]})) == "row 1: no user or team"


def test_the_config_becomes_the_context(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("user,team,x\nann,t1,1\n")
    (tmp_path / "o.csv").write_text("date,user,tasks_completed\n2026-02-16,ann,3\n")
    config = Config(
        people="p.csv", outcomes="o.csv", timezone="Asia/Tokyo", min_group_size=7,
        reviews=[ReviewEntry(date=date(2026, 5, 18), name="Q2"), ReviewEntry(date=DAY, teams=["t1"])],
        quotas=[QuotaEntry(metric="tokens", period="week", minimum=50_000)],
        holidays=[HolidayEntry(date=date(2026, 1, 16))],
        planned=[PlannedEntry(name="hackathon", start=date(2026, 3, 21), end=date(2026, 3, 23), users=["ann"])],
    )  # fmt: skip
    loaded = load_context(config, tmp_path, reviews=[date(2026, 4, 1)])
    context = loaded.context
    assert context.reviews == (
        Review(name="2026-02-16", day=DAY, teams=frozenset({"t1"})),
        Review(name="2026-04-01", day=date(2026, 4, 1)),
        Review(name="Q2", day=date(2026, 5, 18)),
    )
    assert context.quotas == (Quota(metric="tokens", period="week", minimum=50_000.0),)
    assert context.holidays == {date(2026, 1, 16)}
    days = {"start": date(2026, 3, 21), "end": date(2026, 3, 23)}
    assert context.planned == (Planned(name="hackathon", **days, users=frozenset({"ann"})),)
    assert (context.timezone, context.min_group_size) == ("Asia/Tokyo", 7)
    assert (context.people.height, context.outcomes.height) == (1, 1)
    assert loaded.notes == ("p.csv: column x not used",)
    assert loaded.files == (tmp_path / "p.csv", tmp_path / "o.csv")


def test_options_go_before_the_config(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("user\nbob\n")
    loaded = load_context(Config(people="gone.csv"), tmp_path, people=tmp_path / "mine.csv", timezone="Europe/Paris")
    assert loaded.context.people["user"].to_list() == ["bob"]
    assert loaded.context.timezone == "Europe/Paris"
    with pytest.raises(UsageError, match=r"gone\.csv: cannot be read"):
        load_context(Config(people="gone.csv"), tmp_path)


def test_without_anything_the_context_is_empty() -> None:
    loaded = load_context(Config(), Path())
    assert (loaded.notes, loaded.files) == ((), ())
    assert loaded.context.people.is_empty()
    assert loaded.context.timezone == "UTC"


@pytest.mark.parametrize("zone", ["Mars", "", "+02:00", "localtime", "a\0b"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(UsageError, match="unknown time zone"):
        load_context(Config(timezone=zone), Path())


def test_a_planned_event_ends_after_it_starts() -> None:
    backwards = PlannedEntry(name="load test", start=date(2026, 3, 2), end=date(2026, 3, 1))
    with pytest.raises(UsageError, match="'load test' ends before it starts"):
        load_context(Config(planned=[backwards]), Path())


@pytest.fixture
def context() -> Context:
    """Return what is known of Ann, of two names and one team, and of Bob, of none."""
    people = pl.DataFrame({"user": ["Ann", "bob"], "team": ["t1", None]})
    aliases = pl.DataFrame({"alias": ["a.b@x.com", "ann", "bob"], "user": ["Ann", "Ann", "bob"]})
    return Context(people=people, aliases=aliases)


def events(*users: str | None) -> pl.DataFrame:
    return pl.DataFrame({"user": users, "team": "logged"}, schema={"user": pl.String, "team": pl.String})


def test_names_become_people_and_the_people_files_team_goes_first(context: Context) -> None:
    found = attribute(events("ANN", "A.B@X.com", "Bob", "Eve@X.com", "Eve", None), context)
    assert found.rows() == [
        ("Ann", "t1"), ("Ann", "t1"), ("bob", "logged"), ("eve@x.com", "logged"), ("Eve", "logged"), (None, "logged"),
    ]  # fmt: skip
    assert attribute(events("A@X.com", "B"), Context())["user"].to_list() == ["a@x.com", "B"]


def test_people_the_file_does_not_name_are_listed(context: Context) -> None:
    found = attribute(events("ann", "zoe", "eve", "eve", None), context)
    assert unknown_people(found, context) == ("eve", "zoe")
    assert unknown_people(found, Context()) is None
