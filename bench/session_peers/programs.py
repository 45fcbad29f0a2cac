"""Run each program on a home folder and read what it says of each day and model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.session_peers.counts import UNKNOWN, Counts, Key, Table, added
from bench.session_peers.effects import CCUSAGE, TOKSCALE

OURS = "tokenscan"
_ROOT = Path(__file__).resolve().parents[2]
BINARIES = {CCUSAGE: "@ccusage/ccusage-linux-x64/bin/ccusage", TOKSCALE: "@tokscale/cli-linux-x64-gnu/bin/tokscale"}
_CLIENTS = ("claude", "codex")
CODEX_FALLBACK = "gpt-5"  # what ccusage prices a Codex call at whose log names no model


class Run(NamedTuple):
    """What one program said, in how many seconds and with how much memory at most."""

    program: str
    table: Table
    seconds: float
    peak_mb: float


def run(program: str, home: Path, modules: Path) -> Run:
    """Run a program once, on files that the system has read before, with no cache of its own."""
    answer = home / f"{program}.json"
    command = _command(program, home, modules)
    environment = environment_of(home)
    started = time.perf_counter()
    with answer.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE, env=environment, cwd=home)
        assert process.stderr is not None
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)} failed:\n{errors.decode()}")
    said = json.loads(answer.read_bytes())
    answer.unlink()
    return Run(program, added(_READERS[program](said)), seconds, usage.ru_maxrss / 1024)


def environment_of(home: Path) -> dict[str, str]:
    """Return an environment with ``home`` as home, and clocks on UTC: the programs cut days in the machine's zone."""
    environment = os.environ | {"HOME": str(home), "TZ": "UTC", "PYTHONPATH": str(_ROOT)}
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        environment.pop(name, None)
    return environment


def _command(program: str, home: Path, modules: Path) -> list[str]:
    if program == OURS:
        return [sys.executable, "-m", "bench.session_peers.ours", str(home)]
    binary = modules / BINARIES[program]
    if not binary.exists():
        sys.exit(f"{binary} is not there: make bench-sessions installs it (Linux on x86-64 only)")
    binary.chmod(0o755)  # ccusage's package leaves that to its installer
    if program == CCUSAGE:
        return [str(binary), "daily", "--json", "--by-agent", "--offline", "--no-cost", "--timezone", "UTC"]
    return [str(binary), "graph", "--home", str(home), "--no-spinner", "-c", "claude", "-c", "codex"]


def _read_ours(said: Any) -> Iterator[tuple[Key, Counts]]:
    for client, day, model, *counts in said:
        yield Key(client, day, _model(model)), Counts(*counts)


def _read_ccusage(said: Any) -> Iterator[tuple[Key, Counts]]:
    for day in said["daily"]:
        for agent in day["agents"]:
            for row in agent["modelBreakdowns"]:
                model = row["modelName"]
                model = None if agent["agent"] == "codex" and model == CODEX_FALLBACK else model
                names = ("inputTokens", "cacheReadTokens", "cacheCreationTokens", "outputTokens")
                yield Key(agent["agent"], day["period"], _model(model)), Counts(*(row[name] for name in names))


def _read_tokscale(said: Any) -> Iterator[tuple[Key, Counts]]:
    for day in said["contributions"]:
        for row in day["clients"]:
            tokens = row["tokens"]
            # It shows reasoning beside the output.
            output = tokens["output"] + tokens["reasoning"]
            counts = Counts(tokens["input"], tokens["cacheRead"], tokens["cacheWrite"], output)
            yield Key(row["client"], day["date"], _model(row["modelId"])), counts


_READERS = {OURS: _read_ours, CCUSAGE: _read_ccusage, TOKSCALE: _read_tokscale}


def _model(name: str | None) -> str:
    """Return a model's name without its date, which tokscale leaves off."""
    head, _, tail = (name or UNKNOWN).rpartition("-")
    return head if len(tail) == 8 and tail.isdecimal() else name or UNKNOWN
