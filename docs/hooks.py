"""Fill the patterns of the site's navigation with the pages they fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def on_config(config: Any) -> Any:
    """Replace each pattern in the navigation; pages of a folder below become a section of its name."""
    root = Path(config["docs_dir"])
    config["nav"] = _filled(config["nav"], root)
    return config


def _filled(entries: list[Any], root: Path) -> list[Any]:
    filled: list[Any] = []
    for entry in entries:
        if isinstance(entry, dict):
            filled += [{title: _filled(to, root) if isinstance(to, list) else to} for title, to in entry.items()]
        elif "*" in entry:
            filled += _pages(root / entry.split("*")[0], root, deep="**" in entry)
        else:
            filled.append(entry)
    return filled


def _pages(folder: Path, root: Path, *, deep: bool) -> list[Any]:
    """Return the pages of a folder, its index first, and with ``deep`` a section for each folder in it."""
    pages = sorted(folder.glob("*.md"), key=lambda page: (page.stem not in {"README", "index"}, page.name))
    index = [page.relative_to(root).as_posix() for page in pages if page.stem in {"README", "index"}]
    found: list[Any] = [*index, *({page.stem: page.relative_to(root).as_posix()} for page in pages[len(index) :])]
    below = sorted(path for path in folder.iterdir() if path.is_dir()) if deep and folder.is_dir() else []
    return found + [{path.name.capitalize(): _pages(path, root, deep=True)} for path in below]
