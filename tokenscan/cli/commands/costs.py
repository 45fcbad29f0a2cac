"""``tokenscan costs``: where the money went, and how budgets stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tokenscan.cli import options as opt
from tokenscan.cli import options_costs as cost
from tokenscan.cli import options_privacy as private
from tokenscan.cli import parsing
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import ExitCode, budget_met, costs_code, parse_gate
from tokenscan.cli.options_analysis import Analysis
from tokenscan.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenscan.cli.exit_codes import Gate
    from tokenscan.cli.options_analysis import Request
    from tokenscan.costing.api import CostOptions
    from tokenscan.costing.model import CostReport


def costs(
    paths: opt.Paths = None,
    by: cost.By = None,
    format: cost.Format = "table",  # noqa: A002 - the word users type
    output: opt.Output = None,
    also: opt.Also = None,
    source: opt.Source = "auto",
    map: opt.Map = None,  # noqa: A002 - the word users type
    store: opt.Stores = None,
    since: opt.Since = None,
    until: opt.Until = None,
    as_of: opt.AsOf = None,
    timezone: cost.TimezoneForAll = None,
    max_bad_rows: opt.MaxBadRows = "1%",
    strict: opt.Strict = False,
    config: opt.ConfigFile = None,
    no_config: opt.NoConfig = False,
    people: opt.People = None,
    prices: cost.Prices = None,
    top: cost.Top = 40,
    sort: cost.Sort = None,
    fail_on: cost.FailOn = None,
    pseudonymize: private.Pseudonymize = False,
    key_file: private.KeyFile = None,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    color: opt.Color = "auto",
    width: opt.Width = None,
    no_progress: opt.NoProgress = False,
) -> int:
    """Say what the calls cost: by person, team, model, app, provider, day, week or month, in any combination.

    Calls without a user, team or price have lines of their own. No rule runs and no prompt is compared, so this is much
    quicker than an analysis; calls are counted and priced as there, so the totals are the same.

    [bold]Examples[/bold]

      tokenscan costs exports/
      tokenscan costs exports/ --by team --by month --people people.csv
      tokenscan costs --store usage --by model --since 30d
      tokenscan costs --store usage --by user --sort change --top 10
      tokenscan costs --store usage --by month -f csv -o costs.csv --also json=costs.json
      tokenscan costs exports/ --prices contract.csv --by provider
      tokenscan costs --store usage -q --fail-on budget > /dev/null

    [bold]Exit codes[/bold]: 0 done, 1 --fail-on met, 2 usage, config or prices, 3 no usable input, 4 incomplete.
    """
    started = datetime.now(UTC)
    console = Console(verbosity=-1 if quiet else int(verbose), color=color, width=width, progress=not no_progress)
    if not paths and not store:
        raise UsageError("nothing to add up", hint="tokenscan costs logs.parquet; see tokenscan costs --help")
    outputs = parsing.parse_outputs(format, output, also, cost.FORMATS, "json=costs.json")
    gates = _gates(fail_on or [])
    parsing.check_choice("--color", color, parsing.COLORS)
    if sort is not None:
        parsing.check_choice("--sort", sort, cost.SORTS)
    asked = Analysis(
        source=source, map=map, store=store, since=since, until=until, as_of=as_of, config=config, no_config=no_config,
        people=people, timezone=timezone, prices=prices,
    )  # fmt: skip
    keys = [key.strip() for text in by or ["team"] for key in text.split(",")]
    rest: CostOptions = {
        "max_bad_share": parsing.parse_share(max_bad_rows),
        "strict": strict,
        "key_file": private.key_path(key_file, wanted=pseudonymize),
    }
    report = _run(paths or [], keys, asked.request(started), rest, console)
    _write(report, outputs, console, top=top, sort=sort)
    return _finish(report, console, gates)


def _gates(texts: Sequence[str]) -> tuple[Gate, ...]:
    for text in texts:
        parsing.check_choice("--fail-on", text, cost.GATES)
    return tuple(parse_gate(text) for text in texts)


def _run(paths: list[str], by: Sequence[str], request: Request, rest: CostOptions, console: Console) -> CostReport:
    from tokenscan.costing.api import costs as cost_report
    from tokenscan.costing.api import parse_keys

    parse_keys(by)
    if request.path is not None:
        console.note(f"config: {request.path}", level=1)
    given = request.options
    options: CostOptions = {
        **rest,
        "source": given["source"],
        "mapping": given["mapping"],
        "stores": given["stores"],
        "people": given["people"],
        "timezone": given["timezone"],
        "prices": given["prices"],
        "since": given["since"],
        "until": given["until"],
        "as_of": given["as_of"],
        "latest": given["latest"],
        "config_folder": given["config_folder"],
    }
    with console.bar() as progress:
        options["progress"] = progress
        return cost_report(paths, by, request.config, **options)


def _write(
    report: CostReport, outputs: list[tuple[str, Path | None]], console: Console, *, top: int, sort: str | None
) -> None:
    from tokenscan.costing.formats import render
    from tokenscan.costing.order import sorted_by

    if sort is not None:
        report = replace(report, lines=sorted_by(report.lines, sort))
    for kind, file in outputs:
        choices = console.payload_options() | {"top": top, "is_sorted": sort is not None}
        if file is not None:
            choices |= {"color": console.color == "always", "ascii_only": False}
        write_payload(render(report, kind, **choices), file)


def _finish(report: CostReport, console: Console, gates: tuple[Gate, ...]) -> int:
    from tokenscan.report.numbers import money, plural

    code = costs_code(report, gates)
    if code is ExitCode.INCOMPLETE:
        told = [plural(report.input.bad_rows, "unreadable row")] if report.input.bad_rows else []
        console.note(f"tokenscan: incomplete: {'; '.join([*told, *report.input.broken])}", level=-1)
    for budget in report.budgets:
        if any(budget_met(gate, [budget]) for gate in gates):
            used = f"{money(budget.used_nanousd)} of {money(budget.monthly_nanousd)}"
            console.note(f"tokenscan: budget {budget.level}: {budget.name}: {used}", level=-1)
    if gates and not report.budgets:
        console.note("tokenscan: --fail-on budget, but the config has no [[budgets]]", level=-1)
    return code
