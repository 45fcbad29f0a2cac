"""Cloudflare AI Gateway: cached answers, unknown prices, encrypted rows, times that only the file's name tells."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import jsonl
from vendor_logs import VALUES, events, formats, log, raw, rows, scores, survives, told

from tokenscan.sources.formats.cloudflare import Cloudflare

FILE = "20260302/20260302T100000Z_20260302T100030Z_a3cfe972.log.gz"
SECRET = {"type": "encrypted", "key": "aGk=", "iv": "aGk=", "data": "aGk="}
CALL = {"id": "01J", "created_at": "2026-03-02T09:00:00Z", "provider": "openai", "model": "gpt-5-mini", "cached": False,
        "tokens_in": 10, "tokens_out": 2, "status_code": 200, "success": True}  # fmt: skip
PUSHED = {"Gateway": "main", "Provider": "openai", "Model": "gpt-5-mini", "StatusCode": 200, "Cached": "false"}

NAMES = (*CALL, *PUSHED, "metadata", "ResponseBody", "cost")


def answer(number: str = "chatcmpl-a") -> str:
    choices = [{"message": {"role": "assistant", "content": "Yes."}}]
    return json.dumps({"id": number, "choices": choices, "usage": {"prompt_tokens": 9, "completion_tokens": 1}})


def row_of(**changes: Any) -> dict[str, Any]:
    [row] = rows(json.dumps({"result": [CALL | changes], "success": True}))
    return row


def pushed(**changes: Any) -> dict[str, Any]:
    [row] = rows(jsonl(PUSHED | changes), FILE)
    return row


def test_a_log_page_is_read_with_who_asked_from_its_metadata() -> None:
    found = events("cloudflare/logs_page.json")
    assert told(found, "event_id", "user", "team", "task_id", "input_tokens", "output_tokens", "cost_nanousd", "status",
                "is_cache_hit") == [
        ("01JNEXAMPLE001", "ann@example.com", "web", "WEB-7", 100, 50, 400_000, "ok", False),
        ("01JNEXAMPLE002", "ann@example.com", "web", "WEB-7", 100, 50, 0, "ok", True),
        # A model whose price the gateway does not know.
        ("01JNEXAMPLE003", "1234", None, None, 100, 50, None, "ok", False),
        ("01JNEXAMPLE004", None, None, None, 0, 0, 0, "error", False),
        ("01JNEXAMPLE005", None, None, None, 300, 80, 700_000, "ok", False),
    ]  # fmt: skip
    assert set(found["cost_kind"]) == {"logged", None}


def test_pages_that_overlap_count_once() -> None:
    found = log("cloudflare/logs_page.json", "cloudflare/logs_pages.jsonl")
    assert formats(found) == {"cloudflare"}
    assert (found.events.height, sum(found.duplicates.values())) == (7, 1)
    assert found.events["input_tokens"].sum() == 100 + 100 + 100 + 0 + 300 + 20 + 30


def test_logpush_is_read_with_text_and_the_time_of_its_file() -> None:
    found = log("cloudflare/20260302T100000Z_20260302T100030Z_a3cfe972.log")
    assert told(found.events, "user", "status", "is_cache_hit", "input_tokens", "cost_nanousd") == [
        ("bob", "error", False, None, None),
        ("bob", "ok", False, 25, None),
        # The same question again, answered from the cache: real calls, though they repeat the answer's id.
        ("bob", "ok", True, 25, 0),
        ("bob", "ok", True, 25, 0),
        ("chen", "ok", False, None, None),
    ]
    assert {str(time) for time in found.events["timestamp"]} == {"2026-03-02 10:00:00+00:00"}
    # Calls that share a time would look like a machine's: they are counted, and no rule on single calls sees them.
    assert set(found.events["grain"]) == {"bucket"}
    assert found.events["n_requests"].sum() == 5
    assert [texts["text"] for texts in found.prompts.to_dicts()] == ["Which port does ssh use?"]
    reason = "encrypted; decrypt it with your private key first"
    assert found.files[0].bad_reasons == {reason: 1}


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({"Metadata": SECRET, "RequestBody": SECRET, "ResponseBody": SECRET}, True),
        ({"Metadata": json.dumps(SECRET), "ResponseBody": json.dumps(SECRET)}, True),
        ({"Metadata": SECRET, "ResponseBody": answer()}, False),
        ({"Metadata": {"user": "ann"}, "ResponseBody": SECRET}, False),
        ({"Metadata": {"key": "a", "iv": "b"}, "ResponseBody": SECRET}, False),
    ],
)
def test_a_row_is_lost_only_if_it_tells_neither_who_nor_how_much(changes: dict[str, Any], lost: bool) -> None:
    frame, quarantine = raw(jsonl(PUSHED | changes), FILE)
    assert (frame.height, quarantine.total) == ((0, 1) if lost else (1, 0))
    assert "aGk=" not in str(frame.to_dicts())


def test_a_pushed_row_is_known_by_its_file_and_line_wherever_the_file_lies() -> None:
    content = jsonl(PUSHED, PUSHED)
    frame, _ = raw(content, FILE)
    moved, _ = raw(gzip.compress(content), "copy/" + FILE.split("/")[1])
    assert frame["event_id"].to_list() == moved["event_id"].to_list()
    assert frame["event_id"].n_unique() == 2


def test_a_pushed_row_in_a_file_of_another_name_has_no_time() -> None:
    frame, quarantine = raw(jsonl(PUSHED), "renamed.log")
    assert (frame.height, quarantine.total) == (0, 1)
    [row] = rows(jsonl(PUSHED | {"Timestamp": "2026-03-02T11:00:00Z"}), "renamed.log")
    assert (row["timestamp"].hour, row["event_id"], row["grain"]) == (11, None, "call")


def test_an_answer_that_says_when_it_was_made_tells_the_time_unless_a_cache_repeats_it() -> None:
    body = json.loads(answer()) | {"created": 1772445615}  # 10:00:15
    assert pushed(ResponseBody=body)["timestamp"].second == 15
    assert pushed(ResponseBody=body, Cached="true")["timestamp"].second == 0
    assert pushed(ResponseBody=body | {"created": "soon"})["timestamp"].second == 0
    assert pushed(ResponseBody=body)["grain"] == "bucket"


def test_the_providers_id_is_the_calls_unless_a_cache_repeats_it() -> None:
    assert pushed(ResponseBody=answer())["event_id"] == "chatcmpl-a"
    assert pushed(ResponseBody=answer(), Cached="true")["event_id"].startswith("cloudflare-20260302T100000Z")
    assert pushed(ResponseBody=answer("whatever"))["event_id"].startswith("cloudflare-")


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"metadata": '{"userEmail": "ann@example.com", "user": "x"}'}, "user", "ann@example.com"),
        ({"metadata": {"session-id": "s", "department": "hr", "app": "bot"}}, "session_id", "s"),
        ({"metadata": '{"user": true}'}, "user", None),
        ({"metadata": '{"user": "null"}'}, "user", None),
        ({"metadata": "not json"}, "user", None),
        ({"cost": 0, "tokens_in": 0, "tokens_out": 0}, "cost_nanousd", 0),
        ({"cost": 0, "success": False, "status_code": 500}, "cost_nanousd", 0),
        ({"cost": None, "cached": True}, "cost_nanousd", 0),
        ({"status_code": None, "success": False}, "status", "error"),
    ],
)
def test_what_values_mean(changes: dict[str, Any], field: str, expected: Any) -> None:
    assert row_of(**changes)[field] == expected


def test_one_log_asked_for_by_its_id_is_read() -> None:
    [row] = rows(json.dumps({"result": CALL, "success": True}, indent=1))
    assert row["input_tokens"] == 10
    assert scores(json.dumps({"result": [CALL]}).encode()) == {"cloudflare": 100}
    assert scores(jsonl(PUSHED, PUSHED)) == {"cloudflare": 100}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES), max_size=3), VALUES)
def test_no_values_whatever_raise(records: list[dict[str, Any]], result: Any) -> None:
    survives(Cloudflare(), jsonl({"result": records}, {"result": result}, *records), json.dumps(records).encode())
