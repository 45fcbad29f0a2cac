"""Write what people type: full requests, follow-ups and the short replies between them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sample_logs.generator.dice import chance, dice, pick
from sample_logs.generator.grammar import Grammar, load

if TYPE_CHECKING:
    import random

    from sample_logs.generator.organisation import Person

DESK_FILES = {"support": "support", "finance": "finance", "legal": "legal", "platform": "engineering"}
OWN_DESK, FOREIGN, SHORT_REPLY, NEW_TOPIC = 0.7, 0.3, 0.34, 0.16
_SENTENCE_START = re.compile(r"(^|[.!?] |\n)([a-zà-ÿ])(?=[a-zà-ÿ]* )")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """All grammars, and what has been said so far: office life hardly ever repeats a sentence word for word."""

    grammars: dict[str, Grammar]
    said: set[str] = field(default_factory=set)

    def fresh(self, rng: random.Random, grammar: str, section: str = "start") -> str:
        """Return a sentence that nobody has typed yet (numbers aside), unless the grammar is exhausted."""
        text = ""
        for _ in range(60):
            text = self.grammars[grammar].say(rng, section)
            if (key := _DIGITS.sub("0", text.lower())) not in self.said:
                self.said.add(key)
                break
        return text


def open_phrasebook() -> Phrasebook:
    """Load every grammar."""
    grammars = {name: load(name, "office") for name in ("support", "finance", "legal", "productdesk")}
    grammars |= {name: load(name, "office") for name in ("followups", "languages", "gamers")}
    grammars |= {name: load(name, "engineering", "office") for name in ("platform_daily", "batch", "agent")}
    return Phrasebook(grammars | {"office": load("office"), "engineering": load("engineering", "office")})


def topic(rng: random.Random, person: Person) -> str:
    """Choose what a conversation is about: the own desk, the office at large, or a foreign language."""
    if person.language and chance(rng, FOREIGN):
        return person.language
    if not chance(rng, OWN_DESK):
        return "office"
    if person.team == "product":
        return pick(rng, ("productdesk", "productdesk", "engineering"))
    return DESK_FILES.get(person.function, "engineering")


def opening(rng: random.Random, book: Phrasebook, person: Person, about: str) -> str:
    """Return the first prompt of a conversation."""
    if about == person.language:
        return book.fresh(rng, "languages", about)
    return typed(rng, book.fresh(rng, about), person)


def follow_up(rng: random.Random, book: Phrasebook, person: Person, about: str) -> str:
    """Return a later prompt of a conversation: a short reply, a correction, or something new."""
    kind = rng.random()
    if kind < SHORT_REPLY:
        section = f"short_{about}" if about == person.language else "short"
        return book.grammars["followups"].say(rng, section)
    if about == person.language or kind < SHORT_REPLY + NEW_TOPIC:
        return opening(rng, book, person, about)
    return typed(rng, book.fresh(rng, "followups"), person)


def typed(rng: random.Random, text: str, person: Person) -> str:
    """Apply a person's way of typing: capitals or none, missing full stops, the occasional slip."""
    habits = dice("typing", person.user)
    careless, slips = chance(habits, 0.3), 0.12 * habits.random()
    if "```" in text:
        return text
    if careless:
        text = text[:1].lower() + text[1:]
        text = text.removesuffix(".")
    else:
        text = _SENTENCE_START.sub(lambda start: start[1] + start[2].upper(), text)
    return _slip(rng, text) if chance(rng, slips) else text


def _slip(rng: random.Random, text: str) -> str:
    """Swap two neighbouring letters of one longer word."""
    words = text.split(" ")
    place = int(rng.random() * len(words))
    word = words[place]
    if len(word) > 5 and word.isalpha():
        cut = 1 + int(rng.random() * (len(word) - 3))
        words[place] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    return " ".join(words)
