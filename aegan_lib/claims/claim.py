"""What a claim is, and what most measures are made of."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict, Unpack

import numpy as np
import pandas as pd

from aegan_lib.evaluation.results import Key
from aegan_lib.versions import Version

BASELINES = ("weighted", "autoencoder_slow")  # what the documents' unnamed baseline may have been
Kind = Literal["identity", "observed", "expected", "hoped", "inferred"]
KINDS: dict[Kind, str] = {
    "observed": "what the author saw, or did",
    "expected": "what the author thought would happen",
    "hoped": "what the author wished for: where it fails, nobody was wrong",
    "inferred": "a cause that the author gives, or what follows from the documents' numbers",
    "identity": "what holds by construction",
}


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
        found = self.metrics.at[version, (key, "") if isinstance(key, str) else key]
        if math.isnan(found):  # the column is there for the sake of other versions
            raise KeyError(key)
        return found


@dataclass(frozen=True)
class Measure:
    """One number a seed, and the range in which it speaks for the claim.

    Without a range it is only shown. `value` raises KeyError where a run is missing, and gives
    NaN where what it asks for did not happen.

    Arguments:
        name: by which the plan gives its range.
        label: what it is, as a reader sees it; empty for the name.
        value: the number of one seed.
        low, high: the range, both ends included; of a finding it comes from the plan.
        form: how the number is written, a format specification.
        ratio: it is averaged over seeds by its logarithm; values > 0.
        share: it lies in [0, 1], and so does its interval.
    """

    name: str
    value: Callable[[SeedRuns], float]
    label: str = ""
    low: float = -math.inf
    high: float = math.inf
    form: str = ".2f"
    ratio: bool = False
    share: bool = False

    @property
    def judged(self) -> bool:
        return math.isfinite(self.low) or math.isfinite(self.high)

    @property
    def said(self) -> str:
        return self.label or self.name

    def of(self, seeds: Sequence[SeedRuns]) -> list[float]:
        """Its value for every seed that has the runs for it; NaN where nothing happened."""
        return [value for seed in seeds if (value := self._of(seed)) is not None]

    def _of(self, seed: SeedRuns) -> float | None:
        # No run, no value: a claim is then not measured, which is a verdict and no error.
        try:
            with np.errstate(divide="ignore", invalid="ignore"):  # 0 / 0: no value
                return float(self.value(seed))
        except KeyError:
            return None
        except ZeroDivisionError:  # of Python's own numbers
            return math.nan


@dataclass(frozen=True)
class Claim:
    """A statement of the documents.

    Arguments:
        name: its identifier.
        statement: what the document says, in our words, without a full stop.
        quote: the document's own words; empty for numbers that stand in its table.
        source: document and section.
        kind: one of KINDS.
        document: the documents' own value, as text.
        anchor: the heading of the page under which it is seen.
        readings: what is measured, for each reading of the statement: where the documents leave
            something open, one for each way to close it. All measures of a reading must hold, and
            a claim is decided only where its readings agree.
        yes, no: the conclusion in either case; {0}, {1}, ... stand for the measures' values.
        turns: what would change the verdict.
        apart: a verdict that no number of these runs decides; `no` is then the conclusion.
    """

    name: str
    statement: str
    quote: str
    source: str
    kind: Kind
    document: str
    anchor: str
    readings: Mapping[str, tuple[Measure, ...]]
    yes: str
    no: str
    turns: str
    apart: Literal["", "not comparable", "measured elsewhere"] = ""

    @property
    def measures(self) -> list[Measure]:
        return [measure for reading in self.readings.values() for measure in reading]

    @property
    def row(self) -> str:
        """The id of its row on a page, where its numbers stand."""
        return f"statement-{self.name}"


# --- what most measures are made of ----------------------------------------------------------


def alone(*measures: Measure) -> dict[str, tuple[Measure, ...]]:
    """The measures of a statement that can be read in one way only."""
    return {"": measures}


class Look(TypedDict, total=False):
    """How a measure is judged and written; see `Measure`."""

    label: str
    low: float
    high: float
    form: str
    share: bool


def of(key: Key, version: str, name: str, **look: Unpack[Look]) -> Measure:
    """A metric of `version`."""
    return Measure(name, lambda seed: seed.value(version, key), **look)


def over(key: Key, version: str, other: str, name: str, **look: Unpack[Look]) -> Measure:
    """A metric of `version` over that of `other`."""

    def value(seed: SeedRuns) -> float:
        return seed.value(version, key) / seed.value(other, key)

    return Measure(name, value, ratio=True, **look)


def minus(key: Key, version: str, other: str, name: str, **look: Unpack[Look]) -> Measure:
    """A metric of `version` less that of `other`."""

    def value(seed: SeedRuns) -> float:
        return seed.value(version, key) - seed.value(other, key)

    return Measure(name, value, **look)


def listed(parts: Iterable[str]) -> str:
    """One or more words as in a sentence: a, b and c."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
