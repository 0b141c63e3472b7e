"""What the study's rounds are read by: gains over fixed weights at one or several rates.

A round's table has a row for each run: its version, its learning rate as `value`, its seed, and
what was measured.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aegan_lib.errors import UserError
from aegan_lib.evaluation import frontier
from aegan_lib.evaluation.diagnosis import FORGOTTEN
from aegan_lib.evaluation.results import REAL_DISTANCE, by_seed, last_epoch
from aegan_lib.versions import VERSIONS
from benchmarks.study import ASKED, NUMBERS, first_results, required, version_of

AXES = ["psnr", "real_distance"]
FURTHER = ["shared_detail", "noise", "input_dependence"]  # the second round has no noise
Run = tuple[str, float]  # a version and its learning rate


def kept_rows(kept: str, seeds: Collection[int]) -> pd.DataFrame:
    """The rows of a round's table that are of `seeds`.

    Raises:
        UserError: there is no table, or it has a run twice.
    """
    table = pd.read_csv(required(kept, "train"))
    table = table[table["seed"].isin(seeds)]
    twice = table[table.duplicated(["version", "value", "seed"])]
    for name, rate, seed in twice[["version", "value", "seed"]].itertuples(index=False):
        raise UserError(
            f"{Path(kept).name} has {name} at {rate:g}, seed {seed}, more than once. Expected: one "
            "row for each run. Delete the others."
        )
    return table


def as_rows(kept: str) -> pd.DataFrame:
    """A table of single runs as a round's, each by its own name and rate."""
    table = pd.read_csv(kept, keep_default_na=False)
    asked = table[list(ASKED)].itertuples(index=False)
    versions = [version_of((n, f, float(v) if f else None, s)) for n, f, v, s in asked]
    return table.assign(
        version=[version.name for version in versions],
        value=[version.learning_rate for version in versions],
    )


def first_round(profile: str) -> pd.DataFrame:
    """The first round's runs, each at its version's own rate."""
    last = last_epoch(first_results(profile))
    columns = {str(key): by_seed(last, key).stack() for key in (*frontier.FIDELITY, REAL_DISTANCE)}
    table = pd.DataFrame(columns).rename_axis(["seed", "version"]).reset_index()
    table = table[table["version"].isin(VERSIONS)]
    return table.assign(value=[VERSIONS[name].learning_rate for name in table["version"]])


def by_rate(fixed: Sequence[Run]) -> dict[float, list[str]]:
    """Learning rate -> the fixed weights that were trained with it, in their order."""
    found: dict[float, list[str]] = {}
    for name, rate in sorted(fixed, key=weight):
        found.setdefault(rate, []).append(name)
    return found


def weight(fixed: Run) -> float:
    """β over α; also of versions of one's own, which need not be registered for it."""
    name = fixed[0]
    own = {field: float(number) for field, number in NUMBERS.findall(name)}
    beta = own["beta"] if own else VERSIONS[name].beta
    assert not callable(beta)
    return beta / own.get("alpha", 1)


def gained(
    table: pd.DataFrame,
    fixed: Sequence[Run],
    rules: Mapping[str, float],
    fidelity: str,
    seeds: Sequence[int],
    ends: bool = False,
) -> dict[str, dict[int, float]]:
    """Rule -> seed -> how much nearer to real faces it is than fixed weights as close to the input.

    That is `frontier.height`, of several rates the least of their separate lines. Only seeds of
    which all fixed weights are there. NaN for what is closer than all of them, unless there are
    `ends`: then it is held against the closest. What collapsed, below them, is held against the
    nearest to real faces.

    Arguments:
        table: a row for each run, with its version, its learning rate as `value`, and its seed.
        fixed: the fixed weights, each with its rate; those of one rate are joined to one line.
        rules: each rule's learning rate.
    """
    sweeps = by_rate(fixed)
    curves: dict[int, list[list[list[float]]]] = {}
    for seed in seeds:
        curves[seed] = []
        for rate, names in sweeps.items():
            of = table[(table["seed"] == seed) & (table["value"] == rate)].set_index("version")
            points = of.reindex(names)[[fidelity, "real_distance"]]
            curves[seed] += [] if points.isna().any(axis=None) else [points.to_numpy().tolist()]
    found: dict[str, dict[int, float]] = {}
    for name, rate in rules.items():
        runs = table[(table["version"] == name) & (table["value"] == rate)].sort_values("seed")
        found[name] = {}
        for seed, x, y in runs[["seed", fidelity, "real_distance"]].itertuples(index=False):
            if len(curves.get(seed, [])) == len(sweeps):
                most = max(at for curve in curves[seed] for at, _ in curve)
                likeness = min(x, most) if ends else x
                reached = [frontier.height(curve, likeness) for curve in curves[seed]]
                found[name][seed] = min((h for h in reached if h == h), default=np.nan) - y
    return found


def means(table: pd.DataFrame) -> pd.DataFrame:
    """Of each weighting's runs: how many there are, how many collapsed, and means of the others."""
    keys = ["version", "value"]
    collapsed = ~(table["input_dependence"] >= FORGOTTEN)  # what was not measured too
    runs = table.assign(collapsed=collapsed).groupby(keys, sort=False)
    well = table[~collapsed].groupby(keys, sort=False)
    counts = runs["collapsed"].agg(["size", "sum"]).set_axis(["runs", "collapsed"], axis=1)
    return counts.join(well[[*AXES, *(c for c in FURTHER if c in table)]].mean())


def as_table(gains: Mapping[Any, frontier.Gain], seeds: Sequence[int]) -> pd.DataFrame:
    """A row for each gain: by seed, the mean and its interval, and the test."""
    rows = {
        key: {
            **{str(seed): gain.seeds.get(seed, np.nan) for seed in seeds},
            **{"mean": gain.mean, "low": gain.low, "high": gain.high},
            **{"p": gain.p, "corrected": gain.corrected},
        }
        for key, gain in gains.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")
