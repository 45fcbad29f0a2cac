"""AWS Bedrock's invocation log: counts with the cache beside the input, streams, wrappers, and who signed a call."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cloud_logs import columns, events, fixture, lines, objects, raw, score, survives, table
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.errors import InputError
from tokenscan.sources.formats.bedrock import Bedrock
from tokenscan.sources.formats.bedrock_records import caller

LOG = fixture("bedrock", "20260302T090000000Z_4f1c2d.json")
GOOD: dict[str, Any] = {
    "schemaType": "ModelInvocationLog", "timestamp": "2026-03-02T09:00:00Z", "accountId": "1", "requestId": "r-1",
    "identity": {"arn": "arn:aws:iam::1:user/ann"}, "operation": "Converse", "modelId": "amazon.nova-lite-v1:0",
    "input": {"inputTokenCount": 5}, "output": {"outputTokenCount": 2},
}  # fmt: skip


def one(**changes: Any) -> dict[str, Any]:
    """Return the row of a log of one call."""
    rows, _, quarantine = raw(Bedrock(), lines(GOOD | changes))
    assert quarantine.total == 0
    return rows.row(0, named=True)


def test_tokens_of_every_call_with_the_cache_in_the_input() -> None:
    rows, _, quarantine = raw(Bedrock(), LOG)
    assert quarantine.total == 0
    # 3: 8 + 2000 read + 500 written, and the stream's last 120, not 1 + 120. 4: 30 + 2500.
    assert columns(rows, "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens") == [
        (62, None, None, 36),
        (90, 0, 0, 12),
        (2508, 2000, 500, 120),
        (2530, 2500, 0, 15),
        (41000, None, None, 900),
        (300, None, None, 40),
        (4, None, None, 38),
        (6, None, None, 17),
        (25, None, None, 6),
        (7, None, None, None),
        (0, None, None, 0),
        (0, None, None, None),
    ]
    assert rows["cache_inside_input"].to_list() == [True] * 12


def test_prompts_are_the_last_typed_text_and_never_an_empty_one() -> None:
    rows, _, _ = raw(Bedrock(), LOG)
    assert rows["prompt"].to_list() == [
        "Which river runs through Basel?",
        "And through Vienna?",  # of a conversation that is sent whole
        "Review the retry loop in billing.py",
        "Review the retry loop in billing.py",
        None,  # over 100 KB, kept elsewhere
        "Summarise ticket 4711 for me",
        "hello how are you",
        "Name three alpine flowers",
        "What is a glacier?",  # out of Llama's template
        None,  # an embedding
        "Tell me my colleague's salary",
        "And through Paris?",
    ]
    assert rows["prompt_kind"].to_list()[3] == "tool_result"
    assert rows["response"].to_list()[:5] == [
        "The Rhine.", "The Danube.", "The loop never gives up.", "Add a limit of five tries.", None,
    ]  # fmt: skip
    assert rows["tool_name"].to_list()[2:4] == ["read_file", None]
    assert rows["latency_ms"].to_list()[:3] == [812, 640, 3456]


def test_ids_are_the_models_own_where_the_answer_has_one() -> None:
    rows, _, _ = raw(Bedrock(), LOG)
    assert rows["event_id"].to_list()[1:5] == [
        "00000000-0000-4000-8000-000000000002",
        "msg_bdrk_01AAA",
        "msg_bdrk_01BBB",
        "00000000-0000-4000-8000-000000000005",
    ]
    assert rows["status"].to_list()[-1] == "error"


def test_who_called_and_for_what() -> None:
    rows, _, _ = raw(Bedrock(), LOG)
    who = columns(rows, "user", "user_kind")
    assert who[0] == ("ann@example.com", "email")
    assert who[2] == ("bob", "arn")
    assert who[6] == ("ChatBackend", "arn")  # a virtual machine's session is nobody: the role that all of them share
    assert who[9] == ("Indexer", "arn")
    tagged = columns(rows, "user", "user_kind", "team", "session_id", "task_id", "app")[5]
    assert tagged == ("chen@example.com", "email", "support", "s-77", "SUP-4711", "helpdesk")
    assert rows["team"][0] == "111122223333"


@pytest.mark.parametrize(
    ("arn", "user", "kind"),
    [
        ("arn:aws:iam::1:user/path/bob", "bob", "arn"),
        ("arn:aws:sts::1:assumed-role/AWSReservedSSO_Dev_ab/ann@example.com", "ann@example.com", "email"),
        ("arn:aws:sts::1:assumed-role/Dev/dora", "dora", "arn"),
        ("arn:aws:sts::1:assumed-role/App/i-0abc12345def67890", "App", "arn"),
        ("arn:aws:sts::1:assumed-role/App/botocore-session-1772442600", "App", "arn"),
        ("arn:aws:sts::1:assumed-role/App/0123456789abcdef0123456789abcdef", "App", "arn"),
        ("arn:aws:iam::1:root", "1:root", "arn"),
        ("", None, None),
        ([{"arn": "arn:aws:iam::1:user/bob"}], "bob", "arn"),
        (17, None, None),
    ],
)
def test_the_name_in_an_arn(arn: Any, user: str | None, kind: str | None) -> None:
    assert caller(arn if isinstance(arn, list) else {"arn": arn}) == (user, kind)


def test_models_are_named_by_what_a_profile_leads_to() -> None:
    rows, _, _ = raw(Bedrock(), LOG)
    assert rows["model"][0] == "us.anthropic.claude-haiku-4-5-20251001-v1:0"
    own = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/k2x7example"
    assert rows["model"][5] == own
    told = one(modelId=own, output={"outputBodyJson": {"model": "claude-haiku-4-5", "id": "msg_1"}})
    assert (told["model"], told["app"]) == ("claude-haiku-4-5", "application-inference-profile/k2x7example")


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("logs-insights-results.csv", [1, "msg_bdrk_01AAA", 7]),
        ("get-log-events.json", [1, 8]),
        ("get-query-results.json", [1]),
        ("logs-insights-fields.csv", [1, 3]),
    ],
)
def test_cloudwatch_wraps_the_same_records(name: str, ids: list[Any]) -> None:
    path = fixture("bedrock", name)
    assert score(Bedrock(), path) == 100
    expected = [f"00000000-0000-4000-8000-{n:012d}" if isinstance(n, int) else n for n in ids]
    assert raw(Bedrock(), path)[0]["event_id"].to_list() == expected


def test_a_table_of_fields_counts_like_the_record() -> None:
    rows, _, _ = raw(Bedrock(), fixture("bedrock", "logs-insights-fields.csv"))
    assert columns(rows, "user", "input_tokens", "output_tokens") == [("ann@example.com", 62, 36), ("bob", 2008, 120)]


def test_a_parquet_table_with_nested_columns() -> None:
    records = [json.loads(line) for line in LOG.read_text().splitlines()]
    rows = [
        {name: record[name] for name in ("timestamp", "requestId", "modelId", "operation", "identity")}
        | {
            "input": {
                "inputTokenCount": record["input"]["inputTokenCount"],
                "inputBodyJson": json.dumps(record["input"].get("inputBodyJson")),
            },
            "output": {"outputTokenCount": record["output"].get("outputTokenCount")},
        }
        for record in records[:2]
    ]
    out = io.BytesIO()
    pl.DataFrame(rows).write_parquet(out)
    assert score(Bedrock(), out.getvalue()) == 100
    assert columns(raw(Bedrock(), out.getvalue())[0], "user", "prompt", "input_tokens", "output_tokens") == [
        ("ann@example.com", "Which river runs through Basel?", 62, 36),
        ("ann@example.com", "And through Vienna?", 90, 12),
    ]


def test_a_bucket_as_it_lies_on_s3(tmp_path: Path) -> None:
    hour = tmp_path / "AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2026/03/02/09"
    (hour / "data").mkdir(parents=True)
    (hour / "20260302T090000000Z_4f1c2d.json.gz").write_bytes(gzip.compress(LOG.read_bytes()))
    body = {"anthropic_version": "bedrock-2023-05-31", "messages": [{"role": "user", "content": "long"}]}
    (hour / "data" / "00000000-0000-4000-8000-000000000005_input.json.gz").write_bytes(
        gzip.compress(json.dumps(body).encode())
    )
    (tmp_path / "amazon-bedrock-logs-permission-check").write_text("Permission check")
    log = events(tmp_path)
    # The stream's 120, not 121: 36 + 12 + 120 + 15 + 900 + 40 + 38 + 17 + 6 + 0
    assert log.events["output_tokens"].sum() == 1184
    assert (log.events.height, log.bad_rows) == (12, 0)
    assert [file.skipped for file in log.files if file.skipped] == [
        "a body that Bedrock's logs keep beside the call's record"
    ]


def test_exports_of_one_call_count_once() -> None:
    log = events(LOG, fixture("bedrock", "logs-insights-results.csv"), fixture("bedrock", "get-log-events.json"))
    assert log.events.height == 12


def test_counts_that_are_no_numbers_are_named() -> None:
    bad = GOOD | {"input": {"inputTokenCount": "many"}}
    rows, _, quarantine = raw(Bedrock(), lines(bad, GOOD))
    assert rows["source_row"].to_list() == [2]
    assert list(quarantine.counts) == [("log", "inputTokenCount is not a usable number")]


def test_strings_of_digits_count() -> None:
    told = one(input={"inputTokenCount": "5", "cacheReadInputTokenCount": "7"}, output={"outputTokenCount": "2"})
    assert (told["input_tokens"], told["output_tokens"]) == (12, 2)


def test_other_messages_of_cloudwatch_are_not_taken_for_it() -> None:
    other = table(["@timestamp", "@message"], ["2026-03-02 09:00:00.000", '{"level": "info"}'])
    assert score(Bedrock(), other) == 0
    assert score(Bedrock(), lines({"message": "hello", "timestamp": 1})) == 0


def test_a_file_of_bodies_alone_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "r_output.json"
    path.write_text(json.dumps({"output": {}, "stopReason": "end_turn", "usage": {"inputTokens": 1}}))
    with pytest.raises(InputError, match="beside the call's record"):
        events(path)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        objects({*GOOD, "outputBodyJson", "inputBodyJson", "inputTokenCount", "outputTokenCount", "message", "usage",
                 "@message", "events", "results", "requestMetadata", "arn", "content", "delta", "type"}),
        max_size=4,
    )
)  # fmt: skip
def test_no_value_ends_the_reading(records: list[dict[str, Any]]) -> None:
    survives(Bedrock(), records, GOOD)
