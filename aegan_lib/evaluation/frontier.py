"""Does a rule beat a fixed weight? How far it is from the frontier that a sweep of these makes.

A fixed weight of the adversary, swept from nothing up, gives up likeness for realism. In theory
such a sweep reaches every exchange of the two that there is (Blau and Michaeli, "The
Perception-Distortion Tradeoff", 2018), so that a cleverer rule can win by training better or more
surely, or by sparing the sweep. Runs are compared within one seed: they start from the same weights
and see the same batches.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import nan

import numpy as np
import pandas as pd
from scipy import stats

from aegan_lib.evaluation.estimates import CONFIDENCE, ENOUGH_SEEDS
from aegan_lib.evaluation.results import REAL_DISTANCE, Key, by_seed, last_epoch
from aegan_lib.plan import plan
from aegan_lib.versions import GROUPS, VERSIONS

FIDELITY: tuple[Key, ...] = ("psnr", "shared_detail")  # two readings of likeness, more is better

# All that its page shows; the last is vector arithmetic.
KEPT: tuple[Key, ...] = (
    *FIDELITY,
    REAL_DISTANCE,
    "laplacian_variance",
    "input_dependence",
    "output_diversity",
    ("smiling_men", "averages of 3"),
)


@dataclass(frozen=True)
class Gain:
    """How much nearer to real faces a version is than a fixed weight of the same likeness.

    In the judge's units, by seed; NaN where it is closer to its input than any fixed weight. `low`
    and `high` are the BCa bootstrap interval of the mean, NaN below ENOUGH_SEEDS; `p` is that of
    the exact two-sided sign-flip test over the planned seeds, `corrected` Holm's over all planned
    versions, whether they are there or not.
    """

    seeds: dict[int, float]
    low: float = nan
    high: float = nan
    p: float = nan
    corrected: float = nan

    @property
    def values(self) -> list[float]:
        return [value for value in self.seeds.values() if value == value]

    @property
    def mean(self) -> float:
        return float(np.mean(self.values)) if self.values else nan


def study_rows(results: pd.DataFrame) -> pd.DataFrame:
    """The rows that a study is drawn of: each run after its last epoch, and yardsticks."""
    last = last_epoch(results)
    rows = zip(last["metric"], last["case"], strict=True)
    return last[[((m, c) if c else m) in KEPT for m, c in rows]].reset_index(drop=True)


def swept() -> tuple[str, ...]:
    """The fixed weights whose runs make the frontier, in their order."""
    return GROUPS[plan()["study"]["frontier"]]


def planned_seeds(seeds: Iterable[int]) -> list[int]:
    """Those of `seeds` that the plan's tests are about."""
    return [seed for seed in seeds if seed in plan()["study"]["seeds"]]


def study_versions(results: pd.DataFrame) -> list[str]:
    """The trained versions that are no part of the frontier, in the order of the registry."""
    trained = {*results["version"]}
    return [name for name in VERSIONS if name in trained and name not in swept()]


def height(points: Sequence[Sequence[float]], likeness: float) -> float:
    """The least distance from real faces that fixed weights reach at `likeness` or more.

    Arguments:
        points: (likeness, distance) of each fixed weight of one seed, in the order of the weights;
            between two of them the frontier is a straight line.
        likeness: where to look. NaN is returned where it lies above that of all points: there is
            nothing to compare with. Below them the nearest of all counts, so that a run that
            collapsed is held against it too.
    """
    x, y = np.array(points, float).T
    if not likeness <= x.max():  # NaN included
        return nan
    # Along a straight line the least distance is at one of its ends: at a point, or where the
    # line comes to this likeness.
    reached = [*y[x >= likeness]]
    for (x0, y0), (x1, y1) in pairwise(points):
        if min(x0, x1) < likeness < max(x0, x1):
            reached.append(y0 + (y1 - y0) * (likeness - x0) / (x1 - x0))
    return float(min(reached))


