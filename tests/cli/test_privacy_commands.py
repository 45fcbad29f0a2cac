"""What a report tells of people as its readers meet it: pseudonyms, the way back, reports by team, text on demand."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import stat
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import tokenscan
from tests.unit.privacy import small_log
from tokenscan.cli.app import main
from tokenscan.errors import UsageError
from tokenscan.report.formats import FORMATS

PATH = "home/mallory.grant/.claude/log.jsonl"
LOGS = "home"
TELLING = ("mallory", "mgrant", "mg-77", "acme", "worker", "log.jsonl", "people.csv", "msg-", "for case", "quarterly",
           "recycling")  # fmt: skip


def run(*args: object) -> tuple[int, str, str]:
    """Run the command line in this process; returns exit code, stdout, stderr."""
    out, err = io.StringIO(), io.StringIO()
    words = [str(arg) for arg in args]
    known, sys.argv = sys.argv, ["tokenscan", *words]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(words)
    finally:
        sys.argv = known
    return code, out.getvalue(), err.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The files of one run, and what else it said."""

    folder: Path
    texts: dict[str, str]
    said: str

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.texts["json"])
        return found


def every_format(folder: Path, *options: object) -> Outputs:
    also = [part for name in FORMATS for part in ("--also", f"{name}={folder / name}")]
    code, _, said = run(
        "analyze", folder / LOGS, *options, *also, "--as-of", "2026-04-01", "--all-people", "--no-config"
    )
    assert code == 0, said
    return Outputs(folder=folder, texts={name: (folder / name).read_text("utf-8") for name in FORMATS}, said=said)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    small_log.write(folder, small_log.calls(), small_log.people(), PATH)
    assert run("pseudonym", "new-key", folder / "audit.key")[0] == 0
    return folder


@pytest.fixture(scope="module")
def hidden(logs: Path) -> Outputs:
    return every_format(logs, "--people", logs / "people.csv", "--pseudonymize", "--key-file", logs / "audit.key")


