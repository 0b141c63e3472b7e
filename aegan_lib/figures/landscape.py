"""What each rule asked of the generator, batch by batch; every function draws a figure."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.ticker import LogLocator, NullFormatter

from aegan_lib.evaluation.histories import adversarial_share, driven_mse, slopes
from aegan_lib.evaluation.results import of_run
from aegan_lib.figures.lines import (
    RULE,
    STRETCHES,
    STROKES,
    legend_above,
    line,
    named_lines,
    visible,
)
from aegan_lib.figures.showing import show
from aegan_lib.figures.theme import FAKE, REAL, colour
from aegan_lib.runs import Run
from aegan_lib.schedules import SlopeSchedule, replay


def effective_weights(runs: Sequence[Run], results: pd.DataFrame) -> None:
    """β and the weights that came of it, a line for each of `runs`, which are of one seed."""
    if not runs:
        return
    size = 8.4, max(8.6, 0.85 * len(runs))  # inches: in each panel, a line of text for a name
    figure, panels = plt.subplots(3, 1, figsize=size, sharex=True)
    # Cause above effect: first the rule's β, then the two weights that the generator follows.
    panels[2].set(xlabel="batch", xlim=(0, max(len(run.history) for run in runs)))
    histories = {run.version.name: run.history for run in runs}
    for panel, column, title in (
        (panels[0], "beta", "β"),
        (panels[1], "weight_bce", "weight of the adversary, ∂loss/∂bce"),
        (panels[2], "weight_mse", "weight of the reconstruction, ∂loss/∂mse"),
    ):
        # The weight of mse may be negative, which a logarithmic axis cannot show.
        panel.set_title(title, loc="left")
        columns = {version: history[column] for version, history in histories.items()}
        named_lines(panel, columns, log=column != "weight_mse")
    show(
        figure,
        alt="Median ∂loss/∂bce and ∂loss/∂mse over the last epoch: "
        + _medians(runs, results, "weight_bce", "weight_mse"),
        caption=f"β and the weights that came of it. {STROKES} Share of batches with ∂loss/∂bce = "
        f"0, not drawn: {_shares(runs, results, 'weight_bce = 0')}; with ∂loss/∂mse < 0: "
        f"{_shares(runs, results, 'weight_mse < 0')}.",
    )


def gradient_norms(runs: Sequence[Run], results: pd.DataFrame) -> None:
    """A row a version: what both gradients are when they reach the generator."""
    if not runs:
        return
    figure, panels = plt.subplots(
        len(runs),
        3,
        figsize=(12.5, 1.25 * len(runs) + 1.2),
        layout="constrained",
        sharex=True,
        sharey="col",
        squeeze=False,
    )
    # Columns share their vertical axes, so that versions can be compared down the figure.
    tables = {run.version.name: _terms(run.history) for run in runs}
    for (norms, share, cosine), (version, terms) in zip(panels, tables.items(), strict=True):
        line(norms, terms["mse"], REAL, log=True, label="|∂loss/∂mse| · norm of mse’s gradient")
        line(norms, terms["bce"], FAKE, log=True, label="|∂loss/∂bce| · norm of bce’s gradient")
        line(share, terms["share"], colour(version))
        line(cosine, terms["cosine"], colour(version))
        cosine.axhline(0, **RULE)
        # The version's name stands before its row, as a table's would.
        norms.set_ylabel(version, rotation=0, ha="right", va="center", weight="bold")
    # Shared axes: what is set on the last row holds for all. Six decades below the largest norm is
    # next to nothing, and would flatten what matters.
    norms.set(xlim=(0, max(map(len, tables.values()))), ylim=(norms.get_ylim()[1] / 1e6, None))
    share.set_ylim(-0.05, 1.05)
    for panel, title in zip(panels[0], ("norms", "adversary’s share", "cosine"), strict=True):
        panel.set_title(title)
    legend_above(figure, norms)
    figure.supxlabel("batch", fontsize="medium")
    said = _medians(runs, results, "adversarial_share", "gradient_cosine")
    show(
        figure,
        alt=f"Norms of two gradients, the adversary’s share, and the cosine. At the end: {said}",
        caption="Norms of both gradients as they reach the generator’s output, of which the upper "
        f"six decades are drawn; the adversary’s share of their sum; their cosine, from −1 to 1. "
        f"{STROKES} Median share and cosine over the last epoch: {said}",
    )


def _terms(history: pd.DataFrame) -> pd.DataFrame:
    # A gradient reaches the generator multiplied by the weight of its loss.
    mse = (history["weight_mse"] * history["gradient_norm_mse"]).abs()
    bce = (history["weight_bce"] * history["gradient_norm_bce"]).abs()
    terms = {"mse": mse, "bce": bce, "share": adversarial_share(history)}
    return pd.DataFrame(terms).assign(cosine=history["gradient_cosine"], epoch=history["epoch"])


def derivative_graph(run: Run, results: pd.DataFrame) -> None:
    """The documents' graph of version 4: of a parabola as drawn there, and of `run`."""
    schedule = run.version.beta
    if not isinstance(schedule, SlopeSchedule):
        return
    name, window = run.version.name, schedule.window
    mse = run.history["mse"]
    # Left a loss as the documents drew it, right one that was recorded, by the same schedule.
    ideal = _parabola(mse, 4 * window)
    ideal_beta = pd.Series(replay(schedule, {"mse": ideal.to_numpy()}))
    figure, panels = plt.subplots(3, 2, figsize=(11, 6.2), sharey="row", layout="constrained")
    _slope_and_beta(panels[:, 0], ideal, ideal_beta, schedule)
    _slope_and_beta(panels[:, 1], mse, run.history["beta"], schedule)
    # A few wild slopes would flatten all others: nine tenths of them fit.
    steep = 1.1 * max(slopes(each, window).abs().quantile(0.9) for each in (ideal, mse))
    panels[0, 0].set(title="a parabola", ylabel="mse", ylim=(0, 1.15 * ideal.max()))
    panels[0, 1].set_title(f"{name}, seed {run.seed}")
    panels[1, 0].set(ylabel="slope of mse per batch", ylim=(-steep, steep))
    panels[2, 0].set_ylabel("β = |−scale / slope|")
    # One legend for both columns, with dots large enough to tell their colours.
    figure.align_ylabels()
    legend_above(figure, panels[2, 0], markerscale=4)
    medians = {
        where: of_run(results, run, "beta_median", case)
        for where, case in {"there": "slope > 0", "where it is negative": "slope < 0"}.items()
    }
    # A side that the slope was never on has no median.
    seen = [f"{beta:.2g} {where}" for where, beta in medians.items() if not np.isnan(beta)]
    median = f", median β {' and '.join(seen)}" if seen else ""
    said = (
        f"In {name} the slope is positive in "
        f"{of_run(results, run, 'share_of_batches', 'slope > 0'):.1%} of batches{median}, largest "
        f"β {of_run(results, run, 'beta_largest'):.2g}."
    )
    show(
        figure,
        alt=f"Loss, its slope, and β from the slope’s inverse. {said}",
        caption=f"β = |−{schedule.scale:g} / slope|, at most {schedule.ceiling:g}, with the slope "
        f"over the {window} batches before. {said} The highest losses and the steepest slopes "
        f"reach beyond the panels. {STROKES}",
    )


