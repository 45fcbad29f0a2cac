"""What a run leaves in its report beside the findings: the command line, paths, and files by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tokenscan.events.log import BadRowSample, FileVerdict

HIDDEN = "(hidden)"
_COMMON_NAMES = frozenset({"tokenscan.toml", "pyproject.toml"})
# Options whose values cannot name anybody; of all others only the option is told.
_TOLD = frozenset(
    {"-f", "--format", "--since", "--until", "--as-of", "--timezone", "--select", "--ignore", "--set", "--review",
     "--min-severity", "--min-confidence", "--state", "--top", "--fail-on", "--max-bad-rows", "--level", "--show-text",
     "--color", "--width"}
)  # fmt: skip


def hidden_argv(argv: Sequence[str]) -> tuple[str, ...]:
    """Return a command line without paths and names: the command, its options, and values of harmless ones."""
    told, open_value = list(argv[:1]), False
    for part in argv[1:]:
        name, equals, _ = part.partition("=")
        if not part.startswith("-") or part == "-":
            told.append(part if open_value else HIDDEN)
            open_value = False
        elif not part.startswith("--") and part not in _TOLD:
            told.append(part[:2] + (HIDDEN if len(part) > 2 else ""))
            open_value = False
        else:
            told.append(part if name in _TOLD or not equals else f"{name}={HIDDEN}")
            open_value = name in _TOLD and not equals
    return tuple(told)


def hidden_path(path: str | None) -> str | None:
    """Return a config's path without its folders, and without its name unless it is the usual one."""
    if not path:
        return path
    name = Path(path).name
    return name if name in _COMMON_NAMES else HIDDEN


def renamed_files(files: Sequence[FileVerdict], names: Mapping[str, str]) -> tuple[FileVerdict, ...]:
    """Return verdicts under other names, in the texts on why a file was left out, too."""
    return tuple(
        replace(
            file,
            name=names[file.name],
            broken=without_names(file.broken, names, file.name),
            skipped=without_names(file.skipped, names, file.name),
        )
        for file in files
    )


def renamed_samples(samples: Sequence[BadRowSample], names: Mapping[str, str]) -> tuple[BadRowSample, ...]:
    """Return samples of bad rows under other file names."""
    return tuple(
        replace(bad, file=names.get(bad.file, HIDDEN), reason=without_names(bad.reason, names, bad.file))
        for bad in samples
    )


def without_names(text: str, names: Mapping[str, str], own: str = "") -> str:
    """Return a text with the file names in it replaced: the file's ``own``, and one that is named at its end."""
    twin = "same content as "
    if text.startswith(twin):
        return twin + names.get(text[len(twin) :], HIDDEN)
    return text.replace(own, names.get(own, HIDDEN)) if own else text
