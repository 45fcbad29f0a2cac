"""Print how near-duplicate clusters of real text compare with an exact reference and with published results."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.real_prompts import agreement, records, rewording, sets

ABOUT_AGREEMENT = """\
J is the exact Jaccard similarity of byte 5-grams (8-grams between texts of 20,000 bytes and more) of normalised,
distinct texts. A link joins a member to its cluster's representative. Clusters are stars: members are promised to be
as similar as the threshold to the representative, not to each other, so the share of links is the precision, and the
share of all pairs within clusters says how far members differ. An exact pair can be in two clusters because one of the
two belongs to another representative; two representatives that reach the threshold together were missed."""

ABOUT_LETTERS = """\
Texts below 64 bytes are compared by letters (Indel ratio from `rapidfuzz`); the cut falls from 0.90 at 16 characters
to 0.80 at 64 and is at least 2t/(1+t) at threshold t. Texts below 12 characters have to be the same but for
punctuation around them, and are in none of these pairs."""

ABOUT_RECORDS = """\
One text a record: {fields}, as they stand in the file.
`cluster_prompts` is a method for any text and takes this one for a prompt; the published tools are made for records and
know the fields. Counts are of records, as in the published table: the first record of a cluster is kept and the others
are removed. Pairs tell which records were joined; the published table has none."""

ABOUT_REWORDING = """\
Lexical methods do not see rewording: what says the same in other words shares few letter sequences with it."""


def main() -> None:
    """Run every part on the data sets that are there."""
    parser = argparse.ArgumentParser(prog="python -m bench.real_prompts", description=__doc__)
    parser.add_argument("data_dir", type=Path, metavar="DATA_DIR", help="folder with the public data sets")
    folder = parser.parse_args().data_dir
    prompts, no_prompts = sets.read_all(sets.PROMPT_SETS, folder)
    labelled, no_records = sets.read_all(sets.RECORD_SETS, folder)
    reworded, no_rewording = sets.read_all(sets.REWORDED_SETS, folder)
    for name in (*no_prompts, *no_records, *no_rewording):
        print(f"Absent, skipped: {name}")

    texts = prompts | {f"{name}, records": one.text for name, one in labelled.items()}
    if texts:
        shingles, letters = agreement.compare(texts)
        _section("Agreement with exact similarity", ABOUT_AGREEMENT, shingles)
        _section("Agreement on short texts", ABOUT_LETTERS, letters)
    for name, one in labelled.items():
        about = ABOUT_RECORDS.format(fields=", ".join(sets.CITATION))
        _section(f"Labelled records: {name} (n={len(one.text):,})", about, records.compare(name, one, folder))
    if reworded:
        _section("Reworded prompts", ABOUT_REWORDING, rewording.compare(reworded))


def _section(title: str, about: str, found: str) -> None:
    print(f"\n## {title}\n\n{about}\n\n{found}", flush=True)


if __name__ == "__main__":
    main()
