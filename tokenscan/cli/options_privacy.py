"""Options about what a report may tell of people, and where the key for pseudonyms comes from."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from tokenscan.errors import UsageError

PRIVACY = "What may be told of people"
KEY_VARIABLE = "TOKENSCAN_KEY_FILE"
LEVELS = ("person", "team")

Pseudonymize = Annotated[
    bool,
    typer.Option(
        "--pseudonymize",
        help="Pseudonyms for people, accounts, sessions, calls and files, in every output.",
        rich_help_panel=PRIVACY,
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="FILE",
        help=f"The key for --pseudonymize; else ${KEY_VARIABLE}, else one of your own, made when first needed.",
        show_default=False,
        rich_help_panel=PRIVACY,
    ),
]
Level = Annotated[
    str,
    typer.Option(
        "--level",
        metavar="LEVEL",
        help="person, or team: a report in which nobody is named or counted.",
        rich_help_panel=PRIVACY,
    ),
]
NoText = Annotated[
    bool,
    typer.Option(
        "--no-text",
        help="Keep only hashes and sketches of prompts once they are read; finds fewer near duplicates.",
        rich_help_panel=PRIVACY,
    ),
]
ShowText = Annotated[
    int,
    typer.Option(
        "--show-text",
        metavar="N",
        help="Show N example prompts a finding, masked, secrets taken out; else no text is shown.",
        rich_help_panel=PRIVACY,
        min=0,
    ),
]
Replies = Annotated[
    Path | None,
    typer.Option(
        "--replies",
        metavar="FILE",
        help="What the people concerned answered: a CSV with fingerprint and reply.",
        rich_help_panel=PRIVACY,
    ),
]


def key_path(key_file: Path | None, *, wanted: bool, make: bool = True) -> Path | None:
    """Return the key file in force: ``--key-file``, else the environment's, else the user's own, made if need be.

    None where no pseudonyms are wanted. A file that was named is never made: a typo would make new pseudonyms. Nor is
    one made where only a key that was in use can help (``make`` false).

    Raises:
        UsageError: a key without ``--pseudonymize``, or no place for a key of the user's own.
    """
    if not wanted:
        if key_file is not None:
            raise UsageError("--key-file does nothing without --pseudonymize", hint="add it, or names will be shown")
        return None
    named = key_file or (Path(os.environ[KEY_VARIABLE]) if os.environ.get(KEY_VARIABLE) else None)
    path = named or own_key()
    from tokenscan.privacy.secret import open_to_others, write_key

    if named is None and make and not path.exists():
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            hint = "tokenscan pseudonym new-key FILE; then --key-file FILE"
            raise UsageError(f"{path.parent}: no folder for a key ({error.strerror})", hint=hint) from error
        write_key(path)
        _say(f"made a key for pseudonyms, {path}: keep it, and keep it from the reports' readers")
    if path.is_file() and open_to_others(path):
        _say(f"others may read the key for pseudonyms: chmod 600 {path}")
    return path


def own_key() -> Path:
    """Return where the user's own key belongs (XDG Base Directory: what is the user's data, not settings).

    Raises:
        UsageError: this user has no home.
    """
    folder = os.environ.get("XDG_DATA_HOME", "")
    try:
        data = Path(folder) if folder.startswith("/") else Path.home() / ".local" / "share"
    except RuntimeError as error:
        hint = f"tokenscan pseudonym new-key FILE; then --key-file FILE or {KEY_VARIABLE}=FILE"
        raise UsageError("no key for pseudonyms, and no home folder to keep one in", hint=hint) from error
    return data / "tokenscan" / "pseudonym.key"


def check_level(level: str, show_text: int) -> None:
    """Refuse what does not go together.

    Raises:
        UsageError: an unknown level, or people's words in a report that counts no people.
    """
    if level not in LEVELS:
        raise UsageError(f"--level {level!r}", hint=f"one of {', '.join(LEVELS)}")
    if level == "team" and show_text:
        raise UsageError(
            "--show-text shows people's prompts; a report by team shows none", hint="leave one of them out"
        )


def _say(text: str) -> None:
    """Tell what must not be missed, even by a run that is told to be quiet."""
    from tokenscan.report.text import clean

    print(f"tokenscan: {clean(text, limit=2000)}", file=sys.stderr)  # noqa: T201 - a warning of the command line
