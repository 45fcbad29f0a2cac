from __future__ import annotations

import email
import http
import random
import unittest
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.near_duplicates import generate as generator
from bench.near_duplicates.__main__ import PEERS
from bench.near_duplicates.describe import near_similarity
from bench.near_duplicates.edits import respelled_case, respelled_glyphs, respelled_space
from bench.near_duplicates.generate import generate, write_shards
from bench.near_duplicates.peers import _flat_shingles
from bench.near_duplicates.pipelines import PIPELINES
from bench.near_duplicates.pool import Pool, read_pool
from bench.near_duplicates.quality import score, truth_of
from tokenscan.prompts import normalised

ROWS = 4000


@pytest.fixture(scope="module")
def pool() -> Pool:
    return read_pool(tuple(Path(package.__file__).parent for package in (email, http, unittest)))


@pytest.fixture(scope="module")
def prompts(pool: Pool) -> pl.DataFrame:
    return generate(ROWS, 7, pool).with_columns(normal=normalised(pl.col("prompt")))


def test_kinds_have_their_shares(prompts: pl.DataFrame) -> None:
    assert sorted(prompts["kind"].value_counts().iter_rows()) == [("base", 1000), ("near", 600), ("repeat", 2400)]


def test_a_repeat_is_another_row_after_normalisation_and_has_its_label(prompts: pl.DataFrame) -> None:
    is_repeat = pl.col("kind") == "repeat"
    left_over = prompts.filter(is_repeat).join(prompts.filter(~is_repeat), on=["normal", "cluster"], how="anti")
    assert left_over.is_empty()


def test_repeats_are_written_in_different_ways(prompts: pl.DataFrame) -> None:
    is_repeat = pl.col("kind") == "repeat"
    same = prompts.filter(is_repeat).join(prompts.filter(~is_repeat), on="prompt", how="semi")
    assert 0.65 <= len(same) / 2400 <= 0.8


def test_equal_texts_share_their_label(prompts: pl.DataFrame) -> None:
    assert prompts.group_by("normal").agg(pl.col("cluster").n_unique())["cluster"].max() == 1


def test_near_duplicates_are_near_their_base(prompts: pl.DataFrame) -> None:
    near = near_similarity(prompts)
    assert len(near) == 600
    assert (near >= 0.6).mean() >= 0.97
    assert 0.80 <= np.median(near) <= 0.95


def test_lengths_are_within_bounds(prompts: pl.DataFrame) -> None:
    sizes = prompts["prompt"].str.len_bytes()
    assert sizes.min() >= 15
    assert sizes.max() <= 22_000


def test_the_seed_decides(pool: Pool) -> None:
    one, again, other = generate(400, 1, pool), generate(400, 1, pool), generate(400, 2, pool)
    assert one.equals(again)
    assert one.filter(kind="base").join(other, on="prompt", how="semi").is_empty()


def test_shards_share_no_label(tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "read_pool", lambda: pool)
    write_shards(tmp_path, shards=2, rows=400)
    first, second = (pl.read_parquet(path)["cluster"] for path in sorted(tmp_path.iterdir()))
    assert first.max() < 400 <= second.min()


def test_the_pool_holds_prose_and_functions_that_differ(pool: Pool) -> None:
    assert len(pool.sentences) > 500
    assert len(pool.functions) > 200
    assert len(set(pool.functions)) == len(pool.functions)
    assert not any(">>>" in sentence or "\n" in sentence for sentence in pool.sentences)


@pytest.mark.parametrize("respell", [respelled_case, respelled_space, respelled_glyphs])
@given(text=st.text(st.sampled_from("aZ mN\n.x,9 東京語"), min_size=1), seed=st.integers(0, 1000))
def test_respelling_changes_looks_only(respell: object, text: str, seed: int) -> None:
    assert callable(respell)
    pair = pl.DataFrame({"text": [text, respell(text, random.Random(seed))]})
    assert pair.select(normalised(pl.col("text"))).to_series().n_unique() == 1


def test_score_counts_pairs_of_distinct_prompts() -> None:
    # Pairs found: 01 02 12 34; true: 01 23 24 34; both: 01 34.
    labels, truth = np.array([5, 5, 5, 6, 6]), np.array([0, 0, 1, 1, 1])
    found = score(labels, truth, np.arange(5))
    assert (found.precision, found.recall, found.f1, found.prompts) == (0.5, 0.5, 0.5, 5)
    again = np.array([0, 0, 0, 1, 2, 3, 4])
    assert score(labels[again], truth[again], again) == found


def test_score_of_singles_is_precise_and_finds_nothing() -> None:
    found = score(np.arange(3), np.zeros(3, dtype=int), np.arange(3))
    assert (found.precision, found.recall, found.f1) == (1.0, 0.0, 0.0)


def test_flat_shingles_begin_and_end_within_a_text() -> None:
    hashes, offsets = _flat_shingles(pl.Series(["abcdef", "abc", "", "xabcde"]))
    assert offsets.tolist() == [0, 2, 2, 2, 4]
    assert hashes[0] == hashes[3]
    assert len(set(hashes.tolist())) == 3


@pytest.mark.parametrize("name", sorted(set(PIPELINES) - {"floor"}))
def test_every_pipeline_finds_the_clusters(name: str, prompts: pl.DataFrame, tmp_path: Path) -> None:
    pytest.importorskip(PEERS.get(name, "polars"))
    path = tmp_path / "prompts.parquet"
    prompts.head(800).drop("normal").write_parquet(path)
    labels = PIPELINES[name]()(path, None)
    assert len(labels) == 800
    assert score(labels, *truth_of(path, None)).f1 > 0.9


def test_a_pipeline_takes_the_first_rows_only(prompts: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "prompts.parquet"
    prompts.write_parquet(path)
    assert len(PIPELINES["ours"]()(path, 50)) == 50
    assert len(PIPELINES["floor"]()(path, 60)) == 60
