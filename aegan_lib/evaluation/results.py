"""One tidy table behind every number: dataset, profile, version, seed, epoch, metric, value."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from aegan_lib.evaluation.estimates import estimate
from aegan_lib.runs import Run

COLUMNS = ["dataset", "profile", "version", "seed", "epoch", "metric", "value"]


def last_epoch(results: pd.DataFrame) -> pd.DataFrame:
    """The rows of each run's last epoch: what a table shows unless it says otherwise."""
    last = results.groupby(["version", "seed"])["epoch"].transform("max")
    return results[results["epoch"] == last]


def best_epoch(results: pd.DataFrame) -> pd.DataFrame:
    """The rows of each run's best epoch, which may be its last; yardsticks have none."""
    chosen = results[results["metric"] == "best_epoch"].set_index(["version", "seed"])["value"]
    runs = pd.MultiIndex.from_frame(results[["version", "seed"]])
    return results[results["epoch"].to_numpy() == chosen.reindex(runs).to_numpy()]


def by_version(results: pd.DataFrame) -> pd.DataFrame:
    """Version x metric, averaged over seeds."""
    return results.pivot_table(index="version", columns="metric", values="value", aggfunc="mean")


def wide(results: pd.DataFrame, measured: list[str]) -> pd.DataFrame:
    """One row a version, in the table's own order, one column a metric, averaged over seeds.

    Each run counts with its last epoch.
    """
    order = list(dict.fromkeys(results["version"]))
    return by_version(last_epoch(results)).reindex(index=order, columns=measured)


def spread(rows: pd.DataFrame, measured: list[str]) -> pd.DataFrame:
    """Version x metric, an `Estimate` over seeds each; `rows` hold one epoch of each run."""
    found = {key: estimate(v) for key, v in rows.groupby(["version", "metric"])["value"]}
    names, nothing = list(dict.fromkeys(rows["version"])), estimate([])
    columns = {m: [found.get((name, m), nothing) for name in names] for m in measured}
    return pd.DataFrame(columns, pd.Index(names, name="version"))


def with_way(results: pd.DataFrame) -> pd.DataFrame:
    """`results` and rows of the metric `way`: how much of the way in dB from the mean face to PCA
    a PSNR covers.
    """
    psnr = results[results["metric"] == "psnr"]
    start, goal = (wide(results, ["psnr"]).at[name, "psnr"] for name in ("mean_face", "pca_100"))
    rows = psnr.assign(metric="way", value=(psnr["value"] - start) / (goal - start))
    return pd.concat([results, rows], ignore_index=True)


def way_to_pca(results: pd.DataFrame) -> pd.Series:
    """The metric `way` per version, averaged over seeds."""
    return wide(with_way(results), ["way"])["way"]


def read_results(folder: Path, runs: Sequence[Run]) -> pd.DataFrame:
    """The rows of a report: yardsticks first, then the given runs in their order."""
    files = [folder / "yardsticks.csv", *(run.folder / "metrics.csv" for run in runs)]
    return pd.concat([pd.read_csv(file) for file in files], ignore_index=True)
