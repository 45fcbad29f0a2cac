"""Say in words why a rule cannot run on this input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

# What a reader would have to supply. Several words stand in hints of the report ("outcomes", "review", "people").
_NEEDS = {
    "prompt": "prompt text",
    "session_id": "session ids",
    "input_tokens": "token counts",
    "used": "marks of which answers were used",
    "outcomes": "outcomes (--outcomes FILE)",
    "reviews": "review dates (--review DATE)",
    "function": "each team's function (--people FILE)",
    "team": "teams (--people FILE)",
    "people": "a people file (--people FILE)",
    "quotas": "published quotas ([[quotas]] in the config)",
}
_FORMATS_NAMED = 3
_FROM_CONTEXT = {"outcomes", "reviews", "function", "people", "quotas"}


def missing_reason(requires: Iterable[str], has: AbstractSet[str], formats: Sequence[str]) -> str:
    """Return why a rule with these requirements cannot run, or nothing if it can."""
    if "user" not in has:
        return "no call is a person's: users are missing, or all accounts are services"
    missing = [name for name in requires if name not in has]
    if not missing:
        return ""
    needs = "needs " + " and ".join(_NEEDS.get(name, name) for name in missing)
    in_log = [name for name in missing if name not in _FROM_CONTEXT]
    if in_log and formats:
        what = f"{' and '.join(formats)} input" if len(formats) <= _FORMATS_NAMED else "input"
        return f"{needs}; the {what} has none"
    return needs
