"""All versions in one figure: how close and how real they are, and how they got there."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from aegan_lib.evaluation.field import Field, field, paired_seeds
from aegan_lib.evaluation.frontier import swept
from aegan_lib.evaluation.results import REAL_DISTANCE
from aegan_lib.figures.lines import move_apart
from aegan_lib.figures.theme import OTHER, colour
from aegan_lib.figures.vector import drawn, mark_epoch, part, show_drawings
from aegan_lib.runs import Run
from aegan_lib.versions import VERSIONS

LINE = "#777777"  # of what is no version
FARTHER = 1.5  # dB beyond the closest version, within which a yardstick is drawn
LEAST = 1.0, 0.1  # dB and distance that the figure shows: what hardly differs lies side by side
BAND = 0.15  # the opacity of what lies between seeds
# What is followed through the epochs, a panel each: a column of epochs.csv, its title, and whether
# its axis is logarithmic.
COURSES = {
    "mse": ("reconstruction error (mse)", True),
    "laplacian_variance": ("blur factor", False),
    "output_diversity": ("output diversity", False),
    "d_accuracy_fake": ("discriminator: reconstructions called fake", False),
}
Points = Mapping[str, tuple[float, float]]  # version -> likeness and distance


def likeness_and_realism(results: pd.DataFrame, beside: str = "") -> None:
    """The versions that reconstruct, by how close to their input and how real they are.

    Arguments:
        beside: HTML that stands beside it.
    """
    chosen = field(results)
    points = _points(chosen)
    if not points:  # where realism could not be judged, what stands beside it does so alone
        if beside:
            show_drawings([], "A test face, and what the versions make of it.", beside)
        return
    curve = [name for name in swept() if name in points]
    curve = curve if len(curve) > 2 else []  # two points are no sweep
    line = (
        "The line is the sweep of the fixed weight"
        if curve
        else "The line joins those that no other beats in both, in every seed"
    )
    left_out = f" Without any likeness, and left out: {', '.join(chosen.left_out)}."
    show_drawings(
        [drawn(_landscape(results, chosen, points, curve), _said(points))],
        f"Small dots are seeds, large ones their means; pale ones are beaten in both. {line}."
        + left_out * bool(chosen.left_out),
        beside,
    )


def _points(chosen: Field) -> dict[str, tuple[float, float]]:
    psnr, distance = chosen.numbers["psnr"], chosen.numbers[REAL_DISTANCE]
    return {
        name: (psnr[name].mean, distance[name].mean) for name in chosen.faithful if distance[name].n
    }


def _said(points: Points) -> str:
    return "; ".join(f"{name}: {x:.1f} dB, distance {y:.2f}" for name, (x, y) in points.items())


def _landscape(
    results: pd.DataFrame, chosen: Field, points: Points, curve: Sequence[str]
) -> Figure:
    figure, axes = plt.subplots(figsize=(6.7, 4.6), layout="constrained")
    texts: list[Text] = []
    for name, at in points.items():
        # Seeds small, their mean large; whatever is beaten in both is pale.
        strength = 1.0 if name in chosen.unbeaten else 0.35
        seeds = axes.scatter(
            *paired_seeds(results, name), s=14, color=colour(name), alpha=0.5 * strength, lw=0
        )
        mean = axes.scatter(*at, s=80, color=colour(name), alpha=strength, lw=0, zorder=3)
        said = f"β {VERSIONS[name].beta:g}" if name in curve else name
        texts.append(axes.text(*at, said, color=colour(name), fontsize=9))
        part(name, seeds, mean, texts[-1])
    # The yardstick that anyone can have without training, where it is near enough to be seen.
    psnr, distance = chosen.numbers["psnr"], chosen.numbers[REAL_DISTANCE]
    marked = [*points.values()]
    edge = max(x for x, _ in marked) + FARTHER
    for name in psnr:
        if name.startswith("pca_") and distance[name].n and psnr[name].mean < edge:
            at = psnr[name].mean, distance[name].mean
            axes.scatter(*at, s=60, marker="x", color=OTHER)
            texts.append(axes.text(*at, name, color=OTHER, fontsize=9))
            marked.append(at)
    joined = [points[name] for name in curve] or sorted(
        points[name] for name in chosen.unbeaten if name in points
    )
    axes.plot(*zip(*joined, strict=True), color=LINE, linewidth=1, zorder=1)
    axes.set(
        xlabel="likeness: PSNR (dB), to the right is closer",
        ylabel="distance from real faces, down is more real",
    )
    axes.margins(x=0.14, y=0.12)
    middle = (np.min(marked, axis=0) + np.max(marked, axis=0)) / 2
    axes.update_datalim([middle - np.divide(LEAST, 2), middle + np.divide(LEAST, 2)])
    axes.autoscale_view()
    _apart(axes, texts, marked, [*points])
    return figure


def _apart(
    axes: Axes, texts: Sequence[Text], points: Sequence[tuple[float, float]], names: Sequence[str]
) -> None:
    """Move names apart; the leaders belong to the versions."""
    for one in move_apart(axes, texts, points):
        # A leader belongs to the version whose point it ends at.
        end = np.asarray(one._posA_posB[1])  # there is no other way to ask
        place = int(np.abs(np.array(points) - end).sum(axis=1).argmin())
        if place < len(names):
            part(names[place], one)


def learning_curves(runs: Sequence[Run], results: pd.DataFrame) -> None:
    """What every version did on validation faces after each epoch, a panel for each measure."""
    if not runs:
        return
    courses = {column: _courses(runs, column) for column in COURSES}
    seeds = len({run.seed for run in runs})
    sharp = results[(results["version"] == "raw") & (results["metric"] == "laplacian_variance")]
    drawings = []
    for column, (title, log) in COURSES.items():
        figure, axes = plt.subplots(figsize=(5.1, 2.7), layout="constrained")
        last = 0
        for name, table in courses[column].items():
            # A seed that diverged ends early; the mean is of those that went on.
            mean = table.mean(axis=1)
            part(name, axes.plot(mean, color=colour(name), linewidth=1.5))
            if table.shape[1] > 1:
                ends = table.min(axis=1), table.max(axis=1)
                band = axes.fill_between(table.index, *ends, color=colour(name), alpha=BAND, lw=0)
                part(name, band)
            last = max(last, mean.index[-1])
        if column == "laplacian_variance" and len(sharp):
            raw = sharp["value"].iloc[0]
            axes.axhline(raw, color=LINE, linewidth=0.8, linestyle="--")
            # The noise of what fails would flatten all others.
            axes.set_ylim(0, min(axes.get_ylim()[1], 2 * raw))
        if log:
            axes.set_yscale("log")
        axes.set_title(title, loc="left", fontsize=10)
        axes.set(xlim=(0, last), xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        mark_epoch(axes, last)
        said = "; ".join(
            f"{name} {table.mean(axis=1).iloc[-1]:.3g}" for name, table in courses[column].items()
        )
        drawings.append(drawn(figure, f"{title} on validation faces, at the end: {said}."))
    what = "the mean of the seeds, and as a band where all of them lie" if seeds > 1 else "one seed"
    show_drawings(
        drawings,
        f"After every epoch on validation faces: {what}. Dashed: the blur factor of real faces; "
        "what is more than twice that lies beyond the panel. "
        "The upright line is the epoch that is shown below.",
    )


def _courses(runs: Sequence[Run], column: str) -> dict[str, pd.DataFrame]:
    """Version -> epoch x seed of a column."""
    found: dict[str, dict[int, pd.Series]] = {}
    for run in runs:
        found.setdefault(run.version.name, {})[run.seed] = run.epochs.set_index("epoch")[column]
    return {name: pd.DataFrame(seeds) for name, seeds in found.items()}
