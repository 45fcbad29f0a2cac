"""The page on formats says what the program says, and every format has a page of its own."""

from __future__ import annotations

import os
from pathlib import Path

from tokenscan.cli.formats import CARRIED
from tokenscan.sources.registry import sources

DOCS = Path(__file__).parents[2] / "docs" / "formats"
HEAD = """# Formats

tokenscan tells the format of a file from its content. `tokenscan inspect --formats` prints this list, and
`tokenscan inspect PATH` what your files are and what they carry.

| format | what it is | person | text | tasks | cost |
|---|---|---|---|---|---|
"""


def index() -> str:
    rows = [
        f"| [{source.name}]({source.name}.md) | {source.title} | {' | '.join(source.carries[c] for c in CARRIED)} |\n"
        for source in sources()
    ]
    return HEAD + "".join(rows)


def test_the_index_lists_every_format() -> None:
    page = DOCS / "README.md"
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(index(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == index()


def test_every_format_has_a_page_and_every_page_a_format() -> None:
    names = {source.name for source in sources()}
    assert {page.stem for page in DOCS.glob("*.md")} - {"README"} == names
    for name in names:
        assert (DOCS / f"{name}.md").read_text(encoding="utf-8").startswith(f"# {name}: ")
