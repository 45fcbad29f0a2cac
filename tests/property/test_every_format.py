"""Whatever happens to a log: no error but a plain one, no call lost but the damaged, none made up.

The exports of every format are damaged at random places, the same ones every time. DAMAGE_ROUNDS=20 tries more.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.damage import (
    BYTES,
    REMOVED,
    TWICE,
    UNREADABLE,
    VALUES,
    Layout,
    changed,
    changed_cell,
    laid_out,
    paths,
)
from tests.property.exports import OPTIONS, Export, Taken, fixtures, probed, published, take
from tokenscan.errors import TokenscanError
from tokenscan.reading import InputOptions, read_files
from tokenscan.sources.aside import why_aside
from tokenscan.sources.base import Container
from tokenscan.sources.registry import choose, sources

ROUNDS = int(os.environ.get("DAMAGE_ROUNDS", "1"))
FIXTURES = list(fixtures())
EXPORTS = [*FIXTURES, *published()]
ONE_EACH = [*{export.format: export for export in FIXTURES}.values()]
# Formats in which a record tells of others, and what of the rows before a damaged one may change with it.
SESSIONS = {"claude-code", "codex", "codex-exec"}  # a record tells of those after it
TOGETHER = {
    "azure-apim",
    "claude-headless",
    "copilot-agent",
    "gemini-cli",
    "langfuse",
    "langsmith",
    "openinference",
    "otel",
}
WHOLE_FILE = {"cursor"}  # what a column means is decided by all rows
# Rows without an id that are alike are numbered in the order of the file.
NUMBERED = {"anthropic-console-costs", "anthropic-console-usage", "cloudflare", "copilot-billing", "cursor",
            "cursor-admin", "openai-costs", "openai-usage", "openrouter-activity", "research-trace"}  # fmt: skip
TIME_OR_COUNT = re.compile(r"(?i)^(?:timestamp|time|date|created_?at|start_?time|(?:in|out)put_?tokens)$")

each_export = pytest.mark.parametrize("export", EXPORTS, ids=str)


def read(content: bytes, export: Export) -> Taken | None:
    """Read a damaged file; None where nothing of it is known any more."""
    try:
        return take(content, export.name)
    except TokenscanError as error:
        said = str(error)
    assert export.name in said
    return None


def test_each_format_has_a_fixture() -> None:
    assert {export.format for export in FIXTURES} == {source.name for source in sources()}


@each_export
def test_it_is_known_as_its_own_format_and_no_other(export: Export) -> None:
    file = probed(export.path.read_bytes(), export.name)
    assert why_aside(file) == ""
    assert choose(file, "auto", OPTIONS).name == export.format
    scores = sorted(source.score(file, OPTIONS) for source in sources())
    assert scores[-2] < scores[-1] <= 100


@each_export
def test_damaged_bytes_are_no_error(export: Export) -> None:
    content, rng = export.path.read_bytes(), random.Random(export.name)
    for damage in rng.choices([*BYTES.values()], k=9 * ROUNDS):
        read(damage(content, rng), export)


@each_export
def test_marks_and_line_ends_of_other_systems_change_nothing(export: Export) -> None:
    content = export.path.read_bytes()
    expected = take(content, export.name)
    others = [b"\xef\xbb\xbf" + content, gzip.compress(content, mtime=0)]
    if b'"Two\n' not in content:  # a line break inside a text is part of it
        others.append(content.replace(b"\n", b"\r\n"))
    for other in others:
        assert take(other, export.name).rows.equals(expected.rows)


def damages(export: Export, layout: Layout, times: int) -> Iterator[tuple[int, str, str, bytes]]:
    """Yield the place of a record, what of it is damaged and how, and the file with it."""
    rng = random.Random(export.name)
    for _ in range(times):
        place, how = rng.randrange(len(layout.records)), rng.choice((*VALUES, REMOVED, TWICE))
        record = layout.records[place]
        if layout.container is Container.CSV:
            cell = rng.randrange(len(record))
            what, damaged = layout.header[cell], changed_cell(record, cell, how)
        elif record.startswith("{") and (found := _paths(record)):
            path = rng.choice(found)
            names = path[:1] if how == TWICE else path
            what, damaged = str(names[-1]), changed(record, path, how)
        else:
            continue
        yield place, what, how, layout.render([*layout.records[:place], damaged, *layout.records[place + 1 :]])


def _paths(record: str) -> list[Any]:
    try:
        return [*paths(json.loads(record))]
    except ValueError:  # cut short in the fixture
        return []


@each_export
def test_a_damaged_value_costs_its_own_record_at_most(export: Export) -> None:
    layout = laid_out(export.path.read_bytes(), export.name)
    if layout is None:
        return
    before = take(layout.render(layout.records), export.name)
    for place, what, how, content in damages(export, layout, 12 * ROUNDS):
        after = read(content, export)
        told = f"{what!r} of record {place + 1}: {how}"
        if how == "deeper" and layout.container is Container.JSON:
            continue  # where the record ends is then not known for sure
        if after is None:
            others = layout.render([*layout.records[:place], *layout.records[place + 1 :]])
            assert read(others, export) is None, told
        else:
            others_stay(export, before, after, layout.first + place, told)
            none_is_made_up(before, after, layout.first + place, told)
            if how in UNREADABLE and TIME_OR_COUNT.match(what):
                none_vanishes(before, after, layout.first + place, told)


def others_stay(export: Export, before: Taken, after: Taken, record: int, told: str) -> None:
    """Check that the rows of all records but one are as they were."""
    if export.format in TOGETHER | WHOLE_FILE:
        return
    old, new = before.rows_beside(record), after.rows_beside(record)
    if export.format in SESSIONS and record:
        old, new = (rows.filter(pl.col("source_row") < record) for rows in (old, new))
    if export.format in NUMBERED:
        old, new = old.drop("event_id"), new.drop("event_id")
    assert new.equals(old), told


def none_is_made_up(before: Taken, after: Taken, record: int, told: str) -> None:
    """Check that tokens grow by no more than the damaged record's, say because it has lost an id."""
    rows = after.rows_at(record)
    spent = rows["input_tokens"].sum() + rows["output_tokens"].sum()
    lost = before.rows_at(record)
    largest = before.rows.select(pl.sum_horizontal("input_tokens", "output_tokens").max()).item() or 0
    most = max(spent, lost["input_tokens"].sum() + lost["output_tokens"].sum(), largest)
    assert after.tokens() <= before.tokens() + most, told


