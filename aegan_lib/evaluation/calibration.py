"""Whether a judge of realism can be believed: it must put degraded faces in the planned order.

The plan is the table `calibration` of `reports/plan.toml`: which degradations there are, which of
two sets is the more real one, and by what rule a judge passes.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd

from aegan_lib import plan
from aegan_lib.dataset import Dataset
from aegan_lib.evaluation.degradations import TrainingFaces, degrade
from aegan_lib.evaluation.judges import Judge, patches, reference_faces
from aegan_lib.evaluation.results import REAL_DISTANCE

CALIBRATION = "calibration.csv"  # in a report's folder: what the judge said of its own faces
ENOUGH = 0.95  # of the pairs must be in order in each single draw
Pair = tuple[str, str]  # two sets, the more real one first


@dataclass(frozen=True)
class Verdict:
    """How a judge did: shares of pairs in order, and the pairs that are not, and where.

    `wrong` are those that are not in the mean over the draws; `wrong_somewhere` maps every pair
    that is not in some draw to the number of such draws.
    """

    pairs: int
    in_mean: float
    in_worst_draw: float
    wrong: tuple[Pair, ...]
    wrong_somewhere: Mapping[Pair, int]

    @property
    def passes(self) -> bool:
        return not self.wrong and self.in_worst_draw >= ENOUGH


def ordered_pairs(ordering: Mapping[str, Sequence[Any]]) -> list[Pair]:
    """Every pair that the plan orders: all of each chain, and mild before worst across families.

    >>> ordered_pairs({"chains": [["real", "a 1"]], "mild": ["a 1"], "worst": ["a 2", "b 9"]})
    [('real', 'a 1'), ('a 1', 'b 9')]
    """
    pairs = [pair for chain in ordering["chains"] for pair in combinations(chain, 2)]
    # Within a family the chain says it already.
    pairs += [
        (mild, worst)
        for mild, worst in product(ordering["mild"], ordering["worst"])
        if mild.split()[0] != worst.split()[0]
    ]
    return list(dict.fromkeys(pairs))


def calibrated(dataset: Dataset) -> pd.DataFrame:
    """The judge that is used, calibrated on a dataset's own faces by the plan."""
    reference = reference_faces(dataset)
    return calibrate({"patches": patches(reference)}, dataset, plan.calibration(), reference.faces)


def judged(table: pd.DataFrame) -> Verdict:
    """What the plan's rule says of the judge that is used, by what `calibrated` gave."""
    return verdict(table, ordered_pairs(plan.calibration()["ordering"]))


def believed(results: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Results without what the judge says where, by its calibration, it cannot be believed."""
    return results if judged(table).passes else results[results["metric"] != REAL_DISTANCE]


def calibrate(
    judges: Mapping[str, Judge], dataset: Dataset, planned: Mapping[str, Any], train: np.ndarray
) -> pd.DataFrame:
    """What each judge says of real and degraded test faces: judge, draw, set, distance, seconds.

    Arguments:
        judges: by name; each gets the same sets.
        dataset: whose test faces are drawn, with as many in a draw as there are where the plan asks
            for more.
        planned: the plan's table `calibration`.
        train: training faces whose mean and components the degradations use.
    """
    test, known, rows = dataset.test.images, TrainingFaces(train), []
    for draw in range(planned["draws"]):
        count = min(planned["faces"], len(test))
        chosen = np.random.default_rng(draw).choice(len(test), count, replace=False)
        sets = degrade(test[np.sort(chosen)], planned["degradations"], known, seed=draw)
        for judge, (name, images) in product(judges, sets.items()):
            # At some sizes the mildest leave every byte as it was, and so are no degradations; nor
            # is as many faces again as there are, which puts them in another order.
            if name != "real" and _same_faces(images, sets["real"]):
                continue
            begin = time.process_time()
            distance = judges[judge](images)
            rows.append((judge, draw, name, distance, time.process_time() - begin))
    return pd.DataFrame(rows, columns=["judge", "draw", "set", "distance", "seconds"])


def _same_faces(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two sets (n, h, w, 3) have the same images, in whatever order."""
    return sorted(face.tobytes() for face in one) == sorted(face.tobytes() for face in other)


def verdict(table: pd.DataFrame, pairs: Sequence[Pair]) -> Verdict:
    """What the distances of one judge, as `calibrate` gives them, say of it."""
    distances = table.pivot(index="set", columns="draw", values="distance")
    pairs = [pair for pair in pairs if set(pair) <= set(distances.index)]
    more, less = (distances.loc[list(names)].to_numpy() for names in zip(*pairs, strict=True))
    # (pairs, draws); a distance that is not a number is in no order.
    right, right_in_mean = more < less, more.mean(axis=1) < less.mean(axis=1)
    wrong = tuple(pair for pair, fine in zip(pairs, right_in_mean, strict=True) if not fine)
    misses = dict(zip(pairs, (~right).sum(axis=1).tolist(), strict=True))
    return Verdict(
        pairs=len(pairs),
        in_mean=float(right_in_mean.mean()),
        in_worst_draw=float(right.mean(axis=0).min()),
        wrong=wrong,
        wrong_somewhere={pair: count for pair, count in misses.items() if count},
    )
