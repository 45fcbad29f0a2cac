"""Say in words why a rule cannot run on this input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from tokenscan.detectors.base import Tables
from tokenscan.ruleset.custom.frames import carried
from tokenscan.ruleset.effective import EffectiveRule

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


def missing_reason(
    requires: Iterable[str], has: AbstractSet[str], formats: Sequence[str], *, people: bool = True
) -> str:
    """Return why a rule with these requirements cannot run, or nothing if it can.

    Without ``people``, or where it asks for an "account" only, the rule needs a person behind the calls only if it says
    so.
    """
    requires = tuple(requires)
    any_account = "account" in requires and "account" in has
    if "user" not in has and ("user" in requires or (people and not any_account)):
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


def cannot_run(rule: EffectiveRule, tables: Tables, formats: Sequence[str]) -> str:
    """Return why a rule cannot run; users' own rules also look at the calls of programs and of nobody known."""
    if rule.rule.custom:
        return missing_reason(rule.rule.requires, carried(tables), formats, people=False)
    return missing_reason(rule.rule.requires, tables.has, formats)