@pytest.fixture(scope="module")
def plain(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    code, out, _ = run("analyze", logs / LOGS, "--people", logs / "people.csv", "--as-of", "2026-04-01", "-f", "json",
                       "--all-people", "--no-config")  # fmt: skip
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.fixture(scope="module")
def repeater(logs: Path) -> str:
    code, out, _ = run("pseudonym", "of", "MGrant", "--people", logs / "people.csv", "--key-file", logs / "audit.key",
                       "--no-config")  # fmt: skip
    assert code == 0
    return out.strip()


def test_under_pseudonyms_no_output_holds_a_name_or_a_path(hidden: Outputs) -> None:
    for name, text in hidden.texts.items():
        found = [word for word in TELLING if word in text.lower()]
        assert found == [], name
    assert set(hidden.texts) == set(FORMATS)


def test_a_report_under_pseudonyms_says_otherwise_what_it_says_without(hidden: Outputs, plain: dict[str, Any]) -> None:
    users = [person["user"] for person in plain["people"]]
    names = run("pseudonym", "of", "-f", "json", "--people", hidden.folder / "people.csv", "--no-config",
                "--key-file", hidden.folder / "audit.key", *users)[1]  # fmt: skip
    known = json.loads(names)
    assert len(set(known.values())) == len(plain["people"]) == 12

    def told(report: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
        return {
            names.get(one["user"], one["user"]): (one["risk"], one["tokens"], one["families"])
            for one in report["people"]
        }

    assert told(hidden.report, {}) == told(plain, known)
    assert hidden.report["totals"] == plain["totals"]
    rules = sorted((one["rule_id"], known.get(one["subject"]["user"])) for one in plain["findings"])
    assert sorted((one["rule_id"], one["subject"]["user"]) for one in hidden.report["findings"]) == rules


def test_all_names_of_a_person_are_one_pseudonym_in_table_message_and_finding(hidden: Outputs, repeater: str) -> None:
    assert re.fullmatch(r"person-[0-9a-f]{16}", repeater)
    person = next(one for one in hidden.report["people"] if one["user"] == repeater)
    assert person["requests"] == 120  # 8 calls on each of 15 days, every other one under the alias
    finding = next(one for one in hidden.report["findings"] if one["rule_id"] == "above-peers")
    assert finding["message"].startswith(f"{repeater}'s median")
    assert finding["subject"]["user"] == repeater


def test_the_report_says_which_key_it_was_and_hides_how_it_was_run(hidden: Outputs) -> None:
    report = hidden.report
    assert report["privacy"]["pseudonymized"] is True
    assert re.fullmatch(r"[0-9a-f]{8}", report["privacy"]["key_id"])
    assert report["run"]["argv"][:4] == ["analyze", "(hidden)", "--people", "(hidden)"]
    assert [file["name"][:5] for file in report["input"]["file_verdicts"]] == ["file-"]


def test_a_team_of_one_is_not_told_under_pseudonyms(hidden: Outputs, plain: dict[str, Any]) -> None:
    # Teams of 6, 5 and 1: totals less two teams would be the one, so the 5 join the one.
    assert sorted(team["team"] for team in plain["teams"]) == ["alpha", "beta"]
    assert {team["team"] for team in hidden.report["teams"]} == {"alpha", "(other teams)"}
    assert {person["team"] for person in hidden.report["people"]} == {"alpha", None}
    assert "gamma" not in hidden.texts["json"]
    assert sum(team["tokens"] for team in hidden.report["teams"]) == hidden.report["totals"]["tokens"]


def test_the_key_holder_finds_one_name_gives_a_reason_and_leaves_a_record(logs: Path, repeater: str) -> None:
    words = ("pseudonym", "reveal", repeater, "--key-file", logs / "audit.key", "--no-config")
    code, out, err = run(*words, "--people", logs / "people.csv")
    assert (code, out) == (2, "")
    assert "the reason is recorded" in err
    record = logs / "audit.revealed.jsonl"
    assert not record.exists()
    code, out, _ = run(
        *words, "--people", logs / "people.csv", "--reason", "OPS-12, agreed with \x1b]0;x\x07 the council"
    )
    assert (code, out) == (0, f"{small_log.REPEATER}\n")
    code, out, _ = run(*words, logs / LOGS, "--people", logs / "people.csv", "--reason", "again", "-f", "json")
    assert json.loads(out) == {"pseudonym": repeater, "names": [small_log.REPEATER]}
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    assert [(line["pseudonym"], line["reason"][:6]) for line in lines] == [(repeater, "OPS-12"), (repeater, "again")]
    assert "\x1b" not in record.read_text("utf-8")
    assert stat.S_IMODE(record.stat().st_mode) == 0o600


def test_without_a_record_no_name_is_told(logs: Path, repeater: str, tmp_path: Path) -> None:
    code, out, err = run("pseudonym", "reveal", repeater, "--key-file", logs / "audit.key", "--no-config", "--people",
                         logs / "people.csv", "--reason", "look", "--log", tmp_path / "none" / "x.jsonl")  # fmt: skip
    assert (code, out) == (2, "")
    assert "cannot be written" in err


def test_calls_and_files_of_a_report_can_be_found_in_the_logs(hidden: Outputs) -> None:
    finding = next(one for one in hidden.report["findings"] if one["evidence"]["samples"])
    call, file = finding["evidence"]["samples"][0], hidden.report["input"]["file_verdicts"][0]["name"]
    words = ("--key-file", hidden.folder / "audit.key", "--no-config", "--reason", "look it up")
    assert run("pseudonym", "reveal", call, hidden.folder / LOGS, *words)[1].startswith("msg-")
    assert run("pseudonym", "reveal", file, hidden.folder / LOGS, *words)[1].endswith(
        "mallory.grant/.claude/log.jsonl\n"
    )
    code, _, err = run("pseudonym", "reveal", call, "--people", hidden.folder / "people.csv", *words)
    assert (code, "in the logs only" in err) == (2, True)


@pytest.mark.parametrize(
    ("pseudonym", "code", "told"),
    [
        ("person-0000000000000000", 3, "not among the names given"),
        ("alice", 2, "is no pseudonym"),
        ("person-12", 2, "no pseudonym"),
        ("file-../../etc/passwd", 2, "no pseudonym"),
    ],
)
def test_what_cannot_be_found_leaves_no_record(
    pseudonym: str, code: int, told: str, logs: Path, tmp_path: Path
) -> None:
    found = run("pseudonym", "reveal", pseudonym, "--key-file", logs / "audit.key", "--people", logs / "people.csv",
                "--reason", "look", "--log", tmp_path / "log.jsonl", "--no-config")  # fmt: skip
    assert (found[0], found[1]) == (code, "")
    assert told in found[2]
    assert not (tmp_path / "log.jsonl").exists()


def test_explain_keeps_to_pseudonyms(logs: Path, repeater: str) -> None:
    words = (
        "--people",
        logs / "people.csv",
        "--pseudonymize",
        "--key-file",
        logs / "audit.key",
        "--no-config",
        "--no-trials",
    )
    for name in ("table", "json", "markdown"):
        code, out, _ = run(
            "explain", f"{repeater} above-peers", logs / LOGS, *words, "-f", name, "--as-of", "2026-04-01"
        )
        assert code == 0
        assert repeater in out
        assert [word for word in TELLING if word in out.lower()] == [], name


def test_the_same_key_gives_the_same_tickets_and_another_key_others(hidden: Outputs, tmp_path: Path) -> None:
    words = ("analyze", hidden.folder / LOGS, "--people", hidden.folder / "people.csv", "--pseudonymize", "-f", "json",
             "--no-config", "--as-of", "2026-04-01")  # fmt: skip
    run("baseline", "write", hidden.folder / "json", "-o", tmp_path / "known.json")
    again = run(*words, "--key-file", hidden.folder / "audit.key", "--baseline", tmp_path / "known.json")[1]
    states = json.loads(again)["totals"]["by_state"]
    assert (states["new"], states["resolved"], states["unchanged"]) == (0, 0, len(hidden.report["findings"]))
    assert "mallory" not in (tmp_path / "known.json").read_text("utf-8")
    run("pseudonym", "new-key", tmp_path / "other.key")
    other = json.loads(run(*words, "--key-file", tmp_path / "other.key")[1])
    prints = [
        {one["fingerprint"] for one in report["findings"] if one["subject"]["user"]}
        for report in (other, hidden.report)
    ]
    assert prints[0].isdisjoint(prints[1])


def test_a_baseline_with_names_is_refused_under_pseudonyms_and_the_other_way_round(
    hidden: Outputs, plain: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "plain.json").write_text(json.dumps(plain), encoding="utf-8")
    run("baseline", "write", tmp_path / "plain.json", "-o", tmp_path / "names.json")
    run("baseline", "write", hidden.folder / "json", "-o", tmp_path / "marks.json")
    words = ("analyze", hidden.folder / LOGS, "--people", hidden.folder / "people.csv", "--no-config")
    key = ("--pseudonymize", "--key-file", hidden.folder / "audit.key")
    code, out, err = run(*words, *key, "--baseline", tmp_path / "names.json")
    assert (code, out) == (2, "")
    assert "the baseline holds names" in err
    code, out, err = run(*words, "--baseline", tmp_path / "marks.json")
    assert (code, out) == (2, "")
    assert "the baseline holds pseudonyms" in err


def test_a_key_of_ones_own_is_made_once_and_said_and_a_named_one_never(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("TOKENSCAN_KEY_FILE", raising=False)
    words = ("analyze", logs / LOGS, "--no-config", "--pseudonymize", "-q", "-f", "csv", "--as-of", "2026-04-01")
    own = tmp_path / "tokenscan" / "pseudonym.key"
    code, _, err = run("pseudonym", "of", "ann", "--no-config")
    assert (code, own.exists()) == (2, False)  # a new key could not tell who stood in a report
    assert "no key file there" in err
    code, first, err = run(*words)
    assert (code, stat.S_IMODE(own.stat().st_mode)) == (0, 0o600)
    assert f"made a key for pseudonyms, {own}" in err
    code, second, err = run(*words)
    assert (code, second, err) == (0, first, "")
    monkeypatch.setenv("TOKENSCAN_KEY_FILE", str(tmp_path / "typo.key"))
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert f"tokenscan pseudonym new-key {tmp_path / 'typo.key'}" in err
    own.chmod(0o644)
    monkeypatch.setenv("TOKENSCAN_KEY_FILE", str(own))
    code, third, err = run(*words)
    assert (code, third) == (0, first)
    assert f"chmod 600 {own}" in err


def test_a_key_without_pseudonyms_and_other_contradictions_are_refused(logs: Path) -> None:
    for options, told in (
        (("--key-file", logs / "audit.key"), "--key-file does nothing without --pseudonymize"),
        (("--level", "company"), "one of person, team"),
        (("--level", "team", "--show-text", "2"), "a report by team shows none"),
        (("--no-text", "--show-text", "2"), "--no-text keeps no text"),
    ):
        code, out, err = run("analyze", logs / LOGS, "--no-config", *options)
        assert (code, out) == (2, "")
        assert told in " ".join(err.split())


def test_a_report_by_team_names_and_counts_nobody(logs: Path, tmp_path: Path, plain: dict[str, Any]) -> None:
    (tmp_path / PATH).parent.mkdir(parents=True)
    (tmp_path / PATH).write_bytes((logs / PATH).read_bytes())
    found = every_format(tmp_path, "--people", logs / "people.csv", "--level", "team")
    for name, text in found.texts.items():
        assert [word for word in TELLING if word in text.lower()] == [], name
    report = found.report
    assert report["people"] == []
    assert {one["subject"]["kind"] for one in report["findings"]} <= {"team", "organisation"}
    assert {team["team"] for team in report["teams"]} == {"alpha", "(other teams)"}
    for figure in ("requests", "tokens", "cost_usd", "waste_tokens"):
        assert report["totals"][figure] == plain["totals"][figure]
    assert {rule["findings"] for rule in report["rules"] if rule["id"] in {"above-peers", "copied-prompt"}} == {0}
    assert sum(report["totals"]["findings"].values()) == len(report["findings"]) == 1
    assert report["economics"]["waste"]["by_person"] == []
    assert report["input"]["bad_row_samples"] == []


def test_gates_see_what_a_report_by_team_shows(logs: Path) -> None:
    words = (
        "analyze",
        logs / LOGS,
        "--people",
        logs / "people.csv",
        "--no-config",
        "-q",
        "-f",
        "jsonl",
        "--level",
        "team",
    )
    finding = json.loads(run(*words)[1].splitlines()[0])
    assert finding["rule_id"] == "forged-log"  # every call of this log lies on a full minute
    assert run(*words, "--fail-on", finding["severity"])[0] == 1
    assert run(*words, "--fail-on", "critical")[0] == 0


def test_prompts_show_only_where_asked_for_masked_and_without_secrets(logs: Path) -> None:
    words = ("analyze", logs / LOGS, "--people", logs / "people.csv", "--no-config", "--as-of", "2026-04-01")
    report = json.loads(run(*words, "-f", "json", "--show-text", "2")[1])
    shown = [one["text"] for finding in report["findings"] for one in finding["evidence"]["prompts"]]
    assert any("for case <n>" in text for text in shown)
    assert max(len(finding["evidence"]["prompts"]) for finding in report["findings"]) == 2
    everything = run(*words, "-f", "markdown", "--show-text", "50", "--top", "0")[1]
    assert "for case" in everything
    assert small_log.KEY.lower() not in everything.lower()


def test_without_text_hashes_are_compared_and_nothing_can_be_shown(logs: Path, plain: dict[str, Any]) -> None:
    words = (
        "analyze",
        logs / LOGS,
        "--people",
        logs / "people.csv",
        "--no-config",
        "--as-of",
        "2026-04-01",
        "--no-text",
    )
    report = json.loads(run(*words, "-f", "json", "--all-people")[1])
    # Without text, templates are those of masked words only: near duplicates are fewer, repeats are found all the same.
    assert report["totals"]["duplicate_share"] > 0.2
    assert report["totals"]["tokens"] == plain["totals"]["tokens"]


def test_replies_go_into_the_csv_and_come_back_with_the_report(logs: Path, tmp_path: Path) -> None:
    words = ("analyze", logs / LOGS, "--people", logs / "people.csv", "--no-config", "--as-of", "2026-04-01")
    rows = list(csv.DictReader(io.StringIO(run(*words, "-f", "csv")[1])))
    rows[0]["reply"] = "A rehearsal for the fair."
    with (tmp_path / "replies.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    report = json.loads(run(*words, "-f", "json", "--replies", tmp_path / "replies.csv")[1])
    replies = {one["fingerprint"]: one["reply"] for one in report["findings"] if one["reply"]}
    assert replies == {rows[0]["fingerprint"]: "A rehearsal for the fair."}
    assert rows[0]["notice"].startswith("Findings are evidence, not verdicts")


def test_every_format_says_what_it_may_be_used_for(hidden: Outputs) -> None:
    for name, text in hidden.texts.items():
        assert "must not be the only ground for a decision" in " ".join(text.split()), name
    for name in ("table", "json", "markdown", "sarif"):
        assert "GDPR Art. 22" in " ".join(hidden.texts[name].replace("\\", "").split()), name


def test_a_notebook_has_the_same_choices_and_refuses_the_same_mistakes(logs: Path, hidden: Outputs) -> None:
    people = {"people": logs / "people.csv", "as_of": datetime(2026, 4, 1, tzinfo=UTC)}
    report = tokenscan.analyze(logs / LOGS, key_file=logs / "audit.key", all_people=True, **people)
    told = report.to_dict()
    assert {name: told[name] for name in ("people", "findings", "privacy")} == {
        name: hidden.report[name] for name in ("people", "findings", "privacy")
    }
    assert tokenscan.analyze(logs / LOGS, level="team", **people).people == ()
    with pytest.raises(UsageError, match="level 'teams'"):
        tokenscan.analyze(logs / LOGS, level="teams", **people)
    with pytest.raises(UsageError, match="shows no prompts"):
        tokenscan.analyze(logs / LOGS, level="team", show_text=2, **people)
