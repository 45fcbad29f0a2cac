from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_reference import each_engine, groups, vocabulary

from tokenscan.hashing import stable_hash
from tokenscan.prompts import PromptIndex, cluster_prompts
from tokenscan.prompts.engine import Engine

WORDS = vocabulary(30, seed=4)
_prompts = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=25).map(" ".join) | st.sampled_from([None, "", "  YES! "]),
    max_size=25,
)


def _labels(index: PromptIndex, batches: list[list[str | None]]) -> list[int | None]:
    ids = [index.add(pl.Series(batch, dtype=pl.String)) for batch in batches]
    rows = pl.concat([pl.Series([], dtype=pl.UInt64), *ids]).to_frame("prompt_id")
    return rows.join(index.clusters(), on="prompt_id", how="left", maintain_order="left")["cluster_id"].to_list()


@each_engine
@settings(max_examples=60, deadline=None)
@given(prompts=_prompts, cuts=st.lists(st.integers(0, 25), max_size=3), memory=st.sampled_from([0, 300, 1 << 20]))
def test_batches_give_the_clusters_of_the_whole(
    engine: Engine, prompts: list[str | None], cuts: list[int], memory: int
) -> None:
    edges = sorted({0, len(prompts), *(cut for cut in cuts if cut < len(prompts))})
    batches = [prompts[a:b] for a, b in pairwise(edges)]
    found = _labels(PromptIndex(engine=engine, memory=memory), batches)
    whole = cluster_prompts(pl.Series(prompts, dtype=pl.String), engine=engine)["cluster_id"].to_list()
    assert [label is None for label in found] == [prompt is None for prompt in prompts]
    kept = [row for row, prompt in enumerate(prompts) if prompt is not None]
    texts = [f"{row}" for row in kept]
    assert groups([found[row] for row in kept], texts) == groups([whole[row] for row in kept], texts)


def test_ids_are_hashes_of_the_normalised_text() -> None:
    ids = PromptIndex().add(pl.Series(["Fix\u200b the  BUG", None, "fix the bug"]))
    (expected,) = pl.DataFrame({"text": ["fix the bug"]}).select(stable_hash(pl.col("text"))).to_series()
    assert ids.to_list() == [expected, None, expected]


@each_engine
def test_the_first_row_of_a_text_is_the_first_of_any_of_its_spellings(engine: Engine) -> None:
    """The kernel leaves the control character to Polars, after the empty text has been numbered."""
    found = cluster_prompts(pl.Series(["\x80", "", "yes"]), engine=engine)
    assert found["representative"].to_list() == [0, 0, 2]
    index = PromptIndex(engine=engine)
    rows = [index.number(pl.Series(batch))[1].tolist() for batch in (["no", "yes"], ["\x80", "yes", None, "", "ok"])]
    assert rows == [[0, 1], [0, 4]]


def test_what_is_seen_later_is_added() -> None:
    index = PromptIndex(memory=100)
    one, two = "please fix the failing test in the parser", "please fix the failing test in the lexer"
    index.add(pl.Series([one * 3]))
    assert index.clusters().height == 1
    index.add(pl.Series([one * 3, two * 3]))
    found = index.clusters()
    assert found.height == 2
    assert found["cluster_id"].n_unique() == 1


@each_engine
@pytest.mark.parametrize("memory", [0, 1 << 20])
def test_clusters_may_be_asked_for_again_and_again(engine: Engine, memory: int) -> None:
    """A long text is a partner of those that are a little shorter, each time anew."""
    rng = random.Random(7)
    long = " ".join(rng.choices(WORDS, k=6000))[:20_050].strip()
    prompts = [
        long,
        long[:19_900].strip(),
        "fix the bug in the parser",
        *(" ".join(rng.choices(WORDS, k=30)) for _ in range(9)),
    ]
    index = PromptIndex(engine=engine, memory=memory)
    ids = index.add(pl.Series(prompts[:2]))
    assert index.clusters()["cluster_id"].to_list() == [ids[0]] * 2
    for batch in (prompts[2:5], prompts[5:]):
        index.add(pl.Series(batch))
        assert index.clusters().equals(index.clusters())
    whole = PromptIndex(engine=engine)
    whole.add(pl.Series(prompts))
    assert index.clusters().equals(whole.clusters())


def test_text_beyond_memory_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    index = PromptIndex(memory=0)
    index.add(pl.Series(["secret " * 100, "another " * 100]))
    assert index.clusters().height == 2
    assert list(tmp_path.iterdir()) == []


def test_an_empty_index_has_no_clusters() -> None:
    index = PromptIndex()
    assert index.add(pl.Series([], dtype=pl.String)).to_list() == []
    found = index.clusters()
    assert found.schema == {"prompt_id": pl.UInt64, "cluster_id": pl.UInt64, "similarity": pl.Float64}
    assert found.height == 0


@pytest.mark.parametrize("threshold", [0, 1.1, float("nan")])
def test_a_threshold_outside_its_range_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        PromptIndex().clusters(threshold)
