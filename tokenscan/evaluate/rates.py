"""The figures of an evaluation: shares with bounds, and how well risks rank people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LEVEL = 0.95
PREVALENCE = 0.05

Risks = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of a count, with 95 % bounds; value and bounds are null where there is nothing to count."""

    hits: int
    of: int
    low: float | None
    high: float | None

    @property
    def value(self) -> float | None:
        """Return the share, 0 to 1."""
        return self.hits / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Projected:
    """A precision that was computed for another share of gamers, with 95 % bounds; all null where it is unknown."""

    value: float | None
    low: float | None
    high: float | None


def rate(hits: int, of: int) -> Rate:
    """Return ``hits`` of ``of`` with Clopper-Pearson bounds."""
    low, high = clopper_pearson(hits, of) if of else (None, None)
    return Rate(hits=hits, of=of, low=low, high=high)


def clopper_pearson(hits: int, of: int, level: float = LEVEL) -> tuple[float, float]:
    """Return the exact two-sided bounds of a binomial share.

    They hold at least ``level`` whatever the true share is, also for 0 of n and n of n, at the price of being wide.
    Source: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
    Biometrika 26 (1934).
    """
    from scipy.stats import binomtest

    bounds = binomtest(hits, of).proportion_ci(confidence_level=level, method="exact")
    return float(bounds.low), float(bounds.high)


def precision_at(recall: float, false_share: float, prevalence: float = PREVALENCE) -> float | None:
    """Return the precision among people of whom ``prevalence`` game: p r / (p r + (1 - p) f), Bayes's rule.

    ``false_share`` is the share of innocent accounts that are flagged. Null where nobody is flagged.
    """
    true, false = prevalence * recall, (1 - prevalence) * false_share
    return true / (true + false) if true + false > 0 else None


def projected(recall: Rate, false_share: Rate, prevalence: float = PREVALENCE) -> Projected:
    """Return the precision at a prevalence, with bounds that hold 95 % of the time.

    Recall and false share come from different people. Each gets Clopper-Pearson bounds of 97.5 %; both hold together
    95 % of the time (Bonferroni's inequality), and precision rises with the one and falls with the other, so that the
    corners of the two intervals bound it.
    """
    if recall.value is None or false_share.value is None:
        return Projected(value=None, low=None, high=None)
    level = 1 - (1 - LEVEL) / 2
    found = clopper_pearson(recall.hits, recall.of, level)
    wrong = clopper_pearson(false_share.hits, false_share.of, level)
    return Projected(
        value=precision_at(recall.value, false_share.value, prevalence),
        low=precision_at(found[0], wrong[1], prevalence),
        high=precision_at(found[1], wrong[0], prevalence),
    )


def average_precision(risks: Risks, gamers: Flags) -> float | None:
    """Return the area under the precision-recall curve as average precision; null without gamers.

    AP = sum over the distinct risks, from the highest, of (recall there - recall before) * precision there. People of
    equal risk enter together, so their order cannot matter: all tied gives the share of gamers, a perfect ranking 1.
    Source: the non-interpolated average precision of Buckley and Voorhees, "Evaluating evaluation measure stability"
    (SIGIR 2000), with ties handled as scikit-learn's ``average_precision_score`` does.
    """
    total = int(gamers.sum())
    if not total:
        return None
    _, place = np.unique(-risks, return_inverse=True)
    found = np.bincount(place, weights=gamers)
    flagged = np.cumsum(np.bincount(place))
    return float(np.sum(found / total * np.cumsum(found) / flagged))


def roc_auc(risks: Risks, gamers: Flags) -> float | None:
    """Return the chance that a gamer has a higher risk than an innocent account, ties counting half.

    The Mann-Whitney statistic over the number of pairs, by midranks; null where either group is empty.
    Source: Hanley and McNeil, "The meaning and use of the area under a ROC curve", Radiology 143 (1982).
    """
    from scipy.stats import rankdata

    positive = int(gamers.sum())
    negative = len(gamers) - positive
    if not positive or not negative:
        return None
    wins = float(rankdata(risks)[gamers].sum()) - positive * (positive + 1) / 2
    return wins / (positive * negative)
