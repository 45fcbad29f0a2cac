from __future__ import annotations

import functools
import itertools
import random
from pathlib import Path

import polars as pl
import pytest
from prompt_reference import each_engine, groups, jaccard, plain, shingle_set, vocabulary
from rapidfuzz import fuzz

from tokenscan.prompts import cluster_prompts
from tokenscan.prompts.engine import Engine

WORDS = vocabulary(4000)
DATA = Path(__file__).parents[4] / "shared" / "data"


def _together(engine: Engine, *prompts: str, threshold: float = 0.6) -> bool:
    found = cluster_prompts(pl.Series(prompts), threshold=threshold, engine=engine)
    return found["cluster_id"].n_unique() == 1


def _words(rng: random.Random, count: int) -> list[str]:
    return rng.choices(WORDS, k=count)


@each_engine
def test_exact_repeats_share_a_cluster_and_the_first_row_stands_for_it(engine: Engine) -> None:
    prompts = pl.Series(["Fix the bug", None, "fix  the bug ", "write a poem", "FIX THE BUG"])
    assert cluster_prompts(prompts, engine=engine).to_dict(as_series=False) == {
        "cluster_id": [0, None, 0, 1, 0],
        "representative": [0, None, 0, 3, 0],
        "similarity": [1.0, None, 1.0, 1.0, 1.0],
    }


@each_engine
def test_the_columns_have_their_types_for_any_input(engine: Engine) -> None:
    schema = {"cluster_id": pl.UInt32, "representative": pl.UInt32, "similarity": pl.Float64}
    for prompts in (
        pl.Series([], dtype=pl.String),
        pl.Series([], dtype=pl.Null),
        pl.Series([None, None]),
        pl.Series([None], dtype=pl.String),
        pl.Series(["a"], dtype=pl.Categorical),
        pl.Series(["", "", None]),
    ):
        found = cluster_prompts(prompts, engine=engine)
        assert found.schema == schema
        assert found.height == len(prompts)
        assert found["cluster_id"].null_count() == prompts.null_count()


@each_engine
def test_clusters_are_numbered_by_first_appearance(engine: Engine) -> None:
    prompts = pl.Series(["zebra", None, "apple", "zebra", "mango", "apple"])
    assert cluster_prompts(prompts, engine=engine)["cluster_id"].to_list() == [0, None, 1, 0, 2, 1]