def none_vanishes(before: Taken, after: Taken, record: int, told: str) -> None:
    """Check that a call whose time or count cannot be read is read without it, or is among the bad rows."""
    bad = sum(sample.row == record for sample in after.quarantine.samples)
    assert not before.rows_at(record).height or after.rows_at(record).height or bad, told


@pytest.mark.parametrize("export", ONE_EACH, ids=str)
def test_a_huge_field_in_one_record(export: Export) -> None:
    huge(export, 1 << 20)


@pytest.mark.parametrize("suffix", [".csv", ".json", ".jsonl"])
def test_a_field_of_30_megabytes(suffix: str) -> None:
    of_a_kind = [export for export in FIXTURES if export.name.endswith(suffix)]
    for export in random.Random(suffix).sample(of_a_kind, ROUNDS):
        huge(export, 30 << 20)


def huge(export: Export, size: int) -> None:
    """Make a field of the last record huge: the other records stay, and this one is not lost in silence."""
    layout, rng = laid_out(export.path.read_bytes(), export.name), random.Random(export.name)
    assert layout is not None
    *good, last = layout.records
    before = take(layout.render(layout.records), export.name)
    text = "[" * size
    if layout.container is Container.CSV:
        place = rng.randrange(len(last))
        damaged: Any = [*last[:place], text, *last[place + 1 :]]
    else:
        damaged = changed(last, rng.choice([path for path in paths(json.loads(last)) if "\0" not in path]), "word")
        damaged = damaged.replace('"abc"', json.dumps(text))
    after = read(layout.render([*good, damaged]), export)
    if after is None:
        assert read(layout.render(good), export) is None
    else:
        others_stay(export, before, after, layout.first + len(good), export.name)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=12)
    | st.sampled_from(["2026-03-02T09:00:00Z", "{}", "[]", '[{"a": 1', "12", "1e999", "\ud800", "claude-opus-4-6"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@pytest.mark.parametrize("export", ONE_EACH, ids=str)
@settings(max_examples=6 * ROUNDS, deadline=None)
@given(data=st.data())
def test_records_of_anything_under_known_names(export: Export, data: st.DataObject) -> None:
    layout = laid_out(export.path.read_bytes(), export.name)
    assert layout is not None
    before = take(layout.render(layout.records), export.name)
    if layout.container is Container.CSV:
        cells = st.lists(
            ANYTHING.map(lambda value: value if isinstance(value, str) else json.dumps(value)), max_size=40
        )
        made: list[Any] = data.draw(st.lists(cells, max_size=4))
    else:
        names = sorted({step for record in layout.records for path in _paths(record) for step in path
                        if isinstance(step, str) and step != "\0"})  # fmt: skip
        keys = st.sampled_from(names)
        flat = st.dictionaries(keys, ANYTHING, max_size=6)
        values = ANYTHING | flat | st.lists(flat, max_size=3) | flat.map(json.dumps)
        made = data.draw(st.lists(st.dictionaries(keys, values, max_size=10).map(json.dumps), max_size=4))
    after = take(layout.render([*layout.records, *made]), export.name)
    kept = Taken(
        format=after.format,
        rows=after.rows.filter(pl.col("source_row") < layout.first + len(layout.records)),
        quarantine=after.quarantine,
    )
    others_stay(export, before, kept, 0, "records before")


def events(*files: Path) -> pl.DataFrame:
    """Return the event table of files, whatever they are called and in whatever order they hold its calls."""
    table = read_files([str(file) for file in files], InputOptions(latest=OPTIONS.latest)).events
    return table.drop("source_file", "source_row").sort(pl.all().cast(pl.String).fill_null(""))


def written(folder: Path, export: Export, *contents: bytes) -> list[Path]:
    for number, content in enumerate(contents):
        (folder / str(number)).mkdir(exist_ok=True)
        (folder / str(number) / Path(export.name).name).write_bytes(content)
    return [folder / str(number) / Path(export.name).name for number in range(len(contents))]


@pytest.mark.parametrize("export", FIXTURES, ids=str)
def test_order_parts_and_repetition_do_not_matter(export: Export, tmp_path: Path) -> None:
    layout = laid_out(export.path.read_bytes(), export.name)
    if layout is None or not take(layout.render(layout.records), export.name).rows.height:
        return  # names of people alone
    records, rng = layout.records, random.Random(export.name)
    whole, again = written(tmp_path, export, layout.render(records), layout.render(records) + b"\n")
    expected = events(whole)
    assert events(whole, again).equals(expected)
    if export.format in SESSIONS | TOGETHER | WHOLE_FILE | NUMBERED:
        return
    shuffled = rng.sample(records, len(records))
    assert events(*written(tmp_path, export, layout.render(shuffled))).equals(expected)
    parts = written(tmp_path, export, layout.render(records[::2]), layout.render(records[1::2]))
    if layout.container is not Container.CSV and all(read(part.read_bytes(), export) for part in parts):
        assert events(*parts).equals(expected)
