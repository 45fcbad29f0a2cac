"""Which formats there are, and which one a file is in."""

from __future__ import annotations

from collections.abc import Sequence

from tokenscan.errors import InputError, UsageError
from tokenscan.sources.aside import why_aside
from tokenscan.sources.base import Probe, ReadOptions, Source
from tokenscan.sources.formats.claude_code import ClaudeCode
from tokenscan.sources.formats.litellm import LiteLLM
from tokenscan.sources.formats.table import Table, fields_of

AUTO = "auto"


def sources() -> tuple[Source, ...]:
    """Return every format this version reads."""
    return (ClaudeCode(), LiteLLM(), Table())


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
        raise UsageError(
            f"{probe.file.name}: fits {runner_up[1]} and {best[1]} equally well", hint="say which with --source NAME"
        )
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
