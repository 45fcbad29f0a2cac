"""The pages on tickets and nights show the very files and runs; ``UPDATE_GOLDEN=1`` puts them in anew."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.paths import ROOT
from tests.recipes.fake_trackers import serving
from tests.recipes.nights import RECIPES, findings, needs, write_log
from tests.recipes.test_tickets import EVE, GITHUB, JIRA, MAL, SERVICENOW, hand_over

DOCS = ROOT / "docs"
LANGUAGES = {".sh": "bash", ".yaml": "yaml", ".service": "ini", ".timer": "ini", "": "cron"}
NIGHTS = (
    ("The first night, two findings", {EVE: 100_000, MAL: 90_000}),
    ("The same night run again", None),
    ("The next: one is worse, one is gone", {EVE: 200_000}),
    ("The one that was gone is back", {EVE: 200_000, MAL: 90_000}),
)


def filled(text: str, kind: str, block: Callable[[str], str]) -> str:
    """Return a page with the code block after each marker ``<!-- kind: name -->`` made anew."""
    marker = rf"(<!-- {kind}: (\S+) -->\n)(?:\n```.*?\n```\n)?"
    return re.sub(marker, lambda found: f"{found[1]}\n{block(found[2])}\n", text, flags=re.DOTALL)


def same(page: Path, kind: str, block: Callable[[str], str]) -> None:
    text = page.read_text(encoding="utf-8")
    expected = filled(text, kind, block)
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(expected, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == expected


def recipe(name: str) -> str:
    path = RECIPES / name
    return f"```{LANGUAGES[path.suffix]}\n{path.read_text(encoding='utf-8').rstrip()}\n```"


def test_the_page_on_nights_shows_the_files() -> None:
    same(DOCS / "cron.md", "recipe", recipe)


def test_the_page_on_tickets_shows_real_runs(tmp_path: Path) -> None:
    needs("bash", "jq", "curl")
    nights = [(title, spikes and findings(tmp_path, write_log(tmp_path, spikes))) for title, spikes in NIGHTS]

    def transcript(name: str) -> str:
        tracker = next(one for one in (GITHUB, JIRA, SERVICENOW) if one.name == name)
        lines: list[str] = []
        last: list[dict[str, Any]] = []
        with serving() as at:
            for title, found in nights:
                last = found or last
                code, out, err = hand_over(tracker, at, last, tmp_path)
                assert (code, err) == (0, "")
                lines.append(f"# {title}\n$ jq -c 'select(.state != \"unchanged\")' findings.jsonl | {name}.sh\n{out}")
        return "```console\n" + "\n".join(lines).rstrip() + "\n```"

    same(DOCS / "tickets.md", "transcript", transcript)
