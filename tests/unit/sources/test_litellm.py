"""LiteLLM's SpendLogs and logging payloads, in every container, with every trap once."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tokenscan.events.schema import RAW
from tokenscan.sources.base import ReadOptions
from tokenscan.sources.files import LogFile
from tokenscan.sources.formats.litellm import LiteLLM
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.sniff import probe

Record = dict[str, Any]
SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "samples" / "litellm"
OPTIONS = ReadOptions(latest=datetime(2026, 6, 1, tzinfo=UTC))


def spend_log(number: int, **changes: Any) -> Record:
    """Return one SpendLogs row: 100 tokens in, 20 out, half a cent."""
    return {
        "request_id": f"chatcmpl-{number}",
        "call_type": "acompletion",
        "api_key": "0a1b",
        "spend": 0.005,
        "total_tokens": 120,
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "startTime": f"2026-03-02 09:00:{number:02d}.250000",
        "endTime": f"2026-03-02 09:00:{number:02d}.750000",
        "model": "gpt-5",
        "custom_llm_provider": "openai",
        "user": "ann@corp.example",
        "end_user": "",
        "team_id": "team-7",
        "metadata": "{}",
        "request_tags": "[]",
        "cache_hit": "None",
        "messages": "{}",
        "response": "{}",
        "proxy_server_request": "{}",
        "session_id": f"00000000-0000-4000-8000-{number:012d}",
        "status": "success",
    } | changes


def payload(number: int, **changes: Any) -> Record:
    """Return one StandardLoggingPayload, with times in epoch seconds."""
    return {
        "id": f"chatcmpl-{number}",
        "trace_id": None,
        "call_type": "acompletion",
        "cache_hit": None,
        "status": "success",
        "custom_llm_provider": "openai",
        "startTime": 1772442000.25 + number,
        "endTime": 1772442000.75 + number,
        "response_time": 0.1,
        "model": "gpt-5",
        "metadata": {"user_api_key_user_email": "ann@corp.example", "user_api_key_team_alias": "search"},
        "response_cost": 0.005,
        "total_tokens": 120,
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "request_tags": [],
        "end_user": "",
        "messages": [{"role": "user", "content": "Hello"}],
        "response": {"choices": [{"message": {"role": "assistant", "content": "Hi."}}]},
        "hidden_params": {},
    } | changes


def jsonl(records: Sequence[Any]) -> bytes:
    return "\n".join(record if isinstance(record, str) else json.dumps(record) for record in records).encode()


def as_csv(records: Sequence[Record]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, records[0].keys())
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue().encode()


def read(content: bytes, options: ReadOptions = OPTIONS) -> tuple[pl.DataFrame, Quarantine]:
    """Read a file of this content; it must be recognised as LiteLLM's."""
    source, quarantine = LiteLLM(), Quarantine()
    probed = probe(LogFile(path=Path("-"), name="spend", named=True, content=content))
    frames = list(source.read(probed, options, quarantine))
    assert all(frame.schema == RAW for frame in frames)
    return pl.concat([pl.DataFrame(schema=RAW), *frames]), quarantine


def event(record: Record) -> Record:
    events, quarantine = read(jsonl([record]))
    assert quarantine.total == 0
    return events.row(0, named=True)


def score(content: bytes) -> int:
    probed = probe(LogFile(path=Path("-"), name="spend", named=True, content=content))
    return LiteLLM().score(probed, OPTIONS)


def test_a_spend_log_row_becomes_an_event() -> None:
    found = event(spend_log(1))
    assert {name: value for name, value in found.items() if value is not None} == {
        "event_id": "chatcmpl-1",
        "timestamp": datetime(2026, 3, 2, 9, 0, 1, 250_000, tzinfo=UTC),
        "grain": "call",
        "n_requests": 1,
        "user": "ann@corp.example",
        "user_kind": "email",
        "team": "team-7",
        "session_id": "00000000-0000-4000-8000-000000000001",
        "session_quality": "synthetic",
        "model": "gpt-5",
        "provider": "openai",
        "prompt_scope": "none",
        "input_tokens": 100,
        "output_tokens": 20,
        "cache_inside_input": True,
        "tokens_quality": "logged",
        "cost_nanousd": 5_000_000,
        "cost_kind": "logged",
        "latency_ms": 500,
        "status": "ok",
        "is_cache_hit": False,
        "source_format": "litellm",
        "source_file": "spend",
        "source_row": 1,
    }


