"""An inspection of files as tables for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from tokenscan.cli.console import Console
from tokenscan.events.log import FileVerdict
from tokenscan.inspection import Inspection
from tokenscan.report.listing import listing_table
from tokenscan.report.numbers import plural
from tokenscan.report.text import clean

FILES_AT_MOST = 40  # beyond it the table shows folders; JSON has every file
NOTES_AT_MOST = 3
SILENT_DAYS = 4  # a gap of at least five days is told: a weekend and its bridge days are none


def _file_row(file: FileVerdict) -> list[str]:
    return [file.name, file.format or "-", f"{file.rows:,}", f"{file.events:,}", f"{file.bad_rows:,}", _note(file)]


def _note(file: FileVerdict) -> str:
    """Return what a reader must know of a file: why it was left out, what is missing, what had to be guessed."""
    notes = [file.skipped or file.broken, *file.bad_reasons]
    notes += [f"silent from {first} to {last}" for first, last in file.gaps if (last - first).days >= SILENT_DAYS]
    # What the format itself defines is no guess.
    notes += [f"cached tokens stand {file.cache}"] if file.cache.startswith(("inside", "beside")) else []
    return "; ".join(filter(None, notes))


def _folder_rows(files: Sequence[FileVerdict]) -> list[list[str]]:
    """Return one row for the files of one folder and format; folders are joined until there are few enough of them."""
    folders = [PurePosixPath(file.name).parent.parts for file in files]
    for depth in range(max(map(len, folders)), -1, -1):
        groups: dict[tuple[str, str], list[FileVerdict]] = {}
        for file, parts in zip(files, folders, strict=True):
            groups.setdefault(("/".join((*parts[:depth], "")), file.format or "-"), []).append(file)
        if len(groups) <= FILES_AT_MOST:
            break
    return [
        [f"{folder}* ({len(group):,} file{'s' * (len(group) > 1)})", name, f"{sum(file.rows for file in group):,}",
         f"{sum(file.events for file in group):,}", f"{sum(file.bad_rows for file in group):,}", _notes(group)]
        for (folder, name), group in sorted(groups.items())
    ]  # fmt: skip


def _notes(files: Sequence[FileVerdict]) -> str:
    """Return the commonest notes on files and how many files each is on; which twin a file has is left out."""
    twin = "same content as "
    notes = (_note(file) for file in files)
    counts = Counter(f"{twin}another" if note.startswith(twin) else note for note in notes if note)
    shown = [f"{n:,}: {note}" for note, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    return "; ".join(shown[:NOTES_AT_MOST]) + ("; …" if len(shown) > NOTES_AT_MOST else "")


def inspection_table(seen: Inspection, console: Console) -> str:
    """Return an inspection as tables for the terminal."""
    options = console.payload_options()
    width, color = int(str(options["width"])), bool(options["color"])
    log = seen.log
    files = [*map(_file_row, log.files)] if len(log.files) <= FILES_AT_MOST else _folder_rows(log.files)
    formats = [
        [s.format, str(s.files), f"{s.rows:,}", ", ".join(f"{k} {round(100 * v)}%" for k, v in s.columns.items() if v)]
        for s in log.sources
    ]
    rules = [[name, reason or "can run"] for name, reason in seen.rules]
    parts = [
        listing_table(("file", "format", "rows", "calls", "bad", "note"), files, width=width, color=color),
        listing_table(("format", "files", "calls", "share of calls that carry"), formats, width=width, color=color),
        listing_table(("rule", "with this input"), rules, width=width, color=color),
    ]
    dropped = ", ".join(f"{n:,} {reason}" for reason, n in log.duplicates.items()) or "none"
    facts = [
        f"{plural(log.events.height, 'call')} of {plural(seen.users, 'user')}, {seen.unattributed:,} without a user",
        f"from {seen.window[0]:%Y-%m-%d %H:%M} to {seen.window[1]:%Y-%m-%d %H:%M} UTC",
        f"dropped as duplicates: {dropped}",
        f"workdays without any call: {', '.join(seen.days_without_calls[:15]) or 'none'}",
    ]
    facts += [f"bad row: {bad.file}:{bad.row}: {bad.reason}" for bad in log.bad_samples[:10]]
    return "\n".join([*parts, *(clean(fact, limit=1000) for fact in facts), ""])
