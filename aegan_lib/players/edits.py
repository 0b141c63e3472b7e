"""The latent space to play with on the page: every frame is decoded here, none in the browser."""

from collections.abc import Sequence
from html import escape
from itertools import product

import numpy as np
import pandas as pd
from IPython.display import HTML, display

from aegan_lib.dataset import Dataset, Split
from aegan_lib.evaluation.arithmetic import true_smiles
from aegan_lib.evaluation.directions import attribute_direction, movable
from aegan_lib.evaluation.probe import Probe
from aegan_lib.players import forms
from aegan_lib.runs import Run

STEPS = [number / 4 for number in range(-6, 7)]  # of a direction
NEUTRAL = ("neutral woman", "neutral man")


def smile_plane(
    runs: Sequence[Run],
    dataset: Dataset,
    probe: Probe | None = None,
    versions: Sequence[str] = ("autoencoder", "weighted"),
) -> None:
    """A neutral woman and man, moved along smile and male in the codes of two `versions`.

    Below each picture stands what `probe` reads off it, and beside it the true answer to a smile,
    where faces can be drawn with one.
    """
    if not runs or _lacks_attributes(dataset, "The plane of smiles"):
        return
    # Neutral faces alone: 0 on the axis of smiles is then a face that does not smile.
    people = {name: i for name, i in _people(dataset.test).items() if name in NEUTRAL}
    shown = _two(runs, versions)
    sheets, read = [], []
    for run in shown:
        # Directions are of this run's own training codes: no two runs share a space.
        known = run.encode(dataset.train.images)
        smile, male = (
            attribute_direction(known, dataset.train, name) for name in ("Smiling", "Male")
        )
        codes = run.encode(dataset.test.images[[*people.values()]])
        for name, z in zip(people, codes, strict=True):
            # A row for each step of male, a column for each of smile: (13 * 13, latent_dim).
            moved = np.stack([z + s * smile + m * male for m, s in product(STEPS, STEPS)])
            label = f"{run.version.name}, {name}"
            decoded = run.decode(moved)
            sheets.append(forms.sheet(decoded, len(STEPS), label))
            read += _readings(probe, decoded)
    smiling = true_smiles(dataset.test, np.array([*people.values()]))
    if smiling:
        sheets.append(forms.sheet(smiling.images, len(people), "The same people, drawn smiling"))
    size = len(STEPS)
    texts = [f"{step:+g}".replace("-", "−") if step else "0" for step in STEPS]
    forms.show(
        "plane",
        sheets=sheets,
        versions=[run.version.name for run in shown],
        faces=list(people),
        steps=texts,
        # How many frames a step of each control goes on.
        axes={"version": size**2 * len(people), "face": size**2, "male": size, "smile": 1},
        read=read,
        truth=size**2 * len(people) * len(shown) if smiling else None,
        reading=f"To the right: smile from {texts[0]} to {texts[-1]}. Downwards: male, likewise.",
        caption="The code of a test face, moved along two directions and decoded: 0 and 0 is its "
        "reconstruction, +1 adds what the mean code of the smiling (or male) has over that of the "
        "others, among training faces that are alike in the other of the two, and −1 takes as "
        "much away."
        + " The true answer is the same face drawn with a smile." * bool(smiling)
        + " The probe has only ever seen real faces." * bool(read),
    )


def _readings(probe: Probe | None, images: np.ndarray) -> list[list[int]]:
    """In percent how sure the probe is that each of the images smiles, and is of a man."""
    if probe is None or not {"Smiling", "Male"} <= set(probe.attributes):
        return []
    seen = pd.DataFrame(probe.read(images), columns=[*probe.attributes])[["Smiling", "Male"]]
    return (100 * seen).round().astype(int).to_numpy().tolist()


