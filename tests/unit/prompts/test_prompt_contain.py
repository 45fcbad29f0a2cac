from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_reference import engines, shingle_set, vocabulary

from tokenscan.prompts.contain import (
    CORE_BYTES,
    LONG_TEXT,
    MOST_CORES,
    contained,
)
from tokenscan.prompts.corpus import Corpus
from tokenscan.prompts.engine import Engine
from tokenscan.prompts.numpy_engine import NumpyEngine
from tokenscan.prompts.winnow import ANCHORS, RUN, Fingerprints, fingerprints, lists, postings

WORDS = vocabulary(4000)
SCHEMA = {"text": pl.UInt32, "core": pl.UInt32, "containment": pl.Float64, "filler": pl.Float64, "texts": pl.UInt32}


def _prose(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words))


def _share(core: str, text: str, size: int = 5) -> float:
    own = shingle_set(core, size)
    return len(own & shingle_set(text, size)) / len(own) if own else 0.0


def _cores(texts: list[str | None] | list[str], least: float = 0.8) -> dict[int, int]:
    found = contained(pl.Series(texts, dtype=pl.String), least=least)
    return dict(found.select("text", "core").iter_rows())


def _winnowed(text: str) -> set[int]:
    found = fingerprints(Corpus.of(pl.Series([text])), NumpyEngine())
    assert found.counts.tolist() == [len(found.values)]
    return set(found.values.tolist())


def test_a_padded_prompt_leads_to_its_core() -> None:
    # 64 bytes with no byte 5-gram twice: 60 shingles.
    core = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-+"
    padded = f"{'=' * 32}{core}{'=' * 32}"
    # Two changed bytes in the middle, apart by more than four, cost five shingles each.
    changed = f"{'.' * 64}{core[:30]}#{core[31:40]}#{core[41:]}"
    found = contained(pl.Series([padded, core, changed, "short"]))
    assert found.schema == SCHEMA
    assert found.to_dict(as_series=False) == {
        "text": [0, 2],
        "core": [1, 1],
        "containment": [1.0, 50 / 60],
        "filler": [0.5, 1 - 50 / 60 * 64 / 128],
        "texts": [2, 2],
    }


def test_a_core_below_the_least_share_is_none() -> None:
    rng = random.Random(1)
    core = _prose(rng, 60)
    kept = core[: int(len(core) * 0.7)]
    texts = [core, f"{_prose(rng, 40)} {kept} {_prose(rng, 40)}"]
    share = _share(core, texts[1])
    assert 0.65 < share < 0.75
    assert _cores(texts) == {}
    assert _cores(texts, least=share) == {1: 0}


@pytest.mark.parametrize("least", [0.0, -1.0, 1.1, float("nan")])
def test_a_least_share_that_means_nothing_is_refused(least: float) -> None:
    with pytest.raises(ValueError, match="least"):
        contained(pl.Series(["a"]), least=least)


@pytest.mark.parametrize("share", [0.1, 0.3, 1.0, 3.0, 20.0])
@pytest.mark.parametrize("words", [15, 60, 400])
def test_padding_of_any_length_before_and_after_is_found(share: float, words: int) -> None:
    rng = random.Random(2)
    texts = []
    for _ in range(20):
        core, padding = _prose(rng, words), _prose(rng, max(2, round(words * share))).split()
        cut = rng.randrange(len(padding) + 1)
        texts += [core, " ".join([*padding[:cut], core, *padding[cut:]])]
    assert _cores(texts) == {i + 1: i for i in range(0, 40, 2)}


def test_shuffled_sentences_between_other_sentences_are_found() -> None:
    rng = random.Random(3)
    texts = []
    for _ in range(50):
        sentences = [f"{_prose(rng, rng.randint(8, 15))}." for _ in range(8)]
        mixed = sentences + [f"{_prose(rng, rng.randint(5, 20))}." for _ in range(8)]
        rng.shuffle(mixed)
        texts += [" ".join(sentences), " ".join(mixed)]
    assert _cores(texts) == {i + 1: i for i in range(0, 100, 2)}


def test_unrelated_prompts_have_no_core() -> None:
    rng = random.Random(4)
    texts = [_prose(rng, rng.randint(12, 400)) for _ in range(1000)]
    texts += [_prose(rng, 20_000) for _ in range(3)]
    assert _cores(texts) == {}


def test_short_texts_are_no_cores() -> None:
    core = _prose(random.Random(5), 30)
    for size, expected in ((CORE_BYTES, {1: 0}), (CORE_BYTES - 1, {})):
        assert _cores([core[:size], f"{core[:size]} and 0123456789 times something else"]) == expected


