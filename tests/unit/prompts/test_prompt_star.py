from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_reference import each_engine, groups, jaccard, plain, vocabulary

from tokenscan.prompts import cluster_prompts
from tokenscan.prompts.engine import Engine

WORDS = vocabulary(60, seed=9)

_bases = st.lists(st.lists(st.sampled_from(WORDS), min_size=3, max_size=30), min_size=1, max_size=4)
_edits = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.lists(st.tuples(st.integers(0, 29), st.sampled_from([*WORDS, ""])), max_size=6),
    ),
    min_size=1,
    max_size=25,
)


@st.composite
def _prompts(draw: st.DrawFn) -> list[str]:
    """Draw prompts with their edits: words replaced or left out."""
    bases, result = draw(_bases), []
    for base, changes in draw(_edits):
        words = list(bases[base % len(bases)])
        for place, word in changes:
            words[place % len(words)] = word
        result.append(" ".join(words))
    return result


@each_engine
@settings(max_examples=60, deadline=None)
@given(_prompts(), st.sampled_from([0.5, 0.6, 0.8]))
def test_every_member_is_as_close_to_its_representative_as_promised(
    engine: Engine, prompts: list[str], threshold: float
) -> None:
    found = cluster_prompts(pl.Series(prompts), threshold=threshold, engine=engine)
    for row, (representative, similarity) in enumerate(found.select("representative", "similarity").iter_rows()):
        one, other = plain(prompts[row]), plain(prompts[representative])
        assert similarity >= threshold
        assert (similarity == 1.0) >= (one == other)
        # A short prompt is compared by letters, the rest by 5-byte shingles.
        if one != other and min(len(one), len(other)) >= 64:
            assert abs(similarity - jaccard(one, other)) < 1e-9
        assert found["representative"][representative] == representative
        assert found["cluster_id"][representative] == found["cluster_id"][row]


@each_engine
@settings(max_examples=40, deadline=None)
@given(_prompts().flatmap(lambda prompts: st.tuples(st.just(prompts), st.permutations(prompts))))
def test_shuffled_rows_give_the_same_clusters_with_the_same_representatives(
    engine: Engine,
    both: tuple[list[str], list[str]],
) -> None:
    prompts, shuffled = both
    one, other = (cluster_prompts(pl.Series(each), engine=engine) for each in both)
    assert groups(one["cluster_id"].to_list(), prompts) == groups(other["cluster_id"].to_list(), shuffled)
    chosen = {plain(prompts[row]) for row in one["representative"]}
    assert chosen == {plain(shuffled[row]) for row in other["representative"]}
