"""The versions compared with one another: who is beaten by whom, seed by seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from aegan_lib.evaluation.estimates import Estimate
from aegan_lib.evaluation.results import REAL_DISTANCE, Key, by_seed, last_epoch, spread
from aegan_lib.versions import VERSIONS

FAITHFUL = 3.0  # dB above the mean face, half of its squared error: what counts as reconstructing
AXES: tuple[tuple[Key, int], ...] = (("psnr", 1), (REAL_DISTANCE, -1))  # the sign of better
SHOWN: tuple[Key, ...] = ("psnr", REAL_DISTANCE, "shared_detail", "laplacian_variance")


@dataclass(frozen=True)
class Field:
    """The versions that reconstruct, and by whom each is beaten in everything.

    One version beats another if it is better on every axis in every seed that both have.
    """

    faithful: tuple[str, ...]
    left_out: tuple[str, ...]
    beaten_by: dict[str, list[str]]
    numbers: dict[Key, dict[str, Estimate]]
    seeds: int  # that the versions have, the fewest

    @property
    def unbeaten(self) -> list[str]:
        return [name for name in self.faithful if not self.beaten_by[name]]


def field(results: pd.DataFrame) -> Field:
    """Compare all versions with all, seed by seed."""
    last = last_epoch(results)
    numbers = spread(last, SHOWN)
    found = numbers["psnr"]
    floor = found["mean_face"].mean + FAITHFUL
    trained = [name for name, e in found.items() if name in VERSIONS and e.n]
    faithful = [name for name in trained if found[name].mean > floor]
    # Axis by axis a table of seeds x versions, each with larger for better.
    tables = [by_seed(last, key) * sign for key, sign in AXES]
    beaten_by = {
        name: [other for other in faithful if other != name and _beats(tables, other, name)]
        for name in faithful
    }
    left_out = tuple(name for name in trained if name not in faithful)
    seeds = min((found[name].n for name in faithful), default=0)
    return Field(tuple(faithful), left_out, beaten_by, numbers, seeds)


def paired_seeds(results: pd.DataFrame, name: str) -> list[list[float]]:
    """A version's value on each axis, seed by seed, of the seeds that have them all."""
    last = last_epoch(results[results["version"] == name])
    table = pd.concat([by_seed(last, key)[name] for key, _ in AXES], axis=1).dropna()
    return [table.iloc[:, i].tolist() for i in range(table.shape[1])]


def _beats(tables: Sequence[pd.DataFrame], one: str, other: str) -> bool:
    for table in tables:
        if one not in table or other not in table:
            return False
        paired = (table[one] - table[other]).dropna()
        if paired.empty or not (paired > 0).all():
            return False
    return True
