"""Normalising and sketching in the kernel, against byte-by-byte Python and against the other engine."""

from __future__ import annotations

import itertools
import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_reference import SLOTS, cuts_between, engines, flat, probes_by_hand, signature_by_hand, viewed

from tokenscan.prompts.corpus import Corpus
from tokenscan.prompts.sketch import SET_LIMIT, probe_order

kernel = pytest.importorskip("tokenscan.prompts._kernel")
NUMPY, COMPILED = engines()

ODD = "aZ 5.\t\n\v\f\r\x00\x1c\x1f\x7f\x85\xa0\u0130\u200b\u2003\u3000\ufeff\ufb01\u0301日İß😀"

PIECES = ["Ab", "c", " ", "  ", "\n", "\x00", "\x7f", "~", "@[`{", "x" * 31]

CHARS = {
    "é": "e",
    "ß": "ss",
    "\u3000": " ",
    "\xa0": " ",
    "\u200b": "",
    "\xad": "",
    "日": "日",
    "\uff21": "a",
    "😀": "☺!",
}

_marks = st.lists(st.integers(0, 50), max_size=4)
_ascii = st.binary(max_size=20).map(lambda text: bytes(byte & 127 for byte in text))
_lines = st.lists(st.one_of(st.binary(max_size=20), _ascii, st.text(ODD, max_size=20).map(str.encode)), max_size=12)
_texts = st.lists(st.one_of(st.text(max_size=30), st.text(ODD, max_size=30)), max_size=20)
_sizes = st.integers(1, 8)
_shingled = st.lists(st.one_of(st.binary(max_size=40), st.text("ab", max_size=300).map(str.encode)), max_size=5)


def _plain(text: bytes) -> bytes:
    """Normalise ASCII: controls out, lower case, white space single and not at the ends."""
    seen = bytes(byte for byte in text.lower() if 9 <= byte <= 13 or (byte >= 32 and byte != 127))
    return b" ".join(seen.split())


def _alphabet(chars: dict[str, str]) -> tuple[np.ndarray, np.ndarray]:
    """Lay out what becomes of each character: a space is of kind 5, nothing is of kind 6."""
    count = max(map(ord, chars), default=-1) + 1
    kinds, forms = np.zeros(count, dtype=np.uint8), np.zeros(count, dtype=np.uint32)
    for char, form in chars.items():
        kinds[ord(char)] = {" ": 5, "": 6}.get(form, len(form.encode()))
        forms[ord(char)] = int.from_bytes(form.encode(), "little")
    return kinds, forms


def _normalised(
    texts: list[bytes],
    cuts: list[tuple[int, int]],
    lead: bytes = b"",
    alphabet: tuple[np.ndarray, np.ndarray] = _alphabet({}),
) -> list[bytes | None]:
    """Run the kernel over each piece; None for a text that is left to others."""
    views, buffers = viewed(texts, lead)
    offsets = len(lead) + np.cumsum([0, *map(len, texts)], dtype=np.int64)
    out = np.full(offsets[-1], ord("#"), dtype=np.uint8)
    begin, end = np.full((2, len(texts)), -1, dtype=np.int64)
    foreign = np.full(len(texts), 9, dtype=np.uint8)
    for first, last in cuts:
        kernel.normalise(views, buffers, offsets, first, last, *alphabet, out, begin, end, foreign)
        assert begin[first:last].tolist() == [offsets[first], *end[first:last]][:-1]
    assert (out[: len(lead)] == ord("#")).all()
    found: list[bytes | None] = [out[a:b].tobytes() for a, b in zip(begin, end, strict=True)]
    for row in np.flatnonzero(foreign):
        assert not found[row]
        found[row] = None
    return found


def _sketched(texts: list[bytes], size: int, cuts: list[tuple[int, int]], gap: bytes = b"") -> list[list[int]]:
    data, begin, end = flat(texts, gap)
    out = np.full((len(texts), SLOTS), 7, dtype=np.uint16)
    for first, last in cuts:
        kernel.sketch(data, begin, end, size, probe_order(), first, last, out)
    return out.tolist()


