"""Made-up data and runs, whose numbers can be worked out by hand."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
from bs4 import BeautifulSoup

from aegan_lib.dataset import Dataset, Split
from aegan_lib.datasets.drawn import people
from aegan_lib.datasets.drawn.factors import FACTORS
from aegan_lib.evaluation import arithmetic
from aegan_lib.evaluation.histories import course
from aegan_lib.evaluation.results import Value, tidy, tidy_run
from aegan_lib.losses import weighted
from aegan_lib.profiles import Profile
from aegan_lib.store import seal
from aegan_lib.versions import VERSIONS, Version

SMALL = Profile(
    "small", image_size=20, filters=4, batch_size=16, epochs=2, train=64, validation=16, test=32
)


def a_run(version="weighted", **parts):
    """A run of a version, given by its name or as it is, with these parts alone."""
    version = VERSIONS[version] if isinstance(version, str) else version
    return SimpleNamespace(version=version, profile=SMALL, seed=0, epoch=2, **parts)


def a_record(version="v4", outcome="complete"):
    """What a run of this version has in its run.json, but for the digests of its files."""
    profile = {"name": "tiny", "image_size": 10, "filters": 2, "batch_size": 4, "epochs": 2}
    return {
        "settings": {
            "version": VERSIONS[version].described(),
            "profile": profile | {"train": 8, "validation": 4, "test": 4, "latent_dim": 3},
            "dataset": {"name": "faces", "digest": "digest"},
            "seed": 0,
            "code": "c" * 64,
        },
        "provenance": {
            "seconds": 12.3,
            "commit": "abc",
            "python": "3.11",
            "packages": {"keras": "3.15", "numpy": "2.2"},
            "platform": "Linux",
            "device": "CPU",
            "cores": 2,
        },
        "outcome": outcome,
    }


def sealed(folder, record):
    """A finished run in `folder`: this record, and small files where there are none yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("history.csv", "epochs.csv", "samples.npy", "last.npz"):
        if not (folder / name).exists():
            (folder / name).write_text("epoch,batch,mse\n0,0,0.1\n")
    seal(folder / "run.json", record)
    return folder


def numbers(values):
    """Metric, or metric and case -> value."""
    return {(v.metric, v.case) if v.case else v.metric: v.value for v in values}


# --- images of nine squares, each as bright as one number of their code ------------------------

NAMES = ("Male", "Smiling", "Wearing_Hat", "Young", "Mouth_Slightly_Open")  # the first squares
MALE, SMILING, HAT, YOUNG, MOUTH, *OTHER = range(9)


class Squares:
    """A run: codes (n, 9) in [0, 1] <-> images (n, 12, 12, 3); `change` is done while decoding."""

    version, profile, seed, epoch = VERSIONS["v1"], SMALL, 0, 2

    def __init__(self, change=lambda z: z):
        self.change = change

    def encode(self, images):
        return images.reshape(-1, 3, 4, 3, 4, 3).mean(axis=(2, 4, 5)).reshape(-1, 9) / 200

    def decode(self, z):
        drawn = np.rint(np.clip(self.change(z.copy()), 0, 1) * 200).astype(np.uint8)
        return (
            drawn.reshape(-1, 3, 1, 3, 1, 1)
            .repeat(4, 2)
            .repeat(4, 4)
            .repeat(3, 5)
            .reshape(-1, 12, 12, 3)
        )

    def reconstruct(self, images):
        return self.decode(self.encode(images))


class Reader:
    """A probe that reads each attribute off its own square."""

    def __init__(self, attributes=NAMES):
        self.attributes = tuple(attributes)

    def read(self, images):
        return Squares().encode(images)[:, [NAMES.index(name) for name in self.attributes]]

    def logits(self, images):
        return self.read(images) - 0.5

    def says(self, images, name):
        return self.read(images)[:, self.attributes.index(name)] > 0.5


def column(z, index, value):
    z[:, index] = value
    return z


def squares(repeats, seed):
    """Every combination of four attributes `repeats` times; mouths open where they smile."""
    has = np.indices((2,) * 4).reshape(4, -1).T.repeat(repeats, axis=0).astype(bool)
    has = np.column_stack([has, has[:, SMILING]])
    rest = np.random.default_rng(seed).random((len(has), 4))
    return Split(Squares().decode(np.column_stack([has, rest])), pd.DataFrame(has, columns=NAMES))


@cache
def squares_data():
    return Dataset("squares", squares(8, 0), squares(1, 1), squares(10, 2), "digest", SMALL)


def without(split, *names, keep=None):
    """A split without these attributes, or of the rows alone that `keep` picks of its table."""
    rows = split.table.index if keep is None else np.flatnonzero(keep(split.table))
    return Split(split.images[rows], split.table.iloc[rows].drop(columns=[*names]))


def score(run, data, probe, hardened=None):
    codes = run.encode(data.train.images), run.encode(data.test.images)
    return arithmetic.score(run, data, probe, *codes, hardened)


# --- drawn faces, of which the true answer is known --------------------------------------------


