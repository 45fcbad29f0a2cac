"""``tokenscan simulate``: write a labelled population."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenscan.cli import complete, parsing
from tokenscan.cli import options as opt
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import ExitCode

_WHO, _OUT = "Who", opt.OUTPUT

Out = Annotated[Path, typer.Argument(metavar="OUT", help="A new folder.", show_default=False)]
People = Annotated[
    int, typer.Option("--people", metavar="N", help="People, services not counted.", rich_help_panel=_WHO)
]
Days = Annotated[int, typer.Option("--days", metavar="N", help="Length of the period.", rich_help_panel=_WHO)]
Start = Annotated[str, typer.Option("--start", metavar="DATE", help="First day.", rich_help_panel=_WHO)]
Seed = Annotated[
    int, typer.Option("--seed", metavar="N", help="Which draw; the same seed, the same bytes.", rich_help_panel=_WHO)
]
Preset = Annotated[
    str,
    typer.Option(
        "--preset",
        metavar="NAME",
        help="base, hard (evasive gamers, more odd honest people) or easy.",
        autocompletion=complete.one_of("base", "hard", "easy"),
        rich_help_panel=_WHO,
    ),
]
Share = Annotated[float, typer.Option("--gamer-share", metavar="SHARE", help="Share of gamers.", rich_help_panel=_WHO)]
Kinds = Annotated[
    Path | None,
    typer.Option(
        "--kinds", metavar="FILE", help="Kinds of people of your own, see docs/simulate.md.", rich_help_panel=_WHO
    ),
]
Format = Annotated[
    str,
    typer.Option(
        "-f",
        "--format",
        metavar="FORMAT",
        help="table, csv, litellm, claude-code or mixed.",
        rich_help_panel=_OUT,
        autocompletion=complete.one_of("table", "csv", "litellm", "claude-code", "mixed"),
    ),
]
NoText = Annotated[bool, typer.Option("--no-text", help="Logs without prompts.", rich_help_panel=_OUT)]


def simulate(
    out: Out,
    people: People = 200,
    days: Days = 90,
    start: Start = "2026-01-05",
    seed: Seed = 1,
    preset: Preset = "base",
    gamer_share: Share = 0.08,
    kinds: Kinds = None,
    format: Format = "table",  # noqa: A002 - the word users type
    no_text: NoText = False,
    quiet: opt.Quiet = False,
    no_progress: opt.NoProgress = False,
) -> int:
    """Write logs of a fictional organisation, with people, outcomes and configuration, and who games in it.

    [bold]Examples[/bold]

      tokenscan simulate draw1 --seed 1
      tokenscan analyze draw1/logs --config draw1/tokenscan.toml -f json --all-people -o report.json
      tokenscan evaluate report.json draw1/labels.csv

    [bold]Exit codes[/bold]: 0 done, 2 usage or a file of kinds is invalid.
    """
    from tokenscan.simulate.live import live
    from tokenscan.simulate.options import Options
    from tokenscan.simulate.write import check, write

    options = Options(
        people=people,
        days=days,
        start=parsing.parse_day(start, "--start"),
        seed=seed,
        preset=preset,
        gamer_share=gamer_share,
        kinds=kinds,
    )
    check(out, format, text=not no_text)
    console = Console(verbosity=-1 if quiet else 0, progress=not no_progress)
    with console.bar() as progress:
        lives = live(options, progress)
    write(lives, out, format, text=not no_text)
    if not quiet:
        gamers = sum(person.kind.label == "gamer" for person in lives.people)
        told = f"{out}: {lives.calls.height:,} calls of {len(lives.people):,} accounts, {gamers:,} of them gamers\n"
        write_payload(told, None)
    return ExitCode.DONE