def sum_builder(run: Run, dataset: Dataset) -> None:
    """A − B + C over six test faces: all sums of their codes, decoded by `run`."""
    if _lacks_attributes(dataset, "Arithmetic with faces"):
        return
    people = _people(dataset.test)
    names, count = list(people), len(people)
    images = dataset.test.images[[*people.values()]]
    # The first sheet shows the faces, each further one all sums that begin with one A.
    z = run.encode(images)
    sheets = [forms.sheet(images, count, f"The faces: {', '.join(names)}")]
    for a, name in enumerate(names):
        # A row for each B, a column for each C: (count * count, latent_dim).
        sums = np.stack([z[a] - z[b] + z[c] for b, c in product(range(count), repeat=2)])
        sheets.append(forms.sheet(run.decode(sums), count, f"A = {name}"))
    forms.show(
        "sum",
        sheets=sheets,
        names=names,
        # The sum that is shown first: faces 0 − 1 + 4, or the last face where there are fewer.
        operands=[("a", "A", 0), ("b", "− B", 1), ("c", "+ C", min(4, count - 1))],
        axes={"a": count**2, "b": count, "c": 1},
        reading="A is named above each grid. Rows: the face B that is subtracted. Columns: the "
        "face C that is added. Both are in the order of the first row of faces.",
        caption="Test faces, each the one nearest to the mean of its group, and the sum of their "
        f"codes, decoded by {run.version.name}. Where A and B are the same, that is the "
        "reconstruction of C. Whatever else A and B differ in, such as hair and background, is "
        "carried over too.",
    )


def _two(runs: Sequence[Run], versions: Sequence[str]) -> list[Run]:
    """The runs of these versions, or others where these are missing; one seed of each."""
    # Reversed, so that the first run of each version is the one that stays.
    first = {run.version.name: run for run in reversed(runs)}
    # The versions that were asked for, in that order, then whatever else there is.
    names = [name for name in dict.fromkeys([*versions, *reversed(first)]) if name in first]
    return [first[name] for name in names[:2]]


def _lacks_attributes(dataset: Dataset, what: str) -> bool:
    """Whether no faces differ in smiling or in sex alone; a sentence then stands for the player."""
    # Training faces give the directions, test faces are moved along them: both need them.
    for split in (dataset.train, dataset.test):
        if not {"Male", "Smiling"} <= set(movable(split)):
            name = escape(dataset.about.title or dataset.name)
            needs = "faces with and without the attributes Male and Smiling"
            display(HTML(f"<p>{what} needs {needs}, which {name} lacks.</p>"))
            return True
    return False


def _people(split: Split) -> dict[str, int]:
    """Six faces, women first, by names that tell them apart; each ordinary among those so named."""
    # Without such a column nobody is known to wear glasses.
    glasses = np.asarray(split.table.get("Eyeglasses", np.zeros(len(split.images), bool)))
    found: dict[str, list[int]] = {}
    for male, smiling in product((False, True), (True, False)):
        face, person = "smiling" if smiling else "neutral", "man" if male else "woman"
        name = f"{face} {person}"
        has = (split.table[["Male", "Smiling"]] == [male, smiling]).to_numpy().all(axis=1)
        found[name] = _ordinary(split.images, has & ~glasses) or _ordinary(split.images, has)
        if name in NEUTRAL:
            # A second neutral face wears glasses; where nobody does, it is just another one.
            wearing = _ordinary(split.images, has & glasses)
            found[f"{name} with glasses"] = wearing
            found[f"another {name}"] = [] if wearing else found[name][1:]
    return {name: chosen[0] for name, chosen in found.items() if chosen}


def _ordinary(images: np.ndarray, among: np.ndarray) -> list[int]:
    """The indices of the images `among`, (n,) bool, nearest to their mean first."""
    # (k, h, w, 3); with none among them the mean is of nothing, and the list is empty.
    chosen = images[among].astype("float32")
    mean = chosen.sum(axis=0) / max(1, len(chosen))
    distances = ((chosen - mean) ** 2).sum(axis=(1, 2, 3))
    # Places among the chosen become places among all.
    return [int(i) for i in among.nonzero()[0][distances.argsort()]]
