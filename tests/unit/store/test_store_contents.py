"""A store without text still knows which prompts need no assistant and which kinds of secrets were in them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from stores import call, raw, stored, take, write

from tokenscan.events.prompts import merged_prompts
from tokenscan.events.schema import IMPRINTS
from tokenscan.prompts.features import describe
from tokenscan.prompts.imprint import describe_imprints

TOKEN = "ghp_" + "aB3dE5gH7jK9mN2pQ4sT6vW8yZ" * 2
PROMPTS = ["Tell me a joke", f"Why does {TOKEN} not work?", "Draft the answer to the customer about the delay"]


def log(folder: Path) -> Path:
    return write(folder / "a.jsonl", [call(n, prompt=text) for n, text in enumerate(PROMPTS)])


def contents(prompts: pl.DataFrame) -> list[tuple[str | None, str | None]]:
    return prompts.select("trivial", "secrets").sort("trivial", "secrets", nulls_last=True).rows()


def test_what_prompts_hold_is_known_without_their_text(tmp_path: Path) -> None:
    take(tmp_path / "store", log(tmp_path), keeps_text=False)
    mine = describe_imprints(stored(tmp_path / "store").prompts)
    assert contents(mine) == [("", ""), ("", "github-token"), ("joke", "")]
    assert contents(mine) == contents(describe(raw(log(tmp_path)).prompts))
    held = b"".join(path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file())
    assert TOKEN.encode() not in held


def test_of_prompts_that_an_earlier_version_took_in_it_is_unknown(tmp_path: Path) -> None:
    store = tmp_path / "store"
    take(store, log(tmp_path), keeps_text=False)
    for path in (store / "prompts").rglob("*.parquet"):
        pl.read_parquet(path, hive_partitioning=False).drop("trivial", "secrets").write_parquet(path)
    take(store, write(tmp_path / "b.jsonl", [call(9, prompt="Count from 1 to 100")]))
    known = describe_imprints(stored(store).prompts)
    assert contents(known) == [("recitation", ""), (None, None), (None, None), (None, None)]


def test_what_either_text_of_a_prompt_shows_is_kept() -> None:
    rows = [{"prompt_id": 1, "secrets": secrets, "trivial": trivial} for secrets, trivial in
            [(None, None), ("", ""), ("github-token", "")]]  # fmt: skip
    one, two, three = (pl.DataFrame([row], schema=IMPRINTS) for row in rows)
    for parts in ([one, two, three], [three, one, two], [two, three, one]):
        assert merged_prompts(parts).select("prompt_id", "secrets", "trivial").rows() == [(1, "github-token", "")]
