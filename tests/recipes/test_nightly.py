"""Nights without anybody watching: the recipes for cron, systemd and Kubernetes; files are whole or not there."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.recipes.fake_trackers import SECRET, Trackers, serving
from tests.recipes.nights import RECIPES, needs, run, write_log
from tokenscan.cli.app import main

EVE, MAL = "eve@example.com", "mal@example.com"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with `bin/tokenscan`, run by this Python, and `logs` with two findings."""
    needs("bash", "jq", "flock")
    script = tmp_path / "bin" / "tokenscan"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tokenscan "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    write_log(tmp_path / "logs", {EVE: 100_000, MAL: 90_000})
    return tmp_path


def variables(place: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "TOKENSCAN_AS_OF": "2026-03-01",
        "TOKENSCAN_SELECT": "personal-spike",
        "NIGHTLY_KEEP": "9999d",
        **more,
    }


def night(place: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    return run(
        "nightly.sh", str(place / "logs"), str(place / "state"), *command, cwd=place, env=variables(place, **env)
    )


def told(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    return done.returncode, done.stdout, done.stderr


def known(place: Path) -> int:
    return len(json.loads((place / "state" / "known.json").read_text(encoding="utf-8"))["findings"])


def test_nights_are_silent_and_hand_over_what_is_new(place: Path) -> None:
    assert told(night(place)) == (0, "", "")
    assert known(place) == 2
    assert night(place, "wc", "-l").stdout.strip() == "0"
    write_log(place / "logs", {"zoe@example.com": 120_000}, "later.jsonl")
    handed = night(place, "jq", "-r", '.state + " " + .subject.user')
    assert told(handed) == (0, "new zoe@example.com\n", "")
    assert known(place) == 3
    names = sorted(path.name for path in (place / "state").iterdir())
    assert names == ["findings.jsonl", "known.json", "lock", "report.json", "usage"]


def test_what_could_not_be_handed_over_comes_again(place: Path) -> None:
    assert night(place, "sh", "-c", "cat >/dev/null; exit 9").returncode == 9
    assert not (place / "state" / "known.json").exists()
    assert night(place, "wc", "-l").stdout.strip() == "2"
    assert known(place) == 2


def test_a_gate_is_told_at_the_end_and_stops_nothing(place: Path) -> None:
    code, out, err = told(night(place, "wc", "-l", TOKENSCAN_FAIL_ON="new:medium"))
    assert (code, out.strip(), known(place)) == (1, "2", 2)
    assert "--fail-on was met" in err
    assert told(night(place, TOKENSCAN_FAIL_ON="new:medium")) == (0, "", "")


def test_a_broken_export_closes_nothing(place: Path) -> None:
    assert night(place).returncode == 0
    (place / "logs" / "calls.jsonl").write_text('{"timestamp": "2026-02-01T08:00:00Z", "user"\n' * 50, encoding="utf-8")
    code, out, err = told(night(place, "wc", "-l"))
    assert (code, out, known(place)) == (4, "", 2)
    assert "tokenscan: incomplete" in err


def test_one_run_at_a_time(place: Path) -> None:
    (place / "state").mkdir()
    holding = ["flock", str(place / "state" / "lock"), "-c", "echo held; read x"]
    holder = subprocess.Popen(holding, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    code, out, err = told(night(place))
    holder.communicate(b"\n")
    assert (code, out) == (75, "")
    assert "another run is at work" in err
    assert sorted(path.name for path in (place / "state").iterdir()) == ["lock"]


def test_usage() -> None:
    needs("bash")
    done = run("nightly.sh", cwd=RECIPES, env={})
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "usage: nightly.sh LOGS STATE [COMMAND…]\n")


@pytest.fixture
def trackers() -> Iterator[Trackers]:
    with serving() as at:
        yield at


def test_a_night_with_tickets(place: Path, trackers: Trackers) -> None:
    needs("curl")
    env = {
        "GITHUB_API_URL": trackers.url,
        "GITHUB_REPOSITORY": "acme/usage",
        "GITHUB_TOKEN": SECRET,
        "TICKETS_PAUSE": "0",
    }
    script = str(RECIPES / "tickets" / "github.sh")
    opened = night(place, script, **env)
    assert (opened.returncode, opened.stdout.count("opened"), opened.stderr) == (0, 2, "")
    assert told(night(place, script, **env)) == (0, "", "")
    assert len(trackers.github.issues) == 2


def _as_here(text: str, place: Path) -> str:
    """Return a recipe's line with the paths of this machine in the place of those it names."""
    paths = {
        "/opt/tokenscan/recipes": str(RECIPES),
        "/opt/tokenscan/bin": str(place / "bin"),
        "/data/llm": str(place / "logs"),
        "/var/lib/tokenscan": str(place / "state"),
        "/etc/tokenscan.toml": str(place / "tokenscan.toml"),
    }
    for there, here in paths.items():
        text = text.replace(there, here)
    return text


def test_the_line_of_the_crontab_runs_as_cron_runs_it(place: Path) -> None:
    (place / "tokenscan.toml").touch()
    lines = [
        line for line in (RECIPES / "crontab").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    env = dict(line.split("=", 1) for line in lines[:-1])
    minute_to_weekday, command = lines[-1].split()[:5], " ".join(lines[-1].split()[5:])
    assert re.fullmatch(r"\d+ \d+ \* \* \*", " ".join(minute_to_weekday))
    assert "%" not in command  # cron would end the command there
    env = {name: _as_here(value, place) for name, value in env.items()}
    env |= {"TOKENSCAN_AS_OF": "2026-03-01", "HOME": str(place), "NIGHTLY_KEEP": "9999d"}
    assert told(_sh(_as_here(command, place), place, env)) == (0, "", "")
    assert json.loads((place / "state" / "report.json").read_text(encoding="utf-8"))["input"]["complete"]


def _sh(command: str, place: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", command], cwd=place, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def test_systemd_finds_nothing_wrong_with_the_units(place: Path) -> None:
    needs("systemd-analyze")
    for name in ("tokenscan.service", "tokenscan.timer"):
        text = (RECIPES / "systemd" / name).read_text(encoding="utf-8")
        (place / name).write_text(_as_here(text, place), encoding="utf-8")
    command = ["systemd-analyze", "verify", str(place / "tokenscan.service"), str(place / "tokenscan.timer")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert told(done) == (0, "", "")


def _job() -> dict[str, Any]:
    document = yaml.safe_load((RECIPES / "kubernetes" / "cronjob.yaml").read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def test_the_cronjob_neither_overlaps_nor_retries_and_reads_its_logs_only() -> None:
    job = _job()["spec"]
    pod = job["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    mounts = {mount["mountPath"]: mount.get("readOnly", False) for mount in container["volumeMounts"]}
    assert (job["concurrencyPolicy"], job["jobTemplate"]["spec"]["backoffLimit"]) == ("Forbid", 0)
    assert pod["restartPolicy"] == "Never"
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert mounts[container["command"][1]] is True
    assert mounts[container["command"][2]] is False
    assert mounts[next(one["value"] for one in container["env"] if one["name"] == "TMPDIR")] is False


def test_the_command_of_the_cronjob_runs_where_the_logs_are_read_only(place: Path) -> None:
    (container,) = _job()["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    (place / "tokenscan.toml").touch()
    env = {one["name"]: one["value"] for one in container["env"]}
    env["TOKENSCAN_CONFIG"] = str(place / "tokenscan.toml")
    env["TMPDIR"] = str(place / "tmp")
    (place / "tmp").mkdir()
    command = [_as_here(part, place) for part in container["command"]]
    (place / "logs").chmod(0o555)
    before = sorted(path.name for path in (place / "logs").iterdir())
    done = subprocess.run(
        command, env=variables(place, **env), capture_output=True, text=True, timeout=120, check=False
    )
    (place / "logs").chmod(0o755)
    assert told(done) == (0, "", "")
    assert sorted(path.name for path in (place / "logs").iterdir()) == before


def test_a_report_that_is_killed_while_it_is_written_leaves_the_old_one(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("the old one", encoding="utf-8")
    code = (
        "import os, signal, sys, pathlib; from tokenscan.cli.console import write_payload\n"
        "os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_payload('the new one', pathlib.Path(sys.argv[1]))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(report)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert report.read_text(encoding="utf-8") == "the old one"


def test_a_baseline_is_not_made_of_part_of_the_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, report, known = write_log(tmp_path, {EVE: 100_000}), tmp_path / "report.json", tmp_path / "known.json"
    args = ["analyze", str(log), "--no-config", "-q", "--select", "personal-spike", "-f", "json", "-o", str(report)]
    assert main([*args, "--min-severity", "critical"]) == 0
    assert main(["baseline", "write", str(report), "-o", str(known)]) == 2
    assert "make it without --state" in capsys.readouterr().err
    assert not known.exists()
    assert main(args) == 0
    assert main(["baseline", "write", str(report), "-o", str(known)]) == 0
