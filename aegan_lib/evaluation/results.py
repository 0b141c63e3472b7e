"""One tidy table behind every number: a row a value, with the run and the epoch it belongs to.

A metric that is measured in several ways has a row for each `case`: an attribute, or a kind of
edit; elsewhere the case is empty. `low` and `high` are a 95 % interval over the test images of that
one run, where there is one. They say nothing about a version's other seeds.
"""

from collections.abc import Iterable, Sequence
from math import nan
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from aegan_lib.evaluation.estimates import Estimate, estimate
from aegan_lib.runs import Run

COLUMNS = [
    "dataset",
    "profile",
    "version",
    "seed",
    "epoch",
    "metric",
    "case",
    "value",
    "low",
    "high",
]
METRICS = "metrics.csv"  # of a run, in its folder
Key = str | tuple[str, str]  # a metric, or a metric and one of its cases
# Metrics that lie in [0, 1], and so do their intervals.
SHARES = {
    "d_accuracy_real", "d_accuracy_fake", "input_dependence", "invented_detail", "smile_changed",
    "smiling_men", "male_flipped", "others_flipped", "probe_accuracy", "edit_agreement",
    "coordinates_outside", "line_closer", "share_of_batches",
}  # fmt: skip
# What verdicts rest on: the judge of realism, and a version's own discriminator, which swings from
# epoch to epoch, on validation faces.
REAL_DISTANCE: Key = "real_distance"
SETTLED = 3  # epochs that a symptom must have lasted, and that an adversary is averaged over
LAST_EPOCHS = f"last {SETTLED} epochs"  # the case of a metric that is such an average
SETTLED_REAL: Key = ("d_accuracy_real", LAST_EPOCHS)
SETTLED_FAKE: Key = ("d_accuracy_fake", LAST_EPOCHS)
Spread = dict[Key, dict[str, Estimate]]  # by version, in the order of the rows


class Value(NamedTuple):
    """One number that was measured, and a 95 % interval over images where there is one."""

    metric: str
    value: float
    case: str = ""
    low: float = nan
    high: float = nan


def tidy(
    values: Iterable[Value], dataset: str, profile: str, version: str, seed: int = 0, epoch: int = 0
) -> pd.DataFrame:
    """Values as rows of the table."""
    # The same for every row: whose numbers they are.
    whose = {
        "dataset": dataset,
        "profile": profile,
        "version": version,
        "seed": seed,
        "epoch": epoch,
    }
    return pd.DataFrame(values, columns=Value._fields).assign(**whose)[COLUMNS]


def tidy_run(values: Iterable[Value], dataset: str, run: Run) -> pd.DataFrame:
    """Values of a run at its epoch as rows of the table."""
    return tidy(values, dataset, run.profile.name, run.version.name, run.seed, run.epoch)


def read_results(folder: Path, runs: Sequence[Run]) -> pd.DataFrame:
    """The rows of a report: yardsticks first, then the given runs in their order."""
    files = [folder / "yardsticks.csv", *(run.folder / METRICS for run in runs)]
    return pd.concat([read_table(file) for file in files], ignore_index=True)


def read_table(path: Path) -> pd.DataFrame:
    """Rows that were kept; a case may be called anything, "nan" and "None" too."""
    # pandas would take a case of that name for a missing value.
    empty = {"value": "", "low": "", "high": ""}
    return pd.read_csv(path, keep_default_na=False, na_values=empty)


def of_run(results: pd.DataFrame, run: Run, metric: str, case: str = "") -> float:
    """What was measured of `run` after its last epoch, NaN where it was not."""
    rows = results[(results["version"] == run.version.name) & (results["seed"] == run.seed)]
    # A table that was kept may have rows of a run's best epoch too: the later epoch is the last.
    rows = rows[(rows["metric"] == metric) & (rows["case"] == case)]
    return float(rows.loc[rows["epoch"].idxmax(), "value"]) if len(rows) else nan


def last_epoch(results: pd.DataFrame) -> pd.DataFrame:
    """The rows of each run's last epoch: what a table shows unless it says otherwise."""
    # For each row the last epoch of its run, so that rows of two runs are never mixed up.
    last = results.groupby(["version", "seed"])["epoch"].transform("max")
    return results[results["epoch"] == last]


def by_version(results: pd.DataFrame) -> pd.DataFrame:
    """Version x (metric, case), averaged over seeds."""
    return results.pivot_table(
        index="version", columns=["metric", "case"], values="value", aggfunc="mean"
    )


def by_seed(last: pd.DataFrame, key: Key) -> pd.DataFrame:
    """Seed x version of one metric, from the rows of one epoch of each run."""
    metric, case = (key, "") if isinstance(key, str) else key
    rows = last[(last["metric"] == metric) & (last["case"] == case)]
    return rows.pivot_table(index="seed", columns="version", values="value")


def wide(results: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """One row a version, in the table's own order, one column a metric, averaged over seeds.

    Each run counts with its last epoch; metrics that have cases are not meant.
    """
    # pandas would sort by name, but the rows come in the order of the experiment.
    order = list(dict.fromkeys(results["version"]))
    whole = last_epoch(results)
    found = by_version(whole[whole["case"] == ""]).droplevel("case", axis=1)
    return found.reindex(index=order, columns=metrics)


def spread(rows: pd.DataFrame, keys: Sequence[Key]) -> Spread:
    """Key -> version -> its `Estimate` over seeds; `rows` hold one epoch of each run.

    A single seed's interval is that over its images, where it has one.
    """
    versions = list(dict.fromkeys(rows["version"]))
    # Grouped once for all keys, of the metrics that they name: one group holds a version's seeds.
    rows = rows[rows["metric"].isin({key if isinstance(key, str) else key[0] for key in keys})]
    groups = dict(tuple(rows.groupby(["version", "metric", "case"])))
    found: Spread = {key: {} for key in keys}
    for key in keys:
        metric, case = (key, "") if isinstance(key, str) else key
        for version in versions:
            # Not measured is an estimate of no values, so that a table has a place for it.
            group = groups.get((version, metric, case))
            found[key][version] = _estimate(group) if group is not None else estimate([])
    return found


def _estimate(group: pd.DataFrame) -> Estimate:
    if len(group) > 1:
        return estimate(group["value"], share=group["metric"].iloc[0] in SHARES)
    # A single seed has the interval over its images. Only NaN, no measurement, differs from itself.
    ((value, low, high),) = group[["value", "low", "high"]].to_numpy()
    return Estimate(value, low, high, (value,)) if value == value else estimate([])


def with_way(results: pd.DataFrame) -> pd.DataFrame:
    """`results` and rows of the metric `way`: how much of the way in dB from the mean face to PCA
    a PSNR covers.
    """
    psnr = results[results["metric"] == "psnr"]
    by_version = wide(results, ["psnr"])["psnr"]
    # 0 at the mean face, which ignores its input; 1 at PCA, the linear yardstick; more is better.
    # PCA's name says how many components it has: pca_100.
    start, goal = by_version["mean_face"], by_version.filter(regex=r"^pca_\d+$").iloc[0]
    rows = psnr.assign(metric="way", value=(psnr["value"] - start) / (goal - start))
    return pd.concat([results, rows], ignore_index=True)
