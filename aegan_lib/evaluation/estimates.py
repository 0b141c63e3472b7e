"""A number over seeds: its mean, and how far that can be trusted."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import stats

ENOUGH_SEEDS = 3  # below it, what is found is at most suggestive
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds, and where the mean over all seeds would lie with 95 % confidence.

    `low` and `high` are Student's t-interval over the `n` seeds, and not numbers below two:
    images of one run say nothing about another run.
    """

    mean: float
    low: float
    high: float
    n: int


def estimate(values: Iterable[float], ratio: bool = False) -> Estimate:
    """The estimate of values, one a seed; what is not a number is left out.

    Arguments:
        values: one a seed.
        ratio: average logarithms, so that twice and half are equally far from 1; values > 0.

    >>> estimate([1.0, 2.0, 3.0]).mean
    2.0
    >>> round(estimate([0.5, 2.0], ratio=True).mean, 6)
    1.0
    """
    # A run that is missing, or has no such number, leaves the others to speak.
    known = np.array([value for value in values if not math.isnan(value)])
    if not len(known):
        return Estimate(math.nan, math.nan, math.nan, 0)
    # Averaging logarithms is a geometric mean; that of 0 is minus infinity, and 0 again in the end.
    if ratio:
        with np.errstate(divide="ignore"):
            known = np.log(known)
    # One value has no interval; equal values, or an infinite mean, have one of width 0; all others
    # have Student's, with one degree of freedom less than there are values.
    middle = low = high = float(known.sum() / len(known))
    if len(known) == 1:
        low = high = math.nan
    elif math.isfinite(middle) and (spread := stats.sem(known)):
        low, high = stats.t.interval(CONFIDENCE, len(known) - 1, middle, spread)
    # Back from logarithms, so that both ends are equally far off as factors.
    back = math.exp if ratio else float
    return Estimate(back(middle), back(low), back(high), len(known))
