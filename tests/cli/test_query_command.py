"""``tokenscan query``: SQL over the tables that rules see, through every output, whatever the log holds."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tokenscan.cli.app import main

EVIL = '=cmd()|<script>[/red]\x1b[31m\u202e"x",y'


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four calls; one app is named to harm whoever shows it."""
    path = tmp_path_factory.mktemp("logs") / "calls.jsonl"
    apps = ["chat", "chat", EVIL, None]
    users = ["ann", "bob", "ann", None]
    lines = [
        {"timestamp": f"2026-03-0{n + 1}T09:00:00Z", "user": user, "app": app, "input_tokens": 100 * (n + 1)}
        for n, (app, user) in enumerate(zip(apps, users, strict=True))
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *args: str | Path) -> tuple[int, str, str]:
    """Run the query command in this process; returns exit code, stdout, stderr."""
    code = main(["query", *map(str, args), "--no-config"])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_rows_as_json(capsys: pytest.CaptureFixture[str], calls: Path) -> None:
    sql = "SELECT user, COUNT(*) AS n, SUM(tokens) AS tokens, MIN(timestamp) AS first FROM events GROUP BY user"
    code, out, err = run(capsys, sql, calls, "-f", "json")
    assert (code, err) == (0, "")
    assert json.loads(out) == [
        {"user": "ann", "n": 2, "tokens": 400, "first": "2026-03-01T09:00:00Z"},
        {"user": None, "n": 1, "tokens": 400, "first": "2026-03-04T09:00:00Z"},
        {"user": "bob", "n": 1, "tokens": 200, "first": "2026-03-02T09:00:00Z"},
    ]


def test_what_a_log_holds_is_shown_and_never_obeyed(capsys: pytest.CaptureFixture[str], calls: Path) -> None:
    sql = "SELECT app FROM events WHERE tokens = 300"
    (cell,) = list(csv.reader(io.StringIO(run(capsys, sql, calls, "-f", "csv")[1])))[1]
    assert cell.startswith("'=cmd()|<script>[/red]")
    for kind in ("table", "csv", "json"):
        shown = run(capsys, sql, calls, "-f", kind)[1]
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    assert json.loads(run(capsys, sql, calls, "-f", "json")[1]) == [{"app": EVIL}]


@pytest.mark.parametrize("width", ["80", "200"])
def test_a_wide_table_becomes_a_block_a_row(capsys: pytest.CaptureFixture[str], calls: Path, width: str) -> None:
    out = run(capsys, "SELECT * FROM events", calls, "--width", width)[1]
    assert max(map(len, out.splitlines())) <= int(width)
    assert out.count("row ") == 4
    narrow = run(capsys, "SELECT user, tokens FROM events WHERE user = 'bob'", calls, "--width", width)[1]
    assert narrow.splitlines()[0].split() == ["user", "tokens"]
    assert narrow.splitlines()[2].split() == ["bob", "200"]


def test_limit_says_that_there_is_more(capsys: pytest.CaptureFixture[str], calls: Path) -> None:
    sql = "SELECT tokens FROM events ORDER BY tokens"
    code, out, err = run(capsys, sql, calls, "-f", "json", "--limit", "2")
    assert (code, json.loads(out)) == (0, [{"tokens": 100}, {"tokens": 200}])
    assert err == "only the first 2 rows; --limit 0 writes all\n"
    assert len(json.loads(run(capsys, sql, calls, "-f", "json", "--limit", "0")[1])) == 4
    assert run(capsys, sql, calls, "-f", "json", "--limit", "4")[2] == ""
    assert run(capsys, "SELECT tokens FROM events WHERE tokens < 0", calls, "-f", "json")[1] == "[]\n"


def test_sql_from_a_file_and_rows_into_one(capsys: pytest.CaptureFixture[str], calls: Path, tmp_path: Path) -> None:
    script, target = tmp_path / "a.sql", tmp_path / "rows.csv"
    script.write_text("-- calls of bob\nSELECT user, tokens\nFROM events WHERE user = 'bob';\n", encoding="utf-8")
    assert run(capsys, f"@{script}", calls, "-f", "csv", "-o", target) == (0, "", "")
    assert target.read_bytes() == b"user,tokens\r\nbob,200\r\n"
    code, _, err = run(capsys, f"@{tmp_path}/none.sql", calls)
    assert code == 2
    assert err.startswith(f"tokenscan: {tmp_path}/none.sql: cannot be read (")


def test_a_store_and_pseudonyms(capsys: pytest.CaptureFixture[str], calls: Path, tmp_path: Path) -> None:
    main(["ingest", str(calls), "--store", str(tmp_path / "store"), "-q"])
    capsys.readouterr()
    sql = "SELECT user, SUM(tokens) AS t FROM events WHERE user IS NOT NULL GROUP BY user"
    out = run(capsys, sql, "--store", tmp_path / "store", "-f", "json")[1]
    assert json.loads(out) == [{"user": "ann", "t": 400}, {"user": "bob", "t": 200}]
    key = tmp_path / "key"
    main(["pseudonym", "new-key", str(key)])
    capsys.readouterr()
    veiled = json.loads(run(capsys, sql, calls, "-f", "json", "--pseudonymize", "--key-file", key)[1])
    assert sorted(row["t"] for row in veiled) == [200, 400]
    assert {"ann", "bob"} & {row["user"] for row in veiled} == set()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["SELECT * FROM read_csv('/etc/passwd')"], "SQL: read_csv is no function that a rule may use"),
        (["DROP TABLE events"], "SQL: must start with SELECT or WITH"),
        (["SELECT nope FROM events"], 'SQL: unable to find column "nope"; valid columns: ["row_id"'),
        (["SELECT n FROM params"], 'SQL: unable to find column "n"'),
        (["SELECT 1 AS a", "-f", "yaml"], "unknown format 'yaml'"),
        (["SELECT CAST(app AS BIGINT) AS a FROM events"], "SQL: conversion"),
    ],
)
def test_mistakes_are_told_with_nothing_on_stdout(
    capsys: pytest.CaptureFixture[str], calls: Path, args: list[str], message: str
) -> None:
    code, out, err = run(capsys, args[0], calls, *args[1:])
    assert (code, out) == (2, "")
    assert err.startswith(f"tokenscan: {message}")


def test_sql_is_checked_before_any_file_is_looked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "SELECT nope FROM events", "nowhere.csv")[0] == 2
    assert run(capsys, "SELECT user FROM events", "nowhere.csv")[0] == 3
    assert run(capsys, "SELECT user FROM events")[2].startswith("tokenscan: nothing to query")