def test_a_payload_says_the_same_as_its_spend_log_row() -> None:
    found, row = event(payload(1)), event(spend_log(1))
    same = ("event_id", "timestamp", "user", "model", "input_tokens", "output_tokens", "cost_nanousd", "latency_ms")
    assert {name: found[name] for name in same} == {name: row[name] for name in same}
    assert (found["team"], found["prompt"], found["response"], found["response_chars"]) == ("search", "Hello", "Hi.", 3)
    assert (found["prompt_scope"], found["prompt_truncated"]) == ("last_user", False)


def rich_rows() -> list[Record]:
    metadata = {"user_agent": "OpenAI/Python 1.5", "spend_logs_metadata": {"ticket": "ABC-12"}}
    request = {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": 'say "hé",\nnow'}]}
    answer = {"choices": [{"message": {"content": "hé"}}]}
    stored = {"proxy_server_request": json.dumps(request), "response": json.dumps(answer)}
    return [
        spend_log(1, metadata=json.dumps(metadata), **stored),
        spend_log(2, metadata=json.dumps(json.dumps(metadata)), user="", end_user="bob"),
        spend_log(3, cache_hit="True", spend=0.0),
    ]


def test_csv_array_and_wrapper_give_the_same_events_as_jsonl() -> None:
    rows = rich_rows()
    expected = read(jsonl(rows))[0].drop("source_row")
    assert expected["prompt"].to_list() == ['say "hé",\nnow', None, None]
    assert expected["task_id"].to_list() == ["ABC-12", "ABC-12", None]
    assert expected["app"].to_list() == ["OpenAI/Python 1.5", "OpenAI/Python 1.5", None]
    for content in (as_csv(rows), json.dumps(rows).encode(), json.dumps({"data": rows}, indent=1).encode()):
        assert score(content) == 100
        assert read(content)[0].drop("source_row").equals(expected)


def test_nested_objects_give_the_same_events_as_json_text() -> None:
    rows = rich_rows()
    nested = ("metadata", "response", "proxy_server_request", "request_tags")
    objects = [row | {name: json.loads(row[name]) for name in nested} for row in rows]
    assert read(jsonl(objects))[0].equals(read(jsonl(rows))[0])


def test_parquet_gives_the_same_events_as_jsonl(tmp_path: Path) -> None:
    rows = rich_rows()
    path = tmp_path / "spend.parquet"
    pl.DataFrame(rows).write_parquet(path)
    quarantine = Quarantine()
    probed = probe(LogFile(path=path, name="spend", named=True))
    assert pl.concat(LiteLLM().read(probed, OPTIONS, quarantine)).equals(read(jsonl(rows))[0])


@pytest.mark.parametrize(
    ("changes", "user", "kind"),
    [
        ({"user": "u-17"}, "u-17", "login"),
        ({"user": "", "metadata": '{"user_api_key_user_email": "bo@x.io"}', "end_user": "e"}, "bo@x.io", "email"),
        ({"user": "", "metadata": '{"user_api_key_user_id": "u-18"}', "end_user": "e"}, "u-18", "login"),
        ({"user": "default_user_id", "end_user": "e-9", "metadata": '{"user_api_key_alias": "bot"}'}, "e-9", "login"),
        ({"user": "", "metadata": '{"user_api_key_alias": "bot"}'}, "bot", "key"),
        ({"user": "", "metadata": '{"user_api_key_alias": ""}'}, None, "none"),
    ],
)
def test_the_person_is_the_keys_owner_then_the_end_user_then_the_key(changes: Record, user: str, kind: str) -> None:
    found = event(spend_log(1, **changes))
    assert (found["user"], found["user_kind"]) == (user, kind)


def test_a_payloads_person_team_and_organisation() -> None:
    metadata = {"user_api_key_user_id": "u-1", "user_api_key_team_id": "t-1", "user_api_key_org_id": "o-1"}
    found = event(payload(1, metadata=metadata, end_user="e-1"))
    assert (found["user"], found["team"], found["org"]) == ("u-1", "t-1", "o-1")


@pytest.mark.parametrize(
    ("changes", "task"),
    [
        ({"request_tags": '["prod", "jira:ABC-7"]'}, "ABC-7"),
        ({"request_tags": '["User-Agent: claude-cli/1.0", "PAY-31"]'}, "PAY-31"),
        ({"request_tags": '["GPT-5", "UTF-8", "User-Agent: x"]'}, None),
        ({"metadata": '{"spend_logs_metadata": {"task_id": 44}}'}, "44"),
        ({"request_tags": "not json"}, None),
    ],
)
def test_tasks_come_from_tags_and_notes(changes: Record, task: str | None) -> None:
    assert event(spend_log(1, **changes))["task_id"] == task


def usage(**counts: Any) -> Record:
    return {"metadata": json.dumps({"usage_object": counts})}


@pytest.mark.parametrize(
    ("prompt_tokens", "counts", "expected"),
    [
        # OpenAI: 60 of the 100 were cached.
        (100, {"prompt_tokens_details": {"cached_tokens": 60}}, (100, 60, None, True)),
        # Anthropic by LiteLLM: 10 + 60 read + 30 written = 100; the row itself cannot tell.
        (100, {"cache_read_input_tokens": 60, "cache_creation_input_tokens": 30}, (100, 60, 30, None)),
        # Reads cannot be a part of a smaller prompt: 10 + 60 + 30.
        (10, {"cache_read_input_tokens": 60, "cache_creation_input_tokens": 30}, (100, 60, 30, False)),
        # Reads inside, writes not, as one version counts: 70 + 30.
        (70, {"cache_read_input_tokens": 60, "cache_creation_input_tokens": 30}, (100, 60, 30, False)),
        (10, {"cache_creation_input_tokens": 90}, (100, None, 90, False)),
        (100, {"cache_read_input_tokens": 0, "prompt_tokens_details": {"cached_tokens": 5}}, (100, 5, None, True)),
    ],
)
def test_input_includes_the_cache_whatever_the_version(prompt_tokens: int, counts: Record, expected: Any) -> None:
    found = event(spend_log(1, prompt_tokens=prompt_tokens, **usage(**counts)))
    names = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_inside_input")
    assert tuple(found[name] for name in names) == expected


def test_parts_of_the_output_and_of_the_cache() -> None:
    counts = {
        "completion_tokens_details": {"reasoning_tokens": 12},
        "cache_creation_input_tokens": 30,
        "prompt_tokens_details": {"cache_creation_token_details": {"ephemeral_1h_input_tokens": 8}},
    }
    found = event(spend_log(1, **usage(**counts)))
    assert (found["reasoning_tokens"], found["cache_write_tokens"], found["cache_write_1h_tokens"]) == (12, 30, 8)


def test_cache_counts_are_also_found_in_additional_values_and_in_the_answer() -> None:
    extra = {"metadata": json.dumps({"additional_usage_values": {"cache_read_input_tokens": 40}})}
    assert event(spend_log(1, **extra))["cache_read_tokens"] == 40
    answer = {"usage": {"prompt_tokens": 100, "prompt_tokens_details": {"cached_tokens": 50}}, "choices": []}
    assert event(payload(1, response=answer))["cache_read_tokens"] == 50


@pytest.mark.parametrize(
    ("changes", "cost"),
    [
        ({"spend": 0.0}, None),  # no price known: to be priced later
        ({"spend": 0.0, "cache_hit": "True"}, 0),
        ({"spend": 0.0, "status": "failure"}, 0),
        ({"spend": 0.0, "prompt_tokens": 0, "completion_tokens": 0}, 0),
        ({"spend": "0.000000001"}, 1),
        ({"spend": None}, None),
        ({"spend": -1}, None),
    ],
)
def test_a_spend_of_zero_is_a_price_only_where_nothing_was_bought(changes: Record, cost: int | None) -> None:
    found = event(spend_log(1, **changes))
    assert (found["cost_nanousd"], found["cost_kind"]) == (cost, None if cost is None else "logged")


def test_a_cache_hit_is_an_event_of_its_own() -> None:
    rows = [spend_log(1), spend_log(2, request_id="chatcmpl-1_cache_hit1772442002.1", cache_hit="True", spend=0.0)]
    events, _ = read(jsonl(rows))
    assert events["event_id"].to_list() == ["chatcmpl-1", "chatcmpl-1_cache_hit1772442002.1"]
    assert events["is_cache_hit"].to_list() == [False, True]
    assert events["input_tokens"].sum() == 200
    assert events["cost_nanousd"].sum() == 5_000_000


def test_the_mark_of_a_cut_text_is_taken_out_and_said() -> None:
    cut = "Summarise this ... (litellm_truncated skipped 8015 chars) ... and be brief."
    noted = "Summarise this... (litellm_truncated skipped 9 chars. Kept (in part), see docs.) ...and be brief."
    rows = [
        spend_log(number, proxy_server_request=json.dumps({"messages": [{"role": "user", "content": text}]}))
        for number, text in enumerate([cut, noted, "Whole."])
    ]
    events, _ = read(jsonl(rows))
    assert events["prompt"].to_list() == ["Summarise this and be brief.", "Summarise this and be brief.", "Whole."]
    assert events["prompt_truncated"].to_list() == [True, True, False]


def test_hidden_text_is_no_text() -> None:
    hidden = [{"role": "user", "content": "redacted-by-litellm"}]
    answer = {"choices": [{"message": {"content": "redacted-by-litellm"}}]}
    found = event(payload(1, messages=hidden, response=answer))
    assert (found["prompt"], found["prompt_scope"], found["response"]) == (None, "none", None)


def test_agents_and_tools() -> None:
    step = [
        {"role": "user", "content": "List."},
        {"role": "assistant", "content": None},
        {"role": "tool", "content": "a"},
    ]
    call = {"choices": [{"message": {"content": None, "tool_calls": [{"function": {"name": "ls"}}]}}]}
    anthropic = {"content": [{"type": "text", "text": "Look:"}, {"type": "tool_use", "name": "Bash", "input": {}}]}
    events, _ = read(
        jsonl(
            [
                payload(1, messages=step),
                payload(2, response=call),
                payload(3, response=anthropic),
                spend_log(4, call_type="call_mcp_tool", mcp_namespaced_tool_name="jira/search"),
                spend_log(5, agent_id="agent-1"),
                spend_log(6),
            ]
        )
    )
    assert events["is_agent"].to_list() == [True, None, None, True, True, None]
    assert events["tool_name"].to_list() == [None, "ls", "Bash", "jira/search", None, None]
    assert events["prompt_kind"].to_list() == ["tool_result", None, None, None, None, None]
    assert events["response"].to_list()[:3] == ["Hi.", None, "Look:"]


def test_a_session_is_the_clients_if_it_repeats_or_is_no_uuid() -> None:
    uuid = "11111111-1111-4111-8111-111111111111"
    retried = "22222222-2222-4222-8222-222222222222"
    told = "33333333-3333-4333-8333-333333333333"
    rows = [
        spend_log(1, session_id=uuid),
        spend_log(2, session_id=uuid),
        spend_log(3, session_id=retried, status="failure"),
        spend_log(4, session_id=retried),
        spend_log(5, session_id=told, metadata=json.dumps({"requester_metadata": {"trace_id": told}})),
        spend_log(6, session_id="chat-1"),
        spend_log(7),
        spend_log(8, session_id=""),
    ]
    client, made_up = "client", "synthetic"
    expected = [client, client, made_up, made_up, client, client, made_up, "none"]
    assert read(jsonl(rows))[0]["session_quality"].to_list() == expected


def test_a_line_written_twice_does_not_make_a_session() -> None:
    assert read(jsonl([spend_log(1), spend_log(1)]))[0]["session_quality"].to_list() == ["synthetic", "synthetic"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"startTime": None}, "timestamp missing or not readable"),
        ({"startTime": "yesterday"}, "timestamp missing or not readable"),
        ({"startTime": "1970-01-01 00:00:00"}, "timestamp before 2015"),
        ({"startTime": "2026-06-01 00:00:01"}, "timestamp in the future"),
        ({"prompt_tokens": -5}, "prompt_tokens is not a usable number"),
        ({"completion_tokens": "many"}, "completion_tokens is not a usable number"),
        ({"prompt_tokens": 1.5}, "prompt_tokens is not a usable number"),
        (usage(cache_read_input_tokens=-1), "cached tokens is not a usable number"),
        (usage(completion_tokens_details={"reasoning_tokens": "NaN"}), "reasoning_tokens is not a usable number"),
    ],
)
def test_a_row_that_cannot_be_counted_is_left_out_and_named(changes: Record, reason: str) -> None:
    events, quarantine = read(jsonl([spend_log(1), spend_log(2, **changes), spend_log(3)]))
    assert events["event_id"].to_list() == ["chatcmpl-1", "chatcmpl-3"]
    assert [(bad.file, bad.row, bad.reason) for bad in quarantine.samples] == [("spend", 2, reason)]