@settings(deadline=None)
@given(_lines, _marks, st.binary(max_size=3))
def test_normalising_is_what_its_definition_says_however_the_work_is_cut(
    texts: list[bytes], marks: list[int], lead: bytes
) -> None:
    expected = [_plain(text) if text.isascii() else None for text in texts]
    assert _normalised(texts, cuts_between(len(texts), marks), lead) == expected


@settings(deadline=None)
@given(st.lists(st.text([*CHARS, *"aZ \t\x00", "λ", "\U0001f601"], max_size=40), max_size=9), _marks)
def test_characters_are_replaced_as_the_alphabet_says(texts: list[str], marks: list[int]) -> None:
    def form(text: str) -> bytes | None:
        known = all(char in CHARS or char.isascii() for char in text)
        return _plain("".join(CHARS.get(char, char) for char in text).encode()) if known else None

    found = _normalised([text.encode() for text in texts], cuts_between(len(texts), marks), b"<", _alphabet(CHARS))
    assert found == [form(text) for text in texts]


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=30), st.text(max_size=30).map(str.encode)), max_size=5), st.integers(0, 999)
)
def test_no_alphabet_makes_a_text_longer(texts: list[bytes], seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = rng.choice([1, 200, 1 << 21])
    kinds, forms = rng.choice([1, 2, 3, 4, 5, 6, 7, 255], count).astype(np.uint8), np.full(count, 0x7A7A7A7A, np.uint32)
    offsets = np.cumsum([0, *map(len, texts)])
    views, buffers = viewed(texts)
    out, foreign = np.full(offsets[-1] + 9, 35, np.uint8), np.zeros(len(texts), np.uint8)
    begin, end = offsets[1:] * 0, offsets[1:] * 0
    kernel.normalise(views, buffers, offsets, 0, len(texts), kinds, forms, out, begin, end, foreign)
    assert (end <= offsets[1:]).all()
    assert out[offsets[-1] :].tobytes() == b"#########"


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.lists(st.sampled_from(["Ab", "c", " ", "  ", "\n", "\x00", "\x7f", "~", "@[`{", "x" * 31]), max_size=40)
    )
)
def test_long_texts_are_normalised_as_defined(pieces: list[list[str]]) -> None:
    texts = ["".join(parts).encode() for parts in pieces]
    assert _normalised(texts, [(0, len(texts))]) == [_plain(text) for text in texts]


@pytest.mark.parametrize("odd", [" ", "  ", "\t", "\n ", "\x1f", "\x7f", "\x80", "É", "\u200b", "Z"])
def test_an_odd_character_is_seen_wherever_it_stands(odd: str) -> None:
    plain = "The quick brown fox Jumps over a lazy dog, 64 bytes or so. AND on it goes: 96, 97, 98 bytes"
    texts = pl.Series([plain[:at] + odd + plain[at:] for at in range(len(plain) + 1)])
    assert COMPILED.normalised(texts).to_list() == NUMPY.normalised(texts).to_list()


def test_every_byte_is_normalised_as_by_polars() -> None:
    pairs = [bytes(pair).decode() for pair in itertools.product(range(128), repeat=2)]
    texts = pl.Series(["", *pairs, *(f"a{pair}B" for pair in pairs), *(f"{pair} {pair}\n" for pair in pairs)])
    expected = NUMPY.normalised(texts)
    assert COMPILED.normalised(texts).equals(expected)
    assert expected.to_list() == [_plain(text.encode()).decode() for text in texts]


@settings(deadline=None)
@given(_texts, st.integers(0, 20))
def test_any_text_is_normalised_alike_by_both_engines(texts: list[str], start: int) -> None:
    column = pl.Series(texts, dtype=pl.String)[start:]
    assert COMPILED.normalised(column).equals(NUMPY.normalised(column))


def test_many_texts_are_normalised_alike_in_several_pieces() -> None:
    rng = random.Random(1)
    texts = pl.Series(["".join(rng.choices(ODD[: rng.choice([5, 12, 40])], k=rng.randint(0, 90))) for _ in range(4000)])
    assert COMPILED.normalised(texts).equals(NUMPY.normalised(texts))


