"""Read what users write as values of options; what cannot be read is answered with how to write it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tokenscan.errors import UsageError

if TYPE_CHECKING:
    from tokenscan.config import Config


COLORS = ("auto", "always", "never")

Output = tuple[str, Path | None]


def check_choice(option: str, value: str, choices: Iterable[str]) -> None:
    """Refuse a word that an option does not have."""
    choices = tuple(choices)
    if value not in choices:
        raise UsageError(f"{option} {value!r}", hint=f"one of {', '.join(choices)}")


def check_format(name: str, formats: Iterable[str]) -> None:
    """Refuse a format that a command does not write."""
    formats = tuple(formats)
    if name not in formats:
        raise UsageError(f"unknown format {name!r}", hint=f"formats: {', '.join(formats)}")


def check_folder(target: Path | None) -> None:
    """Refuse a file whose folder is not there, before any work is done."""
    if target is not None and not target.parent.is_dir():
        raise UsageError(f"{target}: no folder {target.parent}", hint="make it first")


def parse_outputs(
    name: str, output: Path | None, also: Sequence[str] | None, formats: Iterable[str], example: str
) -> list[Output]:
    """Return (format, file) of each output; ``also`` has FORMAT=FILE, as in ``example``. All are refused or none."""
    outputs: list[Output] = [(name, output)]
    for entry in also or ():
        kind, _, file = entry.partition("=")
        if not file:
            raise UsageError(f"--also {entry!r}", hint=f"write --also FORMAT=FILE, e.g. --also {example}")
        outputs.append((kind, Path(file)))
    for kind, target in outputs:
        check_format(kind, formats)
        check_folder(target)
    return outputs


def parse_mapping(entries: list[str] | None) -> dict[str, str]:
    """Read ``COLUMN=FIELD`` pairs; a column may itself hold an equals sign."""
    pairs = [entry.rpartition("=") for entry in entries or ()]
    for column, _, field in pairs:
        if not column or not field:
            raise UsageError(f"--map {column}{field!r}", hint="write --map COLUMN=FIELD, e.g. --map who=user")
    return {column: field for column, _, field in pairs}


def parse_day(text: str, option: str) -> date:
    """Read YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r} is no date", hint="write YYYY-MM-DD") from error


def parse_days(text: str, option: str) -> timedelta:
    """Read a span of days such as ``180d``."""
    span = re.fullmatch(r"(\d{1,5})d", text)
    if span is None or not int(span[1]):
        raise UsageError(f"{option} {text!r} is no span of days", hint=f"write {option} 180d")
    return timedelta(days=int(span[1]))


def parse_moment(text: str | None, option: str, zone: str, now: datetime) -> datetime | None:
    """Read a date or time (in ``zone`` unless it has an offset), or a span before now such as ``7d`` or ``12h``."""
    if text is None:
        return None
    span = re.fullmatch(r"(\d{1,4})([dh])", text)
    if span:
        return now - (timedelta(days=int(span[1])) if span[2] == "d" else timedelta(hours=int(span[1])))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r} is no date", hint="write YYYY-MM-DD, or a span such as 7d") from error
    if moment.tzinfo:
        return moment.astimezone(UTC)
    from tokenscan.context.zones import in_zone

    return in_zone(moment, zone)


def latest(now: datetime) -> datetime:
    """Return the latest time a call can have: a day of grace, for local times that an export passes off as UTC."""
    return now + timedelta(days=1)


def parse_share(text: str) -> float:
    """Read a share of rows: ``1%`` or ``0.01``."""
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise UsageError(f"--max-bad-rows {text!r}", hint="a share of the rows, such as 1% or 0.01")
    return share


def load(config: Path | None, *, no_config: bool) -> tuple[Config, Path | None]:
    """Return the config in force and its file: ``--config``, else the one of this folder, else defaults."""
    from tokenscan.config import Config, find_config, load_config

    if no_config and config is not None and str(config) == os.environ.get("TOKENSCAN_CONFIG"):
        config = None  # an option goes before a variable
    if config is not None and no_config:
        raise UsageError("--config and --no-config exclude each other")
    path = config if config is not None or no_config else find_config(Path())
    return (load_config(path) if path else Config()), path
