"""Tell text a person typed from text a program put in the user's place.

Coding agents send their own notices as user messages: slash-command wrappers, shell output, summaries of an earlier
conversation, interruptions; their editor plug-ins put what is open on screen before what was typed. Counted as prompts
they inflate every per-person figure. The patterns are plain regular expressions that Python's and Rust's engines read
alike, so that line decoders and Polars share them.
"""

from __future__ import annotations

import re

import polars as pl

# White space as both engines have it: the separators are such to Python only.
_SPACE = r"[\s\x1c-\x1f]*"
_START = "^" + _SPACE
# A person chose to run it, but did not write it: an act, never evidence about wording.
COMMAND = _START + r"(?:<command-(?:name|message|args)>|<local-command-stdout>|<local-command-stderr>)"
HARNESS = (
    _START + r"(?:<bash-(?:input|stdout|stderr)>|<task-notification>|<system-reminder>|<user-prompt-submit-hook>"
    r"|<local-command-caveat>|<teammate-message[ >]"
    r"|\[Request interrupted by user"
    r"|Caveat: The messages below were generated"
    r"|This session is being continued from a previous conversation"
    r"|Operation stopped by hook:"
    r"|<environment_context>|<user_instructions>|# AGENTS\.md instructions for |<turn_aborted>|<user_shell_command>"
    r"|<subagent_notification>|<session_context>|This is the Gemini CLI\. We are setting up the context for our chat)"
)
# What an editor tells before the typed text: open file, selection, diagnostics.
EDITOR = (
    f"^(?:{_SPACE}(?:<ide_[a-z_]+>(?s:.*?)</ide_[a-z_]+>"
    rf"|# Context from my IDE setup:(?s:.*?)\n## My request for Codex:))+{_SPACE}"
)
_COMMAND, _HARNESS, _EDITOR = re.compile(COMMAND), re.compile(HARNESS), re.compile(EDITOR)


def typed_text(text: str) -> str:
    """Return a text without what an editor put before it; nothing where there is no more to it."""
    return _EDITOR.sub("", text)


def kind_of(text: str) -> str:
    """Return the prompt kind of one text: ``human``, ``command`` or ``harness``."""
    typed = typed_text(text)
    if text and not typed:
        return "harness"
    if _COMMAND.match(typed):
        return "command"
    return "harness" if _HARNESS.match(typed) else "human"


def kind_expr(text: pl.Expr) -> pl.Expr:
    """Return the prompt kind of a text column, null where there is no text."""
    typed = text.str.replace(EDITOR, "")
    return (
        pl.when(text.is_null())
        .then(None)
        .when((typed == "") & (text != ""))
        .then(pl.lit("harness"))
        .when(typed.str.contains(COMMAND))
        .then(pl.lit("command"))
        .when(typed.str.contains(HARNESS))
        .then(pl.lit("harness"))
        .otherwise(pl.lit("human"))
    )
