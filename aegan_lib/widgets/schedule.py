"""Version 4's rule for beta, replayed over the losses that a run recorded."""

import io
from collections.abc import Sequence

import ipywidgets as widgets
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from aegan_lib.figures import theme
from aegan_lib.runs import Run
from aegan_lib.schedules import SlopeSchedule, replay
from aegan_lib.widgets import parts

LONGEST = 500  # window, in batches
BETA_RANGE = (1e-9, 30.0)


class ScheduleExplorer(widgets.VBox):
    """Sliders for scale, window and ceiling above beta of every batch."""

    def __init__(self, runs: Sequence[Run]) -> None:
        # The first run that was trained with this rule is shown, and its sliders stand as it was
        # trained; without one, the first run, and the rule's usual numbers.
        own = [run for run in runs if _own_schedule(run)]
        run = own[0] if own else runs[0]
        start = _own_schedule(run) or SlopeSchedule()
        first = run.version.name
        self.choice = parts.RunChoice(runs, self._choose, first)
        # Every whole number is a window, and so is the run's own, however long it is.
        windows = sorted({*range(1, LONGEST + 1), start.window})
        self.scale = parts.log_slider(start.scale, -11, -4, "scale")
        self.window = parts.option_slider(windows, start.window, "window")
        self.ceiling = parts.log_slider(start.ceiling, -4, 1, "ceiling")
        self.picture = widgets.Image(format="png", layout={"width": "800px"})
        self.line = parts.sentence("")
        for slider in (self.scale, self.window, self.ceiling):
            slider.observe(self._draw, "value")
        super().__init__(
            (
                widgets.HTML(parts.STYLE),
                self.choice,
                widgets.HBox((self.scale, self.window)),
                self.ceiling,
                self.picture,
                self.line,
            )
        )
        self.add_class("aegan")
        self._choose()

    @property
    def schedule(self) -> SlopeSchedule:
        return SlopeSchedule(self.scale.value, self.window.value, self.ceiling.value)

    def _choose(self, _: object = None) -> None:
        with parts.told(self.line):
            run = self.choice.run
            # A run of another rule has a β too, but none to compare this one with; and of one that
            # was made small its mse is all that is left.
            beta = run.history.get("beta") if _own_schedule(run) else None
            recorded = None if beta is None else beta.to_numpy()
            # Another run has another number of batches, and so another background.
            self._plot = BetaPlot(len(run.history), recorded)
            self._draw()

    def _draw(self, _: object = None) -> None:
        with parts.told(self.line):
            history = self.choice.run.history
            schedule = self.schedule
            # β follows from the recorded losses alone, and can be replayed. That training would
            # have gone another way with it, this cannot show.
            beta = replay(schedule, {"mse": history["mse"].to_numpy()})
            self.picture.value = self._plot.draw(beta, schedule.ceiling)
            # How often the ceiling acts, and how strong the adversary is beside the reconstruction.
            capped = int((beta == schedule.ceiling).sum())
            said = (
                f"{capped:,} of {len(beta):,} batches ({capped / len(beta):.1%}) at the ceiling. "
                f"Median β {np.median(beta):.2g}"
            )
            if "bce" in history:
                share = (history["bce"] * beta / history["mse"]).median()
                said += f"; in the median batch β·bce is {share:.3g} times mse"
            parts.say(self.line, f"{said}.")


class BetaPlot:
    """Beta over batches. All but the lines is drawn once: a movement draws two lines anew."""

    def __init__(self, batches: int, recorded: np.ndarray | None) -> None:
        figure = Figure(figsize=(8, 2.8), dpi=100, layout="constrained")
        self._canvas = FigureCanvasAgg(figure)
        # What stays: axes, the recorded β and the legend. An "animated" line is left out until it
        # is asked for.
        self._axes = figure.subplots()
        self._axes.set(
            xlabel="batch", ylabel="β", yscale="log", ylim=BETA_RANGE, xlim=(0, max(batches - 1, 1))
        )
        if recorded is not None:
            self._axes.plot(_visible(recorded), color="0.8", linewidth=3, label="recorded")
        (self._beta,) = self._axes.plot(
            np.ones(batches),
            color=theme.BLUE,
            linewidth=0.7,
            label="with these sliders",
            animated=True,
        )
        self._ceiling = self._axes.axhline(
            1,
            color=theme.ORANGE,
            linewidth=1,
            linestyle="--",
            label="ceiling",
            animated=True,
        )
        figure.legend(loc="outside upper right", ncols=3, frameon=False)
        # The background is kept as pixels, and put back before each drawing.
        self._canvas.draw()
        self._background = self._canvas.copy_from_bbox(figure.bbox)

    def draw(self, beta: np.ndarray, ceiling: float) -> bytes:
        """A PNG of beta, (batches,) float; where it is 0 there is no line."""
        self._beta.set_ydata(_visible(beta))
        self._ceiling.set_ydata([ceiling, ceiling])
        self._canvas.restore_region(self._background)
        for line in (self._beta, self._ceiling):
            self._axes.draw_artist(line)
        buffer = io.BytesIO()
        # (h, w, 4) -> (h, w, 3): nothing is transparent.
        pixels = np.asarray(self._canvas.buffer_rgba())[..., :3]
        Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()


def _visible(beta: np.ndarray) -> np.ndarray:
    return np.where(beta > 0, beta, np.nan)


def _own_schedule(run: Run) -> SlopeSchedule | None:
    """The schedule that the run was trained with, if it was this one."""
    beta = run.version.beta
    return beta if isinstance(beta, SlopeSchedule) else None
