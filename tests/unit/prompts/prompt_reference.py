"""Slow, obvious counterparts of what the package does fast."""

from __future__ import annotations

import functools
import itertools
import random
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tokenscan.prompts.engine import Engine
from tokenscan.prompts.numpy_engine import NumpyEngine

SLOTS = 128


def engines() -> list[Engine]:
    """Every engine this installation has: one in a build without the kernel."""
    try:
        from tokenscan.prompts.compiled_engine import CompiledEngine
    except ImportError:
        return [NumpyEngine()]
    return [NumpyEngine(), CompiledEngine()]


each_engine = pytest.mark.parametrize("engine", engines(), ids=lambda engine: engine.name)


def shingle_set(text: str | bytes, size: int = 5) -> set[bytes]:
    data = text.encode() if isinstance(text, str) else text
    return {data[i : i + size] for i in range(len(data) - size + 1)}


def jaccard(one: str | bytes, other: str | bytes, size: int = 5) -> float:
    a, b = shingle_set(one, size), shingle_set(other, size)
    common = len(a & b)
    return common / (len(a) + len(b) - common) if a or b else 0.0


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


def mixed(value: int) -> int:
    """The finaliser of MurmurHash3, in Python integers."""
    top = (1 << 64) - 1
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD & top
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 & top
    return value ^ value >> 33


def shingle_keys(text: str | bytes, size: int = 5) -> set[int]:
    """The upper 40 bits of each mixed shingle."""
    return {mixed(int.from_bytes(shingle)) >> 24 for shingle in shingle_set(text, size)}


def sampled_jaccard(one: bytes, other: bytes, size: int, limit: int) -> float:
    """Compare the `limit` smallest keys of each text, up to the last key known of both."""
    a, b = (sorted(shingle_keys(text, size))[:limit] for text in (one, other))
    reach = min([keys[-1] for keys in (a, b) if len(keys) == limit], default=1 << 40)
    left, right = ({key for key in keys if key <= reach} for keys in (a, b))
    return len(left & right) / len(left | right) if left | right else 0.0


@functools.cache
def probes_by_hand() -> list[list[int]]:
    """For each slot the order in which it looks for a filled one."""
    return [sorted(range(SLOTS), key=lambda probe: mixed(probe * SLOTS + slot + 1)) for slot in range(SLOTS)]


def signature_by_hand(text: str | bytes, size: int = 5) -> list[int]:
    """Follow the definition with Python integers: slot = low 7 bits of the key, value = upper 32 of its 40.

    The low 16 bits of the value are kept; without shingles they are all set.
    """
    filled: dict[int, int] = {}
    for key in shingle_keys(text, size):
        filled[key % SLOTS] = min(filled.get(key % SLOTS, 1 << 32), key >> 8)
    if not filled:
        return [0xFFFF] * SLOTS
    result = []
    for slot, order in enumerate(probes_by_hand()):
        turn = next(turn for turn, probe in enumerate(order) if probe in filled)
        borrowed = filled[order[turn]] * 0x9E3779B1 + (turn + 1) * 0x85EBCA6B
        result.append(filled.get(slot, borrowed) % (1 << 16))
    return result


def letters_in_common(one: str, other: str) -> float:
    """Twice the longest common subsequence, by dynamic programming, over both lengths."""
    row = [0] * (len(other) + 1)
    for a in one:
        before = 0
        for j, b in enumerate(other, start=1):
            before, row[j] = row[j], before + 1 if a == b else max(row[j], row[j - 1])
    total = len(one) + len(other)
    return (1.0 - (total - 2 * row[-1]) / max(total, 1)) * 100 / 100


def flat(texts: Sequence[bytes], gap: bytes = b"") -> tuple[Any, Any, Any]:
    """Lay texts out as the kernel takes them: bytes, begin and end of each, with something in between."""
    data = np.frombuffer(gap + b"".join(text + gap for text in texts), dtype=np.uint8)
    sizes = np.array([len(text) for text in texts], dtype=np.int64)
    begin = np.cumsum(sizes + len(gap)) - sizes
    return data, begin, begin + sizes


def viewed(texts: Sequence[bytes], gap: bytes = b"") -> tuple[Any, list[Any]]:
    """Lay texts out as Arrow's views: 16 bytes for each, and two buffers for what has more than 12 bytes."""
    buffers, views = [bytearray(gap), bytearray(gap)], []
    for at, text in enumerate(texts):
        place, buffer = len(buffers[at % 2]), buffers[at % 2]
        where = text[:4] + struct.pack("<II", at % 2, place)
        views.append(struct.pack("<I", len(text)) + (text.ljust(12, b"!") if len(text) <= 12 else where))
        buffer += text + gap if len(text) > 12 else b""
    table = np.frombuffer(b"".join(views), dtype=np.uint8).reshape(-1, 16)
    return table, [np.frombuffer(bytes(buffer), dtype=np.uint8) for buffer in buffers]


def cuts_between(count: int, marks: Sequence[int]) -> list[tuple[int, int]]:
    """Cut [0, count) at the marks, empty pieces included."""
    places = [0, *sorted(mark % (count + 1) for mark in marks), count]
    return list(itertools.pairwise(places))
