"""All that a training needs to go on as if it had never been interrupted, in one file.

Weights, Adam's moments, the history, what was seen after every epoch, and the best weights so far.
Beta, the order of the data and dropout are functions of what is recorded, and so need no state.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aegan_lib.arrays import Form, UnreadableError, read_arrays, text_array
from aegan_lib.backend import keras
from aegan_lib.errors import UserError
from aegan_lib.models import Models, values
from aegan_lib.provenance import execution
from aegan_lib.runs import CHECKPOINTS
from aegan_lib.step import Step
from aegan_lib.store import json_digest, keep
from aegan_lib.watching import Watcher

COUNTED = ("epoch", "batch")  # columns of the history that hold whole numbers
Row = dict[str, Any]  # one batch's row of the history, by column


@dataclass
class Training:
    """A run in training. What it holds is what a checkpoint holds."""

    networks: Models
    step: Step
    watcher: Watcher
    settings: dict[str, Any]
    block: int = 1  # batches that the step takes in one call
    # By column, a number a batch. A schedule asks for columns before there are any; from the first
    # row on, one that is not there is a mistake.
    history: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    seconds: float = 0.0  # of training before this process
    # For every time that it was gone on with: after how many batches, and whether elsewhere.
    resumed: list[dict[str, Any]] = field(default_factory=list)

    @property
    def batches(self) -> int:
        """How many were trained."""
        return len(self.history.get("batch", ()))

    def rows(self) -> Iterable[Row]:
        for numbers in zip(*self.history.values(), strict=True):
            row = dict(zip(self.history, numbers, strict=True))
            yield row | {name: int(row[name]) for name in COUNTED}

    def record(self, row: Row) -> None:
        if not self.batches:  # in the row's order, whatever a schedule has asked for
            self.history = {name: [] for name in row}
        for name, value in row.items():
            self.history[name].append(value)


def write_checkpoint(training: Training, folder: Path, seconds: float) -> None:
    """Keep `training` in `folder`, and the checkpoint before it under its second name."""
    newest, previous = (folder / name for name in CHECKPOINTS)
    watcher = training.watcher
    about = {
        "settings": json_digest(training.settings),
        "execution": execution(),
        "seconds": seconds,
        "resumed": training.resumed,
        # In their order, which a file of arrays does not keep.
        "history": list(training.history),
        "epochs": list(watcher.epochs[0]),
        "whole": [name for name, value in watcher.epochs[0].items() if isinstance(value, int)],
    }
    arrays = {
        "about": text_array(json.dumps(about)),
        "samples": np.stack(watcher.samples),
        **{f"variable/{name}": array for name, array in values(_variables(training)).items()},
        **{f"best/{name}": array for name, array in watcher.best.items()},
        **{f"history/{name}": np.array(column, float) for name, column in training.history.items()},
        **{
            f"epochs/{name}": np.array([epoch[name] for epoch in watcher.epochs], float)
            for name in watcher.epochs[0]
        },
    }
    keep(newest, previous, arrays)


def resume(training: Training, folder: Path, elsewhere: bool = False) -> bool:
    """Bring `training` to where it was when a checkpoint was kept in `folder`; False if none fits.

    The newest that is whole and of the same settings. One of another machine, other packages or
    another number of threads would go on with other bits: `elsewhere` says that it may.

    Raises:
        UserError: it is of another machine, and nobody said that it may be. What may be hours of
            training is not thrown away unasked.
    """
    for name in CHECKPOINTS:
        if not (folder / name).exists():
            continue
        try:
            arrays = read_arrays(folder / name, lambda name: _form(name, training))
            about = json.loads(bytes(arrays.pop("about")))
            if about["settings"] != json_digest(training.settings):
                continue  # nobody expects it to go on with other settings
            here = about["execution"] == execution()
            if not here and not elsewhere:
                raise UserError(
                    f"{folder / name} was kept on another machine, with other packages or another "
                    "number of threads, and would go on with numbers that are rounded otherwise. "
                    "Expected: the conditions that it was kept under. To go on from it all the "
                    "same: `python -m aegan_lib run … --elsewhere`, and the run says so. To start "
                    "again: delete that folder."
                )
            _restore(training, arrays, about)
        except UserError:  # a ValueError too, and no fault of the file
            raise
        except (UnreadableError, KeyError, TypeError, ValueError) as error:
            print(f"{folder / name} cannot be used ({error}): the one before it is looked for.")
            continue
        # What could not be used gives way, or the next checkpoint would take it for the one before
        # and leave, until it has its own name, nothing whole.
        (folder / name).replace(folder / CHECKPOINTS[0])
        training.resumed += [{"after": training.batches} | ({} if here else {"elsewhere": True})]
        return True
    return False


def _restore(training: Training, arrays: dict[str, np.ndarray], about: dict[str, Any]) -> None:
    variables, watcher = _variables(training), training.watcher
    # All of it is looked up before anything is changed.
    given = {name: arrays[f"variable/{name}"] for name in variables}
    best = {name: arrays[f"best/{name}"] for name in training.networks.weights()}
    history = {name: arrays[f"history/{name}"].tolist() for name in about["history"]}
    columns = {name: arrays[f"epochs/{name}"].tolist() for name in about["epochs"]}
    epochs = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    epochs = [epoch | {name: int(epoch[name]) for name in about["whole"]} for epoch in epochs]
    seconds, resumed = float(about["seconds"]), list(about["resumed"])
    samples = list(arrays["samples"])
    lengths = {len(column) for column in history.values()}
    if len(lengths) > 1 or len(epochs) != len(samples):
        raise UnreadableError("its parts are not of one moment")
    for name, variable in variables.items():
        variable.assign(given[name])
    training.history = history
    training.seconds, training.resumed = seconds, resumed
    watcher.best, watcher.samples, watcher.epochs = best, samples, epochs


def _variables(training: Training) -> dict[str, keras.Variable]:
    return training.networks.weights() | training.step.state()


def _form(name: str, training: Training) -> Form | None:
    """What an array of this name has to be in a checkpoint of `training`."""
    kind, _, rest = name.partition("/")
    size = training.networks.encoder.input_shape[1]
    if name == "about":
        return ("uint8",), (None,)
    if name == "samples":
        return ("uint8",), (None, None, size, size, 3)
    if kind in ("history", "epochs"):
        return ("float64",), (None,)
    known = {"variable": _variables(training), "best": training.networks.weights()}.get(kind, {})
    if rest not in known:
        return None
    return (str(known[rest].dtype),), tuple(known[rest].shape)
