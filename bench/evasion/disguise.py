"""Evasions that leave the words in place: invisible or look-alike characters, case, spacing, typing errors."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable

ZERO_WIDTH = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad")
BIDI = ("\u200e", "\u200f", "\u202a\u202c", "\u202d\u202c", "\u2066\u2069")
SPACES = ("  ", "\t", "\n", " \n ", "\u00a0", "\u3000", "\u2003", "    ")
MARKS = ("\u0301", "\u0323", "\u0336", "\u035c")
PUNCTUATION = ",;:!?.-*|~"

CYRILLIC = dict(zip("aceopxyiBEKMHOPCTX", "асеорхуіВЕКМНОРСТХ", strict=True))  # noqa: RUF001
GREEK = dict(zip("oviAEBHIKMNOPTXYZ", "ονιΑΕΒΗΙΚΜΝΟΡΤΧΥΖ", strict=True))  # noqa: RUF001

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(?=\w*\d)[0-9a-f]{12}\b")
_WORD = re.compile(r"\w+")

Edit = Callable[[str, random.Random], str]


def after_each_word(marks: tuple[str, ...]) -> Edit:
    """Put one of `marks` at the end of each word."""
    return lambda text, rng: _WORD.sub(lambda word: word[0] + rng.choice(marks), text)


def inside_each_word(marks: tuple[str, ...]) -> Edit:
    """Put one of `marks` somewhere inside each word of two letters or more."""

    def edit(word: str, rng: random.Random) -> str:
        cut = rng.randint(1, len(word) - 1) if len(word) > 1 else len(word)
        return word[:cut] + (rng.choice(marks) if len(word) > 1 else "") + word[cut:]

    return lambda text, rng: _WORD.sub(lambda word: edit(word[0], rng), text)


def between_all_letters(marks: tuple[str, ...]) -> Edit:
    """Put one of `marks` after every character."""
    return lambda text, rng: "".join(letter + rng.choice(marks) for letter in text)


def look_alikes(alike: dict[str, str], *, everywhere: bool) -> Edit:
    """Replace one letter a word, or all letters, by others of the same shape."""

    def edit(word: str, rng: random.Random) -> str:
        places = [place for place, letter in enumerate(word) if letter in alike]
        chosen = places if everywhere else places and [rng.choice(places)]
        return "".join(alike[letter] if place in chosen else letter for place, letter in enumerate(word))

    return lambda text, rng: _WORD.sub(lambda word: edit(word[0], rng), text)


def full_width(text: str, _: random.Random) -> str:
    """Replace ASCII by its full-width forms."""
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def random_case(text: str, rng: random.Random) -> str:
    """Toss a coin for the case of every letter."""
    return "".join(rng.choice((letter.upper(), letter.lower())) for letter in text)


def spaced_letters(text: str, _: random.Random) -> str:
    """Put a space between all letters and three between words."""
    return "   ".join(" ".join(word) for word in text.split(" "))


def instead_of_spaces(choices: tuple[str, ...]) -> Edit:
    """Replace every space by one of `choices`."""
    return lambda text, rng: "".join(rng.choice(choices) if letter == " " else letter for letter in text)


def punctuation_between(share: float) -> Edit:
    """Put a punctuation mark behind a share of the words."""
    return lambda text, rng: re.sub(" ", lambda _: f"{rng.choice(PUNCTUATION)} " if rng.random() < share else " ", text)


def other_digits(text: str, rng: random.Random) -> str:
    """Replace numbers, but not ids, by others of the same length."""
    ids = [match.span() for match in _ID.finditer(text)]

    def edit(match: re.Match[str]) -> str:
        if any(begin <= match.start() < end for begin, end in ids):
            return match[0]
        return "".join(rng.choice("123456789") for _ in match[0])

    return re.sub(r"\d+", edit, text)


def other_ids(text: str, rng: random.Random) -> str:
    """Replace UUIDs and hexadecimal ids by fresh ones."""
    return _ID.sub(lambda match: re.sub("[0-9a-f]", lambda _: rng.choice("0123456789abcdef"), match[0]), text)


def typing_errors(share: float) -> Edit:
    """Drop, double, swap or replace a share of the letters, at least one."""

    def edit(text: str, rng: random.Random) -> str:
        letters = list(text)
        places = [place for place, letter in enumerate(letters) if letter.isalpha()]
        for place in rng.sample(places, max(1, round(share * len(places)))):
            letter = letters[place]
            after = letters[place + 1] if place + 1 < len(letters) else ""
            kind = rng.randrange(4)
            if kind == 3 and after:
                letters[place], letters[place + 1] = after, letter
            else:
                wrong = rng.choice(string.ascii_lowercase.replace(letter.lower(), ""))
                letters[place] = ("", letter * 2, wrong, "")[kind]
        return "".join(letters)

    return edit