def test_texts_of_one_length_are_not_each_others_core() -> None:
    core = _prose(random.Random(6), 30)
    assert _cores([f"{core}1", f"{core}2"]) == {}
    assert _cores([f"{core}1", f"{core}23"]) == {1: 0}


def test_the_core_contained_most_wins_and_then_the_longest() -> None:
    rng = random.Random(7)
    small, rest = _prose(rng, 30), _prose(rng, 30)
    large = f"{small} {rest}"
    nearly = f"{large} {_prose(rng, 6)}"
    text = f"{_prose(rng, 50)} {large} {_prose(rng, 50)}"
    assert 0.8 < _share(nearly, text) < 1.0
    assert _cores([small, large, nearly, text]) == {1: 0, 2: 1, 3: 1}


def test_the_result_does_not_depend_on_the_order_of_the_texts() -> None:
    rng = random.Random(8)
    texts = []
    for _ in range(60):
        one, other = _prose(rng, 20), _prose(rng, 20)
        size = min(len(one), len(other))
        # Two cores of one length, both there in full.
        texts += [one[:size], other[:size], f"{one[:size]} {_prose(rng, 30)} {other[:size]}"]
    expected = {texts[text]: texts[core] for text, core in _cores(texts).items()}
    assert len(expected) == 60
    for seed in range(3):
        shuffled = random.Random(seed).sample(texts, k=len(texts))
        assert {shuffled[text]: shuffled[core] for text, core in _cores(shuffled).items()} == expected


def test_nulls_blanks_and_nothing_have_no_core() -> None:
    core = _prose(random.Random(9), 30)
    assert _cores([None, f"{core} {core[::-1]}", None, core]) == {1: 3}
    for prompts in (
        pl.Series([], dtype=pl.String),
        pl.Series([], dtype=pl.Null),
        pl.Series([None, None]),
        pl.Series(["", " ", None, "\x00" * 100, "\U0001f600" * 30]),
        pl.Series(["x" * 100]),
    ):
        found = contained(prompts)
        assert found.schema == SCHEMA
        assert found.is_empty()


def test_long_texts_are_held_to_longer_shingles() -> None:
    rng = random.Random(10)
    words = _prose(rng, 12).split()
    core = " ".join(words)
    torn = [f"{one} {other}" for one, other in pairwise(words)]
    # Every pair of neighbouring words is there, and with it every 5-gram, but not every 8-gram.
    text = " - ".join(torn)
    short = f"{text} {_prose(rng, 20)}"
    long = f"{text} {_prose(rng, 1200)}"
    assert len(short) < LONG_TEXT < len(long)
    found = contained(pl.Series([core, short, long]), least=0.5)
    assert found["containment"].to_list() == pytest.approx([_share(core, short), _share(core, long, 8)])


def test_a_core_in_a_megabyte_and_a_megabyte_as_core() -> None:
    rng = random.Random(11)
    core, large = _prose(rng, 40), _prose(rng, 160_000)
    inside = f"{large} {core}"
    assert len(large) > 1_000_000
    assert _cores([core, inside]) == {1: 0}
    # Both are there in full: the longer one is the core.
    assert _cores([core, inside, large, "ab " * 400_000, "a" * 2_000_000]) == {1: 2}


def test_repetition_is_counted_once() -> None:
    core = _prose(random.Random(12), 30)
    (found,) = contained(pl.Series([core, f"{core} " * 3000])).rows()
    assert found == (1, 0, 1.0, pytest.approx(1 - len(core) / (3000 * (len(core) + 1))), 1)


def test_many_texts_with_one_core_are_all_found() -> None:
    rng = random.Random(13)
    core = _prose(rng, 20)
    texts = [core] + [f"{_prose(rng, 30)} {core} {_prose(rng, 30)}" for _ in range(3000)]
    found = contained(pl.Series(texts))
    assert found.select("text", "core", "texts").rows() == [(i, 0, 3000) for i in range(1, 3001)]


def test_chance_finds_do_not_crowd_out_the_core() -> None:
    rng = random.Random(16)
    phrases = [f"{_prose(rng, 8)}." for _ in range(40)]
    core = [f"{_prose(rng, 10)}." for _ in range(60)]
    # Each holds one phrase of the text and not much else of it; the other text holds the begin of the core.
    strangers = [f"{phrase} {_prose(rng, 8)}" for phrase in phrases]
    other = f"{' '.join(core[:5])} {_prose(rng, 900)}"
    text = " ".join(rng.sample(core[5:] + phrases, k=95))
    texts = [" ".join(core), *strangers, other, text]
    assert 0.8 < _share(texts[0], text, 8) < 1.0
    assert max(_share(stranger, text, 8) for stranger in strangers) < 0.8
    assert _cores(texts) == {42: 0}


