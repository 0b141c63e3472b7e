"""`train` finishes a run, or loads it where it is finished already."""

import csv
import dataclasses
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from tqdm import tqdm

from aegan_lib import backend, images, losses, models, rules, step, watching
from aegan_lib.backend import ops
from aegan_lib.checkpoints import Row, Training, resume, write_checkpoint
from aegan_lib.dataset import Dataset
from aegan_lib.ending import ending
from aegan_lib.errors import UserError, named
from aegan_lib.images import to_floats
from aegan_lib.locks import held
from aegan_lib.profiles import Profile
from aegan_lib.rules import Seen
from aegan_lib.runs import (
    REPORTS,
    OlderRunError,
    Run,
    find_run,
    finish_run,
    profile_models,
    report_folder,
    run_folder,
)
from aegan_lib.step import make_step
from aegan_lib.store import code_digest, replacing
from aegan_lib.versions import VERSIONS, Version
from aegan_lib.watching import Watcher

HISTORY = "history.csv"
CHECKPOINT_SECONDS = 180  # between two checkpoints, where an epoch takes longer


def train(
    version: Version | str,
    dataset: Dataset,
    seed: int = 0,
    reports: Path | str = REPORTS,
    *,
    eager: bool = False,
    force: bool = False,
    elsewhere: bool = False,
    progress: bool = True,
) -> Run:
    """Finish a run, or load it where it is finished with the same settings, data and code.

    One that was interrupted goes on from its last checkpoint, and ends with the same bits as if
    it had not been. One that another process is training is waited for.

    Arguments:
        version: what to train: a name in VERSIONS, or one of your own. Its numbers are scaled by
            the dataset's profile.
        dataset: from `load`.
        seed: of initial weights, shuffling and dropout.
        reports: the folder that holds all runs.
        eager: run the step uncompiled, for debugging; many times slower.
        force: train again even if the run is finished.
        elsewhere: go on from a checkpoint of another machine, of other packages or another number
            of threads too, which round otherwise; the run says so.
        progress: show a bar.

    Raises:
        UserError: a batch is larger than the data, the folder cannot be written, or the
            finished run is damaged. All of it is found before training starts.
    """
    version = named("version", version, VERSIONS) if isinstance(version, str) else version
    # What decides the outcome is compared before anything is loaded or trained.
    settings = run_settings(version, dataset, seed)
    report = report_folder(reports, dataset.name, dataset.profile)
    folder = run_folder(report, version.name, seed)

    def finished() -> Run | None:
        try:
            run = None if force else find_run(folder)
        except OlderRunError:  # of other code, as one whose settings differ
            return None
        return run if run and run.settings == settings else None

    if run := finished():
        return run
    # Refused now is better than after an hour, and before the old run's folder is emptied.
    _require_batches(dataset)
    _require_scalar(version, eager)
    version.scaled(dataset.profile).beta_after(defaultdict(list))  # a schedule that fails at once
    with locked(report, version.name, seed):
        # Whoever had it may have finished it meanwhile.
        if run := finished():
            return run
        start = partial(train, seed=seed, reports=reports, progress=progress)
        training = _prepared(version, dataset, settings, folder, start, eager, force, elsewhere)
        return _finished(training, version, dataset, folder, progress)


@contextmanager
def locked(report: Path, version: str, seed: int) -> Iterator[None]:
    """Hold a run, one of all in the folder `report`; wait for whoever is training it."""
    with ExitStack() as stack:
        try:
            # Beside the runs' folders and not in them, which are emptied.
            lock = report / ".locks" / f"{version}-{seed}"
            stack.enter_context(held(lock, f"{version} seed {seed}"))
        except OSError as error:
            raise _unwritable(report, error) from error
        yield


