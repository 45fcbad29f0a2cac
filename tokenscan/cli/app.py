"""The command line's frame: commands, usage errors, exit codes. Heavy libraries load inside the commands."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer._click.exceptions import ClickException
from typer._click.exceptions import UsageError as ClickUsageError
from typer.core import TyperGroup

from tokenscan import __version__
from tokenscan.cli.commands import (
    analyze,
    baseline,
    completion,
    costs,
    evaluate,
    explain,
    forecast,
    ingest,
    inspect,
    pseudonym,
    query,
    rules,
    schema,
    simulate,
)
from tokenscan.cli.console import ClosedPipeError, show_error
from tokenscan.cli.exit_codes import ExitCode, error_code
from tokenscan.cli.help import HELP_NAMES, PROGRAM, in_order, plain_switch, unify
from tokenscan.errors import TokenscanError

_LOG_SUFFIXES = (".parquet", ".csv", ".jsonl", ".ndjson", ".json", ".gz", ".zst")


class _Commands(TyperGroup):
    """Commands in the order a newcomer needs them, with a hint where somebody names a file first."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        unify(self)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands in the order of the help."""
        return in_order(super().list_commands(ctx))

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the program's own options, as plain as those of its commands."""
        params = super().get_params(ctx)
        for param in params:
            plain_switch(param)
        return params

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; a path in its place is most likely meant for ``analyze``."""
        name = args[0] if args else ""
        if name and name not in self.commands and (Path(name).exists() or name.lower().endswith(_LOG_SUFFIXES)):
            raise ClickUsageError(f"{name!r} is no command. Did you mean: tokenscan analyze {name}", ctx)
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": HELP_NAMES},
    help="""Find waste and gaming in exported LLM usage logs, offline, and explain every finding.

    [bold]Examples[/bold]

      tokenscan analyze logs.parquet
      tokenscan analyze exports/ --people people.csv --outcomes outcomes.csv
      tokenscan analyze exports/ -f json | jq '.people[0]'
      tokenscan explain ts1:5d41402a exports/
      tokenscan costs exports/ --by team --by month
      tokenscan inspect exports/
      tokenscan ingest exports/ --store usage
      tokenscan rules show personal-spike

    tokenscan COMMAND --help tells more of each. Any option can come from a variable instead: --min-severity from
    TOKENSCAN_MIN_SEVERITY.

    [bold]Exit codes[/bold]: 0 done (there may be findings), 1 --fail-on met, 2 usage, config or rule invalid,
    3 no usable input, 4 incomplete, 70 internal error, 130 interrupted, 141 reader gone.
    """,
)
app.command("analyze")(analyze.analyze)
app.command("costs")(costs.costs)
app.command("explain")(explain.explain)
app.command("inspect")(inspect.inspect)
app.command("ingest")(ingest.ingest)
app.command("forecast")(forecast.forecast)
app.add_typer(rules.app, name="rules")
app.command("query")(query.query)
app.add_typer(baseline.app, name="baseline")
app.add_typer(pseudonym.app, name="pseudonym")
app.command("simulate")(simulate.simulate)
app.command("evaluate")(evaluate.evaluate)
app.command("schema")(schema.schema)
app.command("completion")(completion.completion)


def _version(*, wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"tokenscan {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=lambda v: _version(wanted=v), is_eager=True
        ),
    ] = False,
) -> None:
    pass


def main(args: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    try:
        code = app(args=args, prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
    except TokenscanError as error:
        show_error(error)
        return error_code(error)
    except ClickException as error:
        from typer.rich_utils import rich_format_error

        rich_format_error(error)
        return ExitCode.USAGE
    except (BrokenPipeError, ClosedPipeError):
        # The reader has gone: whatever is still buffered must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.CLOSED_PIPE
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("tokenscan: interrupted\n")
        return ExitCode.INTERRUPTED
    except Exception as error:
        return _internal(error)
    return int(code) if isinstance(code, int) else ExitCode.DONE


def _internal(error: Exception) -> int:
    """Report a bug without a traceback, which could quote the log; TOKENSCAN_LOG=debug shows it."""
    from tokenscan.report.text import clean

    if os.environ.get("TOKENSCAN_LOG") == "debug":
        raise error
    sys.stderr.write(f"tokenscan: internal error: {type(error).__name__}: {clean(str(error), limit=500)}\n")
    sys.stderr.write("  please report this; TOKENSCAN_LOG=debug shows where it happened\n")
    return ExitCode.INTERNAL
