from __future__ import annotations

import re
import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenscan.hashing import stable_hash
from tokenscan.prompts.normalise import letters_key, normalised

# Characters picked for the ways in which they combine, decompose, change case, vanish, or look like others.
_HOSTILE = st.one_of(
    st.sampled_from("abhijwyAHIJTWY 19=<>.'\t\n\x00\x1f\x7f"),
    st.characters(exclude_categories=["Cs"]),
    st.characters(categories=["Mn", "Me", "Mc"]),
    st.characters(categories=["Cf", "Zs", "Zl", "Zp", "Lm", "Sk"]),
    st.characters(min_codepoint=0x370, max_codepoint=0x58F),
    st.characters(min_codepoint=0x1100, max_codepoint=0x11FF),
    st.characters(min_codepoint=0x1E00, max_codepoint=0x1FFF),
    st.characters(min_codepoint=0x3040, max_codepoint=0x3100),
    st.sampled_from("\u0130\u0131\u00df\u1e9e\u00b4\u034f\u0345\ufdfa\U0001d6ae\U0001f170\u2126\u212a\ufb01"),
)
_HOSTILE_TEXT = st.text(alphabet=_HOSTILE, max_size=30)


def _normal(text: str | None) -> str | None:
    return pl.select(normalised(pl.lit(text, dtype=pl.String))).item()


def _key(text: str | None) -> str | None:
    return pl.select(letters_key(normalised(pl.lit(text, dtype=pl.String)))).item()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  Fix   the\tbug\r\n\r\nplease ", "fix the bug please"),
        ("Fix\u00a0the\u3000bug\u2028now", "fix the bug now"),
        ("fix\u200b the\u200d bu\u00adg\ufeff", "fix the bug"),
        ("fix \u202ethe\u202c \u2066bug\u2069", "fix the bug"),
        ("fix\x00 the\x1b[31m bug\x07", "fix the[31m bug"),
        ("fix the bug\U000e0041\U000e0042", "fix the bug"),
        ("done\u2714\ufe0f", "done\u2714"),
        ("\uff26\uff49\uff58\u3000\uff11\uff12", "fix 12"),  # full-width "Fix 12"
        ("\ufb01x", "fix"),  # the fi ligature
        ("cafe\u0301", "caf\u00e9"),  # e and a combining accent
        ("e\u200d\u0301", "\u00e9"),  # the same with a joiner in between
        ("J\u030c", "\u01f0"),  # combines as a small letter only
        ("Vie\u0323\u0302t Wo\u0308rter", "vi\u1ec7t w\u00f6rter"),  # all marks apart, as some systems write
        ("\u0437\u0430\u0301\u043c\u043e\u043a", "\u0437a\u043cok"),  # Russian with the stress marked
        ("\u0130stanbul", "istanbul"),  # capital dotted I, whose small letter has a loose dot
        ("don\u00b4t", "don't"),  # a spacing accent as an apostrophe
        ("what is 1+1?", "what is 1+1?"),
        ("\u3164\u115f\u2800", ""),
        ("", ""),
        (" \n\t", ""),
        (None, None),
    ],
)
def test_what_counts_as_the_same_prompt(raw: str | None, expected: str | None) -> None:
    assert _normal(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "\u0441\u0430n y\u043eu h\u0435l\u0440 m\u0435",  # Cyrillic s, a, o, er, ie
        "\u0421\u0410N \u0423\u041eU H\u0415L\u0420 M\u0415",  # and in capitals
        "can y\u03bf\u03c5 help me",  # Greek omicron, upsilon
        "\u0441\u0430n y\u03bf\u057d \u0570\u0435lp m\u0435",  # Cyrillic, Greek and Armenian
        "can\u200b \u0443o\u200bu help me",  # with zero-width spaces
        "c\u0251n you help me",  # the alpha of phonetics
        "\u1d04\u1d00\u0274 \u028f\u1d0f\u1d1c \u029c\u1d07\u029f\u1d18 \u1d0d\u1d07",  # small capitals
        "\U0001d4ec\U0001d4ea\U0001d4f7 you help me",  # mathematical script
        "\U0001f172\U0001f170\U0001f17d you help me",  # negative squared capitals
        "\u13df\u13aaN YO\ua4f4 HELP ME",  # Cherokee and Lisu
        "c\u0334\u0322a\u0338n\u0334\u0353 y\u0489ou h\u20ddelp me",  # marks that combine with nothing
        "c\u0301a\u0323n yo\u0301u\u0336 he\u0301lp me\u0323",  # one that does not, among others that would
        "c\u0300\u0301\u0302\u0303a\u0301\u0300\u0302\u030a\u0316n y\u0301ou help me\u0308",
    ],
)
def test_a_prompt_written_with_look_alikes_is_the_same_prompt(raw: str) -> None:
    assert _normal(raw) == "can you help me"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 \u03bcm", "5 mm"),  # micrometres
        ("5 \u00b5m", "5 mm"),
        ("5 k\u03a9", "5 kW"),
        ("find \u03b1", "find a"),
        ("find \u03c1", "find p"),
        ("\u03c7\u00b2", "x\u00b2"),
        ("a \u2260 b", "a = b"),
        ("x \u2a7d\u0338 y", "x \u2a7d y"),
        ("s\u0131n\u0131r", "sinir"),  # Turkish: border, nerve
        ("r\u00e9sum\u00e9", "resume"),
        ("\u0643\u064e\u062a\u064e\u0628", "\u0643\u062a\u0628"),  # Arabic vowel marks
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u0928\u0926"),  # Hindi
        ("\u0e17\u0e35\u0e48", "\u0e17\u0e35"),  # a Thai tone mark
        ("\u304c", "\u304b"),  # voiced and plain kana
        ("1+1", "1 + 1"),
    ],
)
def test_what_looks_or_means_otherwise_stays_apart(one: str, other: str) -> None:
    assert _normal(one) != _normal(other)


