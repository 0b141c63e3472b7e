"""What the explorers are made of. All of it has a name and can be reached by the keyboard."""

import html
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import ipywidgets as widgets
import numpy as np
from PIL import Image

from aegan_lib.images import enlarge
from aegan_lib.runs import Run

DECADE = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)  # steps of a slider over powers of ten
STYLE = """<style>
.aegan h3 { margin: 0.4em 0 0; font-size: 1em; }
.aegan p { margin: 0; line-height: 1.4; overflow-wrap: anywhere; }
.aegan .widget-html-content { line-height: 1.4; }
.aegan table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.aegan td, .aegan th { padding: 0.25em 0.8em; text-align: right; }
.aegan td:last-child, .aegan th:last-child, .aegan th:first-child { text-align: left; }
.aegan tr + tr, .aegan tbody tr { border-top: 1px solid var(--jp-border-color2, #ddd); }
.aegan .negative { color: var(--jp-error-color1, #c62828); font-weight: 600; }
.aegan button:focus-visible, .aegan .noUi-handle:focus-visible {
  outline: 3px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px; }
.aegan .aegan-face { padding: 0; color: #fff; font-weight: 700;
  text-shadow: 0 0 3px #000, 0 0 2px #000; border: 3px solid transparent; border-radius: 4px;
  background-size: cover; background-origin: border-box; }
.aegan .aegan-chosen { border-color: var(--jp-brand-color1, #1976d2); }
.aegan .aegan-A { border-color: #2e7d32; }
.aegan .aegan-B { border-color: #c62828; }
.aegan .aegan-C { border-color: #1565c0; }
</style>"""


def sentence(text: str, tag: str = "p") -> widgets.HTML:
    """A widget that says one thing, in plain text."""
    line = widgets.HTML()
    say(line, text, tag)
    return line


def say(line: widgets.HTML, text: str, tag: str = "p") -> None:
    spoken = ' role="status"' if tag == "p" else ""  # a screen reader reads what changes
    line.value = f"<{tag}{spoken}>{html.escape(text)}</{tag}>" if text else ""


@contextmanager
def told(line: widgets.HTML) -> Iterator[None]:
    """Show what goes wrong inside as a sentence in `line`; a traceback would be lost in a log."""
    try:
        # What was said before is no longer true.
        say(line, "")
        yield
    except (OSError, ValueError, KeyError) as error:  # UserError is a ValueError
        say(line, str(error))


def sliders(
    names: Sequence[str], reach: float, label: str = "8em", width: str = "31em"
) -> dict[str, widgets.FloatSlider]:
    """Sliders from -reach to reach that rest at 0, by name.

    All share one layout and one style: the browser gets a third as many widgets to make.
    """
    shared = {
        "style": widgets.SliderStyle(description_width=label),
        "layout": widgets.Layout(width=width),
    }
    return {
        # A step in the text is a column's name, with underscores; + or − shows the way it goes.
        name: widgets.FloatSlider(
            0,
            min=-reach,
            max=reach,
            step=0.1,
            readout_format="+.1f",
            description=name.replace("_", " "),
            **shared,
        )
        for name in names
    }


def log_slider(value: float, low: int, high: int, name: str) -> widgets.SelectionSlider:
    """A slider over round numbers from 10**low to 10**high, ten a decade, and `value` itself.

    ipywidgets' own FloatLogSlider rounds the exponent: it makes 0.005012 of 0.005.
    """
    # From text, 3e-1 is 0.3; 3 * 0.1 would be 0.30000000000000004.
    decades = {float(f"{step}e{power}") for power in range(low, high) for step in DECADE}
    return option_slider(sorted(decades | {10.0**high, float(value)}), float(value), name)


def option_slider(options: Sequence[float], value: float, name: str) -> widgets.SelectionSlider:
    """A slider over numbers that need not be evenly spaced."""
    return widgets.SelectionSlider(
        options=[(f"{option:g}", option) for option in options],
        value=value,
        description=name,
        style={"description_width": "4em"},
        layout={"width": "29em"},
    )


