"""The latent space to play with on the page: every frame is decoded here, none in the browser."""

from collections.abc import Sequence
from html import escape
from itertools import product

import numpy as np
from IPython.display import HTML, display

from aegan_lib.dataset import Dataset, Split
from aegan_lib.latent import attribute_vector
from aegan_lib.players import forms
from aegan_lib.runs import Run

STEPS = [number / 4 for number in range(-6, 7)]  # of an attribute vector
TRAINING_FACES = 2000  # that an attribute vector is the mean of
NEUTRAL = ("neutral woman", "neutral man")


def smile_plane(
    runs: Sequence[Run], dataset: Dataset, versions: Sequence[str] = ("autoencoder", "weighted")
) -> None:
    """A neutral woman and man, moved along smile and male in the codes of two `versions`."""
    if not runs or _lacks_attributes(dataset, "The plane of smiles"):
        return
    faces = {name: i for name, i in _people(dataset.test).items() if name in NEUTRAL}
    first = {run.version: run for run in reversed(runs)}  # of several seeds
    shown = [name for name in dict.fromkeys([*versions, *reversed(first)]) if name in first][:2]
    learned, table = dataset.train.images[:TRAINING_FACES], dataset.train.table[:TRAINING_FACES]
    sheets = []
    for run in (first[name] for name in shown):
        codes, of_faces = run.encode(learned), run.encode(dataset.test.images[[*faces.values()]])
        smile, male = (attribute_vector(codes, table[name]) for name in ("Smiling", "Male"))
        for name, z in zip(faces, of_faces, strict=True):
            moved = np.stack([z + s * smile + m * male for m, s in product(STEPS, STEPS)])
            sheets.append(forms.sheet(run.decode(moved), len(STEPS), f"{run.version}, {name}"))
    size, texts = len(STEPS), [f"{step:+g}".replace("-", "−") if step else "0" for step in STEPS]
    axes = {"version": size**2 * len(faces), "face": size**2, "male": size, "smile": 1}
    controls = [forms.select("version", shown), forms.select("face", [*faces])]
    controls += [forms.slider(axis, texts, size // 2) for axis in ("smile", "male")]
    numbers = "smile {smile}, male {male}"
    frame = forms.view([0], axes, f"{{version}}, {{face}}: {numbers}")
    forms.show(
        "plane",
        sheets,
        f"<div>{frame}{forms.output(numbers)}</div><div>{''.join(controls)}</div>",
        reading=f"To the right: smile from {texts[0]} to {texts[-1]}. Downwards: male, likewise.",
        caption="The code of a test face, moved along two directions and decoded: 0 and 0 is its "
        "reconstruction, +1 adds what the mean code of the smiling (or male) has over that of the "
        f"others, among {len(learned):,} training faces, and −1 takes as much away.",
    )


def sum_builder(run: Run, dataset: Dataset) -> None:
    """A − B + C over six test faces: all sums of their codes, decoded by `run`."""
    if _lacks_attributes(dataset, "Arithmetic with faces"):
        return
    faces = _people(dataset.test)
    names, count, images = [*faces], len(faces), dataset.test.images[[*faces.values()]]
    z = run.encode(images)
    sheets, operands = [forms.sheet(images, count, f"The faces: {', '.join(names)}")], ""
    for a, name in enumerate(names):
        sums = np.stack([z[a] - z[b] + z[c] for b, c in product(range(count), repeat=2)])
        sheets.append(forms.sheet(run.decode(sums), count, f"A = {name}"))
    for axis, sign, start in (("a", "A", 0), ("b", "− B", 1), ("c", "+ C", min(4, count - 1))):
        chosen = forms.view([0], {axis: 1}, f"{{{axis}}}") + forms.output(f"{{{axis}}}")
        choices = "".join(
            f'<label><input type="radio" name="{axis}" value="{i}" title="{name}" '
            f'aria-label="{name}"{" checked" * (i == start)}>{forms.view([i], {}, name)}</label>'
            for i, name in enumerate(names)
        )
        operands += f"<fieldset><legend>{sign}</legend>{chosen}<div>{choices}</div></fieldset>"
    formula, axes = "{a} − {b} + {c}", {"a": count**2, "b": count, "c": 1}
    total = forms.view([count], axes, formula) + forms.output(formula)
    forms.show(
        "sum",
        sheets,
        f"{operands}<div><p>= A − B + C</p>{total}</div>",
        reading="A is named above each grid. Rows: the face B that is subtracted. Columns: the "
        "face C that is added. Both are in the order of the first row of faces.",
        caption="Test faces, each the one nearest to the mean of its group, and the sum of their "
        f"codes, decoded by {run.version}. Where A and B are the same, that is the reconstruction "
        "of C. Whatever else A and B differ in, such as hair and background, is carried over too.",
    )


def _lacks_attributes(dataset: Dataset, what: str) -> bool:
    """Whether nobody or everybody smiles or is male; a sentence then stands for the player."""
    splits = dataset.train.attributes, dataset.test.attributes
    if lacks := any(not {"Male", "Smiling"} <= set(s.columns[s.nunique() == 2]) for s in splits):
        needs = f"{what} needs faces with and without the attributes Male and Smiling"
        display(HTML(f"<p>{needs}, which {escape(dataset.about.title or dataset.name)} lacks.</p>"))
    return lacks


def _people(split: Split) -> dict[str, int]:
    """Six faces, women first, by names that tell them apart; each ordinary among those so named."""
    glasses = np.asarray(split.table.get("Eyeglasses", np.zeros(len(split.images), bool)))
    found: dict[str, list[int]] = {}
    for male, smiling in product((False, True), (True, False)):
        name = f"{'smiling' if smiling else 'neutral'} {'man' if male else 'woman'}"
        has = (split.table[["Male", "Smiling"]] == [male, smiling]).to_numpy().all(axis=1)
        found[name] = _ordinary(split.images, has & ~glasses) or _ordinary(split.images, has)
        if name in NEUTRAL:
            wearing = _ordinary(split.images, has & glasses)
            found[f"{name} with glasses"] = wearing
            found[f"another {name}"] = [] if wearing else found[name][1:]
    return {name: chosen[0] for name, chosen in found.items() if chosen}


def _ordinary(images: np.ndarray, among: np.ndarray) -> list[int]:
    """The indices of the images `among`, (n,) bool, nearest to their mean first."""
    chosen = images[among].astype("float32")
    mean = chosen.sum(axis=0) / max(1, len(chosen))
    distances = ((chosen - mean) ** 2).sum(axis=(1, 2, 3))
    return [int(i) for i in among.nonzero()[0][distances.argsort()]]
