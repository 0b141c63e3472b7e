"""`train` finishes a run, or loads it where it is finished already."""

import csv
import dataclasses
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from aegan_lib import backend, images, losses, models, step, watching
from aegan_lib.backend import ops
from aegan_lib.dataset import Dataset
from aegan_lib.errors import UserError
from aegan_lib.images import to_floats
from aegan_lib.models import Models, build_models
from aegan_lib.profiles import Profile
from aegan_lib.runs import HISTORY_COLUMNS, REPORTS, Run, find_run, finish_run, run_folder
from aegan_lib.step import MEASURED, make_step
from aegan_lib.store import code_digest
from aegan_lib.versions import VERSIONS, Version
from aegan_lib.watching import Watcher


def train(
    version: Version,
    dataset: Dataset,
    profile: Profile,
    seed: int = 0,
    reports: Path | str = REPORTS,
    eager: bool = False,
    force: bool = False,
    progress: bool = True,
) -> Run:
    """Finish a run, or load it where it is finished with the same settings, data and code.

    Arguments:
        version: what to train, from VERSIONS or one of your own.
        dataset: from `datasets.load`.
        profile: the scale; the version's numbers are scaled by it.
        seed: of initial weights, shuffling and dropout.
        reports: the folder that holds all runs.
        eager: run the step uncompiled, for debugging; many times slower.
        force: train again even if the run is finished.
        progress: show a bar.

    Raises:
        UserError: a batch is larger than the data, the folder cannot be written, or the
            finished run is damaged. All of it is found before training starts.
    """
    folder = run_folder(Path(reports), dataset.name, profile.name, version.name, seed)
    settings = run_settings(version, dataset, profile, seed)
    finished = None if force else find_run(folder)
    if finished and finished.settings == settings:
        return finished
    _require_batches(dataset, profile)
    prepare_folder(folder)

    began = time.perf_counter()
    networks = build_models(profile.image_size, profile.filters, profile.latent_dim, seed)
    if version.start:
        start = train(VERSIONS[version.start], dataset, profile, seed, reports, progress=progress)
        networks.encoder.set_weights(start.models.encoder.get_weights())
        networks.decoder.set_weights(start.models.decoder.get_weights())
    outcome = _train(
        version.scaled(profile),
        networks,
        dataset,
        profile,
        seed,
        folder,
        eager,
        progress,
    )
    return finish_run(folder, settings, outcome, time.perf_counter() - began, networks)


def run_settings(version: Version, dataset: Dataset, profile: Profile, seed: int) -> dict[str, Any]:
    """All that decides how a run ends, as JSON: the run is reused only while this is equal."""
    start = VERSIONS[version.start] if version.start else None
    return {
        "version": version.scaled(profile).described(),
        # The profile's scales are in the version's numbers already: they reach no other version.
        "profile": {
            name: value
            for name, value in dataclasses.asdict(profile).items()
            if name not in ("learning_rate_scale", "slope_scale")
        },
        "dataset": {"name": dataset.name, "digest": dataset.digest},
        "seed": seed,
        "code": code_digest(
            step, sys.modules[__name__], models, backend, images, watching, *watching.MEASURES,
            losses.mean_squared_error, losses.binary_cross_entropy,
        ),
        "version_code": code_digest(*version.code()),
        "start": run_settings(start, dataset, profile, seed) if start else None,
    }  # fmt: skip


def prepare_folder(folder: Path) -> None:
    """An empty folder for a run; whatever an unfinished or outdated run left there goes."""
    try:
        (folder / "run.json").unlink(missing_ok=True)  # first: from here on it is unfinished
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "history.csv").touch()
    except OSError as error:
        raise UserError(
            f"The run's folder {folder} cannot be written ({error.strerror}). "
            "Choose another place with REPORTS=…, or --reports on the command line."
        ) from error


def _require_batches(dataset: Dataset, profile: Profile) -> None:
    available = len(dataset.train.images)
    if profile.batch_size > available or profile.batch_size % 2:
        raise UserError(
            "A batch must be even, since half of it is judged as real and half as fake, and no "
            f"larger than the training data. Received: batch_size={profile.batch_size} with "
            f"{available} training images."
        )


def _train(
    version: Version,
    networks: Models,
    dataset: Dataset,
    profile: Profile,
    seed: int,
    folder: Path,
    eager: bool,
    progress: bool,
) -> str:
    """Train `networks`, writing history and samples into `folder`; the run's outcome."""
    take = make_step(networks, version.loss, version.learning_rate, seed, eager)
    watcher = Watcher(networks, dataset.validation, folder)
    history: dict[str, list[float]] = {name: [] for name in HISTORY_COLUMNS}
    alpha = ops.convert_to_tensor(version.alpha, "float32")
    outcome = "complete"
    with (
        (folder / "history.csv").open("w", newline="", buffering=1) as file,
        progress_bar(version.name, seed, profile, disable=not progress) as bar,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HISTORY_COLUMNS)
        for epoch, batch, x in _batches(dataset, profile, seed):
            beta = version.beta(history) if callable(version.beta) else version.beta
            index = epoch * profile.batches_per_epoch + batch
            measured = take(
                x,
                alpha,
                ops.convert_to_tensor(beta, "float32"),
                ops.convert_to_tensor(index),
            )
            row = dict(zip(MEASURED, ops.convert_to_numpy(measured).tolist(), strict=True))
            row |= {"epoch": epoch, "batch": batch, "beta": float(beta)}
            for name, values in history.items():
                values.append(row[name])
            writer.writerow(row[name] for name in HISTORY_COLUMNS)
            show(bar, row, profile)
            if not np.isfinite([row["mse"], row["bce"], row["g_loss"]]).all():
                outcome = f"diverged at epoch {epoch + 1}, batch {batch + 1}: a loss is not finite"
                break
            if batch + 1 == profile.batches_per_epoch:
                watcher.look()
    watcher.close()
    return outcome


def _batches(dataset: Dataset, profile: Profile, seed: int) -> Iterator[tuple[int, int, Any]]:
    """(epoch, batch, x) over the whole training; a last, smaller batch is left out."""
    train_images = dataset.train.images
    for epoch in range(profile.epochs):
        # The order is a function of (seed, epoch): resuming needs no generator's state.
        order = np.random.default_rng([seed, epoch]).permutation(len(train_images))
        for batch in range(profile.batches_per_epoch):
            chosen = order[batch * profile.batch_size :][: profile.batch_size]
            yield epoch, batch, ops.convert_to_tensor(to_floats(train_images[chosen]))


def progress_bar(version: str, seed: int, profile: Profile, **options: Any) -> tqdm:
    return tqdm(
        total=profile.epochs * profile.batches_per_epoch,
        desc=f"{version} seed {seed}",
        unit="batch",
        mininterval=0.5,
        **options,
    )


def show(bar: tqdm, row: dict[str, float], profile: Profile) -> None:
    """Move `bar` to the batch recorded in `row`."""
    bar.set_postfix_str(
        f"epoch {int(row['epoch']) + 1}/{profile.epochs}, mse {row['mse']:.4f}, "
        f"bce {row['bce']:.3f}, beta {row['beta']:.2g}",
        refresh=False,
    )
    done = int(row["epoch"]) * profile.batches_per_epoch + int(row["batch"]) + 1
    bar.update(done - bar.n)
