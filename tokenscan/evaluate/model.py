"""What an evaluation found. Draws are numbered from 1; shares run from 0 to 1; waste is in tokens."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from tokenscan.evaluate.labels import Label
from tokenscan.evaluate.rates import Projected, Rate


class Bands(enum.StrEnum):
    """The two lists a reader may act on."""

    STRONG = "strong"
    BANDED = "strong_or_worth_a_look"


@dataclass(frozen=True, slots=True, kw_only=True)
class BandScore:
    """How a band does: whom it holds, and what share of gamers and of innocent accounts it holds."""

    gamers: int
    honest: int
    services: int
    precision: Rate
    recall: Rate
    false_share: Rate
    at_prevalence: Projected


@dataclass(frozen=True, slots=True, kw_only=True)
class KindScore:
    """How one kind of account fares; ``dose`` is null for all doses together.

    ``average_precision``: this kind against all innocent accounts; null for a kind that does not game.
    """

    label: Label
    kind: str
    dose: str | None
    bands: Mapping[Bands, Rate]
    average_precision: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account in the ranking; ``rules`` are those that weigh, the heaviest first."""

    draw: int
    user: str
    label: Label | None
    kind: str
    dose: str | None
    risk: float
    band: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleScore:
    """How one rule does by itself, over accounts with at least one finding of it, whatever their band.

    ``ran`` counts the draws in which it ran, ``reasons`` says why not in others. ``wrong`` counts the innocent accounts
    in a band for which it weighed most. Claims are the rule's own and do not add up over rules.
    """

    rule: str
    ran: int
    reasons: tuple[str, ...]
    gamers: int
    honest: int
    services: int
    precision: Rate
    wrong: int
    claimed_gamers: int
    claimed_innocent: int
    kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Waste that a report claims of an account or of many, against the truth.

    ``over`` and ``under`` are summed over people, so that they do not cancel out.
    """

    people: int
    true: int
    claimed: int
    over: int
    under: int

    @property
    def ratio(self) -> float | None:
        """Return claimed over true, null where the truth is 0."""
        return self.claimed / self.true if self.true else None


@dataclass(frozen=True, slots=True, kw_only=True)
class WasteScore:
    """Waste claimed against true.

    ``gamers`` are those whose true waste the labels tell, ``unknown`` the others and their claims; ``unlabelled`` is
    claimed of people without a label. ``low``, ``expected`` and ``high`` are the reports' own totals, ``comparable``
    whether they are about the labelled people and nobody else.
    """

    gamers: Claim
    innocent: Claim
    unknown: tuple[int, int]
    unlabelled: int
    low: int
    expected: int
    high: int
    comparable: bool
    kinds: tuple[tuple[str, Claim], ...]
    people: tuple[tuple[Account, Claim], ...]

    @property
    def over_claim_share(self) -> float | None:
        """Return which share of all tokens claimed of labelled accounts is claimed wrongly of innocent ones."""
        claimed = self.gamers.claimed + self.innocent.claimed + self.unknown[1]
        return self.innocent.over / claimed if claimed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A labelled account that the report does not rank."""

    draw: int
    user: str
    label: Label
    kind: str
    kept_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The figures that sum up a population: its counts by label, its ranking, its bands."""

    counts: Mapping[Label, int]
    pr_auc: float | None
    roc_auc: float | None
    bands: Mapping[Bands, BandScore]

    @property
    def accounts(self) -> int:
        """Return how many accounts were scored."""
        return sum(self.counts.values())

    @property
    def prevalence(self) -> float | None:
        """Return the share of gamers, which is also the PR-AUC of a ranking that tells nobody apart."""
        return self.counts[Label.GAMER] / self.accounts if self.accounts else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawScore:
    """One draw by itself."""

    report: str
    labels: str
    version: str
    rules_digest: str
    complete: bool
    scores: Scores


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStep:
    """One value of a swept parameter; ``current`` is the one in force, which the options or rule state."""

    value: str
    current: bool
    scores: Scores
    rule: RuleScore
    accused: tuple[Account, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """The trade-off of one parameter; ``same`` whether the current value gives the report that was scored."""

    rule: str
    param: str
    steps: tuple[SweepStep, ...]
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Everything an evaluation found, over all draws together; ``draws`` has each by itself.

    ``accused``: innocent accounts in a band, services among them. ``missed``: gamers in none. ``absent``: labelled
    accounts not in a ranking; ``unlabelled``: ranked people without a label; ``notes``: sentences for the reader.
    """

    version: str
    scores: Scores
    draws: tuple[DrawScore, ...]
    kinds: tuple[KindScore, ...]
    doses: tuple[KindScore, ...]
    accused: tuple[Account, ...]
    missed: tuple[Account, ...]
    services: tuple[Account, ...]
    rules: tuple[RuleScore, ...]
    waste: WasteScore
    absent: tuple[Absent, ...]
    unlabelled: tuple[Account, ...]
    teams: int
    team_findings: int
    sweeps: tuple[Sweep, ...]
    notes: tuple[str, ...]
