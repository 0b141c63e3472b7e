"""One run made ready for sliders: its codes, the steps that sliders add, and a fast decoder."""

import dataclasses
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from aegan_lib import backend, latent
from aegan_lib.backend import keras, ops
from aegan_lib.dataset import Dataset
from aegan_lib.errors import UserError
from aegan_lib.evaluation.directions import attribute_directions
from aegan_lib.evaluation.probe import Probe
from aegan_lib.images import to_bytes
from aegan_lib.models import apply
from aegan_lib.runs import Run

DIRECTIONS = 8
READ = ("Smiling", "Male")  # what a probe is asked about a picture


class Bench:
    """A run and some faces. Codes are (latent_dim,) float32, pictures (h, w, 3) uint8.

    Raises:
        UserError: the run's codes are not numbers, as after a training that diverged.
    """

    def __init__(self, run: Run, dataset: Dataset) -> None:
        self.run = run
        self._train = dataset.train
        self._known = run.encode(dataset.train.images)  # (n, latent_dim)
        # Sliders would move nothing at all, without a word.
        if not np.isfinite(self._known).all():
            raise UserError(f"{run.version.name} has no codes to move in: {run.outcome}.")
        self.codes = run.encode(dataset.test.images)  # (faces, latent_dim)
        self._decoder = as_graph(run.models.decoder)
        self.decode(self.codes[0])  # traced now, not at the first movement

    def decode(self, z: np.ndarray) -> np.ndarray:
        return to_bytes(apply(self._decoder, z[None]))[0]

    @cached_property
    def steps(self) -> dict[str, np.ndarray]:
        """What one unit of a slider adds to a code, by the slider's name.

        Attributes: their directions, mean differences among faces alike in Male and Smiling.
        Principal directions and coordinates: one standard deviation, which is 0 along a coordinate
        that is dead.
        """
        # Three kinds of steps in one dictionary: (latent_dim,) each, whatever they stand for.
        attributes = attribute_directions(self._known, self._train)
        count = min(DIRECTIONS, *self._known.shape)
        _, directions = latent.principal_directions(self._known, count)
        # A diagonal: row i moves coordinate i alone, by its own standard deviation.
        coordinates = np.diag(self._known.std(axis=0))
        return (
            attributes
            | dict(zip(direction_names(count), directions, strict=True))
            | dict(zip(coordinate_names(len(coordinates)), coordinates, strict=True))
        )

    def outside(self, z: np.ndarray) -> float:
        """The share of the coordinates of `z` below 0 or above those of every known face."""
        return float(latent.outside_range(z[None], self._known)[0])


class Benches:
    """Benches by run, each made when it is first asked for."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._made: dict[Path, Bench] = {}

    def __getitem__(self, run: Run) -> Bench:
        # All training faces are encoded for a bench: only for runs that are chosen, and once.
        if run.folder not in self._made:
            self._made[run.folder] = Bench(run, self.dataset)
        return self._made[run.folder]


class Reader:
    """What a probe reads off one picture, as a caption; nothing where there is no probe."""

    def __init__(self, probe: Probe | None) -> None:
        # A copy with a fast model: the one that was passed in stays what it is.
        self._probe = probe and dataclasses.replace(probe, model=as_graph(probe.model))

    def __call__(self, face: np.ndarray) -> str:
        if self._probe is None:
            return ""
        # The probe knows every attribute of the data; a caption has room for two.
        likely = dict(zip(self._probe.attributes, self._probe.read(face[None])[0], strict=True))
        return ", ".join(f"{name} {likely[name]:.0%}" for name in READ if name in likely)


def as_graph(model: keras.Model) -> Callable[..., Any]:
    """`model` for `apply`, as one graph: layer by layer, one picture takes ten times as long."""
    # Outside training, batch normalization uses its running averages: one picture is enough.
    step = backend.compile_step(lambda values: model(values, training=False), model.variables)
    return lambda values, training: step(ops.convert_to_tensor(values))


def direction_names(count: int) -> list[str]:
    return [f"direction {i + 1}" for i in range(count)]


def coordinate_names(count: int) -> list[str]:
    return [f"z{i}" for i in range(count)]
