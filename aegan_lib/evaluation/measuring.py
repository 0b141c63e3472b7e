"""One tidy table behind every number: dataset, profile, version, seed, epoch, metric, value."""

from typing import Any

import numpy as np
import pandas as pd

from aegan_lib import losses, metrics
from aegan_lib.backend import ops
from aegan_lib.dataset import Dataset, Split
from aegan_lib.evaluation.arithmetic import score, truth
from aegan_lib.evaluation.probe import Probe
from aegan_lib.losses import binary_cross_entropy
from aegan_lib.profiles import Profile
from aegan_lib.runs import Run

COLUMNS = ["dataset", "profile", "version", "seed", "epoch", "metric", "value"]
EYES = [f"{side}_eye_{axis}" for side in ("left", "right") for axis in "xy"]  # landmark columns


def evaluate(run: Run, dataset: Dataset, probe: Probe | None = None) -> pd.DataFrame:
    """Measure a finished run on the test faces, at its last and at its best epoch.

    The rows are also kept in its metrics.csv. The probe, where there is one, says whose smile
    was changed, and scores vector arithmetic at the last epoch.
    """
    best = run.best
    values = {"best_epoch": best.epoch, **_networks(run), **_outputs(run, dataset.test, probe)}
    if probe:
        values |= score(run, dataset, probe).metrics
    tables = [_tidy(values, dataset.name, run)]
    if best.epoch != run.epoch:
        tables.append(_tidy(_outputs(best, dataset.test, probe), dataset.name, best))
    table = pd.concat(tables, ignore_index=True)
    table.to_csv(run.folder / "metrics.csv", index=False)
    return table


def _networks(run: Run) -> dict[str, float]:
    """What needs no images."""
    models = run.models
    return {
        "trainable_parameters": models.encoder.count_params() + models.decoder.count_params(),
        "non_trainable_parameters": models.discriminator.count_params(),
        "latent_dim": run.settings["profile"]["latent_dim"],
        "seconds": run.provenance["seconds"],
    }


def _outputs(run: Run, split: Split, probe: Probe | None) -> dict[str, float]:
    images = split.images
    codes = run.encode(images)
    y = run.decode(codes)
    fake_logits = run.logits(y)
    values = {
        **fidelity(images, y),
        **appearance(y, split),
        **metrics.discriminator_scores(run.logits(images), fake_logits),
        "bce": _scalar(binary_cross_entropy(np.ones_like(fake_logits), fake_logits)),
        "dead_units": metrics.dead_units(codes),
    }
    values["g_loss"] = _generator_loss(run, values["mse"], values["bce"])
    if probe and "Smiling" in probe.attributes:
        changed = probe.says(images, "Smiling") != probe.says(y, "Smiling")
        values["smile_changed"] = float(changed.mean())
    return values


def fidelity(images: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
    """How much of each input its output kept, averaged over the images."""
    return {
        "mse": float(metrics.mean_squared_errors(images, outputs).mean()),
        "psnr": float(metrics.psnr(images, outputs).mean()),
        "ssim": float(metrics.ssim(images, outputs).mean()),
        "input_dependence": metrics.input_dependence(images, outputs),
        "output_diversity": metrics.output_diversity(images, outputs),
        "invented_detail": float(metrics.invented_detail(images, outputs).mean()),
    }


def appearance(images: np.ndarray, split: Split) -> dict[str, float]:
    """How images of the faces of `split` look by themselves, averaged over them."""
    values = {
        "laplacian_variance": float(metrics.laplacian_variance(images).mean()),
        "noise": float(metrics.noise(images).mean()),
        "checkerboard": float(metrics.checkerboard(images).mean()),
    }
    if set(EYES) <= set(split.table):
        eyes = split.table[EYES].to_numpy(float).reshape(-1, 2, 2)
        values["eye_sharpness"] = float(metrics.eye_sharpness(images, eyes).mean())
    return values


def yardsticks(dataset: Dataset, profile: Profile, probe: Probe | None = None) -> pd.DataFrame:
    """What needs no training: the raw images, the mean face, PCA of 100 components.

    With a probe, the raw images also stand for arithmetic that gives the true answers.
    """
    train, test = dataset.train.images, dataset.test.images
    outputs = {
        "mean_face": metrics.mean_face(train, test),
        "pca_100": metrics.pca_reconstruction(train, test, 100),
    }
    values = {"raw": appearance(np.asarray(test), dataset.test)} | {
        name: fidelity(test, y) | appearance(y, dataset.test) for name, y in outputs.items()
    }
    if probe:
        values["raw"] |= truth(dataset, probe).metrics
    return pd.concat(
        [_rows(row, dataset.name, profile.name, name, 0, 0) for name, row in values.items()],
        ignore_index=True,
    )


def _generator_loss(run: Run, mse: float, bce: float) -> float:
    """The version's own loss at its epoch's last beta, on the averages."""
    settings = run.settings["version"]
    loss = getattr(losses, settings["loss"])
    known = run.history[run.history["epoch"] < max(run.epoch, 1)]
    numbers = (mse, bce, settings["alpha"], known["beta"].iloc[-1])
    return _scalar(loss(*(ops.convert_to_tensor(number, "float32") for number in numbers)))


def _scalar(value: Any) -> float:
    return float(ops.convert_to_numpy(value))


def _tidy(values: dict[str, float], dataset: str, run: Run) -> pd.DataFrame:
    profile = run.settings["profile"]["name"]
    return _rows(values, dataset, profile, run.version, run.seed, run.epoch)


def _rows(
    values: dict[str, float], dataset: str, profile: str, version: str, seed: int, epoch: int
) -> pd.DataFrame:
    rows = [(dataset, profile, version, seed, epoch, name, value) for name, value in values.items()]
    return pd.DataFrame(rows, columns=COLUMNS)
