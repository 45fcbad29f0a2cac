"""``tokenscan pseudonym``: the key behind pseudonyms, and the way back from one, which leaves a record."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokenscan.cli import complete, parsing
from tokenscan.cli import options as opt
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import ExitCode
from tokenscan.cli.options_privacy import KeyFile, key_path
from tokenscan.errors import InputError, UsageError

if TYPE_CHECKING:
    from tokenscan.context.model import Context
    from tokenscan.events.log import EventLog
    from tokenscan.privacy.secret import Secret

app = typer.Typer(
    no_args_is_help=True,
    help="""Make the key for --pseudonymize, and find who stands behind a pseudonym.

    [bold]Examples[/bold]

      tokenscan pseudonym new-key audit.key
      tokenscan analyze logs/ --people people.csv --pseudonymize --key-file audit.key
      tokenscan pseudonym of ann@example.com --people people.csv --key-file audit.key
      tokenscan pseudonym reveal person-3f9a1c0b2d4e5f60 --people people.csv --key-file audit.key --reason "OPS-12"
    """,
)
Format = Annotated[
    str,
    typer.Option(
        "-f",
        "--format",
        metavar="FORMAT",
        help="text or json.",
        rich_help_panel=opt.OUTPUT,
        autocompletion=complete.one_of("text", "json"),
    ),
]
Where = Annotated[
    list[str] | None, typer.Argument(metavar="PATH", help="The logs, for names no people file has.", show_default=False)
]
LEAST_REASON = 3


@app.command("new-key")
def new_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")],
) -> int:
    """Make a key: random, in a new file that only you can read. Print its id, which tells keys apart in reports.

    [bold]Examples[/bold]

      tokenscan pseudonym new-key audit.key

    [bold]Exit codes[/bold]: 0 done, 2 the file is there already, or cannot be written.
    """
    from tokenscan.privacy.secret import write_key

    write_payload(f"{write_key(file).key_id}\n", None)
    Console().note(f"{file}: whoever has it can find the names behind pseudonyms; nobody can without it")
    return ExitCode.DONE


@app.command("of")
def of(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="A person, as the logs or the people file say.")],
    people: opt.People = None,
    config: opt.ConfigFile = None,
    no_config: opt.NoConfig = False,
    key_file: KeyFile = None,
    format: Format = "text",  # noqa: A002 - the word users type
) -> int:
    """Say under which pseudonym somebody stands in reports made with a key, so that they can ask for their record.

    [bold]Examples[/bold]

      tokenscan pseudonym of ann@example.com --people people.csv --key-file audit.key

    [bold]Exit codes[/bold]: 0 done, 2 usage, or no such key.
    """
    from tokenscan.privacy.pseudonyms import pseudonyms

    parsing.check_format(format, ("text", "json"))
    secret, context = _secret(key_file), _context(people, config, no_config=no_config)
    kinds = {kind: set(context.people.filter(kind=kind)["user"]) for kind in ("service", "human")}
    resolved = {name: _resolved(name, context) for name in names}
    found = pseudonyms(resolved.values(), secret, services=kinds["service"], humans=kinds["human"])
    told = {name: found[user] for name, user in resolved.items()}
    if format == "json":
        write_payload(json.dumps(told, indent=2) + "\n", None)
    else:
        write_payload("".join(f"{pseudonym}\n" for pseudonym in told.values()), None)
    return ExitCode.DONE


@app.command("reveal")
def reveal(
    pseudonym: Annotated[str, typer.Argument(metavar="PSEUDONYM", help="One, as it stands in a report.")],
    paths: Where = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why, and who agreed: it is recorded.", show_default=False)
    ] = "",
    log: Annotated[
        Path | None,
        typer.Option("--log", metavar="FILE", help="Where it is recorded; else beside the key.", show_default=False),
    ] = None,
    people: opt.People = None,
    config: opt.ConfigFile = None,
    no_config: opt.NoConfig = False,
    source: opt.Source = "auto",
    map: opt.Map = None,  # noqa: A002 - the word users type
    store: opt.Stores = None,
    key_file: KeyFile = None,
    format: Format = "text",  # noqa: A002
) -> int:
    """Find the one name behind a pseudonym, from a people file or logs. Needs the key and a reason, which is recorded.

    Also for what a report calls call-, session-, task- and file-: these stand in the logs.

    [bold]Examples[/bold]

      tokenscan pseudonym reveal person-3f9a1c0b2d4e5f60 --people people.csv --key-file audit.key --reason "OPS-12"
      tokenscan pseudonym reveal call-f63cef29d287cf0a logs/ --key-file audit.key --reason "OPS-12"

    [bold]Exit codes[/bold]: 0 found, 2 usage or no reason, 3 not among the names given.
    """
    from tokenscan.privacy.reveal import behind, record

    parsing.check_format(format, ("text", "json"))
    if len(reason.strip()) < LEAST_REASON:
        hint = 'write --reason "OPS-12, agreed with the works council"'
        raise UsageError("a name is told for a reason only, and the reason is recorded", hint=hint)
    secret, context = _secret(key_file), _context(people, config, no_config=no_config)
    logs = _logs(paths, source, map, store)
    if logs is None and context.people.is_empty():
        raise UsageError("no names to look among", hint="give --people FILE, or the logs as PATH")
    found = behind(pseudonym, secret, context, logs)
    if not found:
        hint = "another key gives other pseudonyms; a name may also be missing from the people file or the logs"
        raise InputError(f"{pseudonym}: not among the names given", hint=hint)
    kept = log or _beside(key_file)
    record(kept, datetime.now(UTC), pseudonym, reason.strip())
    Console().note(f"recorded in {kept}")
    write_payload(_told(pseudonym, found, format), None)
    return ExitCode.DONE


def _told(pseudonym: str, found: tuple[str, ...], format: str) -> str:  # noqa: A002
    from tokenscan.report.text import clean_id, escape_json

    if format == "json":
        return escape_json(json.dumps({"pseudonym": pseudonym, "names": list(found)}, ensure_ascii=False)) + "\n"
    return "".join(f"{clean_id(name)}\n" for name in found)


def _secret(key_file: Path | None) -> Secret:
    from tokenscan.privacy.secret import read_key

    path = key_path(key_file, wanted=True, make=False)
    assert path is not None
    return read_key(path)


def _beside(key_file: Path | None) -> Path:
    path = key_path(key_file, wanted=True, make=False)
    assert path is not None
    return path.with_name(re.sub(r"\.key$", "", path.name) + ".revealed.jsonl")


def _context(people: Path | None, config: Path | None, *, no_config: bool) -> Context:
    from tokenscan.context.load import load_context

    settings, path = parsing.load(config, no_config=no_config)
    return load_context(settings, path.parent if path else Path(), people=people).context


def _logs(
    paths: list[str] | None, source: str, mapping: list[str] | None, stores: list[Path] | None
) -> EventLog | None:
    if not paths and not stores:
        return None
    from tokenscan.api import read_logs

    latest = parsing.latest(datetime.now(UTC))
    return read_logs(
        paths or [], source=source, mapping=parsing.parse_mapping(mapping), stores=stores or [], latest=latest
    )


def _resolved(name: str, context: Context) -> str:
    """Return the person behind a name, as an analysis finds them."""
    import polars as pl

    from tokenscan.context.attribute import resolved_user

    return str(pl.DataFrame({"user": [name]}).select(resolved_user(context, "user")).item())
