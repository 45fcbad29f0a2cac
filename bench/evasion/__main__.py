"""Print which ways of hiding a repeated prompt are seen through, and how often that hits another prompt.

Every base prompt is hidden in one way and put among all bases and unrelated prompts. Of the hidden prompts the
table gives the share with the same prompt hash, with the same template hash, in one near-duplicate cluster with
the base, and in a pair of core and text with it. `any` is the share with one of the four, followed by the same for
each length class. `wrong cluster` and `wrong core` are the shares put together with a prompt of other origin.
That the same request in other words is recognised is not claimed.
"""

from __future__ import annotations

import argparse
import random

from bench.evasion.catalogue import EVASIONS
from bench.evasion.prompts import CLASSES, background, prompts
from bench.evasion.score import CAUGHT, WRONG, Score, score


def main() -> None:
    """Try every evasion once."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.evasion", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bases", type=int, default=75, help="base prompts of each length class")
    parser.add_argument("--background", type=int, default=20_000, help="unrelated prompts")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", default="", help="evasions whose name contains this")
    wanted = parser.parse_args()
    rng = random.Random(wanted.seed)
    bases = [one for length in CLASSES for one in prompts(length, wanted.bases, rng)]
    others = [one.text for one in background(wanted.background, rng)]
    columns = ("evasion", "strength", "n", *CAUGHT, "any", *CLASSES, *WRONG)
    print(_line(columns))
    print(_line(["---"] * len(columns)))
    for evasion in EVASIONS:
        if wanted.only in evasion.name:
            found = score(evasion, bases, others, wanted.seed)
            print(_line([evasion.name, evasion.strength, str(found.tried), *_cells(found)]), flush=True)


def _cells(found: Score) -> list[str]:
    shares: list[float | None] = [
        *found.caught.values(),
        *(found.any_by_length.get(length) for length in CLASSES),
        *found.wrong.values(),
    ]
    return ["" if share is None else f"{share:.2f}" for share in shares]


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
