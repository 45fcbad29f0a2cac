"""``tokenscan rules`` as authors of rules meet it: new, check, list, show, lock, and their rules in a report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.custom.own_rules import text, write
from tokenscan.cli.app import main

GOOD = "SELECT user, COUNT(*) AS value FROM events GROUP BY user"


def run(capsys: pytest.CaptureFixture[str], *args: str | Path) -> tuple[int, str, str]:
    """Run the command line in this process; returns exit code, stdout, stderr."""
    code = main([str(arg) for arg in args])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Three calls of two people; one call is to a dear model and answered with one token."""
    rows = ["timestamp,user,model,app,input_tokens,output_tokens"]
    rows += [f"2026-03-02T09:0{n}:00Z,{user},gpt-5.5,chat,900,{out}" for n, (user, out) in enumerate(
        [("ann", 1), ("ann", 2), ("bob", 400)])]  # fmt: skip
    path = tmp_path / "calls.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["sql", "filter"])
def test_a_new_rule_passes_its_own_tests_and_finds_what_it_says(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, calls: Path, kind: str
) -> None:
    folder = tmp_path / "deep" / "rules"
    code, out, err = run(capsys, "rules", "new", "acme-short", "--kind", kind, "-o", folder)
    assert (code, out) == (0, "")
    assert err == f"{folder}/acme-short.toml written; try it: tokenscan rules check {folder}/acme-short.toml\n"
    assert run(capsys, "rules", "check", folder) == (0, "", "1 rule, 2 tests, 0 failed\n")
    code, out, err = run(capsys, "analyze", calls, "--rules", folder, "--select", "acme-*", "-f", "json", "--no-config")
    (finding,) = json.loads(out)["findings"]
    assert (code, err) == (0, "")
    assert finding["message"] == "ann sent 2 calls to a dear model for answers of at most 8 tokens."
    assert finding["impact"]["waste_tokens"] == 901 + 902
    none = run(capsys, "analyze", calls, "--rules", folder, "--select", "acme-*", "-f", "json", "--no-config",
               "--set", "acme-short.min_calls=3")  # fmt: skip
    assert json.loads(none[1])["findings"] == []


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["short"], "'short' has no prefix"),
        (["Acme-Short"], "'Acme-Short' is no rule id"),
        (["../acme-short"], "'../acme-short' is no rule id"),
        (["copied-prompt"], "'copied-prompt' is a shipped rule"),
        (["acme-short", "--kind", "python"], "--kind 'python'"),
    ],
)
def test_new_refuses_ids_and_kinds_that_cannot_be(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, args: list[str], problem: str
) -> None:
    code, out, err = run(capsys, "rules", "new", *args, "-o", tmp_path)
    assert (code, out) == (2, "")
    assert err.startswith(f"tokenscan: {problem}")
    assert list(tmp_path.iterdir()) == []


