"""Read labels: who gamed, in what way, and how many tokens it wasted."""

from __future__ import annotations

import enum
import re
from pathlib import Path

import polars as pl

from tokenscan.context.read_table import ROW, read_table
from tokenscan.errors import InputError, UsageError

COLUMNS = ("user", "label", "kind", "dose", "waste_tokens", "note")
UNSPECIFIED = "unspecified"
_HINT = "columns: user, label (honest, gamer or service), kind; dose, waste_tokens and note where known"
_TOKENS = re.compile(r"\d{1,15}(?:\.0+)?")


class Label(enum.StrEnum):
    """The truth about an account."""

    GAMER = "gamer"
    HONEST = "honest"
    SERVICE = "service"


LABELS = pl.Schema(
    {"user": pl.String, "label": pl.String, "kind": pl.String, "dose": pl.String, "waste_tokens": pl.Int64}
)


def read_labels(path: Path) -> pl.DataFrame:
    """Return one row an account (``LABELS``), in the order of the file.

    A kind that is not given is "unspecified"; ``waste_tokens`` is null where the file does not tell. Only
    gamers have a dose. Addresses are compared in lower case, as reports write them.

    Raises:
        InputError: the file cannot be read, names an account twice, or holds a label or number that is none.
    """
    try:
        frame, _ = read_table(path, COLUMNS, "user")
    except UsageError as error:
        raise InputError(str(error), hint=error.hint or _HINT) from error
    if frame.is_empty():
        raise InputError(f"{path}: no labels in it", hint=_HINT)
    if frame["label"].is_null().all():
        raise InputError(f"{path}: no column 'label', or nothing in it", hint=_HINT)
    trimmed = frame.with_columns(pl.col(*COLUMNS).str.strip_chars().replace("", None))
    named = trimmed.with_columns(
        user=same_name(pl.col("user")),
        label=pl.col("label").str.to_lowercase(),
        kind=pl.col("kind").fill_null(UNSPECIFIED),
    )
    _refuse(path, named)
    waste = pl.col("waste_tokens").str.replace(r"\.0+$", "").cast(pl.Int64)
    dose = pl.when(pl.col("label") == Label.GAMER).then(pl.col("dose"))
    return named.with_columns(waste, dose).select(LABELS.names())


def same_name(column: pl.Expr) -> pl.Expr:
    """Return names as an analysis compares them: addresses in lower case, anything else as it stands."""
    return pl.when(column.str.contains("@", literal=True)).then(column.str.to_lowercase()).otherwise(column)


def _refuse(path: Path, frame: pl.DataFrame) -> None:
    """Raise for the first row that cannot be used."""
    known = [one.value for one in Label]
    seen: dict[str, int] = {}
    for row, user, label, waste in frame.select(ROW, "user", "label", "waste_tokens").iter_rows():
        where = f"{path}: row {row}"
        if user is None:
            raise InputError(f"{where}: no user", hint=_HINT)
        if label not in known:
            raise InputError(f"{where}: label {label or ''!r:.60}", hint=f"one of {', '.join(known)}")
        if waste is not None and not _TOKENS.fullmatch(waste):
            raise InputError(f"{where}: waste_tokens {waste!r:.60}", hint="a whole number of tokens, or empty")
        if user in seen:
            raise InputError(f"{where}: {user!r:.200} has a label already, in row {seen[user]}", hint="one row each")
        seen[user] = row
