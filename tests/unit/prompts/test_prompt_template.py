from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from template_generator import Generator, pair_scores

from tokenscan.prompts.masks import masked
from tokenscan.prompts.normalise import normalised
from tokenscan.prompts.templates.mine import mine_templates

THINGS = ("a garden hose", "an oak table", "blue shoes", "wool socks", "a lamp with stars on it", "tea", "a bicycle")
SENTENCES = ("Good morning", "The train is late", "Where is my cat?", "I would like a coffee", "See you soon, friend")
DATA = Path(__file__).parents[4] / "shared" / "data"
CHINESE = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈"


def _mined(prompts: list[str | None]) -> pl.DataFrame:
    frame = pl.DataFrame({"text": prompts}, schema={"text": pl.String})
    return mine_templates(frame.select(masked(normalised(pl.col("text")))).to_series())


def _texts(prompts: list[str]) -> set[str | None]:
    return set(_mined(prompts)["text"])


def _nonsense(seed: int, count: int, least: int, most: int) -> list[str]:
    generator = Generator(seed)
    return [" ".join(generator.some(least, most)) for _ in range(count)]


@pytest.mark.parametrize(
    ("prompts", "text"),
    [
        ([f"Translate to French: {s}" for s in SENTENCES], "translate to french: {1}"),
        (
            [f"Write a product description for {t} in a friendly tone, at most 80 words." for t in THINGS],
            "write a product description for {1} in a friendly tone, at most <n> words.",
        ),
        (
            [f"{t} - give me ten good names for this and say why each of them fits" for t in THINGS],
            "{1} - give me ten good names for this and say why each of them fits",
        ),
        (
            [
                f"Write a letter to {t} and tell them that {s}, then sign it as the head of sales."
                for t, s in zip(THINGS, SENTENCES, strict=False)
            ],
            "write a letter to {1} and tell them that {2} , then sign it as the head of sales.",
        ),
        (
            [
                f"{s}! Put this sentence into the past tense and give one more example of it like {t}"
                for t, s in zip(THINGS, SENTENCES, strict=False)
            ],
            "{1} ! put this sentence into the past tense and give one more example of it like {2}",
        ),
        ([f'Is the word "{t}" spelled right, and what does it mean?' for t in THINGS], None),
    ],
)
def test_prompts_that_differ_in_slots_are_one_template(prompts: list[str], text: str | None) -> None:
    found = _mined([*prompts, "fix the bug", "write a poem about the sea"])
    assert found["template"].to_list() == [0] * len(prompts) + [None, None]
    assert found["text"][0] == (text or 'is the word " {1} " spelled right, and what does it mean?')
    assert found["filling"].head(len(prompts)).n_unique() == len(prompts)


def test_the_columns_and_their_types() -> None:
    schema = {"template": pl.UInt32, "text": pl.String, "fixed_share": pl.Float64, "filling": pl.UInt64}
    for prompts in ([], [None], ["", None, "one"], [f"translate to french: {s}" for s in SENTENCES]):
        found = _mined(prompts)
        assert found.schema == schema
        assert found.height == len(prompts)


def test_the_share_of_fixed_characters() -> None:
    found = _mined(["Translate to French: " + "x" * size for size in (1, 2, 3, 4, 29)])
    # "translate to french:" is 20 characters; the space before the filling belongs to the slot.
    assert found["fixed_share"].to_list() == [20 / (21 + size) for size in (1, 2, 3, 4, 29)]


def test_templates_are_numbered_by_their_text() -> None:
    prompts = [f"{ask}: {s}" for s in SENTENCES for ask in ("translate to welsh", "put in to czech")]
    found = _mined(prompts)
    assert dict(zip(found["template"], found["text"], strict=True)) == {
        0: "put in to czech: {1}",
        1: "translate to welsh: {1}",
    }


def test_five_fillings_are_needed() -> None:
    prompts = [f"Write a product description for {t} in a friendly tone." for t in THINGS]
    assert _texts(prompts[:4]) == {None}
    assert None not in _texts(prompts[:5])
    assert _texts([*prompts[:4], *prompts[:4]]) == {None}


