"""The logs made for the comparison with other programs hold what they are said to hold."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from bench.session_peers import generate, ours
from bench.session_peers.counts import Counts, Key, added, difference, total
from bench.session_peers.effects import CODEX, claude_effects
from bench.session_peers.generate import CLAUDE, Renewal
from bench.session_peers.lengthen import ROUNDS
from bench.session_peers.multiply import multiplied
from tokenscan.reading import InputOptions, read_files


def _made(home: Path, copies: int, monkeypatch) -> list[str]:
    monkeypatch.setattr("sys.argv", ["generate", str(home), "0.000001"])
    generate.main()
    for copy in range(1, copies):
        renew = Renewal(copy)
        for path in sorted((home / ".codex").rglob("*.jsonl")):
            name = renew.text(str(path.relative_to(home)).encode()).decode()
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_bytes(renew.text(path.read_bytes()))
    return [str(home / ".codex")]


def test_a_copy_holds_the_tokens_of_the_fixtures_as_often_as_they_are_repeated(tmp_path, monkeypatch) -> None:
    events = read_files(_made(tmp_path, 1, monkeypatch), InputOptions()).events
    found = events.select(pl.col("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens").sum()).row(
        0
    )
    # The session, its sub-agent, the recorded session; then the fork, the numbered sub-agent and the old session once.
    assert found == (
        ROUNDS * (69_000 + 15_000 + 35_000) + 33_000 + 3_000 + 8_000,
        ROUNDS * (50_000 + 6_000 + 19_000) + 26_000,
        ROUNDS * 5_000,
        ROUNDS * (1_060 + 200 + 640) + 300 + 70 + 200,
    )


def test_copies_share_nothing(tmp_path, monkeypatch) -> None:
    events = read_files(_made(tmp_path, 2, monkeypatch), InputOptions()).events
    first, second = (events.filter(pl.col("timestamp").dt.day().is_in(days)) for days in ((2,), (5,)))
    assert (first.height, second.height) == (ROUNDS * (5 + 2) + 2, 2)
    assert events.group_by("session_id").len().height == 2 * 4
    assert events["event_id"].is_duplicated().sum() == 0
    assert second["input_tokens"].to_list() == [2 * 4_000] * 2  # the second copy's tokens are doubled, a day later


def test_what_ours_prints_adds_up_to_all_tokens(tmp_path, monkeypatch, capsys) -> None:
    _made(tmp_path, 1, monkeypatch)
    capsys.readouterr()
    monkeypatch.setattr("sys.argv", ["ours", str(tmp_path)])
    ours.main()
    rows = json.loads(capsys.readouterr().out)
    events = read_files([str(tmp_path)], InputOptions()).events
    assert sum(sum(row[3:6]) for row in rows) == events["input_tokens"].sum()
    assert sum(row[6] for row in rows) == events["output_tokens"].sum()
    assert {row[0] for row in rows} == {"claude", "codex"}


def test_sub_agents_told_of_in_progress_lines_only_are_found_in_the_samples() -> None:
    effects = claude_effects(sorted(CLAUDE.rglob("*.jsonl")))
    assert {effect.key.client for effect in effects} == {"claude"}
    assert total(added((effect.key, effect.less) for effect in effects)) == Counts(32, 82_800, 6_400, 1_055)


def test_effects_grow_with_the_copies() -> None:
    made = [effect for effect in multiplied(CODEX[:1], 30) if effect.key.day == "2026-03-02"]
    # Copies 0 and 28 fall on the first day, with tokens times 1 and times 4.
    assert [effect.less for effect in made] == [
        Counts(1_000 * ROUNDS * n, 12_000 * ROUNDS * n, 0, 150 * ROUNDS * n) for n in (1, 4)
    ]


def test_differences_name_what_only_one_side_has() -> None:
    here, there = Key("codex", "2026-03-02", "a"), Key("codex", "2026-03-02", "b")
    assert difference({here: Counts(1, 2, 3, 4)}, {here: Counts(1, 2, 3, 5), there: Counts(7)}) == {
        here: Counts(0, 0, 0, -1),
        there: Counts(-7, 0, 0, 0),
    }
