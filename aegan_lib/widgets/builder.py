"""A − B + C by picking faces: the documents' smiling man, and any other sum."""

from collections.abc import Sequence
from pathlib import Path

import ipywidgets as widgets
import numpy as np

from aegan_lib import latent
from aegan_lib.evaluation.probe import Probe
from aegan_lib.runs import Run
from aegan_lib.widgets import parts
from aegan_lib.widgets.bench import Bench, Benches, Reader
from aegan_lib.widgets.saving import save_picture
from aegan_lib.widgets.strip import FaceStrip

GROUP = 3  # faces in each group, as in the documents
SMILING_MAN = {"A": (True, False), "B": (False, False), "C": (False, True)}  # Smiling, Male
CENTRED = {"align_items": "center"}
SIDE = 160


class FaceBuilder(widgets.VBox):
    """Three groups of faces, their mean codes decoded, and the result of the sum.

    Arguments: as of `FaceEditor`.
    """

    def __init__(
        self, runs: Sequence[Run], benches: Benches, probe: Probe | None, folder: Path
    ) -> None:
        # What is worked on: test faces, by group.
        self._benches, self._read, self._folder = benches, Reader(probe), folder
        self._faces = benches.dataset.test
        self.groups: dict[str, list[int]] = {group: [] for group in SMILING_MAN}

        # Controls: which run, which group the next pick joins, the faces, and how far to go.
        self.choice = parts.RunChoice(runs, self._draw)
        self.group = widgets.ToggleButtons(
            options=list(self.groups),
            style={"button_width": "3em"},
            tooltips=[f"The faces picked next join {group}" for group in self.groups],
        )
        joining = parts.sentence("The next picks join")
        self.strip = FaceStrip(self._faces, self.pick)
        self.strength = widgets.FloatSlider(
            1,
            min=0,
            max=2,
            step=0.1,
            description="strength of A − B",
            readout_format=".1f",
            style={"description_width": "9em"},
            layout={"width": "26em"},
        )
        # Pictures: the mean of each group, and the result.
        self.pictures = {group: parts.Picture(f"mean of {group}", SIDE) for group in self.groups}
        self.result = parts.Picture("A − B + C", SIDE)
        self.line = parts.sentence("")
        self.example = parts.button(
            "Smiling women − neutral women + neutral men",
            "The documents' example, three faces a group",
            self.pick_example,
        )
        self.clear = parts.button("Clear", "No face in any group", self._clear)
        self.save = parts.button("Save picture", "Write the four faces to a file", self._save)
        # A row that reads as an equation, its signs beside the middle of the pictures.
        a, b, c = self.pictures.values()
        signs = [parts.sentence(sign, "h3") for sign in "−+="]
        for sign in signs:
            sign.layout.margin = f"{SIDE // 2}px 0.5em 0"
        equation = widgets.HBox((a, signs[0], b, signs[1], c, signs[2], self.result))
        # The example needs attributes to choose by, which photographs may lack.
        buttons = (self.example,) if self._has_example() else ()
        super().__init__(
            (
                widgets.HTML(parts.STYLE),
                self.choice,
                widgets.HBox(
                    (joining, self.group, *buttons, self.clear, self.save), layout=CENTRED
                ),
                self.strip,
                equation,
                self.strength,
                self.line,
            )
        )
        self.add_class("aegan")
        # Observed from here on, so that building the widget does not draw.
        self.strength.observe(self._draw_result, "value")
        if buttons:
            self.pick_example()
        else:
            self._draw()

    def pick(self, face: int) -> None:
        """Put test face `face` into the group in work, or take it out if it is there already."""
        group = self.group.value
        # A face is in one group at most: it leaves its old one, and joins unless that was this one.
        taken_out = face in self.groups[group]
        for members in self.groups.values():
            if face in members:
                members.remove(face)
        if not taken_out:
            self.groups[group].append(face)
        self._mark(face)
        self._draw()

    def pick_example(self) -> None:
        """Smiling women − neutral women + neutral men."""
        smiling, male = (self._faces.attributes[name].to_numpy() for name in ("Smiling", "Male"))
        self.groups = {
            group: np.flatnonzero((smiling == wanted) & (male == man))[:GROUP].tolist()
            for group, (wanted, man) in SMILING_MAN.items()
        }
        self._mark_all()

    def _has_example(self) -> bool:
        return {"Smiling", "Male"} <= set(self._faces.attributes)

    def _clear(self) -> None:
        self.groups = {group: [] for group in self.groups}
        self._mark_all()

    def _mark_all(self) -> None:
        for face in range(len(self._faces.images)):
            self._mark(face)
        self._draw()

    def _mark(self, face: int) -> None:
        # Each group has a colour, and a letter for whoever does not see it.
        kind = next((group for group, members in self.groups.items() if face in members), "")
        self.strip.mark(face, kind, letter=kind)

    @property
    def _bench(self) -> Bench:
        return self._benches[self.choice.run]

    def _draw(self, _: object = None) -> None:
        """Draw everything; called when a group or the run is another one."""
        with parts.told(self.line):
            # A run that cannot draw these faces must not leave another run's pictures of them.
            for picture in (*self.pictures.values(), self.result):
                picture.hide()
            bench = self._bench
            for group, members in self.groups.items():
                if members:
                    # The mean of the group's codes: (k, latent_dim) -> (latent_dim,).
                    face = bench.decode(bench.codes[members].mean(axis=0))
                    self.pictures[group].show(face, self._read(face))
            self._draw_result()

    def _draw_result(self, _: object = None) -> None:
        """Draw the sum alone; called by every movement of the slider."""
        # An empty group has no mean code, and the sum no meaning.
        if empty := [group for group, members in self.groups.items() if not members]:
            self.result.hide()
            parts.say(self.line, f"Pick at least one face for {' and for '.join(empty)}.")
            return
        with parts.told(self.line):
            bench = self._bench
            # Strength 0 is C, 1 is A − B + C, and 2 goes on as far again.
            plus, minus, source = (bench.codes[members] for members in self.groups.values())
            whole, start = latent.arithmetic(plus, minus, source), source.mean(axis=0)
            face = bench.decode(start + self.strength.value * (whole - start))
            self.result.show(face, self._read(face))

    def _save(self) -> None:
        # A saved picture says how to make it again; faces are counted from 1, as in the tooltips.
        run, strength = self.choice.run, self.strength.value
        picked = {g: [face + 1 for face in members] for g, members in self.groups.items()}
        about = f"{run.version.name}, seed {run.seed}, test faces {picked}, strength {strength:.1f}"
        faces = [one.pixels for one in (*self.pictures.values(), self.result)]
        with parts.told(self.line):
            if not all(self.groups.values()):
                raise ValueError("Nothing to save: each of A, B and C needs a face.")
            if self.result.hidden:
                raise ValueError("Nothing to save: this run has no picture of the sum.")
            path = save_picture(self._folder, f"{run.version.name}-sum", faces, about)
            parts.say(self.line, f"Saved as {path}")
