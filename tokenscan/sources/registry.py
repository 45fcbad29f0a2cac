"""Which formats there are, and which one a file is in."""

from __future__ import annotations

from collections.abc import Sequence

from tokenscan.errors import InputError, UsageError
from tokenscan.sources.aside import why_aside
from tokenscan.sources.base import Container, Probe, ReadOptions, Source
from tokenscan.sources.formats.anthropic_admin import AnthropicClaudeCode, AnthropicCosts, AnthropicUsage
from tokenscan.sources.formats.anthropic_console import AnthropicConsoleCosts, AnthropicConsoleUsage
from tokenscan.sources.formats.azure_apim import AzureApim
from tokenscan.sources.formats.azure_diagnostics import AzureDiagnostics
from tokenscan.sources.formats.bedrock import Bedrock
from tokenscan.sources.formats.claude_code import ClaudeCode
from tokenscan.sources.formats.claude_headless import ClaudeHeadless
from tokenscan.sources.formats.cloudflare import Cloudflare
from tokenscan.sources.formats.codex import Codex
from tokenscan.sources.formats.codex_exec import CodexExec
from tokenscan.sources.formats.copilot_agent import CopilotAgent
from tokenscan.sources.formats.copilot_billing import CopilotBilling
from tokenscan.sources.formats.copilot_metrics import CopilotMetrics
from tokenscan.sources.formats.copilot_org import CopilotOrgMetrics
from tokenscan.sources.formats.cursor import Cursor
from tokenscan.sources.formats.cursor_admin import CursorAdmin
from tokenscan.sources.formats.cursor_daily import CursorDaily
from tokenscan.sources.formats.databricks import Databricks
from tokenscan.sources.formats.gemini_cli import GeminiCli
from tokenscan.sources.formats.helicone import Helicone
from tokenscan.sources.formats.kong import Kong
from tokenscan.sources.formats.langfuse import Langfuse
from tokenscan.sources.formats.langsmith import LangSmith
from tokenscan.sources.formats.litellm import LiteLLM
from tokenscan.sources.formats.openai_costs import OpenAICosts
from tokenscan.sources.formats.openai_usage import OpenAIUsage
from tokenscan.sources.formats.openinference import OpenInference
from tokenscan.sources.formats.openrouter import OpenRouter, OpenRouterActivity
from tokenscan.sources.formats.otel import OpenTelemetry
from tokenscan.sources.formats.portkey import Portkey
from tokenscan.sources.formats.table import Table, fields_of
from tokenscan.sources.formats.traces import ResearchTrace
from tokenscan.sources.formats.vertex import Vertex

AUTO = "auto"
SURE = 100  # the score of a full signature


def sources() -> tuple[Source, ...]:
    """Return every format this version reads."""
    return (
        AnthropicClaudeCode(),
        AnthropicConsoleCosts(),
        AnthropicConsoleUsage(),
        AnthropicCosts(),
        AnthropicUsage(),
        AzureApim(),
        AzureDiagnostics(),
        Bedrock(),
        ClaudeCode(),
        ClaudeHeadless(),
        Cloudflare(),
        Codex(),
        CodexExec(),
        CopilotAgent(),
        CopilotBilling(),
        CopilotMetrics(),
        CopilotOrgMetrics(),
        Cursor(),
        CursorAdmin(),
        CursorDaily(),
        Databricks(),
        GeminiCli(),
        Helicone(),
        Kong(),
        Langfuse(),
        LangSmith(),
        LiteLLM(),
        OpenAICosts(),
        OpenAIUsage(),
        OpenInference(),
        OpenRouter(),
        OpenRouterActivity(),
        OpenTelemetry(),
        Portkey(),
        ResearchTrace(),
        Table(),
        Vertex(),
    )


class Choices:
    """Chooses formats for the files of one run; a file with the columns of an earlier one is most likely like it."""

    def __init__(self, name: str, options: ReadOptions) -> None:
        self._name, self._options = name, options
        self._before: dict[tuple[Container, frozenset[str]], Source] = {}

    def of(self, probe: Probe) -> Source:
        """Return the format of a file. Raises as ``choose`` does."""
        shape = probe.container, probe.columns
        before = self._before.get(shape)
        if before is not None and before.score(probe, self._options) == SURE:
            return before
        chosen = self._before[shape] = choose(probe, self._name, self._options)
        return chosen


def choose(probe: Probe, name: str, options: ReadOptions) -> Source:
    """Return the format of a file: the one the user names, else the one whose signature fits best.

    Raises:
        UsageError: there is no format of that name, or two fit equally well.
        InputError: no format fits, or the file is no table though the user says so.
    """
    known = {source.name: source for source in sources()}
    if name != AUTO:
        if name not in known:
            raise UsageError(f"no source {name!r}", hint=f"sources are auto, {', '.join(sorted(known))}")
        if name == Table.name and not known[name].score(probe, options):
            raise _no_fit(probe, options)
        return known[name]
    if reason := why_aside(probe):
        raise InputError(f"{probe.file.name}: {reason}", hint="no calls to count there; leave it out")
    scores = sorted(((source.score(probe, options), source.name) for source in known.values()), reverse=True)
    best, runner_up = scores[0], scores[1]
    if best[0] == 0:
        raise _no_fit(probe, options)
    if best[0] == runner_up[0]:
        told = f"{probe.file.name}: fits {runner_up[1]} and {best[1]} equally well"
        # In a folder it is passed over and said; nobody has asked for this very file.
        raise (UsageError if probe.file.named else InputError)(told, hint="say which with --source NAME")
    return known[best[1]]


def _no_fit(probe: Probe, options: ReadOptions) -> InputError:
    fields = fields_of(probe.columns, options.mapping)
    missing = [field for field in ("timestamp", "user") if field not in fields]
    columns: Sequence[str] = sorted(probe.columns)
    if not missing:
        return InputError(
            f"{probe.file.name}: people and days, but nothing that tells of calls",
            hint="tasks completed go to --outcomes; a log without any further column must be named itself",
        )
    shown = ", ".join(columns[:20]) + (", …" if len(columns) > 20 else "")
    return InputError(
        f"{probe.file.name}: no known format, and no column for {' and '.join(missing)} (it has: {shown})",
        hint=f"name the column: --map COLUMN={missing[0] if missing else 'timestamp'}",
    )
