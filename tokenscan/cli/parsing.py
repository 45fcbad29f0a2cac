"""Read what users write as values of options; what cannot be read is answered with how to write it."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tokenscan.errors import UsageError

if TYPE_CHECKING:
    from tokenscan.config import Config


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
