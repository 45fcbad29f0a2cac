"""Take names out of text that people wrote: reasons of suppressions, replies, prompts, error messages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

_WORD = re.compile(r"\w+")
_LEAST = 3  # letters: a shorter name is part of too many sentences
_LOCAL = 4  # of what stands before the @


class Scrubber:
    """Replaces known names, in any case and as whole words, by what stands for them."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """Take names and what replaces each; of an e-mail address what stands before the @ counts too."""
        self._by_word: defaultdict[str, list[tuple[str, int, str]]] = defaultdict(list)
        for name, instead in names.items():
            self._learn(name, instead)
            local = name.partition("@")[0]
            if local != name and len(local) >= _LOCAL:
                self._learn(local, instead)
        for found in self._by_word.values():
            found.sort(key=lambda known: (-len(known[0]), known))

    def _learn(self, name: str, instead: str) -> None:
        low = name.lower()
        first = _WORD.search(low)
        if first is not None and len(low) >= _LEAST and not low.isdigit() and len(low) == len(name):
            self._by_word[first[0]].append((low, first.start(), instead))

    def __call__(self, text: str) -> str:
        """Return the text without the names, the longest of several that fit replaced."""
        low = text.lower()
        if len(low) != len(text):  # a letter whose small form is longer: places would not agree
            low = text
        parts, done = [], 0
        for word in _WORD.finditer(low):
            if word.start() < done:
                continue
            for name, offset, instead in self._by_word.get(word[0], ()):
                start = word.start() - offset
                end = start + len(name)
                if start >= done and low.startswith(name, start) and not _WORD.match(low, end):
                    parts += [text[done:start], instead]
                    done = end
                    break
        return "".join([*parts, text[done:]])
