"""What each rule asked of the generator, batch by batch; every function draws a figure."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

from aegan_lib.evaluation.histories import adversarial_share, slopes
from aegan_lib.figures.lines import COLOUR, RULE, STROKES, line, named_lines
from aegan_lib.figures.showing import show
from aegan_lib.figures.theme import FAKE, REAL
from aegan_lib.runs import Run
from aegan_lib.schedules import SlopeSchedule, replay

LEGEND: dict[str, Any] = {"loc": "outside upper center", "ncols": 2, "frameon": False}


def effective_weights(runs: Sequence[Run]) -> None:
    """β and the weights that came of it, a line for each of `runs`, which are of one seed."""
    if not runs:
        return
    size = 8.4, max(8.6, 0.85 * len(runs))  # inches: in each panel, a line of text for a name
    figure, panels = plt.subplots(3, 1, figsize=size, sharex=True)
    panels[2].set(xlabel="batch", xlim=(0, max(len(run.history) for run in runs)))
    histories = {run.version: run.history for run in runs}
    for panel, column, title in (
        (panels[0], "beta", "β"),
        (panels[1], "weight_bce", "weight of the adversary, ∂loss/∂bce"),
        (panels[2], "weight_mse", "weight of the reconstruction, ∂loss/∂mse"),
    ):
        panel.set_title(title, loc="left")
        columns = {version: history[column] for version, history in histories.items()}
        named_lines(panel, columns, log=column != "weight_mse")
    show(
        figure,
        alt="Median ∂loss/∂bce and ∂loss/∂mse over the last epoch: "
        + _last_epoch(histories, "weight_bce", "weight_mse"),
        caption=f"β and the weights that came of it. {STROKES} Share of batches with ∂loss/∂bce = "
        f"0, not drawn: {_shares(runs, 'weight_bce', 'eq')}; with ∂loss/∂mse < 0: "
        f"{_shares(runs, 'weight_mse', 'lt')}.",
    )


def gradient_norms(runs: Sequence[Run]) -> None:
    """A row a version: what both gradients are when they reach the generator."""
    if not runs:
        return
    figure, panels = plt.subplots(
        len(runs), 3, figsize=(12.5, 1.25 * len(runs) + 1.2), layout="constrained",
        sharex=True, sharey="col", squeeze=False,
    )  # fmt: skip
    tables = {run.version: _terms(run.history) for run in runs}
    for (norms, share, cosine), (version, terms) in zip(panels, tables.items(), strict=True):
        line(norms, terms["mse"], REAL, log=True, label="|∂loss/∂mse| · norm of mse’s gradient")
        line(norms, terms["bce"], FAKE, log=True, label="|∂loss/∂bce| · norm of bce’s gradient")
        line(share, terms["share"], COLOUR[version])
        line(cosine, terms["cosine"], COLOUR[version])
        cosine.axhline(0, **RULE)
        norms.set_ylabel(version, rotation=0, ha="right", va="center", weight="bold")
    norms.set(xlim=(0, max(map(len, tables.values()))), ylim=(norms.get_ylim()[1] / 1e6, None))
    share.set_ylim(-0.05, 1.05)
    for panel, title in zip(panels[0], ("norms", "adversary’s share", "cosine"), strict=True):
        panel.set_title(title)
    figure.legend(*norms.get_legend_handles_labels(), **LEGEND)
    figure.supxlabel("batch", fontsize="medium")
    said = _last_epoch(tables, "share", "cosine")
    show(
        figure,
        alt=f"Norms of two gradients, the adversary’s share, and the cosine. At the end: {said}",
        caption="Norms of both gradients as they reach the generator’s output, of which the upper "
        f"six decades are drawn; the adversary’s share of their sum; their cosine, from −1 to 1. "
        f"{STROKES} Median share and cosine over the last epoch: {said}",
    )


def _terms(history: pd.DataFrame) -> pd.DataFrame:
    mse = (history["weight_mse"] * history["gradient_norm_mse"]).abs()
    bce = (history["weight_bce"] * history["gradient_norm_bce"]).abs()
    terms = {"mse": mse, "bce": bce, "share": adversarial_share(history)}
    return pd.DataFrame(terms).assign(cosine=history["gradient_cosine"], epoch=history["epoch"])


def derivative_graph(run: Run) -> None:
    """The documents' graph of version 4: of a parabola as drawn there, and of `run`."""
    schedule = SlopeSchedule(**run.settings["version"]["beta"]["SlopeSchedule"])
    mse, window = run.history["mse"], schedule.window
    ideal = _parabola(mse, 4 * window)
    ideal_beta = pd.Series(replay(schedule, {"mse": ideal.to_numpy()}))
    figure, panels = plt.subplots(3, 2, figsize=(11, 7.6), sharey="row", layout="constrained")
    said = (
        f"Parabola: {_slope_and_beta(panels[:, 0], ideal, ideal_beta, schedule)}. "
        f"{run.version}: {_slope_and_beta(panels[:, 1], mse, run.history['beta'], schedule)}."
    )
    steep = 1.1 * max(slopes(each, window).abs().quantile(0.9) for each in (ideal, mse))
    panels[0, 0].set(title="a parabola", ylabel="mse", ylim=(0, 1.15 * ideal.max()))
    panels[0, 1].set_title(f"{run.version}, seed {run.seed}")
    panels[1, 0].set(ylabel="slope of mse per batch", ylim=(-steep, steep))
    panels[2, 0].set_ylabel("β = |−scale / slope|")
    figure.align_ylabels()
    figure.legend(*panels[2, 0].get_legend_handles_labels(), markerscale=4, **LEGEND)
    show(
        figure,
        alt=f"Loss, its slope, and β from the slope’s inverse. {said}",
        caption=f"β = |−{schedule.scale:g} / slope|, at most {schedule.ceiling:g}, with the slope "
        f"over the {window} batches before. {said} The highest losses and the steepest slopes "
        f"reach beyond the panels. {STROKES}",
    )


