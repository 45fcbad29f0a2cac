"""Refuse suppressions that could never do anything: a typo must not silently hide nothing, or everything."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from tokenscan.config import SuppressEntry
from tokenscan.errors import UsageError
from tokenscan.findings.model import SuppressionUse
from tokenscan.findings.suppress import MATCHED, unused
from tokenscan.ruleset.problems import Problem, did_you_mean, refuse


def check_suppressions(entries: Sequence[SuppressEntry], rules: Sequence[str]) -> None:
    """Check entries against the ids of all rules there are.

    Raises:
        UsageError: one names no rule, or goes by something that findings do not have.
    """
    problems: list[Problem] = []
    for number, entry in enumerate(entries):
        if not any(fnmatchcase(name, entry.rule) for name in rules):
            text = f"no rule {entry.rule!r}{did_you_mean(entry.rule, rules)}"
            problems.append(Problem(file="config", key=f"suppress[{number}].rule", text=text))
        for name in sorted(entry.match.keys() - set(MATCHED)):
            text = f"findings have no {name!r}{did_you_mean(name, MATCHED)}; one of {', '.join(MATCHED)}"
            problems.append(Problem(file="config", key=f"suppress[{number}].match", text=text))
    refuse(problems)


def refuse_unused(entries: Sequence[SuppressionUse]) -> None:
    """Refuse suppressions that nothing fits, where nothing may be amiss.

    Raises:
        UsageError: there are some.
    """
    if idle := unused(entries):
        raise UsageError("\n".join(idle), hint="take it out of the config, or leave --strict out")