def test_boilerplate_is_not_compared_pair_by_pair() -> None:
    rng = random.Random(14)
    frame = _prose(rng, 60)
    texts = pl.Series([f"{frame} {_prose(rng, rng.randint(3, 9))}" for _ in range(4000)])
    asked = []

    class Counting(NumpyEngine):
        def containment(self, corpus: Corpus, core: np.ndarray, text: np.ndarray, size: int) -> np.ndarray:
            asked.append(len(core))
            return super().containment(corpus, core, text, size)

    assert contained(texts, engine=Counting()).height > 3900
    assert sum(asked) <= MOST_CORES * len(texts)
    # All longer texts for every anchor would be ANCHORS * n * n / 2 proposals.
    found = postings(fingerprints(Corpus.of(texts.gather(texts.str.len_bytes().arg_sort())), NumpyEngine()))
    assert int((found.end - found.begin).sum()) < 0.01 * ANCHORS * len(texts) ** 2 / 2


_letters = st.text(alphabet="abc é", min_size=0, max_size=80)


@pytest.mark.parametrize("engine", engines(), ids=lambda engine: engine.name)
@given(texts=st.lists(_letters, min_size=1, max_size=6), size=st.integers(1, 8), data=st.data())
@settings(max_examples=150, deadline=None)
def test_the_exact_share_is_that_of_plain_sets(
    engine: Engine, texts: list[str], size: int, data: st.DataObject
) -> None:
    rows = st.lists(st.integers(0, len(texts) - 1), min_size=0, max_size=12)
    core = data.draw(rows)
    text = data.draw(st.lists(st.integers(0, len(texts) - 1), min_size=len(core), max_size=len(core)))
    found = engine.containment(
        Corpus.of(pl.Series(texts)), np.array(core, dtype=np.int64), np.array(text, dtype=np.int64), size
    )
    assert found.tolist() == [_share(texts[c], texts[t], size) for c, t in zip(core, text, strict=True)]


_word = st.text(alphabet="abcdefgh", min_size=1, max_size=7)
_piece = st.lists(_word, min_size=1, max_size=25).map(" ".join)


@given(
    pieces=st.lists(_piece, min_size=1, max_size=5), plan=st.lists(st.lists(st.integers(0, 4), max_size=6), max_size=8)
)
@settings(max_examples=150, deadline=None)
def test_rows_agree_with_a_search_of_all_pairs(pieces: list[str], plan: list[list[int]]) -> None:
    texts = list(dict.fromkeys([*pieces, *(" ".join(pieces[i % len(pieces)] for i in part) for part in plan)]))
    found = {row["text"]: row for row in contained(pl.Series(texts)).iter_rows(named=True)}
    for place, text in enumerate(texts):
        cores = [
            (_share(other, text), len(other))
            for other in texts
            if CORE_BYTES <= len(other) < len(text) and _share(other, text) >= 0.8
        ]
        whole = [len(other) for other in texts if CORE_BYTES <= len(other) < len(text) and other in text]
        row = found.get(place)
        if row is None:
            assert not whole
            continue
        core = texts[row["core"]]
        assert (row["containment"], len(core)) in cores
        assert row["filler"] == pytest.approx(1 - row["containment"] * len(core) / len(text))
        if whole:
            assert row["containment"] == 1.0
            assert len(core) >= max(whole)


@given(run=st.binary(min_size=RUN, max_size=60), around=st.lists(st.binary(max_size=40), min_size=4, max_size=4))
@settings(max_examples=150, deadline=None)
def test_a_common_run_leaves_a_common_fingerprint(run: bytes, around: list[bytes]) -> None:
    ends = [part.decode("latin-1") for part in around]
    middle = run.decode("latin-1")
    assert _winnowed(ends[0] + middle + ends[1]) & _winnowed(ends[2] + middle + ends[3])


def test_a_text_in_pieces_has_the_fingerprints_of_the_whole() -> None:
    text = _prose(random.Random(15), 90_000)
    assert len(text) > 2 * 2**18
    # Cut elsewhere than the program cuts, with the overlap that leaves no window out.
    halves = [text[: 300_000 + RUN - 1], text[300_000:]]
    assert _winnowed(text) == _winnowed(halves[0]) | _winnowed(halves[1])


def test_lists_hold_the_entries_of_one_value_in_order() -> None:
    values = np.array([7, 2**32 - 1, 7, 0, 7, 0], dtype=np.uint32)
    parts = [(entries.tolist(), end.tolist()) for entries, end in lists(values)]
    assert parts == [([3, 5, 0, 2, 4, 1], [2, 2, 5, 5, 5, 6])]
    assert [len(entries) for entries, _ in lists(values[:0])] == [0]
    owners = Fingerprints(values=values, counts=np.array([2, 0, 3, 1])).owners()
    assert owners.tolist() == [0, 0, 2, 2, 2, 3]