@each_engine
@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.1, float("nan")])
def test_a_threshold_that_means_nothing_is_refused(engine: Engine, threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        cluster_prompts(pl.Series(["a"]), threshold=threshold, engine=engine)


@each_engine
@pytest.mark.parametrize(
    "prompts",
    [
        ("yes", "Yes!", " yes. "),
        ("continue", "continue...", "“Continue”"),
        ("please fix the failing test", "please fix the failing tests"),
        ("what is the capital of france", "what is the capital of france?"),
        ("请把这句话翻译成英文并解释原因", "请把这句话翻译成英文并解释原因。"),
        ("исправь ошибку в этой функции и объясни почему", "исправь ошибку в этой функций и объясни почему"),
        (
            "اشرح لي كيف تعمل هذه الدالة خطوة بخطوة مع أمثلة واضحة من فضلك وشكرا لك",
            "اشرح لي كيف تعمل هذه الدالة خطوة بخطوة مع أمثلة بسيطة من فضلك وشكرا لك",
        ),
        (
            "请帮我把下面这段合同条款翻译成英文\uff0c并且列出所有对我们不利的内容\uff0c谢谢",
            "请帮我把下面这段合同条款翻译成德文\uff0c并且列出所有对我们不利的内容\uff0c谢谢",
        ),
        (
            "напиши подробное объяснение того, как работает сборщик мусора в этой программе",
            "напиши подробное объяснение того, как работает сборщик мусора в нашей программе",
        ),
        # Across the border between short and longer prompts, 60 and 66 bytes.
        (
            "explain the difference between a list and a tuple in python3",
            "explain the difference between a list and a tuple in python3, pls?",
        ),
    ],
)
def test_near_duplicates_are_found(engine: Engine, prompts: tuple[str, ...]) -> None:
    assert _together(engine, *prompts)


@each_engine
@pytest.mark.parametrize(
    "prompts",
    [
        ("yes", "yep"),
        ("yes", "no"),
        ("continue", "continua"),
        ("?", "!"),
        (":)", ":("),
        ("", "."),
        ("c", "c#"),
        ("what is 1+1", "what is 2+2"),
        ("what is this", "what is that"),
        ("translate to french please", "translate to german please"),
        ("write a poem about cats", "write an essay on dogs"),
        ("no", "no, write a poem about the sea instead of the forest, and make it rhyme, with four verses"),
    ],
)
def test_different_requests_stay_apart(engine: Engine, prompts: tuple[str, str]) -> None:
    assert not _together(engine, *prompts)


@each_engine
def test_the_threshold_decides(engine: Engine) -> None:
    one = "please review the attached contract and list every clause that limits our liability"
    other = "please review the attached contract and list each clause that limits our liability"
    similarity = jaccard(one, other)
    assert 0.8 < similarity < 0.9
    assert _together(engine, one, other, threshold=0.8)
    assert not _together(engine, one, other, threshold=0.9)
    assert cluster_prompts(pl.Series([one, other]), engine=engine)["similarity"].min() == pytest.approx(similarity)


@each_engine
def test_successive_versions_are_not_chained_into_one_cluster(engine: Engine) -> None:
    rng = random.Random(2)
    words, versions = _words(rng, 100), []
    for _ in range(200):
        for place in rng.sample(range(100), 6):
            words[place] = rng.choice(WORDS)
        versions.append(" ".join(words))
    assert jaccard(versions[0], versions[1]) > 0.7
    assert jaccard(versions[0], versions[20]) < 0.3
    found = cluster_prompts(pl.Series(versions), engine=engine)
    for version, representative in zip(versions, found["representative"], strict=True):
        assert jaccard(version, versions[representative]) >= 0.6
    assert 20 < found["cluster_id"].n_unique() < 100


@each_engine
def test_the_representative_is_the_text_the_others_derive_from(engine: Engine) -> None:
    rng = random.Random(11)
    base, prompts = _words(rng, 60), []
    for start in range(0, 60, 12):
        copy = list(base)
        copy[start : start + 10] = _words(rng, 10)
        prompts.append(" ".join(copy))
    prompts.insert(3, " ".join(base))
    assert jaccard(prompts[0], prompts[1]) < 0.6 < jaccard(prompts[3], prompts[0])
    found = cluster_prompts(pl.Series(prompts), engine=engine)
    assert found["representative"].to_list() == [3] * 6


@each_engine
def test_fillings_of_one_template_are_one_cluster(engine: Engine) -> None:
    rng = random.Random(3)
    frame = " ".join(_words(rng, 60))
    prompts = [f"{frame} {' '.join(_words(rng, 4))} end {' '.join(_words(rng, 2))}" for _ in range(5000)]
    found = cluster_prompts(pl.Series(prompts), engine=engine)
    assert found["cluster_id"].n_unique() == 1
    assert found["representative"].n_unique() == 1
    assert found["similarity"].min() > 0.7


@each_engine
def test_texts_that_share_only_boilerplate_are_neither_merged_nor_slow(engine: Engine) -> None:
    rng = random.Random(4)
    frame = " ".join(_words(rng, 35))
    prompts = [f"{frame} {' '.join(_words(rng, 25))}" for _ in range(3000)]
    assert jaccard(prompts[0], prompts[1]) < 0.5
    assert cluster_prompts(pl.Series(prompts), engine=engine)["cluster_id"].n_unique() == 3000


@functools.cache
def _very_long_prompts() -> tuple[list[str], float]:
    rng = random.Random(6)
    words = _words(rng, 160_000)
    edited = list(words)
    for place in rng.sample(range(len(edited)), 4000):
        edited[place] = rng.choice(WORDS)
    other = _words(rng, 160_000)
    prompts = [" ".join(each) for each in (words, edited, other)]
    assert min(map(len, prompts)) > 1_000_000
    return prompts, jaccard(prompts[0], prompts[1], 8)


@each_engine
def test_very_long_prompts_are_compared(engine: Engine) -> None:
    prompts, expected = _very_long_prompts()
    found = cluster_prompts(pl.Series(prompts), engine=engine)
    assert found["cluster_id"].to_list() == [0, 0, 1]
    assert found["similarity"].min() == pytest.approx(expected, abs=0.03)


@each_engine
def test_prompts_on_both_sides_of_the_long_border_meet(engine: Engine) -> None:
    words = _words(random.Random(7), 3000)
    text = " ".join(words)
    assert len(text) > 20_300
    assert _together(engine, text[:19_900], text[:20_300])


@each_engine
def test_padding_by_repetition_is_seen_through(engine: Engine) -> None:
    sentence = "please summarise this report for the board in three sentences, no more. "
    assert _together(engine, sentence * 300, sentence * 400, sentence * 900)


@each_engine
def test_odd_characters_do_no_harm(engine: Engine) -> None:
    odd = ["\x00", "a\x00b", "\ufffd\ufffd", "\u202e" * 50, "\U0001f600" * 30, "\u0301" * 100, "\u200b", "", " "]
    long_odd = [text * 40 for text in odd]
    found = cluster_prompts(pl.Series(odd + long_odd), engine=engine)
    assert found["cluster_id"].null_count() == 0
    # Text of which nothing visible is left is the empty prompt.
    assert found["cluster_id"][0] == found["cluster_id"][3] == found["cluster_id"][7] == found["cluster_id"][8]


@each_engine
def test_lone_surrogates_replaced_on_reading_are_plain_text(engine: Engine) -> None:
    text = "say \ud800 something about the weather in the north of the country, please, and be quick about it"
    safe = text.encode("utf-8", "replace").decode()
    assert _together(engine, safe, f"{safe}!")


@each_engine
@pytest.mark.skipif(not (DATA / "prompts_chat").is_dir(), reason="needs ../shared/data")
def test_precision_and_recall_on_real_prompts(engine: Engine) -> None:
    prompts = pl.read_csv(DATA / "prompts_chat" / "prompts.csv")["prompt"].drop_nulls().unique(maintain_order=True)
    found = cluster_prompts(prompts, engine=engine).with_columns(prompt=prompts)
    texts = [plain(text) for text in prompts]
    members = found.with_row_index().filter(pl.col("index") != pl.col("representative"))
    pairs = [
        (texts[index], texts[representative])
        for index, representative in members.select("index", "representative").iter_rows()
        if 64 <= len(texts[index]) <= 15_000
    ]
    assert len(pairs) > 10
    right = [jaccard(one, other) >= 0.59 for one, other in pairs]
    assert sum(right) >= 0.99 * len(right)
    sample = [text for text in texts if 64 <= len(text) <= 3000][:400]
    labels = cluster_prompts(pl.Series(sample), engine=engine)["cluster_id"].to_list()
    close = [labels[i] == labels[j] for i, j in _close(tuple(sample))]
    assert close
    assert sum(close) >= 0.95 * len(close)


@functools.cache
def _close(texts: tuple[str, ...]) -> list[tuple[int, int]]:
    """List the pairs of texts with a Jaccard similarity of 0.8 or more."""
    sets = [shingle_set(text) for text in texts]
    found = []
    for (i, one), (j, other) in itertools.combinations(enumerate(sets), 2):
        common = len(one & other)
        if common >= 0.8 * (len(one) + len(other) - common):
            found.append((i, j))
    return found


@each_engine
def test_the_result_does_not_depend_on_order_or_repeats(engine: Engine) -> None:
    rng = random.Random(8)
    bases = [_words(rng, rng.randint(2, 60)) for _ in range(60)]
    prompts = []
    for base in bases:
        for _ in range(rng.randint(1, 8)):
            words = list(base)
            words[rng.randrange(len(words))] = rng.choice(WORDS)
            prompts.append(" ".join(words))
    expected = groups(cluster_prompts(pl.Series(prompts), engine=engine)["cluster_id"].to_list(), prompts)
    for seed in range(4):
        mixed = prompts + random.Random(seed).choices(prompts, k=50)
        random.Random(seed).shuffle(mixed)
        assert groups(cluster_prompts(pl.Series(mixed), engine=engine)["cluster_id"].to_list(), mixed) == expected


@each_engine
@pytest.mark.parametrize(("tail", "follows"), [(" thanks", True), (" and then tell me what you would do", False)])
def test_a_short_prompt_follows_a_longer_one_to_its_representative_if_near_enough(
    engine: Engine,
    tail: str,
    follows: bool,
) -> None:
    """The longer prompt, of 70 bytes, is a member of a cluster whose prompts are longer still."""
    short = "explain how the parser reads a nested list of items in detail"
    longer = short + ", please"
    largest = [longer + tail + mark for mark in ("", ".", "!", "?", " :)")]
    found = cluster_prompts(pl.Series([*largest, longer, short]), engine=engine)
    assert 64 <= len(longer) < 80
    assert len(short) < 64
    assert found["cluster_id"].to_list() == [0] * 6 + [0 if follows else 1]
    representative = found["representative"][5]
    assert representative < 5
    if follows:
        assert found["representative"][6] == representative
        assert found["similarity"][6] == fuzz.ratio(short, largest[representative]) / 100
    else:
        assert (found["representative"][6], found["similarity"][6]) == (6, 1.0)
