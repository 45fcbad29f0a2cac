from __future__ import annotations

import polars as pl
import pytest
from prompt_reference import each_engine

from tokenscan.prompts import cluster_prompts
from tokenscan.prompts.engine import Engine


@each_engine
@pytest.mark.parametrize(
    "disguised",
    [
        "f.i.x t.h.e failing test in the parser",
        "fix, the; failing: test - in the “parser”!!",
        "f i x t h e f a i l i n g t e s t i n t h e p a r s e r",
        "fixthefailingtestintheparser",
        "fix\u3002the\u3001failing test in the parser",
    ],
)
def test_punctuation_and_spacing_hide_nothing(engine: Engine, disguised: str) -> None:
    found = cluster_prompts(pl.Series(["Fix the failing test in the parser.", disguised]), engine=engine)
    assert found["cluster_id"].to_list() == [0, 0]
    assert found["similarity"].min() >= 0.8


@each_engine
def test_signs_that_carry_meaning_keep_prompts_apart(engine: Engine) -> None:
    prompts = ["what is 5-3", "what is 5+3", "what is 1.5", "what is 15"]
    assert cluster_prompts(pl.Series(prompts), engine=engine)["cluster_id"].n_unique() == 4


@each_engine
def test_disguised_prompts_follow_the_plain_one_into_its_cluster(engine: Engine) -> None:
    words = "summarise the minutes of the weekly meeting of the platform team for people who were not there"
    prompts = [words, ". ".join(words.split()), f"{words} today", words.replace(" ", "-")]
    found = cluster_prompts(pl.Series(prompts), engine=engine)
    assert found["cluster_id"].to_list() == [0, 0, 0, 0]
    assert found["representative"].n_unique() == 1
    assert found["similarity"].min() > 0.9


@each_engine
def test_texts_without_letters_are_not_thrown_together(engine: Engine) -> None:
    prompts = ["!!! ??? !!! ???", "... --- ... ---", "日本語の文を訳してください。", "中国語の文を訳してください。"]
    assert cluster_prompts(pl.Series(prompts), engine=engine)["cluster_id"].n_unique() == 4
