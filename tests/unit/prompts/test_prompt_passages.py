from __future__ import annotations

import random
from itertools import product

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tokenscan.prompts.passages import GRAM, LONGEST, MOST, RUN, passages

SHARED = "the long history of wooden pallets"  # 34 bytes


def found(*texts: str | None) -> list[list[int] | None]:
    result: list[list[int] | None] = passages(pl.Series("text", texts, dtype=pl.String)).to_list()
    return result


def common(left: str, right: str) -> bool:
    one, two = found(left, right)
    return bool(one and two and set(one) & set(two))


def test_a_run_of_31_bytes_in_two_prompts_gives_both_the_same_passage() -> None:
    piece = SHARED[:RUN]
    assert len(piece) == RUN == 31
    assert common(f"tell me about {piece} if you please", f"{piece}? i wonder why")
    assert not common("what is the capital of france, and of spain", "why does my printer print upside down today")


def test_what_nobody_else_wrote_is_no_passage() -> None:
    first, second, third = found(f"a {SHARED} one", f"b {SHARED} two", "something entirely different from the others")
    assert first is not None
    assert first == second
    assert third is None


def test_short_long_and_missing_prompts_have_none() -> None:
    document = " ".join([SHARED] * (LONGEST // len(SHARED) + 1))
    assert len(document) > LONGEST
    assert found(SHARED[: RUN - 1], SHARED[: RUN - 1] + " ", None, document, document + "!")[2:] == [None, None, None]


def test_wording_of_many_prompts_is_a_template_and_no_passage() -> None:
    tails = ["".join(letters) for letters in product("abcdefghijk", repeat=2)]
    # What is not shared is 7 bytes away from it on either side, so that no window reaches into both.
    some = [f"{tail}{SHARED}{tail[::-1]}" for tail in tails if tail[0] < tail[1]]
    few, many = found(*some[: MOST // 2]), found(*some, *(f"{tail}!{SHARED}!{tail}" for tail in tails[: MOST // 2]))
    assert set.intersection(*(set(one or []) for one in few))
    assert not set.intersection(*(set(one or []) for one in many))


@given(st.lists(st.text(alphabet="ab c", min_size=0, max_size=90), max_size=12, unique=True), st.integers(0, 99))
def test_passages_are_those_of_a_plain_reading_whatever_the_order(texts: list[str], seed: int) -> None:
    result = found(*texts)
    order = list(range(len(texts)))
    random.Random(seed).shuffle(order)
    assert [found(*(texts[n] for n in order))[order.index(n)] for n in range(len(texts))] == result
    for n, text in enumerate(texts):
        for m in range(n):
            shared = {text[k : k + RUN] for k in range(len(text) - RUN + 1)} & {
                texts[m][k : k + RUN] for k in range(len(texts[m]) - RUN + 1)
            }
            grams = {text[k : k + GRAM] for k in range(len(text) - GRAM + 1)} & {
                texts[m][k : k + GRAM] for k in range(len(texts[m]) - GRAM + 1)
            }
            both = set(result[n] or []) & set(result[m] or [])
            assert both or not shared
            assert grams or not both