def test_hostile_lines_cost_only_themselves() -> None:
    deep = '{"request_id": "deep", "metadata": ' + "[" * 5000 + "]" * 5000 + "}"
    lines = [
        json.dumps(spend_log(1)),
        json.dumps(spend_log(2))[:80],
        "null",
        deep,
        '{"request_id": "nan", "prompt_tokens": NaN}',
        json.dumps(spend_log(3, metadata="[1]", request_tags='{"a": 1}', response="[[]]", proxy_server_request="[7]")),
        json.dumps(spend_log(4, metadata='{"usage_object": "x", "spend_logs_metadata": [1]}', response='"\\ud83d"')),
        json.dumps(spend_log(5, metadata="[" * 9000, response="{" * 9000, proxy_server_request='{"messages":' * 900)),
        json.dumps(spend_log(6, proxy_server_request=json.dumps({"messages": "x" * 5_000_000}))),
        json.dumps(spend_log(7, model=["a"], user={"id": 1}, status=5, cache_hit=[True])),
    ]
    events, quarantine = read(jsonl(lines))
    assert events["event_id"].to_list() == [f"chatcmpl-{number}" for number in (1, 3, 4, 5, 6, 7)]
    assert events["input_tokens"].sum() == 600
    assert events["prompt"].str.len_chars().to_list()[4] == 5_000_000
    assert sorted(bad.row for bad in quarantine.samples) == [2, 3, 4, 5]


