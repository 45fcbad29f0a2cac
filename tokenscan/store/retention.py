"""Forget what is older than it may be kept: rows of calls, and the prompts that nothing else needs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec

from tokenscan.events.prompts import merged_prompts
from tokenscan.events.schema import IMPRINTS, TEXTS
from tokenscan.store.manifest import Manifest, write_manifest
from tokenscan.store.parts import PROMPTS, read_parts, scan_rows, write_part


def forget_before(folder: Path, manifest: Manifest, first_day: date) -> Manifest:
    """Drop all days before ``first_day`` (UTC), commit that, and take no earlier rows in from now on.

    The record of files stays, so that nobody's old export brings the days back.
    """
    kept = tuple(part for part in manifest.rows if part.day >= first_day.isoformat())
    earliest = max(manifest.first_day, first_day.isoformat())
    after = msgspec.structs.replace(manifest, rows=kept, first_day=earliest)
    if after == manifest:
        return manifest
    after = msgspec.structs.replace(after, commit=manifest.commit + 1)
    if len(kept) < len(manifest.rows):
        after = msgspec.structs.replace(after, prompts=())
        needed = scan_rows(folder, kept, after).select("prompt_id").unique().collect()
        schema = TEXTS if manifest.keeps_text else IMPRINTS
        prompts = merged_prompts([read_parts(folder, manifest.prompts, schema)])
        still = prompts.join(needed.drop_nulls(), on="prompt_id", how="semi", maintain_order="left")
        part = write_part(folder, PROMPTS, f"{after.commit:08}-r", still)
        after = msgspec.structs.replace(after, prompts=(part,) if part.rows else ())
    write_manifest(folder, after)
    return after
