"""Codes, seen: the documents' sum, a smile added, two ways between faces, walks along directions.

No code is clipped here, as none is where arithmetic is scored: clipping at 0 would bend the
straight lines that it is about. How far codes leave the training codes' range is said instead.
"""

import numpy as np
import pandas as pd
from IPython.display import HTML, display

from aegan_lib import latent
from aegan_lib.dataset import Dataset, Split
from aegan_lib.datasets.drawn import people
from aegan_lib.datasets.drawn.factors import FACTORS, SMILE_THRESHOLD
from aegan_lib.evaluation.arithmetic import groups, true_smiles
from aegan_lib.figures.showing import labelled_rows, show
from aegan_lib.metrics import mean_squared_errors, psnr, ssim
from aegan_lib.runs import Run

STEPS = 9  # along a way, its ends included
PAIRS = 200  # of faces at most, on which the two ways are compared
COMPONENTS = 3  # principal directions shown
ROWS = ("smiling women", "neutral women", "neutral men")  # of the documents' figure


def vector_arithmetic(run: Run, split: Split) -> None:
    """The documents' figure: three images a group, their decoded average, the result alone."""
    found = groups(split)
    if not set(ROWS) <= found.keys():
        display(
            HTML(
                "<p>No arithmetic is shown: these images lack one of its three groups, or the "
                "attributes Male and Smiling.</p>"
            )
        )
        return
    chosen = {name: split.images[found[name][:3]] for name in ROWS}
    z = {name: run.encode(images) for name, images in chosen.items()}
    result = latent.arithmetic(z["smiling women"], z["neutral women"], z["neutral men"])
    rows = {
        name: np.concatenate([chosen[name], run.decode(z[name].mean(axis=0, keepdims=True))])
        for name in ROWS
    }
    blank = np.full_like(rows["neutral men"][:3], 255)
    rows["result"] = np.concatenate([blank, run.decode(result[None])])
    show(
        labelled_rows(rows, {3: "average"}, inches=1),
        alt="Three images each of smiling women, neutral women and neutral men, each row ending "
        "in its decoded average; below, the result of the arithmetic.",
        caption="Vector arithmetic as in the documents: smiling women − neutral women + neutral "
        "men. The last column decodes a row's average code; the last row is the result alone.",
    )


def edits(run: Run, dataset: Dataset, each: int = 10) -> None:
    """The smile of the training women on single men; beside it, where it is known, the truth."""
    train, test, found = dataset.train, dataset.test, groups(dataset.test)
    if "neutral men" not in found or not {"smiling women", "neutral women"} <= groups(train).keys():
        display(
            HTML(
                "<p>No smile is added: these images lack the women that it is learned from, or the "
                "men, or the attributes Male and Smiling.</p>"
            )
        )
        return
    women, men = ~train.table["Male"].to_numpy(), found["neutral men"][:each]
    codes = run.encode(train.images[women])
    smile = latent.attribute_vector(codes, train.table["Smiling"].to_numpy()[women])
    z = run.encode(test.images[men])
    before, after = run.decode(z), run.decode(z + smile)
    rows = {"neutral men": test.images[men], "reconstruction": before, "+ smile": after}
    said = ""
    if target := true_smiles(test, men):
        limit = run.reconstruct(target.images)
        rows |= {"true answer": target.images, "its reconstruction": limit}
        means = (ssim(images, target.images).mean() for images in (before, after, limit))
        said = (
            " The true answer is the same man drawn smiling. Mean SSIM with it: {:.3f} before the "
            "edit, {:.3f} after it, {:.3f} for its own reconstruction, which an edit can hardly "
            "pass."
        ).format(*means)
    show(
        labelled_rows(rows),
        alt=f"{len(men)} neutral test men, a column each; rows: {', '.join(rows)}.{said}",
        caption=f"The mean smile of the training women, added to the codes of {len(men)} neutral "
        f"test men by {run.version}.{said}",
    )


