"""The savings ledger of model tiers in the JSON report, schema version 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokenscan.report.numbers import dollars

if TYPE_CHECKING:
    from tokenscan.report.savings import Saving, Savings


def savings_dict(savings: Savings) -> dict[str, Any]:
    """Return what running work on the tier that it needs would save; it is no waste and in no sum of waste."""
    return {
        "days": savings.days,
        "calls": savings.calls,
        "cost_usd": dollars(savings.cost),
        "unknown_calls": savings.unknown_calls,
        "unknown_cost_usd": dollars(savings.unknown_cost),
        "fitting_calls": savings.fitting_calls,
        "fitting_cost_usd": dollars(savings.fitting_cost),
        "claimed_as_waste_usd": dollars(savings.left_out),
        "total": _saving(savings.total),
        "by_team": [{"team": line.team} | _saving(line.saving) for line in savings.by_team],
        "by_work": [
            {"work": line.work, "tier": line.tier, "basis": line.basis} | _saving(line.saving)
            for line in savings.by_work
        ],
        "by_model": [
            {
                "model": line.model,
                "provider": line.provider,
                "tier": line.tier,
                "needed": line.needed,
                "recommended": line.recommended,
                "in_use": line.in_use,
            }
            | _saving(line.saving)
            for line in savings.by_model
        ],
        "moves": [
            {
                "tier": line.tier,
                "target": line.target,
                "calls": line.calls,
                "cost_usd": dollars(line.cost),
                "cost_there_usd": dollars(line.cost_there),
            }
            for line in savings.moves
        ],
    }


def _saving(saving: Saving) -> dict[str, Any]:
    return {
        "calls": saving.calls,
        "cost_usd": dollars(saving.cost),
        "saving_usd": {
            "low": dollars(saving.low),
            "expected": dollars(saving.expected),
            "high": dollars(saving.high),
        },
    }
