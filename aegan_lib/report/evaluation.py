"""One tidy table behind every number: dataset, profile, version, seed, epoch, metric, value."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from aegan_lib import losses, metrics
from aegan_lib.backend import ops
from aegan_lib.datasets import Dataset
from aegan_lib.losses import binary_cross_entropy
from aegan_lib.profiles import Profile
from aegan_lib.runs import Run

COLUMNS = ["dataset", "profile", "version", "seed", "epoch", "metric", "value"]


def evaluate(run: Run, dataset: Dataset) -> pd.DataFrame:
    """Measure a finished run on the test faces; the rows are also kept in its metrics.csv."""
    images = dataset.test.images
    codes = run.encode(images)
    y = run.decode(codes)
    fake_logits = run.logits(y)
    bce = float(
        ops.convert_to_numpy(
            binary_cross_entropy(np.ones_like(fake_logits), fake_logits)
        )
    )  # fmt: skip
    values = {
        **image_metrics(images, y),
        **metrics.discriminator_scores(run.logits(images), fake_logits),
        "bce": bce,
        "trainable_parameters": sum(
            model.count_params() for model in (run.models.encoder, run.models.decoder)
        ),
        "non_trainable_parameters": run.models.discriminator.count_params(),
        "latent_dim": codes.shape[1],
        "dead_units": metrics.dead_units(codes),
        "seconds": run.provenance["seconds"],
    }
    values["g_loss"] = _generator_loss(run, values["mse"], bce)
    epoch = len(run.samples) - 1
    profile = run.settings["profile"]["name"]
    table = _tidy(values, dataset.name, profile, run.version, run.seed, epoch)
    table.to_csv(run.folder / "metrics.csv", index=False)
    return table


def image_metrics(images: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
    """Averages over the images of what is measured without a discriminator."""
    return {
        "mse": float(metrics.mean_squared_errors(images, outputs).mean()),
        "psnr": float(metrics.psnr(images, outputs).mean()),
        "ssim": float(metrics.ssim(images, outputs).mean()),
        "laplacian_variance": float(metrics.laplacian_variance(outputs).mean()),
        "input_dependence": metrics.input_dependence(images, outputs),
    }


def yardsticks(dataset: Dataset, profile: Profile) -> pd.DataFrame:
    """What needs no training: the raw images' sharpness, the mean face, PCA of 100 components."""
    train, test = dataset.train.images, dataset.test.images
    values = {
        "raw": {"laplacian_variance": float(metrics.laplacian_variance(test).mean())},
        "mean_face": image_metrics(test, metrics.mean_face(train, test)),
        "pca_100": image_metrics(test, metrics.pca_reconstruction(train, test, 100)),
    }
    return pd.concat(
        [_tidy(row, dataset.name, profile.name, name, 0, 0) for name, row in values.items()],
        ignore_index=True,
    )


def wide(results: pd.DataFrame, measured: list[str]) -> pd.DataFrame:
    """One row a version, one column a metric, averaged over seeds; in the table's own order."""
    order = list(dict.fromkeys(results["version"]))
    table = results.pivot_table(index="version", columns="metric", values="value", aggfunc="mean")
    return table.reindex(index=order, columns=measured)


def way_to_pca(results: pd.DataFrame) -> pd.Series:
    """Per version, how much of the way in dB from the mean face to PCA its PSNR covers."""
    psnr = wide(results, ["psnr"])["psnr"]
    return (psnr - psnr["mean_face"]) / (psnr["pca_100"] - psnr["mean_face"])


def read_results(folder: Path, runs: Sequence[Run]) -> pd.DataFrame:
    """The rows of a report: yardsticks first, then the given runs in their order."""
    files = [folder / "yardsticks.csv", *(run.folder / "metrics.csv" for run in runs)]
    return pd.concat([pd.read_csv(file) for file in files], ignore_index=True)


def _generator_loss(run: Run, mse: float, bce: float) -> float:
    """The version's own loss at its last alpha and beta, on the averages."""
    settings = run.settings["version"]
    loss = getattr(losses, settings["loss"])
    beta = run.history["beta"].iloc[-1]
    arguments = (ops.convert_to_tensor(v, "float32") for v in (mse, bce, settings["alpha"], beta))
    return float(ops.convert_to_numpy(loss(*arguments)))


def _tidy(
    values: dict[str, float], dataset: str, profile: str, version: str, seed: int, epoch: int
) -> pd.DataFrame:
    rows = [(dataset, profile, version, seed, epoch, name, value) for name, value in values.items()]
    return pd.DataFrame(rows, columns=COLUMNS)
