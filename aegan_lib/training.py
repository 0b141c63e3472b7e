"""`train` finishes a run, or loads it where it is finished already."""

import csv
import dataclasses
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from aegan_lib import backend, images, losses, models, step, watching
from aegan_lib.backend import ops
from aegan_lib.dataset import Dataset
from aegan_lib.errors import UserError, named
from aegan_lib.images import to_floats
from aegan_lib.models import Models
from aegan_lib.profiles import Profile
from aegan_lib.runs import (
    REPORTS,
    Run,
    find_run,
    finish_run,
    profile_models,
    report_folder,
    run_folder,
)
from aegan_lib.step import Step, make_step
from aegan_lib.store import code_digest
from aegan_lib.versions import VERSIONS, Version
from aegan_lib.watching import Watcher

Row = dict[str, Any]  # one batch's row of the history, by column


def train(
    version: Version | str,
    dataset: Dataset,
    seed: int = 0,
    reports: Path | str = REPORTS,
    *,
    eager: bool = False,
    force: bool = False,
    progress: bool = True,
) -> Run:
    """Finish a run, or load it where it is finished with the same settings, data and code.

    Arguments:
        version: what to train: a name in VERSIONS, or one of your own. Its numbers are scaled by
            the dataset's profile.
        dataset: from `load`.
        seed: of initial weights, shuffling and dropout.
        reports: the folder that holds all runs.
        eager: run the step uncompiled, for debugging; many times slower.
        force: train again even if the run is finished.
        progress: show a bar.

    Raises:
        UserError: a batch is larger than the data, the folder cannot be written, or the
            finished run is damaged. All of it is found before training starts.
    """
    version = named("version", version, VERSIONS) if isinstance(version, str) else version
    # What decides the outcome is compared before anything is loaded or trained.
    settings = run_settings(version, dataset, seed)
    report = report_folder(reports, dataset.name, dataset.profile.name)
    folder = run_folder(report, version.name, seed)
    finished = None if force else find_run(folder)
    if finished and finished.settings == settings:
        return finished
    # Refused now is better than after an hour, and before the old run's folder is emptied.
    _require_batches(dataset)
    _require_scalar(version, eager)
    prepare_folder(folder)

    # Everything that a run is made of: networks, the step at this profile's numbers, and the
    # watcher, which takes its first look before any training.
    networks = _initial(version, dataset, seed, reports, progress)
    began = time.perf_counter()  # a run that this one starts from has a clock of its own
    scaled = version.scaled(dataset.profile)
    # A schedule looks at every batch before the next: only a fixed beta is known beforehand.
    fixed = not callable(scaled.beta) and not eager
    block = backend.block_size(dataset.profile.batches_per_epoch) if fixed else 1
    take = make_step(networks, scaled.loss, scaled.learning_rate, seed, eager, many=block > 1)
    trained = (
        _trained_in_blocks(take, scaled, dataset, seed, block)
        if block > 1
        else (_trained(take, scaled, dataset, seed))
    )
    watcher = Watcher(networks, dataset.validation, folder)
    outcome = "complete"
    with (
        # Written line by line, so that the run can be followed from another process.
        (folder / "history.csv").open("w", newline="", buffering=1) as file,
        progress_bar(version.name, seed, dataset.profile, disable=not progress) as bar,
    ):
        writer = csv.writer(file, lineterminator="\n")
        for number, row in enumerate(trained):
            if number == 0:
                writer.writerow(row)  # its keys are the columns' names
            writer.writerow(row.values())
            show(bar, row, dataset.profile)
            # The update that went with such a loss spoiled the weights: the row that shows it is
            # kept, the rest of the training is spared.
            if not np.isfinite([row["mse"], row["bce"], row["g_loss"]]).all():
                at = f"epoch {row['epoch'] + 1}, batch {row['batch'] + 1}"
                outcome = f"diverged at {at}: a loss is not finite"
                break
            if row["batch"] + 1 == dataset.profile.batches_per_epoch:
                watcher.look()
    # A run that diverged is finished too: how it ended is what it was trained to find out.
    watcher.close()
    return finish_run(folder, settings, outcome, time.perf_counter() - began, networks)


