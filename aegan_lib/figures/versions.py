"""Figures of all versions side by side; each function draws one."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from adjustText import adjust_text
from matplotlib.figure import Figure

from aegan_lib.dataset import Split
from aegan_lib.evaluation.field import field, paired_seeds
from aegan_lib.evaluation.results import REAL_DISTANCE, of_run, wide
from aegan_lib.figures.lines import STROKES, legend_above, line
from aegan_lib.figures.showing import labelled_rows, show
from aegan_lib.figures.theme import FAKE, OTHER, REAL, colour
from aegan_lib.runs import Run


def versions_side_by_side(runs: Sequence[Run], split: Split, each: int = 10) -> None:
    """The same test faces through every version."""
    names = ", ".join(run.version.name for run in runs)
    count = min(each, len(split.images))
    show(
        versions_figure(runs, split, each),
        alt=f"{count} test faces and, a row a version, their reconstructions: {names}.",
        caption="The same test faces through every version.",
    )


def versions_figure(runs: Sequence[Run], split: Split, each: int = 10) -> Figure:
    images = split.images[:each]  # (n, h, w, 3)
    return labelled_rows(
        {"input": images} | {run.version.name: run.reconstruct(images) for run in runs}
    )


def discriminators(runs: Sequence[Run], results: pd.DataFrame) -> None:
    """How often every version's discriminator is right, a panel each."""
    if not runs:
        return
    # Five small panels a row; what is left over in the last row stays empty.
    columns = min(5, len(runs))
    rows = -(-len(runs) // columns)
    figure, panels = plt.subplots(
        rows,
        columns,
        figsize=(2.5 * columns, 1.75 * rows + 0.5),
        layout="constrained",
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for panel in panels.flat[len(runs) :]:
        panel.set_axis_off()
    for panel, run in zip(panels.flat, runs, strict=False):
        # Accuracies jump from batch to batch: the thin lines are paler than elsewhere.
        line(panel, run.history["d_accuracy_real"], REAL, strength=0.12, label="real faces")
        line(panel, run.history["d_accuracy_fake"], FAKE, strength=0.12, label="reconstructions")
        panel.set_title(run.version.name, color=colour(run.version.name), weight="bold")
    panels[0, 0].set(ylim=(0, 1.03), yticks=(0, 0.5, 1))
    legend_above(figure, panels[0, 0])
    figure.supxlabel("batch", fontsize="medium")
    figure.supylabel("share called right", fontsize="medium")
    ends = []
    for run in runs:
        # For whoever cannot see the lines: where each of them ends.
        real, fake = (
            of_run(results, run, "last_epoch_mean", f"d_accuracy_{kind}")
            for kind in ("real", "fake")
        )
        ends.append(f"{run.version.name} {real:.0%} and {fake:.0%}")
    show(
        figure,
        alt=f"Accuracy on real faces and on reconstructions at the end: {', '.join(ends)}.",
        caption="How often each discriminator is right about real faces and about reconstructions, "
        f"on the half batches that it learns from. {STROKES} "
        "At 100 % it has nothing left to learn; at 50 % it is fooled.",
    )


def likeness_and_realism(results: pd.DataFrame) -> None:
    """The versions that reconstruct, by how close to their input and how real they are."""
    chosen = field(results)
    distance = chosen.numbers[REAL_DISTANCE]
    names = [name for name in chosen.faithful if distance[name].n]
    if not names:
        return
    psnr = chosen.numbers["psnr"]
    figure, axes = plt.subplots(figsize=(8.4, 4.8), layout="constrained")
    texts, points = [], []
    for name in names:
        # Seeds small, their mean large; whatever is beaten in both is pale.
        paired = paired_seeds(results, name)
        strength = 1.0 if name in chosen.unbeaten else 0.35
        axes.scatter(*paired, s=14, color=colour(name), alpha=0.5 * strength, linewidths=0)
        at = psnr[name].mean, distance[name].mean
        axes.scatter(*at, s=90, color=colour(name), alpha=strength, edgecolors="white", zorder=3)
        texts.append(axes.text(*at, name, color=colour(name), fontsize=9))
        points.append(at)
    # The yardstick that anyone can have without training.
    for name in psnr:
        if name.startswith("pca_") and distance[name].n:
            at = psnr[name].mean, distance[name].mean
            axes.scatter(*at, s=60, marker="x", color=OTHER)
            texts.append(axes.text(*at, name, color=OTHER, fontsize=9))
            points.append(at)
    edge = sorted((psnr[name].mean, distance[name].mean) for name in chosen.unbeaten)
    axes.plot(*zip(*edge, strict=True), color="#999999", linewidth=1, zorder=1)
    axes.set(
        xlabel="likeness: PSNR on test faces (dB), to the right is closer",
        ylabel="distance from real faces, down is more real",
    )
    axes.margins(x=0.12, y=0.12)
    leader = {"arrowstyle": "-", "color": "#999999", "linewidth": 0.6}
    x, y = zip(*points, strict=True)
    adjust_text(texts, x=x, y=y, ax=axes, expand=(1.15, 1.5), iter_lim=300, arrowprops=leader)
    left_out = f" Left out for want of any likeness: {', '.join(chosen.left_out)}."
    show(
        figure,
        alt="; ".join(
            f"{name}: {psnr[name].mean:.1f} dB, distance {distance[name].mean:.2f}"
            for name in names
        ),
        caption="Likeness against realism: small dots are seeds, large ones their means. The line "
        "joins the versions that no other beats in both, in every seed; pale ones are beaten."
        + left_out
        * bool(chosen.left_out),
    )


def sharpness_against_psnr(results: pd.DataFrame) -> None:
    """Each version as a point: how close to its input, how sharp."""
    table = wide(results, ["psnr", "laplacian_variance"])
    # Raw faces have no PSNR with themselves, and are a line instead of a point.
    raw = table.at["raw", "laplacian_variance"]
    figure, axes = plt.subplots(figsize=(8, 4.6), layout="constrained")
    # A version that lacks one of the two numbers has no place here.
    points = table.dropna().reset_index()
    palette = {name: colour(name) for name in points["version"]}
    sns.scatterplot(
        points,
        x="psnr",
        y="laplacian_variance",
        hue="version",
        style="version",
        palette=palette,
        s=90,
        ax=axes,
        legend=False,
    )
    x, y = points["psnr"].to_numpy(), points["laplacian_variance"].to_numpy()
    # Names start on their points; adjust_text then moves them apart and draws leaders.
    names = [
        axes.text(psnr, sharpness, name, color=palette[name], fontsize=9)
        for psnr, sharpness, name in zip(x, y, points["version"], strict=True)
    ]
    axes.axhline(raw, color="#888888", linewidth=1)
    axes.annotate(
        f"raw faces {raw:.0f}",
        (points["psnr"].min(), raw),
        xytext=(0, 4),
        textcoords="offset points",
        fontsize=9,
        color="#666666",
    )
    axes.set(xlabel="PSNR on test faces (dB)", ylabel="blur factor (variance of the Laplacian)")
    # Room at the edges for the names.
    axes.margins(x=0.12, y=0.12)
    leader = {"arrowstyle": "-", "color": "#999999", "linewidth": 0.6}
    adjust_text(names, x=x, y=y, ax=axes, expand=(1.15, 1.5), iter_lim=300, arrowprops=leader)
    show(
        figure,
        alt="; ".join(
            f"{name}: {row['psnr']:.1f} dB, blur factor {row['laplacian_variance']:.0f}"
            for name, row in points.set_index("version").iterrows()
        ),
        caption="Close to the input (right) and sharp (up, at most as sharp as the raw faces): "
        "sharpness above the line is noise or artefact.",
    )
