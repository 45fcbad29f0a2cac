"""Who is there: how many of each kind, and where each of them works."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from tokenscan.simulate import dice, names
from tokenscan.simulate.functions import FUNCTIONS, TONGUES, ZONE_WEIGHTS, ZONES
from tokenscan.simulate.kind import Kind, Kinds
from tokenscan.simulate.options import Options

_PEOPLE_A_TEAM = 9
_PEOPLE_A_SERVICE = 40
_ODD_ONES = {"easy": 0.4, "base": 1.0, "hard": 2.2}  # weight of honest people who look odd
_SPEAKS_FOREIGN = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A place in the population before anybody sits on it."""

    kind: str
    number: int  # among all of this kind
    dose: float
    group: int  # number of the group, and place in it
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account and the truth about it."""

    seat: Seat
    kind: Kind
    name: str  # without domain
    user: str
    team: str
    function: str
    zone: str
    tongue: str  # a second language, or ""
    is_service: bool

    @property
    def login(self) -> str:
        """Return the name on the person's own machine."""
        return self.name.replace(".", "_")

    @property
    def key_owner(self) -> str:
        """Return the id under which a gateway knows the account; services go by their name everywhere."""
        return self.user if self.is_service else f"u-{blake2b(self.user.encode(), digest_size=6).hexdigest()}"


def population(options: Options, kinds: Kinds) -> list[Person]:
    """Return everybody: honest people, gamers, service accounts, and last those whom the user added."""
    organisation = names.found(options.seed, options.people)
    taken: Counter[str] = Counter()
    own_teams: dict[tuple[str, int], tuple[str, str]] = {}
    people = []
    for seat in _seats(options, kinds):
        kind = kinds.at(seat.kind, seat.dose)
        rng = dice.words(options.seed, "person", seat.kind, seat.number)
        function, team = _place(options, kind, rng)
        if kind.same_team:
            shared = dice.words(options.seed, "group", seat.kind, seat.group)
            function = kind.function or shared.choice(list(FUNCTIONS))
            number = _teams(options, function) + 1 + len(own_teams)
            function, team = own_teams.setdefault((seat.kind, seat.group), (function, f"{function}-{number}"))
        zone = dice.words(options.seed, "team", team).choices(ZONES, ZONE_WEIGHTS)[0]
        foreign = rng.choice(list(TONGUES.values())) if rng.random() < _SPEAKS_FOREIGN else ""
        name = _name(rng, kind, organisation)
        taken[name] += 1
        name = name if taken[name] == 1 else f"{name}{taken[name]}"
        person = Person(
            seat=seat,
            kind=kind,
            name=name,
            user=name if kind.label == "service" else f"{name}@{organisation.domain}",
            team=team,
            function=function,
            zone=kind.zone or zone,
            tongue=kind.language or foreign,
            is_service=kind.label == "service",
        )
        people.append(person)
    return people


def _place(options: Options, kind: Kind, rng: random.Random) -> tuple[str, str]:
    """Draw function and team."""
    function = kind.function or rng.choices(list(FUNCTIONS), [f.weight for f in FUNCTIONS.values()])[0]
    return function, f"{function}-{1 + int(rng.random() * _teams(options, function))}"


def _name(rng: random.Random, kind: Kind, organisation: names.Organisation) -> str:
    if kind.label == "service":
        return f"svc-{rng.choice(organisation.things['service'])}"
    return ".".join(names.full_name(rng)).lower()


def _teams(options: Options, function: str) -> int:
    return max(1, round(options.people * FUNCTIONS[function].weight / _PEOPLE_A_TEAM))


def _seats(options: Options, kinds: Kinds) -> Iterator[Seat]:
    every = {name: kinds.at(name) for name in kinds.written}
    built_in = {name: kind for name, kind in every.items() if kind.count == 0}
    gaming = round(options.people * options.gamer_share)
    counts = _shares(
        {n: k for n, k in built_in.items() if k.label == "honest"}, options.people - gaming, options.preset
    )
    for name, count in counts.items():
        yield from _sat(name, range(count), every[name].group, 0.0)
    yield from _gamers({n: k for n, k in built_in.items() if k.label == "gamer"}, gaming, options)
    services = {name: kind for name, kind in built_in.items() if kind.label == "service" and kind.share > 0}
    for name, count in _shares(services, -(-options.people // _PEOPLE_A_SERVICE) + 2, "base").items():
        yield from _sat(name, range(count), 1, 0.0)
    for name, kind in every.items():
        if kind.label == "gamer":
            for number in range(kind.count):
                group, place = divmod(number, kind.group)
                yield Seat(kind=name, number=number, dose=_dose(options, group), group=group, place=place)
        else:
            yield from _sat(name, range(kind.count), kind.group, 0.0)


def _sat(name: str, numbers: range, size: int, dose: float) -> Iterator[Seat]:
    for number in numbers:
        yield Seat(kind=name, number=number, dose=dose, group=number // size, place=number % size)


def _shares(kinds: dict[str, Kind], total: int, preset: str) -> dict[str, int]:
    """Divide a number of people among kinds by weight (largest remainders); groups come whole or not at all."""
    weights = {name: kind.share * (1.0 if kind.plain else _ODD_ONES[preset]) for name, kind in kinds.items()}
    whole = sum(weights.values()) or 1.0
    exact = {name: total * weight / whole for name, weight in weights.items()}
    counts = {
        name: kinds[name].group * int(exact[name] / kinds[name].group + 0.5) for name in kinds if kinds[name].group > 1
    }
    single = {name: value for name, value in exact.items() if name not in counts}
    left = max(0, total - sum(counts.values()))
    scale = left / (sum(single.values()) or 1.0)
    floors = {name: int(value * scale) for name, value in single.items()}
    rest = left - sum(floors.values())
    by_rest = sorted(single, key=lambda name: (floors[name] - single[name] * scale, name))
    more = set(by_rest[:rest])
    return {name: counts.get(name, floors.get(name, 0) + (name in more)) for name in kinds}


def _gamers(kinds: dict[str, Kind], total: int, options: Options) -> Iterator[Seat]:
    """Draw kinds in an order that depends on the seed, each once before any comes again, groups if they fit."""
    order = sorted(kinds)
    dice.words(options.seed, "gamers").shuffle(order)
    groups: Counter[str] = Counter()
    left = total
    while left > 0 and order:
        fitting = [name for name in order if kinds[name].group <= left]
        if not fitting:
            return
        for place, name in enumerate(fitting):
            size = kinds[name].group
            if size > left:
                continue
            first = groups[name] * size
            dose = _dose(options, place + groups[name])
            for number in range(first, first + size):
                yield Seat(kind=name, number=number, dose=dose, group=groups[name], place=number - first)
            groups[name] += 1
            left -= size


def _dose(options: Options, turn: int) -> float:
    if options.preset == "base":
        return 0.5 if (turn + options.seed) % 2 else 1.0
    return 0.5 if options.preset == "hard" else 1.0
