"""Figures of one run. Each function draws one, with its caption and alt text."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import HTML, display
from matplotlib import colormaps
from matplotlib.axes import Axes

from aegan_lib.dataset import Split
from aegan_lib.evaluation.results import of_run
from aegan_lib.figures.lines import STROKES, legend_above, line
from aegan_lib.figures.showing import labelled_rows, show
from aegan_lib.figures.theme import FAKE, REAL
from aegan_lib.images import to_bytes
from aegan_lib.runs import Run
from aegan_lib.step import Signal

COMPARED = 0.005  # times bce, where it has no weight: the factor of the documents' graph (April 1)


def input_output(run: Run, split: Split, each: int = 12) -> None:
    images = split.images[:each]  # (n, h, w, 3)
    show(
        labelled_rows({"input": images, "output": run.reconstruct(images)}),
        alt=f"{len(images)} test faces above their reconstructions by {run.version.name}.",
        caption=f"{len(images)} test faces and what {run.version.name} makes of them.",
    )


def loss_curves(run: Run, results: pd.DataFrame) -> None:
    """Reconstruction and adversarial loss: unscaled, scaled by its weight, zoomed out.

    Where the adversary has no weight in any batch, the second panel shows bce × COMPARED.
    """
    history = run.history
    figure, axes = plt.subplots(1, 3, figsize=(11.4, 3.2), layout="constrained")
    # What the generator sees of bce; the rule may weight it by far less than 1.
    scaled, scaling = history["weight_bce"] * history["bce"], "adversary scaled by its weight"
    note = said = ""
    if history["weight_bce"].eq(0).all():
        # As the documents draw it where β = 0: how large bce would be, had it a usual weight.
        scaled, scaling = COMPARED * history["bce"], f"bce × {COMPARED:g}, for comparison only"
        said = (
            f" The adversary’s weight is 0 throughout: bce × {COMPARED:g} is drawn for comparison "
            "and has no part in training."
        )
        note = f"{said[:-1]}; the documents draw the same of their test 1."
    for panel, title, bce in (
        (axes[0], "unscaled", history["bce"]),
        (axes[1], scaling, scaled),
        (axes[2], "zoomed out: whole range, log scale", history["bce"]),
    ):
        # The last panel shows everything, spikes included; the first two look more closely.
        log = panel is axes[2]
        line(panel, history["mse"], REAL, log, label="mse")
        line(panel, bce, FAKE, log, label="bce")
        panel.set(title=title, xlabel="batch", ylabel="loss")
    _zoom(axes[0], history[["mse", "bce"]])
    _zoom(axes[1], pd.concat([history["mse"], scaled], axis=1))
    legend_above(figure, axes[0])
    show(
        figure,
        alt=f"Three panels over {len(history)} batches; medians over the last epoch: mse "
        f"{of_run(results, run, 'last_epoch_median', 'mse'):.3f}, bce "
        f"{of_run(results, run, 'last_epoch_median', 'bce'):.1f}.{said}",
        caption=f"Reconstruction (mse) and adversarial loss (bce). {STROKES} The first two panels "
        "leave out the highest 1 %. The third has all of both, unscaled, on a logarithmic scale; "
        f"the documents’ zoomed-out graph is linear.{note}",
    )


def beta_curve(run: Run, results: pd.DataFrame) -> None:
    """Beta where it moves; a sentence where it does not."""
    history = run.history
    # A curve that never moves is better said than drawn.
    moving = history["beta"].nunique() > 1
    weights = history["weight_bce"]
    if not moving and weights.nunique() == 1:
        display(HTML(f"<p>β is {history['beta'].iloc[0]:g} throughout, and so is the weight.</p>"))
        return
    figure, axes = plt.subplots(figsize=(9, 3.2), layout="constrained")
    # Absolute values: the weight of mse may be negative, and the caption says how often.
    line(axes, weights, FAKE, log=True, label="adversary's weight (β where the loss is weighted)")
    line(axes, history["weight_mse"].abs(), REAL, log=True, label="|weight of mse|")
    axes.set(xlabel="batch", ylabel="weight")
    legend_above(figure, axes)
    median = of_run(results, run, "last_epoch_median", "weight_bce")
    negative = of_run(results, run, "share_of_batches", "weight_mse < 0")
    show(
        figure,
        alt=f"The adversary's weight over {len(history)} batches, median {median:.2g} in the last "
        "epoch.",
        caption="Effective weights ∂loss/∂bce and ∂loss/∂mse per batch: the adversary's has "
        f"median {median:.2g} in the last epoch; that of mse was negative in {negative:.1%} of "
        f"batches. {STROKES}",
    )


def discriminator_loss(run: Run, results: pd.DataFrame) -> None:
    _discriminator(run, results, "loss", "loss (nats)")


def discriminator_accuracy(run: Run, results: pd.DataFrame) -> None:
    _discriminator(run, results, "accuracy", "share called right")


def _discriminator(run: Run, results: pd.DataFrame, what: str, label: str) -> None:
    figure, axes = plt.subplots(figsize=(9, 3.0), layout="constrained")
    # Real faces and reconstructions apart: their sum would hide that one of them has won.
    kinds = {f"d_{what}_real": ("real", REAL), f"d_{what}_fake": ("reconstruction", FAKE)}
    said = []
    for column, (kind, colour) in kinds.items():
        line(axes, run.history[column], colour, label=kind)
        said.append(f"{kind} {of_run(results, run, 'last_epoch_mean', column):.3f}")
    axes.set(xlabel="batch", ylabel=label)
    # Accuracies have a natural range, losses have spikes.
    if what == "loss":
        _zoom(axes, run.history[list(kinds)])
    legend_above(figure, axes)
    show(
        figure,
        alt=f"Discriminator {what} over {len(run.history)} batches; at the end: {', '.join(said)}.",
        caption=f"Discriminator {what} on the half batches that it learns from. {STROKES} Means "
        f"over the last epoch: {', '.join(said)}.",
    )


def signal_maps(signal: Signal, x: np.ndarray, y: np.ndarray) -> None:
    """Where in each face the two losses ask for change, each on its own scale."""
    # The mean size over the colours: (n, h, w, 3) -> (n, h, w).
    maps = {
        "asked by mse": np.abs(np.asarray(signal.mse_gradient)).mean(axis=-1),
        "asked by bce": np.abs(np.asarray(signal.bce_gradient)).mean(axis=-1),
    }
    rows = {"input": to_bytes(np.asarray(x)), "output": to_bytes(np.asarray(y))}
    for name, values in maps.items():
        # As a share of the largest in the map, then a colour: (n, h, w) -> (n, h, w, 3) uint8.
        rows[name] = colormaps["magma"](values / np.max(values), bytes=True)[..., :3]
    weights = float(signal.weight_mse), float(signal.weight_bce)
    show(
        labelled_rows(rows),
        alt="Faces, reconstructions, and two heat maps a face: where mse and where bce push.",
        caption="Size of the two gradients at each pixel, each map on its own scale; the "
        f"generator follows {weights[0]:.3g} × the first + {weights[1]:.3g} × the second.",
    )


def _zoom(axes: Axes, values: pd.DataFrame) -> None:
    # The highest 1 % is left out; a training that diverged leaves nothing finite to go by.
    finite = values.to_numpy()[np.isfinite(values.to_numpy())]
    if finite.size:
        axes.set_ylim(min(0, finite.min()), 1.05 * max(np.quantile(finite, 0.99), 1e-6))
