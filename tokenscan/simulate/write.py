"""Write a whole population into a folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from tokenscan.errors import UsageError
from tokenscan.simulate.functions import AGENT_APP, API_APP
from tokenscan.simulate.live import Lives
from tokenscan.simulate.writing.write_claude_code import write_claude_code, write_sessions
from tokenscan.simulate.writing.write_context import write_context
from tokenscan.simulate.writing.write_litellm import write_litellm, write_spend_logs
from tokenscan.simulate.writing.write_table import write_csv, write_parquet


def _write_mixed(lives: Lives, folder: Path, *, text: bool) -> None:
    """Write agents' sessions as Claude Code files, calls of the API as a gateway's log, the rest as a table."""
    app = pl.col("app")
    sessions = lives.calls.filter(app == AGENT_APP)
    write_sessions(lives, sessions, folder / "claude_code" / "projects", text=text)
    (folder / "litellm").mkdir()
    with (folder / "litellm" / "spend_logs.jsonl").open("wb") as file:
        write_spend_logs(lives, lives.calls.filter(app == API_APP), file, text=text)
    rest = lives.calls.filter(~app.is_in([AGENT_APP, API_APP]))
    write_parquet(replace(lives, calls=rest), folder, text=text)


FORMATS: dict[str, Callable[..., None]] = {
    "table": write_parquet,
    "csv": write_csv,
    "litellm": write_litellm,
    "claude-code": write_claude_code,
    "mixed": _write_mixed,
}
_NEED_TEXT = ("claude-code", "mixed")


def check(out: Path, log_format: str, *, text: bool) -> None:
    """Make sure that a population can be written.

    Raises:
        UsageError: an unknown format, one that cannot do without text, or a folder that holds something.
    """
    if log_format not in FORMATS:
        raise UsageError(f"unknown format {log_format!r}", hint=f"formats: {', '.join(FORMATS)}")
    if not text and log_format in _NEED_TEXT:
        raise UsageError(f"{log_format} files hold prompts always", hint="--no-text goes with table, csv and litellm")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is not an empty folder", hint="name a new one")


def write(lives: Lives, out: Path, log_format: str = "table", *, text: bool = True) -> None:
    """Write logs, context files, configuration and labels below ``out``, whole or not at all.

    Raises:
        UsageError: see ``check``.
    """
    check(out, log_format, text=text)
    draft = out.with_name(f".{out.name}.draft")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(draft, ignore_errors=True)
        (draft / "logs").mkdir(parents=True)
        FORMATS[log_format](lives, draft / "logs", text=text)
        write_context(lives, draft)
        if out.exists():
            out.rmdir()
        draft.rename(out)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise UsageError(f"{out}: cannot be written ({error.strerror})", hint="check the folder") from error
