"""The demo tells its story: the planted gamers are named, the honest confounders are not."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.paths import SAMPLES
from tests.samples import sample_report
from tokenscan.report.model import Band, Report


@pytest.fixture(scope="module")
def report() -> Report:
    """Return the report of all sample logs."""
    return sample_report()


@pytest.fixture(scope="module")
def labels() -> pl.DataFrame:
    """Return who is what."""
    return pl.read_csv(SAMPLES / "labels.csv")


def bands(report: Report) -> dict[Any, Band]:
    """Return each person's band."""
    return {person.user: person.band for person in report.people}


def test_every_planted_kind_is_named(report: Report, labels: pl.DataFrame) -> None:
    found = bands(report)
    # What a whole team does shows in the team, not in its members.
    gamers = labels.filter((pl.col("label") == "gamer") & ~pl.col("kind").str.contains("team"))
    missed = [user for user in gamers["user"] if found[user] is Band.NONE]
    assert missed == []


def test_no_honest_person_is_named(report: Report, labels: pl.DataFrame) -> None:
    found = bands(report)
    honest = labels.filter(pl.col("label") == "honest")["user"]
    assert [user for user in honest if found.get(user, Band.NONE) is not Band.NONE] == []


def test_the_inflated_team_is_a_finding(report: Report) -> None:
    teams = {finding.subject.team for finding in report.findings if finding.rule_id == "team-above-comparable-teams"}
    assert teams == {"support-apac"}


def test_services_declared_or_not_are_never_ranked(report: Report, labels: pl.DataFrame) -> None:
    services = labels.filter(pl.col("kind").str.contains("service"))["user"].to_list()
    assert len(services) == 3
    assert not set(services) & {person.user for person in report.people}
    assert {account.split(" ")[0] for account in report.input.service_accounts} == set(services)


def test_every_rule_could_run_that_has_something_to_look_at(report: Report) -> None:
    assert {rule.id: rule.reason for rule in report.rules if rule.status != "ran"} == {
        "discarded-document": "nobody sent a document of 10,000 characters in two sessions",
        "idle-agent": "no app in which 4 people let agents run and marks tell what was used",
        "template-mill": "nobody filled wordings 100 times",
    }
