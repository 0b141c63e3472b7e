"""Every loss variant at one point of its four arguments."""

import ipywidgets as widgets
import numpy as np
import pandas as pd

from aegan_lib import backend
from aegan_lib.backend import ops
from aegan_lib.losses import Loss
from aegan_lib.rules import Rule
from aegan_lib.versions import VERSIONS
from aegan_lib.widgets import parts

TO_MSE, TO_BCE, MEANING = "∂loss/∂mse", "∂loss/∂bce", "what it asks for"


def loss_values(mse: float, bce: float, alpha: float, beta: float) -> pd.DataFrame:
    """Every loss variant at one point: its value and effective weights, one row each."""
    # Each variant is differentiated by mse and bce, as the training step does it.
    arguments = [ops.convert_to_tensor(v, "float32") for v in (mse, bce, alpha, beta)]
    rows = {}
    for loss, name in _variants().items():
        # `loss=loss` binds the variant of this turn; alpha and beta are constants here.
        value, weights = backend.value_and_gradients(
            lambda m, b, loss=loss: loss(m, b, *arguments[2:]), *arguments[:2]
        )
        numbers = [float(ops.convert_to_numpy(number)) for number in (value, *weights)]
        rows[name] = dict(zip(("loss", TO_MSE, TO_BCE), numbers, strict=True))
    return pd.DataFrame.from_dict(rows, orient="index")


def _variants() -> dict[Loss, str]:
    """Every registered version's loss and its name, which is the version's where it has none."""
    found: dict[Loss, str] = {}
    for version in VERSIONS.values():
        if isinstance(version.loss, Rule):  # it looks at gradients, which no slider here gives
            continue
        # A lambda has no name of its own, and two functions may have the same one.
        name = version.loss.__name__
        if not name.isidentifier():
            name = version.name
        elif name in found.values() and version.loss not in found:
            name = f"{name} of {version.name}"
        found.setdefault(version.loss, name)
    return found


def meaning(to_mse: float, to_bce: float) -> str:
    """What a loss with these effective weights asks the generator for, in words."""
    # The weights' signs say it all: by gradient descent, a positive weight makes its loss smaller.
    if not np.isfinite([to_mse, to_bce]).all():
        return "nothing defined: it divides by 0"
    asked = []
    if to_mse:
        asked.append(f"a {'better' if to_mse > 0 else 'worse'} reconstruction")
    if to_bce:
        asked.append(f"to {'fool' if to_bce > 0 else 'be found out by'} the discriminator")
    return " and ".join(asked) or "nothing"


class LossExplorer(widgets.VBox):
    """Sliders for alpha, beta, mse and bce above a table of what each variant makes of them."""

    def __init__(self) -> None:
        # β, mse and bce go over orders of magnitude, so their sliders are logarithmic.
        self.sliders = {
            "alpha": parts.option_slider([i / 20 for i in range(41)], 1.0, "α"),
            "beta": parts.log_slider(0.005, -5, 0, "β"),
            "mse": parts.log_slider(0.05, -4, 0, "mse"),
            "bce": parts.log_slider(5.0, -3, 2, "bce"),
        }
        self.table = widgets.HTML()
        self.line = parts.sentence("")
        for slider in self.sliders.values():
            slider.observe(self._draw, "value")
        # What is chosen on the left, what is measured on the right.
        weights, point = list(self.sliders.values())[:2], list(self.sliders.values())[2:]
        super().__init__(
            (
                widgets.HTML(parts.STYLE),
                widgets.HBox((widgets.VBox(weights), widgets.VBox(point))),
                self.table,
                self.line,
            )
        )
        self.add_class("aegan")
        self._draw()

    def _draw(self, _: object = None) -> None:
        with parts.told(self.line):
            values = loss_values(**{name: slider.value for name, slider in self.sliders.items()})
            # The last column says in words what the two weights mean; a negative one is coloured.
            values[MEANING] = [
                meaning(*row) for row in values[[TO_MSE, TO_BCE]].itertuples(index=False)
            ]
            self.table.value = values.to_html(
                float_format=lambda value: f"{value:.4g}",
                border=0,
                escape=False,
                formatters={TO_MSE: _signed},
            )


def _signed(value: float) -> str:
    text = f"{value:.4g}"
    return f'<span class="negative">{text}</span>' if value < 0 else text
