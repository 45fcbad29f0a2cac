"""Hold nobody against a group smaller than the smallest that may be told of."""

from __future__ import annotations

from dataclasses import replace

from tokenscan.ruleset.effective import EffectiveParam, EffectiveRule

PEERS = "min_peers"
ORIGIN = "min_group_size"


def with_enough_peers(rule: EffectiveRule, smallest: int) -> EffectiveRule:
    """Return the rule with at least ``smallest`` people in a comparison, the person and their peers together."""
    return replace(rule, params=tuple(_raised(param, smallest - 1) for param in rule.params))


def _raised(param: EffectiveParam, least: int) -> EffectiveParam:
    if param.name != PEERS or not isinstance(param.value, int) or param.value >= least:
        return param
    return replace(param, value=least, origin=ORIGIN)