def _parabola(mse: pd.Series, least: int) -> pd.Series:
    """From the height of `mse`, but for its highest 2 %, down to its floor and up again."""
    # A parabola over [-1, 1], stretched to the range of the losses and to as many batches.
    finite = mse[np.isfinite(mse)]
    floor, top = finite.min(), finite.quantile(0.98)
    if not top > floor:  # losses that never change, or are no numbers
        floor, top = 0.0, 1.0
    # At least so many batches that the window, in which there is no slope yet, is a small part.
    last = max(len(mse) - 1, least)
    return floor + (top - floor) * (2 * pd.Series(range(last + 1)) / last - 1) ** 2


def _slope_and_beta(
    panels: Sequence[Axes], mse: pd.Series, beta: pd.Series, schedule: SlopeSchedule
) -> None:
    """Draw a column of the graph."""
    # Above the loss, in the middle its slope, below β: shaded where the slope is positive.
    slope = slopes(mse, schedule.window)
    for panel, values in zip(panels[:2], (mse, slope), strict=True):
        line(panel, values, "black")
        _shade(panel, slope > 0)
    panels[1].axhline(0, **RULE)
    # β is 0 while the window fills, which a logarithmic axis cannot show.
    loud = beta[beta > 0]
    # A thin line joins all; the dots say on which side of 0 the slope was.
    panels[2].plot(visible(loud), color="gray", linewidth=0.4, alpha=0.5)
    panels[2].plot(loud[slope < 0], ".", color=REAL, markersize=2.5, label="slope negative")
    panels[2].plot(loud[slope > 0], ".", color=FAKE, markersize=2.5, label="positive (shaded)")
    panels[2].axhline(schedule.ceiling, **RULE, linestyle="--")
    panels[2].set(xlabel="batch", yscale="log" if len(loud) else "linear")
    for panel in panels:
        panel.set_xlim(0, len(mse))