class Book:
    """A run that has seen everything: a code is a page, and whether its face is to smile."""

    version, profile, seed, epoch = VERSIONS["v5"], SMALL, 0, 2
    attributes = tuple(people.ATTRIBUTES)

    def __init__(self, *splits):
        table = pd.concat([split.table for split in splits], ignore_index=True)
        sides = [people.with_smile(table, smiling) for smiling in (False, True)]
        self.pages = np.stack([people.render(side, 20) for side in sides], axis=1)
        self.truth = np.stack([side[list(self.attributes)].to_numpy() for side in sides], axis=1)
        self.places = {image.tobytes(): place for place, image in self._sides()}

    def _sides(self):
        for place in np.ndindex(self.pages.shape[:2]):
            yield place, self.pages[place]

    def encode(self, images):
        z = np.zeros((len(images), len(self.pages) + 1), np.float32)
        for code, image in zip(z, images, strict=True):
            page, code[-1] = self.places[image.tobytes()]
            code[page] = 1
        return z

    def decode(self, z):
        return self.pages[z[:, :-1].argmax(axis=1), (z[:, -1] > 0.5).astype(int)]

    def reconstruct(self, images):
        return self.decode(self.encode(images))

    def read(self, images):
        """As a probe, it knows every face."""
        return np.array([self.truth[self.places[image.tobytes()]] for image in images], float)


class Pixels:
    """A run whose codes are the pixels."""

    version, profile, seed, epoch = VERSIONS["v1"], SMALL, 0, 2

    def encode(self, images):
        return images.reshape(len(images), -1) / 255

    def decode(self, z):
        return np.rint(np.clip(z, 0, 1) * 255).astype(np.uint8).reshape(len(z), 20, 20, 3)

    def reconstruct(self, images):
        return self.decode(self.encode(images))


class Draughtsman:
    """A run whose codes are the true factors of the faces that it draws."""

    def decode(self, z):
        # An arc may leave the ranges of the factors, where there is nothing to draw.
        low, high = np.array([(factor.low, factor.high) for factor in FACTORS.values()]).T
        return people.render(pd.DataFrame(np.clip(z, low, high), columns=list(FACTORS)), 20)

    def reconstruct(self, images):
        return images


@cache
def drawn_data():
    def split(seed):
        table = people.sample(60, seed)
        factors = table.columns.difference(people.ATTRIBUTES)
        table = table.astype({name: int for name in factors if table[name].dtype == bool})
        return Split(people.render(table, 20), table)

    return Dataset("faces", split(0), split(1), split(2), "digest", SMALL)


@cache
def book():
    return Book(drawn_data().train, drawn_data().test)


# --- histories -----------------------------------------------------------------------------------

BATCHES = 8  # in two epochs


def a_training(version="weighted", **columns):
    """A run of `version` with a history of constants, but for `columns`."""
    constants = {
        "epoch": [0] * (BATCHES // 2) + [1] * (BATCHES // 2),
        "batch": range(BATCHES),
        "mse": 0.02,
        "bce": 0.8,
        "beta": 0.005,
        "weight_mse": 1.0,
        "weight_bce": 0.005,
        "gradient_norm_mse": 0.001,
        "gradient_norm_bce": 0.2,
        "gradient_cosine": 0.1,
        "d_accuracy_real": 0.75,
        "d_accuracy_fake": 0.5,
        "d_loss_real": 0.3,
        "d_loss_fake": 0.6,
    }
    length = {"batch": range(len(columns["mse"]))} if np.ndim(columns.get("mse")) else {}
    return a_run(version, history=pd.DataFrame(constants | length | columns))


def courses(*runs):
    """The results table of what these trainings' histories come to."""
    return pd.concat([tidy_run(course(run), "faces", run) for run in runs], ignore_index=True)


# --- runs with and without symptoms --------------------------------------------------------------

SOUND = {
    "d_accuracy_real": 0.8,
    "d_accuracy_fake": 0.9,
    "output_diversity": 1.0,
    "input_dependence": 1.0,
    "dead_units": 3,
}
NOISE = np.random.default_rng(0).normal(size=1000)


def a_patient(outcome="complete", losses=None, beta=0.005, alpha=1, **columns):
    """A run of six epochs that are SOUND, but for `columns`, and whose losses are `losses`."""
    version = Version("made_up", weighted, alpha=alpha, beta=beta, learning_rate=2e-4)
    values = np.exp(0.1 * NOISE) if losses is None else losses
    return a_run(
        version,
        outcome=outcome,
        diverged=outcome != "complete",
        epochs=pd.DataFrame({"epoch": range(7)} | SOUND | columns),
        history=pd.DataFrame({"mse": values, "bce": values}),
    )


# --- results of several versions -----------------------------------------------------------------


def results_of(**versions):
    """The last epoch of every version, a seed for each number of metric=(seed 0, seed 1)."""
    return pd.concat(
        [
            tidy([Value(metric, number)], "faces", "quick", name, seed, 12)
            for name, metrics in versions.items()
            for metric, by_seed in metrics.items()
            for seed, number in enumerate(by_seed)
        ],
        ignore_index=True,
    )


TWO_SEEDS = results_of(
    raw={"laplacian_variance": [2000.0]},
    mean_face={"psnr": [15.0], "laplacian_variance": [100.0]},
    pca_100={"psnr": [30.0], "laplacian_variance": [1500.0]},
    weighted={"psnr": [24.0, 26.0], "laplacian_variance": [1900.0, 1900.0]},
    v1={"psnr": [22.0, 23.0], "laplacian_variance": [2200.0, 2200.0]},
    v4={"psnr": [24.0, 26.0], "laplacian_variance": [900.0, 2500.0]},
)


def seen(styler):
    """The table as a reader sees it, without what dots say when they are pointed at."""
    return styler.data.map(_text)


def _text(cell):
    soup = BeautifulSoup(cell, "html.parser")
    for drawing in soup.select("svg"):
        drawing.decompose()
    return soup.get_text()
