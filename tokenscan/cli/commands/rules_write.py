"""``tokenscan rules new`` and ``tokenscan rules lock``: the commands that write rule files and their lock."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenscan.cli import options as opt
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import ExitCode
from tokenscan.errors import UsageError

KINDS = ("sql", "filter")


def new_rule(
    rule: Annotated[str, typer.Argument(metavar="ID", help="Id of the rule, with a prefix of yours.")],
    kind: Annotated[str, typer.Option("--kind", metavar="|".join(KINDS), help="SQL, or a plain condition.")] = "sql",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Folder to write to; made where it is missing."),
    ] = None,
    quiet: opt.Quiet = False,
) -> int:
    """Write a commented rule file with two tests, sound as it is; an existing file is never overwritten.

    [bold]Examples[/bold]

      tokenscan rules new acme-short-answers
      tokenscan rules new acme-night-batch --kind filter -o our-rules/
    """
    import msgspec

    from tokenscan.ruleset.custom.template import rule_template
    from tokenscan.ruleset.load import load_rules
    from tokenscan.ruleset.model import Id

    if kind not in KINDS:
        raise UsageError(f"--kind {kind!r}", hint=f"one of {', '.join(KINDS)}")
    try:
        msgspec.convert(rule, Id)
    except msgspec.ValidationError:
        raise UsageError(
            f"{rule!r} is no rule id", hint="small letters, digits and hyphens: acme-short-answers"
        ) from None
    if "-" not in rule:
        raise UsageError(f"{rule!r} has no prefix", hint=f"put one of yours before it: acme-{rule}")
    if any(shipped.id == rule for shipped in load_rules().rules):
        raise UsageError(f"{rule!r} is a shipped rule", hint=f"choose another id: acme-{rule}")
    folder = output or Path()
    path = folder / f"{rule}.toml"
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path}: is there already", hint="choose another id, or another folder with -o")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made ({error.strerror})", hint="check -o") from error
    write_payload(rule_template(rule, kind), path)
    Console(verbosity=-1 if quiet else 0).note(f"{path} written; try it: tokenscan rules check {path}")
    return ExitCode.DONE


def lock_rules(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Folder of the rules; none: the shipped ones.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 2 where the lock is not up to date.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Lock changed rules even without a new version.")] = False,
    quiet: opt.Quiet = False,
) -> int:
    """Write rules.lock: each rule's version and a digest of what it finds and says in findings.

    A rule that changed must have a new version, so that two reports with the same version mean the same rule.

    [bold]Examples[/bold]

      tokenscan rules lock our-rules/
      tokenscan rules lock our-rules/ --check
    """
    from tokenscan.report.numbers import plural
    from tokenscan.ruleset.load import load_rules, shipped_folder
    from tokenscan.ruleset.lock import LOCK_NAME, lock_text, locked, read_lock, unlocked

    console = Console(verbosity=-1 if quiet else 0)
    place = folder or shipped_folder()
    if not place.is_dir():
        raise UsageError(f"{place}: no such folder", hint="name the folder that holds the rule files")
    rules = load_rules([place], shipped=False)
    path = place / LOCK_NAME
    known = read_lock(path)
    changed = unlocked(rules.rules, known)
    for problem in changed:
        if check or problem.same_version:
            console.note(f"{path}: {problem.text}", level=-1)
    if check:
        return ExitCode.USAGE if changed else ExitCode.DONE
    if any(problem.same_version for problem in changed) and not force:
        raise UsageError(f"{path}: not written", hint="raise the version of these rules, or use --force")
    write_payload(lock_text(locked(rules.rules)), path)
    console.note(f"{path}: {plural(len(rules.rules), 'rule')} locked")
    return ExitCode.DONE
