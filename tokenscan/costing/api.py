"""``tokenscan.costs``: the cost report for notebooks and other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, Unpack

from tokenscan.config import Config, load_config
from tokenscan.context.load import LoadedContext, load_context
from tokenscan.costing.build import cost_report
from tokenscan.costing.model import CostReport, Key
from tokenscan.errors import UsageError
from tokenscan.events.log import EventLog
from tokenscan.loading import load_log
from tokenscan.pricing.contract import price_book
from tokenscan.privacy.secret import read_key
from tokenscan.reading import InputOptions, Progress, silent
from tokenscan.settings import AnalysisOptions

Paths = str | Path | Sequence[str | Path]
DEFAULT = (Key.TEAM,)


class CostOptions(TypedDict, total=False):
    """Options of ``costs`` beside the config; they go before it."""

    source: str
    mapping: Mapping[str, str]
    stores: Sequence[str | Path]
    people: str | Path | None
    timezone: str | None
    since: datetime | None
    until: datetime | None
    as_of: datetime
    latest: datetime
    prices: str | Path | None
    max_bad_share: float
    strict: bool
    key_file: str | Path | None
    progress: Progress
    config_folder: Path


def parse_keys(names: Sequence[str]) -> tuple[Key, ...]:
    """Return what to break costs down by, each once.

    Raises:
        UsageError: one of them is nothing that costs can be broken down by.
    """
    known = {key.value: key for key in Key}
    for name in names:
        if name not in known:
            raise UsageError(f"--by {name!r}", hint=f"one of {', '.join(known)}")
    return tuple(dict.fromkeys(known[name] for name in names))


def costs(
    log_or_paths: EventLog | Paths,
    by: str | Sequence[str] = DEFAULT,
    config: Config | str | Path | None = None,
    **options: Unpack[CostOptions],
) -> CostReport:
    """Return what calls cost, by any of user, team, model, app, provider, day, week and month, in that order.

    ``config`` is a ``tokenscan.toml``, a loaded one, or nothing for the defaults. Without ``as_of`` the last call in
    the log is "now". Raises InputError where nothing usable is there, UsageError where an option is wrong.
    """
    keys = parse_keys([by] if isinstance(by, str) else by)
    folder = options.get("config_folder", Path())
    if isinstance(config, str | Path):
        folder, config = Path(config).parent, load_config(Path(config))
    config = config or Config()
    given, people = options.get("prices"), options.get("people")
    file = Path(given) if given else None
    prices = price_book(config, file)
    key = options.get("key_file")
    secret = read_key(Path(key)) if key else None
    context = load_context(config, folder, people=Path(people) if people else None, timezone=options.get("timezone"))
    log = log_or_paths if isinstance(log_or_paths, EventLog) else _read(log_or_paths, context, file, options)
    last = log.events["timestamp"].max()
    settings = AnalysisOptions(
        as_of=options.get("as_of", last if isinstance(last, datetime) else datetime(1970, 1, 1, tzinfo=UTC)),
        since=options.get("since"),
        until=options.get("until"),
        max_bad_share=options.get("max_bad_share", 0.01),
        strict=options.get("strict", False),
        prices=prices,
        budgets=tuple(config.budgets),
        secret=secret,
        notes=context.notes,
    )
    return cost_report(log, context.context, keys, settings)


def _read(paths: Paths, context: LoadedContext, prices: Path | None, options: CostOptions) -> EventLog:
    names = [str(paths)] if isinstance(paths, str | Path) else [str(path) for path in paths]
    reading = InputOptions(
        source=options.get("source", "auto"),
        mapping=options.get("mapping", {}),
        latest=options.get("latest"),
        ignore=(*context.files, *([prices] if prices else [])),
    )
    stores = [Path(store) for store in options.get("stores", ())]
    return load_log(names, stores, reading, options.get("progress", silent), texts=False)
