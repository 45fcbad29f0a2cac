"""Turn phrase files into sentences.

A phrase file holds sections, ``[name]`` and one alternative a line. In an alternative ``{name}`` stands for a
section, ``{a|b}`` for a choice and ``{2..9}`` for a number; ``<<`` and ``>>`` are literal braces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sample_logs.generator.dice import pick

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

PHRASES = Path(__file__).parent / "phrases"
_INNERMOST = re.compile(r"\{([^{}]*)\}")
_HEADING = re.compile(r"\[([a-z_0-9]+)\]")
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
    sections: dict[str, list[str]] = {}
    for name in reversed(names):
        current: list[str] = []
        for line in (PHRASES / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            if heading := _HEADING.fullmatch(line):
                current = sections[heading[1]] = []
            elif line and not line.startswith("#"):
                current.append(line)
    return Grammar({name: tuple(lines) for name, lines in sections.items()})