def test_probes_are_those_of_the_definition() -> None:
    assert probe_order().T.tolist() == probes_by_hand()


@settings(deadline=None, max_examples=60)
@given(_shingled, _sizes, _marks, st.binary(max_size=9))
def test_signatures_are_what_their_definition_says_however_the_work_is_cut(
    texts: list[bytes], size: int, marks: list[int], gap: bytes
) -> None:
    expected = [signature_by_hand(text, size) for text in texts]
    assert _sketched(texts, size, cuts_between(len(texts), marks), gap) == expected


@pytest.mark.parametrize("size", range(1, 9))
def test_the_least_texts_have_the_signatures_of_the_definition(size: int) -> None:
    texts = [b"", b"a", b"\x00", b"\xff" * (size - 1), b"\xff" * size, b"\x00" * size, b"a" * 1000, b"ab" * 9]
    found = _sketched(texts, size, [(0, len(texts))])
    assert found == [signature_by_hand(text, size) for text in texts]
    for text, row in zip(texts, found, strict=True):
        assert (row == [0xFFFF] * SLOTS) == (len(text) < size)


@pytest.mark.parametrize("size", range(1, 9))
def test_long_texts_have_the_same_signatures_in_both_engines(size: int) -> None:
    rng = random.Random(size)
    # Beyond the chunks that numpy works in, of 2^18 bytes, and with more distinct shingles than are compared.
    lengths = [(1 << 18) + size - 2, (1 << 18) + size - 1, (1 << 18) + size, 21_000, 3, 700]
    texts = ["".join(rng.choices("abcdefgh ü", k=length))[:length] for length in lengths]
    texts += ["x" * 300_000, "日本" * 20_000]
    corpus = Corpus.of(pl.Series(texts))
    assert COMPILED.signatures(corpus, size).tolist() == NUMPY.signatures(corpus, size).tolist()
    assert size < 5 or len({texts[3][i : i + size] for i in range(21_000)}) > SET_LIMIT


def test_views_of_some_of_the_texts_have_the_signatures_of_those() -> None:
    rng = random.Random(2)
    corpus = Corpus.of(pl.Series(["".join(rng.choices("abcde ", k=rng.randint(0, 99))) for _ in range(3000)]))
    rows = np.array([5, 5, 2999, 0, *rng.sample(range(3000), 1000)])
    whole = COMPILED.signatures(corpus, 5)
    assert (COMPILED.signatures(corpus.take(rows), 5) == whole[rows]).all()
    assert COMPILED.signatures(corpus.take(rows[:0]), 5).shape == (0, SLOTS)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=20), max_size=8), st.binary(max_size=3), st.data())
def test_texts_are_packed_one_after_the_other(texts: list[bytes], gap: bytes, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=9)) if texts else []
    corpus, expected = flat(texts, gap), b"".join(texts[row] for row in rows)
    out = np.full(len(expected) + 2, 35, dtype=np.uint8)
    kernel.pack(corpus[0], corpus[1][rows], corpus[2][rows], out)
    assert out.tobytes() == expected + b"##"
    if expected:
        with pytest.raises(ValueError, match="no room"):
            kernel.pack(corpus[0], corpus[1][rows], corpus[2][rows], out[: len(expected) - 1])


@given(st.lists(st.text(max_size=20)))
def test_characters_are_counted(texts: list[str]) -> None:
    corpus = Corpus.of(pl.Series(texts, dtype=pl.String))
    assert all(engine.chars(corpus).tolist() == [*map(len, texts)] for engine in (COMPILED, NUMPY))


_pieces = [
    "plain words, 12 of them ",
    "\n",
    "    ",
    "\n        return x",
    " ",
    "\t",
    "UPPER Case",
    "é",
    "日本",
    "\x00",
    "\u200b",
    "~{|}",
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(_pieces), max_size=40).map("".join))
def test_odd_characters_anywhere_among_plain_ones_are_normalised(text: str) -> None:
    texts = pl.Series([text, text[1:], text[7:] + "Z", "x" * 31 + text])
    assert COMPILED.normalised(texts).to_list() == NUMPY.normalised(texts).to_list()
