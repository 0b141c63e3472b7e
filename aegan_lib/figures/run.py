"""Figures of one run. Each function draws one, with its caption and alt text."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import HTML, display
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aegan_lib.dataset import Split
from aegan_lib.figures.showing import labelled_rows, show
from aegan_lib.figures.theme import FAKE, REAL
from aegan_lib.images import to_bytes
from aegan_lib.metrics import psnr
from aegan_lib.runs import Run
from aegan_lib.step import Signal


def input_output(run: Run, split: Split, each: int = 12) -> None:
    images = split.images[:each]
    outputs = run.reconstruct(images)
    show(
        labelled_rows({"input": images, "output": outputs}),
        alt=f"{len(images)} test faces above their reconstructions by {run.version}.",
        caption=f"Test faces and what {run.version} makes of them: "
        f"{psnr(images, outputs).mean():.1f} dB on these {len(images)}.",
    )


def loss_curves(run: Run) -> None:
    """Reconstruction and adversarial loss: unscaled, scaled by beta, zoomed out."""
    history = run.history
    figure, axes = plt.subplots(1, 3, figsize=(11.4, 3.2), layout="constrained")
    scaled = history["weight_bce"] * history["bce"]
    for panel, title, bce in (
        (axes[0], "unscaled", history["bce"]),
        (axes[1], "adversary scaled by its weight", scaled),
        (axes[2], "zoomed out: whole range, log scale", history["bce"]),
    ):
        running_mean(panel, history["mse"], REAL, "mse")
        if bce.any():
            running_mean(panel, bce, FAKE, "bce")
        panel.set(title=title, xlabel="batch", ylabel="loss")
    _zoom(axes[0], history[["mse", "bce"]])
    _zoom(axes[1], pd.concat([history["mse"], scaled], axis=1))
    _log_scale(axes[2])
    legend_above(figure, axes[0])
    note = "" if scaled.any() else " The adversary's weight is 0 throughout."
    end = history.iloc[-50:].mean()
    show(
        figure,
        alt=f"Three panels over {len(history)} batches: mse goes from "
        f"{history['mse'].iloc[0]:.2f} to {end['mse']:.3f}; bce ends at {end['bce']:.1f}.",
        caption="Reconstruction (mse) and adversarial loss (bce) per batch, thin, and their "
        "average over 50 batches, bold. The first two panels leave out the highest 1 %." + note,
    )


def beta_curve(run: Run) -> None:
    """Beta where it moves; a sentence where it does not."""
    history = run.history
    moving = history["beta"].nunique() > 1
    weights = history["weight_bce"]
    if not moving and weights.nunique() == 1:
        display(HTML(f"<p>β is {history['beta'].iloc[0]:g} throughout, and so is the weight.</p>"))
        return
    figure, axes = plt.subplots(figsize=(9, 3.2), layout="constrained")
    running_mean(axes, weights, FAKE, "adversary's effective weight (β where the loss is weighted)")
    running_mean(axes, history["weight_mse"].abs(), REAL, "|weight of mse|")
    _log_scale(axes)
    axes.set(xlabel="batch", ylabel="weight")
    legend_above(figure, axes)
    negative = (history["weight_mse"] < 0).mean()
    show(
        figure,
        alt=f"The adversary's weight over {len(history)} batches, median {weights.median():.2g}, "
        f"largest {weights.max():.2g}.",
        caption="Effective weights ∂loss/∂bce and ∂loss/∂mse per batch: the adversary's has "
        f"median {weights.median():.2g} and largest value {weights.max():.2g}; that of mse was "
        f"negative in {negative:.1%} of batches.",
    )


def discriminator_loss(run: Run) -> None:
    _discriminator(run, "loss", ("d_loss_real", "d_loss_fake"), "loss (nats)")


def discriminator_accuracy(run: Run) -> None:
    _discriminator(run, "accuracy", ("d_accuracy_real", "d_accuracy_fake"), "share called right")


def _discriminator(run: Run, what: str, columns: tuple[str, str], label: str) -> None:
    history = run.history
    figure, axes = plt.subplots(figsize=(9, 3.0), layout="constrained")
    for column, colour, kind in zip(columns, (REAL, FAKE), ("real", "reconstruction"), strict=True):
        running_mean(axes, history[column], colour, kind)
    axes.set(xlabel="batch", ylabel=label)
    if what == "loss":
        _zoom(axes, history[list(columns)])
    legend_above(figure, axes)
    ends = {column: history[column].iloc[-200:].mean() for column in columns}
    numbers = ", ".join(
        f"{kind} {ends[column]:.3f}"
        for column, kind in zip(columns, ("real", "reconstruction"), strict=True)
    )
    show(
        figure,
        alt=f"Discriminator {what} over {len(history)} batches; at the end: {numbers}.",
        caption=f"Discriminator {what} on the half batches it learns from; "
        f"average of the last 200 batches: {numbers}.",
    )


def signal_maps(signal: Signal, x: np.ndarray, y: np.ndarray) -> None:
    """Where in each face the two losses ask for change, each on its own scale."""
    maps = {
        "asked by mse": np.abs(np.asarray(signal.mse_gradient)).mean(axis=-1),
        "asked by bce": np.abs(np.asarray(signal.bce_gradient)).mean(axis=-1),
    }
    rows = {"input": to_bytes(np.asarray(x)), "output": to_bytes(np.asarray(y))}
    for name, values in maps.items():
        rows[name] = colormaps["magma"](values / values.max(), bytes=True)[..., :3]
    weights = float(signal.weight_mse), float(signal.weight_bce)
    show(
        labelled_rows(rows),
        alt="Faces, reconstructions, and two heat maps a face: where mse and where bce push.",
        caption="Size of the two gradients at each pixel, each map on its own scale; the "
        f"generator follows {weights[0]:.3g} × the first + {weights[1]:.3g} × the second.",
    )


# --- lines -----------------------------------------------------------------------------------


def running_mean(
    axes: Axes, values: pd.Series, colour: str, label: str, strength: float = 0.35
) -> None:
    """The raw values, thin and of some strength, with their mean over 50 batches, bold."""
    axes.plot(values.index, values, color=colour, alpha=strength, linewidth=0.6)
    smooth = values.rolling(50, min_periods=1).mean()
    axes.plot(values.index, smooth, color=colour, linewidth=1.8, label=label)


def legend_above(figure: Figure, axes: Axes) -> None:
    """One row above the panels, where it covers no line."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)


def _zoom(axes: Axes, values: pd.DataFrame) -> None:
    finite = values.to_numpy()[np.isfinite(values.to_numpy())]
    if finite.size:
        axes.set_ylim(min(0, finite.min()), 1.05 * max(np.quantile(finite, 0.99), 1e-6))


def _log_scale(axes: Axes) -> None:
    if any((np.asarray(line.get_ydata()) > 0).any() for line in axes.lines):
        axes.set_yscale("log")
