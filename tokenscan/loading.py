"""From paths, be they export files or stores, to the event log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tokenscan.events.count import count
from tokenscan.events.log import EventLog, Gathered
from tokenscan.events.prompts import merged_prompts
from tokenscan.prompts.imprint import imprint
from tokenscan.reading import InputOptions, Progress, families, gather, silent
from tokenscan.store.manifest import is_store
from tokenscan.store.reader import load


def load_log(
    paths: Sequence[str],
    stores: Sequence[Path],
    options: InputOptions,
    progress: Progress = silent,
    *,
    texts: bool = True,
) -> EventLog:
    """Return the log of all export files and stores together, each call counted once. A path may be a store too.

    Without ``texts``, the prompts of stores are left out: what calls cost does not depend on them.

    Raises:
        InputError: a path does not exist, a named file or store cannot be read, or no row became an event.
        UsageError: as ``reading.read_files``.
    """
    found = [Path(path) for path in paths if is_store(Path(path))]
    files = [path for path in paths if Path(path) not in found]
    folders = [*stores, *found]
    several = len(folders) + bool(files) > 1
    parts = [gather(files, options, progress)] if files else []
    for folder in folders:
        progress(f"reading {folder.name}", 0, 1)
        parts.append(load(folder, f"{folder.name}/" if several else "", texts=texts))
    progress("counting every call once", 1, 1)
    return count(_merged(parts), families())


def _merged(parts: Sequence[Gathered]) -> Gathered:
    if len(parts) == 1:
        return parts[0]
    prompts = [part.prompts for part in parts]
    if any("text" not in frame.columns for frame in prompts):
        # One store without text leaves imprints to compare, and these compare only with each other.
        prompts = [imprint(frame) if "text" in frame.columns else frame for frame in prompts]
    return Gathered(
        rows=pl.concat(part.rows for part in parts),
        links=pl.concat(part.links for part in parts),
        prompts=merged_prompts(prompts),
        files=tuple(file for part in parts for file in part.files),
        bad_rows=sum(part.bad_rows for part in parts),
        bad_samples=tuple(sample for part in parts for sample in part.bad_samples),
        broken=any(part.broken for part in parts),
        dropped=pl.concat(part.dropped for part in parts),
    )
