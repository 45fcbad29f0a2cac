"""Whatever the prompts, templates hold what they say, and their order does not matter."""

from __future__ import annotations

import random
import re

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.prompts.masks import masked
from tokenscan.prompts.normalise import normalised
from tokenscan.prompts.templates.mine import mine_templates
from tokenscan.prompts.templates.slots import describe_template

FIXED = ("please write a short note about", "in the tone of a friendly letter,", "and sign it:", "for <n>", "")
ANYTHING = st.text(max_size=30)
SLOTTED = st.builds("{} {} {} {}".format, st.sampled_from(FIXED), ANYTHING, st.sampled_from(FIXED), ANYTHING)
PROMPTS = st.lists(SLOTTED | ANYTHING, max_size=60)


def _prepared(prompts: list[str]) -> pl.Series:
    frame = pl.DataFrame({"text": prompts}, schema={"text": pl.String})
    return frame.select(masked(normalised(pl.col("text")))).to_series()


def _holds(prompt: str, text: str) -> bool:
    """Tell whether the fixed text is in the prompt, in order; slow and obvious, and without regard to spaces."""
    rest = prompt.replace(" ", "")
    pieces = [piece.replace(" ", "") for piece in re.split(r"\{\d+\}", text)]
    if not rest.startswith(pieces[0]) or not rest.endswith(pieces[-1]):
        return False
    for piece in pieces:
        if piece not in rest:
            return False
        rest = rest[rest.index(piece) + len(piece) :]
    return True


@settings(max_examples=60, deadline=None)
@given(prompts=PROMPTS)
def test_members_hold_the_wording_of_their_template(prompts: list[str]) -> None:
    series = _prepared(prompts)
    found = mine_templates(series)
    for prompt, text, share in zip(series, found["text"], found["fixed_share"], strict=True):
        if text is not None and "{" not in prompt:
            assert _holds(prompt, text)
            assert 0 < share <= 1
    sizes = found.with_columns(prompt=series).drop_nulls("template").unique("prompt").group_by("template").len()
    assert (sizes["len"] >= 5).all()
    assert sorted(sizes["template"]) == list(range(sizes.height))


@settings(max_examples=60, deadline=None)
@given(prompts=PROMPTS, seed=st.integers(0, 2**32 - 1))
def test_order_and_repeats_do_not_matter(prompts: list[str], seed: int) -> None:
    series = _prepared(prompts)
    order = random.Random(seed).sample(range(len(prompts)), len(prompts))
    found = mine_templates(series)
    assert mine_templates(series.gather(order)).equals(found[order])
    twice = mine_templates(pl.concat([series, series.gather(order)]))
    assert twice.equals(pl.concat([found, found[order]]))


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(SLOTTED | ANYTHING, max_size=20), seed=st.integers(0, 2**32 - 1))
def test_a_description_does_not_depend_on_order(texts: list[str], seed: int) -> None:
    found = describe_template(texts)
    assert found == describe_template(random.Random(seed).sample(texts, len(texts)))
    assert found.fitting <= found.sampled == found.members == len(set(texts))
    for slot in found.slots:
        assert 0 < slot.values <= found.fitting
        assert slot.least_words <= slot.most_words


@settings(max_examples=60, deadline=None)
@given(names=st.lists(st.from_regex(r"[a-z]{1,9}( [a-z]{1,9}){0,3}", fullmatch=True), min_size=5, unique=True))
def test_a_template_is_found_and_described_whatever_fills_it(names: list[str]) -> None:
    prompts = [f"please write a short note about {name} in the tone of a friendly letter" for name in names]
    found = mine_templates(_prepared(prompts))
    described = describe_template(prompts)
    assert described.fitting == len(names)
    assert all(_holds(prompt, described.text) for prompt in prompts)
    if found["template"][0] is not None:
        assert found["template"].to_list() == [0] * len(names)
