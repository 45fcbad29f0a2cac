"""What the Tab key offers for values of options. Quick: nothing is loaded for it, and tests keep the lists true."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

FORMATS = ("table", "json", "jsonl", "csv", "markdown", "html", "sarif", "ocsf")
LEVELS = ("info", "low", "medium", "high", "critical")
CONFIDENCES = ("low", "medium", "high")
COLORS = ("auto", "always", "never")
STATES = ("new", "worse", "unchanged", "resolved")
FAMILIES = ("behaviour", "calendar", "content", "custom", "integrity", "organisation", "outcome", "volume")
GATES = (*LEVELS, *(f"new:{level}" for level in LEVELS), "waste:", "share:", "budget", "budget:watch")
SOURCES = (
    "auto",
    "anthropic-claude-code",
    "anthropic-console-costs",
    "anthropic-console-usage",
    "anthropic-costs",
    "anthropic-usage",
    "azure-apim",
    "azure-diagnostics",
    "bedrock",
    "claude-code",
    "claude-headless",
    "cloudflare",
    "codex",
    "codex-exec",
    "copilot-agent",
    "copilot-billing",
    "copilot-metrics",
    "copilot-org-metrics",
    "cursor",
    "cursor-admin",
    "cursor-daily",
    "databricks",
    "gemini-cli",
    "helicone",
    "kong",
    "langfuse",
    "langsmith",
    "litellm",
    "openai-costs",
    "openai-usage",
    "openinference",
    "openrouter",
    "openrouter-activity",
    "otel",
    "portkey",
    "research-trace",
    "table",
    "vertex",
)

Completer = Callable[[Any, str], list[str]]


def one_of(*words: str) -> Completer:
    """Offer fixed words."""

    def offered(ctx: Any, incomplete: str) -> list[str]:  # noqa: ARG001 - how the library calls it
        return [word for word in words if word.startswith(incomplete)]

    return offered


def several_of(*words: str) -> Completer:
    """Offer words for a list with commas: after "new," the others."""

    def offered(ctx: Any, incomplete: str) -> list[str]:  # noqa: ARG001
        before, comma, last = incomplete.rpartition(",")
        said = before.split(",")
        return [before + comma + word for word in words if word.startswith(last) and word not in said]

    return offered


def rules(ctx: Any, incomplete: str) -> list[str]:
    """Offer rule ids: a rule's file bears its name, so none has to be read."""
    return [name for name in _rule_ids(ctx.params.get("rules") or ()) if name.startswith(incomplete)]


def selections(ctx: Any, incomplete: str) -> list[str]:
    """Offer what picks rules: ids and families."""
    return [*rules(ctx, incomplete), *(name for name in FAMILIES if name.startswith(incomplete))]


def parameters(ctx: Any, incomplete: str) -> list[str]:
    """Offer the beginning of RULE.PARAM=VALUE."""
    return [f"{name}." for name in _rule_ids(ctx.params.get("rules") or ()) if name.startswith(incomplete)]


def also(ctx: Any, incomplete: str) -> list[str]:  # noqa: ARG001
    """Offer the beginning of FORMAT=FILE."""
    return [f"{name}=" for name in FORMATS if name.startswith(incomplete)]


def zones(ctx: Any, incomplete: str) -> list[str]:  # noqa: ARG001
    """Offer IANA time zones."""
    import zoneinfo

    return sorted(name for name in zoneinfo.available_timezones() if name.startswith(incomplete))


def _rule_ids(further: Iterable[Path | str]) -> list[str]:
    package = Path(__file__).resolve().parents[1]
    inside = package / "_rules"
    folders = [inside if inside.is_dir() else package.parent / "rules", *map(Path, further)]
    return sorted({file.stem for folder in folders for file in folder.rglob("*.toml")})
