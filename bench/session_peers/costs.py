"""Compare what tokenscan and ccusage say that Claude Code and Codex sessions cost, by program, day and model.

Both price tokens at list, each with the prices that it ships: genai-prices here, LiteLLM's there. A difference is the
price of tokens that the two count otherwise (``bench.session_peers`` names those), or a model that only one of them has
a price for. What is left has no name, and fails the benchmark.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl

import tokenscan
from bench.session_peers.counts import UNKNOWN, Counts, Key
from bench.session_peers.effects import CCUSAGE
from bench.session_peers.programs import BINARIES, CODEX_FALLBACK, environment_of

_CLIENTS: Final = {"claude-code": "claude", "codex": "codex"}
_NANO: Final = 10**9
_EXACT: Final = 2_000  # nano-dollars a sum: ccusage adds up floats


class Priced(NamedTuple):
    """Tokens of a sum and their price in nano-dollars; null: no price is known."""

    counts: Counts
    nanousd: int | None


def main() -> None:
    """Print what both say, and each difference under its name."""
    parser = argparse.ArgumentParser(prog="python -m bench.session_peers.costs", description=__doc__)
    parser.add_argument("--mb", type=float, default=20)
    parser.add_argument("--home", type=Path, help="a folder with .claude/projects and .codex, instead of made logs")
    parser.add_argument("--modules", type=Path, default=Path("build/session_peers/node_modules"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = given.home
        if home is None:
            home = Path(folder)
            make = [sys.executable, "-m", "bench.session_peers.generate", str(home), str(given.mb)]
            subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
        ours, theirs = _ours(home), _theirs(home, given.modules.resolve())
    unexplained = _report(ours, theirs)
    sys.exit(1 if unexplained and given.home is None else 0)


def _ours(home: Path) -> dict[Key, Priced]:
    folders = [folder for folder in (home / ".claude" / "projects", home / ".codex") if folder.exists()]
    report = tokenscan.costs(folders, ["app", "day", "model"])
    found = {}
    for line in report.lines:
        app, day, model = line.keys
        tokens = line.tokens
        written = tokens.cache_write_5m + tokens.cache_write_1h
        counts = Counts(tokens.fresh_input, tokens.cache_read, written, tokens.output)
        found[Key(_CLIENTS[str(app)], str(day), model or UNKNOWN)] = Priced(
            counts, line.nanousd if line.known else None
        )
    return found


def _theirs(home: Path, modules: Path) -> dict[Key, Priced]:
    binary = modules / BINARIES[CCUSAGE]
    if not binary.exists():
        sys.exit(f"{binary} is not there: make bench-sessions installs it (Linux on x86-64 only)")
    binary.chmod(0o755)
    command = [str(binary), "daily", "--json", "--by-agent", "--offline", "--timezone", "UTC"]
    said = subprocess.run(command, check=True, capture_output=True, env=environment_of(home), cwd=home).stdout
    return dict(_rows(json.loads(said)))


def _rows(said: Any) -> Iterator[tuple[Key, Priced]]:
    names = ("inputTokens", "cacheReadTokens", "cacheCreationTokens", "outputTokens")
    for day in said["daily"]:
        for agent in day["agents"]:
            for row in agent["modelBreakdowns"]:
                fallen_back = agent["agent"] == "codex" and row["modelName"] == CODEX_FALLBACK
                model = UNKNOWN if fallen_back else row["modelName"]
                counts = Counts(*(row[name] for name in names))
                yield Key(agent["agent"], day["period"], model), Priced(counts, round(row["cost"] * _NANO))


def _report(ours: dict[Key, Priced], theirs: dict[Key, Priced]) -> bool:
    nothing = Priced(Counts(), 0)
    keys = sorted(ours.keys() | theirs.keys())
    named: defaultdict[str, int] = defaultdict(int)
    equal, unexplained = 0, False
    for key in keys:
        mine, other = ours.get(key, nothing), theirs.get(key, nothing)
        less = (mine.nanousd or 0) - (other.nanousd or 0)
        if abs(less) <= _EXACT:
            equal += 1
            continue
        names = _names(key, mine, other)
        for name, explained in names.items():
            named[name] += explained
        if abs(rest := less - sum(names.values())) > _EXACT:
            named[f"unexplained: {' '.join(key)}"] += rest
            unexplained = True
    for program, table in (("tokenscan", ours), (CCUSAGE, theirs)):
        print(f"{program}: ${sum(priced.nanousd or 0 for priced in table.values()) / _NANO:,.6f}")
    print(f"tokenscan less ccusage: {equal} of {len(keys)} sums of a day and model are equal")
    for name, nanousd in named.items():
        print(f"  {name}: ${nanousd / _NANO:+,.6f}")
    return unexplained


def _names(key: Key, mine: Priced, other: Priced) -> dict[str, int]:
    """Return the names of a difference, and how much of it each explains, in nano-dollars."""
    if mine.nanousd is None and key.model == UNKNOWN:
        return {f"calls that name no model, which ccusage prices as {CODEX_FALLBACK}": -(other.nanousd or 0)}
    if mine.nanousd is None:
        return {f"{key.model}, which genai-prices does not list": -(other.nanousd or 0)}
    if not other.nanousd:
        return {f"{key.model}, which ccusage has no price for": mine.nanousd}
    found = {}
    if any(less := mine.counts.plus(other.counts, -1)):
        found["tokens that ccusage counts otherwise, at list"] = _listed(key.model, key.day, less)
    written = Counts(cache_write=other.counts.cache_write)
    as_input = _listed(key.model, key.day, Counts(input=written.cache_write))
    if written.cache_write and _listed(key.model, key.day, written) == as_input:
        name = f"cache writes of {key.model}: as input in genai-prices, a quarter dearer in ccusage"
        found[name] = -as_input // 4
    return found


def _listed(model: str, day: str, counts: Counts) -> int:
    """Return the list price of tokens; of a negative number, less than nothing."""
    from tokenscan.events.schema import EVENTS
    from tokenscan.pricing.book import PriceBook
    from tokenscan.pricing.prices import price_events

    when = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)
    parts = {"input": (0, 0, 0), "cache_read": (1, 0, 0), "cache_write": (0, 1, 0), "output": (0, 0, 1)}
    rows = []
    for field, (read, write, out) in parts.items():
        count = abs(getattr(counts, field))
        tokens = {"input_tokens": 0 if out else count, "cache_read_tokens": read * count,
                  "cache_write_tokens": write * count, "output_tokens": out * count}  # fmt: skip
        # A row of as many requests as tokens stays in the tier of small requests.
        rows.append({"timestamp": when, "grain": "call", "n_requests": max(1, count), "model": model} | tokens)
    prices = price_events(pl.DataFrame(rows, schema=EVENTS), PriceBook())["cost_nanousd"]
    signs = [-1 if getattr(counts, field) < 0 else 1 for field in parts]
    return sum(sign * (price or 0) for sign, price in zip(signs, prices, strict=True))


if __name__ == "__main__":
    main()
