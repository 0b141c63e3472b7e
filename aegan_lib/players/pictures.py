"""Pictures to step through and to wipe: epochs, and inputs under their reconstructions."""

from collections.abc import Sequence

import numpy as np

from aegan_lib.dataset import Dataset, Split
from aegan_lib.players import forms
from aegan_lib.players.forms import Row
from aegan_lib.runs import Run

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
    sheets, rows = [], [Row("input", range(0, size, columns), "input")]
    for i, run in enumerate(runs):
        end = len(run.samples) - 1  # where a run diverged, its last epoch stays in view
        name = run.version.name if end == last else f"{run.version.name} (ends at epoch {end})"
        # (epochs, faces, h, w, 3) -> (faces, epochs, h, w, 3): a row of the sheet is a face.
        frames = run.samples[np.minimum(epochs, end)][:, picked].swapaxes(0, 1)
        # The input goes before its own row: (faces, 1 + epochs, h, w, 3).
        tiles = np.concatenate([inputs[:, None], frames], axis=1)
        sheets.append(forms.sheet(tiles.reshape(-1, *inputs.shape[1:]), columns, name))
        # Frames are counted over all sheets; of each row the one after its input comes first.
        first = range(i * size + 1, (i + 1) * size, columns)
        rows.append(Row(name, first, f"{name}, epoch {{epoch}}", {"epoch": 1}))
    whose = f"{runs[0].version.name} makes" if len(runs) == 1 else "every version makes"
    first_epoch = _first_epoch(runs)
    forms.show(
        "rows",
        kind="epochs",
        sheets=sheets,
        rows=rows,
        axis="epoch",
        texts=[str(epoch) for epoch in epochs],
        start=len(epochs) - 1,
        plays=True,
        reading=f"A row is a face. Columns: the input, then epochs 0 to {last}. {first_epoch}",
        caption=f"{len(picked)} validation faces and what {whose} of them, from epoch 0 to epoch "
        f"{last}. {first_epoch}",
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


def before_after(runs: Sequence[Run], split: Split, count: int = 5) -> None:
    """Test faces under what every run makes of them, wiped from one to the other."""
    if not runs:
        return
    # Sheet 0 is the inputs, sheet i the reconstructions of run i, so their frames line up.
    images = split.images[:count]
    sheets, rows = [forms.sheet(images, len(images), "input")], []
    for i, run in enumerate(runs, 1):
        name = run.version.name
        sheets.append(forms.sheet(run.reconstruct(images), len(images), name))
        first = range(i * len(images), (i + 1) * len(images))
        rows.append(Row(name, first, f"{name}: {{reconstruction}}", wiped=True))
    # Where the wipe can stand, in steps of 5 %; it begins in the middle.
    shares = [f"{share} %" for share in range(0, 101, 5)]
    forms.show(
        "rows",
        kind="wipe",
        sheets=sheets,
        rows=rows,
        axis="reconstruction",
        texts=shares,
        start=len(shares) // 2,
        plays=False,
        reading="The same test faces in every row: the input, then every version.",
        caption=f"{len(images)} test faces: the input, and from the left, as far as the slider "
        "says, what each version makes of it.",
    )
