"""Put everything on money and measures together."""

from __future__ import annotations

from tokenscan.economics.basis import Basis, by_day
from tokenscan.economics.gaming import gaming_notes
from tokenscan.economics.growth import growth
from tokenscan.economics.leaderboard import leaderboards
from tokenscan.economics.measures import measures
from tokenscan.economics.savings import tier_savings
from tokenscan.economics.waste import waste_in_money
from tokenscan.report.economics import Economics


def economics(basis: Basis) -> Economics:
    """Return waste in money, the ranking without it, the growth it made, and the measures of outcomes."""
    days = by_day(basis)
    return Economics(
        waste=waste_in_money(basis, days),
        leaderboards=leaderboards(basis, days),
        growth=growth(basis, days),
        measures=measures(basis.tables, frozenset(days.teams)),
        metrics=gaming_notes(_known(basis)),
        savings=tier_savings(basis.tables, basis.tiers, claimed=basis.ledger.rows),
    )


def _known(basis: Basis) -> frozenset[str]:
    """Return what a report on this log has figures of."""
    calls, told = basis.tables.calls, basis.context.outcomes
    known = {
        "calls": calls.height > 0,
        "cost": calls["cost_nanousd"].is_not_null().any(),
        "text": calls["text"].any(),
        "used": calls["used"].is_not_null().any(),
        "tasks": told["tasks_completed"].is_not_null().any(),
        "errors": told["errors"].is_not_null().any(),
        "hours_ai": told["hours_ai"].is_not_null().any(),
        "lead": told["lead_time_hours"].is_not_null().any(),
    }
    return frozenset(name for name, there in known.items() if there)
