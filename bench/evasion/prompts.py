"""Prompts of four length classes, put together from phrases. Seeded; no two requests are meant to be alike."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass

from bench.evasion import phrases

# Bytes, from and below.
CLASSES = {"<64 B": (12, 64), "64-300 B": (64, 300), "0.3-2 kB": (300, 2000), ">20 kB": (20_000, 30_000)}

# Share of the classes in the background: most of what people type is short.
BACKGROUND = {"<64 B": 0.45, "64-300 B": 0.35, "0.3-2 kB": 0.199, ">20 kB": 0.001}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt, its length class and the made-up names in it."""

    text: str
    length: str
    names: tuple[str, ...]


def prompts(length: str, count: int, rng: random.Random) -> list[Prompt]:
    """Make `count` different prompts of one length class."""
    made: dict[str, Prompt] = {}
    while len(made) < count:
        prompt = _prompt(length, rng)
        made.setdefault(prompt.text, prompt)
    return list(made.values())


def background(count: int, rng: random.Random) -> list[Prompt]:
    """Make unrelated prompts of all lengths."""
    return [one for length, share in BACKGROUND.items() for one in prompts(length, round(count * share), rng)]


def filler(size: int, rng: random.Random) -> str:
    """Make small talk of at least `size` characters, to the end of a word."""
    text = ""
    while len(text) <= size:
        text += f"{_sentence((phrases.FILL_OPEN, phrases.FILL_MIDDLE, phrases.FILL_END), [], rng)} "
    return text[: text.index(" ", size)]


def name(rng: random.Random) -> str:
    """Make up a name."""
    return "".join(rng.choices(phrases.SYLLABLES, k=rng.randint(2, 4))).capitalize()


def identifier(rng: random.Random) -> str:
    """Make a UUID or a hexadecimal id."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4)) if rng.random() < 0.5 else f"{rng.getrandbits(48):012x}"


def _prompt(length: str, rng: random.Random) -> Prompt:
    low, high = CLASSES[length]
    while True:
        goal = rng.randint(low, high - 1)
        names = [name(rng) for _ in range(max(1, goal // 150))]
        used: list[str] = []
        text = _short(names, used, rng) if high == 64 else _paragraph(goal, names, used, rng)
        if low <= len(text) < high:
            return Prompt(text=text, length=length, names=tuple(dict.fromkeys(used)))


def _short(names: list[str], used: list[str], rng: random.Random) -> str:
    parts = [rng.choice(phrases.ASK), "the", rng.choice(phrases.KIND), rng.choice(phrases.THING)]
    if rng.random() < 0.6:
        used.append(rng.choice(names))
        parts += [rng.choice(("of", "for", "at", "in")), used[-1]]
    return " ".join(parts)


def _paragraph(goal: int, names: list[str], used: list[str], rng: random.Random) -> str:
    sentences = [_finished(_short(names, used, rng))]
    size = len(sentences[0])
    while size < goal - 60:
        kind = rng.random()
        if kind < 0.08:
            sentences.append(_sentence((phrases.IDENTIFIER,), used, rng))
        elif kind < 0.3:
            sentences.append(_sentence((phrases.WISH,), used, rng, names))
        else:
            parts = (phrases.SUBJECT, phrases.VERB, phrases.OBJECT, phrases.TAIL)
            sentences.append(_sentence(parts[: rng.choice((3, 4))], used, rng, names))
        size += 1 + len(sentences[-1])
    return " ".join(sentences)


def _sentence(
    parts: tuple[tuple[str, ...], ...], used: list[str], rng: random.Random, names: list[str] | None = None
) -> str:
    words = []
    for options in parts:
        phrase = rng.choice(options)
        if "{}" in phrase:
            chosen = rng.choice(names) if names else name(rng)
            used.append(chosen)
            phrase = phrase.replace("{}", chosen)
        words.append(phrase.replace("{n}", str(rng.randint(2, 9999))).replace("{id}", identifier(rng)))
    return _finished(" ".join(words))


def _finished(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
