"""OpenAI usage: sums stay sums, nobody is called null, and overlapping downloads count once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import jsonl
from vendor_logs import SHARED, VALUES, chosen, csv_of, events, formats, log, raw, rows, scores, survives, told

from tokenscan.errors import InputError
from tokenscan.sources.formats.openai_usage import OpenAIUsage

START = 1772409600  # 2026-03-02T00:00:00Z
NAMES = ("object", "input_tokens", "num_model_requests", "user_id", "amount", "model", "batch")
DASHBOARD = ("start_time", "end_time", "start_time_iso", "end_time_iso")


def result(**fields: Any) -> dict[str, Any]:
    return {"object": "organization.usage.completions.result", "input_tokens": 10, "num_model_requests": 1} | fields


def bucket(*results: Any, start: int = START, seconds: int = 86400) -> dict[str, Any]:
    return {"object": "bucket", "start_time": start, "end_time": start + seconds, "results": list(results)}


def page(*buckets: Any) -> dict[str, Any]:
    return {"object": "page", "data": list(buckets), "has_more": False, "next_page": None}


def test_people_are_counted_by_day_with_cached_tokens_inside_the_input() -> None:
    found = events("openai-usage/completions_by_user.jsonl")
    assert told(found, "timestamp", "user", "team", "app", "n_requests", "input_tokens", "cache_read_tokens",
                "cache_write_tokens", "output_tokens")[0][1:] == (
        "user-ann", "proj_web", "key_web1", 20, 12000, 4000, 1000, 3000)  # fmt: skip
    assert found["n_requests"].sum() == 20 + 4 + 15 + 1 + 7
    assert found["input_tokens"].sum() == 12000 + 500 + 9000 + 100 + 700
    assert set(found["grain"]) == {"day"}
    assert set(found["provider"]) == {"openai"}
    assert found["cost_nanousd"].null_count() == found.height


def test_downloads_that_overlap_count_once_and_the_later_day_counts() -> None:
    found = log("openai-usage/completions_by_user.jsonl", "openai-usage/completions_downloaded_again.json")
    assert formats(found) == {"openai-usage"}
    # 3 March went on: 15 requests became 18, and the lone request beside them is the same in both.
    assert found.events["n_requests"].sum() == 20 + 4 + 18 + 1 + 7
    assert found.events["input_tokens"].sum() == 12000 + 500 + 11000 + 100 + 700
    assert found.events["output_tokens"].sum() == 3000 + 200 + 2600 + 40 + 70
    assert sum(found.duplicates.values()) == 2


def test_the_dashboard_and_the_api_give_the_same_bucket_the_same_id() -> None:
    dimensions = {"project_id": "p", "user_id": "u", "api_key_id": "k", "model": "gpt-5", "service_tier": "default"}
    [of_api] = rows(json.dumps(page(bucket(result(**dimensions, batch=False)))))
    cells = {"start_time": START, "end_time": START + 86400, "start_time_iso": "-", "end_time_iso": "-"}
    cells |= dimensions | {"batch": "FALSE", "num_model_requests": "1.0", "input_tokens": "10.0"}
    [of_csv] = rows(csv_of([cells], cells))
    assert of_api["event_id"] == of_csv["event_id"]
    assert of_csv["n_requests"] == 1


def test_the_dashboards_csv_is_read_by_name_and_its_empty_minutes_are_passed_over() -> None:
    found = events("openai-usage/completions_usage_2026-03-10_2026-03-10.csv")
    # Two rows of one minute agree in every dimension; both are real.
    assert told(found, "user", "n_requests", "input_tokens", "cache_read_tokens", "output_tokens") == [
        ("user-ann", 1, 5783, 0, 1600),
        ("user-ann", 2, 800, 0, 100),
        ("user-ann", 3, 4200, 1280, 1600),
        ("user-bob", 25, 15738, 0, 1482),
    ]
    assert set(found["grain"]) == {"bucket"}
    assert found["timestamp"].min().isoformat() == "2026-03-10T09:01:00+00:00"


def test_an_export_that_is_not_grouped_by_user_names_nobody() -> None:
    found = events("openai-usage/completions_not_grouped.json")
    assert set(found["user"]) == {None}
    assert set(found["user_kind"]) == {"none"}
    assert (found["n_requests"].sum(), found["input_tokens"].sum()) == (11, 3000)


def test_other_services_count_if_they_are_model_calls() -> None:
    found = events("openai-usage/other_services.json")
    assert told(found, "model", "n_requests", "input_tokens") == [
        ("gpt-image-1", 2, None),
        ("text-embedding-3-small", 8, 4000),
    ]


def test_a_page_that_is_there_twice_counts_once_but_twins_in_one_bucket_count_both() -> None:
    twins = page(bucket(result(), result(), result(input_tokens=7)))
    for content in (jsonl(twins, twins), json.dumps([twins, twins]).encode()):
        frame, _ = raw(content)
        assert frame["event_id"].n_unique() == 3
        assert frame.unique("event_id")["input_tokens"].sum() == 27


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(page(bucket(result(user_id="u")))),
        json.dumps(page(bucket(result(user_id="u"))), indent=2) + "\n" + json.dumps(page(bucket()), indent=2),
        json.dumps([bucket(result(user_id="u"))]),
        jsonl(bucket(), bucket(result(user_id="u"))).decode(),
        json.dumps([result(user_id="u", start_time=START, end_time=START + 86400)]),
        json.dumps(page({"object": "bucket", "start_time": START, "end_time": START, "result": [result(user_id="u")]})),
    ],
)
def test_pages_buckets_and_results_are_read_in_any_wrapping(content: str) -> None:
    assert scores(content.encode()) == {"openai-usage": 100}
    [row] = rows(content)
    assert (row["user"], row["input_tokens"], row["timestamp"].timestamp()) == ("u", 10, START)


def test_a_lone_buckets_results_without_their_time_are_set_aside() -> None:
    frame, quarantine = raw(json.dumps(bucket(result())))
    assert frame.height == 0
    assert quarantine.total == 1


def test_empty_exports_are_known_although_they_hold_nothing() -> None:
    assert chosen(json.dumps(page())) == "openai-usage"
    assert chosen(json.dumps(page(bucket()))) == "openai-usage"
    assert chosen(f"{','.join(DASHBOARD)}\n{START},{START + 60},x,y\n") == "openai-usage"
    assert rows(f"{','.join(DASHBOARD)}\n{START},{START + 60},x,y\n") == []


def test_a_count_that_is_none_makes_its_row_bad_and_no_other() -> None:
    frame, quarantine = raw(json.dumps(page(bucket(result(input_tokens="many"), result(user_id="u")))))
    assert frame["user"].to_list() == ["u"]
    assert dict(quarantine.counts) == {("log", "input_tokens is not a usable number"): 1}


@pytest.mark.parametrize(
    "record",
    [
        {"object": "organization.user", "id": "u", "email": "ann@example.com", "role": "owner", "added_at": START},
        {"id": "a", "type": "api_key.created", "effective_at": START, "actor": {"type": "session"}},
    ],
)
def test_rosters_and_audit_logs_are_set_aside_with_a_reason(record: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"members|audit log"):
        chosen(json.dumps({"object": "list", "data": [record], "has_more": False}))


@pytest.mark.skipif(not SHARED.exists(), reason="no published data here")
def test_the_published_page_is_read() -> None:
    text = (SHARED / "samples/openai_usage/usage_completions_page.json").read_text()
    [published] = json.loads(text)["data"][0]["results"]
    [row] = rows(text)
    assert row["input_tokens"] == published["input_tokens"] == 1000
    assert row["cache_read_tokens"] == published["input_cached_tokens"]
    assert row["cache_write_tokens"] == published["input_cache_write_tokens"]
    assert (row["output_tokens"], row["n_requests"], row["user"]) == (500, 5, None)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES), max_size=3), VALUES)
def test_no_values_whatever_raise(results: list[dict[str, Any]], start: Any) -> None:
    records = [bucket(*results), page(bucket(*results) | {"start_time": start}), {"data": start, "results": results}]

    cells = [{"start_time": START, "end_time": start, **item} for item in results]
    table = csv_of(cells, [*DASHBOARD, *result(), "user_id", "amount_value"])
    survives(OpenAIUsage(), jsonl(*records), table, json.dumps(records).encode())
