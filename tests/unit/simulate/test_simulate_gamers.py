"""Every kind of gamer does what it says, measured on its calls."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.unit.simulate.populations import people_of, some
from tokenscan.simulate.calendar import QUOTA

TOKENS = pl.col("input_tokens") + pl.col("output_tokens")
OK = pl.col("status") == "ok"


def wasted(kind: str, dose: float = 1.0, count: int = 6) -> pl.DataFrame:
    return some(kind, count, dose).filter(pl.col("waste_tokens") > 0)


def gaps(calls: pl.DataFrame, *over: str) -> pl.Series:
    gap = pl.col("timestamp").diff().over(*over).dt.total_seconds(fractional=True)
    return calls.filter(OK).sort("timestamp").select(gap.alias("gap")).filter(pl.col("gap").is_between(1, 1800))["gap"]


def test_a_loop_keeps_its_pace_and_an_evasive_one_does_not() -> None:
    full, half = wasted("scripted_loop"), wasted("scripted_loop", 0.5)
    spread = [
        gaps(calls, "user", "day").log().std() for calls in (full.filter(pl.col("user") == full["user"][0]), half)
    ]
    assert spread[0] < 0.35
    assert spread[1] > 0.6
    assert full.group_by("user").agg(pl.col("prompt").n_unique())["prompt"].max() == 6
    assert half.group_by("user").agg(pl.col("prompt").n_unique())["prompt"].min() > 50


def test_a_ring_sends_the_same_prompt_on_one_day_and_a_quiet_one_does_not() -> None:
    def most_on_a_day(calls: pl.DataFrame) -> int:
        return calls.group_by("day", "prompt").agg(pl.col("user").n_unique())["user"].max()

    assert most_on_a_day(wasted("copy_ring", 1.0, 7)) >= 6
    assert most_on_a_day(wasted("copy_ring", 0.5, 7)) <= 2
    quiet = wasted("copy_ring", 0.5, 7)
    assert quiet.group_by("day").agg(pl.col("user").n_unique())["user"].mean() < 4.5


def test_a_mill_fills_one_wording() -> None:
    calls = wasted("template_mill")
    assert calls.group_by("user", "day").len()["len"].min() >= 60
    assert calls["used"].mean() < 0.05


def test_a_list_is_short_and_an_evasive_one_is_reworded() -> None:
    assert wasted("duplicate_list").group_by("user").agg(pl.col("prompt").n_unique())["prompt"].max() == 7
    half = wasted("duplicate_list", 0.5)
    assert half["prompt"].n_unique() > 0.9 * half.height


def test_regenerated_requests_stand_in_runs_whose_first_call_is_no_waste() -> None:
    calls = some("regenerate").filter(OK)
    runs = wasted("regenerate").group_by("session_id").agg(pl.len(), pl.col("prompt").n_unique())
    assert runs["len"].min() >= 4  # the first of five is legitimate
    assert runs["len"].max() <= 8
    assert runs["prompt"].max() == 1
    firsts = calls.filter(pl.col("session_id").is_in(runs["session_id"].to_list())).group_by("session_id").first()
    assert firsts["waste_tokens"].sum() == 0
    again = wasted("regenerate", 0.5).group_by("session_id").agg(pl.len(), pl.col("prompt").n_unique())
    assert again["prompt"].mean() > 1.5


def test_discarded_documents_are_few_long_and_sent_often() -> None:
    calls = wasted("discarded_document")
    assert calls["input_tokens"].min() > 8_000
    documents = calls.with_columns(pl.col("prompt").str.split("\n\n").list.slice(1).list.join("\n").alias("document"))
    assert documents.group_by("user").agg(pl.col("document").n_unique())["document"].max() == 2
    assert calls["used"].mean() < 0.1
    edited = wasted("discarded_document", 0.5)
    assert edited["prompt"].n_unique() == edited.height


def test_padding_wastes_exactly_what_is_on_top() -> None:
    calls = some("padding").filter(OK)
    padded = calls.filter(pl.col("waste_tokens") > 0)
    assert 0.8 < padded.height / calls.height < 0.97
    share = padded["waste_tokens"].sum() / padded.select(TOKENS.sum()).item()
    assert 0.7 < share < 0.9  # factor 5: four fifths
    rest = some("padding", 6, 0.5).filter(OK)
    assert 0.35 < rest.filter(pl.col("waste_tokens") > 0).height / rest.height < 0.62


def test_slow_padding_grows() -> None:
    calls = some("slow_padding", 10).filter(OK).sort("timestamp")
    months = calls.group_by(pl.col("timestamp").dt.month()).agg(
        (pl.col("waste_tokens").sum() / (TOKENS.sum() - pl.col("waste_tokens").sum())).alias("share")
    )
    january, _, march = months.sort("timestamp")["share"].to_list()[:3]
    assert march > 2.5 * january


def test_trivial_prompts_are_short_and_small() -> None:
    calls = wasted("trivial_prompts")
    assert calls["prompt"].str.split(" ").list.len().median() <= 10
    assert calls["output_tokens"].median() < 300


def test_overkill_takes_the_dearest_model() -> None:
    assert set(wasted("premium_overkill")["model"]) == {"claude-opus-4-5"}


def test_unread_answers_are_followed_at_once() -> None:
    calls = wasted("unread_answers").sort("timestamp")
    ended = pl.col("timestamp") + pl.duration(milliseconds=pl.col("latency_ms"))
    session = ("user", "session_id")
    left = calls.select(
        (pl.col("timestamp") - ended.shift().over(session)).dt.total_seconds(fractional=True).alias("left"),
        pl.col("output_tokens").shift().over(session).alias("words") * 0.75,
    ).drop_nulls()
    assert left["words"].median() > 600
    assert left["left"].median() < 30


def test_agents_in_a_circle_repeat_what_was_said_two_or_three_calls_ago() -> None:
    calls = wasted("circular_agent").sort("timestamp")
    same = [
        calls.select((pl.col("prompt") == pl.col("prompt").shift(lag).over("user", "session_id")).mean()).item()
        for lag in (1, 2, 3)
    ]
    assert same[0] < 0.1
    assert max(same[1:]) > 0.4
    assert calls.group_by("session_id").len()["len"].max() >= 60


@pytest.mark.parametrize(("dose", "least", "most"), [(1.0, 18, 90), (0.5, 6, 18)])
def test_prompts_per_task(dose: float, least: float, most: float) -> None:
    lives = people_of("prompts_per_task", 6, dose)
    calls = some("prompts_per_task", 6, dose).filter(OK)
    tasks = lives.outcomes.filter(pl.col("user").is_in(calls["user"].unique().to_list()))["tasks_completed"].sum()
    assert least <= calls.height / tasks <= most


@pytest.mark.parametrize(("dose", "least", "most"), [(1.0, 1.9, 6.0), (0.5, 1.15, 2.2)])
def test_usage_rises_before_the_review_and_falls_back(dose: float, least: float, most: float) -> None:
    calls = some("review_window", 12, dose).filter(OK)
    daily = calls.group_by("user", "day").len()
    near = pl.col("day").is_between(pl.date(2026, 3, 2), pl.date(2026, 3, 15))
    rise = daily.filter(near)["len"].mean() / daily.filter(~near)["len"].mean()
    assert least < rise < most
    # The run-up is fourteen days of the person's own; here days are cut in UTC.
    assert calls.filter(pl.col("waste_tokens") > 0)["day"].is_between(date(2026, 3, 1), date(2026, 3, 16)).all()


def test_weeks_end_just_above_the_target() -> None:
    weeks = some("quota_bunching").group_by("user", pl.col("day").dt.truncate("1w")).agg(TOKENS.sum().alias("tokens"))
    full = weeks.filter(pl.col("tokens") > 0.6 * QUOTA)["tokens"] / QUOTA  # weeks of leave are too short to fill
    assert full.is_between(1.0, 1.1).mean() > 0.85
    late = wasted("quota_bunching")["timestamp"].dt.weekday()
    assert (late >= 3).mean() > 0.85
    early = wasted("quota_bunching", 0.5)["timestamp"].dt.weekday()
    assert (early < 3).mean() > 0.3


def test_a_gesture_is_one_or_two_tiny_calls_a_week() -> None:
    calls = some("token_gesture").filter(OK)
    weeks = calls.group_by("user", pl.col("day").dt.truncate("1w")).agg(pl.len(), TOKENS.max().alias("largest"))
    assert weeks["len"].max() <= 2
    assert weeks["largest"].max() <= 500


def test_a_whole_team_inflates() -> None:
    lives = people_of("collective_inflation", 6)
    assert len({person.team for person in lives.people if person.kind.name == "those"}) == 1
    assert wasted("collective_inflation")["user"].n_unique() == 6


def test_inflated_outcomes_are_marked_used_and_claimed() -> None:
    calls = wasted("inflated_outcomes")
    assert calls["used"].mean() > 0.9
    assert calls["output_tokens"].median() < 30
    lives = people_of("inflated_outcomes", 6)
    tasks = lives.outcomes.filter(pl.col("user").is_in(calls["user"].unique().to_list()))["tasks_completed"].sum()
    assert tasks > 0.15 * calls.height


def test_spikes_are_few_and_far_above_the_own_median() -> None:
    calls = some("spike")
    days = calls.group_by("user", "day").agg(TOKENS.sum().alias("tokens"), pl.col("waste_tokens").sum())
    spikes = days.filter(pl.col("waste_tokens") > 0)
    assert spikes.group_by("user").len()["len"].max() == 5
    usual = days.filter(pl.col("waste_tokens") == 0).group_by("user").agg(pl.col("tokens").median().alias("usual"))
    ratios = spikes.join(usual, on="user").select(pl.col("tokens") / pl.col("usual"))["tokens"]
    assert ratios.median() > 10


@pytest.mark.parametrize(("kind", "least"), [("token_burner", 500_000), ("idle_agent", 1_000_000)])
def test_burners_reach_what_no_desk_needs(kind: str, least: int) -> None:
    days = wasted(kind).group_by("user", "day").agg(TOKENS.sum().alias("tokens"))
    assert days["tokens"].median() > least
