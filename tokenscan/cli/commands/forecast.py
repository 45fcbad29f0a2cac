"""``tokenscan forecast``: what spend will be, from logs or from plain numbers."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokenscan.cli import complete, parsing
from tokenscan.cli import options as opt
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import ExitCode
from tokenscan.cli.options_analysis import Analysis, analysis_options
from tokenscan.errors import UsageError

if TYPE_CHECKING:
    from tokenscan.api import AnalyzeOptions
    from tokenscan.config import Config
    from tokenscan.forecasting.entry import ForecastOptions
    from tokenscan.forecasting.model import Forecast

SCENARIOS = ("base", "adoption", "gaming", "monitored", "prices", "mix", "combined", "combined-monitored")
TODAY, ASSUMED = "Today, instead of logs", "What is assumed"

_Text = str | None


def _option(
    name: str,
    metavar: str,
    help: str,  # noqa: A002 - the word the library uses
    panel: str,
    words: tuple[str, ...] = (),
) -> object:
    return typer.Option(
        name,
        metavar=metavar,
        help=help,
        rich_help_panel=panel,
        autocompletion=complete.one_of(*words) if words else None,
    )


People = Annotated[
    _Text,
    _option("--people", "N|FILE", "How many people there are; or a file of who is who.", TODAY),
]
Monthly = Annotated[_Text, _option("--monthly-usd", "USD", "What is spent a month.", TODAY)]
Tokens = Annotated[
    _Text, _option("--tokens", "N/PERIOD", "Tokens a day, week or month, such as 100000/day.", TODAY)
]  # fmt: skip
TokensEach = Annotated[_Text, _option("--tokens-per-person", "N/PERIOD", "The same for each of --people.", TODAY)]
Price = Annotated[_Text, _option("--usd-per-million", "USD", "What a million tokens cost.", TODAY)]
Waste = Annotated[
    _Text, _option("--waste-share", "SHARE", "Share of spend that is waste; else what findings claim.", TODAY)
]
Multiplier = Annotated[
    _Text,
    _option(
        "--multiplier",
        "X",
        "Target-seeking spends so many times what work needs: 2.5. With plain numbers and no --waste-share, today's "
        "spend is taken to be that already.",
        ASSUMED,
    ),
]
ReportFile = Annotated[
    Path | None, _option("--report", "FILE", "Take the share of waste from a JSON report; - for stdin.", TODAY)
]  # fmt: skip
Months = Annotated[int, _option("--months", "N", "Months to look ahead.", ASSUMED)]
AdoptionWay = Annotated[
    _Text,
    _option(
        "--adoption", "FROM:TO", "Share of people using AI, now and in the last month; TO alone with logs.", ASSUMED
    ),
]
Path_ = Annotated[str, _option("--adoption-path", "NAME", "logistic or linear.", ASSUMED, ("logistic", "linear"))]
Monitored = Annotated[str, _option("--monitored-waste", "SHARE", "What waste falls to when monitored.", ASSUMED)]
Growth = Annotated[_Text, _option("--price-growth", "RATE", "Change of prices a year; may be below 0.", ASSUMED)]
Mix = Annotated[
    list[str] | None,
    _option(
        "--mix",
        "FROM:TO=SHARE",
        "Share of all spend that moves to another tier, such as premium:mini=0.3. Without it, with logs: all work on "
        "the tier it needs. Repeatable.",
        ASSUMED,
    ),
]
TierPrice = Annotated[
    list[str] | None,
    _option("--tier-price", "TIER=USD", "What a million tokens cost on a tier. Repeatable.", ASSUMED),
]
Remove = Annotated[str, _option("--remove", "SHARE", "Share of waste to remove.", ASSUMED)]
Cost = Annotated[_Text, _option("--cost-of-monitoring-usd", "USD", "What removing it costs a month.", ASSUMED)]
Ramp = Annotated[int, _option("--ramp", "N", "Month in which a change of waste is complete.", ASSUMED)]
Only = Annotated[
    list[str] | None, _option("--scenario", "NAME", "Only this one, beside today. Repeatable.", opt.SHOWN, SCENARIOS)
]  # fmt: skip
Format = Annotated[
    str,
    typer.Option(
        "-f",
        "--format",
        metavar="FORMAT",
        help="table, json, csv or markdown.",
        rich_help_panel=opt.OUTPUT,
        autocompletion=complete.one_of("table", "json", "csv", "markdown"),
    ),
]


@analysis_options
def forecast(
    analysis: Analysis,
    paths: opt.Paths = None,
    people: People = None,
    monthly_usd: Monthly = None,
    tokens: Tokens = None,
    tokens_per_person: TokensEach = None,
    usd_per_million: Price = None,
    waste_share: Waste = None,
    report: ReportFile = None,
    months: Months = 12,
    adoption: AdoptionWay = None,
    adoption_path: Path_ = "logistic",
    multiplier: Multiplier = None,
    monitored_waste: Monitored = "15%",
    price_growth: Growth = None,
    mix: Mix = None,
    tier_price: TierPrice = None,
    remove: Remove = "50%",
    cost_of_monitoring_usd: Cost = None,
    ramp: Ramp = 1,
    scenario: Only = None,
    format: Format = "table",  # noqa: A002 - the word users type
    output: opt.Output = None,
    max_bad_rows: opt.MaxBadRows = "1%",
    strict: opt.Strict = False,
    quiet: opt.Quiet = False,
    color: opt.Color = "auto",
    width: opt.Width = None,
    no_progress: opt.NoProgress = False,
) -> int:
    """Say what spend will be if more people use AI, if use is gamed or monitored, if prices or models change.

    From logs, or from plain numbers. Every line shows the formula that gives it.

    [bold]Examples[/bold]

      tokenscan forecast --people 2000 --monthly-usd 120000 --multiplier 2.5
      tokenscan forecast --monthly-usd 50000 --waste-share 30% --remove 50% --cost-of-monitoring-usd 2000
      tokenscan forecast --tokens 100000/day --usd-per-million 5
      tokenscan forecast logs.parquet --people people.csv --adoption 80%
      tokenscan forecast exports/ --report report.json --price-growth -20% --months 24 -f csv
      tokenscan forecast --store usage --mix premium:mini=0.3 --scenario mix

    [bold]Exit codes[/bold]: 0 done, 2 usage or config, 3 no usable input or no known price, 4 incomplete (the forecast
    says so).
    """
    from tokenscan.forecasting.build import only
    from tokenscan.forecasting.formats import known

    console = Console(verbosity=-1 if quiet else 0, color=color, width=width, progress=not no_progress)
    known(format)
    parsing.check_choice("--color", color, parsing.COLORS)
    parsing.check_folder(output)
    shown = _scenarios(scenario)
    count, file = _people(people)
    given: ForecastOptions = {
        "months": months, "people": count, "monthly_usd": monthly_usd, "tokens": tokens,
        "tokens_per_person": tokens_per_person, "usd_per_million": usd_per_million, "waste_share": waste_share,
        "report": sys.stdin.buffer.read() if report == Path("-") else report,
        "adoption": adoption, "adoption_path": adoption_path, "multiplier": multiplier,
        "monitored_waste": monitored_waste, "price_growth": price_growth, "mix": mix or (),
        "tier_price": tier_price or (), "remove": remove, "cost_of_monitoring_usd": cost_of_monitoring_usd,
        "ramp": ramp,
    }  # fmt: skip
    asked = replace(analysis, people=file).request(datetime.now(UTC))
    options: AnalyzeOptions = {**asked.options, "max_bad_share": parsing.parse_share(max_bad_rows), "strict": strict}
    found = _forecast(paths or [], asked.config, given, options, console)
    write_payload(_rendered(only(found, shown), format, console, to_file=output is not None), output)
    if not found.complete:
        console.note("tokenscan: incomplete: see tokenscan inspect for what could not be read", level=-1)
    return ExitCode.DONE if found.complete else ExitCode.INCOMPLETE


def _scenarios(names: list[str] | None) -> frozenset[str]:
    for name in names or ():
        if name not in SCENARIOS:
            raise UsageError(f"--scenario {name[:60]!r}", hint=f"one of {', '.join(SCENARIOS)}")
    return frozenset(names or ())


def _people(given: str | None) -> tuple[str | None, Path | None]:
    """Tell a number of people from a file of them."""
    if given is None:
        return None, None
    plain = given.strip().replace("_", "").removeprefix("-")
    if plain.replace(".", "", 1).isdigit() and not Path(given).is_file():
        return given.strip(), None
    return None, Path(given)


def _forecast(
    paths: list[str], config: Config, given: ForecastOptions, options: AnalyzeOptions, console: Console
) -> Forecast:
    from tokenscan.forecasting.api import forecast as compute

    logs = bool(paths or options["stores"])
    spend = ("monthly_usd", "tokens", "tokens_per_person", "report")
    if not logs and all(given.get(name) is None for name in spend):
        raise UsageError(
            "nothing to forecast from",
            hint="name logs, or give --monthly-usd 120000; see tokenscan forecast --help",
        )
    if not logs and options["people"] is not None:
        raise UsageError(
            f"--people {options['people']}: no number", hint="without logs it is how many people there are"
        )
    with console.bar() as progress:
        options["progress"] = progress
        return compute(paths if logs else None, config, analysis=options, **given)


def _rendered(forecast: Forecast, format: str, console: Console, *, to_file: bool) -> str:  # noqa: A002
    if format != "table":
        return forecast.render(format)
    options = console.payload_options()
    if to_file:
        options |= {"color": console.color == "always", "ascii_only": False}
    return forecast.render("table", **options)