@pytest.mark.parametrize(
    ("first", "last", "more"),
    [
        (0x430, 0x44F, "\u0451"),  # Russian
        (0x430, 0x44F, "\u0451\u0456\u0457\u0454\u0491\u045e"),  # Ukrainian and Belarusian
        (0x430, 0x448, "\u0452\u0458\u0459\u045a\u045b\u045f\u0455\u0453\u045c"),  # Serbian and Macedonian
        (0x430, 0x44F, "\u04d9\u0493\u049b\u04a3\u04e9\u04b1\u04af\u04bb\u0456"),  # Kazakh
        (0x430, 0x44F, "\u04d9\u04e9\u04af\u0497\u04a3\u04bb\u04a1\u0493\u0499\u04ab"),  # Tatar and Bashkir
        (0x3B1, 0x3C9, ""),  # Greek
        (0x561, 0x586, ""),  # Armenian
        (0xAB70, 0xABBF, ""),  # Cherokee
        (0xA4D0, 0xA4F7, ""),  # Lisu
        (0x61, 0x7A, "\u0131\u015f\u011f\u00e7\u00f6\u00fc\u00e6\u00f8\u0142\u0111\u00f0\u00fe\u0259"),  # Latin ones
    ],
)
def test_letters_of_one_alphabet_stay_apart_and_case_stays_without_meaning(first: int, last: int, more: str) -> None:
    letters = [*map(chr, range(first, last + 1)), *more]
    folded = [_normal(letter) for letter in letters]
    assert len(set(folded)) == len(letters)
    capitals = [(one, one.upper()) for one in letters if one.upper().lower() == one]
    assert all(
        _normal(f"{small} {small}{letters[0]}") == _normal(f"{big} {big}{letters[0]}") for small, big in capitals
    )


def test_text_in_another_script_still_reads_the_same() -> None:
    # Only letters that look alike in small letters change: r, a, s, u of "zdravstvuj".
    assert _normal("\u0417\u0414\u0420\u0410\u0412\u0421\u0422\u0412\u0423\u0419") == (
        "\u0437\u0434pa\u0432c\u0442\u0432y\u0439"
    )
    for text in (
        "\u041d\u043e\u0432\u044b\u0439 \u0422\u0435\u0441\u0442 API",
        "\u0397 \u039c\u03b1\u03c1\u03af\u03b1 \u03ba\u03b1\u03b9 JSON",
    ):
        assert _normal(text) == _normal(text.lower()) == _normal(text.upper())
    assert (
        _normal("\u03b3\u03c1\u03ac\u03c8\u03b5 \u03ad\u03bd\u03b1") == "\u03b3\u03c1\u03ac\u03c8\u03b5 \u03adv\u03b1"
    )


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_normalised_text_is_tidy_for_any_input(raw: str) -> None:
    found = _normal(raw)
    assert found is not None
    assert "  " not in found
    assert found == found.strip(" ")
    assert not [c for c in found if unicodedata.category(c) in {"Cc", "Cf"} and not c.isspace()]


@given(_HOSTILE_TEXT)
def test_normalising_twice_changes_nothing(raw: str) -> None:
    once = _normal(raw)
    assert _normal(once) == once


def test_no_character_is_normalised_further_the_second_time() -> None:
    blocks = [(0, 0x3400), (0xA000, 0xAC00), (0xF900, 0x12000), (0x1D000, 0x20000), (0xE0000, 0xE0200)]
    every = [chr(code) for first, end in blocks for code in range(first, end)]
    for around in ("{}", "A{}b", "{}\u0301", "\u1100{}\u1161"):
        frame = pl.DataFrame({"raw": [around.format(one) for one in every]})
        once = frame.select(normalised(pl.col("raw")))
        assert once.select(normalised(pl.col("raw"))).equals(once)


