"""GitHub Copilot's usage metrics, by user and of everybody."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from exported import FIXTURES, SHARED, log_of, rows_of, sums, survives, told
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import jsonl, log_file, reasons

from tokenscan.errors import InputError
from tokenscan.sources.base import ReadOptions
from tokenscan.sources.formats.copilot_metrics import CopilotMetrics
from tokenscan.sources.formats.copilot_org import CopilotOrgMetrics
from tokenscan.sources.registry import choose
from tokenscan.sources.sniff import probe

USERS, EVERYBODY = FIXTURES / "copilot-metrics", FIXTURES / "copilot-org-metrics"
REAL = SHARED / "copilot_metrics"
MONTH = USERS / "users-28-day-until-28.jsonl"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


def test_editors_and_cli_are_counted_apart_and_no_breakdown_twice() -> None:
    frame, _ = rows_of(MONTH, "copilot-metrics")
    columns = ("n_requests", "app", "model", "input_tokens", "output_tokens")
    # 24 interactions, 10 of them in the CLI; four lists break the same 24 down.
    assert told(frame, *columns, user="ann-corp", timestamp=day(2)) == [
        (14, "vscode", "gpt-5.4", None, None),
        (10, "copilot_cli", "claude-sonnet-4.6", 100_000, 2_000),
    ]
    # Two editors and two models: neither is the day's; edits of the agent are no interactions.
    assert told(frame, *columns, user="ann-corp", timestamp=day(3)) == [(6, None, None, None, None)]


def test_an_early_report_counts_the_cli_beside_the_total() -> None:
    frame, _ = rows_of(MONTH, "copilot-metrics")
    assert told(frame, "n_requests", "app", "input_tokens", "output_tokens", user="bob", timestamp=day(2)) == [
        (3, "copilot_cli", 5_000, 400)
    ]


def test_a_day_of_completions_only_is_a_day_without_requests() -> None:
    frame, _ = rows_of(MONTH, "copilot-metrics")
    assert told(frame, "n_requests", "input_tokens", user="bob", timestamp=day(3)) == [(0, None)]


def test_a_days_credits_are_its_bill() -> None:
    frame, _ = rows_of(MONTH, "copilot-metrics")
    # 281.5 credits of a cent. The CLI's tokens are in it, so they name no model that would price them again.
    assert told(frame, "n_requests", "model", "cost_nanousd", "cost_kind", user="dora") == [
        (5, "gpt-5.4", None, None),
        (3, None, None, None),
        (0, None, 2_815_000_000, "logged"),
    ]


def test_a_person_without_a_login_is_known_by_the_number() -> None:
    frame, _ = rows_of(MONTH, "copilot-metrics")
    assert told(frame, "user", "user_kind", "app", "model", "n_requests", org="4711", user="77") == [
        ("77", "login", "visualstudio", None, 5)
    ]


def test_rows_of_a_day_say_nothing_of_single_calls() -> None:
    frame, _ = rows_of(MONTH, "copilot-metrics")
    assert set(frame["grain"]) == {"day"}
    assert frame["used"].null_count() == frame["is_agent"].null_count() == frame["prompt"].null_count() == frame.height


def test_days_that_cannot_be_counted_are_named() -> None:
    _, quarantine = rows_of(MONTH, "copilot-metrics")
    assert reasons(quarantine) == {
        "timestamp missing or not readable": [7],
        "n_requests is not a usable number": [8],
    }


def test_overlapping_reports_count_a_day_once_with_its_latest_numbers() -> None:
    log = log_of(MONTH, USERS / "users-28-day-until-29.json", USERS / "enterprise-users-1-day.json")
    events = log.events
    # ann 14 -> 16 (told late) + 10, 6, 2; bob 3 + 0; 77: 5; dora 5 + 3 + 0, 1
    assert sums(events, "n_requests") == (16 + 10 + 6 + 2 + 3 + 5 + 8 + 1,)
    assert sums(events, "input_tokens", "output_tokens") == (114_000, 2_700)
    assert told(events, "n_requests", user="ann-corp", timestamp=day(2), app="vscode") == [(16,)]
    assert log.duplicates["same response id"] == 3
    assert log.bad_rows == 2


@pytest.mark.skipif(not REAL.exists(), reason="the published data is not here")
@pytest.mark.parametrize("name", ["organization-users-28-day-report.json", "organization-users-1-day-report.json"])
def test_the_published_report_adds_up(name: str) -> None:
    path = REAL / "new-api" / name
    days = json.loads(path.read_text())["day_totals"]
    events = log_of(path).events
    cli = [record["totals_by_cli"] for record in days if record.get("totals_by_cli")]
    in_total = Counter(
        bool(
            sum(f["user_initiated_interaction_count"] for f in d["totals_by_feature"] if f["feature"] == "copilot_cli")
        )
        for d in days
        if d.get("totals_by_cli")
    )
    beside = sum(
        d["totals_by_cli"]["prompt_count"]
        for d in days
        if d.get("totals_by_cli") and "copilot_cli" not in {f["feature"] for f in d["totals_by_feature"]}
    )
    assert in_total[True] > 0
    assert sums(events, "n_requests", "input_tokens", "output_tokens") == (
        sum(d["user_initiated_interaction_count"] for d in days) + beside,
        sum(c["token_usage"]["prompt_tokens_sum"] for c in cli),
        sum(c["token_usage"]["output_tokens_sum"] for c in cli),
    )
    credits_used = sum(d.get("ai_credits_used") or 0 for d in days)
    assert sums(events, "cost_nanousd")[0] == pytest.approx(credits_used * 10_000_000, abs=100)


@pytest.mark.skipif(not (SHARED / "samples" / "copilot").exists(), reason="the published data is not here")
def test_the_documentations_example_is_read() -> None:
    events = log_of(SHARED / "samples" / "copilot" / "user_level_metrics.json").events
    assert told(events, "user", "n_requests", "input_tokens", "output_tokens") == [("login1", 2, 3_800, 5_000)]


def test_days_of_everybody_are_nobodys() -> None:
    frame, _ = rows_of(EVERYBODY / "enterprise-28-day.json", "copilot-org-metrics")
    assert told(frame, "timestamp", "user", "user_kind", "org", "n_requests", "grain") == [
        (day(2), None, "none", "12", 40, "day"),
        (day(3), None, "none", "12", 11, "day"),
    ]


def test_the_metrics_api_tells_chats_by_place_and_model() -> None:
    frame, _ = rows_of(EVERYBODY / "metrics-api.json", "copilot-org-metrics")
    assert told(frame, "app", "model", "n_requests") == [
        ("vscode", None, 34),
        ("vscode", "claude-3.7-sonnet", 6),
        ("JetBrains", None, 10),
        ("github.com", None, 3),
        ("vscode", None, 7),
    ]


def test_the_first_usage_api_tells_chat_turns() -> None:
    frame, _ = rows_of(EVERYBODY / "usage-api.json", "copilot-org-metrics")
    assert told(frame, "n_requests", "user") == [(31, None)]


@pytest.mark.skipif(not REAL.exists(), reason="the published data is not here")
def test_the_published_answer_of_the_metrics_api_adds_up() -> None:
    path = REAL / "organization_metrics_response_sample.json"
    text = path.read_text()
    chats = [int(part.split(",")[0].split("}")[0]) for part in text.split('"total_chats":')[1:]]
    assert sums(log_of(path).events, "n_requests") == (sum(chats),)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"total_seats": 1, "seats": [{"assignee": {"login": "ann"}}]}, "Copilot seats"),
        ({"assignee": {"login": "ann"}, "last_activity_at": None, "last_activity_editor": None}, "Copilot seats"),
        ({"user_login": "ann", "team_id": 4, "day": "2026-03-02"}, "who is in which team"),
    ],
)
def test_rosters_are_no_logs(record: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        choose(probe(log_file(jsonl(record))), "auto", ReadOptions())


def test_the_csv_of_seats_is_no_log() -> None:
    header = "Report Time,Login,Last Authenticated At,Last Activity At,Last Surface Used,Organization\n"
    content = header + "2026-03-02T00:00:00Z,ann,None,None,None,corp\n"
    with pytest.raises(InputError, match="last activity"):
        choose(probe(log_file(content.encode())), "auto", ReadOptions())


COLUMNS = st.sampled_from(
    ["day", "user_login", "user_id", "user_initiated_interaction_count", "totals_by_cli", "totals_by_feature",
     "totals_by_ide", "totals_by_model_feature", "ai_credits_used", "day_totals", "organization_id", "date",
     "copilot_ide_chat", "copilot_dotcom_chat", "total_active_users", "total_chat_turns"]
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.lists(st.dictionaries(COLUMNS, JSON, max_size=8), min_size=1, max_size=3))
def test_no_value_whatever_raises(records: list[dict[str, Any]]) -> None:
    content = "\n".join(json.dumps(record) for record in records).encode("utf-8", "replace")
    for source in (CopilotMetrics(), CopilotOrgMetrics()):
        survives(source, content)


@settings(deadline=None, max_examples=40)
@given(JSON, JSON, JSON, JSON)
def test_no_part_of_a_day_whatever_raises(cli: Any, usage: Any, features: Any, asked: Any) -> None:
    record = {
        "day": "2026-03-02",
        "user_login": "ann",
        "user_initiated_interaction_count": asked,
        "totals_by_cli": {"prompt_count": cli, "token_usage": usage},
        "totals_by_feature": [features, {"feature": "copilot_cli", "user_initiated_interaction_count": cli}],
        "ai_credits_used": usage,
    }
    survives(CopilotMetrics(), json.dumps({"day_totals": [record, features]}).encode("utf-8", "replace"))