def interpolation(run: Run, dataset: Dataset) -> None:
    """The straight line and the arc between two faces; where factors are known, those between."""
    split, pairs = dataset.test, _pairs(dataset.test)
    if not len(pairs):
        display(HTML("<p>No two test faces are alike enough to have a face halfway.</p>"))
        return
    first, last = (run.encode(split.images[rows]) for rows in pairs.T)
    apart = mean_squared_errors(*(split.images[rows] for rows in pairs.T)).argmax()
    line = latent.interpolate(first, last, 3)[1]
    arc = np.stack([latent.slerp(a, b, 3)[1] for a, b in zip(first, last, strict=True)])
    rows = {
        "straight line": run.decode(latent.interpolate(first[apart], last[apart], STEPS)),
        "arc": run.decode(latent.slerp(first[apart], last[apart], STEPS)),
    }
    longer = np.linalg.norm(arc, axis=1).mean() / max(np.linalg.norm(line, axis=1).mean(), 1e-12)
    said = f"Halfway between {len(pairs)} pairs, the arc lies {longer:.2f} times as far out"
    if set(FACTORS) <= set(split.table):
        rows["drawn between"] = _between(split, pairs[[apart]], np.linspace(0, 1, STEPS))
        halfway = _between(split, pairs, np.array([0.5]))
        mixed = np.rint(np.mean([run.decode(first), run.decode(last)], axis=0)).astype(np.uint8)
        candidates = (run.decode(line), run.decode(arc), mixed, run.reconstruct(halfway))
        quality = [psnr(images, halfway) for images in candidates]
        said += (
            ", and PSNR with the face drawn halfway is {:.1f} dB for the line, {:.1f} for the arc, "
            "{:.1f} for cross-fading the two reconstructions, {:.1f} for reconstructing the drawn "
            "face; the line is the closer in {:.0%} of pairs"
        ).format(*(q.mean() for q in quality), (quality[0] > quality[1]).mean())
    show(
        labelled_rows(rows, {0: "a face", STEPS // 2: "halfway", STEPS - 1: "another"}),
        alt=f"From one test face to another in {STEPS} steps; rows: {', '.join(rows)}. {said}.",
        caption=f"From one test face to another by {run.version}. The arc is meant for codes drawn "
        "from a Gaussian, which all have about one length. These are not drawn: they are what a "
        "ReLU lets through, never negative and of any length. Nothing asks for the arc, which "
        "swings outward, while the straight line stays within the convex hull of the faces’ "
        f"codes. {said}.",
    )


def traversal(run: Run, dataset: Dataset) -> None:
    """From the mean code along Smiling, Male and the directions of most variance."""
    train = dataset.train
    z = run.encode(train.images)
    if not np.isfinite(z).all():
        display(HTML(f"<p>The codes of {run.version} are not numbers: there is no way to go.</p>"))
        return
    mean, components = latent.principal_directions(z, COMPONENTS)
    directions = _attribute_directions(z, train)
    directions |= {f"component {i + 1}": c for i, c in enumerate(components)}
    deviations = np.linspace(-2, 2, STEPS)
    ways = {name: mean + deviations[:, None] * d for name, d in directions.items()}
    rows = {name: run.decode(way) for name, way in ways.items()}
    total = z.var(axis=0, ddof=1).sum()
    said = ", ".join(
        f"{name} {d @ d / max(total, 1e-12):.1%} and "
        f"{np.abs(rows[name][-1] - rows[name][0].astype(float)).mean():.1f}"
        for name, d in directions.items()
    )
    outside = max(latent.outside_range(way, z).max() for way in ways.values())
    titles = ("−2 sd", "−1 sd", "mean", "+1 sd", "+2 sd")
    show(
        labelled_rows(rows, dict(zip(range(0, STEPS, STEPS // 4), titles, strict=True))),
        alt=f"{STEPS} faces a row, from −2 to +2 standard deviations. Share of variance, and grey "
        f"levels between the ends: {said}.",
        caption=f"From the mean training code of {run.version} along each direction, in standard "
        "deviations (sd) of the training codes along it. Smiling and Male: attribute vectors, each "
        "among faces alike in the other. Components: directions of most variance, of either sign. "
        "Each one’s share of the codes’ variance, and by how many grey levels an average pixel "
        f"differs between its ends: {said}. Codes are not clipped; at most {outside:.0%} of a "
        "code’s coordinates lie outside the training range.",
    )


def _attribute_directions(z: np.ndarray, split: Split) -> dict[str, np.ndarray]:
    """Attribute -> its vector, as long as the standard deviation of the codes along it."""
    directions = {}
    if len(groups(split)) == 4:
        for name, other in (("Smiling", "Male"), ("Male", "Smiling")):
            vector = latent.balanced_vector(z, split.table[name], split.table[other].to_numpy())
            unit = vector / max(np.linalg.norm(vector), 1e-12)
            directions[name] = unit * np.std(z @ unit, ddof=1)
    return directions


def _pairs(split: Split) -> np.ndarray:
    """Rows of two faces each, (n, 2); where factors are known, of faces with a face halfway.

    These are alike in all that has no halfway: in every class, and in smiling or not.
    """
    if not set(FACTORS) <= set(split.table):
        return np.arange(min(2 * PAIRS, len(split.table) // 2 * 2)).reshape(-1, 2)
    classes = [split.table[name] for name, factor in FACTORS.items() if factor.shares]
    kinds = split.table.groupby([*classes, split.table["smile"] > SMILE_THRESHOLD]).indices
    pairs = [rows[: len(rows) // 2 * 2].reshape(-1, 2) for rows in kinds.values()]
    return np.random.default_rng(0).permutation(np.concatenate(pairs))[:PAIRS]


def _between(split: Split, pairs: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Faces drawn with the factors (1 - t) of the first and t of the second of each pair."""
    factors = split.table[list(FACTORS)].to_numpy(float)
    a, b = factors[pairs[:, :1]], factors[pairs[:, 1:]]  # (n, 1, factors)
    table = pd.DataFrame(
        (a + t[:, None] * (b - a)).reshape(-1, len(FACTORS)), columns=list(FACTORS)
    )
    height, width = split.images.shape[1:3]
    return people.render(table, (height, width))
