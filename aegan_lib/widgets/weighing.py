"""The question as a slider: the weight of the adversary, over runs that were trained with it."""

from collections.abc import Sequence

import ipywidgets as widgets
import numpy as np

from aegan_lib import metrics
from aegan_lib.dataset import Dataset
from aegan_lib.evaluation.frontier import swept
from aegan_lib.images import enlarge, mosaic
from aegan_lib.runs import Run
from aegan_lib.widgets import parts

FACES = 8  # that are shown
SIDE, GAP = 72, 4  # pixels of a face, at least about, and between two
NOTHING = "nothing"


class Weighing(widgets.VBox):
    """A slider over β, and any other run beside it: the same faces, and the same numbers."""

    def __init__(self, runs: Sequence[Run], dataset: Dataset) -> None:
        self._images = dataset.test.images
        self._made: dict[str, np.ndarray] = {}  # reconstructions of all test faces, by version
        # Of one rate and one start alone, so that nothing but β differs along the slider.
        self._weights = {
            run.version.beta_after({}): run for run in runs if run.version.name in swept()
        }
        self._others = {run.version.name: run for run in runs if run.version.name not in swept()}
        weights = sorted(self._weights)
        self.beta = widgets.SelectionSlider(
            options=[(f"{weight:g}", weight) for weight in weights],
            value=weights[len(weights) // 2],
            description="β",
            style={"description_width": "4em"},
            layout={"width": "36em"},
        )
        self.beside = widgets.Dropdown(
            options=[NOTHING, *self._others],
            description="beside it",
            style={"description_width": "auto"},
        )
        self.labels = widgets.HTML(layout={"width": "14em"})
        self.picture = widgets.Image(format="jpeg")
        alone = "Of the fixed weights only this one is here; the notes say whose runs these are."
        super().__init__(
            (
                widgets.HTML(parts.STYLE),
                parts.sentence(alone if len(weights) == 1 else ""),
                widgets.HBox((self.beta, self.beside)),
                widgets.HBox((self.labels, self.picture), layout={"align_items": "flex-start"}),
            )
        )
        self.add_class("aegan")
        for control in (self.beta, self.beside):
            control.observe(self._draw, "value")
        self._draw()

    def _draw(self, _: object = None) -> None:
        shown = [self._weights[self.beta.value]]
        if self.beside.value != NOTHING:
            shown.append(self._others[self.beside.value])
        rows = [self._images[:FACES], *(self._reconstructed(run)[:FACES] for run in shown)]
        faces = [enlarge(row, to=SIDE) for row in rows]
        self.picture.value = parts.encoded(mosaic(faces, GAP))
        count = len(self._images)
        labels = [["input", f"numbers: means of {count} test faces"]]
        labels += [[_name(run), *self._numbers(run)] for run in shown]
        self.labels.value = parts.column(labels, faces[0].shape[1] + GAP)

    def _reconstructed(self, run: Run) -> np.ndarray:
        name = run.version.name
        if name not in self._made:
            self._made[name] = run.reconstruct(self._images)
        return self._made[name]

    def _numbers(self, run: Run) -> list[str]:
        outputs = self._reconstructed(run)
        raw = metrics.laplacian_variance(self._images).mean()
        return [
            f"PSNR {metrics.psnr(self._images, outputs).mean():.1f} dB",
            f"shared detail {metrics.shared_detail(self._images, outputs).mean():.1%}",
            f"blur factor {metrics.laplacian_variance(outputs).mean() / raw:.2f} × raw",
        ]


def _name(run: Run) -> str:
    beta = run.version.beta
    fixed = run.version.name in swept()
    return f"β = {beta:g}" if fixed else run.version.name