def test_new_never_overwrites(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = write(tmp_path, "mine", "acme-short")
    assert run(capsys, "rules", "new", "acme-short", "-o", tmp_path)[0] == 2
    assert path.read_text(encoding="utf-8") == "mine"


def test_check_tells_every_problem_of_every_file_and_tests_the_sound_ones(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bad = write(tmp_path, text("SELECT * FROM read_csv('/etc/passwd')", confidence=None))
    wrong = "[[tests]]\nname = 'two'\nevents = [{ user = 'ann' }]\nexpect = [{ user = 'ann', value = 2 }]"
    write(tmp_path, text(GOOD, id="acme-wrong", more=wrong), "acme-wrong")
    code, out, err = run(capsys, "rules", "check", tmp_path)
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"{bad}: confidence: missing",
        f"{bad}: sql.query: read_csv is no function that a rule may use",
        "acme-wrong: two: user ann (value 1.0, strength 0.5): expected value 2.0, got 1.0",
        "1 rule, 1 test, 1 failed; 2 problems in other files",
    ]
    assert run(capsys, "rules", "check", tmp_path, "--no-tests", "-q")[2].count("\n") == 2


def test_a_broken_rule_stops_an_analysis_before_it_reads_anything(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    first = write(tmp_path / "r", text("DROP TABLE events"))
    second = write(tmp_path / "r", text("SELECT nope FROM events", id="acme-b"), "acme-b")
    code, out, err = run(capsys, "analyze", tmp_path / "nowhere.csv", "--rules", tmp_path / "r", "--no-config")
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert lines[0].startswith(f"tokenscan: {second}: sql.query: unable to find column")
    assert lines[1] == f"{first}: sql.query: must start with SELECT or WITH"


def test_a_rule_that_fails_at_run_time_makes_the_report_incomplete(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, calls: Path
) -> None:
    write(tmp_path / "r", text("SELECT user, CAST(model AS BIGINT) AS value FROM events"))
    code, out, err = run(capsys, "analyze", calls, "--rules", tmp_path / "r", "--no-config", "-f", "json")
    report = json.loads(out)
    assert code == 4
    assert report["input"]["complete"] is False
    assert [rule["status"] for rule in report["rules"] if rule["id"] == "acme-try"] == ["failed"]
    assert report["errors"][0].startswith("rule acme-try failed: ")
    assert err.startswith("tokenscan: incomplete: rule acme-try failed: ")


def test_life_cycle_decides_whether_a_rule_runs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, calls: Path
) -> None:
    write(tmp_path / "r", text(GOOD, id="acme-new", status="experimental"), "acme-new")
    old = {"status": "deprecated", "reason": "superseded", "replaced_by": "acme-try"}
    write(tmp_path / "r", text(GOOD, id="acme-old", **old), "acme-old")
    write(tmp_path / "r", text(GOOD))
    args = ("analyze", calls, "--rules", tmp_path / "r", "--select", "acme-*", "--no-config", "-f", "json")
    rules = {rule["id"]: rule for rule in json.loads(run(capsys, *args)[1])["rules"]}
    assert {name: rule["status"] for name, rule in rules.items()} == {
        "acme-new": "disabled", "acme-old": "disabled", "acme-try": "ran"}  # fmt: skip
    assert rules["acme-old"]["reason"] == "deprecated: superseded; use acme-try"
    rules = {rule["id"]: rule for rule in json.loads(run(capsys, *args, "--experimental")[1])["rules"]}
    assert rules["acme-new"]["status"] == "ran"
    unknown = write(tmp_path / "u", text(GOOD, status="deprecated", reason="x", replaced_by="acme-none"))
    code, _, err = run(capsys, "rules", "check", unknown)
    assert (code, err.splitlines()[0]) == (2, f"{unknown}: replaced_by: no rule 'acme-none'")


def test_list_by_tag_and_source(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write(tmp_path, text(GOOD, tags=["ours"]))
    args = ("rules", "list", "--rules", tmp_path, "--no-config", "-f", "json")
    (entry,) = json.loads(run(capsys, *args, "--tag", "ours")[1])
    assert (entry["id"], entry["kind"], entry["family"], entry["runs"]) == ("acme-try", "sql", "custom", "yes")
    every = {entry["id"]: entry["runs"] for entry in json.loads(run(capsys, *args, "--source", "openai-usage")[1])}
    assert every["copied-prompt"] == "needs prompt text; the openai-usage input has none"
    assert every["personal-spike"] == "yes"
    assert run(capsys, *args, "--tag", "our")[2] == "tokenscan: --tag 'our': no rule has it; did you mean 'ours'?\n"
    assert run(capsys, *args, "--source", "litelm")[2].startswith("tokenscan: --source 'litelm': no such format")
    table = run(capsys, "rules", "list", "--rules", tmp_path, "--no-config", "--tag", "ours", "--width", "80")[1]
    assert "acme-try" in table
    assert max(map(len, table.splitlines())) <= 80


def test_show_tells_query_and_where_values_come_from(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run(capsys, "rules", "new", "acme-short", "-o", tmp_path)
    config = tmp_path / "tokenscan.toml"
    config.write_text("[rules.acme-short]\nseverity = 'high'\nparams = { min_calls = 7 }\n", encoding="utf-8")
    page = run(capsys, "rules", "show", "acme-short", "--rules", tmp_path / "acme-short.toml", "--config", config)[1]
    assert "```sql\nSELECT e.user, COUNT(*) AS requests" in page
    assert "| `min_calls` | 7 | config | 2 | int, at least 1 |" in page
    assert "| Severity | high (config; the rule says medium) |" in page


def test_the_lock_refuses_a_change_without_a_new_version(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write(tmp_path, text(GOOD))
    lock = tmp_path / "rules.lock"
    assert run(capsys, "rules", "lock", tmp_path, "--check")[::2] == (2, f"{lock}: acme-try: is not locked yet\n")
    assert run(capsys, "rules", "lock", tmp_path)[::2] == (0, f"{lock}: 1 rule locked\n")
    assert run(capsys, "rules", "lock", tmp_path, "--check") == (0, "", "")
    write(tmp_path, text(GOOD, description="Better words.", more="[[tests]]\nname = 't'\nevents = [{}]"))
    assert run(capsys, "rules", "lock", tmp_path, "--check")[0] == 0
    write(tmp_path, text(GOOD.replace("COUNT(*)", "SUM(tokens)")))
    told = f"{lock}: acme-try: has changed and is still version 1\n"
    assert run(capsys, "rules", "lock", tmp_path, "--check")[::2] == (2, told)
    code, _, err = run(capsys, "rules", "lock", tmp_path)
    assert (code, err.startswith(told)) == (2, True)
    write(tmp_path, text(GOOD.replace("COUNT(*)", "SUM(tokens)"), version=2))
    told = f"{lock}: acme-try: version 2 is not locked yet, only 1\n"
    assert run(capsys, "rules", "lock", tmp_path, "--check")[::2] == (2, told)
    assert run(capsys, "rules", "lock", tmp_path)[0] == 0
    lock.write_text("{", encoding="utf-8")
    assert run(capsys, "rules", "lock", tmp_path)[2].startswith(f"tokenscan: {lock}: no lock (")
