"""The options of an analysis as one group: defined once, for every command that analyses logs.

A command decorated with ``analysis_options`` has them all on its command line, and gets them together as ``analysis``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from tokenscan.cli import options as opt
from tokenscan.cli import parsing
from tokenscan.cli.options_costs import Prices

if TYPE_CHECKING:
    from tokenscan.api import AnalyzeOptions
    from tokenscan.config import Config

GROUP = "analysis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to analyse with: the config in force and its file, if any, and what goes before it."""

    config: Config
    path: Path | None
    options: AnalyzeOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What a user may say about logs, context and rules; the fields are the options."""

    source: opt.Source = "auto"
    map: opt.Map = None
    store: opt.Stores = None
    since: opt.Since = None
    until: opt.Until = None
    as_of: opt.AsOf = None
    config: opt.ConfigFile = None
    no_config: opt.NoConfig = False
    people: opt.People = None
    outcomes: opt.Outcomes = None
    review: opt.Review = None
    timezone: opt.Timezone = None
    prices: Prices = None
    rules: opt.RuleDirs = None
    select: opt.Select = None
    ignore: opt.Ignore = None
    set: opt.Set = None
    experimental: opt.Experimental = False

    def request(self, started: datetime, *, as_of: str = "") -> Request:
        """Return the analysis asked for; "now" is ``--as-of``, else ``as_of``, else when the program ``started``.

        Raises:
            UsageError: an option or the config does not say what it should.
        """
        config, path = parsing.load(self.config, no_config=self.no_config)
        zone = self.timezone or config.timezone
        now = parsing.parse_moment(self.as_of or as_of or None, "--as-of", zone, started) or started
        options: AnalyzeOptions = {
            "source": self.source,
            "mapping": parsing.parse_mapping(self.map),
            "stores": self.store or [],
            "reviews": [parsing.parse_day(day, "--review") for day in self.review or ()],
            "as_of": now,
            "latest": parsing.latest(started),
            "rules": self.rules or [],
            "select": self.select or [],
            "ignore": self.ignore or [],
            "set": self.set or [],
            "experimental": self.experimental,
            "people": self.people,
            "outcomes": self.outcomes,
            "timezone": self.timezone,
            "prices": self.prices,
            "since": parsing.parse_moment(self.since, "--since", zone, now),
            "until": parsing.parse_moment(self.until, "--until", zone, now),
            "config_folder": path.parent if path else Path(),
        }
        return Request(config=config, path=path, options=options)


def analysis_options(command: Callable[..., int]) -> Callable[..., int]:
    """Put the options of ``Analysis`` in the place of a command's parameter ``analysis``.

    One that the command declares itself is the command's, and keeps its default in the group.
    """
    hints = get_type_hints(command, include_extras=True)
    shared = get_type_hints(Analysis, include_extras=True)
    defaults = inspect.signature(Analysis).parameters
    shared = {name: hint for name, hint in shared.items() if name not in hints}
    parameters: list[inspect.Parameter] = []
    for own in inspect.signature(command).parameters.values():
        if own.name == GROUP:
            parameters += [
                own.replace(name=name, annotation=hint, default=defaults[name].default) for name, hint in shared.items()
            ]
        else:
            parameters.append(own.replace(annotation=hints[own.name]))

    @functools.wraps(command)
    def run(**values: Any) -> int:
        group = Analysis(**{name: values.pop(name) for name in shared})
        return command(**values, **{GROUP: group})

    # What the command line library reads: the options one by one.
    run.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": int}
    return run
