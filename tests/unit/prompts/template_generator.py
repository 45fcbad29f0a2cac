"""Prompts with known templates, among free writing and near duplicates. Seeded."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from prompt_reference import vocabulary

OPENINGS = (
    "can you please explain",
    "could you help me with",
    "i want you to tell me",
    "please write a short",
    "what is the best way to",
    "hi, i have a question about",
    "thanks! now please",
)
ENDINGS = ("thank you very much!", "please be brief.", "what do you think?")


@dataclass(frozen=True)
class Blueprint:
    """Fixed words and, where None stands among them, slots: each a list of usual fillings, or how many words."""

    parts: tuple[tuple[str, ...] | None, ...]
    slots: tuple[tuple[str, ...] | int, ...]


class Generator:
    """Makes prompts and says which belong together."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.words = vocabulary(3000, seed=1)
        self.weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(self.words))))

    def some(self, least: int, most: int) -> list[str]:
        found = self.rng.choices(self.words, cum_weights=self.weights, k=self.rng.randint(least, most))
        return [word + "," if self.rng.random() < 0.06 and n < len(found) - 1 else word for n, word in enumerate(found)]

    def blueprint(self) -> Blueprint:
        """Choose a layout: slots at the start, in the middle, at the end, or at both ends of 9 to 30 fixed words."""
        fixed = tuple(self.some(9, 30))
        layout = self.rng.choice(["start", "middle", "end", "ends"])
        if layout == "ends" and len(fixed) < 15:
            layout = "middle"
        if layout == "middle":
            cuts = sorted(self.rng.sample(range(3, len(fixed) - 2), min(self.rng.randint(1, 3), len(fixed) - 5)))
            edges = [0, *(cut for n, cut in enumerate(cuts) if not n or cut - cuts[n - 1] >= 3), len(fixed)]
            pieces = [fixed[left:right] for left, right in itertools.pairwise(edges)]
            parts = tuple(part for piece in pieces for part in (piece, None))[:-1]
        else:
            parts = {"start": (None, fixed), "end": (fixed, None), "ends": (None, fixed, None)}[layout]
        slots: list[tuple[str, ...] | int] = []
        for _ in range(parts.count(None)):
            usual = bool(slots) and self.rng.random() < 0.3
            slots.append(
                tuple(" ".join(self.some(1, 2)) for _ in range(self.rng.randint(2, 6)))
                if usual
                else self.rng.randint(1, 12)
            )
        return Blueprint(parts, tuple(slots))

    def filled(self, blueprint: Blueprint) -> str:
        slots = iter(blueprint.slots)
        words: list[str] = []
        for part in blueprint.parts:
            if part is not None:
                words += part
                continue
            slot = next(slots)
            words += self.some(1, slot) if isinstance(slot, int) else self.rng.choice(slot).split()
        return " ".join(words)

    def free(self) -> str:
        """Write a prompt of its own, often with a usual opening or ending."""
        text = " ".join(self.some(3, 40))
        if self.rng.random() < 0.4:
            text = f"{self.rng.choice(OPENINGS)} {text}"
        return f"{text} {self.rng.choice(ENDINGS)}" if self.rng.random() < 0.15 else text

    def edited(self, text: str) -> str:
        """Change, drop or add one word."""
        words = text.split()
        at = self.rng.randrange(len(words))
        words[at : at + self.rng.randint(0, 1)] = self.some(0, 1)
        return " ".join(words)

    def data(self, templates: int, free: int, families: int) -> tuple[list[str], list[int]]:
        """Return distinct prompts, shuffled, and the number of their group; near duplicates are groups of one."""
        labels: dict[str, int] = {}
        groups = itertools.count()
        for _ in range(templates):
            blueprint, group = self.blueprint(), next(groups)
            for _ in range(self.rng.randint(8, 120)):
                labels.setdefault(self.filled(blueprint), group)
        for _ in range(free):
            labels.setdefault(self.free(), next(groups))
        for _ in range(families):
            base = " ".join(self.some(15, 40))
            for _ in range(self.rng.randint(5, 12)):
                labels.setdefault(self.edited(self.edited(base)), next(groups))
        prompts = list(labels)
        self.rng.shuffle(prompts)
        return prompts, [labels[prompt] for prompt in prompts]


def pair_scores(truth: Sequence[int], found: Sequence[int | None]) -> tuple[float, float]:
    """Return precision and recall over pairs of prompts; None is a group of its own."""

    def pairs(groups: Counter[object]) -> int:
        return sum(size * (size - 1) // 2 for size in groups.values())

    both = pairs(Counter((t, f) for t, f in zip(truth, found, strict=True) if f is not None))
    return both / max(pairs(Counter(f for f in found if f is not None)), 1), both / max(pairs(Counter(truth)), 1)
