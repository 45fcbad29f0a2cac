"""``tokenscan.forecast``: forecasts for notebooks and other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from tokenscan.api import AnalyzeOptions, Paths, prepare
from tokenscan.config import Config, load_config
from tokenscan.economics.savings_table import tier_table
from tokenscan.engine import establish
from tokenscan.errors import UsageError
from tokenscan.events.log import EventLog
from tokenscan.forecasting.entry import Asked, ForecastOptions, asked, from_log, from_numbers
from tokenscan.forecasting.model import Forecast
from tokenscan.pricing.contract import price_book


def forecast(
    log_or_paths: EventLog | Paths | None = None,
    config: Config | str | Path | None = None,
    *,
    analysis: AnalyzeOptions | None = None,
    **options: Unpack[ForecastOptions],
) -> Forecast:
    """Return what spend will be under stated assumptions.

    From logs, the base is what they show; ``analysis`` holds options as of ``tokenscan.analyze``. Without logs it is
    ``monthly_usd``, or ``tokens`` with ``usd_per_million``, or a saved ``report``. Raises UsageError for numbers that
    make no sense, InputError where nothing usable is there.
    """
    question = asked(options)
    given: AnalyzeOptions = analysis or {}
    if log_or_paths is None and not given.get("stores"):
        return _without_logs(question, config, given.get("prices"))
    if question.says_spend:
        raise UsageError("spend is given by logs and in numbers", hint="leave out the logs or the numbers")
    prepared = prepare([] if log_or_paths is None else log_or_paths, ((),), config, **given)
    facts = None
    if not question.says_waste:
        facts = establish(prepared.ground, prepared.variants[0], prepared.settings, prepared.progress)
    return from_log(question, prepared.ground, facts, prepared.settings)


def _without_logs(question: Asked, config: Config | str | Path | None, prices: str | Path | None) -> Forecast:
    if isinstance(config, str | Path):
        config = load_config(Path(config))
    config = config or Config()
    return from_numbers(question, price_book(config, Path(prices) if prices else None), tier_table(config.tiers))
