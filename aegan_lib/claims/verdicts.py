"""From one value a seed to a verdict, by rules that do not know what they judge."""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from aegan_lib.evaluation.estimates import ENOUGH_SEEDS, estimate

Answer = Literal["yes", "no", "near", "depends", "open"]
Verdict = Literal[
    "holds", "does not hold",
    "reproduced", "here too", "not here",
    "near the limit", "depends on the reading", "not observed",
    "not comparable", "measured elsewhere", "not measured",
]  # fmt: skip
IDENTITY: dict[Answer, Verdict] = {
    "yes": "holds",
    "no": "does not hold",
    "near": "does not hold",
    "depends": "does not hold",
    "open": "not measured",
}
FINDING: dict[Answer, Verdict] = {
    "yes": "here too",
    "no": "not here",
    "near": "near the limit",
    "depends": "depends on the reading",
    "open": "not observed",
}


def answer(
    values: Sequence[float], low: float, high: float, ratio: bool = False, share: bool = False
) -> Answer:
    """Whether the values, one a seed, lie between `low` and `high`.

    A single value says yes or no. Of several, all must lie on one side of each limit; and below
    ENOUGH_SEEDS no limit may lie within one standard deviation of their mean, from then on none in
    the 95 % interval of it. Else the answer is "near"; without a value it is "open".

    Arguments:
        values: one a seed; NaN, where nothing happened, is left out.
        low, high: both ends count as inside.
        ratio: take logarithms of values and limits, all > 0.
        share: the interval is that of `estimate` for what lies in [0, 1].
    """
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return "open"
    inside = [low <= value <= high for value in known]
    if ratio:
        known, low, high = [_log(value) for value in known], _log(low), _log(high)
    if any(_is_near(limit, known, share) for limit in (low, high) if math.isfinite(limit)):
        return "near"
    return "yes" if all(inside) else "no" if not any(inside) else "near"


def _is_near(limit: float, values: Sequence[float], share: bool) -> bool:
    found = estimate(values, share=share)
    if found.n < 2 or not math.isfinite(found.mean) or found.deviation == 0:
        return False
    if found.n < ENOUGH_SEEDS:
        return abs(found.mean - limit) < found.deviation
    return found.low < limit < found.high


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def every(answers: Iterable[Answer]) -> Answer:
    """Of conditions that must all hold: one "no" is enough to refuse."""
    # A refusal counts even beside an open question; a yes needs all, and at least one.
    given = list(answers)
    for worst in ("no", "open", "near"):
        if worst in given:
            return worst
    return "yes" if given else "open"


def either_way(answers: Iterable[Answer]) -> Answer:
    """Of readings of one statement: decided only where all of them agree."""
    given = set(answers)
    if len(given) == 1:
        return given.pop()
    # No reading at all is open, and one that is open leaves the statement so.
    if not given or "open" in given:
        return "open"
    return "depends" if {"yes", "no"} <= given else "near"
