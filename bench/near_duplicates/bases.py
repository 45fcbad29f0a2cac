"""Prompts that are new: chat, English of many sentences, questions with code, fillings of templates, Chinese."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bench.near_duplicates.language import Ints, Language
from bench.near_duplicates.pool import Pool

CHAT, ENGLISH, CODE, TEMPLATE, CHINESE = range(5)
SHARES: Final = (0.33, 0.40, 0.15, 0.10, 0.02)
MIN_BYTES: Final = 20
MAX_BYTES: Final = 20_000

_SENTENCE_BYTES: Final = 80
_MEDIAN_BYTES: Final = 430
_SIGMA: Final = 1.0
_PARAGRAPH: Final = 5
_SLOT: Final = "\0"
_SLOT_ROOM: Final = 120  # bytes of fixed text for each slot

_CHAT_OPENERS: Final = (
    *("", "", "", "", "", "please ", "can you ", "how do I ", "what is ", "why does ", "explain: ", "hi, "),
    *("tell me if ", "need help: ", "test this: ", "is it true: ", "translate: ", "define ", "shorten: "),
)
_TASKS: Final = (
    *("", "", "", "", "Summarise this:\n", "Rewrite in plain English:\n\n", "Please proofread this. "),
    *("Turn this into an e-mail:\n", "What follows from this? ", "Answer as an expert. ", "Context: "),
)
_CODE_TASKS: Final = (
    *("Review this function.", "Why does this fail?", "Write unit tests for this.", "Add type hints."),
    *("What does this code do?", "Refactor this.", "Make this faster.", "Port this to Rust.", "Find the bug."),
)
_SLOT_NAMES: Final = ("order", "customer", "city", "ticket", "product", "team", "invoice", "region", "user", "branch")

HAN: Final = "".join(map(chr, range(0x4E00, 0x5E00)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bases:
    """Texts, and for those that fill a template its pieces, which stand around the slots."""

    texts: list[str]
    templates: dict[int, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Writes prompts; all randomness comes from `chance` and `dice`."""

    pool: Pool
    language: Language
    chance: np.random.Generator
    dice: random.Random

    def bases(self, count: int) -> Bases:
        """Write this many prompts of all sorts, in random order. Without functions left, code becomes English."""
        kinds = self.chance.choice(len(SHARES), count, p=SHARES)
        code = np.flatnonzero(kinds == CODE)
        kinds[code[len(self.pool.functions) :]] = ENGLISH
        rows = [np.flatnonzero(kinds == kind) for kind in range(len(SHARES))]
        templates = self._templates(len(rows[TEMPLATE]))
        parts = (
            self._chat(len(rows[CHAT])),
            self._english(len(rows[ENGLISH])),
            self._code(len(rows[CODE])),
            [self.filled(template) for template in templates],
            self._chinese(len(rows[CHINESE])),
        )
        texts = [""] * count
        for where, written in zip(rows, parts, strict=True):
            for row, text in zip(where.tolist(), written, strict=True):
                texts[row] = text
        return Bases(texts=texts, templates=dict(zip(rows[TEMPLATE].tolist(), templates, strict=True)))

    def filled(self, template: list[str]) -> str:
        """Fill the slots of a template."""
        return "".join(piece + (self._filling() if more else "") for piece, more in _with_more(template))

    def _filling(self) -> str:
        name, word = self.dice.choice(_SLOT_NAMES), self.dice.choice(self.language.words)
        return f"{name} {word}" if self.dice.random() < 0.6 else f"{name} {self.dice.randrange(1000, 99_999)}"

    def _chat(self, count: int) -> list[str]:
        lengths = self.chance.integers(6, 22, count)
        texts = []
        for sentence, words in zip(self.language.sentences(count, self.chance), lengths.tolist(), strict=True):
            text = " ".join(sentence.split(" ")[:words]).rstrip(".,:;(")
            text, opener = text if len(text) >= MIN_BYTES else sentence, self.dice.choice(_CHAT_OPENERS)
            texts.append(opener + text[:1].lower() + text[1:] if opener else text)
        return texts

    def _english(self, count: int) -> list[str]:
        """Write half of new sentences, half of sentences from docstrings, at least three of the latter."""
        sizes = self.chance.lognormal(np.log(_MEDIAN_BYTES), _SIGMA, count)
        numbers = np.maximum(np.rint(sizes / _SENTENCE_BYTES).astype(int), 2)
        known = (self.chance.random(count) < 0.5) & (numbers >= 3)
        picks = self.chance.integers(0, len(self.pool.sentences), int(numbers[known].sum()))
        old = _documents([self.pool.sentences[pick] for pick in picks.tolist()], numbers[known])
        new = _documents(self.language.sentences(int(numbers[~known].sum()), self.chance), numbers[~known])
        task = self.dice.choice
        return [(task(_TASKS) + (old if is_known else new).pop())[:MAX_BYTES] for is_known in known.tolist()]

    def _code(self, count: int) -> list[str]:
        which = self.chance.permutation(len(self.pool.functions))[:count]
        sentences = self.language.sentences(count, self.chance)
        task = self.dice.choice
        return [
            f"{task(_CODE_TASKS)} {sentence}\n```python\n{self.pool.functions[pick]}\n```"
            for pick, sentence in zip(which.tolist(), sentences, strict=True)
        ]

    def _templates(self, count: int) -> list[list[str]]:
        """Put one to three slots into texts of several sentences."""
        numbers = self.chance.integers(2, 13, count)
        templates = []
        for text in _documents(self.language.sentences(int(numbers.sum()), self.chance), numbers):
            words = text.split(" ")
            slots = self.dice.randint(1, max(1, min(3, len(text) // _SLOT_ROOM)))
            for at in self.dice.sample(range(len(words)), slots):
                words[at] = _SLOT
            templates.append(" ".join(words).split(_SLOT))
        return templates

    def _chinese(self, count: int) -> list[str]:
        """String words of one to three characters together, with the frequencies of a language."""
        characters = np.array(list(HAN))[self.chance.permutation(len(HAN))]
        spelling = np.minimum(self.chance.zipf(1.2, (6000, 3)) - 1, len(HAN) - 1)
        sizes = self.chance.choice([1, 2, 2, 2, 3], len(spelling)).tolist()
        lexicon = ["".join(word[:size]) for word, size in zip(characters[spelling].tolist(), sizes, strict=True)]
        lengths = self.chance.integers(15, 150, count)
        words = np.minimum(self.chance.zipf(1.15, int(lengths.sum())) - 1, len(lexicon) - 1)
        marks = self.chance.random(len(words))
        pieces = [
            lexicon[word] + ("" if mark < 0.85 else "，" if mark < 0.95 else "。")  # noqa: RUF001
            for word, mark in zip(words.tolist(), marks.tolist(), strict=True)
        ]
        ends = np.cumsum(lengths).tolist()
        return ["".join(pieces[end - size : end]) + "。" for size, end in zip(lengths.tolist(), ends, strict=True)]


def _with_more(pieces: list[str]) -> list[tuple[str, bool]]:
    return [(piece, at < len(pieces) - 1) for at, piece in enumerate(pieces)]


def _documents(sentences: list[str], numbers: Ints) -> list[str]:
    """Join runs of so many sentences, in paragraphs."""
    found = []
    at = 0
    for number in numbers.tolist():
        run = sentences[at : at + number]
        at += number
        found.append("\n\n".join(" ".join(run[i : i + _PARAGRAPH]) for i in range(0, number, _PARAGRAPH)))
    return found