def run_settings(version: Version, dataset: Dataset, seed: int) -> dict[str, Any]:
    """All that decides how a run ends, as JSON: the run is reused only while this is equal."""
    profile = dataclasses.asdict(dataset.profile)
    start = named("version", version.start, VERSIONS) if version.start else None
    # The profile's scales are in the version's numbers already: they reach no other version.
    for scale in ("learning_rate_scale", "slope_scale"):
        del profile[scale]
    return {
        "version": version.scaled(dataset.profile).described(),
        "profile": profile,
        "dataset": {"name": dataset.name, "digest": dataset.digest},
        "seed": seed,
        "backend": backend.NAME,
        # All code that has a part in a run's numbers, and none that only shows them.
        "code": code_digest(
            step,
            sys.modules[__name__],
            models,
            backend,
            backend.chosen,
            images.to_floats,
            images.to_bytes,
            watching,
            *watching.METRICS,
            losses.mean_squared_error,
            losses.binary_cross_entropy,
        ),
        "version_code": code_digest(*version.code()),
        "start": run_settings(start, dataset, seed) if start else None,
    }


def prepare_folder(folder: Path) -> None:
    """An empty folder for a run; whatever an unfinished or outdated run left there goes."""
    try:
        (folder / "run.json").unlink(missing_ok=True)  # first: from here on it is unfinished
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        # Whether a file can be made here is found out now, before the networks are built.
        (folder / "history.csv").touch()
    except OSError as error:
        raise UserError(
            f"The run's folder {folder} cannot be written ({error.strerror}). "
            "Choose another place with REPORTS=…, or --reports on the command line."
        ) from error


def _require_batches(dataset: Dataset) -> None:
    size, available = dataset.profile.batch_size, len(dataset.train.images)
    if size > available or size % 2:
        raise UserError(
            "A batch must be even, since half of it is judged as real and half as fake, and no "
            f"larger than the training data. Received: batch_size={size} with "
            f"{available} training images."
        )


def _require_scalar(version: Version, eager: bool) -> None:
    """Refuse a loss that fails or gives no scalar; a number that is not finite is no reason to."""
    # An mse and a bce of early training: a discriminator that cannot tell has ln 2, about 0.7.
    numbers = 0.05, 0.7, version.alpha, 0.01
    point = [ops.convert_to_tensor(number, "float32") for number in numbers]

    def weights(*arguments: Any) -> Any:
        mse, bce, alpha, beta = arguments
        # Differentiated as the step will do it: a function may have a value and still no gradient.
        value, _ = backend.value_and_gradients(
            lambda m, b: version.loss(m, b, alpha, beta), mse, bce
        )
        return value

    # Compiled if the step will be: some Python runs eagerly and cannot be compiled.
    try:
        value = (weights if eager else backend.compile_step(weights))(*point)
        received = f"a value of shape {tuple(ops.shape(value))}" if ops.ndim(value) else ""
    except Exception as error:  # whatever somebody's own function raises
        received = f"{type(error).__name__}: {error}".strip().splitlines()[0]
    if received:
        raise UserError(
            f"The loss of version {version.name!r} cannot be trained. Expected: a function of four "
            f"scalars mse, bce, alpha and beta that gives a scalar. Received: {received}."
        )


def _initial(
    version: Version, dataset: Dataset, seed: int, reports: Path | str, progress: bool
) -> Models:
    """The networks before training: of `seed`, or as the version that this one starts from left."""
    profile = dataset.profile
    networks = profile_models(profile, seed)
    if version.start:
        # Only the autoencoder is taken over: the discriminator starts as it does in every version.
        start = train(version.start, dataset, seed, reports, progress=progress)
        networks.encoder.set_weights(start.models.encoder.get_weights())
        networks.decoder.set_weights(start.models.decoder.get_weights())
    return networks


