"""Two ways to change a prompt: a little (a near-duplicate), or in looks only (still the same once normalised)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

SHINGLE: Final = 5

_HARD_SHARE: Final = 0.2
_NONCE_SHARE: Final = 0.3
_TYPO_SHARE: Final = 0.2
_NONCE_BYTES: Final = 80  # shorter prompts get typos instead
_HARD: Final = (0.50, 0.88)  # Jaccard similarity that the edits may bring a text down to
_EASY: Final = (0.80, 0.985)

_KEYBOARD: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS: Final = {
    key: row[max(at - 1, 0) : at] + row[at + 1 : at + 2] for row in _KEYBOARD for at, key in enumerate(row)
}
_INVISIBLE: Final = ("\u200b", "\u200c", "\u00ad", "\ufeff", "\u2060")
_TO_FULL_WIDTH: Final = {code: code + 0xFEE0 for code in (*range(65, 91), *range(97, 123))}
_SPACES: Final = ("  ", "\t", "\n", " \n", "   ", "\u00a0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """Makes near-duplicates with words of the same language, and characters of the same script."""

    dice: random.Random
    words: list[str]
    characters: str

    def near(self, text: str) -> str:
        """Change a text by typos, other words or an id put before or after it.

        The edits stop at a budget that is a share of the text's length: with k shingles of n gone and as
        many new, the Jaccard similarity is (n - k) / (n + k). One edit is made in any case.
        """
        hard = self.dice.random() < _HARD_SHARE
        target = self.dice.uniform(*(_HARD if hard else _EASY))
        shingles = max(1, len(" ".join(text.split()).encode()) - SHINGLE + 1)
        budget = shingles * (1 - target) / (1 + target)
        way = self.dice.random()
        if way < _NONCE_SHARE and shingles > _NONCE_BYTES and not hard:
            return self._with_nonce(text)
        if text.count(" ") < 4:
            return self._with_characters(text, budget)
        if way < _NONCE_SHARE + _TYPO_SHARE:
            return self._with_typos(text, budget)
        return self._with_words(text, budget)

    def _with_nonce(self, text: str) -> str:
        dice = self.dice
        nonce = dice.choice(
            (
                f"[req-{dice.getrandbits(32):08x}]",
                f"(id: {dice.getrandbits(24):06x})",
                f"#{dice.randrange(10_000, 99_999)}",
                f"session {dice.getrandbits(40):010x}",
                f"run {dice.randrange(1000)} of 1000",
            )
        )
        return f"{text} {nonce}" if dice.random() < 0.7 else f"{nonce} {text}"

    def _with_typos(self, text: str, budget: float) -> str:
        letters = list(text)
        for _ in range(max(1, int(budget / SHINGLE))):
            at = self.dice.randrange(len(letters) - 1)
            letters[at] = self._mistyped(letters[at], letters[at + 1])
        return "".join(letters)

    def _mistyped(self, letter: str, following: str) -> str:
        """Hit the key beside it, press it twice, or put a letter of the next key before it."""
        low = letter.lower()
        if low not in _NEIGHBOURS:
            return letter + self.dice.choice("aeinrst")
        way = self.dice.random()
        if way < 0.5:
            return self.dice.choice(_NEIGHBOURS[low])
        return letter * 2 if way < 0.75 else self.dice.choice(_NEIGHBOURS.get(following.lower(), "e")) + letter

    def _with_characters(self, text: str, budget: float) -> str:
        """Exchange, add or drop single characters in text without spaces."""
        letters = list(text)
        cost = len(max(letters, key=ord).encode()) + SHINGLE - 1
        for _ in range(max(1, int(budget / cost))):
            at = self.dice.randrange(len(letters))
            way = self.dice.random()
            new = self.dice.choice(self.characters if cost > SHINGLE else "aeinrst")
            letters[at] = new if way < 0.6 else letters[at] + new if way < 0.8 else ""
        return "".join(letters)

    def _with_words(self, text: str, budget: float) -> str:
        """Exchange, add or drop words while the budget lasts; a typo where not even one word fits."""
        words = text.split(" ")
        spent, edits, misses = 0.0, 0, 0
        while misses < 8:
            at = self.dice.randrange(len(words))
            old, new = words[at], self.dice.choice(self.words)
            way = self.dice.random()
            gone, come = len(old) + SHINGLE - 1, len(new) + SHINGLE - 1
            if way >= 0.8:
                new, come = "", SHINGLE - 1
            elif way >= 0.6:
                new, gone, come = f"{old} {new}", SHINGLE - 1, come + 1
            if not old or "\n" in old or spent + (gone + come) / 2 > budget:
                misses += 1
                continue
            words[at] = new
            spent += (gone + come) / 2
            edits += 1
        return " ".join(words) if edits else self._with_typos(text, 0)


def respelled_case(text: str, dice: random.Random) -> str:
    """Change upper and lower case of ASCII letters."""
    way = dice.random()
    if way < 0.5 and text.isascii():
        return text.lower()
    if way < 0.65 and text.isascii():
        return text.upper()
    if way < 0.8 and text.isascii():
        return text.title()
    return "".join(part.swapcase() if part.isascii() else part for part in (text[:1], text[1:2])) + text[2:]


def respelled_space(text: str, dice: random.Random) -> str:
    """Change white space, or put some at an end."""
    way = dice.random()
    if way < 0.3:
        return text + dice.choice(_SPACES)
    if way < 0.4:
        return dice.choice(_SPACES) + text
    return text.replace(" ", dice.choice(_SPACES), dice.randint(1, 5))


def respelled_glyphs(text: str, dice: random.Random) -> str:
    """Put characters without a glyph into it, or write a piece of it with full-width letters."""
    begin = dice.randrange(len(text))
    if dice.random() < 0.5:
        mark = dice.choice(_INVISIBLE)
        return mark.join((text[:begin], text[begin:]))
    end = begin + dice.randint(4, 24)
    return text[:begin] + text[begin:end].translate(_TO_FULL_WIDTH) + text[end:]
