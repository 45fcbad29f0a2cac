from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import report_factory as make
from jsonschema import Draft202012Validator

from tokenscan.findings.model import Metric
from tokenscan.report.json_v1 import to_dict, to_json
from tokenscan.report.jsonl import to_jsonl
from tokenscan.report.model import Range, Report
from tokenscan.report.schema import finding_schema, report_schema

HOSTILE = ("\x1b[31m", "\x1b]8;;x\x07", "[/red]", "\u202e\u2066", "a\nb", "u" * 10_000, "\x9b\x7f", "\ud800", '"\\')
BUILDERS = (make.report, make.quiet_report, make.empty_report, lambda: make.hostile_report("x\x1b\u202e"))


def refuse(constant: str) -> float:
    raise AssertionError(constant)


def loads(text: str) -> Any:
    return json.loads(text, parse_constant=refuse)


def test_top_level_keys_and_their_order() -> None:
    assert list(to_dict(make.report())) == [
        "schema_version", "tool", "run", "input", "totals", "people", "teams", "findings", "rules", "errors",
        "suppressions", "privacy", "economics", "prices", "budgets",
    ]  # fmt: skip
    assert to_dict(make.report())["schema_version"] == "1.0"
    assert to_dict(make.report())["tool"] == {
        "name": "tokenscan",
        "version": "0.1.0",
        "rules_digest": "b2:9c1e44aa0d2f",
    }


def test_totals() -> None:
    assert to_dict(make.report())["totals"] == {
        "requests": 1_843_221,
        "tokens": 41_200_000_000,
        "cost_usd": 91_234.56789,
        "unpriced_requests": 0,
        "unpriced_models": [],
        "unpriced_tokens": 0,
        "unknown_models": [],
        "waste_tokens": {"low": 2_000_000_000, "expected": 3_300_000_000, "high": 4_800_000_000},
        "waste_usd": {"low": 5100.0, "expected": 8123.456789, "high": 11900.0},
        "co2_kg": 2260.5,
        "co2_grams_per_1k_tokens": 0.685,
        "duplicate_share": 0.123457,
        "findings": {"critical": 0, "high": 2, "medium": 1, "low": 0, "info": 0},
        "suppressed": 1,
        "by_state": {"new": 3, "unchanged": 1, "worse": 0, "resolved": 0},
    }


def test_a_person() -> None:
    assert to_dict(make.report())["people"][0] == {
        "rank": 1,
        "user": "mallory@example.com",
        "team": "t3",
        "risk": 87.3,
        "band": "strong",
        "confidence": "high",
        "requests": 6120,
        "tokens": 4_100_000,
        "cost_usd": 62.1,
        "waste_tokens": 1_240_000,
        "waste_usd": 41.2,
        "families": {"behaviour": 0.765, "content": 0.45},
        "findings": [make.fingerprint(1), make.fingerprint(2)],
        "exculpation": ["completed tasks rose by 4% in the same weeks"],
        "standing": None,
    }
    assert "user" not in to_dict(make.report())["teams"][0]


def test_a_finding() -> None:
    finding = to_dict(make.report())["findings"][0]
    assert finding["window"] == {"first_seen": "2026-03-02T08:15:00Z", "last_seen": "2026-05-29T17:40:12.345678Z"}
    # 1,240,000 tokens at 0.685 g per 1,000 are 849.4 g
    assert finding["impact"] == {
        "requests": 4211,
        "waste_tokens": 1_240_000,
        "waste_usd": 41.2,
        "co2_kg": 0.849,
        "basis": "rows in the streams",
    }
    assert finding["evidence"] == {
        "value": 0.3125,
        "unit": "SD of ln gap",
        "threshold": 0.5,
        "threshold_origin": "tokenscan",
        "n": 4211,
        "compared_with": "streams of 40 people in engineering",
        "metrics": {"median gap": 12.04, "longest stream": 212, "answers used": 0.0213},
        "metric_units": {"median gap": "s", "longest stream": "calls"},
        "samples": ["req_8f2", "req_901"],
        "against": ["41 of 4,211 answers were used"],
        "open_questions": ["a declared load test would look the same", "the key may be shared"],
        "prompts": [],
    }
    assert finding["suppression"] is None
    assert finding["reply"] is None
    assert to_dict(make.report())["findings"][4]["suppression"] == {
        "reason": "load test, see OPS-12",
        "expires": "2027-01-31",
        "owner": None,
        "ticket": None,
    }


def test_input() -> None:
    read = to_dict(make.report())["input"]
    assert read["files"] == 3
    assert read["duplicates_dropped"] == 512
    assert read["duplicates_by_reason"] == {"same response id": 500, "same row twice": 12}
    assert list(read["sources"]) == ["litellm", "openai-usage"]
    assert read["sources"]["litellm"] == {"rows": 1_843_000, "files": 1, "columns": {"cost": 1.0, "prompt": 0.666667}}
    assert read["window"] == {"from": "2026-03-02T08:15:00Z", "to": "2026-05-29T17:40:12.345678Z"}
    assert read["bad_row_samples"][0] == {"file": "logs/a.jsonl.gz", "row": 17, "reason": "not JSON: unexpected end"}
    assert read["file_verdicts"][2]["skipped"] == "no format fits"
    assert to_dict(make.empty_report())["input"]["window"] is None
    assert to_dict(make.empty_report())["input"]["unknown_people"] is None


