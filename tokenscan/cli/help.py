"""What the help of all commands has in common, and the environment variable that each option has.

Done once for all commands, so that one that is added is like the others without knowing of it.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.models import OptionInfo

from tokenscan.cli import options as opt
from tokenscan.cli.options_privacy import PRIVACY

PROGRAM = "tokenscan"
PREFIX = "TOKENSCAN_"
HELP_NAMES = ["-h", "--help"]
_LAST = (opt.INPUT, opt.CONTEXT, opt.RULES, PRIVACY, opt.SHOWN, opt.OUTPUT, opt.EXIT, opt.TERMINAL)
_COMMANDS = {
    "Find and explain": ("analyze", "explain", "inspect", "ingest", "baseline", "pseudonym"),
    "Count the money": ("costs", "forecast"),
    "Rules": ("rules", "query"),
    "Measure tokenscan itself": ("simulate", "evaluate"),
    "Look up": ("schema", "completion"),
}
_CODES = "[bold]Exit codes[/bold]"
_WIDTH = 77  # of a terminal of 80, less its margins
_OWN = {"--format", "--output"}  # what one command is to write is no matter of another
_USUAL = {"--format": opt.OUTPUT, "--output": opt.OUTPUT, "--help": opt.TERMINAL}


def commands(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command and group below a group with its names, e.g. ("rules", "list")."""
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, TyperGroup):
            yield from commands(command, (*path, name))


def unify(group: TyperGroup) -> None:
    """Give all commands below a group the same order of panels, the same form of help, and variables for options."""
    shared = _shared()
    group.help = _reflowed(group.help or "", ())
    for panel, names in _COMMANDS.items():
        for name in names:
            if name in group.commands:
                group.commands[name].rich_help_panel = panel  # type: ignore[attr-defined]
    for path, command in commands(group):
        command.help = _reflowed(command.help or "", path if isinstance(command, TyperGroup) else ())
        usual = command.get_help_option(typer.Context(command, help_option_names=HELP_NAMES))
        if not isinstance(command, TyperCommand):
            plain_switch(usual)
            continue
        for param in (*command.params, usual):
            if isinstance(param, TyperOption):
                _placed(param)
        for option in options(command):
            option.envvar = option.envvar or variable(option, path, shared)
            # Shown where it counts: in the help and in an error, if the variable is set.
            option.show_envvar = option.envvar in os.environ
        command.params.sort(key=_rank)


def in_order(names: Iterable[str]) -> list[str]:
    """Return names of commands as a newcomer needs them; those that are not known here come last."""
    known = [name for group in _COMMANDS.values() for name in group]
    return sorted(names, key=lambda name: known.index(name) if name in known else len(known))


def options(command: TyperCommand) -> Iterator[TyperOption]:
    """Yield the options of a command that do something for it, in the order of its help."""
    for param in command.params:
        if isinstance(param, TyperOption) and not param.hidden:
            yield param


def long_name(option: TyperOption) -> str:
    """Return the name of an option that begins with two dashes."""
    return next((name for name in option.opts if name.startswith("--")), option.opts[0])


def variable(option: TyperOption, path: tuple[str, ...], shared: frozenset[tuple[str, str]] | None = None) -> str:
    """Return the environment variable of an option: one for all commands where it means the same in all of them."""
    name = long_name(option)
    common = (name, option.help or "") in (_shared() if shared is None else shared)
    words = (() if common else path) + (name.strip("-"),)
    return PREFIX + "_".join(words).replace("-", "_").upper()


def plain_switch(param: Any) -> None:
    """Say no type beside a switch, which takes no value."""
    if isinstance(param, TyperOption) and param.is_flag:
        param.metavar = ""


def _placed(option: TyperOption) -> None:
    plain_switch(option)
    if option.metavar is None and option.type_descriptor.is_ranged:
        option.metavar = "N"
    if not option.rich_help_panel:
        option.rich_help_panel = _USUAL.get(long_name(option))


def _rank(param: Any) -> int:
    """Return the place of a parameter's panel: a command's own ones come first."""
    panel = getattr(param, "rich_help_panel", None)
    if isinstance(param, TyperArgument):
        return -1
    return _LAST.index(panel) + 1 if panel in _LAST else 0


def _shared() -> frozenset[tuple[str, str]]:
    """Return long name and help of the options that commands share.

    A name that several modules give to different options is that of `options.py`; the others' are their commands' own.
    """
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith(opt.__name__)]
    annotations = [one for module in modules for one in vars(module).values()]
    shared: dict[str, str] = {}
    for info in (part for one in annotations for part in get_args(one) if isinstance(part, OptionInfo)):
        # In an annotation, what would be an option's default is its first name.
        for name in (str(info.default), *(info.param_decls or ())):
            if name.startswith("--") and name not in _OWN:
                shared.setdefault(name, info.help or "")
    return frozenset(shared.items())


def _reflowed(text: str, group: tuple[str, ...]) -> str:
    """Return a help text whose paragraphs fill the line, whatever width it is shown at; examples keep their lines."""
    paragraphs = [part for part in inspect.cleandoc(text).split("\n\n") if part.strip()]
    told = [_examples(part) if part.startswith(" ") else " ".join(part.split()) for part in paragraphs]
    if not group and _CODES not in text:
        told.append(f"{_CODES}: 0 done, 2 usage or config.")
    if group:
        told.append(f"{PROGRAM} {' '.join(group)} COMMAND --help tells more of each.")
    return "\n\n".join(told)


def _examples(lines: str) -> str:
    """Return examples that a narrow terminal can show and a shell can take as they are: long ones go on below."""
    return "\n".join(_folded(line) for line in lines.splitlines())


def _folded(line: str) -> str:
    if len(line) <= _WIDTH:
        return line
    # Before an option or a pipe, and not within quotes: an even number of them follows.
    breaks = [found.start() for found in re.finditer(r""" (?=(-|\|)(?:[^'"]*(['"]).*?\2)*[^'"]*$)""", line)]
    places = [place for place in breaks if 4 < place <= _WIDTH - 2]
    if not places:
        return line
    return f"{line[: places[-1]]} \\\n{_folded('     ' + line[places[-1] :])}"
