"""Slow, obvious counterparts of what the package does fast."""

from __future__ import annotations

import random


def shingle_set(text: str, size: int = 5) -> set[bytes]:
    data = text.encode()
    return {data[i : i + size] for i in range(len(data) - size + 1)}


def jaccard(one: str, other: str, size: int = 5) -> float:
    a, b = shingle_set(one, size), shingle_set(other, size)
    return len(a & b) / len(a | b) if a | b else 0.0


def plain(text: str) -> str:
    return " ".join(text.lower().split())


def vocabulary(count: int, seed: int = 1) -> list[str]:
    rng = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz"
    return ["".join(rng.choices(letters, k=rng.randint(3, 9))) for _ in range(count)]


def groups(labels: list[int], prompts: list[str]) -> set[frozenset[str]]:
    members: dict[int, set[str]] = {}
    for label, prompt in zip(labels, prompts, strict=True):
        members.setdefault(label, set()).add(prompt)
    return {frozenset(found) for found in members.values()}
