"""The study's figure: the frontier of fixed weights, and every other weighting beside it."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from aegan_lib.evaluation.frontier import FIDELITY, height, study_versions, sweep, swept
from aegan_lib.evaluation.results import REAL_DISTANCE, Key, by_seed, last_epoch
from aegan_lib.figures.lines import move_apart
from aegan_lib.figures.showing import show
from aegan_lib.figures.theme import colour
from aegan_lib.versions import VERSIONS

WIDTH = 4.0  # dB below what is closest to its input: how far down the figure goes
CURVE = "#333333"  # of the frontier, which is no version
LIKENESS = {
    "psnr": "likeness: PSNR (dB), to the right is closer",
    "shared_detail": "likeness: shared detail, to the right is more",
}


def frontier(results: pd.DataFrame) -> None:
    """Likeness against realism, a panel for each reading of likeness."""
    if not sweep(results):
        return
    psnr, distance = _means(results)
    shown, beyond = _within(results)
    left_out = [f"{name} ({psnr[name]:.1f} dB, distance {distance[name]:.2f})" for name in beyond]
    show(
        frontier_figure(results),
        alt="; ".join(f"{n}: {psnr[n]:.1f} dB, distance {distance[n]:.2f}" for n in shown),
        caption="Fixed weights of the adversary, joined in the order of β, and every other "
        "weighting beside them. Small dots and thin lines are seeds, large dots and the thick line "
        "their means; the band is where the seeds’ frontiers lie: the least distance that a fixed "
        "weight reaches at that likeness or a better one. A weighting below the band beats every "
        "fixed weight."
        + bool(left_out)
        * f" More than {WIDTH:g} dB below the closest, and left out: "
        f"{', '.join(left_out)}.",
    )


def frontier_figure(results: pd.DataFrame) -> Figure:
    figure, panels = plt.subplots(1, 2, figsize=(11.4, 7.0), layout="constrained", sharey=True)
    shown, _ = _within(results)
    for panel, fidelity in zip(panels, FIDELITY, strict=True):
        _panel(panel, results, fidelity, shown)
    panels[0].set_ylabel("distance from real faces, down is more real")
    return figure


def _means(results: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    last = last_epoch(results)
    return by_seed(last, "psnr").mean(), by_seed(last, REAL_DISTANCE).mean()


def _within(results: pd.DataFrame) -> tuple[list[str], list[str]]:
    """The weightings that are drawn, and those that would push all these together."""
    psnr, distance = _means(results)
    known = [n for n in (*swept(), *study_versions(results)) if n in psnr and n in distance]
    edge = psnr[known].max() - WIDTH
    return [n for n in known if psnr[n] > edge], [n for n in known if psnr[n] <= edge]


def _panel(axes: Axes, results: pd.DataFrame, fidelity: Key, shown: list[str]) -> None:
    last = last_epoch(results)
    axes.set_xlabel(LIKENESS[str(fidelity)])
    curves = sweep(results, fidelity)
    if not curves:  # in every seed a fixed weight has no number
        return
    weights = [place for place, name in enumerate(swept()) if name in shown]
    points = np.array(list(curves.values()))[:, weights]  # (seeds, weights shown, 2)
    for curve in points:
        axes.plot(*curve.T, color=CURVE, linewidth=0.6, alpha=0.35, zorder=1)
    # Where two seeds at least have a frontier, how far apart these are.
    if len(points) > 1:
        grid = np.linspace(points[..., 0].min(), points[..., 0].max(), 200)
        heights = np.array([[height(curve, x) for x in grid] for curve in curves.values()])
        wide = np.isfinite(heights).sum(axis=0) > 1
        low, high = np.nanmin(heights[:, wide], axis=0), np.nanmax(heights[:, wide], axis=0)
        axes.fill_between(grid[wide], low, high, color=CURVE, alpha=0.13, linewidth=0, zorder=0)
    mean = points.mean(axis=0)
    axes.plot(*mean.T, color=CURVE, linewidth=1.6, marker="o", markersize=6, zorder=3)
    likeness, distance = (by_seed(last, key) for key in (fidelity, REAL_DISTANCE))
    texts: list[Text] = []
    marked = [*map(tuple, mean)]
    for place, (x, y) in zip(weights, mean, strict=True):
        said = f"β {VERSIONS[swept()[place]].beta:g}"
        texts.append(axes.text(x, y, said, color=CURVE, fontsize=8.5))
    for name in (name for name in shown if name not in swept()):
        paired = pd.concat([likeness[name], distance[name]], axis=1).dropna()
        if paired.empty:
            continue
        x, y = paired.to_numpy().T
        axes.scatter(x, y, s=12, color=colour(name), alpha=0.5, linewidths=0)
        x, y = x.mean(), y.mean()
        axes.scatter(x, y, s=70, color=colour(name), edgecolors="white", zorder=4)
        texts.append(axes.text(x, y, name, color=colour(name), fontsize=9))
        marked.append((x, y))
    if fidelity == "shared_detail":
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.margins(x=0.1, y=0.1)
    move_apart(axes, texts, marked)
