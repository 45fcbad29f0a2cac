"""A store without text holds none, and still knows which prompts repeat each other."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from stores import call, raw, stored, take, write

import tokenscan
from tokenscan.errors import InputError
from tokenscan.events.schema import PROMPTS
from tokenscan.prompts.features import describe
from tokenscan.prompts.imprint import describe_imprints, imprint

LONG = (
    "please go through the attached quarterly figures for the northern region, compare them with last year's plan, "
    "explain every deviation of more than five percent and suggest what we should tell the board about it"
)
TEXTS = [
    LONG, LONG.upper(), LONG + " thanks!", LONG.replace("northern", "southern"), LONG[20:],
    "fix the failing test in the billing module", "fix the failing test in the billing module please",
    "yes", "Yes!", "no", "你好,请帮我把这份合同翻译成英文,并说明其中的风险",
    "rename the variable total to amount in all files",
]  # fmt: skip


def prompts(texts: list[str]) -> pl.DataFrame:
    from tokenscan.prompts.index import PromptIndex

    ids = PromptIndex().add(pl.Series(texts))
    return pl.DataFrame({"prompt_id": ids, "text": texts}).unique("prompt_id", keep="first").sort("prompt_id")


def test_nothing_readable_is_in_the_store(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [call(n, prompt=text, response=text[::-1]) for n, text in enumerate(TEXTS)])
    take(tmp_path / "store", log, keeps_text=False)
    frames = [pl.read_parquet(path, hive_partitioning=False) for path in (tmp_path / "store").rglob("*.parquet")]
    words = {word for text in TEXTS for word in text.split() if len(word) > 5}
    for frame in frames:
        held = (
            frame.select(pl.col(pl.String, pl.Binary).cast(pl.Binary).bin.encode("hex")).unpivot()["value"].drop_nulls()
        )
        for word in words:
            assert not held.str.contains(word.encode().hex()).any(), word


def test_repeats_are_found_without_text(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [call(n, prompt=text) for n, text in enumerate(TEXTS)])
    take(tmp_path / "store", log, keeps_text=False)
    without, with_text = stored(tmp_path / "store"), raw(log)
    assert without.events.equals(with_text.events)
    mine, full = describe_imprints(without.prompts), describe(with_text.prompts)
    assert mine.schema == PROMPTS
    plain = ["prompt_id", "chars", "words", "prefix_id", "opening_id"]
    assert mine.select(plain).equals(full.select(plain))
    groups = [
        set(map(frozenset, frame.group_by("cluster_id").agg("prompt_id")["prompt_id"].to_list()))
        for frame in (mine, full)
    ]
    assert groups[0] == groups[1]


def test_an_imprint_depends_on_the_normalised_prompt_alone() -> None:
    one, other = prompts([LONG]), prompts([LONG.upper() + "  "])
    assert one["prompt_id"].to_list() == other["prompt_id"].to_list()
    assert imprint(one).equals(imprint(other))


@pytest.mark.parametrize("texts", [[], [""], ["a"], ["\u0000", "é" * 30, "x" * 30_000]])
def test_any_text_has_an_imprint(texts: list[str]) -> None:
    known = prompts(texts)
    assert describe_imprints(imprint(known)).height == known.height


def test_text_or_not_is_settled_once(tmp_path: Path) -> None:
    a, b = write(tmp_path / "a.jsonl", [call(1)]), write(tmp_path / "b.jsonl", [call(2)])
    take(tmp_path / "with", a)
    with pytest.raises(InputError, match="keeps text"):
        take(tmp_path / "with", b, keeps_text=False)
    take(tmp_path / "without", a, keeps_text=False)
    take(tmp_path / "without", b)
    assert "text" not in stored(tmp_path / "without").prompts.columns


def test_files_beside_a_store_without_text_are_compared_with_it(tmp_path: Path) -> None:
    take(tmp_path / "store", write(tmp_path / "a.jsonl", [call(1, prompt=LONG)]), keeps_text=False)
    log = tokenscan.read_logs(
        [write(tmp_path / "b.jsonl", [call(2, prompt=LONG + " thanks!")])], stores=[tmp_path / "store"]
    )
    assert describe_imprints(log.prompts)["cluster_id"].n_unique() == 1
    assert tokenscan.analyze(log).totals.requests == 2