def sweep(results: pd.DataFrame, fidelity: Key = "psnr") -> dict[int, list[tuple[float, float]]]:
    """Seed -> (likeness, distance) of each fixed weight, in the order of the weights.

    Only seeds in which all weights of the frontier were measured: one with gaps would be easier to
    beat.
    """
    last = last_epoch(results)
    names = swept()
    likeness, distance = (by_seed(last, key) for key in (fidelity, REAL_DISTANCE))
    if not {*names} <= {*likeness} & {*distance}:
        return {}
    found = {}
    for seed in likeness.index.intersection(distance.index):
        points = [(likeness.at[seed, name], distance.at[seed, name]) for name in names]
        if np.isfinite(points).all():
            found[int(seed)] = points
    return found


def among_fixed(curves: Mapping[int, Sequence[tuple[float, float]]]) -> dict[str, float]:
    """What each fixed weight gains over the others of its seed, the mean over seeds.

    The lines between the others are straight where the frontier is bent, so that it is more than
    nothing for a weight in a gap. One that is closer to its input than they is held against the
    closest.

    Arguments:
        curves: from `sweep`.
    """
    found = {}
    for place, name in enumerate(swept()):
        seeds = []
        for points in curves.values():
            likeness, distance = points[place]
            others = [*points[:place], *points[place + 1 :]]
            most = max(x for x, _ in others)
            seeds.append(height(others, min(likeness, most)) - distance)
        found[name] = float(np.mean(seeds))
    return found


def gains(results: pd.DataFrame, fidelity: Key = "psnr") -> dict[str, Gain]:
    """Version -> its gain over the frontier, of all that are no part of it."""
    last = last_epoch(results)
    curves = sweep(results, fidelity)
    likeness, distance = (by_seed(last, key) for key in (fidelity, REAL_DISTANCE))
    planned = plan()["study"]["planned"]
    found = {}
    for name in study_versions(results):
        if name not in likeness or name not in distance:
            continue
        # A run that collapsed is an outcome like any other; one that was not measured is none.
        pairs = pd.concat([likeness[name], distance[name]], axis=1).dropna()
        by = {
            int(seed): height(curves[seed], x) - y
            for seed, x, y in pairs.itertuples()
            if seed in curves
        }
        if by:
            found[name] = tested(by, plan()["study"]["seeds"])
    judged = {name: found[name] for name in planned if name in found}
    return found | corrected(judged, len(planned))


def tested(seeds: Mapping[int, float], planned: Collection[int]) -> Gain:
    """Gains by seed, with their interval and the exact test of those seeds that were planned."""
    gain = Gain(dict(seeds))
    values = np.array(gain.values)
    # Of values that are one but for rounding, no resampling says anything.
    if len(values) >= ENOUGH_SEEDS and np.ptp(values) > 1e-9:
        low, high = stats.bootstrap(
            (values,), np.mean, confidence_level=CONFIDENCE, method="BCa", rng=0
        ).confidence_interval
        gain = replace(gain, low=float(low), high=float(high))
    # Only what was planned is tested: a seed of tuning, say, is judged nowhere.
    judged = [value for seed, value in seeds.items() if seed in planned and value == value]
    if len(judged) < 2:
        return gain
    test = stats.permutation_test(
        (np.array(judged),), np.mean, permutation_type="samples", n_resamples=np.inf
    )
    return replace(gain, p=float(test.pvalue))


def corrected(planned: Mapping[str, Gain], tests: int) -> dict[str, Gain]:
    """Holm's correction: the smallest p times their number, the next times one less, and so on.

    `tests` is how many were planned, whether they are there or not.
    """
    order = sorted((g.p, name) for name, g in planned.items() if g.p == g.p)
    found, worst = {}, 0.0
    for place, (p, name) in enumerate(order):
        worst = max(worst, min(1.0, p * (tests - place)))
        found[name] = replace(planned[name], corrected=worst)
    return found
