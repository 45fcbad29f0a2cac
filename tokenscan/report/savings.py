"""The savings ledger as values: what work on dearer tiers than it needed would have cost less.

It stands apart from waste: nobody did anything wrong, and the two are never added.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """A saving in nano-dollars.

    ``low`` counts work that the tier table of the config names, ``expected`` also what is told from a plain name or
    from a small shape, ``high`` also short answers to people. ``calls`` and their ``cost`` are those behind ``high``.
    """

    calls: int = 0
    cost: int = 0
    low: int = 0
    expected: int = 0
    high: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSaving:
    """The saving of a team; ``team`` is null for what smaller teams and accounts without a team share."""

    team: str | None
    saving: Saving


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSaving:
    """The saving on one kind of work: the tier it needs, and how it was told (``table``, ``name`` or ``shape``)."""

    work: str
    tier: str
    basis: str
    saving: Saving


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSaving:
    """The saving on work that ran on ``model``, and the ``recommended`` model of the same vendor for it.

    ``in_use``: the log has calls of the recommended model already.
    """

    model: str
    provider: str | None
    tier: str
    needed: str
    recommended: str
    in_use: bool
    saving: Saving


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What all calls on models of a tier cost, and would have cost on their vendors' models of a lower one."""

    tier: str
    target: str
    calls: int
    cost: int
    cost_there: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """What could be saved by running work on the tier it needs; money in nano-dollars, over the log's ``days``.

    ``calls`` and ``cost`` are all calls of known accounts; of these ``unknown`` are those whose kind of work cannot be
    told (nothing is saved on them) and ``fitting`` those on a tier no dearer than they need, or without a smaller
    model of the vendor. ``left_out`` is what would be saved (expected) on the part of calls that findings claim as
    waste already: it is in no other figure.
    """

    total: Saving
    by_team: tuple[TeamSaving, ...] = ()
    by_work: tuple[WorkSaving, ...] = ()
    by_model: tuple[ModelSaving, ...] = ()
    moves: tuple[Move, ...] = ()
    calls: int = 0
    cost: int = 0
    unknown_calls: int = 0
    unknown_cost: int = 0
    fitting_calls: int = 0
    fitting_cost: int = 0
    left_out: int = 0
    days: int = 0
