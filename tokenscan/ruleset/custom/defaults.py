"""What a user's own rule need not say, filled in from what it does say: the rest of the program sees it whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from tokenscan.ruleset.custom.guard import RefusedError, guarded_expression, guarded_query
from tokenscan.ruleset.custom.schema import TABLES
from tokenscan.ruleset.model import Rule

_TEXT: Final = "prompt cluster_id prompt_chars prompt_id prompts secrets similarity template_id trivial words chars"
_TOKENS: Final = (
    "cache_read_tokens cache_write_tokens fresh_tokens input_tokens output_tokens reasoning_tokens tokens waste_tokens"
)
# What a log or its context must have for a column to say anything; columns that are always there are not named.
NEEDED_BY: Final[Mapping[str, str]] = {
    **dict.fromkeys(_TEXT.split(), "prompt"),
    **dict.fromkeys(_TOKENS.split(), "input_tokens"),
    **dict.fromkeys(["used", "answers_used", "answers_marked"], "used"),
    **dict.fromkeys(["tasks", "outcomes", "tasks_completed"], "outcomes"),
    **{name: name for name in ("user", "team", "function", "app", "model", "status", "latency_ms", "session_id")},
    **{name: name for name in ("people", "reviews", "quotas")},
    "user_days": "user",
}

# Columns that every log has something for.
ALWAYS: Final = frozenset(column.name for columns in TABLES.values() for column in columns) - NEEDED_BY.keys()
# Columns of a result that state waste in numbers.
STATED: Final = frozenset({"waste_tokens", "waste_nanousd", "waste_usd"})


def completed(rule: Rule) -> Rule:
    """Return the rule with everything it leaves open.

    ``requires`` becomes what the log must have: of the columns it lists, else of those that its query names.
    """
    grouped = rule.filter.group_by if rule.filter else ()
    return msgspec.structs.replace(
        rule,
        requires=needs(rule.requires or named(rule) & {*NEEDED_BY}),
        fingerprint=rule.fingerprint or grouped,
        open_questions=rule.open_questions or rule.false_positives,
        unit=rule.unit or (rule.filter.value if rule.filter else "calls"),
        waste_basis=rule.waste_basis or _basis(rule),
    )


def needs(names: Iterable[str]) -> tuple[str, ...]:
    """Return what a log must have for these columns, sorted; what is always there is left out."""
    return tuple(sorted({NEEDED_BY.get(name, name) for name in names if name in NEEDED_BY or name not in ALWAYS}))


def named(rule: Rule) -> frozenset[str]:
    """Return the names in a rule's query or filter; none where it may not be read."""
    try:
        if rule.sql is not None:
            return guarded_query(rule.sql.query).names
        if rule.filter is not None:
            said = [rule.filter.where, *([rule.filter.having] if rule.filter.having else [])]
            inside = frozenset[str]().union(*(guarded_expression(text).names for text in said))
            return inside | {*rule.filter.group_by, rule.filter.table}
    except RefusedError:
        return frozenset()
    return frozenset()


def _basis(rule: Rule) -> str:
    if rule.filter is not None:
        share = share_of(rule.filter.waste)
        return f"{share:.0%} of the calls that the filter matches" if share else "none: the rule claims no waste"
    said = named(rule)
    if "calls" in said:
        return "the calls that the rule's query names"
    if said & STATED:
        return "stated by the rule's query; part of no total"
    return "none: the rule claims no waste"


def share_of(waste: float | str) -> float:
    """Return the share of its calls that a filter calls waste; "tokens" and "cost" mean all of it."""
    return 1.0 if isinstance(waste, str) else waste
