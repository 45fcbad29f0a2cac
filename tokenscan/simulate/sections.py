r"""Read phrase files, the stock from which prompts are made.

A phrase file holds sections, ``[name]`` and one alternative a line. In an alternative ``{name}`` stands for a
section, ``{a|b}`` for a choice and ``{2..9}`` for a number, all of which may nest; ``<<`` and ``>>`` are literal
braces, ``\n`` is a line break.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

PHRASES = Path(__file__).parent / "phrases"
_HEADING = re.compile(r"\[([a-z_0-9]+)\]")


def read_sections(*names: str) -> dict[str, tuple[str, ...]]:
    """Return alternatives by section; where two files have a section of the same name, the first one wins."""
    sections: dict[str, tuple[str, ...]] = {}
    for name in reversed(names):
        sections |= _sections_of(name)
    return sections


@cache
def _sections_of(name: str) -> dict[str, tuple[str, ...]]:
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in (PHRASES / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if heading := _HEADING.fullmatch(line):
            current = sections[heading[1]] = []
        elif line and not line.startswith("#"):
            current.append(line)
    return {name: tuple(lines) for name, lines in sections.items()}