def _prepared(
    version: Version,
    dataset: Dataset,
    settings: dict[str, Any],
    folder: Path,
    start: Callable[..., Run],
    eager: bool,
    force: bool,
    elsewhere: bool,
) -> Training:
    """A run in training: as its last checkpoint left it, or before its first batch."""
    profile, scaled = dataset.profile, version.scaled(dataset.profile)
    networks = profile_models(profile, settings["seed"])
    # A schedule looks at every batch before the next: only a fixed beta is known beforehand.
    block = 1 if eager or callable(scaled.beta) else backend.block_size(profile.batches_per_epoch)
    reference = last_mse(start(version.reference, dataset)) if version.reference else None
    take = make_step(
        networks,
        scaled.rule,
        scaled.learning_rate,
        settings["seed"],
        eager,
        many=block > 1,
        reference=reference,
    )
    training = Training(networks, take, Watcher(networks, dataset.validation), settings, block)
    if not force and resume(training, folder, elsewhere):
        # Batches after the checkpoint are trained again, and must not stand there twice.
        with replacing(folder / HISTORY) as path, path.open("w", newline="") as file:
            _write_rows(file, training.rows())
        return training
    prepare_folder(folder)
    if version.start:
        # Only the autoencoder is taken over: the discriminator starts as it does in every version.
        run = start(version.start, dataset)
        networks.encoder.set_weights(run.models.encoder.get_weights())
        networks.decoder.set_weights(run.models.decoder.get_weights())
    training.watcher.look()  # before any training
    return training


def _finished(
    training: Training, version: Version, dataset: Dataset, folder: Path, progress: bool
) -> Run:
    """Train to the end, with a checkpoint after every epoch and every few minutes."""
    profile, watcher = dataset.profile, training.watcher
    began = kept = time.perf_counter()

    def seconds() -> float:
        return training.seconds + time.perf_counter() - began

    outcome = "complete"
    with (
        # Written line by line, so that the run can be followed from another process.
        (folder / HISTORY).open("a", newline="", buffering=1) as file,
        progress_bar(version.name, training.settings["seed"], profile, disable=not progress) as bar,
        ending() as end,
    ):
        for rows in _trained(training, version.scaled(profile), dataset):
            for row in rows:
                training.record(row)
                _write_rows(file, [row], header=training.batches == 1)
                show(bar, row, profile)
                # The update that went with such a loss spoiled the weights: the row that shows it
                # is kept, the rest of the training is spared.
                if not np.isfinite([row["mse"], row["bce"], row["g_loss"]]).all():
                    at = f"epoch {row['epoch'] + 1}, batch {row['batch'] + 1}"
                    outcome = f"diverged at {at}: a loss is not finite"
                    break
            if outcome != "complete":
                break
            if over := training.batches % profile.batches_per_epoch == 0:
                watcher.look()
            if over or end.asked or time.perf_counter() - kept > CHECKPOINT_SECONDS:
                write_checkpoint(training, folder, seconds())
                kept = time.perf_counter()
            end.now_if_asked()
    # A run that diverged is finished too: how it ended is what it was trained to find out.
    watcher.write(folder)
    return finish_run(
        folder, training.settings, outcome, seconds(), training.networks, training.resumed
    )


def last_mse(run: Run) -> float:
    """The mse on training batches over the run's last epoch: what a rule may be measured by."""
    last = run.history[run.history["epoch"] == run.history["epoch"].max()]
    return float(last["mse"].mean())


def run_settings(version: Version, dataset: Dataset, seed: int) -> dict[str, Any]:
    """All that decides how a run ends, as JSON: the run is reused only while this is equal."""
    profile = dataclasses.asdict(dataset.profile)
    # All that decided how those ended decides about this one too.
    start, reference = (
        run_settings(named("version", other, VERSIONS), dataset, seed) if other else None
        for other in (version.start, version.reference)
    )
    # The profile's scales are in the version's numbers already: they reach no other version.
    for scale in ("learning_rate_scale", "slope_scale"):
        del profile[scale]
    return {
        "version": version.scaled(dataset.profile).described(),
        "profile": profile,
        "dataset": {"name": dataset.name, "digest": dataset.digest},
        "seed": seed,
        "backend": backend.NAME,
        **code_of(version),
        "start": start,
        **({"reference": reference} if reference else {}),
    }


def code_of(version: Version) -> dict[str, str]:
    """Digests of all code that has a part in a run's numbers, and of none that only shows them."""
    return {
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
            rules.Rule,
            rules.Slopes,
            rules.over,
        ),
        "version_code": code_digest(*version.code()),
    }


def prepare_folder(folder: Path) -> None:
    """An empty folder for a run; whatever an unfinished or outdated run left there goes."""
    try:
        (folder / "run.json").unlink(missing_ok=True)  # first: from here on it is unfinished
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        # Whether a file can be made here is found out now, before the networks are built.
        (folder / HISTORY).touch()
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> UserError:
    return UserError(
        f"The run's folder {folder} cannot be written ({error.strerror}). "
        "Choose another place with REPORTS=…, or --reports on the command line."
    )


