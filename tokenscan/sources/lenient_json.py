"""Repair JSON that is all right but for its text encoding.

JavaScript writes half of a cut emoji as a lone surrogate, and a logger that cuts at a byte leaves broken UTF-8. A
strict decoder refuses both; the call behind the line is none the worse for it.
"""

from __future__ import annotations

import json


def repaired(text: bytes | str) -> bytes | None:
    """Return ``text`` with undecodable characters replaced, or None where it is no JSON at all."""
    try:
        document = json.loads(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)
        return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return None
