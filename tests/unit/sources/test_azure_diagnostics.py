"""Azure OpenAI's diagnostic log: every way it is exported, .NET ticks, and what is no call of a model."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cloud_logs import columns, events, fixture, lines, objects, raw, score, survives, table
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.sources.formats.azure_diagnostics import AzureDiagnostics

LOG = fixture("azure-diagnostics", "PT1H.json")
ANN, BOB = "11111111-aaaa-4aaa-8aaa-000000000001", "22222222-bbbb-4bbb-8bbb-000000000002"
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "time": "2026-03-02T09:00:00Z", "category": "RequestResponse", "operationName": "ChatCompletions_Create",
    "correlationId": "c", "properties": {"apiName": "a", "modelName": "gpt-4o"},
}  # fmt: skip


def test_calls_with_their_person_time_and_duration() -> None:
    rows, _, quarantine = raw(AzureDiagnostics(), LOG)
    assert quarantine.total == 0
    # Threads, files and audit records (rows 6 to 8) are no calls. Ticks say when a call began; row 9 has none.
    assert columns(rows, "source_row", "user", "latency_ms", "status") == [
        (1, ANN, 1021, "ok"),
        (2, ANN, 1021, "ok"),  # properties as JSON text
        (3, BOB, 1500, "ok"),  # minus 7 ms by the record, 1.5 s by its ticks
        (4, None, 1021, "error"),
        (5, None, 1021, "ok"),
        (9, BOB, 1021, "ok"),
        (10, ANN, 100, "ok"),
    ]
    began = [60, 120, 180, 240, 300, 541.5, 60.5]
    assert rows["timestamp"].to_list() == [NINE + timedelta(seconds=seconds) for seconds in began]
    assert rows["model"].to_list()[3:5] == ["gpt-4o", "text-embedding-3-small"]
    assert set(columns(rows, "team", "app", "provider")) == {("rg-research", "contoso-east", "azure")}


def test_nothing_is_said_of_tokens_or_text() -> None:
    rows, _, _ = raw(AzureDiagnostics(), LOG)
    assert rows["tokens_quality"].unique().to_list() == ["none"]
    assert rows["input_tokens"].null_count() == rows["prompt"].null_count() == rows.height == 7


def test_one_correlation_id_may_stand_for_two_calls() -> None:
    assert events(LOG).events.height == 7


@pytest.mark.parametrize("name", ["event-hub.jsonl", "event-hub.json", "query_data.csv"])
def test_every_export_tells_the_same(name: str) -> None:
    path = fixture("azure-diagnostics", name)
    assert score(AzureDiagnostics(), path) == 100
    same = ("event_id", "timestamp", "user", "team", "app", "model", "latency_ms", "status")
    assert columns(raw(AzureDiagnostics(), path)[0], *same) == columns(raw(AzureDiagnostics(), LOG)[0], *same)[:3]


def test_exports_that_overlap_count_once() -> None:
    others = [fixture("azure-diagnostics", name) for name in ("event-hub.jsonl", "event-hub.json", "query_data.csv")]
    assert events(LOG, *others).events.height == 7


def test_a_capture_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    text = fixture("azure-diagnostics", "event-hub.json").read_text()
    path.write_text(text[: text.rindex('"correlationId"')])
    log = events(path)
    assert log.events.height == 2
    assert log.broken


def test_ticks_that_contradict_the_time_do_not_count() -> None:
    odd = GOOD | {"properties": {"apiName": "a", "modelName": "m", "requestTime": 638515262815394150}}  # 2024
    rows, _, _ = raw(AzureDiagnostics(), lines(odd))
    assert rows["timestamp"].to_list() == [NINE]


def test_a_row_without_any_time_is_named() -> None:
    late = {name: value for name, value in GOOD.items() if name != "time"}
    rows, _, quarantine = raw(AzureDiagnostics(), lines(late, GOOD))
    assert rows["source_row"].to_list() == [2]
    assert quarantine.total == 1


def test_other_services_tables_are_not_taken_for_it() -> None:
    header = ["TimeGenerated", "Category", "OperationName", "properties_s"]
    assert score(AzureDiagnostics(), table(header, ["2026-03-02", "AuditEvent", "SecretGet", "{}"])) == 0
    assert score(AzureDiagnostics(), lines(GOOD | {"category": "Audit"})) == 0


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        objects({*GOOD, "modelName", "objectId", "requestTime", "responseTime", "durationMs", "resultSignature",
                 "resourceId", "records", "tables", "columns", "rows", "name"}),
        max_size=4,
    )
)  # fmt: skip
def test_no_value_ends_the_reading(records: list[dict[str, Any]]) -> None:
    survives(AzureDiagnostics(), records, GOOD)
