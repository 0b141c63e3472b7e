"""A face and its code: sliders add steps to the code, and the decoder draws what it becomes."""

from collections.abc import Sequence
from pathlib import Path

import ipywidgets as widgets

from aegan_lib.dataset import Split
from aegan_lib.evaluation.directions import movable
from aegan_lib.evaluation.probe import Probe
from aegan_lib.runs import Run
from aegan_lib.widgets import parts
from aegan_lib.widgets.bench import (
    DIRECTIONS,
    Bench,
    Benches,
    Reader,
    coordinate_names,
    direction_names,
)
from aegan_lib.widgets.saving import save_picture
from aegan_lib.widgets.strip import FaceStrip

# Attributes that have a slider from the start, if the dataset has them; the rest wait in a fold.
FIRST = (
    "Smiling",
    "Male",
    "Eyeglasses",
    "Blond_Hair",
    "Bangs",
    "Pale_Skin",
    "Mustache",
    "Wavy_Hair",
)
FACES = 16  # to choose from
MEAN_DIFFERENCES, DEVIATIONS = 2, 3  # how far sliders go


class FaceEditor(widgets.VBox):
    """Input, reconstruction and edited face of one run, above sliders that edit its code.

    Arguments:
        runs: those to choose from, one of each version.
        benches: with the faces: test faces are edited, training faces give the directions.
        probe: reads the pictures, if there is one.
        folder: where saved pictures go.
    """

    def __init__(
        self, runs: Sequence[Run], benches: Benches, probe: Probe | None, folder: Path
    ) -> None:
        # Only as many test faces as a strip has room for; the bench knows codes for more.
        self._benches, self._read, self._folder = benches, Reader(probe), folder
        test = benches.dataset.test
        self._shown = Split(test.images[:FACES], test.attributes[:FACES])
        self._face = 0  # counted among those shown
        self._held = False  # whether sliders move without drawing
        self.sliders: dict[str, widgets.FloatSlider] = {}

        # Another run draws the same face and keeps the sliders: that is how runs are compared.
        self.choice = parts.RunChoice(runs, lambda: self.choose(self._face))
        self.strip = FaceStrip(self._shown, self.choose)
        # Side by side: the input, what the run makes of it, and what the sliders make of that.
        self.input = parts.Picture("input")
        self.reconstruction = parts.Picture("reconstruction")
        self.edited = parts.Picture("edited")
        self.reset = parts.button("Reset", "Every slider back to 0", self._reset)
        self.save = parts.button("Save picture", "Write the three faces to a file", self._save)
        self.line = parts.sentence("")
        buttons = widgets.VBox((self.reset, self.save, self.line), layout={"width": "14em"})
        pictures = (self.input, self.reconstruction, self.edited, buttons)
        super().__init__(
            (
                widgets.HTML(parts.STYLE),
                self.choice,
                self.strip,
                widgets.Box(pictures, layout={"flex_flow": "row wrap"}),
                *self._controls(runs[0].profile.latent_dim),
            )
        )
        self.add_class("aegan")
        self.choose(0)

    def _controls(self, dimensions: int) -> tuple[widgets.Widget, ...]:
        """Two columns of sliders, and folds for the many others."""
        # Only attributes that some faces have and some lack have a direction.
        names = movable(self._benches.dataset.train)
        first = [name for name in FIRST if name in names] or names[: len(FIRST)]
        rest = [name for name in names if name not in first]
        directions = direction_names(min(DIRECTIONS, dimensions))
        # Some sliders are always in sight; the many others are made when their fold is opened.
        columns = {
            "Attributes, in mean differences": self._add(first, MEAN_DIFFERENCES),
            "Principal directions, in standard deviations": self._add(directions, DEVIATIONS),
        }
        titled = [widgets.VBox((parts.sentence(t, "h3"), box)) for t, box in columns.items()]
        self.more = parts.Fold(
            f"{len(rest)} more attributes", lambda: self._add(rest, MEAN_DIFFERENCES, "12em")
        )
        self.coordinates = parts.Fold(
            f"all {dimensions} coordinates, in standard deviations",
            lambda: self._add(coordinate_names(dimensions), DEVIATIONS, "3em", "20em"),
        )
        return widgets.HBox(titled), self.more, self.coordinates

    def choose(self, face: int) -> None:
        """Work on test face number `face`, counted from 0; the sliders stay where they are."""
        # The mark moves, then the pictures follow from left to right.
        self.strip.mark(self._face, "")
        self.strip.mark(face, "chosen")
        self._face = face
        self.input.show(self._shown.images[face], self._read(self._shown.images[face]))
        with parts.told(self.line):
            # A run that cannot draw this face must not leave another run's picture of it.
            for picture in (self.reconstruction, self.edited):
                picture.hide()
            plain = self._bench.decode(self._bench.codes[face])
            self.reconstruction.show(plain, self._read(plain))
            self._edit()

    @property
    def _bench(self) -> Bench:
        return self._benches[self.choice.run]

    def _moved(self) -> dict[str, float]:
        return {name: slider.value for name, slider in self.sliders.items() if slider.value}

    def _edit(self, _: object = None) -> None:
        """Draw the edited face; called by every movement of a slider."""
        # Sliders are being reset one by one, and all is drawn after the last of them.
        if self._held:
            return
        with parts.told(self.line):
            bench = self._bench
            # Every slider adds its own number of steps, in any order: (latent_dim,).
            z = bench.codes[self._face] + sum(
                value * bench.steps[name] for name, value in self._moved().items()
            )
            face = bench.decode(z)
            self.edited.show(face, self._read(face))
            # A decoder has seen no code out there, so odd faces may come of that alone.
            if beyond := bench.outside(z):
                parts.say(
                    self.line,
                    f"{beyond:.0%} of the coordinates are below 0 or above all known faces",
                )

    def _add(
        self, names: list[str], reach: float, label: str = "8em", width: str = "31em"
    ) -> widgets.Box:
        """Sliders for the steps called `names`, as many beside each other as there is room."""
        # Sliders of a fold that is opened late join the others here.
        made = parts.sliders(names, reach, label, width)
        for slider in made.values():
            slider.observe(self._edit, "value")
        self.sliders |= made
        box = widgets.Box(list(made.values()))
        box.layout.flex_flow, box.layout.max_width = "row wrap", "64em"
        return box

    def _reset(self) -> None:
        self._held = True  # one picture in the end, not one for each slider
        for slider in self.sliders.values():
            slider.value = 0
        self._held = False
        self._edit()

    def _save(self) -> None:
        # A saved picture says which sliders were moved, and how far.
        run = self.choice.run
        name, face = run.version.name, self._face + 1
        moved = ", ".join(f"{step} {value:+.1f}" for step, value in self._moved().items())
        about = f"{name}, seed {run.seed}, test face {face}: {moved or 'as it is'}"
        pictures = (self.input, self.reconstruction, self.edited)
        with parts.told(self.line):
            if self.edited.hidden:
                raise ValueError("Nothing to save: this run has no picture of the face.")
            faces = [one.pixels for one in pictures]
            path = save_picture(self._folder, f"{name}-face-{face}", faces, about)
            parts.say(self.line, f"Saved as {path}")
