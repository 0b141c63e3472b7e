"""What a page begins with: four faces that say what it is about, and versions to choose from."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from markupsafe import Markup

from aegan_lib.dataset import Split
from aegan_lib.evaluation.field import field
from aegan_lib.evaluation.results import REAL_DISTANCE
from aegan_lib.figures.comparing import likeness_and_realism
from aegan_lib.figures.theme import colour
from aegan_lib.players import forms
from aegan_lib.runs import Run
from aegan_lib.tables.names import grouped, weights
from aegan_lib.versions import VERSIONS

TRIED = 100  # test faces, among which an ordinary one is looked for


class Choice(NamedTuple):
    name: str
    hint: str
    colour: str


def chooser(results: pd.DataFrame) -> None:
    """Every trained version, to be shown or hidden in all that follows; a legend as well."""
    chosen = field(results)
    groups = {group: [_choice(name) for name in names] for group, names in grouped(chosen).items()}
    every = [version.name for versions in groups.values() for version in versions]
    if every:
        # Beaten by none in both is worth a button only where both were judged.
        judged = any(found.n for found in chosen.numbers[REAL_DISTANCE].values())
        unbeaten = chosen.unbeaten if judged else []
        forms.show("chooser", groups=groups, every=every, unbeaten=unbeaten)


def _choice(name: str) -> Choice:
    version = VERSIONS[name]
    return Choice(name, f"{weights(version)}. {version.intent}", colour(name))


def opening(results: pd.DataFrame, runs: Sequence[Run], split: Split) -> None:
    """Likeness against realism, beside one test face and what the ends of it make of that face.

    Arguments:
        runs: one of each version.
    """
    chosen = field(results)
    ours = {run.version.name: run for run in runs}
    psnr, distance = chosen.numbers["psnr"], chosen.numbers[REAL_DISTANCE]
    close = sorted(set(chosen.faithful) & ours.keys(), key=lambda name: -psnr[name].mean)
    judged = [name for name in close if distance[name].n]
    real = sorted(judged, key=lambda name: distance[name].mean)
    lost = [name for name in chosen.left_out if name in ours]
    # The closest, the most real, and what does not reconstruct at all; others where there is none.
    order = [*close[:1], *real[:1], *lost[:1], *close[1:], *lost[1:]]
    picked = [*dict.fromkeys(order)][:3]
    if not picked:
        likeness_and_realism(results)
        return
    images = split.images[:TRIED]
    # An ordinary face: as far off as half of them are.
    errors = ((ours[picked[0]].reconstruct(images) / 255 - images / 255) ** 2).mean(axis=(1, 2, 3))
    face = int(errors.argsort()[len(errors) // 2])
    roles = dict.fromkeys(lost, "did not reconstruct")
    roles |= dict.fromkeys(real[:1], "most real") | dict.fromkeys(close[:1], "closest")
    image = images[face : face + 1]
    shown = [("input", "a test face", image)]
    for name in picked:
        run = ours[name]
        shown.append((name, roles.get(name, weights(run.version)), run.reconstruct(image)))
    seed = f", seed {ours[picked[0]].seed}"
    faces = Markup().join(_face(*each, seed) for each in shown)
    likeness_and_realism(results, Markup('<div class="four">{}</div>').format(faces))


def _face(name: str, said: str, image: np.ndarray, seed: str) -> Markup:
    sheet = forms.sheet(image, 1, name)
    return Markup(
        '<div><img class="pixels" alt="{0}, {1}{2}" src="{3}"><p>{0} <small>{1}</small></p></div>'
    ).format(name, said, seed if name != "input" else "", sheet.address)
