"""A whole ``usage`` object in one column counts like columns of its own."""

from __future__ import annotations

import json
from pathlib import Path

import tokenscan


def test_usage_objects_of_either_vendor_are_counted(tmp_path: Path) -> None:
    rows = [
        {"usage": {"prompt_tokens": 100, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 64}}},
        {"usage": {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 900}},
        {"usage": {"input_tokens": "7"}, "output_tokens": 3},
        {"usage": "broken {", "output_tokens": 1},
    ]
    models = ["gpt-5-mini", "claude-sonnet-4-5", "gpt-5-mini", "gpt-5-mini"]
    path = tmp_path / "calls.jsonl"
    with path.open("w") as file:
        for n, (row, model) in enumerate(zip(rows, models, strict=True)):
            file.write(json.dumps({"ts": f"2026-03-02T10:00:0{n}Z", "user": "ann", "model": model, **row}) + "\n")
    events = tokenscan.read_logs(path).events
    # Anthropic keeps cache tokens apart: 10 + 900.
    assert events["input_tokens"].to_list() == [100, 910, 7, None]
    assert events["output_tokens"].to_list() == [20, 5, 3, 1]
    assert events["cache_read_tokens"].to_list() == [64, 900, None, None]
