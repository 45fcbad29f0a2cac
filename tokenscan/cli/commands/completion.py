"""``tokenscan completion``: the script that lets a shell complete commands, options and values."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenscan.cli import complete
from tokenscan.cli.console import write_payload
from tokenscan.errors import UsageError

SHELLS = ("bash", "zsh", "fish")
PROGRAM = "tokenscan"


def completion(
    shell: Annotated[
        str,
        typer.Argument(
            metavar="|".join(SHELLS),
            help="Which shell.",
            show_default=False,
            autocompletion=complete.one_of(*SHELLS),
        ),
    ],
) -> None:
    """Print a script for the shell: with it, the Tab key completes commands, options, formats and rules.

    Nothing is installed: put the line below where the shell reads it when it starts.

    [bold]Examples[/bold]

      echo 'eval "$(tokenscan completion bash)"' >> ~/.bashrc
      echo 'eval "$(tokenscan completion zsh)"' >> ~/.zshrc
      tokenscan completion fish > ~/.config/fish/completions/tokenscan.fish

    [bold]Exit codes[/bold]: 0 done, 2 no such shell.
    """
    if shell not in SHELLS:
        raise UsageError(f"no completion for {shell!r}", hint=f"one of {', '.join(SHELLS)}")
    from typer._completion_shared import get_completion_script

    variable = f"_{PROGRAM.upper()}_COMPLETE"
    script = get_completion_script(prog_name=PROGRAM, complete_var=variable, shell=shell)
    if shell == "zsh":
        # `eval` at start-up, before or without the user's own compinit: the function compdef may not be there yet.
        head, _, body = script.partition("\n")
        script = f"{head}\n(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit }}\n{body}"
    write_payload(f"{script}\n", None)