class RunChoice(widgets.Dropdown):
    """Which of several runs is looked at."""

    def __init__(self, runs: Sequence[Run], changed: Callable[[], None], first: str = "") -> None:
        # By name, which is why the runs are of one version each.
        self._runs = {run.version.name: run for run in runs}
        super().__init__(
            options=list(self._runs),
            value=first or runs[0].version.name,
            description="run",
            style={"description_width": "auto"},
            layout={"width": "16em"},
        )
        # A widget's own event has details that nobody here needs.
        self.observe(lambda _: changed(), "value")

    @property
    def run(self) -> Run:
        return self._runs[self.value]


def button(name: str, hint: str, press: Callable[[], None]) -> widgets.Button:
    # As wide as its text, which the usual width would cut off.
    made = widgets.Button(description=name, tooltip=hint, layout={"width": "auto"})
    made.on_click(lambda _: press())
    return made


def column(labels: Sequence[Sequence[str]], height: int) -> str:
    """Labels of several lines below each other, the first line bold, one every `height` pixels."""
    cells = [
        f'<div style="height:{height}px"><b>{html.escape(first)}</b>'
        + "".join(f"<br>{html.escape(line)}" for line in others)
        + "</div>"
        for first, *others in labels
    ]
    return "".join(cells)


def encoded(pixels: np.ndarray) -> bytes:
    """(h, w, 3) uint8 as a JPEG of high quality: 50 times faster to make than a PNG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue()


class Picture(widgets.VBox):
    """A face with a title above and what the probe reads below.

    The two stand for an alternative text, which ipywidgets' Image cannot have; with a tooltip it
    fails to be drawn at all (8.1.9).
    """

    def __init__(self, title: str, side: int = 200) -> None:
        # What is shown, kept for saving: a single black pixel before the first picture.
        self.pixels = np.zeros((1, 1, 3), np.uint8)
        self.image = widgets.Image(
            format="jpeg", layout={"width": f"{side}px", "height": f"{side}px"}
        )
        self.caption = widgets.HTML()
        self._side = side
        super().__init__((sentence(title, "h3"), self.image, self.caption))
        # Room for the caption to wrap below, and for a gap between pictures.
        self.layout.width = f"{side + 16}px"

    def show(self, face: np.ndarray, caption: str = "") -> None:
        """Show `face`, (h, w, 3) uint8."""
        self.pixels = face
        self.image.layout.visibility = "visible"
        # (h, w, 3) as a batch of one and back; enlarged here, so that browsers need not.
        self.image.value = encoded(enlarge(face[None], to=self._side)[0])
        say(self.caption, caption, "span")

    @property
    def hidden(self) -> bool:
        return self.image.layout.visibility == "hidden"

    def hide(self) -> None:
        """Show nothing, and keep the place."""
        self.image.layout.visibility = "hidden"
        say(self.caption, "")


class Fold(widgets.VBox):
    """What is made when it is first asked for, below a button that shows and hides it.

    It scrolls by itself, so that the pictures above stay in sight.
    An Accordion would say the same, but its header cannot be reached by the keyboard.
    """

    def __init__(self, name: str, make: Callable[[], widgets.Widget]) -> None:
        self.toggle = widgets.ToggleButton(
            description=name,
            tooltip=f"Show or hide {name}",
            icon="caret-down",
            layout={"width": "auto"},
        )
        # Open at a fixed height, so that a hundred sliders do not push the rest out of sight.
        self._make = make
        self._content = widgets.VBox(layout={"max_height": "17em", "overflow": "hidden auto"})
        super().__init__((self.toggle, self._content), layout={"align_items": "flex-start"})
        self.toggle.observe(lambda change: self._show(change["new"]), "value")

    def _show(self, wanted: bool) -> None:
        # Made at the first opening and kept after that: sliders remember where they were.
        if wanted and not self._content.children:
            self._content.children = (self._make(),)
        self._content.layout.display = "" if wanted else "none"
