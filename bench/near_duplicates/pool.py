"""Raw material for prompts: sentences and functions of the Python code installed here. Nothing of it is stored."""

from __future__ import annotations

import ast
import re
import sysconfig
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAX_FILES: Final = 6000
_MAX_FILE_BYTES: Final = 400_000
_SKIPPED: Final = {"site-packages", "__pycache__", "test", "tests", "idlelib", "lib2to3"}

_SENTENCE_BYTES: Final = range(25, 300)
_FUNCTION_BYTES: Final = range(200, 6000)
_PROSE_SHARE: Final = 0.88  # letters, digits, spaces and commas; less is markup or a signature
_NO_PROSE: Final = (">>>", "::", "---", " : ")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")
_TELLING_LINE: Final = 12  # shorter lines ("else:", "return x") say nothing about where code comes from
_KNOWN_SHARE: Final = 0.3

Definition = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Distinct English sentences, and functions that share little with each other."""

    sentences: list[str]
    functions: list[str]


def read_pool(roots: tuple[Path, ...] | None = None) -> Pool:
    """Collect from the standard library and the installed packages, in an order that is always the same.

    Takes some seconds. Code that is installed twice (vendored, or synchronous and asynchronous) is kept
    once: a function is dropped if three tenths of it were seen in earlier ones.
    """
    paths = sysconfig.get_paths()
    sentences: dict[str, None] = {}
    functions: list[str] = []
    seen: set[str] = set()
    for source in _sources(roots or (Path(paths["stdlib"]), Path(paths["purelib"]))):
        tree = _parsed(source)
        if tree is None:
            continue
        lines = source.split("\n")
        for node in _definitions(tree):
            sentences.update(dict.fromkeys(_sentences(ast.get_docstring(node) or "")))
            if isinstance(node, ast.FunctionDef):
                text = _outdented(lines[node.lineno - 1 : node.end_lineno])
                if len(text.encode()) in _FUNCTION_BYTES and _is_new(text, seen):
                    functions.append(text)
    return Pool(sentences=list(sentences), functions=functions)


def _sources(roots: tuple[Path, ...]) -> Iterator[str]:
    read = 0
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            if read == MAX_FILES:
                return
            inside = path.relative_to(root).parts
            if _SKIPPED.isdisjoint(inside) and path.stat().st_size <= _MAX_FILE_BYTES:
                read += 1
                yield path.read_text(encoding="utf-8", errors="replace")


def _parsed(source: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError):
            return None


def _definitions(tree: ast.Module) -> Iterator[Definition]:
    """Yield the module, its classes and functions, and those in classes; not those in functions."""
    todo: list[Definition] = [tree]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, ast.Module | ast.ClassDef):
            inner = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
            todo.extend(child for child in reversed(node.body) if isinstance(child, inner))


def _sentences(docstring: str) -> Iterator[str]:
    for paragraph in docstring.split("\n\n"):
        if any(mark in paragraph for mark in _NO_PROSE):
            continue
        for sentence in _SENTENCE_END.split(" ".join(paragraph.split())):
            if len(sentence) not in _SENTENCE_BYTES or not sentence.isascii() or not sentence[0].isupper():
                continue
            prose = sum(map(str.isalnum, sentence)) + sentence.count(" ") + sentence.count(",")
            if sentence.count(" ") >= 4 and prose >= _PROSE_SHARE * len(sentence):
                yield sentence


def _outdented(lines: list[str]) -> str:
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[margin:] if line[:margin].isspace() else line for line in lines)


def _is_new(text: str, seen: set[str]) -> bool:
    telling = {line for line in map(str.strip, text.split("\n")) if len(line) >= _TELLING_LINE}
    known = telling & seen
    seen |= telling
    return sum(map(len, known)) < _KNOWN_SHARE * sum(map(len, telling))