@given(st.text(alphabet=st.characters(max_codepoint=0x7F), max_size=60))
def test_ascii_is_lower_cased_and_tidied_and_nothing_else(raw: str) -> None:
    seen = re.sub(r"[\x00-\x08\x0e-\x1f\x7f]", "", raw)
    lower = "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in seen)
    assert _normal(raw) == re.sub("[\t\n\v\f\r ]+", " ", lower).strip(" ")
    # The long way round, by which a text goes that has one character more.
    assert _normal(f"{raw}\u4e2d") == (_normal(f"{raw}\x00.") or "")[:-1] + "\u4e2d"


@given(st.lists(st.none() | _HOSTILE_TEXT, max_size=6))
def test_rows_are_independent_and_the_input_is_left_alone(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"raw": texts}, schema={"raw": pl.String})
    found = frame.select(normalised(pl.col("raw")), key=letters_key(normalised(pl.col("raw"))))
    assert found.columns == ["raw", "key"]
    assert found["raw"].to_list() == [_normal(text) for text in texts]
    assert found["key"].to_list() == [_key(text) for text in texts]
    assert frame["raw"].to_list() == texts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("f.i.x  t,h.e bug!!", "fix the bug"),
        ("**Fix** the `bug`, please...", "fix the bug please"),
        ("fix - the - bug", "fix the bug"),
        ("fix ! the ! bug !", "fix the bug"),
        ("* fix * the * bug", "- fix - the - bug"),
        ("\u201cfix\u201d the bug\u2026", "'fix' the bug"),
        ("don't re-run it", "dont rerun it"),
        ("f*ix th*e bu*g", "fix the bug"),
        ("(fix) the b.ug", "(fi-x) the bug"),
        ("call 911!", "call 911"),
        ("a_b", "ab"),
        ("fix bug 17.", "fix bug, 17"),
        ("\u8bf7\u5e2e\u6211\uff0c\u7ffb\u8bd1\u3002", "\u8bf7\u5e2e\u6211\u7ffb\u8bd1"),
        ("\u7b2c12\u884c\uff0c\u8c22\u8c22\u3002", "\u7b2c12\u884c\u8c22\u8c22"),
        ("\u0447\u0442\u043e, \u044d\u0442\u043e?", "\u0427\u0422\u041e \u042d\u0422\u041e"),
        ("\u0645\u0627 \u0647\u0630\u0627\u061f", "\u0645\u0627 \u0647\u0630\u0627"),
    ],
)
def test_punctuation_and_spacing_alone_do_not_change_the_key(one: str, other: str) -> None:
    assert _key(one) == _key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.5", "15"),
        ("1,5", "15"),
        ("1 5", "15"),
        ("10:30", "1030"),
        ("5-3", "5+3"),
        ("5-3", "53"),
        ("what is 5!", "what is 5"),
        ("100%", "100"),
        ("a - b", "a * b"),
        ("a*b", "a**b"),
        ("a|b", "ab"),
        ("(a+b)c", "a+(bc)"),
        ("f(a,b)", "f(ab)"),
        ("if !ok", "if ok"),
        ("if (!ok)", "if (ok)"),
        ("a != b", "a = b"),
        ("c++", "c"),
        ("what does ; do in c", "what does : do in c"),
        ("explain |", "explain *"),
        ("see https://a.example/c-d.", "see https://a.example/cd."),
        ("thanks", "thanks \U0001f64f"),
        ("?!", "!?"),
    ],
)
def test_punctuation_that_says_something_is_part_of_the_key(one: str, other: str) -> None:
    assert _key(one) != _key(other)


@pytest.mark.parametrize("text", ["", "?!", "...", "\U0001f64f", None])
def test_text_without_a_letter_or_digit_is_its_own_key(text: str | None) -> None:
    assert _key(text) == text


@given(st.lists(st.sampled_from(["fix", "the", "bug", "\u044d\u0442\u043e", "\u7ffb\u8bd1"]), min_size=1), st.data())
def test_noise_between_letters_does_not_change_the_key(words: list[str], data: st.DataObject) -> None:
    plain = " ".join(words)
    noise = data.draw(st.lists(st.sampled_from(["", " ", ".", ",", "-", "_", "'", ":", "\u3002", "\u2014"]),
                               min_size=len(plain), max_size=len(plain)))  # fmt: skip
    joined = "".join(letter + extra for letter, extra in zip(plain, noise, strict=True) if letter != " ")
    assert _key(joined) == _key(plain)


@pytest.mark.parametrize(
    ("text", "expected"),
    # Published test vectors of XXH3-64 with seed 0.
    [
        ("", 0x2D06800538D394C2),
        ("a", 0xE6C632B61E964E1F),
        ("abc", 0x78AF5F94892F3950),
        (None, None),
    ],
)
def test_stable_hash_never_changes(text: str | None, expected: int | None) -> None:
    assert pl.select(stable_hash(pl.lit(text, dtype=pl.String))).item() == expected
