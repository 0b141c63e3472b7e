"""Every figure of the report. Each function draws one, with its caption and alt text."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from IPython.display import HTML, display
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aegan_lib.datasets import Dataset, Split
from aegan_lib.images import to_bytes
from aegan_lib.metrics import psnr
from aegan_lib.report.arithmetic import groups
from aegan_lib.report.canvas import enlarge, labelled_rows, mosaic, show, show_pixels
from aegan_lib.report.evaluation import wide
from aegan_lib.runs import Run
from aegan_lib.step import Signal
from aegan_lib.versions import VERSIONS

sns.set_theme(
    context="notebook",
    font_scale=0.9,
    style="ticks",
    rc={"axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 100},
)

# Okabe and Ito's palette, safe for colour blindness, and three greys and browns beside it.
PALETTE = (
    "#0072B2", "#D55E00", "#009E73", "#56B4E9", "#CC79A7",
    "#E69F00", "#8C6D1F", "#000000", "#7F3C8D", "#808080",
)  # fmt: skip
COLOURS = dict(zip(VERSIONS, PALETTE, strict=False))
REAL, FAKE = "#0072B2", "#D55E00"


# --- the dataset -----------------------------------------------------------------------------


def dataset_sheet(split: Split, rows: int = 5, columns: int = 12) -> None:
    faces = enlarge(split.images[: rows * columns], to=80)
    rows = -(-len(faces) // columns)
    sheet = mosaic([faces[i * columns : (i + 1) * columns] for i in range(rows)], gap=2)
    show_pixels(
        [sheet],
        alt=f"{len(faces)} images in {rows} rows.",
        caption=f"The first {len(faces)} images of the split, as the networks see them.",
    )


def attribute_groups(split: Split, each: int = 10) -> None:
    """Smiling and neutral women and men, a row each."""
    rows = {name: split.images[chosen[:each]] for name, chosen in groups(split).items()}
    if not rows:
        display(HTML("<p>There are no such groups: these images lack Male or Smiling.</p>"))
        return
    together = split.table["Male"].corr(split.table["Smiling"])
    known = f" Male and Smiling correlate by {together:+.2f}." if np.isfinite(together) else ""
    show(
        labelled_rows(rows),
        alt="Rows of faces: " + ", ".join(rows) + ".",
        caption=f"The groups that vector arithmetic works with.{known}",
    )


def attribute_shares(split: Split) -> None:
    if split.attributes.empty:
        display(HTML("<p>These images have no attributes, so none is counted.</p>"))
        return
    shares = split.attributes.mean().sort_values()
    figure, axes = plt.subplots(figsize=(7, 0.26 * len(shares) + 0.8))
    axes.barh(shares.index, shares, color="#56B4E9")
    axes.bar_label(axes.containers[0], [f"{share:.0%}" for share in shares], padding=3, fontsize=9)
    axes.set(xlabel="share of faces", xlim=(0, 1))
    show(
        figure,
        alt="Bars: " + ", ".join(f"{name} {share:.0%}" for name, share in shares.items()) + ".",
        caption="How often each attribute holds.",
    )


# --- one version -----------------------------------------------------------------------------


def input_output(run: Run, split: Split, each: int = 12) -> None:
    images = split.images[:each]
    outputs = run.reconstruct(images)
    show(
        labelled_rows({"input": images, "output": outputs}),
        alt=f"{each} test faces above their reconstructions by {run.version}.",
        caption=f"Test faces and what {run.version} makes of them: "
        f"{psnr(images, outputs).mean():.1f} dB on these {each}.",
    )


def loss_curves(run: Run) -> None:
    """Reconstruction and adversarial loss: unscaled, scaled by beta, zoomed out."""
    history = run.history
    figure, axes = plt.subplots(1, 3, figsize=(13, 3.6), layout="constrained")
    scaled = history["weight_bce"] * history["bce"]
    for panel, title, bce in (
        (axes[0], "unscaled", history["bce"]),
        (axes[1], "adversary scaled by its weight", scaled),
        (axes[2], "zoomed out: whole range, log scale", history["bce"]),
    ):
        _line(panel, history["mse"], REAL, "mse")
        if bce.any():
            _line(panel, bce, FAKE, "bce")
        panel.set(title=title, xlabel="batch", ylabel="loss")
    _zoom(axes[0], history[["mse", "bce"]])
    _zoom(axes[1], pd.concat([history["mse"], scaled], axis=1))
    _log_scale(axes[2])
    _legend(figure, axes[0])
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
    _line(axes, weights, FAKE, "adversary's effective weight (β where the loss is weighted)")
    _line(axes, history["weight_mse"].abs(), REAL, "|weight of mse|")
    _log_scale(axes)
    axes.set(xlabel="batch", ylabel="weight")
    _legend(figure, axes)
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
        _line(axes, history[column], colour, kind)
    axes.set(xlabel="batch", ylabel=label)
    if what == "loss":
        _zoom(axes, history[list(columns)])
    _legend(figure, axes)
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


def evolution(run: Run, dataset: Dataset) -> None:
    """Fixed validation faces after every epoch, as an animation."""
    inputs = enlarge(dataset.validation.images[: run.samples.shape[1]])
    frames = [mosaic([inputs, enlarge(epoch)]) for epoch in run.samples]
    show_pixels(
        frames,
        alt=f"Validation faces above their reconstructions, from epoch 0 to {len(frames) - 1}.",
        caption=f"Training evolution over {len(frames) - 1} epochs: validation faces, and their "
        "reconstructions before training and after every epoch.",
        seconds=0.6,
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


# --- versions side by side -------------------------------------------------------------------


def versions_side_by_side(runs: Sequence[Run], split: Split, each: int = 10) -> None:
    """The same test faces through every version."""
    images = split.images[:each]
    rows = {"input": images} | {run.version: run.reconstruct(images) for run in runs}
    show(
        labelled_rows(rows),
        alt=f"{each} test faces and, a row a version, their reconstructions: {', '.join(rows)}.",
        caption="The same test faces through every version.",
    )


def sharpness_against_psnr(results: pd.DataFrame) -> None:
    """Each version as a point: how close to its input, how sharp."""
    table = wide(results, ["psnr", "laplacian_variance"])
    raw = table.at["raw", "laplacian_variance"]
    figure, axes = plt.subplots(figsize=(8, 4.6), layout="constrained")
    points = table.dropna().reset_index()
    palette = {name: COLOURS.get(name, "#444444") for name in points["version"]}
    sns.scatterplot(
        points, x="psnr", y="laplacian_variance", hue="version", style="version",
        palette=palette, s=90, ax=axes,
    )  # fmt: skip
    sns.move_legend(axes, "center left", bbox_to_anchor=(1, 0.5), title="", frameon=False)
    axes.axhline(raw, color="#888888", linewidth=1)
    axes.annotate(f"raw faces {raw:.0f}", (points["psnr"].min(), raw), xytext=(0, 4),
                  textcoords="offset points", fontsize=9, color="#666666")  # fmt: skip
    axes.set(xlabel="PSNR on test faces (dB)", ylabel="blur factor (variance of the Laplacian)")
    axes.margins(x=0.12, y=0.1)
    show(
        figure,
        alt="; ".join(
            f"{name}: {row['psnr']:.1f} dB, blur factor {row['laplacian_variance']:.0f}"
            for name, row in points.set_index("version").iterrows()
        ),
        caption="Close to the input (right) and sharp (up, at most as sharp as the raw faces): "
        "sharpness above the line is noise or artefact.",
    )


# --- lines -----------------------------------------------------------------------------------


def _line(axes: Axes, values: pd.Series, colour: str, label: str, window: int = 50) -> None:
    """The raw values, thin, with their running mean, bold."""
    axes.plot(values.index, values, color=colour, alpha=0.2, linewidth=0.5)
    smooth = values.rolling(window, min_periods=1).mean()
    axes.plot(values.index, smooth, color=colour, linewidth=1.8, label=label)


def _legend(figure: Figure, axes: Axes) -> None:
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
