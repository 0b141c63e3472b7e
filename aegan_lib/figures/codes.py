"""Codes, seen: the documents' sum, a smile added, two ways between faces, walks along directions.

No code is clipped here, as none is where arithmetic is scored: clipping at 0 would bend the
straight lines that it is about. How far codes leave the training codes' range is said instead.
"""

from html import escape

import numpy as np
import pandas as pd
from IPython.display import HTML, display

from aegan_lib import latent
from aegan_lib.dataset import Dataset, Split
from aegan_lib.datasets.drawn.factors import FACTORS
from aegan_lib.evaluation.arithmetic import SUMMED, groups, true_smiles
from aegan_lib.evaluation.directions import attribute_direction, movable, walked
from aegan_lib.evaluation.results import of_run
from aegan_lib.evaluation.ways import REACH, face_pairs, faces_between
from aegan_lib.figures.showing import labelled_rows, show
from aegan_lib.metrics import mean_squared_errors
from aegan_lib.runs import Run

STEPS = 9  # along a way, its ends included


def vector_arithmetic(run: Run, split: Split) -> None:
    """The documents' figure: three images a group, their decoded average, the result alone."""
    found = groups(split)
    # Photographs may lack the attributes that make the groups: a sentence stands for the figure.
    if not set(SUMMED) <= found.keys():
        display(
            HTML(
                "<p>No arithmetic is shown: these images lack one of its three groups, or the "
                "attributes Male and Smiling.</p>"
            )
        )
        return
    chosen = {name: split.images[found[name][:3]] for name in SUMMED}  # (3, h, w, 3) each
    z = {name: run.encode(images) for name, images in chosen.items()}  # (3, latent_dim) each
    # Each row ends in its decoded average, and the result stands alone in the last column.
    averages = {name: run.decode(codes.mean(axis=0, keepdims=True)) for name, codes in z.items()}
    rows = {name: np.concatenate([chosen[name], averages[name]]) for name in SUMMED}
    # One code (latent_dim,) decodes as a batch of one, (1, h, w, 3).
    result = run.decode(latent.arithmetic(*(z[name] for name in SUMMED))[None])
    # White images before it put the result into the last column, under the averages.
    blank = np.full_like(chosen["neutral men"], 255)
    rows["result"] = np.concatenate([blank, result])
    show(
        labelled_rows(rows, {3: "average"}, inches=1),
        alt="Three images each of smiling women, neutral women and neutral men, each row ending "
        "in its decoded average; below, the result of the arithmetic.",
        caption="Vector arithmetic as in the documents: smiling women − neutral women + neutral "
        "men. The last column decodes a row's average code; the last row is the result alone.",
    )


def edits(run: Run, dataset: Dataset, results: pd.DataFrame, each: int = 10) -> None:
    """A smile added to single men; beside it, where it is known, the truth."""
    # The direction is learned from training faces, and added to test faces that it has not seen.
    train, test = dataset.train, dataset.test
    found = groups(test)
    if "neutral men" not in found or "Smiling" not in movable(train):
        display(
            HTML(
                "<p>No smile is added: these images lack people of one sex with and without it to "
                "learn it from, or neutral men, or the attributes Male and Smiling.</p>"
            )
        )
        return
    men = found["neutral men"][:each]
    # One direction (latent_dim,) for all the codes (n, latent_dim).
    smile = attribute_direction(run.encode(train.images), train, "Smiling")
    z = run.encode(test.images[men])
    rows = {
        "neutral men": test.images[men],
        "reconstruction": run.decode(z),
        "+ smile": run.decode(z + smile),
    }
    # Drawn faces know their true answer; of photographs nobody does, and two rows fewer are shown.
    said = ""
    if target := true_smiles(test, men):
        rows |= {
            "true answer": target.images,
            "its reconstruction": run.reconstruct(target.images),
        }
        # Measured over all neutral men, not only those who are shown.
        means = [
            of_run(results, run, "edit_ssim", case) for case in ("unedited", "edited", "limit")
        ]
        if np.isfinite(means).all():  # not of a run that diverged
            said = (
                " The true answer is the same man drawn smiling. Mean SSIM with it, over all "
                "neutral test men: {:.3f} before the edit, {:.3f} after it, {:.3f} for its own "
                "reconstruction, which an edit can hardly pass."
            ).format(*means)
    name = run.version.name
    show(
        labelled_rows(rows),
        alt=f"{len(men)} neutral test men, a column each; rows: {', '.join(rows)}.{said}",
        caption=f"The direction of Smiling, added to the codes of {len(men)} neutral test men by "
        f"{name}.{said}",
    )


