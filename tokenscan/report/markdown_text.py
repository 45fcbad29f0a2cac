"""Text from a log in Markdown: no markup, HTML, link or mention."""

from __future__ import annotations

import re

from tokenscan.report.text import clean, clean_id

_TEXT = 4_000
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&#@])|(?<=:)(//)|(?<=www)(\.)")
# Platforms look for @names after the markup is gone, so a backslash does not help there; an e-mail address is none.
_MENTION = re.compile(r"(?<![\w@.])@(?=\w)")
_OPENING = re.compile(r"^(\d*)([-+=.)])(?!\w)")  # what would begin a list, a rule or a heading


def escaped(text: str) -> str:
    """Return text on one line that Markdown shows as it stands."""
    marked = _SPECIAL.sub(lambda found: f"\\{found[0]}", _MENTION.sub("\uff20", clean(text, _TEXT)))
    return _OPENING.sub(r"\1\\\2", marked)


def code(text: str | None) -> str:
    """Return a name as code, where platforms make no links and mentions either; nothing for nothing."""
    shown = clean_id(text or "").replace("`", "'").replace("|", "\u00a6")  # a bar would end the cell of a table
    return f"`{shown}`" if shown else ""
