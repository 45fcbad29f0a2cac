from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_logs"
SPEND_LOGS = SAMPLE / "litellm" / "spend_logs.jsonl"
SESSIONS = SAMPLE / "claude_code" / "projects"
WRITTEN_WITH = "2.1.0"  # Parquet bytes may change with the version of Polars, rows may not
TEMPLATES = r"(?i)^(turn my notes into a stand-up update|assign a cost category)"


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    subprocess.run([sys.executable, "-m", "sample_logs.generator", str(out)], cwd=ROOT, check=True)
    return out


@pytest.fixture(scope="module")
def chat() -> pl.DataFrame:
    return pl.read_parquet(SAMPLE / "logs.parquet")


def rows_of(name: str) -> list[dict[str, str]]:
    with (SAMPLE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def json_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def kinds() -> dict[str, str]:
    return {row["user"]: row["kind"] for row in rows_of("labels.csv")}


def files_below(folder: Path) -> set[str]:
    data = {".parquet", ".jsonl", ".csv", ".toml"}
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix in data}


def test_the_generator_writes_the_committed_text_files_byte_for_byte(regenerated: Path) -> None:
    assert files_below(regenerated) == files_below(SAMPLE)
    for name in sorted(files_below(SAMPLE) - {"logs.parquet"}):
        assert (regenerated / name).read_bytes() == (SAMPLE / name).read_bytes(), name


def test_the_generator_writes_the_committed_table(regenerated: Path, chat: pl.DataFrame) -> None:
    assert pl.read_parquet(regenerated / "logs.parquet").equals(chat)


@pytest.mark.skipif(pl.__version__ != WRITTEN_WITH, reason="another version may encode the same rows differently")
def test_the_table_has_the_committed_bytes(regenerated: Path) -> None:
    assert (regenerated / "logs.parquet").read_bytes() == (SAMPLE / "logs.parquet").read_bytes()


def test_sizes_stay_small() -> None:
    assert (SAMPLE / "logs.parquet").stat().st_size < 2_000_000
    assert SPEND_LOGS.stat().st_size < 3_000_000
    assert sum(path.stat().st_size for path in SESSIONS.rglob("*.jsonl")) < 1_500_000


def test_the_chat_table_has_the_columns_of_the_contract(chat: pl.DataFrame) -> None:
    assert 15_000 <= chat.height <= 25_000
    assert chat["event_id"].n_unique() == chat.height
    assert set(chat.columns) == {
        *("event_id", "timestamp", "user", "session_id", "task_id", "app", "model", "provider", "prompt"),
        *("response_chars", "input_tokens", "cache_read_tokens", "output_tokens", "latency_ms", "status", "used"),
    }
    assert chat.select(pl.exclude("task_id", "used").null_count()).sum_horizontal().item() == 0
    assert chat.filter(pl.col("cache_read_tokens") > pl.col("input_tokens")).is_empty()
    failed = chat.filter(pl.col("status") == "error")
    assert failed.height > 0
    assert failed["output_tokens"].sum() == 0
    assert failed["used"].null_count() == failed.height
    assert chat["timestamp"].dt.weekday().max() == 5


def test_labels_cover_every_account_and_nobody_else(chat: pl.DataFrame) -> None:
    labels = rows_of("labels.csv")
    people = {row["user"] for row in rows_of("people.csv")}
    assert Counter(row["label"] for row in labels) == {"gamer": 18, "honest": 27}
    assert {row["user"] for row in labels} == people | {"svc-report-digest"}
    assert set(chat["user"]) <= people
    assert len({row["kind"] for row in labels if row["label"] == "gamer"}) == 8
    assert all(row["note"] for row in labels)


def test_every_name_in_the_gateway_and_agent_logs_leads_to_a_person_or_a_service() -> None:
    known = {"svc-report-digest", "ci-nightly", "svc-doc-index"}
    for row in rows_of("people.csv"):
        known |= set(row["aliases"].split(";"))
    assert {row["user"] for row in json_lines(SPEND_LOGS)} <= known
    cwds = {line["cwd"] for path in SESSIONS.rglob("*.jsonl") for line in json_lines(path) if "cwd" in line}
    assert {cwd.split("/")[2] for cwd in cwds} == {"tbrandt", "wlindgren", "salmeida"} & known


def test_teams_are_large_enough_to_be_compared() -> None:
    teams: dict[str, set[str]] = defaultdict(set)
    functions: dict[str, set[str]] = defaultdict(set)
    for row in rows_of("people.csv"):
        if row["kind"] == "human":
            teams[row["team"]].add(row["user"])
            functions[row["function"]].add(row["team"])
    assert sum(map(len, teams.values())) == 42
    assert len(teams) == 8
    assert min(map(len, teams.values())) == 5
    assert len(functions["support"]) == 4


def test_the_config_names_the_review_the_holiday_and_the_hackathon() -> None:
    config = tomllib.loads((SAMPLE / "tokenscan.toml").read_text(encoding="utf-8"))
    assert str(config["reviews"][0]["date"]) == "2026-03-16"
    assert str(config["holidays"][0]["date"]) == "2026-04-03"
    assert config["planned"][0]["teams"] == ["product"]
    assert (SAMPLE / config["people"]).exists()
    assert (SAMPLE / config["outcomes"]).exists()


def test_outcomes_have_one_row_a_person_and_day_worked(chat: pl.DataFrame) -> None:
    outcomes = rows_of("outcomes.csv")
    keys = {(row["date"], row["user"]) for row in outcomes}
    assert len(keys) == len(outcomes)
    active = chat.select(pl.col("timestamp").dt.date().cast(pl.String).alias("date"), "user").unique()
    assert set(active.iter_rows()) <= keys


