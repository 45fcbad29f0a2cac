"""Errors that a person can act on. Each maps to one exit code in ``tokenscan.cli.exit_codes``."""

from __future__ import annotations


class TokenscanError(Exception):
    """Base of every expected error; ``hint`` says what to do next."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(TokenscanError):
    """An option, a config file or a rule file is invalid (exit code 2)."""


class InputError(TokenscanError):
    """No usable input: no file matched, or no row became an event (exit code 3)."""
