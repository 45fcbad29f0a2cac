"""Comparing pairs of texts in the kernel, against sets and tables in plain Python and against the other engine."""

from __future__ import annotations

import itertools
import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_reference import cuts_between, engines, flat, jaccard, letters_in_common, mixed, sampled_jaccard
from rapidfuzz import fuzz

from tokenscan.prompts.corpus import Corpus
from tokenscan.prompts.sketch import SET_LIMIT

kernel = pytest.importorskip("tokenscan.prompts._kernel")
NUMPY, COMPILED = engines()

LIMIT = 16  # the smallest the kernel takes
ALPHABETS = ("ab", "abc ", "日本語です", "a日😀e\u0301\u0308", "\u0301\u0302 ü")

_marks = st.lists(st.integers(0, 200), max_size=4)
_places = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=30)
_bytes = st.one_of(
    st.binary(max_size=LIMIT + 8),
    st.text("ab", min_size=LIMIT - 2, max_size=LIMIT + 9).map(str.encode),
    st.text("abcd", max_size=300).map(str.encode),
)
_short = st.sampled_from(ALPHABETS).flatmap(lambda letters: st.text(letters, max_size=63))


def _indices(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1])


def _jaccard(
    texts: list[bytes], pairs: list[tuple[int, int]], size: int, limit: int, marks: list[int], gap: bytes = b""
) -> list[float]:
    left, right = _indices(pairs)
    found = np.full(len(pairs), -1.0)
    for first, last in cuts_between(len(pairs), marks):
        kernel.jaccard(*flat(texts, gap), size, limit, left, right, first, last, found)
    return found.tolist()


def _letters(texts: list[bytes], pairs: list[tuple[int, int]], marks: list[int], least: float = 0.0) -> list[float]:
    left, right = _indices(pairs)
    found = np.full(len(pairs), -1.0)
    for first, last in cuts_between(len(pairs), marks):
        kernel.common_letters(*flat(texts, b"a"), left, right, np.full(len(pairs), least), first, last, found)
    return found.tolist()


@settings(deadline=None, max_examples=200)
@given(st.lists(_bytes, min_size=1, max_size=6), _places, st.integers(1, 8), _marks, st.binary(max_size=9))
def test_sets_are_compared_as_defined_however_the_work_is_cut(
    texts: list[bytes], places: list[tuple[int, int]], size: int, marks: list[int], gap: bytes
) -> None:
    pairs = [(a % len(texts), b % len(texts)) for a, b in places]
    expected = [sampled_jaccard(texts[a], texts[b], size, LIMIT) for a, b in pairs]
    assert _jaccard(texts, pairs, size, LIMIT, marks, gap) == expected
    # With room for all shingles, nothing is sampled.
    assert _jaccard(texts, pairs, size, 1024, marks) == [jaccard(texts[a], texts[b], size) for a, b in pairs]


@pytest.mark.parametrize("size", [1, 3, 8])
@pytest.mark.parametrize("limit", [16, 17, 31, 64, 100])
def test_all_pairs_of_lengths_around_the_limit_are_compared_as_defined(size: int, limit: int) -> None:
    rng = random.Random(limit)
    lengths = [0, 1, size - 1, size, limit - 1, limit, limit + size - 1, limit + size, 4 * limit, 9 * limit]
    texts = [rng.randbytes(length) for length in lengths] + [b"z" * length for length in lengths]
    texts += [texts[7][:-1], texts[8][2:], texts[8] + texts[9], texts[9] * 3]
    pairs = list(itertools.product(range(len(texts)), range(len(texts))))
    rng.shuffle(pairs)
    pairs += [(9, b) for b in range(len(texts))] + [(a, 3) for a in range(len(texts))]
    expected = [sampled_jaccard(texts[a], texts[b], size, limit) for a, b in pairs]
    assert _jaccard(texts, pairs, size, limit, []) == expected


@pytest.mark.parametrize("size", [5, 8])
def test_both_engines_compare_sets_alike_around_the_limit(size: int) -> None:
    rng = random.Random(size)
    base = "".join(rng.choices("abcdefghijklmnop ", k=40_000))
    lengths = [0, 1, size, 900, SET_LIMIT - 1, SET_LIMIT, SET_LIMIT + size - 2, SET_LIMIT + size - 1, SET_LIMIT + size]
    texts = [base[:length] for length in [*lengths, 2 * SET_LIMIT, 16_384, 20_100, 40_000]]
    texts += [base[100:5100], base[:6000] * 3, base[20_000:25_000] + base[:3000], "ab" * 9000, "x" * 30_000]
    corpus = Corpus.of(pl.Series(texts))
    left, right = _indices(list(itertools.product(range(len(texts)), range(len(texts)))))
    expected = NUMPY.jaccard(corpus, size)(left, right)
    found = COMPILED.jaccard(corpus, size)(left, right)
    assert found.tolist() == expected.tolist()
    assert found.tolist() == COMPILED.jaccard(corpus, size)(right, left).tolist()
    assert len(set(found.tolist())) > 50
    # Only long texts: the numpy engine keeps their sets.
    long = np.flatnonzero(corpus.sizes >= 4 * SET_LIMIT)
    left, right = _indices(list(itertools.product(range(len(long)), range(len(long)))))
    expected = NUMPY.jaccard(corpus.take(long), size)(left, right)
    assert COMPILED.jaccard(corpus.take(long), size)(left, right).tolist() == expected.tolist()