def _shade(panel: Axes, chosen: pd.Series) -> None:
    """Shade between batches that are both chosen, from the panel's bottom to its top.

    Where a pixel holds many of them, as strongly as their share in it.
    """
    between = (chosen & chosen.shift(-1, fill_value=False)).to_numpy()[:-1]
    if not between.any():
        return
    edges = np.arange(0, len(between), max(1, len(between) // STRETCHES))
    shares = np.add.reduceat(between, edges, dtype=float)
    edges = np.append(edges, len(between))
    panel.pcolormesh(
        edges,
        (0, 1),  # of the panel's height, whatever its values are
        (shares / np.diff(edges))[None],
        transform=panel.get_xaxis_transform(),
        cmap=LinearSegmentedColormap.from_list("", [to_rgba(FAKE, 0), to_rgba(FAKE, 0.25)]),
        vmin=0,
        vmax=1,
    )


def v1_drive(runs: Sequence[Run], results: pd.DataFrame) -> None:
    """The mse of v1 against the one that its loss drives towards; nothing without such a run."""
    # The loss of v1 has such a point; its detached twin is shown for comparison.
    runs = [run for run in runs if run.version.name in ("v1", "v1_detached")]
    if not runs:
        return
    figure, panels = plt.subplots(
        1,
        len(runs),
        figsize=(5.5 * len(runs), 3.6),
        layout="constrained",
        sharey=True,
        squeeze=False,
    )
    for panel, run in zip(panels[0], runs, strict=True):
        # Where mse is below √(β · bce) / α, the gradient of v1 pushes it up.
        drive = driven_mse(run.history, run.version.alpha)
        line(panel, run.history["mse"], REAL, log=True, label="mse")
        line(panel, drive, FAKE, log=True, label="√(β · bce) / α")
        panel.set(title=run.version.name, xlabel="batch")
    # The values span a decade or two, too few for powers of ten alone: 2 and 5 are labelled too.
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.yaxis.set_major_formatter("{x:g}")
    panel.yaxis.set_minor_formatter(NullFormatter())
    panels[0, 0].set_ylabel("mse")
    legend_above(figure, panel)
    said = _medians(runs, results, "mse", "driven_mse")
    show(
        figure,
        alt=f"mse and √(β · bce) / α, medians over the last epoch: {said}",
        caption="The mse, and √(β · bce) / α, below which v1 rewards bad reconstruction (its "
        f"detached twin never does). {STROKES} Medians of the two over the last epoch: {said} "
        f"Share of batches with ∂loss/∂mse < 0: {_shares(runs, results, 'weight_mse < 0')}.",
    )


def _shares(runs: Sequence[Run], results: pd.DataFrame, case: str) -> str:
    """Which runs have batches of which this holds, and in what share of them."""
    shares = {r.version.name: of_run(results, r, "share_of_batches", case) for r in runs}
    return ", ".join(f"{name} {share:.1%}" for name, share in shares.items() if share > 0) or "none"


def _medians(runs: Sequence[Run], results: pd.DataFrame, one: str, other: str) -> str:
    """Medians of two columns over each run's last epoch."""
    said = []
    for run in runs:
        both = [of_run(results, run, "last_epoch_median", column) for column in (one, other)]
        said.append(f"{run.version.name} {both[0]:.3g} and {both[1]:.3g}")
    return "; ".join(said) + "."
