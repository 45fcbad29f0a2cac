"""Users' own rules, made from what a test says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.unit.calls_factory import at
from tokenscan.context.model import Context
from tokenscan.engine import run
from tokenscan.events.log import EventLog
from tokenscan.report.model import Report, Run
from tokenscan.ruleset.effective import Override, effective
from tokenscan.ruleset.load import load_rules
from tokenscan.ruleset.model import Rule
from tokenscan.settings import AnalysisOptions

NOW = at("2026-06-01")
HEAD: dict[str, Any] = {
    "schema": 1,
    "id": "acme-try",
    "version": 1,
    "kind": "sql",
    "title": "Try",
    "status": "stable",
    "since": "1.0.0",
    "severity": "low",
    "confidence": "medium",
    "description": "d.",
    "rationale": "r.",
    "remediation": "Ask.",
    "false_positives": ["an incident"],
    "message": "{value} calls",
}


def text(query: str = "", part: str = "", more: str = "", **changes: Any) -> str:
    """Return a rule file: keys that differ, a query or another part, and what comes after it."""
    head = HEAD | ({"fingerprint": ["user"]} if query else {}) | changes
    keys = "\n".join(f"{key} = {_toml(value)}" for key, value in head.items() if value is not None)
    return f"{keys}\n{part or f'[sql]{chr(10)}query = {chr(39) * 3}{query}{chr(39) * 3}'}\n{more}"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    return repr(value).replace("'", '"')


def write(folder: Path, content: str, name: str = "acme-try") -> Path:
    """Write a rule file and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(content, encoding="utf-8")
    return path


def load(folder: Path, content: str) -> Rule:
    """Return the rule that a file of this content is."""
    return load_rules([write(folder, content)], shipped=False).rules[0]


def analysed(folder: Path, content: str, log: EventLog, context: Context | None = None, **override: Any) -> Report:
    """Return the report that this one rule gives for a log."""
    rule = effective(load(folder, content), [Override(**override)] if override else ())
    info = Run(started_at=NOW, duration_s=0.0, argv=(), config=None, as_of=NOW)
    return run(log, context or Context(), [rule], AnalysisOptions(as_of=NOW), run_info=info)
