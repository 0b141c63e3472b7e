"""Two guesses about the documents' runs, settled by measurement.

    python benchmarks/guesses.py train --profile quick --seeds "0 1 2"
    python benchmarks/guesses.py tables
    python benchmarks/guesses.py gradients
    python benchmarks/guesses.py behind --keras keras
    python benchmarks/guesses.py picture

1. Does a GAN fail here *because its generator is shaped like an autoencoder*? Beside `gan` the same
   decoder is trained in the same way, but fed with noise in place of codes.
2. Does a sigmoid's output silence the adversary, in the documents' two forms of the cross-entropy?
   `weighted` is trained with each, beside an autoencoder; `gradients` says what the forms ask for,
   and `behind` whether Keras would have looked behind the sigmoid to its logits.

A row is written as each run ends and finished rows are kept, so `train` goes on where it stopped.
What it all says stands in docs/guesses.md.
"""

import importlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
Row = dict[str, Any]
Tensor = Any
LATE = 3  # epochs at the end that are averaged
EPSILON = 1e-7  # what Keras keeps probabilities away from 0 and 1 by
LOGITS = (0.0, -5.0, -10.0, -16.0, -17.0, -20.0, -30.0)
PICTURE = ROOT / "docs" / "guesses.webp"


# The three forms of the cross-entropy, each a mean over (n, 1) labels and logits as in `losses`.
# Written out, since Keras' own would look behind the sigmoid: that is what `behind` shows.


def on_logits(labels: Tensor, logits: Tensor) -> Tensor:
    """The stable form, as this library trains with: d/dlogit at label 1 is sigmoid(logit) - 1."""
    from aegan_lib.losses import binary_cross_entropy

    return binary_cross_entropy(labels, logits)


def on_probabilities(labels: Tensor, logits: Tensor) -> Tensor:
    """-log p at label 1 of p = sigmoid(logit), clipped to [1e-7, 1 - 1e-7]: BinaryCrossentropy().

    The same as on logits where nothing is clipped, and without any gradient beyond: at label 1
    below a logit of -16.1, where the loss stays at 16.1.
    """
    from aegan_lib.backend import ops

    p = ops.clip(ops.sigmoid(logits), EPSILON, 1 - EPSILON)
    return -ops.mean(labels * ops.log(p) + (1 - labels) * ops.log(1 - p))


def on_misread_probabilities(labels: Tensor, logits: Tensor) -> Tensor:
    """log(1 + exp(-p)) at label 1: BinaryCrossentropy(from_logits=True) of p = sigmoid(logit).

    A probability is taken for a logit. At label 1 the loss is at most ln 2, and its gradient
    (sigmoid(p) - 1) * p * (1 - p) fades wherever the discriminator is certain.
    """
    from aegan_lib.backend import ops

    p = ops.sigmoid(logits)
    return ops.mean(ops.softplus(p) - labels * p)


FORMS = {
    "on_logits": on_logits,
    "on_probabilities": on_probabilities,
    "on_misread_probabilities": on_misread_probabilities,
}


@contextmanager
def adversary(form: Callable[[Tensor, Tensor], Tensor]) -> Iterator[None]:
    """The library's own step, with another form of the cross-entropy for both of its sides."""
    from aegan_lib import step

    with patch.object(step, "binary_cross_entropy", form):
        yield


# Training.


def trained(name: str, dataset: Any, seed: int, place: Path) -> Row:
    """Train one run of RUNS, or load it, and measure it on validation faces."""
    from aegan_lib import train
    from aegan_lib.runs import report_folder

    if name in FED:
        folder = report_folder(place, dataset.name, dataset.profile) / name / f"seed-{seed}"
        return measured(dataset, **trained_gan(dataset, seed, folder, FED[name]))
    version, _, form = name.partition("/")
    # A run's record does not know the form that is put in below, so each has a folder of its own.
    with adversary(FORMS[form or "on_logits"]):
        run = train(version, dataset, seed, place / (form or "on_logits"), progress=False)
    outputs = run.reconstruct(dataset.validation.images)
    return measured(dataset, run.epochs, run.history, run.samples, outputs) | {
        "outcome": run.outcome,
        # What the discriminator thinks of reconstructions at the end, in the middle and at worst.
        "logit_fake": np.median(logits := run.logits(outputs)),
        "logit_fake_least": logits.min(),
        "clipped_fake": np.mean(logits < np.log(EPSILON)),
    }


