"""From one value a seed to a verdict, by rules that do not know what they judge."""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from aegan_lib.evaluation.estimates import ENOUGH_SEEDS, estimate

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


def answer(values: Sequence[float], low: float, high: float, ratio: bool = False) -> Answer:
    """Whether the values, one a seed, lie between `low` and `high`.

    With three seeds or more the whole interval must lie inside, or outside; with fewer, every
    single value. Anything else leaves the question open.
    """
    # NaN is neither above nor below anything: an interval that is none leaves both False.
    found = estimate(values, ratio)
    if found.n >= ENOUGH_SEEDS:
        inside = low <= found.low and found.high <= high
        outside = found.high < low or high < found.low
    else:
        known = [value for value in values if not math.isnan(value)]
        inside = bool(known) and all(low <= value <= high for value in known)
        outside = bool(known) and not any(low <= value <= high for value in known)
    if inside:
        return "yes"
    return "no" if outside else "open"


def every(answers: Iterable[Answer]) -> Answer:
    """Of conditions that must all hold: one "no" is enough to refuse."""
    # A refusal counts even beside an open question; a yes needs all, and at least one.
    given = list(answers)
    if "no" in given:
        return "no"
    return "yes" if given and set(given) == {"yes"} else "open"


def either_way(answers: Iterable[Answer]) -> Answer:
    """Of readings of one statement: decided only where all of them agree."""
    # No reading at all is as open as two that disagree.
    given = set(answers)
    return given.pop() if len(given) == 1 else "open"
