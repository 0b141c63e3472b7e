"""What is measured of a finished run, and of the yardsticks beside it, on test faces."""

from typing import Any

import numpy as np
import pandas as pd

from aegan_lib import metrics
from aegan_lib.backend import ops
from aegan_lib.dataset import Dataset, Split
from aegan_lib.errors import UserError
from aegan_lib.evaluation.arithmetic import score, truth
from aegan_lib.evaluation.changes import changes, grade_error
from aegan_lib.evaluation.histories import course
from aegan_lib.evaluation.judges import Judge, realism
from aegan_lib.evaluation.probe import Probe
from aegan_lib.evaluation.results import LAST_EPOCHS, METRICS, SETTLED, Value, tidy, tidy_run
from aegan_lib.evaluation.ways import along_directions, halfway
from aegan_lib.losses import binary_cross_entropy
from aegan_lib.rules import Rule
from aegan_lib.runs import Run, find_run
from aegan_lib.store import replacing
from aegan_lib.training import locked

DISCRIMINATOR = ("d_accuracy_real", "d_accuracy_fake", "d_loss_real", "d_loss_fake")
EYES = [f"{side}_eye_{axis}" for side in ("left", "right") for axis in "xy"]  # landmark columns


def evaluate(
    run: Run, dataset: Dataset, probe: Probe | None = None, hardened: Probe | None = None
) -> pd.DataFrame:
    """Measure a finished run as `measure` does, and keep the rows in its metrics.csv.

    Raises:
        UserError: it was trained again, or deleted, meanwhile.
    """
    table = measure(run, dataset, probe, hardened)
    # In one move, so that no reader finds half a table; and by one process at a time.
    with locked(run.folder.parents[1], run.version.name, run.seed):
        # While it was measured, or waited for, it may have been trained anew.
        now = find_run(run.folder)
        if now is None or (now.settings, now.provenance) != (run.settings, run.provenance):
            raise UserError(
                f"The run in {run.folder} was trained again while it was measured, and its numbers "
                "were not kept. The same command again is about the run that lies there then."
            )
        with replacing(run.folder / METRICS) as partial:
            table.to_csv(partial, index=False)
    return table


def measure(
    run: Run, dataset: Dataset, probe: Probe | None = None, hardened: Probe | None = None
) -> pd.DataFrame:
    """Measure a finished run on the test faces, at its last epoch.

    Arguments:
        run: a finished one, of this dataset.
        dataset: whose test faces are looked at.
        probe: says whose smile was changed, and scores vector arithmetic; what only a probe can say
            is left out without one.
        hardened: the second probe, which scores arithmetic too, and says how far smiles and other
            attributes were changed.
    """
    test, judge = dataset.test, realism(dataset)
    z = run.encode(test.images)
    values = [Value("best_epoch", run.best.epoch), *_networks(run)]
    values += [*_outputs(run, dataset, z, judge, probe, hardened), *course(run), *settled(run)]

    # The space of codes: a run that diverged may hold weights that are not numbers.
    z_train = run.encode(dataset.train.images)
    if np.isfinite(z_train).all() and np.isfinite(z).all():
        values += [*halfway(run, test, z), *along_directions(run, z_train, dataset.train)]
        if probe:
            values += score(run, dataset, probe, z_train, z, hardened)
    return tidy_run(values, dataset.name, run)


def settled(run: Run) -> list[Value]:
    """The run's discriminator on validation faces, the mean of its last SETTLED epochs.

    Of a shorter run the mean of all. Two networks that answer each other may swing from epoch to
    epoch between knowing all reconstructions and none: where one iterate stands is chance.
    """
    # Without row 0, before any training; a run that diverged at once has no other.
    last = run.epochs[1:].tail(SETTLED)
    if not len(last):
        return []
    return [Value(name, float(last[name].mean()), LAST_EPOCHS) for name in DISCRIMINATOR]


def _networks(run: Run) -> list[Value]:
    """What needs no images."""
    models = run.models
    # As Keras counts a GAN's model: in it the generator trains and the discriminator is frozen.
    trainable = models.encoder.count_params() + models.decoder.count_params()
    return [
        Value("trainable_parameters", trainable),
        Value("non_trainable_parameters", models.discriminator.count_params()),
        Value("latent_dim", run.profile.latent_dim),
        Value("seconds", run.provenance["seconds"]),
    ]


