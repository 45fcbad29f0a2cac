"""Names of an organisation's customers, modules, services and people: invented, many, and the same for one seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from tokenscan.simulate import dice
from tokenscan.simulate.sections import read_sections

Pools = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """What people of one organisation talk about, by kind of thing; and its domain."""

    domain: str
    things: Pools


def found(seed: int, people: int) -> Organisation:
    """Invent an organisation that is large enough for so many people."""
    rng = dice.words(seed, "organisation")
    parts = read_sections("names")

    def compose(count: int, *sections: str, between: str = "") -> tuple[str, ...]:
        made: dict[str, None] = {}
        for _ in range(20 * count):
            made[between.join(rng.choice(parts[section]) for section in sections)] = None
            if len(made) == count:
                break
        return tuple(made)

    stems = compose(120 + people, "onset", "rhyme", "ending")
    customers = tuple(f"{stem.capitalize()} {rng.choice(parts['trade'])}" for stem in stems)
    services = compose(30 + people // 8, "service_a", "service_b", between="-")
    things = compose(80 + people // 2, "thing_a", "thing_b", between=" ")
    files = compose(160 + people, "thing_b", "file_b", between="_")
    pools = {
        "customer": customers,
        "module": compose(24 + people // 40, "module_a", "module_b", between=" "),
        "city": parts["city"],
        "colleague": tuple(rng.sample(parts["first"], min(60, 20 + people // 4))),
        "service": services,
        "thing": tuple(f"the {name}" for name in things),
        "path": tuple(
            f"{rng.choice(parts['folder'])}/{name.replace(' ', '_')}.{rng.choice(parts['suffix'])}" for name in files
        ),
    }
    return Organisation(domain=f"{rng.choice(stems)}.example", things=pools)


def full_name(rng: random.Random) -> tuple[str, str]:
    """Draw a first and a last name, in plain letters."""
    parts = read_sections("names")
    return rng.choice(parts["first"]), rng.choice(parts["last"])
