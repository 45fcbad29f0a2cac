"""Text for a cell of a spreadsheet: shown, never run."""

from __future__ import annotations

import re
from typing import Final

from tokenscan.report.text import clean

# A cell that starts so is a formula to a spreadsheet, whatever its type (CWE-1236); blanks before do not help.
_FORMULA: Final = re.compile(r"^\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]")
_LONGEST: Final = 2_000


def cell_text(text: str) -> str:
    """Return text as one line of at most 2,000 characters; what would be a formula starts with an apostrophe."""
    shown = clean(text, _LONGEST)
    return f"'{shown}" if _FORMULA.match(shown) else shown