@pytest.mark.parametrize(
    "opening", ["can you please explain", "can you please explain how to", "could you tell me what", "fix this:", "the"]
)
def test_a_common_opening_is_no_template(opening: str) -> None:
    assert _texts([f"{opening} {rest}" for rest in _nonsense(1, 60, 4, 20)]) == {None}


def test_a_short_instruction_before_long_text_is_no_template() -> None:
    """Six words before long documents are something that anybody may write; nine are not."""
    documents = _nonsense(2, 8, 300, 600)
    assert _texts([f"Summarise this document for my manager: {text}" for text in documents]) == {None}
    assert _texts([f"Summarise the following document in three short points for me: {text}" for text in documents]) == {
        "summarise the following document in three short points for me: {1}"
    }
    assert _texts([f"{text} Summarise the document above in three short points for me" for text in documents]) == {
        "{1} summarise the document above in three short points for me"
    }


def test_something_that_people_quote_is_no_template() -> None:
    quote = "what if the world was made of peanut butter"
    around = _nonsense(3, 40, 2, 6)
    assert _texts([f"{a} {quote} {b}" for a, b in zip(around[:20], around[20:], strict=True)]) == {None}


def test_one_prompt_with_edits_is_no_template() -> None:
    generator = Generator(4)
    for _ in range(10):
        base = " ".join(generator.some(25, 30))
        assert _texts([base, *(generator.edited(generator.edited(base)) for _ in range(12))]) == {None}


def test_a_slot_that_nearly_always_holds_the_same_is_no_slot() -> None:
    """Nine people ask for the same, four of them for something else: a standing prompt, not a template."""
    usual = [f"Write the weekly report for the board in a friendly tone, in {n} words or less" for n in ("few", "ten")]
    assert _texts([*usual, usual[0] + "!", usual[0] + " please"]) == {None}


def test_boilerplate_does_not_swallow_the_template_that_carries_it() -> None:
    boilerplate = "think step by step, answer in bullet points and do not make anything up please."
    free = [f"{text} {boilerplate}" for text in _nonsense(5, 300, 3, 20)]
    mails = [
        f"write a sales mail to {a} about the new {b} and invite them to our booth at the fair. {boilerplate}"
        for a, b in zip(_nonsense(6, 30, 1, 3), _nonsense(7, 30, 1, 3), strict=True)
    ]
    found = _mined(free + mails)
    assert found["template"].head(300).n_unique() == 1
    assert found["template"].tail(30).n_unique() == 1
    assert found["template"][0] != found["template"][-1]


def test_a_slot_of_few_values_does_not_split_the_template() -> None:
    names = _nonsense(8, 900, 1, 4)
    prompts = [
        f"Write a product description for {name} in a {('friendly', 'formal')[n % 2]} tone, at most 80 words."
        for n, name in enumerate(names)
    ]
    assert _mined(prompts)["template"].to_list() == [0] * 900


def test_the_same_opening_with_different_instructions() -> None:
    """The words before the slot alone are too few: the instruction after it tells the templates apart."""
    names = _nonsense(9, 60, 1, 4)
    friendly = [f"Write a product description for {name} in a friendly tone, at most 80 words." for name in names[:30]]
    formal = [f"Write a product description for {name} and mention its price twice." for name in names[30:]]
    found = _mined(friendly + formal)["template"].to_list()
    assert found == [found[0]] * 30 + [found[-1]] * 30
    assert found[0] != found[-1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("请把下面的句子翻译成英文,并保持原来的语气:", ""),
        ("请为", "写一段产品介绍,语气友好,不超过八十个字。"),
        ("", "。请把上面这段话翻译成英文,并改正其中所有的语法错误"),
        ("次の文章を英語に翻訳して、丁寧な表現にしてください:", ""),
        ("Переведи на немецкий язык следующее предложение: ", ""),
        ("ترجم الجملة التالية إلى اللغة الإنجليزية بأسلوب رسمي: ", ""),
        ("ช่วยแปลประโยคต่อไปนี้เป็นภาษาอังกฤษให้หน่อยได้ไหมครับ: ", ""),
    ],
)
def test_scripts_with_and_without_spaces(before: str, after: str) -> None:
    rng = random.Random(1)
    fillings = ["".join(rng.choices(CHINESE, k=rng.randint(3, 12))) for _ in range(12)]
    found = _mined([before + filling + after for filling in fillings])
    assert found["template"].to_list() == [0] * 12
    wording = pl.Series([" ".join(part for part in (before.strip(), "{1}", after) if part)]).to_frame("text")
    assert found["text"][0] == wording.select(normalised(pl.col("text"))).item()