def test_many_pairs_are_compared_alike_in_several_pieces() -> None:
    rng = random.Random(3)
    texts = pl.Series(["".join(rng.choices("abc", k=rng.choice([0, 4, 5, 30, 200, 900]))) for _ in range(300)])
    corpus = Corpus.of(texts).take(np.array(rng.sample(range(300), 200)))
    left, right = (np.array(rng.choices(range(200), k=20_000)) for _ in range(2))
    left[5000:15_000].sort()
    expected = NUMPY.jaccard(corpus, 5)(left, right)
    assert COMPILED.jaccard(corpus, 5)(left, right).tolist() == expected.tolist()
    assert COMPILED.jaccard(corpus, 5)(left[:0], right[:0]).tolist() == []


def test_hash_tables_are_emptied_when_their_stamps_run_out() -> None:
    # Each pair takes a new stamp, the first and the last one the same.
    texts = [b"", b"", b"the quick brown fox", b"the brown quick fox"]
    last = (1 << 24) - 1
    left, right = np.arange(last + 1) & 1, np.zeros(last + 1, dtype=np.int64)
    left[[0, last]], right[[0, last]] = 2, 3
    found = np.full(last + 1, -1.0)
    kernel.jaccard(*flat(texts), 5, LIMIT * 2, left, right, 0, last + 1, found)
    assert found[0] == found[last] == jaccard(texts[2], texts[3])
    assert not found[1:last].any()


@settings(deadline=None, max_examples=200)
@given(st.lists(_short, min_size=1, max_size=6), st.text("ab日 ", max_size=100), _places, _marks)
def test_letters_are_compared_as_defined_and_as_by_rapidfuzz(
    texts: list[str], longer: str, places: list[tuple[int, int]], marks: list[int]
) -> None:
    short = [text.encode()[:63].decode(errors="ignore") for text in texts]
    texts = [*short, longer]
    pairs = [(a % len(texts), b % len(short)) for a, b in places]
    pairs += [(b, a) for a, b in pairs]
    found = _letters([text.encode() for text in texts], pairs, marks)
    assert found == [fuzz.ratio(texts[a], texts[b]) / 100 for a, b in pairs]
    assert found == [letters_in_common(texts[a], texts[b]) for a, b in pairs]
    for least in {0.0, 0.5, *found[:3]}:
        enough = _letters([text.encode() for text in texts], pairs, marks, least)
        assert [share if share >= least else 0 for share in enough] == [x if x >= least else 0 for x in found]


@pytest.mark.parametrize(
    "alphabet", [*ALPHABETS, "abcdefghijklmnopqrstuvwxyz ,.?", "\x00\x7f\x80\u07ff\uffff\U0010ffff"]
)
def test_both_engines_compare_letters_alike(alphabet: str) -> None:
    rng = random.Random(alphabet)
    texts = ["".join(rng.choices(alphabet, k=rng.randint(0, 90))).encode() for _ in range(300)]
    texts = [text[: 63 + i % 18 * (i % 3 > 0)].decode(errors="ignore").encode() for i, text in enumerate(texts)]
    corpus = Corpus.of(pl.Series([text.decode() for text in texts]))
    assert int(corpus.sizes.max()) in range(76, 81)
    left, right = np.array(rng.choices(range(300), k=6000)), np.array(rng.choices(range(0, 300, 3), k=6000))
    for one, other in ((left, right), (right, left)):
        found = (engine.letters(corpus)(one, other, np.zeros(6000)).tolist() for engine in (COMPILED, NUMPY))
        assert next(found) == next(found)


def test_letters_of_texts_at_the_border_are_compared() -> None:
    texts = ["a" * 63, "a" * 64, "b" * 63, "é" * 31, "é" * 40, "", "ab" * 40_000]
    pairs = [(a, b) for a, b in itertools.product(range(7), range(7)) if {a, b} & {0, 2, 3, 5}]
    expected = [fuzz.ratio(texts[a], texts[b]) / 100 for a, b in pairs]
    assert _letters([text.encode() for text in texts], pairs, []) == expected
    with pytest.raises(ValueError, match="short"):
        _letters([text.encode() for text in texts], [(0, 5), (1, 4)], [])


@settings(deadline=None)
@given(st.binary(max_size=63), st.binary(max_size=90))
def test_bytes_that_are_no_text_are_compared_too(one: bytes, other: bytes) -> None:
    there, back = _letters([one, other], [(0, 1), (1, 0)], [])
    assert there == back
    assert 0 <= there <= 1
    assert (there == 1) >= (one == other)
    assert _letters([one], [(0, 0)], []) == [1.0]


def _unmixed(value: int) -> int:
    """Undo `mixed`."""
    value ^= value >> 33
    value = value * pow(0xC4CEB9FE1A85EC53, -1, 1 << 64) % (1 << 64)
    value ^= value >> 33
    value = value * pow(0xFF51AFD7ED558CCD, -1, 1 << 64) % (1 << 64)
    return value ^ (value >> 33)


@pytest.mark.parametrize("share", [1, 2, 8])
def test_shingles_chosen_to_agree_in_the_upper_half_of_their_hashes_are_sorted_too(share: int) -> None:
    """Half the sort rests on those bits; of the 8-byte shingles of this text one in `share` times 8 has the same."""
    rng = random.Random(share)
    assert all(_unmixed(mixed(value)) == value for value in (0, 1, 2**63, rng.getrandbits(64)))
    chosen = [_unmixed(0xABCDE << 44 | rng.getrandbits(44)).to_bytes(8, "big") for _ in range(400)]
    one = b"".join(shingle + rng.randbytes(8 * (share - 1)) for shingle in chosen)
    other = b"".join(shingle + rng.randbytes(8 * (share - 1)) for shingle in chosen[100:][::-1])
    for limit in (64, 1000, 2000):
        (found,) = _jaccard([one, other], [(0, 1)], 8, limit, [])
        assert found == sampled_jaccard(one, other, 8, limit)
