"""From one value a seed to a verdict, by rules that do not know what they judge."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

ENOUGH_SEEDS = 3  # below it, what is found is at most suggestive
CONFIDENCE = 0.95

Answer = Literal["yes", "no", "open"]
Verdict = Literal[
    "holds", "does not hold",
    "reproduced", "same direction here", "not here", "inconclusive", "not comparable",
    "not measured",
]  # fmt: skip
IDENTITY: dict[Answer, Verdict] = {"yes": "holds", "no": "does not hold", "open": "inconclusive"}
FINDING: dict[Answer, Verdict] = {
    "yes": "same direction here",
    "no": "not here",
    "open": "inconclusive",
}


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
    """
    known = np.array([value for value in values if not math.isnan(value)], float)
    if not len(known):
        return Estimate(math.nan, math.nan, math.nan, 0)
    if ratio:
        with np.errstate(divide="ignore"):
            known = np.log(known)
    middle = low = high = known.sum() / len(known)
    if len(known) == 1:
        low = high = math.nan
    elif math.isfinite(middle) and (spread := stats.sem(known)):
        low, high = stats.t.interval(CONFIDENCE, len(known) - 1, middle, spread)
    back = math.exp if ratio else float
    return Estimate(back(middle), back(low), back(high), len(known))


def answer(values: Sequence[float], low: float, high: float, ratio: bool = False) -> Answer:
    """Whether the values, one a seed, lie between `low` and `high`.

    With three seeds or more the whole interval must lie inside, or outside; with fewer, every
    single value. Anything else leaves the question open.
    """
    found = estimate(values, ratio)
    if found.n >= ENOUGH_SEEDS:
        inside = low <= found.low and found.high <= high
        outside = found.high < low or high < found.low
    else:
        known = [value for value in values if not math.isnan(value)]
        inside = bool(known) and all(low <= value <= high for value in known)
        outside = bool(known) and not any(low <= value <= high for value in known)
    return "yes" if inside else "no" if outside else "open"


def every(answers: Iterable[Answer]) -> Answer:
    """Of conditions that must all hold: one "no" is enough to refuse."""
    given = list(answers)
    if "no" in given:
        return "no"
    return "yes" if given and set(given) == {"yes"} else "open"


def either_way(answers: Iterable[Answer]) -> Answer:
    """Of readings of one statement: decided only where all of them agree."""
    given = set(answers)
    return given.pop() if len(given) == 1 else "open"
