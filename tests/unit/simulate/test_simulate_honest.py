"""Honest people look as odd as they are meant to, and behave like people: bursty, heavy-tailed, in office hours."""

from __future__ import annotations

import polars as pl
import pytest

from tests.paths import SHARED
from tests.unit.simulate.populations import everybody, people_of, some
from tokenscan.simulate.calendar import QUOTA

TOKENS = pl.col("input_tokens") + pl.col("output_tokens")
OK = pl.col("status") == "ok"


def calls_of(kind: str, count: int = 6) -> pl.DataFrame:
    return some(kind, count).filter(OK)


def plain_calls() -> pl.DataFrame:
    lives = everybody(gamer_share=0.0)
    places = [place for place, person in enumerate(lives.people) if person.kind.plain]
    return lives.calls.filter(OK & pl.col("person").is_in(places))


def gap_spread(calls: pl.DataFrame, user: str, session: str, time: str) -> float:
    gap = pl.col(time).diff().over(user, session).dt.total_seconds(fractional=True)
    gaps = calls.sort(time).select(gap.alias("gap")).filter(pl.col("gap").is_between(1, 1800))["gap"]
    return gaps.log().std()


def daily_spread(calls: pl.DataFrame, user: str, time: str) -> float:
    days = calls.group_by(user, pl.col(time).dt.date().alias("day")).len()
    return (
        days.group_by(user)
        .agg(pl.len().alias("days"), pl.col("len").log().std())
        .filter(pl.col("days") > 15)["len"]
        .median()
    )


@pytest.mark.skipif(not SHARED.is_dir(), reason="published data is not here")
def test_ordinary_people_pause_repeat_and_vary_as_real_ones_do() -> None:
    ours = plain_calls()
    real = pl.read_parquet(SHARED / "entire" / "prompts.parquet").filter(pl.col("kind") == "prompt")
    pauses = gap_spread(ours, "person", "session_id", "timestamp"), gap_spread(real, "user", "session_id", "ts")
    assert abs(pauses[0] - pauses[1]) < 0.2
    swings = daily_spread(ours, "person", "timestamp"), daily_spread(real, "user", "ts")
    assert abs(swings[0] - swings[1]) < 0.25
    repeated = [1 - prompts.n_unique() / len(prompts) for prompts in (ours["prompt"], real["text"])]
    assert repeated[0] < 2 * repeated[1] + 0.05
    words = [(prompts.str.count_matches(r"\s+") + 1).median() for prompts in (ours["prompt"], real["text"])]
    assert 0.5 < words[0] / words[1] < 2
    short = [(prompts.str.count_matches(r"\s+") < 3).mean() for prompts in (ours["prompt"], real["text"])]
    assert abs(short[0] - short[1]) < 0.1


def test_ordinary_people_hardly_ever_repeat_a_full_sentence() -> None:
    full = plain_calls().filter(pl.col("prompt").str.split(" ").list.len() >= 6)
    own = full.group_by("person").agg((1 - pl.col("prompt").n_unique() / pl.len()).alias("share"))["share"]
    assert own.median() < 0.01
    assert own.max() < 0.05


def test_ordinary_people_work_by_day_and_in_the_week() -> None:
    calls = some("plain_support", 12)
    assert (calls["timestamp"].dt.weekday() > 5).mean() < 0.05
    offices = calls.with_columns(pl.col("timestamp").dt.hour().alias("hour")).group_by("user", "hour").len()
    assert offices.group_by("user").agg(pl.col("hour").n_unique())["hour"].max() <= 16


def test_ordinary_volume_has_a_heavy_tail() -> None:
    days = plain_calls().group_by("person", pl.col("timestamp").dt.date()).agg(TOKENS.sum().alias("tokens"))
    ratio = days.group_by("person").agg((pl.col("tokens").max() / pl.col("tokens").median()).alias("ratio"))["ratio"]
    assert 4 < ratio.median() < 20


def test_tasks_follow_work() -> None:
    lives = people_of("plain_engineering", 12)
    users = [person.user for person in lives.people]
    places = pl.DataFrame({"person": range(len(users)), "user": users}, schema_overrides={"person": pl.UInt32})
    worked = lives.calls.filter(OK).join(places, on="person").group_by("user").agg(pl.len().alias("calls"))
    done = lives.outcomes.group_by("user").agg(pl.col("tasks_completed").sum())
    joined = worked.join(done, on="user").filter(pl.col("calls") > 100)
    assert joined.select(pl.corr("calls", "tasks_completed")).item() > 0.7
    assert (joined["calls"] / joined["tasks_completed"]).is_between(2, 9).all()


def test_agentic_coders_make_many_calls_with_cached_context() -> None:
    agent = calls_of("agentic_coder").filter(pl.col("app") == "coding-agent")
    assert agent.height > 0.7 * calls_of("agentic_coder").height
    assert agent.select(pl.col("cache_read_tokens").sum() / pl.col("input_tokens").sum()).item() > 0.8


def test_a_resending_client_sends_the_same_within_milliseconds_under_new_ids() -> None:
    calls = calls_of("resending_client").sort("user", "timestamp")
    again = calls.filter(
        (pl.col("prompt") == pl.col("prompt").shift().over("user"))
        & (pl.col("timestamp").diff().over("user") < pl.duration(milliseconds=100))
    )
    assert 0.15 < again.height / calls.height < 0.35
    assert calls["event_id"].n_unique() == calls.height


def test_a_double_logger_writes_half_of_the_calls_twice_under_one_id() -> None:
    calls = some("double_logger", 6)
    twice = calls.group_by("event_id").len().filter(pl.col("len") == 2)
    assert 0.4 < twice.height / calls["event_id"].n_unique() < 0.6


