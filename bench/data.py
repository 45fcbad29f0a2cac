"""A plain call log of any size: people, days, prompts that are half new and half repeated. Seeded."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

SEED = 7
VOCABULARY = 4000
START_US = 1_767_600_000_000_000  # 2026-01-05
MODELS = ("gpt-5-mini", "gpt-5.5", "claude-sonnet-4-5", "claude-haiku-4-5")
PROVIDERS = ("openai", "openai", "anthropic", "anthropic")


def write_log(path: Path, rows: int) -> None:
    """Write ``rows`` calls of about one person per 2,000 calls over 90 days, half of the prompts new, as Parquet."""
    random = np.random.default_rng(SEED)
    users = max(20, rows // 2000)
    who = random.integers(0, users, rows)
    day = random.integers(0, 90, rows)
    second = np.clip(random.normal(13 * 3600, 2.5 * 3600, rows), 0, 86_399)
    prompts = _prompts(random, rows)
    model = random.integers(0, len(MODELS), rows)
    pl.DataFrame(
        {
            "event_id": [f"call-{n}" for n in range(rows)],
            "timestamp": pl.Series(START_US + day * 86_400_000_000 + (second * 1e6).astype(np.int64)).cast(
                pl.Datetime("us", "UTC")
            ),
            "user": [f"user{n}@example.org" for n in who],
            "team": [f"team{n % max(4, users // 8)}" for n in who],
            "session_id": [f"s{u}-{d}" for u, d in zip(who, day, strict=True)],
            "model": [MODELS[n] for n in model],
            "provider": [PROVIDERS[n] for n in model],
            "prompt": prompts,
            "input_tokens": random.lognormal(7, 0.8, rows).astype(np.int64),
            "output_tokens": random.lognormal(5.5, 0.7, rows).astype(np.int64),
            "status": "ok",
            "used": random.random(rows) < 0.4,
        }
    ).sort("timestamp").write_parquet(path, compression="zstd", row_group_size=100_000)


def _prompts(random: np.random.Generator, rows: int) -> list[str]:
    """Sentences over a made-up vocabulary with word frequencies as in language; every second one is a repeat."""
    letters = np.array(list("abcdefghijklmnoprstuvwy"))
    words = ["".join(random.choice(letters, size)) for size in random.integers(2, 10, VOCABULARY)]
    weights = 1 / np.arange(1, VOCABULARY + 1)
    new = rows // 2
    lengths = np.clip(random.lognormal(3.2, 0.7, new), 3, 400).astype(int)
    picks = random.choice(VOCABULARY, size=int(lengths.sum()), p=weights / weights.sum())
    ends = np.cumsum(lengths)
    texts = [" ".join(words[w] for w in picks[end - size : end]) for end, size in zip(ends, lengths, strict=True)]
    again = np.minimum((random.pareto(1.2, rows - new) * 5).astype(int), new - 1)
    everything = texts + [texts[n] for n in again]
    return [everything[n] for n in random.permutation(rows)]


if __name__ == "__main__":
    write_log(Path(sys.argv[1]), int(sys.argv[2]))
