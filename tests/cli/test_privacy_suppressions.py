"""Suppressions as their owners meet them: told in every format, ended by their day, refused where they are typos."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest

from tests.unit.privacy import small_log
from tokenscan.cli.app import main
from tokenscan.report.formats import FORMATS

ENTRY = """
[[suppress]]
rule = "{rule}"
match = {match}
reason = "{reason}"
expires = {expires}
owner = "dana@acme.example"
ticket = "OPS-7"
"""


def run(*args: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(arg) for arg in args])
    return code, out.getvalue(), err.getvalue()


def entry(
    rule: str = "above-peers",
    match: str = '{ user = "mallory*" }',
    expires: str = "2026-12-31",
    reason: str = "a load test",
) -> str:
    return ENTRY.format(rule=rule, match=match, reason=reason, expires=expires)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_log.write(tmp_path_factory.mktemp("logs"), small_log.calls(), small_log.people())


def analyze(log: Path, folder: Path, config: str, *options: object) -> tuple[int, str, str]:
    (folder / "tokenscan.toml").write_text(f'people = "{log.parent / "people.csv"}"\n{config}', encoding="utf-8")
    return run("analyze", log, "--config", folder / "tokenscan.toml", "--as-of", "2026-04-01", *options)


def test_a_suppressed_finding_is_told_in_every_format_with_whose_decision_it_is(log: Path, tmp_path: Path) -> None:
    config = entry() + entry("copied-prompt", '{ team = "none" }', reason="moved on") + entry(expires="2026-03-31")
    also = [part for name in FORMATS for part in ("--also", f"{name}={tmp_path / name}")]
    code, _, err = analyze(log, tmp_path, config, "--width", "200", "--summary-line", *also)
    assert code == 0
    assert "tokenscan: suppression of above-peers expired on 2026-03-31: its findings are shown again" in err
    assert "tokenscan: suppression of copied-prompt (moved on) matches nothing" in err
    report = json.loads((tmp_path / "json").read_text("utf-8"))
    assert [(one["status"], one["findings"]) for one in report["suppressions"]] == [
        ("active", 1),
        ("unused", 0),
        ("expired", 0),
    ]
    assert report["totals"]["suppressed"] == 1
    hidden = [one["suppression"] for one in report["findings"] if one["suppression"]]
    assert hidden == [
        {"reason": "a load test", "expires": "2026-12-31", "owner": "dana@acme.example", "ticket": "OPS-7"}
    ]
    for name in FORMATS:
        text = (tmp_path / name).read_text("utf-8")
        assert "a load test" in text, name
    for name in ("table", "json", "jsonl", "markdown", "sarif"):
        text = (tmp_path / name).read_text("utf-8")
        assert "moved on" in text, name
        assert "expired" in text, name
        assert "OPS-7" in text.replace("\\", ""), name


def test_suppressed_findings_can_be_listed_or_brought_back(log: Path, tmp_path: Path) -> None:
    for name in ("table", "markdown"):
        hidden = analyze(log, tmp_path, entry(), "-f", name)[1]
        listed = analyze(log, tmp_path, entry(), "-f", name, "--show-suppressed")[1]
        assert "suppressed by decision" not in hidden.lower().replace("1 suppressed by decision", "")
        assert "median active day holds" not in " ".join(hidden.split())
        assert "median active day holds" in " ".join(listed.split())
    report = json.loads(analyze(log, tmp_path, entry(), "-f", "json", "--no-suppress")[1])
    assert report["totals"]["suppressed"] == 0
    assert report["suppressions"] == []
    assert not any(one["suppression"] for one in report["findings"])


def test_an_unused_one_is_an_error_where_nothing_may_be_amiss(log: Path, tmp_path: Path) -> None:
    code, out, err = analyze(log, tmp_path, entry(match='{ user = "nobody" }'), "--strict")
    assert (code, out) == (2, "")
    assert "suppression of above-peers (a load test) matches nothing" in err
    assert analyze(log, tmp_path, entry(), "--strict", "-q", "-f", "csv")[0] == 0
    assert analyze(log, tmp_path, entry(expires="2026-03-31"), "--strict", "-q", "-f", "csv")[0] == 0


def test_one_whose_rule_did_not_run_is_not_called_unused(log: Path, tmp_path: Path) -> None:
    options = ("-f", "json", "--strict", "--ignore", "above-peers")
    code, out, err = analyze(log, tmp_path, entry(), *options)
    assert (code, err) == (0, "")
    assert json.loads(out)["suppressions"][0]["status"] == "not_looked_for"


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (entry("above-peer"), "suppress[0].rule: no rule 'above-peer'; did you mean 'above-peers'?"),
        (entry(match='{ persons = "x" }'), "suppress[0].match: findings have no 'persons'"),
        (entry(reason=""), "reason"),
        (entry().replace("expires = 2026-12-31", ""), "missing required field `expires`"),
        (entry().replace('reason = "a load test"', ""), "missing required field `reason`"),
        (entry(expires='"soon"'), "expires"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_read(config: str, told: str, log: Path, tmp_path: Path) -> None:
    code, out, err = analyze(log.parent / "no-such-log.csv", tmp_path, config)
    assert (code, out) == (2, "")
    assert told in " ".join(err.split())


def test_a_suppression_by_name_works_under_pseudonyms_and_its_reason_names_nobody(log: Path, tmp_path: Path) -> None:
    run("pseudonym", "new-key", tmp_path / "a.key")
    config = entry(reason="load test of mallory.grant, agreed with dana@acme.example")
    options = ("-f", "json", "--pseudonymize", "--key-file", tmp_path / "a.key")
    report = json.loads(analyze(log, tmp_path, config, *options)[1])
    decision = next(one["suppression"] for one in report["findings"] if one["suppression"])
    assert decision["reason"].startswith("load test of person-")
    mark = next(one["subject"]["user"] for one in report["findings"] if one["rule_id"] == "above-peers")
    again = json.loads(analyze(log, tmp_path, entry(match=f'{{ user = "{mark}" }}'), *options)[1])
    assert again["suppressions"][0]["findings"] == 1
