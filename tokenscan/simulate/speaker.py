"""How one person puts things: favourite turns of phrase, topics that last for days, habits of typing."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from tokenscan.simulate import dice
from tokenscan.simulate.language import THINGS, Alternative, Language, Slot, language
from tokenscan.simulate.names import Pools

_STAYS_ON_TOPIC = 0.72  # share of the things named that belong to what the conversation is about
_TASTE = 1.35  # above 1: some alternatives are favourites
_SENTENCE_START = re.compile(r"(^|[.!?] |\n)([a-zà-ÿ])(?=[a-zà-ÿ]* )")
_ON_A_TOPIC = {"customer": 2, "module": 1, "city": 2, "colleague": 3, "service": 2, "thing": 3, "path": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    """Habits of typing, as probabilities a prompt."""

    careless: bool
    slips: float
    greets: float
    adds: float
    pastes: float
    shorts: float


@dataclass(slots=True)
class Speaker:
    """One person's way with words. ``rng`` draws texts and nothing else."""

    rng: random.Random
    pools: Pools
    typing: Typing
    topics: list[Pools] = field(default_factory=list)
    topic: Pools = field(default_factory=dict)
    _salt: int = 0
    _offsets: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, rng: random.Random, pools: Pools) -> Speaker:
        """Return somebody with habits of their own."""
        typing = Typing(
            careless=rng.random() < 0.35,
            slips=0.14 * rng.random(),
            greets=0.5 * rng.random() if rng.random() < 0.3 else 0.02,
            adds=0.15 + 0.5 * rng.random(),
            pastes=0.03 + 0.2 * rng.random(),
            shorts=0.12 + 0.3 * rng.random(),
        )
        speaker = cls(rng=rng, pools=pools, typing=typing, _salt=rng.getrandbits(32))
        speaker.topics = [speaker.new_topic() for _ in range(2 + int(3 * rng.random()))]
        speaker.topic = speaker.topics[0]
        return speaker

    def new_topic(self) -> Pools:
        """Draw what some days' work is about."""
        return {name: tuple(self.rng.sample(self.pools[name], _ON_A_TOPIC[name])) for name in THINGS}

    def next_day(self) -> None:
        """Let a topic end now and then."""
        if self.rng.random() < 0.14:
            self.topics[int(self.rng.random() * len(self.topics))] = self.new_topic()

    def next_conversation(self) -> None:
        """Turn to one of the current topics."""
        self.topic = self.topics[int(self.rng.random() * len(self.topics))]

    def say(self, tongue: str, section: str = "start", known: Mapping[str, str] | None = None) -> str:
        """Return one expansion of a section; ``known`` fixes what a thing or a section is."""
        spoken = language(tongue)
        pieces: list[str] = []
        self._say(spoken, spoken.ids[section], known or {}, pieces)
        return "".join(pieces)

    def _say(self, spoken: Language, section: int, known: Mapping[str, str], pieces: list[str]) -> None:
        alternatives = spoken.alternatives[section]
        count = len(alternatives)
        place = int(count * self.rng.random() ** _TASTE) + self._offset(spoken, section)
        self._tell(spoken, alternatives[place % count], known, pieces)

    def _tell(self, spoken: Language, parts: Alternative, known: Mapping[str, str], pieces: list[str]) -> None:
        for part in parts:
            kind = part.__class__
            if kind is str:
                pieces.append(part)  # type: ignore[arg-type]
            elif kind is int:
                fixed = known.get(section_name(spoken, part)) if known else None  # type: ignore[arg-type]
                if fixed is not None:
                    pieces.append(fixed)
                else:
                    self._say(spoken, part, known, pieces)  # type: ignore[arg-type]
            elif kind is Slot:
                pieces.append(known.get(part) or self._thing(part))  # type: ignore[arg-type]
            elif kind is range:
                pieces.append(str(part[int(self.rng.random() * len(part))]))  # type: ignore[index,arg-type]
            else:
                self._tell(spoken, part[int(self.rng.random() * len(part))], known, pieces)  # type: ignore[index,arg-type]

    def _thing(self, name: str) -> str:
        pool = (self.topic if self.rng.random() < _STAYS_ON_TOPIC else self.pools)[name]
        return pool[int(self.rng.random() * len(pool))]

    def _offset(self, spoken: Language, section: int) -> int:
        """Return where this person's favourites of a section begin."""
        offsets = self._offsets.get(spoken.name)
        if offsets is None:
            mixed = dice.words(self._salt, spoken.name)
            offsets = [int(mixed.random() * 9973) for _ in spoken.alternatives]
            self._offsets[spoken.name] = offsets
        return offsets[section]

    def typed(self, text: str) -> str:
        """Apply the habits of typing: capitals or none, missing full stops, the occasional slip."""
        if self.typing.careless:
            text = text[:1].lower() + text[1:].removesuffix(".")
        elif len(text) < 400:
            text = _SENTENCE_START.sub(_capital, text)
        return slipped(self.rng, text) if self.rng.random() < self.typing.slips else text


def section_name(spoken: Language, number: int) -> str:
    """Return the name of a section."""
    return _names(spoken)[number]


@cache
def _names(spoken: Language) -> tuple[str, ...]:
    return tuple(spoken.ids)


def _capital(start: re.Match[str]) -> str:
    return start[1] + start[2].upper()


def slipped(rng: random.Random, text: str) -> str:
    """Swap two neighbouring letters of one longer word."""
    words = text.split(" ")
    place = int(rng.random() * len(words))
    word = words[place]
    if len(word) > 5 and word.isalpha():
        cut = 1 + int(rng.random() * (len(word) - 3))
        words[place] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    return " ".join(words)
