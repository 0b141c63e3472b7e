"""Faces to step through, epoch by epoch, to enlarge, and to wipe over the input."""

from collections.abc import Sequence

import numpy as np

from aegan_lib.dataset import Dataset
from aegan_lib.players import forms
from aegan_lib.players.forms import Row
from aegan_lib.runs import Run
from aegan_lib.tables.names import weights

EPOCHS = 25  # the most that a sheet shows


def epoch_player(runs: Sequence[Run], dataset: Dataset, count: int = 4) -> None:
    """Validation faces through `runs` of one seed, after an epoch of the reader's choice."""
    if not runs:
        return
    available = runs[0].samples.shape[1]
    last = max(len(run.samples) for run in runs) - 1
    # Spread evenly over the faces that runs kept, rather than the first few.
    picked = [*range(0, available, max(1, available // count))][:count]
    inputs = dataset.validation.images[picked]
    # A long training shows some of its epochs, always with the first and the last.
    epochs = np.linspace(0, last, min(last, EPOCHS) + 1).round().astype(int)

    # A sheet a run: a row for each face, its input first, then what it was after each epoch.
    columns = 1 + len(epochs)
    size = len(picked) * columns  # frames in a sheet
    whole = range(0, size, columns)
    sheets, rows = [], [Row("input", whole, "input", whole)]
    for i, run in enumerate(runs):
        end = len(run.samples) - 1  # where a run diverged, its last epoch stays in view
        name = run.version.name
        # (epochs, faces, h, w, 3) -> (faces, epochs, h, w, 3): a row of the sheet is a face.
        frames = run.samples[np.minimum(epochs, end)][:, picked].swapaxes(0, 1)
        # The input goes before its own row: (faces, 1 + epochs, h, w, 3).
        tiles = np.concatenate([inputs[:, None], frames], axis=1)
        sheets.append(forms.sheet(tiles.reshape(-1, *inputs.shape[1:]), columns, name))
        # Frames are counted over all sheets; of each row the one after its input comes first.
        first = range(i * size + 1, (i + 1) * size, columns)
        rows.append(
            Row(
                name,
                first,
                f"{name}, epoch {{epoch}}",
                whole,
                {"epoch": 1},
                version=name,
                said=weights(run.version)
                + f", seed {run.seed}" * (run.seed != runs[0].seed)
                + f" (ends at epoch {end})" * (end < last),
                numbers=[_numbers(run, min(epoch, end)) for epoch in epochs],
            )
        )
    whose = f"{runs[0].version.name} makes" if len(runs) == 1 else "every version makes"
    first_epoch = _first_epoch(runs)
    forms.show(
        "faces",
        sheets=sheets,
        rows=rows,
        texts=[str(epoch) for epoch in epochs],
        faces=["all", *map(str, range(1, len(picked) + 1))],
        shares=[f"{share} %" for share in range(0, 101, 5)],
        reading=f"A row is a face. Columns: the input, then epochs 0 to {last}. {first_epoch}",
        caption=f"{len(picked)} validation faces and what {whose} of them with seed "
        f"{runs[0].seed}, from epoch 0 to epoch {last}, pixel by pixel. {first_epoch} Below each: "
        "its mse on all validation faces, their diversity, and how many its discriminator calls "
        "fake.",
    )


def _numbers(run: Run, epoch: int) -> str:
    at = run.epochs.iloc[epoch]
    return (
        f"mse {at['mse']:.3g}, diversity {at['output_diversity']:.0%}, "
        f"called fake {at['d_accuracy_fake']:.0%}"
    )


def _first_epoch(runs: Sequence[Run]) -> str:
    """What epoch 0 shows: networks before any training, or the end of another run."""
    # The run that others start from -> those others.
    starts: dict[str, list[str]] = {}
    for run in runs:
        if run.version.start:
            starts.setdefault(run.version.start, []).append(run.version.name)
    finished = {start: f"the finished {start}" for start in starts}
    if len(runs) == 1:
        return f"Epoch 0: {next(iter(finished.values()), 'before training')}."
    others = [f"{' and '.join(names)}: {finished[start]}" for start, names in starts.items()]
    return "; ".join(["Epoch 0: before training", *others]) + "."


def evolution(run: Run, dataset: Dataset) -> None:
    """Validation faces through one run, after an epoch of the reader's choice or one by one."""
    epoch_player([run], dataset, count=run.samples.shape[1])
