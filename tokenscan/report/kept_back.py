"""What a report keeps back of people or hides by decision, in words."""

from __future__ import annotations

from tokenscan.findings.model import SuppressionStatus, SuppressionUse
from tokenscan.report.model import Privacy
from tokenscan.report.numbers import plural

_STATUS = {
    SuppressionStatus.UNUSED: "matches nothing",
    SuppressionStatus.EXPIRED: "expired, its findings are shown again",
    SuppressionStatus.NOT_LOOKED_FOR: "its rule did not run",
}


def decision_words(entry: SuppressionUse) -> str:
    """Return a decision to suppress as one line: rule, reason, end, whose it is, what it does."""
    decision = entry.decision
    does = _STATUS.get(entry.status) or f"hides {plural(entry.findings, 'finding')}"
    parts = (
        f"{entry.rule}: {decision.reason}",
        f"until {decision.expires.isoformat()}",
        decision.owner and f"owner {decision.owner}",
        decision.ticket and f"ticket {decision.ticket}",
        does,
    )
    return "; ".join(part for part in parts if part)


def privacy_words(privacy: Privacy) -> str:
    """Return what is kept back of people; empty where everything is shown."""
    parts = []
    if privacy.by_team:
        parts.append("By team: nobody is named or counted, and what concerns single people is left out.")
    elif privacy.key_id:
        parts.append(f"People stand under pseudonyms (key {privacy.key_id}).")
    if parts:
        parts.append(f"Teams of fewer than {privacy.min_group_size} people are told of together only.")
    if privacy.left_out:
        parts.append(f"{plural(privacy.left_out, 'finding')} about fewer people left out.")
    return " ".join(parts)
