"""The key behind pseudonyms: a file that holds random bytes and that only its owner can read."""

from __future__ import annotations

import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from tokenscan.errors import UsageError

HEAD = "tokenscan-key-1:"
MAKE = "tokenscan pseudonym new-key"
_BYTES = 32
_FORM = re.compile(rf"{HEAD}([0-9a-f]{{{2 * _BYTES}}})\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """The key, 64 hex digits as they stand in the file. It is not part of any text that this object makes."""

    digits: str = field(repr=False)

    @property
    def key_id(self) -> str:
        """Return eight hex digits that tell keys apart and say nothing about the key."""
        frame = pl.select(keyed(pl.lit("key"), "which", self))
        return str(frame.item())[:8]


def keyed(values: pl.Expr, what: str, secret: Secret) -> pl.Expr:
    """Hash text under the key: HMAC-SHA256 (RFC 2104), 64 hex digits; null stays null.

    ``what`` is hashed along (``what``, a zero byte, the text), so that one name used for two things has two hashes.
    """
    import polars_hash

    text = pl.concat_str(pl.lit(f"{what}\0"), values)
    return polars_hash.CryptographicHashingNameSpace(text).hmac_sha256(key=secret.digits)


def read_key(path: Path) -> Secret:
    """Read a key file.

    Raises:
        UsageError: it is not there, or holds no key: a password is none.
    """
    try:
        content = path.read_text(encoding="ascii")
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no key file there", hint=f"make one: {MAKE} {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: no key file ({error})", hint=f"make one elsewhere: {MAKE} FILE") from error
    found = _FORM.fullmatch(content)
    if found is None or len(set(found[1])) < 4:
        raise UsageError(f"{path} holds no key: a password is none", hint=f"make one elsewhere: {MAKE} FILE")
    return Secret(digits=found[1])


def write_key(path: Path) -> Secret:
    """Make a key from the system's randomness and write it to a new file that only its owner can read.

    Raises:
        UsageError: the file is there already, or cannot be written.
    """
    digits = secrets.token_hex(_BYTES)
    try:
        place = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(place, "w", encoding="ascii") as file:
            file.write(f"{HEAD}{digits}\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        hint = "reports made with a key can be compared and resolved only with that key; name another file"
        raise UsageError(f"{path} is there already, and is left as it is", hint=hint) from error
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written ({error.strerror})", hint="name a file in a folder of yours"
        ) from error
    return Secret(digits=digits)


def open_to_others(path: Path) -> bool:
    """Return whether others than the owner may read the file; a system without such rights says no."""
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