def trained_gan(dataset: Any, seed: int, folder: Path, fed: Callable[..., Any]) -> dict[str, Any]:
    """`gan` of the same seed, with something else in place of the encoder that learns.

    All else is the library's: the same decoder and discriminator with the same initial weights,
    batches, dropout, updates and rates.
    """
    from aegan_lib import VERSIONS
    from aegan_lib.backend import ops
    from aegan_lib.images import to_floats
    from aegan_lib.runs import profile_models
    from aegan_lib.step import make_step
    from aegan_lib.store import replacing
    from aegan_lib.training import _batches
    from aegan_lib.watching import Watcher

    if (folder / "history.csv").exists():  # written last
        return seen(folder)
    profile = dataset.profile
    version = VERSIONS["gan"].scaled(profile)
    networks = profile_models(profile, seed)
    # To watch must not move the noise that is trained on.
    take = make_step(fed(networks, seed, 0), version.rule, version.learning_rate, seed)
    watcher = Watcher(fed(networks, seed, 1), dataset.validation)
    watcher.look()
    weights = [ops.convert_to_tensor(w, "float32") for w in (version.alpha, version.beta)]
    history = []
    for index, (epoch, batch, chosen) in enumerate(_batches(dataset, seed)):
        x = ops.convert_to_tensor(to_floats(dataset.train.images[chosen]))
        measures = take(x, *weights, ops.convert_to_tensor(index))
        row = {name: float(ops.convert_to_numpy(value)) for name, value in measures.items()}
        history.append({"epoch": epoch, "batch": batch, **row})
        if batch == profile.batches_per_epoch - 1:
            watcher.look()
    folder.mkdir(parents=True, exist_ok=True)
    watcher.write(folder)
    with replacing(folder / "history.csv") as partial:
        pd.DataFrame(history).to_csv(partial, index=False)
    return seen(folder)


def seen(folder: Path) -> dict[str, Any]:
    """What `measured` takes, of a finished run."""
    epochs, history = (pd.read_csv(folder / f"{name}.csv") for name in ("epochs", "history"))
    return {"epochs": epochs, "history": history, "samples": np.load(folder / "samples.npy")}