def test_retry_storms_fail_before_they_work() -> None:
    calls = some("retry_storm", 6)
    assert 0.2 < (calls["status"] == "error").mean() < 0.45
    assert (some("plain", 6)["status"] == "error").mean() < 0.06


def test_evaluators_send_one_prompt_many_times_through_the_api() -> None:
    api = calls_of("evaluator").filter(pl.col("app") == "api")
    assert api.group_by("session_id").agg(pl.len())["len"].min() >= 5  # 8 copies, of which some may fail
    assert api.group_by("session_id").agg(pl.col("prompt").n_unique())["prompt"].max() == 1
    assert api["used"].null_count() == api.height


def test_batches_have_a_fresh_filling_each_time() -> None:
    sheet = calls_of("batch_analyst").filter(pl.col("app") == "spreadsheet-addon")
    days = sheet.group_by("user", "day").agg(pl.len(), pl.col("prompt").n_unique()).filter(pl.col("len") > 50)
    assert days.height > 5
    assert (days["prompt"] / days["len"]).min() > 0.9
    known = sheet.filter(pl.col("prompt").str.len_chars() > 60)["used"].drop_nulls()
    assert known.mean() > 0.7


def test_slash_commands_are_word_for_word_the_same_in_a_team() -> None:
    calls = calls_of("slash_commands", 6)
    common = calls.group_by("prompt").agg(pl.col("user").n_unique(), pl.len()).filter(pl.col("user") == 6)
    assert common["len"].max() > 100


def test_a_training_sends_the_same_exercises_on_two_days() -> None:
    calls = calls_of("training", 8)
    shared = calls.group_by("day", "prompt").agg(pl.col("user").n_unique()).filter(pl.col("user") >= 5)
    assert 1 <= shared["day"].n_unique() <= 2


@pytest.mark.parametrize(
    ("kind", "count", "least"),
    [("hackathon", 5, 4), ("unplanned_hackathon", 4, 3.5), ("on_call", 6, 4), ("seasonal_team", 6, 1.4)],
)
def test_events_lift_volume_and_results(kind: str, count: int, least: float) -> None:
    lives = people_of(kind, count)
    done = lives.outcomes
    rank = pl.col("tasks_completed").rank("ordinal", descending=True).over("user")
    best = done.filter(rank <= 2)["tasks_completed"].mean()
    assert best > least * max(1.0, done["tasks_completed"].median())
    assert bool(lives.planned) == (kind == "hackathon")


def test_quarters_end_with_more_work() -> None:
    days = calls_of("quarter_end", 10).group_by("user", "day").len()
    late = pl.col("day").is_between(pl.date(2026, 3, 25), pl.date(2026, 4, 3))
    assert days.filter(late)["len"].mean() > 1.8 * days.filter(~late)["len"].mean()


def test_review_writers_work_more_before_the_review() -> None:
    lives = people_of("review_writer", 12)
    near = pl.col("date").is_between(pl.date(2026, 3, 2), pl.date(2026, 3, 15))
    done = lives.outcomes.filter(pl.col("user").is_in(some("review_writer", 12)["user"].unique().to_list()))
    assert done.filter(near)["tasks_completed"].mean() > 1.3 * done.filter(~near)["tasks_completed"].mean()


def test_translations_differ_by_little() -> None:
    document = calls_of("translator").filter(pl.col("prompt").str.contains("Translat|->"))
    openings = document.select(pl.col("prompt").str.slice(0, 12).alias("opening"), "user")
    assert openings.group_by("user").agg(pl.len() / pl.col("opening").n_unique())["len"].min() > 3


def test_people_near_the_target_are_there_by_chance() -> None:
    weeks = calls_of("near_quota", 20).group_by("user", pl.col("day").dt.truncate("1w")).agg(TOKENS.sum().alias("t"))
    assert weeks["t"].is_between(0.5 * QUOTA, 2.5 * QUOTA).mean() > 0.4
    assert weeks["t"].is_between(QUOTA, 1.1 * QUOTA).mean() < 0.15


def test_part_timers_night_workers_and_joiners_keep_their_times() -> None:
    assert calls_of("part_timer", 10).group_by("user").agg(pl.col("day").n_unique())["day"].max() < 48
    assert calls_of("new_joiner", 6)["day"].min() > pl.Series(["2026-01-28"]).str.to_date()[0]
    people = people_of("night_worker", 6).people
    zones = {person.user: person.zone for person in people}
    for (user,), calls in calls_of("night_worker", 6).group_by("user"):
        hours = calls["timestamp"].dt.convert_time_zone(zones[str(user)]).dt.hour()
        assert hours.is_between(10, 16).mean() < 0.1


def test_a_migration_changes_the_model_and_the_length_of_answers() -> None:
    calls = calls_of("migrated", 8)
    late = pl.col("day") > pl.date(2026, 2, 16)
    assert set(calls.filter(late)["model"]) == {"gemini-2.5-pro"}
    assert calls.filter(late)["output_tokens"].median() > 1.05 * calls.filter(~late)["output_tokens"].median()


@pytest.mark.parametrize(("kind", "in_people_file"), [("service", True), ("undeclared_service", False)])
def test_services_run_around_the_clock(kind: str, in_people_file: bool) -> None:
    hours = some(kind, 2)["timestamp"].dt.hour().value_counts()
    assert hours.height == 24
    assert hours["count"].max() <= 2.2 * hours["count"].min()  # every 45 or 60 minutes
    assert all(person.kind.declared == in_people_file for person in people_of(kind, 2).people if person.is_service
               and person.kind.name == "those")  # fmt: skip
