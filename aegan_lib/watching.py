"""What is looked at after every epoch: pictures, validation metrics, the best weights so far."""

from pathlib import Path

import numpy as np
import pandas as pd

from aegan_lib import metrics
from aegan_lib.dataset import Split
from aegan_lib.images import to_bytes, to_floats
from aegan_lib.models import Models, apply

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
    """Keeps, in a run's folder, what networks in training do on validation faces.

    Epoch 0 is before any training. The best epoch is the trained one with the smallest
    validation mse, whatever the version's loss: it is the measure that all versions share.
    """

    def __init__(self, networks: Models, validation: Split, folder: Path) -> None:
        self._networks = networks
        self._images = np.asarray(validation.images)
        self._folder = folder
        self._samples: list[np.ndarray] = []
        self._epochs: list[dict[str, float]] = []
        self.look()

    def look(self) -> None:
        """Call it before training and after every epoch."""
        # Reconstructions of all validation faces, as a reader will see them: rounded to bytes.
        codes = apply(self._networks.encoder, to_floats(self._images))
        outputs = to_bytes(apply(self._networks.decoder, codes))
        values = {"epoch": len(self._epochs)} | self._measure(codes, outputs)
        # Row 0 does not compete, but its weights are saved: a run that diverges within its first
        # epoch then still has a best one to load.
        trained = [epoch["mse"] for epoch in self._epochs[1:]]
        if not trained or values["mse"] < min(trained):
            for name, model in self._networks.parts().items():
                model.save_weights(self._folder / f"best-{name}.weights.h5")
        # Appended only now: `trained` must hold the epochs before this one.
        self._epochs.append(values)
        self._samples.append(outputs[:SAMPLES])

    def close(self) -> None:
        """Write what was seen."""
        np.save(self._folder / "samples.npy", np.stack(self._samples))
        pd.DataFrame(self._epochs).to_csv(self._folder / "epochs.csv", index=False)

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
