from __future__ import annotations

import pytest

from tokenscan.events.log import BadRowSample, FileVerdict
from tokenscan.privacy.traces import hidden_argv, hidden_path, renamed_files, renamed_samples


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["analyze", "/home/alice/x.jsonl"], ["analyze", "(hidden)"]),
        (["analyze", "-f", "json", "-o", "/home/alice/r"], ["analyze", "-f", "json", "-o", "(hidden)"]),
        (["analyze", "--since=7d", "--people=/home/alice"], ["analyze", "--since=7d", "--people=(hidden)"]),
        (["analyze", "--since", "7d", "alice"], ["analyze", "--since", "7d", "(hidden)"]),
        (["analyze", "-o/home/alice", "-q"], ["analyze", "-o(hidden)", "-q"]),
        (["analyze", "--map", "alice=user", "-"], ["analyze", "--map", "(hidden)", "(hidden)"]),
        (["analyze", "--top", "5", "--strict", "alice"], ["analyze", "--top", "5", "--strict", "(hidden)"]),
        ([], []),
    ],
)
def test_a_command_line_keeps_its_options_and_no_path(argv: list[str], expected: list[str]) -> None:
    assert list(hidden_argv(argv)) == expected


def test_a_config_keeps_its_name_only_where_everybodys_is_called_so() -> None:
    assert hidden_path("/home/alice/tokenscan.toml") == "tokenscan.toml"
    assert hidden_path("/home/alice.toml") == "(hidden)"
    assert hidden_path(None) is None
    assert not hidden_path("")


def test_files_are_renamed_wherever_they_are_named() -> None:
    names = {"alice/a.jsonl": "file-1.jsonl", "bob/a.jsonl": "file-2.jsonl"}
    files = (
        FileVerdict(name="alice/a.jsonl", format="table", rows=1, bad_rows=0, broken="alice/a.jsonl: ended early"),
        FileVerdict(name="bob/a.jsonl", format="", rows=0, bad_rows=0, skipped="same content as alice/a.jsonl"),
    )
    first, second = renamed_files(files, names)
    assert (first.name, first.broken) == ("file-1.jsonl", "file-1.jsonl: ended early")
    assert (second.name, second.skipped) == ("file-2.jsonl", "same content as file-1.jsonl")
    bad = (BadRowSample(file="bob/a.jsonl", row=3, reason="not JSON"), BadRowSample(file="gone", row=1, reason="x"))
    assert [sample.file for sample in renamed_samples(bad, names)] == ["file-2.jsonl", "(hidden)"]
