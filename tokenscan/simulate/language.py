"""Phrase files made ready for speed: a million prompts have to be said within seconds.

An alternative becomes a tuple of parts: text, the number of a section, a ``Slot`` (a thing of the organisation, which
the speaker chooses), a ``range`` or a tuple of alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from tokenscan.simulate.sections import read_sections

# Sections that name things of the organisation: people talk about a few of them for days.
THINGS = ("customer", "module", "city", "colleague", "service", "thing", "path")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")
_TOKEN = re.compile(r"[{}|]")


class Slot(str):
    """The name of a kind of thing."""

    __slots__ = ()


Part = str | int | range | tuple["Alternative", ...]
Alternative = tuple[Part, ...]


class Language:
    """The compiled sections of some phrase files."""

    __slots__ = ("alternatives", "ids", "name")

    def __init__(self, name: str, sections: Mapping[str, tuple[str, ...]]) -> None:
        self.name = name
        self.ids = {section: number for number, section in enumerate(sections)}
        self.alternatives: list[tuple[Alternative, ...]] = [
            tuple(self._parse(line) for line in lines) for lines in sections.values()
        ]

    def _parse(self, line: str) -> Alternative:
        text = line.replace("\\n", "\n").replace("<<", "\x00").replace(">>", "\x01")
        alternatives, end = self._choice(text, 0)
        assert end == len(text) + 1, f"{self.name}: unbalanced braces in {line!r}"
        # A bar outside of braces is no choice: it stands in tables that people paste.
        joined: list[Part] = []
        for place, alternative in enumerate(alternatives):
            joined += [*(["|"] if place else []), *alternative]
        return tuple(joined)

    def _choice(self, text: str, start: int) -> tuple[list[Alternative], int]:
        """Read alternatives up to the closing brace (or the end); return them and the place behind it."""
        alternatives: list[Alternative] = []
        parts: list[Part] = []
        at = start
        while (token := _TOKEN.search(text, at)) is not None:
            if token.start() > at:
                parts.append(_literal(text[at : token.start()]))
            at = token.end()
            if token[0] == "{":
                inner, at = self._choice(text, at)
                parts.append(self._slot(inner))
            elif token[0] == "|":
                alternatives.append(tuple(parts))
                parts = []
            else:
                return [*alternatives, tuple(parts)], at
        if at < len(text):
            parts.append(_literal(text[at:]))
        return [*alternatives, tuple(parts)], len(text) + 1

    def _slot(self, inner: list[Alternative]) -> Part:
        """Return what a pair of braces stands for."""
        word = inner[0][0] if len(inner) == 1 and len(inner[0]) == 1 else None
        if not isinstance(word, str):
            return tuple(inner)
        if span := _RANGE.fullmatch(word):
            return range(int(span[1]), int(span[2]) + 1)
        if word in THINGS:
            return Slot(word)
        return self.ids.get(word, word)


def _literal(text: str) -> str:
    return text.replace("\x00", "{").replace("\x01", "}")


FILES = {
    "office": ("office",),
    "support": ("support", "office"),
    "finance": ("finance", "office"),
    "legal": ("legal", "office"),
    "product": ("productdesk", "office"),
    "engineering": ("engineering", "office"),
    "sales": ("sales", "office"),
    "followups": ("more_languages", "followups", "office"),
    "german": ("languages", "office"),
    "spanish": ("languages", "office"),
    "japanese": ("languages", "office"),
    "french": ("more_languages", "office"),
    "polish": ("more_languages", "office"),
    "agent": ("agent", "engineering", "office"),
    "daily": ("platform_daily", "engineering", "office"),
    "batch": ("background", "batch", "finance", "office"),
    "everyday": ("everyday", "engineering", "office"),
    "documents": ("documents", "idle", "sales", "legal", "finance", "gamers", "engineering", "office"),
    "idle": ("idle", "gamers", "engineering", "office"),
    "gamers": ("gamers", "office"),
}


@cache
def language(name: str) -> Language:
    """Return the language of this name (see ``FILES``), compiled once."""
    names = FILES[name]
    sections = read_sections(*names)
    if name == "followups":  # short replies in all languages, follow-ups in English
        sections |= {"start": read_sections("followups")["start"]}
    return Language(name, sections)