def test_honest_people_hardly_ever_repeat_a_full_sentence(chat: pl.DataFrame) -> None:
    honest = [row["user"] for row in rows_of("labels.csv") if row["label"] == "honest"]
    sentences = chat.filter(
        pl.col("user").is_in(honest)
        & (pl.col("status") == "ok")
        & (pl.col("prompt").str.split(" ").list.len() >= 4)
        & ~pl.col("prompt").str.contains(TEMPLATES)
    )
    assert sentences.height > 5000
    assert sentences.group_by("prompt").len()["len"].max() <= 5


def test_the_ring_sends_each_prompt_on_one_day_only_and_uses_nothing(chat: pl.DataFrame) -> None:
    ring = [user for user, kind in kinds().items() if kind == "copy_ring"]
    shared = (
        chat.with_columns(
            pl.col("timestamp").dt.date().alias("day"),
            pl.col("prompt").str.split(" ").list.head(10).list.join(" ").alias("opening"),
        )
        .filter(~pl.col("prompt").str.contains(TEMPLATES) & (pl.col("prompt").str.split(" ").list.len() >= 4))
        .group_by("opening", "day")
        .agg(pl.col("user").unique(), pl.col("used").any())
        .filter(pl.col("user").list.len() > 5)
    )
    assert shared.height == 9
    assert shared["opening"].n_unique() == 9
    assert set(shared["user"].explode()) == set(ring)
    assert not shared["used"].any()


def test_the_loop_alone_is_paced_by_a_machine(chat: pl.DataFrame) -> None:
    gap = pl.col("timestamp").diff().over("user", pl.col("timestamp").dt.date()).dt.total_seconds(fractional=True)
    spread = (
        chat.filter(pl.col("status") == "ok")
        .sort("user", "timestamp")
        .with_columns(gap.alias("gap"))
        .filter(pl.col("gap").is_between(1, 1800))
        .group_by("user")
        .agg(pl.col("gap").log().std())
    )
    scripted = spread.filter(pl.col("gap") < 0.5)["user"].to_list()
    assert [kinds()[user] for user in scripted] == ["scripted_loop"]


def test_the_gateway_log_has_the_shape_and_the_flaws_of_spend_logs() -> None:
    rows = json_lines(SPEND_LOGS)
    assert 1_500 <= len(rows) <= 3_000
    assert {row["messages"] for row in rows} == {"{}"}
    assert {row["cache_hit"] for row in rows} == {"None", "True"}
    assert {row["status"] for row in rows} == {"success", "failure"}
    times = Counter(row["request_id"] for row in rows)
    twice = [row for row in rows if times[row["request_id"]] > 1]
    assert 10 <= len(twice) // 2 <= 30
    assert len({json.dumps(row) for row in twice}) == len(twice) // 2
    for row in rows:
        assert re.fullmatch(r"2026-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", row["startTime"])
        assert re.fullmatch(r"[0-9a-f]{64}", row["api_key"])
        assert json.loads(row["proxy_server_request"])["messages"][-1]["role"] == "user"
        assert ("_cache_hit" in row["request_id"]) == (row["cache_hit"] == "True")
        usage = json.loads(row["metadata"])["usage_object"]
        if row["status"] == "failure":
            assert (usage, row["spend"], row["total_tokens"]) == (None, 0.0, 0)
        else:
            assert usage["total_tokens"] == row["prompt_tokens"] + row["completion_tokens"] == row["total_tokens"]
            assert (row["spend"] == 0.0) == (row["cache_hit"] == "True")


def test_the_undeclared_account_works_around_the_clock() -> None:
    hours = Counter(row["startTime"][11:13] for row in json_lines(SPEND_LOGS) if row["user"] == "svc-report-digest")
    assert len(hours) == 24
    assert max(hours.values()) <= 1.1 * min(hours.values())


def test_agent_sessions_repeat_message_ids_with_growing_output() -> None:
    outputs: dict[tuple[str, str], list[int]] = defaultdict(list)
    homes: dict[str, set[str]] = defaultdict(set)
    for path in SESSIONS.rglob("*.jsonl"):
        for line in json_lines(path):
            if line["type"] == "assistant":
                message = line["message"]
                outputs[path.name, message["id"]].append(message["usage"]["output_tokens"])
                homes[message["id"]].add(path.name)
    assert all(counts == sorted(counts) for counts in outputs.values())
    assert sum(len(counts) > 1 for counts in outputs.values()) > 50
    assert any(len(set(counts)) > 1 for counts in outputs.values())
    assert sum(len(files) == 2 for files in homes.values()) > 10  # the resumed session repeats its history


def test_agent_sessions_show_every_kind_of_line() -> None:
    lines = [line for path in SESSIONS.rglob("*.jsonl") for line in json_lines(path)]
    assert {line["type"] for line in lines} == {
        *("user", "assistant", "system", "progress", "summary", "file-history-snapshot")
    }
    users = [line for line in lines if line["type"] == "user"]
    assert any(line.get("isMeta") for line in users)
    assert any(line.get("isCompactSummary") for line in users)
    assert any("toolUseResult" in line for line in users)
    assert any(str(line["message"]["content"]).startswith("<command-name>") for line in users)
    assert any(line["type"] == "progress" and line["data"]["type"] == "agent_progress" for line in lines)
    assert len(list(SESSIONS.rglob("*/subagents/agent-*.jsonl"))) == 1
    assert len([path for path in SESSIONS.rglob("*.jsonl") if path.parent.name != "subagents"]) == 9