def test_free_writing_in_chinese_is_no_template() -> None:
    rng = random.Random(2)
    assert _texts(["".join(rng.choices(CHINESE, k=rng.randint(10, 60))) for _ in range(500)]) == {None}


def test_prompts_found_again_whatever_their_slots_hold() -> None:
    """A slot may hold the wording itself, signs that mean something to a regular expression, nothing, or a book."""
    wording = "write a product description for {} in a friendly tone, at most eighty words."
    fillings = [*THINGS, wording, ".*+?()[]{{}}|^$\\", "{1}", "", "<n>", "tone " * 30_000, "?" * 500]
    found = _mined([wording.format(filling) for filling in fillings])
    assert found["template"].to_list() == [0] * len(fillings)


@pytest.mark.parametrize(
    "prompts",
    [
        ["?" * size for size in range(1, 300)],
        ["a " * size + "b" for size in range(1, 400)],
        ["".join(random.Random(n).choices("ab ", k=80)) for n in range(500)],
        [" ".join("abcdefgh"[(i * k) % 8] for i in range(k % 50 + 5)) for k in range(400)],
        ["\U0001f600" * size for size in range(1, 100)],
        ["x" * size * 1000 for size in range(1, 30)],
        ["{1} {2}" * size for size in range(1, 50)],
    ],
    ids=["signs", "repeats", "two letters", "periods", "emoji", "giant words", "slot marks"],
)
def test_strange_prompts_do_no_harm(prompts: list[str]) -> None:
    assert _mined(prompts).height == len(prompts)


def test_ten_thousand_prompts_of_one_template() -> None:
    rng = random.Random(3)
    names = ["".join(rng.choices("abcdefghijklmnop", k=7)) for _ in range(10_000)]
    found = _mined([f"please write a short summary of the note of {name} for me and my team" for name in names])
    assert found["template"].to_list() == [0] * 10_000


def test_phrases_in_every_order() -> None:
    """Every prompt shares phrases with hundreds of others, no two the same ones: much to try, little to find."""
    rng = random.Random(4)
    phrases = _nonsense(10, 30, 10, 10)
    assert _mined([" ".join(rng.sample(phrases, rng.randint(3, 8))) for _ in range(2000)]).height == 2000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_quality_on_generated_prompts(seed: int) -> None:
    prompts, truth = Generator(seed).data(templates=60, free=2000, families=40)
    precision, recall = pair_scores(truth, _mined(prompts)["template"].to_list())
    assert precision >= 0.99
    assert recall >= 0.95


@pytest.mark.skipif(not DATA.exists(), reason="the published data is not here")
def test_chat_messages_are_no_templates() -> None:
    messages = pl.read_parquet(DATA / "chitchat" / "messages.parquet")["text"].unique(maintain_order=True).head(30_000)
    assert _mined(messages.to_list())["template"].null_count() == 30_000


@pytest.mark.skipif(not DATA.exists(), reason="the published data is not here")
def test_a_companys_own_template_is_found() -> None:
    """Plans of very different length stand between the same opening and the same ending."""
    prompts = pl.read_parquet(DATA / "entire" / "prompts.parquet").filter(pl.col("kind") == "prompt")["text"].unique()
    found = _mined(prompts.to_list())
    lines = prompts.str.replace_all(r"\s+", " ").str.to_lowercase()
    plans = lines.str.contains(
        "^ ?implement the following plan: #.*if you need specific details from before exiting plan"
    )
    biggest = found.drop_nulls().group_by("text").len().sort("len").row(-1)
    assert biggest[0].startswith("implement the following plan: # {1} if you need specific details from before")
    assert biggest[1] == plans.sum()
    assert found["template"].null_count() > 0.95 * found.height