def test_admin_audit_records_are_passed_over() -> None:
    audit = {"id": "a1", "updated_at": "2026-03-02 09:00:00", "changed_by": "admin", "table_name": "LiteLLM_TeamTable"}
    events, quarantine = read(jsonl([spend_log(1), audit]))
    assert (events.height, quarantine.total) == (1, 0)
    assert score(jsonl([audit])) == 0


def test_daily_aggregates_are_not_read_as_calls() -> None:
    daily = {
        "id": "d1", "user_id": "u", "date": "2026-03-02", "api_key": "k", "model": "gpt-5", "prompt_tokens": 5,
        "completion_tokens": 5, "spend": 1.0, "api_requests": 3, "successful_requests": 3, "failed_requests": 0,
    }  # fmt: skip
    assert score(jsonl([daily])) == 0
    assert score(as_csv([daily | {"tag": "x", "request_id": "r"}])) == 0


def test_signatures() -> None:
    assert score(jsonl([spend_log(1)])) == 100
    assert score(json.dumps(payload(1), indent=2).encode()) == 100
    assert score(b"request_id,startTime,spend,prompt_tokens,user\nr,2026-03-02,1,2,u\n") == 80
    assert score(b'{"timestamp": "2026-03-02", "user": "u", "prompt_tokens": 1}\n') == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 1500), st.binary(min_size=1, max_size=4))
@example(465, b"\x00\x00")
def test_damage_to_one_line_leaves_the_others(place: int, damage: bytes) -> None:
    lines = [json.dumps(row).encode() for row in rich_rows()]
    place %= len(lines[1])
    broken = lines[1][:place] + damage.translate(bytes.maketrans(b"\n\0", b"  ")) + lines[1][place + len(damage) :]
    events, quarantine = read(b"\n".join([lines[0], broken, lines[2]]))
    kept = events["event_id"].to_list()
    assert kept[0] == "chatcmpl-1"
    assert kept[-1] == "chatcmpl-3"
    assert len(kept) + quarantine.total == 3


@pytest.mark.skipif(not SAMPLES.exists(), reason="real data is not here")
def test_published_fixtures() -> None:
    row = read((SAMPLES / "spend_logs_payload.json").read_bytes())[0].row(0, named=True)
    assert (row["input_tokens"], row["output_tokens"], row["cost_nanousd"], row["latency_ms"]) == (10, 20, 225_000, 4)
    slp = read((SAMPLES / "standard_logging_payload.json").read_bytes())[0].row(0, named=True)
    assert (slp["prompt"], slp["response"], slp["cost_nanousd"]) == ("Hello, world!", "hi", 225_000)
