"""What a claim is, and what most measures are made of."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict, Unpack

import numpy as np
import pandas as pd

from aegan_lib.evaluation.results import Key
from aegan_lib.versions import Version


@dataclass(frozen=True)
class SeedRuns:
    """What the runs of one seed left to judge by, each by the version's name."""

    number: int
    metrics: pd.DataFrame  # version x (metric, case) on test faces at the end, yardsticks too
    histories: Mapping[str, pd.DataFrame]
    epochs: Mapping[str, pd.DataFrame]
    versions: Mapping[str, Version]  # as their runs were trained
    verification: pd.DataFrame  # limit x largest_ratio in float64; empty where it was not run

    def value(self, version: str, key: Key) -> float:
        """What was measured of a version; KeyError where it was not."""
        # A metric without cases stands in the table with an empty one.
        return self.metrics.at[version, (key, "") if isinstance(key, str) else key]


@dataclass(frozen=True)
class Measure:
    """One number a seed, and the range in which it speaks for the claim.

    Without a range it is only shown. `value` raises KeyError where a run is missing.

    Arguments:
        label: what it is, as a reader sees it.
        value: the number of one seed.
        low, high: the range, both ends included.
        form: how the number is written, a format specification.
        ratio: it is averaged over seeds by its logarithm; values > 0.
    """

    label: str
    value: Callable[[SeedRuns], float]
    low: float = -math.inf
    high: float = math.inf
    form: str = ".2f"
    ratio: bool = False

    @property
    def judged(self) -> bool:
        return math.isfinite(self.low) or math.isfinite(self.high)

    def of(self, seeds: Sequence[SeedRuns]) -> list[float]:
        """Its value for every seed, NaN where a run is missing."""
        return [self._of(seed) for seed in seeds]

    def _of(self, seed: SeedRuns) -> float:
        # No run, no value: a claim is then not measured, which is a verdict and no error.
        try:
            with np.errstate(divide="ignore", invalid="ignore"):  # 0 / 0: no value
                return float(self.value(seed))
        except KeyError:
            return math.nan


@dataclass(frozen=True)
class Claim:
    """A statement of the documents.

    Arguments:
        name: its identifier.
        statement: what the document says, in our words, without a full stop.
        source: document and section.
        kind: identity or finding.
        about: the subject under which conclusions are drawn.
        document: the documents' own value, as text.
        anchor: the heading of the page where it is seen.
        readings: what is measured, for each reading of the statement: where it compares with
            a baseline that is not known, one for each candidate. All measures of a reading
            must hold, and a claim is decided only where its readings agree.
        yes, no: the conclusion in either case; {0}, {1}, ... stand for the measures' values.
        comparable: whether there is anything to judge at all; if not, `no` is the conclusion.
    """

    name: str
    statement: str
    source: str
    kind: Literal["identity", "finding"]
    about: str
    document: str
    anchor: str
    readings: Mapping[str, tuple[Measure, ...]]
    yes: str
    no: str
    comparable: bool = True

    @property
    def measures(self) -> list[Measure]:
        return [measure for reading in self.readings.values() for measure in reading]


# --- what most measures are made of ----------------------------------------------------------


def alone(*measures: Measure) -> dict[str, tuple[Measure, ...]]:
    """The measures of a statement that can be read in one way only."""
    return {"": measures}


class Look(TypedDict, total=False):
    """How a measure is judged and written; see `Measure`."""

    low: float
    high: float
    form: str


def of(key: Key, version: str, label: str, **look: Unpack[Look]) -> Measure:
    """A metric of `version`."""
    return Measure(label, lambda seed: seed.value(version, key), **look)


def over(key: Key, version: str, other: str, label: str, **look: Unpack[Look]) -> Measure:
    """A metric of `version` over that of `other`."""

    def value(seed: SeedRuns) -> float:
        return seed.value(version, key) / seed.value(other, key)

    return Measure(label, value, ratio=True, **look)


def minus(key: Key, version: str, other: str, label: str, **look: Unpack[Look]) -> Measure:
    """A metric of `version` less that of `other`."""

    def value(seed: SeedRuns) -> float:
        return seed.value(version, key) - seed.value(other, key)

    return Measure(label, value, **look)