def _trained(take: Step, version: Version, dataset: Dataset, seed: int) -> Iterator[Row]:
    """Train batch by batch, for as long as rows of the history are asked for."""
    history: dict[str, list[float]] = defaultdict(list)
    # Tensors, since a compiled step would be traced anew for every number that it has not seen.
    alpha = ops.convert_to_tensor(version.alpha, "float32")
    for epoch, batch, chosen in _batches(dataset, seed):
        # Beta is a function of what is recorded, so that a history alone gives it back.
        beta = float(version.beta(history) if callable(version.beta) else version.beta)
        # Counted through all epochs, for dropout never to draw the same masks twice.
        index = epoch * dataset.profile.batches_per_epoch + batch
        measured = take(
            # (batch_size, h, w, 3) uint8 -> floats in [-1, 1].
            ops.convert_to_tensor(to_floats(dataset.train.images[chosen])),
            alpha,
            ops.convert_to_tensor(beta, "float32"),
            ops.convert_to_tensor(index),
        )
        # One row of plain numbers, for the file and for the schedule, which sees the history grow.
        row: Row = {"epoch": epoch, "batch": batch, "beta": beta}
        row |= {name: float(ops.convert_to_numpy(value)) for name, value in measured.items()}
        for name, value in row.items():
            history[name].append(value)
        yield row


def _trained_in_blocks(
    take: Step, version: Version, dataset: Dataset, seed: int, block: int
) -> Iterator[Row]:
    """The same for a fixed beta, `block` batches in one call, an epoch being so many whole blocks.

    A run that diverges has trained to the end of its block when that is seen.
    """
    # Once for the whole training: they stay where they are used.
    train_images = ops.convert_to_tensor(np.asarray(dataset.train.images))
    weights = [np.full(block, weight, np.float32) for weight in (version.alpha, version.beta)]
    batches = _batches(dataset, seed)
    while rows := list(islice(batches, block)):
        epochs, numbers, chosen = zip(*rows, strict=True)
        index = np.array(epochs) * dataset.profile.batches_per_epoch + np.array(numbers)
        measured = take(train_images, np.stack(chosen), *weights, index)
        columns = {name: ops.convert_to_numpy(values) for name, values in measured.items()}
        for place, (epoch, batch) in enumerate(zip(epochs, numbers, strict=True)):
            row: Row = {"epoch": epoch, "batch": batch, "beta": float(version.beta)}  # type: ignore[arg-type]
            yield row | {name: float(values[place]) for name, values in columns.items()}


def _batches(dataset: Dataset, seed: int) -> Iterator[tuple[int, int, np.ndarray]]:
    """(epoch, batch, places of its images) over the training; a last, smaller batch is left out."""
    profile = dataset.profile
    for epoch in range(profile.epochs):
        # The order is a function of (seed, epoch): resuming needs no generator's state.
        order = np.random.default_rng([seed, epoch]).permutation(len(dataset.train.images))
        for batch in range(profile.batches_per_epoch):
            yield epoch, batch, order[batch * profile.batch_size :][: profile.batch_size]


def progress_bar(version: str, seed: int, profile: Profile, **options: Any) -> tqdm:
    return tqdm(
        total=profile.epochs * profile.batches_per_epoch,
        desc=f"{version} seed {seed}",
        unit="batch",
        mininterval=0.5,
        **options,
    )


def show(bar: tqdm, row: Row, profile: Profile) -> None:
    """Move `bar` to the batch recorded in `row`."""
    bar.set_postfix_str(
        f"epoch {int(row['epoch']) + 1}/{profile.epochs}, mse {row['mse']:.4f}, "
        f"bce {row['bce']:.3f}, beta {row['beta']:.2g}",
        refresh=False,
    )
    # Counted from the start, since whoever follows another process misses batches in between.
    done = int(row["epoch"]) * profile.batches_per_epoch + int(row["batch"]) + 1
    bar.update(done - bar.n)
