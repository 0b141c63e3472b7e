"""Sliders for JupyterLab; nothing else in this library imports ipywidgets."""

from collections.abc import Sequence

import ipywidgets as widgets
import pandas as pd
from IPython.display import display

from aegan_lib import backend, losses
from aegan_lib.backend import ops
from aegan_lib.datasets import Dataset
from aegan_lib.report.canvas import enlarge, mosaic, png
from aegan_lib.runs import Run

VARIANTS = (losses.weighted, losses.inverse, losses.inverse_detached, losses.min_ceiling)
WIDE = {"description_width": "6em"}


def loss_values(mse: float, bce: float, alpha: float, beta: float) -> pd.DataFrame:
    """Every loss variant at one point: its value and effective weights, one row each."""
    arguments = [ops.convert_to_tensor(v, "float32") for v in (mse, bce, alpha, beta)]
    rows = {}
    for loss in VARIANTS:
        value, weights = backend.value_and_gradients(
            lambda m, b, loss=loss: loss(m, b, *arguments[2:]), *arguments[:2]
        )
        numbers = [float(ops.convert_to_numpy(number)) for number in (value, *weights)]
        rows[loss.__name__] = dict(zip(("loss", "∂loss/∂mse", "∂loss/∂bce"), numbers, strict=True))
    return pd.DataFrame.from_dict(rows, orient="index")


def loss_explorer() -> None:
    """Sliders for alpha, beta, mse and bce over a table of every variant's value and weights."""
    sliders = {
        "alpha": widgets.FloatSlider(1, min=0, max=2, step=0.05, description="α", style=WIDE),
        "beta": _log_slider(0.005, -5, 0, "β"),
        "mse": _log_slider(0.05, -4, 0, "mse"),
        "bce": _log_slider(5.0, -3, 1.5, "bce"),
    }
    table = widgets.HTML()

    def refresh(_: object = None) -> None:
        values = loss_values(**{name: slider.value for name, slider in sliders.items()})
        table.value = values.to_html(float_format=lambda value: f"{value:.4g}")

    for slider in sliders.values():
        slider.observe(refresh, "value")
    refresh()
    display(widgets.VBox([*sliders.values(), table]))


def epoch_scrubber(runs: Sequence[Run], dataset: Dataset) -> None:
    """One slider over the epochs of several runs: validation faces, and a row a run."""
    if not runs:
        print("No finished runs here yet: `make report` trains them all.")
        return
    inputs = enlarge(dataset.validation.images[: runs[0].samples.shape[1]], to=80)
    last = max(len(run.samples) for run in runs) - 1
    slider = widgets.IntSlider(last, min=0, max=last, description="epoch", style=WIDE)
    picture = widgets.Image(format="png")
    label = widgets.HTML("<b>rows</b>: input, " + ", ".join(run.version for run in runs))

    def refresh(_: object = None) -> None:
        # A run that diverged has fewer epochs: its last one stays in view.
        rows = [run.samples[min(slider.value, len(run.samples) - 1)] for run in runs]
        picture.value = png(mosaic([inputs, *(enlarge(row, to=80) for row in rows)]))

    slider.observe(refresh, "value")
    refresh()
    display(widgets.VBox([slider, label, picture]))


def _log_slider(value: float, low: float, high: float, name: str) -> widgets.FloatLogSlider:
    return widgets.FloatLogSlider(
        value, min=low, max=high, step=0.05, description=name, readout_format=".2g", style=WIDE
    )