def test_unknown_prices_are_null_not_0() -> None:
    nothing = Range(low=0, expected=0, high=0)
    totals = make.totals(cost_nanousd=0, waste_nanousd=nothing, unpriced_requests=1_843_221)
    report = make.report(totals=totals, people=(make.person(cost_nanousd=None, waste_nanousd=None),))
    data = loads(to_json(report))
    assert data["totals"]["cost_usd"] is None
    assert data["totals"]["waste_usd"] == {"low": None, "expected": None, "high": None}
    assert data["people"][0]["waste_usd"] is None
    assert data["findings"][2]["impact"]["waste_usd"] is None
    assert to_dict(make.empty_report())["totals"]["cost_usd"] == 0.0


@pytest.mark.parametrize("build", BUILDERS)
def test_json_reads_back_and_fits_the_schema(build: Callable[[], Report]) -> None:
    Draft202012Validator.check_schema(report_schema())
    data = loads(to_json(build()))
    assert data == to_dict(build())
    Draft202012Validator(report_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER).validate(data)


@pytest.mark.parametrize("key", sorted(to_dict(make.report())))
def test_the_schema_misses_a_missing_key_and_ignores_a_new_one(key: str) -> None:
    schema = Draft202012Validator(report_schema())
    data = to_dict(make.report())
    assert schema.is_valid(data | {"added_later": 1})
    del data[key]
    assert not schema.is_valid(data)


def test_every_key_that_is_written_is_described() -> None:
    def check(schema: dict[str, Any], value: Any) -> None:
        if isinstance(value, dict) and "properties" in schema:
            assert set(schema["properties"]) == set(value) == set(schema["required"])
            for key, part in value.items():
                check(schema["properties"][key], part)
        elif isinstance(value, list) and value:
            check(schema["items"], value[0])

    check(report_schema(), to_dict(make.report()))


def test_the_schema_says_that_impacts_do_not_add_up() -> None:
    assert "do not add up" in finding_schema()["properties"]["impact"]["description"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_survives_whole_but_escaped(text: str) -> None:
    document = to_json(make.hostile_report(text))
    assert loads(document)["people"][0]["user"] == text
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066\u200b" for c in document if c != "\n")
    document.encode()
    lines = to_jsonl(make.hostile_report(text), summary_line=True).splitlines()
    assert len(lines) == 4
    assert loads(lines[1])["subject"]["user"] == text


def test_metrics_of_the_same_name_are_both_kept() -> None:
    evidence = replace(make.finding().evidence, metrics=(Metric(name="gap", value=1), Metric(name="gap", value=2)))
    data = to_dict(make.report(findings=(make.finding(evidence=evidence),)))
    assert data["findings"][0]["evidence"]["metrics"] == {"gap": 1, "gap (2)": 2}


def test_no_nan_or_infinity() -> None:
    evidence = replace(
        make.finding().evidence, value=math.nan, threshold=math.inf, metrics=(Metric(name="x", value=-math.inf),)
    )
    people = (make.person(risk=math.nan, families={"content": math.nan}),)
    report = make.report(findings=(make.finding(evidence=evidence),), people=people)
    data = loads(to_json(report))
    assert data["findings"][0]["evidence"]["value"] is None
    assert data["findings"][0]["evidence"]["metrics"] == {"x": None}
    loads(to_jsonl(report))


def test_same_report_same_bytes() -> None:
    assert to_json(make.report()) == to_json(make.report())
    assert to_json(make.report()).endswith("}\n")
    assert to_jsonl(make.report(), summary_line=True) == to_jsonl(make.report(), summary_line=True)


def test_each_line_of_jsonl_is_complete_in_itself() -> None:
    lines = [loads(line) for line in to_jsonl(make.report()).splitlines()]
    assert [line["fingerprint"] for line in lines] == [make.fingerprint(n) for n in range(1, 6)]
    for line in lines:
        assert line["type"] == "finding"
        assert line["schema_version"] == "1.0"
        assert line["tool"]["version"] == "0.1.0"
        Draft202012Validator(finding_schema()).validate(line)
    assert to_jsonl(make.quiet_report()) == ""


def test_the_summary_line_comes_first_and_does_not_depend_on_the_run() -> None:
    report = make.report()
    first = loads(to_jsonl(report, summary_line=True).splitlines()[0])
    assert first["type"] == "summary"
    assert first["people"] == 2
    assert first["totals"] == to_dict(report)["totals"]
    later = replace(report, run=replace(report.run, duration_s=99.0))
    assert to_jsonl(later, summary_line=True) == to_jsonl(report, summary_line=True)
