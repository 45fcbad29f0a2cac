"""Turn phrase files, those of ``tokenscan simulate``, into sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sample_logs.generator.dice import pick
from tokenscan.simulate.sections import read_sections

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

_INNERMOST = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")


@dataclass(frozen=True, slots=True)
class Grammar:
    """Sections of one or several phrase files."""

    sections: Mapping[str, tuple[str, ...]]

    def say(self, rng: random.Random, section: str = "start", **known: str) -> str:
        """Return one random expansion of a section; ``known`` fixes the value of a slot."""
        return self.fill(rng, pick(rng, self.sections[section]), **known)

    def fill(self, rng: random.Random, text: str, **known: str) -> str:
        """Expand every slot of a text, innermost first."""
        said: dict[str, str] = {}

        def expand(slot: re.Match[str]) -> str:
            inner: str = slot[1]
            if "|" in inner:
                return pick(rng, inner.split("|"))
            if span := _RANGE.fullmatch(inner):
                return str(int(span[1]) + int(rng.random() * (int(span[2]) - int(span[1]) + 1)))
            if inner in known:
                return known[inner]
            choice = pick(rng, self.sections[inner])
            if choice == said.get(inner):  # nobody compares a thing with itself
                choice = pick(rng, self.sections[inner])
            said[inner] = choice
            return choice

        while "{" in text:
            text = _INNERMOST.sub(expand, text)
        return text.replace("\\n", "\n").replace("<<", "{").replace(">>", "}")


def load(*names: str) -> Grammar:
    """Read phrase files; where two have a section of the same name, the first one wins."""
    return Grammar(read_sections(*names))
