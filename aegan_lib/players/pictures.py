"""Pictures to step through and to wipe: epochs, and inputs under their reconstructions."""

from collections.abc import Sequence
from html import escape

import numpy as np

from aegan_lib.dataset import Dataset, Split
from aegan_lib.players import forms
from aegan_lib.runs import Run

EPOCHS = 25  # the most that a sheet shows


def epoch_player(runs: Sequence[Run], dataset: Dataset, faces: int = 4) -> None:
    """Validation faces through `runs` of one seed, after an epoch of the reader's choice."""
    if not runs:
        return
    available, last = runs[0].samples.shape[1], max(len(run.samples) for run in runs) - 1
    picked = [*range(0, available, max(1, available // faces))][:faces]
    inputs, count = dataset.validation.images[picked], len(picked)
    epochs = np.linspace(0, last, min(last, EPOCHS) + 1).round().astype(int)
    columns, sheets = 1 + len(epochs), []
    rows = [f"<div><p>input</p>{forms.view(range(0, count * columns, columns), {}, 'input')}</div>"]
    for i, run in enumerate(runs):
        end = len(run.samples) - 1  # where a run diverged, its last epoch stays in view
        name = run.version if end == last else f"{run.version} (ends at epoch {end})"
        frames = run.samples[np.minimum(epochs, end)][:, picked].swapaxes(0, 1)
        tiles = np.concatenate([inputs[:, None], frames], axis=1).reshape(-1, *inputs.shape[1:])
        sheets.append(forms.sheet(tiles, columns, name))
        first = range(i * count * columns + 1, (i + 1) * count * columns, columns)
        view = forms.view(first, {"epoch": 1}, f"{name}, epoch {{epoch}}")
        rows.append(f"<div><p>{escape(name)}</p>{view}</div>")
    control = forms.slider("epoch", [str(epoch) for epoch in epochs], len(epochs) - 1, plays=True)
    forms.show(
        "epochs",
        sheets,
        f'{control}{forms.output("epoch {epoch}")}<div class="rows">{"".join(rows)}</div>',
        reading=f"A row is a face. Columns: the input, then epochs 0 (before training) to {last}.",
        caption=f"{count} validation faces and what {_listed(runs)} of them, from before "
        f"training (epoch 0) to epoch {last}.",
    )


def evolution(run: Run, dataset: Dataset) -> None:
    """Validation faces through one run, after an epoch of the reader's choice or one by one."""
    epoch_player([run], dataset, faces=run.samples.shape[1])


def before_after(runs: Sequence[Run], split: Split, faces: int = 5) -> None:
    """Test faces under what every run makes of them, wiped from one to the other."""
    if not runs:
        return
    images = split.images[:faces]
    count, sheets, rows = len(images), [forms.sheet(images, len(images), "input")], []
    for i, run in enumerate(runs, 1):
        sheets.append(forms.sheet(run.reconstruct(images), count, run.version))
        over = forms.view(
            range(i * count, (i + 1) * count), {}, f"{run.version}: {{reconstruction}}", wiped=True
        )
        rows.append(f"<div><p>{escape(run.version)}</p>{over}</div>")
    shares = [f"{share} %" for share in range(0, 101, 5)]
    control = forms.slider("reconstruction", shares, len(shares) // 2)
    forms.show(
        "wipe",
        sheets,
        f'{control}<div class="rows">{"".join(rows)}</div>',
        reading="The same test faces in every row: the input, then every version.",
        caption=f"{count} test faces: the input, and from the left, as far as the slider says, "
        "what each version makes of it.",
    )


def _listed(runs: Sequence[Run]) -> str:
    return f"{runs[0].version} makes" if len(runs) == 1 else "every version makes"