def interpolation(run: Run, dataset: Dataset, results: pd.DataFrame) -> None:
    """The straight line and the arc between two faces; where factors are known, those between."""
    split, pairs = dataset.test, face_pairs(dataset.test)
    if not len(pairs):
        display(HTML("<p>No two test faces are alike enough to have a face halfway.</p>"))
        return
    # Of all pairs the two faces that differ most show most. `pairs` is (k, 2): its transpose gives
    # all first faces, and all second ones.
    apart = np.argmax(mean_squared_errors(*(split.images[rows] for rows in pairs.T)))
    first, last = run.encode(split.images[pairs[apart]])
    rows = {
        "straight line": run.decode(latent.interpolate(first, last, STEPS)),
        "arc": run.decode(latent.slerp(first, last, STEPS)),
    }
    # Factors between the two faces' give a true face for every step.
    if set(FACTORS) <= set(split.table):
        rows["drawn between"] = faces_between(split, pairs[[apart]], np.linspace(0, 1, STEPS))
    name = run.version.name
    said = _halfway(run, results)
    show(
        labelled_rows(rows, {0: "a face", STEPS // 2: "halfway", STEPS - 1: "another"}),
        alt=f"From one test face to another in {STEPS} steps; rows: {', '.join(rows)}. {said}",
        caption=f"From one test face to another by {name}. The arc is meant for codes drawn "
        "from a Gaussian, which all have about one length. These are not drawn: they are what a "
        "ReLU lets through, never negative and of any length. Nothing asks for the arc, which "
        "swings outward, while the straight line stays within the convex hull of the faces’ "
        f"codes. {said}",
    )


def _halfway(run: Run, results: pd.DataFrame) -> str:
    """What was measured at the middle of many such ways, in a sentence."""
    # NaN is what was not measured: no pairs, no sentence; no drawn faces, no second half of it.
    pairs = of_run(results, run, "halfway_pairs")
    if np.isnan(pairs):
        return ""
    said = (
        f"Halfway between {pairs:.0f} pairs, the arc lies "
        f"{of_run(results, run, 'arc_length'):.2f} times as far out"
    )
    closer = of_run(results, run, "line_closer")
    if np.isnan(closer):
        return f"{said}."
    cases = ("line", "arc", "cross-fade", "drawn face")
    quality = [of_run(results, run, "halfway_psnr", case) for case in cases]
    return said + (
        ", and PSNR with the face drawn halfway is {:.1f} dB for the line, {:.1f} for the arc, "
        "{:.1f} for cross-fading the two reconstructions, {:.1f} for reconstructing the drawn "
        "face; the line is the closer in {:.0%} of pairs."
    ).format(*quality, closer)


def traversal(run: Run, dataset: Dataset, results: pd.DataFrame) -> None:
    """From the mean code along Smiling, Male and the directions of most variance."""
    name = run.version.name
    z = run.encode(dataset.train.images)
    # A training that diverged leaves no codes to walk between.
    if not np.isfinite(z).all():
        display(HTML(f"<p>The codes of {escape(name)} are not numbers: there is no way to go.</p>"))
        return
    deviations = np.linspace(-REACH, REACH, STEPS)  # (STEPS,)
    # Each direction is one standard deviation of the codes along it.
    directions = walked(z, dataset.train)
    rows = {
        # (STEPS, 1) times (latent_dim,): a code for each step.
        label: run.decode(z.mean(axis=0) + deviations[:, None] * way)
        for label, way in directions.items()
    }
    # What the walk cannot show: how much of the variance it is, and how much a face changes.
    said = ", ".join(
        f"{label} {of_run(results, run, 'direction_variance', label):.1%} and "
        f"{of_run(results, run, 'direction_change', label):.1f}"
        for label in rows
    )
    outside = max(of_run(results, run, "direction_outside", label) for label in rows)
    # Every second step has a title, from one end to the other.
    titles = ("−2 sd", "−1 sd", "mean", "+1 sd", "+2 sd")
    show(
        labelled_rows(rows, dict(zip(range(0, STEPS, STEPS // 4), titles, strict=True))),
        alt=f"{STEPS} faces a row, from −2 to +2 standard deviations. Share of variance, and grey "
        f"levels between the ends: {said}.",
        caption=f"From the mean training code of {name} along each direction, in standard "
        "deviations (sd) of the training codes along it. Smiling and Male: the directions of these "
        "attributes, each among faces alike in the other. Components: directions of most variance, "
        "of either sign. Each one’s share of the codes’ variance, and by how many grey levels an "
        f"average pixel differs between its ends: {said}. Codes are not clipped; at most "
        f"{outside:.0%} of a code’s coordinates lie outside the training range.",
    )