def fed_with_noise(networks: Any, seed: int, part: int) -> Any:
    """The same networks, but whatever image is encoded, its code is noise, (n, latent_dim) >= 0.

    The positive part of a standard normal, since a code ends in a ReLU; `part` tells streams apart.
    """
    from aegan_lib.backend import keras, ops
    from aegan_lib.models import Models

    class Noise(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            drawn = np.random.default_rng([seed, 3, part]).integers(2**31)  # 0 to 2: the networks'
            self.generator = keras.random.SeedGenerator(int(drawn))

        def call(self, x: Tensor) -> Tensor:
            shape = (ops.shape(x)[0], networks.decoder.input_shape[-1])
            return ops.relu(keras.random.normal(shape, seed=self.generator))

    return Models(Noise(), networks.decoder, networks.discriminator)


def fed_with_untrained_codes(networks: Any, seed: int, part: int) -> Any:
    """The same networks, but the encoder stays as it was before training: codes of images."""
    networks.encoder.trainable = False
    return networks


FED = {"gan_on_noise": fed_with_noise, "gan_on_untrained_codes": fed_with_untrained_codes}


def measured(
    dataset: Any,
    epochs: pd.DataFrame,
    history: pd.DataFrame,
    samples: np.ndarray,
    outputs: np.ndarray | None = None,
) -> Row:
    """What came of a run, at its end and over its last epochs."""
    from aegan_lib import metrics
    from aegan_lib.evaluation.histories import adversarial_share

    images = dataset.validation.images
    raw = metrics.laplacian_variance(images).mean()
    last, late = epochs.iloc[-1], epochs.iloc[1:].tail(LATE)
    share = adversarial_share(history)
    ending = history["epoch"] > history["epoch"].max() - LATE
    # What the adversary asks for, as far as float32 can tell.
    silent = history["weight_bce"] * history["gradient_norm_bce"] == 0
    row: Row = {
        # Inputs belong to outputs only where there was a reconstruction.
        "psnr": np.nan if outputs is None else metrics.psnr(images, outputs).mean(),
        "share_of_raw": last["laplacian_variance"] / raw,
        "share_of_raw_late": late["laplacian_variance"].mean() / raw,
        "diversity": last["output_diversity"],
        "diversity_late": late["output_diversity"].mean(),
        "dead_units": last["dead_units"],  # of the code, of what feeds the decoder
        "input_dependence": np.nan if outputs is None else last["input_dependence"],
        "d_accuracy_real_late": late["d_accuracy_real"].mean(),
        "d_accuracy_fake_late": late["d_accuracy_fake"].mean(),
        "d_loss_real_late": late["d_loss_real"].mean(),
        "d_loss_fake_late": late["d_loss_fake"].mean(),
        "adversary_share": share.mean(),
        "adversary_share_late": share[ending].mean(),
        "adversary_share_late_median": share[ending].median(),
        "silent": silent.mean(),
        "silent_late": silent[ending].mean(),
        "bce_late": history["bce"][ending].mean(),
    }
    return row


RUNS = (
    "gan",
    *FED,
    *(f"weighted/{form}" for form in ("on_misread_probabilities", "on_probabilities", "on_logits")),
    "autoencoder_slow",
)


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command()
@click.option("--dataset", default="faces", show_default=True)
@click.option("--profile", default="quick", show_default=True)
@click.option("--runs", default=" ".join(RUNS), show_default=True)
@click.option("--seeds", default="0 1 2", show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option("--data", default=ROOT / "data", type=click.Path(path_type=Path))
@click.option("--place", default=ROOT / ".cache" / "guesses", type=click.Path(path_type=Path))
@click.option("--out", default=None, type=click.Path(path_type=Path), help="The table's file.")
def train(
    dataset: str, profile: str, runs: str, seeds: str, threads: int, data: Path, place: Path,
    out: Path | None,
) -> None:  # fmt: skip
    """Train what is not in the table yet, one after the other, seed by seed."""
    os.environ |= {"TF_NUM_INTRAOP_THREADS": str(threads), "TF_NUM_INTEROP_THREADS": "1"}
    from aegan_lib import backend, load

    path = out or Path(__file__).with_name(f"guesses_{profile}.csv")
    images = load(dataset, profile, data, progress=False)
    for seed in map(int, seeds.split()):
        for name in runs.split():
            table = pd.read_csv(path) if path.exists() else pd.DataFrame({"run": [], "seed": []})
            if ((table["run"] == name) & (table["seed"] == seed)).any():
                continue
            row = trained(name, images, seed, place)
            row = {"run": name, "seed": seed, "backend": backend.NAME, **row}
            click.echo(row)
            pd.concat([table, pd.DataFrame([row])]).astype({"seed": int}).to_csv(path, index=False)
    click.echo(path)


# A row a run for docs/guesses.md, and how each column is written there, of all its seeds.
COLUMNS: dict[str, dict[str, tuple[str, float, str]]] = {
    "gan": {
        "output diversity, last three epochs": ("diversity_late", 1, ".2f"),
        "at the end": ("diversity", 1, ".2f"),
        "real called real (%)": ("d_accuracy_real_late", 100, ".0f"),
        "outputs called fake (%)": ("d_accuracy_fake_late", 100, ".0f"),
        "blur factor / raw": ("share_of_raw_late", 1, ".2f"),
        "dead units": ("dead_units", 1, ".0f"),
    },
    "weighted": {
        "PSNR (dB)": ("psnr", 1, ".1f"),
        "blur factor / raw (%)": ("share_of_raw", 100, ".0f"),
        "adversary's share, mean (%)": ("adversary_share_late", 100, ".2g"),
        "median (%)": ("adversary_share_late_median", 100, ".2g"),
        "exactly 0 (%)": ("silent", 100, ".0f"),
        "real called real (%)": ("d_accuracy_real_late", 100, ".1f"),
        "fake called fake (%)": ("d_accuracy_fake_late", 100, ".1f"),
        "logit of a fake, median": ("logit_fake", 1, ".1f"),
        "below -16.1 (%)": ("clipped_fake", 100, ".0f"),
    },
}


def markdown(table: pd.DataFrame, columns: dict[str, tuple[str, float, str]]) -> str:
    """A row a run, and in each cell what each of its seeds gave."""
    lines = ["| run | seeds | " + " | ".join(columns) + " |"]
    lines.append("|---|---:|" + "---:|" * len(columns))
    for name, runs in table.sort_values("seed").groupby("run", sort=False):
        cells = [
            " / ".join(format(factor * value, form) for value in runs[column])
            for column, factor, form in columns.values()
        ]
        lines.append(f"| `{name}` | {len(runs)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


@main.command()
@click.option("--profile", default="quick", show_default=True)
def tables(profile: str) -> None:
    """What stands in docs/guesses.md."""
    table = pd.read_csv(Path(__file__).with_name(f"guesses_{profile}.csv"))
    of_gan = table["run"].str.startswith("gan")
    for rows, columns in zip((table[of_gan], table[~of_gan]), COLUMNS.values(), strict=True):
        click.echo(markdown(rows, columns) + "\n")


# By hand.


def gradient(form: Callable[[Tensor, Tensor], Tensor], logit: float) -> tuple[float, float]:
    """A form's loss at label 1, the generator's aim, and its derivative by the logit."""
    from aegan_lib import backend
    from aegan_lib.backend import ops

    real = ops.ones((1, 1))
    at = ops.convert_to_tensor([[logit]], "float32")
    loss, (slope,) = backend.value_and_gradients(lambda logits: form(real, logits), at)
    return float(ops.convert_to_numpy(loss)), float(ops.convert_to_numpy(slope)[0, 0])


@main.command()
def gradients() -> None:
    """What each form asks the generator for, by the discriminator's logit."""
    click.echo("| logit | " + " | ".join(FORMS) + " |")
    click.echo("|---:|" + "---:|" * len(FORMS))
    for logit in LOGITS:
        cells = ["{:.4g}, {:.3g}".format(*gradient(form, logit)) for form in FORMS.values()]
        click.echo(f"| {logit:.0f} | " + " | ".join(cells) + " |")


# Keras itself.

LOGIT = -20.0
HEADS = (
    "Dense(1, activation='sigmoid')",
    "Dense(1, activation='sigmoid'), labels (n,)",  # of another rank than the output
    "Dense(1), Activation('sigmoid')",
    "Dense(1), tf.sigmoid",  # no activation of Keras' own
)


def behind(library: str, head: str, from_logits: bool, eager: bool) -> Row:
    """One training step of the documents' kind: what Keras makes of a logit of -20.

    A generator of one weight, -20, before a discriminator that passes on what it is given, both in
    one Sequential whose `train_step` calls the loss on its own output, as the documents' does. The
    gradient is that of the generator's weight, and so of the logit. Beside it the same loss given
    to `compile`, which calls it by another way.
    """
    import tensorflow as tf

    keras: Any = importlib.import_module(library)
    dense = keras.layers.Dense
    ones = {"kernel_initializer": "ones", "use_bias": False}
    heads = {
        HEADS[0]: [dense(1, activation="sigmoid", **ones)],
        HEADS[1]: [dense(1, activation="sigmoid", **ones)],
        HEADS[2]: [dense(1, **ones), keras.layers.Activation("sigmoid")],
        HEADS[3]: [dense(1, **ones), keras.layers.Lambda(tf.sigmoid)],
    }
    start = keras.initializers.Constant(LOGIT)
    generator = keras.Sequential([dense(1, kernel_initializer=start, use_bias=False)])
    discriminator = keras.Sequential(heads[head])
    bce = keras.losses.BinaryCrossentropy(from_logits=from_logits)

    class Documents(keras.Sequential):
        def train_step(self, data: Any) -> dict[str, Any]:
            x, y = data[:2]  # and weights of images, of which there are none
            with tf.GradientTape() as tape:
                loss = bce(y, self(x, training=True))
            (slope,) = tape.gradient(loss, generator.trainable_variables)
            return {"loss": loss, "gradient": tf.reduce_sum(slope)}

    model = Documents([generator, discriminator])
    one = np.ones((1, 1), np.float32)
    model(one)  # its weights are made
    model.compile(optimizer="sgd", run_eagerly=eager)
    # The same loss by the usual way, as a discriminator is trained and evaluated.
    usual = keras.Sequential([generator, discriminator])
    usual.compile(optimizer="sgd", loss=bce, run_eagerly=eager)
    labels = one[:, 0] if "labels" in head else one
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        seen = model.train_on_batch(one, labels, return_dict=True)
        warned = any("from_logits" in str(warning.message) for warning in caught)
        compiled = float(np.ravel(usual.test_on_batch(one, labels))[0])
    loss, slope = (float(seen[name]) for name in ("loss", "gradient"))
    return {
        "keras": f"{library} {keras.__version__}",
        "head": head,
        "from_logits": from_logits,
        "mode": "eager" if eager else "graph",
        "loss": loss,
        "gradient": slope,
        "loss_compiled": compiled,
        "behind": abs(slope + 1) < 1e-3,
        "behind_compiled": abs(compiled + LOGIT) < 1e-3,
        "warned": warned,
    }


@main.command(name="behind")
@click.option(
    "--keras", "library", default="keras", show_default=True, help="Or tf_keras: Keras 2."
)
@click.option("--out", default=None, type=click.Path(path_type=Path), help="The table's file.")
def behind_the_sigmoid(library: str, out: Path | None) -> None:
    """Does Keras look behind a sigmoid to its logits? At a logit of -20."""
    table = pd.DataFrame([
        behind(library, head, from_logits, eager)
        for head in HEADS
        for from_logits in (False, True)
        for eager in (True, False)
    ])  # fmt: skip
    path = out or Path(__file__).with_name("guesses_keras.csv")
    if path.exists():  # the rows of another Keras stay
        before = pd.read_csv(path)
        table = pd.concat([before[~before["keras"].isin(table["keras"])], table])
    table.to_csv(path, index=False)
    click.echo(table.to_string(index=False))
    click.echo(f"smallest losses of a probability: {least_losses(library)}")


def least_losses(library: str) -> list[float]:
    """The smallest losses that a certain probability can have, of one image at label 1."""
    keras: Any = importlib.import_module(library)
    bce = keras.losses.BinaryCrossentropy()
    # The float32 numbers next to 1: less certain ones cost more.
    certain = 1 - np.arange(8, dtype=np.float32) * np.float32(2**-24)
    losses = {float(bce(np.ones((1, 1)), np.full((1, 1), p, np.float32))) for p in certain}
    return sorted(losses)[:2]


@main.command()
@click.option("--profile", default="quick", show_default=True)
@click.option("--seeds", default="0 1 2", show_default=True)
@click.option("--place", default=ROOT / ".cache" / "guesses", type=click.Path(path_type=Path))
@click.option("--out", default=PICTURE, type=click.Path(path_type=Path))
def picture(profile: str, seeds: str, place: Path, out: Path) -> None:
    """Eight outputs of each seed: `gan` above, the decoder fed with noise below."""
    from PIL import Image

    from aegan_lib.images import enlarge, mosaic

    about = f"faces-{profile}"
    folders = [
        folder / f"seed-{seed}"
        for folder in (place / "on_logits" / about / "gan", place / about / "gan_on_noise")
        for seed in seeds.split()
    ]
    rows = [enlarge(np.load(folder / "samples.npy")[-1], to=80) for folder in folders]
    Image.fromarray(mosaic(rows)).save(out)
    click.echo(out)


if __name__ == "__main__":
    main()
