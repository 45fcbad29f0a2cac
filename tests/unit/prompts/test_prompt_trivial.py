"""The lexicon of prompts that need no assistant holds what it says, and keeps off prompts about work."""

from __future__ import annotations

import tomllib
from pathlib import Path

import polars as pl
import pytest

import tokenscan.prompts.trivial as module
from tokenscan.prompts.features import describe
from tokenscan.prompts.index import PromptIndex
from tokenscan.prompts.trivial import lexicon, trivial

LEXICON = tomllib.loads((Path(module.__file__).parent / "trivial.toml").read_text(encoding="utf-8"))
EXAMPLES = [(entry["name"], text) for entry in LEXICON["patterns"] for text in entry["examples"]]


def names(*texts: str) -> list[str]:
    ids = PromptIndex().add(pl.Series(texts))
    table = pl.DataFrame({"prompt_id": ids, "text": texts})
    described = describe(table.unique("prompt_id", keep="first"))
    return table.join(described.select("prompt_id", "trivial"), on="prompt_id", how="left", maintain_order="left")[
        "trivial"
    ].to_list()


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=[text for _, text in EXAMPLES])
def test_every_example_fits_its_pattern(name: str, text: str) -> None:
    assert names(text) == [name]


@pytest.mark.parametrize("text", LEXICON["never"])
def test_prompts_about_work_fit_none(text: str) -> None:
    assert names(text) == [""]


def test_every_pattern_has_several_examples_and_says_what_it_is() -> None:
    for entry in LEXICON["patterns"]:
        assert len(entry["examples"]) >= 5, entry["name"]
        assert entry["what"]
    assert len({entry["name"] for entry in LEXICON["patterns"]}) == len(lexicon().patterns)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("TELL ME A JOKE", "joke"),
        ("  tell me   a joke!!", "joke"),
        ("Hi, could you please tell me a joke?", "joke"),
        ("what\u2019s the weather in Oslo", "weather"),
        ("Quick question: what time is it in Tokyo?", "calendar"),
    ],
)
def test_letter_case_spacing_and_politeness_do_not_matter(text: str, name: str) -> None:
    assert names(text) == [name]


def test_sixteen_words_are_not_short() -> None:
    fifteen = "Tell me a joke about a dog, a cat, a cow, two hens and bees"
    assert names(fifteen, f"{fifteen} too") == ["joke", ""]


def test_pasted_text_may_follow_where_the_pattern_says_so() -> None:
    pasted = (
        "\n" + "The harbour office is closed on Monday and on Tuesday for the yearly count of all that lies there. " * 3
    )
    assert names("Summarise the note I just wrote:" + pasted, "Tell me a joke about this:" + pasted) == ["own-text", ""]


@pytest.mark.parametrize("text", ["what is a foo_bar", "what does x => y mean", "define src/main", "what is a merge()"])
def test_code_is_work(text: str) -> None:
    assert names(text) == [""]


def test_no_text_is_unknown() -> None:
    found = trivial(pl.Series(["hello", None, ""]), pl.Series([1, None, 0]))
    assert found.to_list() == ["greeting", None, ""]
    assert trivial(pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.Int64)).to_list() == []


@pytest.mark.parametrize(
    "text", ["\x00" * 40, "¿" * 200, "你好", "🙂 🙂", "a" * 100_000, "((((", "what is " + "1 + " * 40]
)
def test_hostile_text_is_looked_at_like_any_other(text: str) -> None:
    assert len(names(text)) == 1
