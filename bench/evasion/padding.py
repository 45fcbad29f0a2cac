"""Evasions that add, move or replace words."""

from __future__ import annotations

import random
import re
import string

from bench.evasion import phrases
from bench.evasion.disguise import Edit
from bench.evasion.prompts import Prompt, filler, name

WORDS = sorted(
    {word for part in (phrases.VERB, phrases.OBJECT, phrases.FILL_MIDDLE) for one in part for word in one.split()}
)

_END = re.compile(r"(?<=\.) ")


def nonce(size: int, where: str) -> Edit:
    """Add a random string of base64 letters."""
    letters = f"{string.ascii_letters}{string.digits}+/"
    return lambda text, rng: _added(text, "".join(rng.choices(letters, k=size)), where)


def words(count: int, where: str) -> Edit:
    """Add random words."""
    return lambda text, rng: _added(text, " ".join(rng.choices(WORDS, k=count)), where)


def padded(share: float, where: str) -> Edit:
    """Add small talk of a share of the prompt's length; half before and half after where `where` is both."""
    half = share / 2 if where == "both" else share

    def edit(text: str, rng: random.Random) -> str:
        parts = [filler(max(1, round(half * len(text))), rng) for _ in range(2)]
        before, after = where != "after", where != "before"
        return " ".join([*parts[: int(before)], text, *parts[1 : 1 + int(after)]])

    return edit


def same_padding(size: int) -> Edit:
    """Put one and the same small talk in front of every prompt."""
    text_before = filler(size, random.Random(0))
    return lambda text, _: f"{text_before} {text}"


def shuffled_sentences(text: str, rng: random.Random) -> str:
    """Put the sentences in another order."""
    return " ".join(_shuffled(_END.split(text), rng))


def shuffled_among_others(text: str, rng: random.Random) -> str:
    """Scatter the sentences among as much small talk."""
    sentences = [*_END.split(text), *_END.split(f"{filler(len(text), rng)}.")]
    return " ".join(_shuffled(sentences, rng))


def shuffled_words(text: str, rng: random.Random) -> str:
    """Put all words in another order."""
    return " ".join(_shuffled(text.split(" "), rng))


def swapped_words(share: float) -> Edit:
    """Swap a share of the words, at least one, with the word behind."""

    def edit(text: str, rng: random.Random) -> str:
        split = text.split(" ")
        for place in rng.sample(range(len(split) - 1), max(1, round(share * (len(split) - 1)))):
            split[place : place + 2] = reversed(split[place : place + 2])
        return " ".join(split)

    return edit


def other_words(share: float) -> Edit:
    """Replace a share of the words, at least one, by random ones."""

    def edit(text: str, rng: random.Random) -> str:
        split = text.split(" ")
        for place in rng.sample(range(len(split)), max(1, round(share * len(split)))):
            split[place] = rng.choice(WORDS)
        return " ".join(split)

    return edit


def other_names(prompt: Prompt, rng: random.Random) -> str:
    """Fill the prompt with other names, the same one for the same one."""
    text = prompt.text
    for one in prompt.names:
        text = re.sub(rf"\b{one}\b", name(rng), text)
    return text


def _added(text: str, extra: str, where: str) -> str:
    return " ".join([extra] * (where != "after") + [text] + [extra] * (where != "before"))


def _shuffled(parts: list[str], rng: random.Random) -> list[str]:
    return rng.sample(parts, k=len(parts))
