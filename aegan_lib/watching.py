"""What is looked at after every epoch: pictures, validation metrics, the best weights so far."""

from pathlib import Path

import numpy as np
import pandas as pd

from aegan_lib import metrics
from aegan_lib.arrays import write_arrays
from aegan_lib.dataset import Split
from aegan_lib.images import to_bytes, to_floats
from aegan_lib.models import Models, apply, values
from aegan_lib.store import replacing

SAMPLES = 8  # validation faces whose reconstructions are kept
METRICS = (
    metrics.mean_squared_errors,
    metrics.laplacian_variance,
    metrics.input_dependence,
    metrics.output_diversity,
    metrics.dead_units,
    metrics.discriminator_scores,
)


class Watcher:
    """Keeps what networks in training do on validation faces.

    Epoch 0 is before any training. The best epoch is the trained one with the smallest
    validation mse, whatever the version's loss: it is the measure that all versions share.
    """

    def __init__(self, networks: Models, validation: Split) -> None:
        self._networks = networks
        self._images = np.asarray(validation.images)
        self.samples: list[np.ndarray] = []  # an epoch's, (faces, h, w, 3) uint8
        self.epochs: list[dict[str, float]] = []
        self.best: dict[str, np.ndarray] = {}  # weights by name

    def look(self) -> None:
        """Call it before training and after every epoch."""
        # Reconstructions of all validation faces, as a reader will see them: rounded to bytes.
        codes = apply(self._networks.encoder, to_floats(self._images))
        outputs = to_bytes(apply(self._networks.decoder, codes))
        measured = {"epoch": len(self.epochs), **self._measure(codes, outputs)}
        # Python's own numbers: what a checkpoint gives back is then the same, to the last digit.
        measured = {name: np.asarray(value).item() for name, value in measured.items()}
        # Row 0 does not compete, but its weights are kept: a run that diverges within its first
        # epoch then still has a best one to load.
        trained = [epoch["mse"] for epoch in self.epochs[1:]]
        if not trained or measured["mse"] < min(trained):
            # A copy: some backends share a variable's memory with what they give away.
            self.best = {k: v.copy() for k, v in values(self._networks.weights()).items()}
        # Appended only now: `trained` must hold the epochs before this one.
        self.epochs.append(measured)
        self.samples.append(outputs[:SAMPLES])

    def write(self, folder: Path) -> None:
        """Write what was seen."""
        with replacing(folder / "samples.npy") as partial, partial.open("wb") as file:
            np.save(file, np.stack(self.samples))
        with replacing(folder / "epochs.csv") as partial:
            pd.DataFrame(self.epochs).to_csv(partial, index=False)
        with replacing(folder / "best.npz") as partial:
            write_arrays(partial, self.best)

    def _measure(self, codes: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
        # The discriminator's logits on both, (n, 1), without dropout.
        real, fake = (
            apply(self._networks.discriminator, to_floats(images))
            for images in (self._images, outputs)
        )
        return {
            # Named as in the history, where a column means the same.
            "mse": float(metrics.mean_squared_errors(self._images, outputs).mean()),
            "laplacian_variance": float(metrics.laplacian_variance(outputs).mean()),
            "input_dependence": metrics.input_dependence(self._images, outputs),
            "output_diversity": metrics.output_diversity(self._images, outputs),
            "dead_units": metrics.dead_units(codes),
            **metrics.discriminator_scores(real, fake),
        }