def _parabola(mse: pd.Series, least: int) -> pd.Series:
    """From the height of `mse`, but for its highest 2 %, down to its floor and up again."""
    finite = mse[np.isfinite(mse)]
    floor, top = finite.min(), finite.quantile(0.98)
    floor, top = (floor, top) if top > floor else (0.0, 1.0)
    last = max(len(mse) - 1, least)
    return floor + (top - floor) * (2 * pd.Series(range(last + 1)) / last - 1) ** 2


def _slope_and_beta(
    panels: Sequence[Axes], mse: pd.Series, beta: pd.Series, schedule: SlopeSchedule
) -> str:
    """Draw a column of the graph, and say how β depends on the sign of the slope."""
    slope = slopes(mse, schedule.window)
    for panel, values in zip(panels[:2], (mse, slope), strict=True):
        line(panel, values, "black")
        panel.fill_between(
            mse.index, 0, 1, where=slope > 0, transform=panel.get_xaxis_transform(), step="post",
            color=FAKE, alpha=0.25, linewidth=0, snap=False,
        )  # fmt: skip
    panels[1].axhline(0, **RULE)
    loud = beta[beta > 0]
    panels[2].plot(loud, color="gray", linewidth=0.4, alpha=0.5)
    panels[2].plot(loud[slope < 0], ".", color=REAL, markersize=2.5, label="slope negative")
    panels[2].plot(loud[slope > 0], ".", color=FAKE, markersize=2.5, label="positive (shaded)")
    panels[2].axhline(schedule.ceiling, **RULE, linestyle="--")
    panels[2].set(xlabel="batch", yscale="log" if len(loud) else "linear")
    for panel in panels:
        panel.set_xlim(0, len(mse))
    return (
        f"slope positive in {(slope > 0).sum() / max(slope.count(), 1):.1%} of batches, median β "
        f"{beta[slope > 0].median():.2g} there and {beta[slope < 0].median():.2g} where it is "
        f"negative, largest {beta.max():.2g}"
    )


def v1_drive(runs: Sequence[Run]) -> None:
    """The mse of v1 against the one that its loss drives towards; nothing without such a run."""
    runs = [run for run in runs if run.version in ("v1", "v1_detached")]
    if not runs:
        return
    figure, panels = plt.subplots(
        1, len(runs), figsize=(5.5 * len(runs), 3.6), layout="constrained",
        sharey=True, squeeze=False,
    )  # fmt: skip
    tables = {run.version: _driven(run) for run in runs}
    for panel, (version, table) in zip(panels[0], tables.items(), strict=True):
        line(panel, table["mse"], REAL, log=True, label="mse")
        line(panel, table["drive"], FAKE, log=True, label="√(β · bce) / α")
        panel.set(title=version, xlabel="batch")
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.yaxis.set_major_formatter("{x:g}")
    panel.yaxis.set_minor_formatter(NullFormatter())
    panels[0, 0].set_ylabel("mse")
    figure.legend(*panel.get_legend_handles_labels(), **LEGEND)
    said = _last_epoch(tables, "mse", "drive")
    show(
        figure,
        alt=f"mse and √(β · bce) / α, medians over the last epoch: {said}",
        caption="The mse, and √(β · bce) / α, below which v1 rewards bad reconstruction (its "
        f"detached twin never does). {STROKES} Medians of the two over the last epoch: {said} "
        f"Share of batches with ∂loss/∂mse < 0: {_shares(runs, 'weight_mse', 'lt')}.",
    )


def _driven(run: Run) -> pd.DataFrame:
    drive = (run.history["beta"] * run.history["bce"]) ** 0.5 / run.settings["version"]["alpha"]
    return run.history.assign(drive=drive)


def _shares(runs: Sequence[Run], column: str, test: str) -> str:
    """Which runs have batches where `column` is "eq" (or "lt") 0, and in what share of them."""
    shares = {run.version: getattr(run.history[column], test)(0).mean() for run in runs}
    return ", ".join(f"{name} {share:.1%}" for name, share in shares.items() if share) or "none"


def _last_epoch(tables: Mapping[str, pd.DataFrame], one: str, other: str) -> str:
    """Medians of two columns over each version's last epoch."""
    ends = {v: table[table["epoch"] == table["epoch"].max()] for v, table in tables.items()}
    numbers = {v: end[[one, other]].median() for v, end in ends.items()}
    return "; ".join(f"{v} {n[one]:.3g} and {n[other]:.3g}" for v, n in numbers.items()) + "."
