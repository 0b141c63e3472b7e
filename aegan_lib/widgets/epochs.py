"""Fixed validation faces, and what each run made of them after every epoch."""

from collections.abc import Sequence

import ipywidgets as widgets

from aegan_lib.dataset import Dataset
from aegan_lib.images import enlarge, mosaic
from aegan_lib.runs import Run
from aegan_lib.widgets import parts

CHECK = {"width": "auto", "margin": "0 1.2em 0 0"}
SIDE, GAP = 72, 4  # pixels of a face, at least about, and between two
INTERVAL = 600  # milliseconds between two epochs while playing


class EpochScrubber(widgets.VBox):
    """One slider over the epochs of several runs: validation faces, and a row a run."""

    def __init__(self, runs: Sequence[Run], dataset: Dataset) -> None:
        self._runs = runs
        # As many validation faces as runs kept reconstructions of after each epoch.
        self._inputs = dataset.validation.images[: runs[0].samples.shape[1]]
        last = max(len(run.samples) for run in runs) - 1
        self.epoch = widgets.IntSlider(
            last,
            min=0,
            max=last,
            description="epoch",
            style={"description_width": "4em"},
            layout={"width": "36em"},
        )
        # The two are linked in the browser, so playing does not wait for Python.
        play = widgets.Play(value=last, min=0, max=last, interval=INTERVAL)
        widgets.jslink((play, "value"), (self.epoch, "value"))
        self.shown = [
            widgets.Checkbox(True, description=run.version.name, indent=False, layout=CHECK)
            for run in runs
        ]
        # One picture and one list of labels: a message each, however many runs there are.
        self.labels = widgets.HTML(layout={"width": "12em"})
        self.picture = widgets.Image(format="jpeg")
        super().__init__(
            (
                widgets.HTML(parts.STYLE),
                widgets.HBox((play, self.epoch)),
                widgets.Box(self.shown, layout={"flex_flow": "row wrap"}),
                widgets.HBox((self.labels, self.picture), layout={"align_items": "flex-start"}),
            )
        )
        self.add_class("aegan")
        for control in (self.epoch, *self.shown):
            control.observe(self._draw, "value")
        self._draw()

    def _draw(self, _: object = None) -> None:
        # The first row is the input, then come the runs that are ticked; one label a row.
        rows, labels = [self._inputs], [["input"]]
        for run, check in zip(self._runs, self.shown, strict=True):
            if check.value:
                # A run that diverged has fewer epochs: its last one stays in view.
                epoch = min(self.epoch.value, len(run.samples) - 1)
                ended = " (its last)" if epoch < self.epoch.value else ""
                mse = run.epochs["mse"].iloc[epoch]
                # A run may go on from the end of another one, which is its epoch 0.
                start = run.version.start
                begun = f": the finished {start}" if start and epoch == 0 else ""
                rows.append(run.samples[epoch])
                labels.append([run.version.name, f"epoch {epoch}{begun}{ended}", f"mse {mse:.4f}"])
        # Each (n, side, side, 3); enlarged, they may be a little larger or smaller than SIDE.
        faces = [enlarge(row, to=SIDE) for row in rows]
        self.picture.value = parts.encoded(mosaic(faces, GAP))
        self.labels.value = parts.column(labels, faces[0].shape[1] + GAP)
