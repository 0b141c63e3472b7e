"""A number over seeds: its mean, and how far that can be trusted."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import stats

ENOUGH_SEEDS = 5  # below it seeds are shown one by one, and what is found is at most suggestive
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds, and where the mean over all seeds would lie with 95 % confidence.

    `low` and `high` are Student's t-interval over `values`, one a seed; not numbers below
    ENOUGH_SEEDS, where the values themselves say more. Images of one run say nothing about
    another run.
    """

    mean: float
    low: float
    high: float
    values: tuple[float, ...]

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def deviation(self) -> float:
        """The standard deviation over seeds; NaN below two."""
        return float(np.std(self.values, ddof=1)) if self.n > 1 else math.nan


def estimate(values: Iterable[float], ratio: bool = False, share: bool = False) -> Estimate:
    """The estimate of values, one a seed; what is not a number is left out.

    Arguments:
        values: one a seed.
        ratio: average logarithms, so that twice and half are equally far from 1; values > 0.
        share: an interval for what lies in [0, 1], by the angle arcsin √p, whose spread does
            not depend on p and which knows both ends.

    >>> estimate([1.0, 2.0, 3.0]).mean
    2.0
    >>> round(estimate([0.5, 2.0], ratio=True).mean, 6)
    1.0
    >>> estimate([1.0, 1.0, 0.96, 1.0, 1.0], share=True).high
    1.0
    """
    # A run that is missing, or has no such number, leaves the others to speak.
    given = tuple(float(value) for value in values if not math.isnan(value))
    if not given:
        return Estimate(math.nan, math.nan, math.nan, ())
    known = np.array(given)
    # Averaging logarithms is a geometric mean; that of 0 is minus infinity, and 0 again in the end.
    if ratio:
        with np.errstate(divide="ignore"):
            known = np.log(known)
        middle, (low, high) = float(known.sum() / len(known)), _interval(known)
        return Estimate(math.exp(middle), math.exp(low), math.exp(high), given)
    middle = float(known.sum() / len(known))
    if share:
        # Of the angles, and never beyond a right one: sin² would fold what lies there back.
        ends = np.clip(_interval(np.arcsin(np.sqrt(known.clip(0, 1)))), 0, np.pi / 2)
        low, high = (float(end) for end in np.sin(ends) ** 2)
    else:
        low, high = _interval(known)
    return Estimate(middle, low, high, given)


def _interval(known: np.ndarray) -> tuple[float, float]:
    """Student's t-interval of the mean, with one degree of freedom less than there are values."""
    if len(known) < ENOUGH_SEEDS:
        return math.nan, math.nan
    middle = float(known.sum() / len(known))
    # Equal values, or an infinite mean, have one of width 0.
    if math.isfinite(middle) and (spread := stats.sem(known)):
        low, high = stats.t.interval(CONFIDENCE, len(known) - 1, middle, spread)
        return float(low), float(high)
    return middle, middle