def _outputs(
    run: Run,
    dataset: Dataset,
    z: np.ndarray,
    judge: Judge,
    probe: Probe | None,
    hardened: Probe | None,
) -> list[Value]:
    """What the reconstructions of the test faces are like; `z` are their codes."""
    split = dataset.test
    images, y = split.images, run.decode(z)
    real_logits, fake_logits = run.logits(images), run.logits(y)
    scores = metrics.discriminator_scores(real_logits, fake_logits)
    if not (np.isfinite(real_logits).all() and np.isfinite(fake_logits).all()):
        scores = dict.fromkeys(scores, np.nan)  # what compares NaN with 0 finds it smaller
    values = {
        **fidelity(y, split),
        **appearance(y, split, judge),
        **scores,
        # The generator's: how far the discriminator is from calling reconstructions real.
        "bce": _scalar(binary_cross_entropy(np.ones_like(fake_logits), fake_logits)),
        "dead_units": metrics.dead_units(z),
    }
    # The version's own loss needs the two that it is made of.
    if not isinstance(run.version.loss, Rule):  # a rule's weights are of no loss
        values["g_loss"] = _generator_loss(run, values["mse"], values["bce"])
    if probe and "Smiling" in probe.attributes:
        # The image is read too, instead of its label: what is misread in both is no change.
        changed = probe.says(images, "Smiling") != probe.says(y, "Smiling")
        values["smile_changed"] = float(changed.mean())
    if hardened:
        values |= changes(y, dataset, hardened)
    return [Value(name, value) for name, value in values.items()]


def fidelity(outputs: np.ndarray, split: Split) -> dict[str, float]:
    """How much of each face of `split` its output kept, averaged over them."""
    images = split.images
    values = {
        "mse": float(metrics.mean_squared_errors(images, outputs).mean()),
        "psnr": float(metrics.psnr(images, outputs).mean()),
        "ssim": float(metrics.ssim(images, outputs).mean()),
        "input_dependence": metrics.input_dependence(images, outputs),
        "output_diversity": metrics.output_diversity(images, outputs),
        "shared_detail": float(metrics.shared_detail(images, outputs).mean()),
        "invented_detail": float(metrics.invented_detail(images, outputs).mean()),
        "invented_form": float(metrics.invented_form(images, outputs).mean()),
    }
    if set(EYES) <= set(split.table):
        values["eye_detail"] = float(metrics.eye_detail(images, outputs, _eyes(split)).mean())
    return values


def appearance(images: np.ndarray, split: Split, judge: Judge) -> dict[str, float]:
    """How images of the faces of `split` look by themselves, averaged, and how far from real."""
    values = {
        "real_distance": judge(images),
        "laplacian_variance": float(metrics.laplacian_variance(images).mean()),
        "noise": float(metrics.noise(images).mean()),
        "checkerboard": float(metrics.checkerboard(images).mean()),
    }
    if set(EYES) <= set(split.table):
        values["eye_sharpness"] = float(metrics.eye_sharpness(images, _eyes(split)).mean())
    return values


def _eyes(split: Split) -> np.ndarray:
    # Four columns of landmarks, x and y of either eye: (n, 4) -> (n, 2, 2).
    return split.table[EYES].to_numpy(float).reshape(-1, 2, 2)


def yardsticks(
    dataset: Dataset, probe: Probe | None = None, hardened: Probe | None = None
) -> pd.DataFrame:
    """What needs no training: the raw images, the mean face, PCA as long as a code.

    With a probe, or two of them, the raw images also stand for arithmetic that gives the true
    answers.
    """
    train, test = dataset.train.images, dataset.test
    components = dataset.profile.latent_dim
    # What any autoencoder must beat: an answer that ignores its input, and the best linear one with
    # as many numbers as a code has.
    outputs = {
        "mean_face": metrics.mean_face(train, test.images),
        f"pca_{components}": metrics.pca_reconstruction(train, test.images, components),
    }
    # Raw images have no distance to themselves worth a row: only how they look is measured.
    judge = realism(dataset)
    measured = {"raw": appearance(np.asarray(test.images), test, judge)}
    measured |= {
        name: fidelity(y, test) | appearance(y, test, judge) for name, y in outputs.items()
    }
    if hardened:
        for name, y in outputs.items():
            measured[name] |= changes(y, dataset, hardened)
    tables = []
    for name, numbers in measured.items():
        values = [Value(metric, value) for metric, value in numbers.items()]
        if name == "raw" and probe:
            values += truth(dataset, probe, hardened)
        if name == "raw" and hardened:
            values += grade_error(dataset, hardened)
        tables.append(tidy(values, dataset.name, dataset.profile.name, name))
    return pd.concat(tables, ignore_index=True)


def _generator_loss(run: Run, mse: float, bce: float) -> float:
    """The version's own loss at its epoch's last beta, on the averages."""
    # The history counts epochs from 0, a run's epoch is how many are done: its last batch is in the
    # one before. A run without a finished epoch takes what there is.
    known = run.history[run.history["epoch"] < max(run.epoch, 1)]
    numbers = mse, bce, run.version.alpha, known["beta"].iloc[-1]
    loss = run.version.loss
    assert not isinstance(loss, Rule)
    return _scalar(loss(*(ops.convert_to_tensor(n, "float32") for n in numbers)))


def _scalar(value: Any) -> float:
    return float(ops.convert_to_numpy(value))
