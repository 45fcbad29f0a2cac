"""Ten labelled accounts whose scores can be worked out by hand, and reports to score.

Risks: gamers 90, 70, 45, 10; innocent 65, 50 (a service), 45, 0, 0, 0.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LABELS = """\
user,label,kind,dose,waste_tokens,note
g1@x.example,gamer,loop,full,1000,
g2@x.example,gamer,loop,half,500,
g3@x.example,gamer,ring,full,,nobody knows how much
g4@x.example,gamer,ring,half,300,
h1@x.example,honest,batch,,,
h2@x.example,honest,plain,,,
h3@x.example,honest,plain,,0,
h4@x.example,honest,plain,,,
h5@x.example,honest,plain,,,
svc,service,ci,,,
"""

PEOPLE = (
    # Each person: name, risk, waste; each finding: rule, weight, strength, waste by itself.
    ("g1@x.example", 90.0, 800, [("scripted-timing", 0.9, 1.0, 800), ("duplicate-share", 0.5, 0.5, 300)]),
    ("g2@x.example", 70.0, 700, [("scripted-timing", 0.7, 1.0, 700)]),
    ("h1@x.example", 65.0, 50, [("duplicate-share", 0.5, 0.5, 20), ("copied-prompt", 0.65, 1.0, 50)]),
    ("svc", 50.0, 10, [("scripted-timing", 0.5, 1.0, 10)]),
    ("g3@x.example", 45.0, 40, [("copied-prompt", 0.45, 1.0, 40)]),
    ("h2@x.example", 45.0, 0, [("copied-prompt", 0.45, 1.0, 0)]),
    ("g4@x.example", 10.0, 0, [("above-peers", 0.1, 1.0, 0)]),
    ("h3@x.example", 0.0, 0, [("volume-band", 0.0, 1.0, 0)]),
    ("h4@x.example", 0.0, 0, []),
    ("h5@x.example", 0.0, 0, []),
)
RULES = ("above-peers", "copied-prompt", "duplicate-share", "scripted-timing", "unused-answers", "volume-band")


def band(risk: float) -> str:
    return "strong" if risk >= 60 else "worth_a_look" if risk >= 40 else "none"


def report(people: Any = PEOPLE, **changes: Any) -> dict[str, Any]:
    """Return a report of version 1 with what an evaluation reads of it."""
    persons, findings = [], []
    for user, risk, waste, hits in people:
        marks = [f"{user}/{rule}" for rule, *_ in hits]
        persons.append({"user": user, "risk": risk, "band": band(risk), "waste_tokens": waste, "findings": marks})
        findings += [
            {
                "fingerprint": mark,
                "rule_id": rule,
                "subject": {"kind": "user", "user": user, "team": None},
                "weight": weight,
                "strength": strength,
                "impact": {"waste_tokens": claimed},
                "state": "new",
                "suppression": None,
            }
            for mark, (rule, weight, strength, claimed) in zip(marks, hits, strict=True)
        ]
    total = sum(person["waste_tokens"] for person in persons)
    document = {
        "schema_version": "1.0",
        "tool": {"name": "tokenscan", "version": "0.1.0", "rules_digest": "b2:1"},
        "run": {"as_of": "2026-04-06T00:00:00Z"},
        "input": {"complete": True, "users": len(persons), "service_accounts": []},
        "totals": {"waste_tokens": {"low": 900, "expected": total, "high": 2000}},
        "people": persons,
        "teams": [],
        "findings": findings,
        "rules": [
            {"id": rule, "status": "not_evaluated", "reason": "no export has the column used"}
            if rule == "unused-answers"
            else {"id": rule, "status": "ran", "reason": None}
            for rule in RULES
        ],
    }
    return document | changes


def write(folder: Path, document: Any = None, labels: str = LABELS, name: str = "") -> tuple[str, str]:
    """Write a report and its labels and return their paths."""
    first, second = folder / f"report{name}.json", folder / f"labels{name}.csv"
    first.write_text(json.dumps(report() if document is None else document), encoding="utf-8")
    second.write_text(labels, encoding="utf-8")
    return str(first), str(second)