def _write_rows(file: TextIO, rows: Iterable[Row], header: bool = True) -> None:
    writer = csv.writer(file, lineterminator="\n")
    for number, row in enumerate(rows):
        if header and number == 0:
            writer.writerow(row)  # its keys are the columns' names
        writer.writerow(row.values())


def _require_batches(dataset: Dataset) -> None:
    size, available = dataset.profile.batch_size, len(dataset.train.images)
    if size > available or size % 2:
        raise UserError(
            "A batch must be even, since half of it is judged as real and half as fake, and no "
            f"larger than the training data. Received: batch_size={size} with "
            f"{available} training images."
        )


def _require_scalar(version: Version, eager: bool) -> None:
    """Refuse a loss or a rule that fails or gives no scalars; infinite ones are no reason to."""
    # An mse and a bce of early training: a discriminator that cannot tell has ln 2, about 0.7. The
    # norms are those of a batch of small pictures.
    numbers = *Seen(0.05, 0.7, 0.002, 0.02, -1e-6), version.alpha, 0.01
    point = [ops.convert_to_tensor(number, "float32") for number in numbers]

    def weighed(*arguments: Any) -> dict[str, Any]:
        *seen, alpha, beta = arguments
        begun = version.rule.begin(0.05 if version.reference else None).items()
        state = {name: ops.convert_to_tensor(value, "float32") for name, value in begun}
        # As the step will do it: a function may have a value and still no gradient.
        loss, weight_mse, weight_bce, after = version.rule(Seen(*seen), alpha, beta, state)
        remembered = {name: after[name] for name in state}
        return {"a value": loss, "a weight": weight_mse, "another": weight_bce, **remembered}

    # Compiled if the step will be: some Python runs eagerly and cannot be compiled.
    try:
        made = (weighed if eager else backend.compile_step(weighed))(*point)
        wrong = [
            f"{name} of shape {tuple(ops.shape(v))}" for name, v in made.items() if ops.ndim(v)
        ]
        received = wrong[0] if wrong else ""
    except Exception as error:  # whatever somebody's own function raises
        received = f"{type(error).__name__}: {error}".strip().splitlines()[0]
    if received:
        raise UserError(
            f"The loss of version {version.name!r} cannot be trained. Expected: a function of four "
            "scalars mse, bce, alpha and beta that gives a scalar, or a rule that gives scalar "
            f"weights. Received: {received}."
        )


def _trained(training: Training, version: Version, dataset: Dataset) -> Iterator[list[Row]]:
    """Train from where `training` is, for as long as rows of the history are asked for.

    The rows of one call of the step, which the history has to hold before the next.
    """
    block, done = training.block, training.batches
    batches = islice(_batches(dataset, training.settings["seed"]), done, None)
    # Tensors, since a compiled step would be traced anew for every number that it has not seen.
    alpha = ops.convert_to_tensor(version.alpha, "float32")
    if block > 1:  # for the whole training, where they are used
        train_images = ops.convert_to_tensor(np.asarray(dataset.train.images))
    while rows := list(islice(batches, block)):
        epochs, numbers, chosen = zip(*rows, strict=True)
        # Beta is a function of what is recorded, so that a history alone gives it back.
        beta = version.beta_after(training.history)
        # Counted through all epochs, for dropout never to draw the same masks twice.
        index = np.array(epochs) * dataset.profile.batches_per_epoch + np.array(numbers)
        if block > 1:
            weights = [np.full(block, weight, np.float32) for weight in (version.alpha, beta)]
            measured = training.step(train_images, np.stack(chosen), *weights, index)
        else:
            measured = training.step(
                # (batch_size, h, w, 3) uint8 -> floats in [-1, 1].
                ops.convert_to_tensor(to_floats(dataset.train.images[chosen[0]])),
                alpha,
                ops.convert_to_tensor(beta, "float32"),
                ops.convert_to_tensor(int(index[0])),
            )
        # Rows of plain numbers, for the file and for the schedule.
        columns = {name: np.atleast_1d(ops.convert_to_numpy(v)) for name, v in measured.items()}
        yield [
            {"epoch": epoch, "batch": number, "beta": beta}
            | {name: float(column[place]) for name, column in columns.items()}
            for place, (epoch, number) in enumerate(zip(epochs, numbers, strict=True))
        ]


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
