"""Compare tokenscan with ccusage and tokscale on the same folders of Claude Code and Codex sessions.

The logs are our own samples and fixtures, multiplied; ``--home`` takes a folder of real ones instead. Tokens are
compared per program, day and model. Each difference is given with its name, or as unexplained, which fails the run.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.session_peers.counts import Counts, Key, Table, added, difference, total
from bench.session_peers.effects import CCUSAGE, CODEX, TOKSCALE, Effect, claude_effects
from bench.session_peers.generate import CLAUDE
from bench.session_peers.multiply import multiplied
from bench.session_peers.programs import OURS, Run, run

_PROGRAMS = (OURS, CCUSAGE, TOKSCALE)


def main() -> None:
    """Print a table of times and totals, and the differences."""
    parser = argparse.ArgumentParser(prog="python -m bench.session_peers", description=__doc__)
    parser.add_argument("--mb", type=float, default=500)
    parser.add_argument("--home", type=Path, help="a folder with .claude/projects and .codex, instead of made logs")
    parser.add_argument("--modules", type=Path, default=Path("build/session_peers/node_modules"))
    parser.add_argument("--repeat", type=int, default=3, help="runs of each program, interleaved; the median is given")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if given.home is not None:
            effects = None
            for name in (".claude", ".codex"):
                (home / name).symlink_to((given.home / name).resolve())
        else:
            effects = _made(home, given.mb)
        print(f"{_size(home) / 1e6:,.0f} MB in {len(_logs(home)):,} files; Python {platform.python_version()}\n")
        runs = _runs(home, given.modules.resolve(), given.repeat)
    unexplained = _report(runs, effects)
    sys.exit(1 if unexplained else 0)


def _made(home: Path, megabytes: float) -> list[Effect]:
    command = [sys.executable, "-m", "bench.session_peers.generate", str(home), str(megabytes)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    claude, codex = (int(word) for word in said.split())
    return [*multiplied(claude_effects(sorted(CLAUDE.rglob("*.jsonl"))), claude), *multiplied(CODEX, codex)]


def _logs(home: Path) -> list[Path]:
    return [path for name in (".claude", ".codex") for path in (home / name).resolve().rglob("*.jsonl")]


def _size(home: Path) -> int:
    """Return the bytes of all logs, read once so that every program finds them in memory."""
    return sum(len(path.read_bytes()) for path in _logs(home))


def _runs(home: Path, modules: Path, repeat: int) -> list[Run]:
    rounds = [[run(program, home, modules) for program in _PROGRAMS] for _ in range(repeat)]
    return [_median(list(same)) for same in zip(*rounds, strict=True)]


def _median(runs: Sequence[Run]) -> Run:
    tables = [one.table for one in runs]
    assert all(table == tables[0] for table in tables), f"{runs[0].program} does not repeat itself"
    seconds = sorted(one.seconds for one in runs)[len(runs) // 2]
    return runs[0]._replace(seconds=seconds, peak_mb=max(one.peak_mb for one in runs))


def _report(runs: Sequence[Run], effects: Sequence[Effect] | None) -> bool:
    print("| program | seconds | peak MB | input | cache read | cache write | output |\n|---|---|---|---|---|---|---|")
    for one in runs:
        tokens = " | ".join(f"{count:,}" for count in total(one.table))
        print(f"| {one.program} | {one.seconds:.2f} | {one.peak_mb:,.0f} | {tokens} |")
    ours, *others = runs
    rests = [_explained(ours.table, other, effects) for other in others]
    return any(rests)


def _explained(ours: Table, other: Run, effects: Sequence[Effect] | None) -> bool:
    """Print what a program counts otherwise; say whether something of it has no name."""
    less = difference(ours, other.table)
    days = len(ours.keys() | other.table.keys())
    print(f"\n{OURS} less {other.program}: {days - len(less):,} of {days:,} sums of a day and model are equal")
    known = [effect for effect in effects or () if other.program in effect.programs]
    for name in dict.fromkeys(effect.name for effect in known):
        _show(name, total(added((effect.key, effect.less) for effect in known if effect.name == name)))
    rest = difference(less, added(_named_as_shown(known)))
    for key, counts in rest.items():
        _show(f"unexplained: {' '.join(key)}" if effects is not None else " ".join(key), counts)
    return bool(rest) and effects is not None


def _named_as_shown(effects: Iterable[Effect]) -> Iterable[tuple[Key, Counts]]:
    """Return effects under the model names that the tables have, which are without dates."""
    for effect in effects:
        head, _, tail = effect.key.model.rpartition("-")
        model = head if len(tail) == 8 and tail.isdecimal() else effect.key.model
        yield effect.key._replace(model=model), effect.less


def _show(name: str, counts: Counts) -> None:
    print(
        f"  {name}: " + ", ".join(f"{field.replace('_', ' ')} {count:+,}" for field, count in counts._asdict().items())
    )


if __name__ == "__main__":
    main()
