"""Which attributes an image shows, read by a small classifier that knows real faces alone.

It never learns from a reconstruction, so it can say what a reconstruction kept. `Probe.scores`
on real test faces says how far to believe it. There are two: what a *hardened* one learned from,
see `probe_training`, was blurred and grainy in part, so that a reconstruction is less strange to
it. Where both say the same, it is not a peculiarity of one of them.
"""

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from aegan_lib.arrays import UnreadableError, write_arrays
from aegan_lib.backend import keras
from aegan_lib.dataset import Dataset, Split
from aegan_lib.errors import UserError, unknown_name
from aegan_lib.evaluation import probe_training
from aegan_lib.evaluation.probe_training import classifier, trained_weights
from aegan_lib.locks import held
from aegan_lib.models import apply, halvings, read_into, values, weights_of
from aegan_lib.records import PROBE, check
from aegan_lib.store import code_digest, damaged, read_record, seal

WEIGHTS, RECORD = "probe.npz", "probe.json"
FILES = {WEIGHTS: 2**29}  # of a probe, and the most bytes that it may have


@dataclass(frozen=True)
class Probe:
    """Reads attributes off images (n, h, w, 3) uint8 of the size that it was trained on."""

    attributes: tuple[str, ...]
    model: keras.Model  # images -> logits (n, attributes)
    hardened: bool = False  # whether it learned from blurred and grainy faces too

    def read(self, images: np.ndarray) -> np.ndarray:
        """How likely each image shows each attribute, (n, attributes) float32 in [0, 1]."""
        return expit(self.logits(images))

    def logits(self, images: np.ndarray) -> np.ndarray:
        """The same before the sigmoid: above 0 where an attribute is likelier than not."""
        if images.dtype != np.uint8:
            raise ValueError(f"The probe reads uint8 in [0, 255]. Received: {images.dtype}.")
        # The model rescales bytes itself, so that nobody can feed it another range.
        return apply(self.model, images)

    def says(self, images: np.ndarray, name: str) -> np.ndarray:
        """Whether each image shows the attribute `name`, (n,) bool."""
        if name not in self.attributes:
            raise unknown_name("attribute", name, self.attributes)
        return self.read(images)[:, self.attributes.index(name)] > 0.5

    def scores(self, split: Split) -> pd.DataFrame:
        """How well each attribute is read: accuracy, majority, roc_auc; one row an attribute.

        majority is the accuracy of always giving the commoner answer. roc_auc is 0.5 by chance,
        and nan where all images or none have the attribute.
        """
        # Both (n, attributes), the columns in the probe's order and not in the table's.
        truth, likely = split.attributes[list(self.attributes)].to_numpy(), self.read(split.images)
        columns = {
            "accuracy": np.mean((likely > 0.5) == truth, axis=0),
            "majority": np.maximum(truth.mean(axis=0), 1 - truth.mean(axis=0)),
            "roc_auc": [
                roc_auc_score(has, seen) if 0 < has.mean() < 1 else np.nan
                for has, seen in zip(truth.T, likely.T, strict=True)
            ],
        }
        return pd.DataFrame(columns, pd.Index(self.attributes, name="attribute"))


def load_probe(
    dataset: Dataset, folder: Path, progress: bool = True, hardened: bool = False
) -> Probe | None:
    """The probe in `folder`; trained if there is none of this data, image size, kind and code.

    None where the dataset has no attributes: there is nothing to read, and what needs a probe is
    left out.

    Arguments:
        dataset: its training images are learned from.
        folder: of this probe alone; `Request` has one for each of the two.
        progress: show a bar while training.
        hardened: learn from blurred and grainy faces too.
    """
    # All that decides its weights, its training code included: a probe of the same is used again.
    size, names = dataset.profile.image_size, tuple(dataset.train.attributes)
    if not names:
        return None
    made_of = {
        "dataset": {"name": dataset.name, "digest": dataset.digest},
        "image_size": size,
        "attributes": list(names),
        "hardened": hardened,
        "code": code_digest(probe_training, apply, halvings),
    }
    probe = Probe(names, classifier(size, len(names)), hardened)
    if not _restore(probe.model, folder, made_of):
        with held(folder.parent / ".locks" / folder.name, "the probe") as waited:
            # Whoever was waited for may have trained just this one.
            if not (waited and _restore(probe.model, folder, made_of)):
                probe.model.set_weights(trained_weights(dataset, size, hardened, progress))
                _keep(probe.model, folder, made_of)
    return probe


def _keep(model: keras.Model, folder: Path, made_of: dict[str, Any]) -> None:
    """Put the weights and their record into `folder`, the record last: it vouches for them."""
    folder.mkdir(parents=True, exist_ok=True)
    # Written in a folder beside it first: training is long, and may be ended at any time.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".probe-") as name:
        partial = Path(name)
        write_arrays(partial / WEIGHTS, values(weights_of(model)))
        seal(partial / RECORD, made_of)
        # The record last: if this is cut short, an old record does not fit the new weights.
        for file in (WEIGHTS, RECORD):
            (partial / file).replace(folder / file)


def find_probe(folder: Path, image_size: int) -> Probe | None:
    """The finished probe in `folder` that reads faces of `image_size`, or None; trains nothing.

    Raises:
        UserError: its weights are not those that were written.
    """
    if not os.path.lexists(folder / RECORD):
        return None
    # As of a run, its folder may be a stranger's.
    try:
        content = read_record(folder / RECORD)
        check(content, PROBE)
        names, size = tuple(content["attributes"]), content["image_size"]
        # A probe of another size is no error: it reads other runs.
        if size != image_size:
            return None
        if content["files"].keys() != FILES.keys() or damaged(folder, content["files"], FILES):
            raise UnreadableError(f"{WEIGHTS} is not what was written")
        probe = Probe(names, classifier(size, len(names)), content.get("hardened", False))
        read_into(weights_of(probe.model), folder / WEIGHTS)
    except UnreadableError as error:
        raise UserError(
            f"The probe in {folder} is damaged or of other code: {error}. `make report` trains it "
            "again."
        ) from error
    return probe


def _restore(model: keras.Model, folder: Path, made_of: dict[str, Any]) -> bool:
    """Give `model` the weights in `folder`, if they are whole and of `made_of`."""
    if not os.path.lexists(folder / RECORD):
        return False
    # Damage is no reason to stop here, as it would be for a run: a probe is quickly trained again.
    with suppress(UnreadableError):
        content = read_record(folder / RECORD)
        # What is left of a record is what it was made of.
        files = content.pop("files", None)
        whole = isinstance(files, dict) and files.keys() == FILES.keys()
        if content == made_of and whole and not damaged(folder, files, FILES):
            read_into(weights_of(model), folder / WEIGHTS)
            return True
    print(f"The probe in {folder} is damaged or of other data or code: it is trained again.")
    return False
