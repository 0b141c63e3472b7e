"""Explorers for JupyterLab, one call each; nothing else in this library imports ipywidgets.

A call without finished runs gives a sentence that says how to make some.
"""

from pathlib import Path

import ipywidgets

from aegan_lib.evaluation.frontier import swept
from aegan_lib.widgets.builder import FaceBuilder
from aegan_lib.widgets.editor import FaceEditor
from aegan_lib.widgets.epochs import EpochScrubber
from aegan_lib.widgets.loss_table import LossExplorer, loss_values
from aegan_lib.widgets.material import NO_RUNS, Material, find_material
from aegan_lib.widgets.parts import sentence
from aegan_lib.widgets.schedule import ScheduleExplorer
from aegan_lib.widgets.weighing import Weighing

__all__ = [
    "EpochScrubber",
    "FaceBuilder",
    "FaceEditor",
    "LossExplorer",
    "Material",
    "ScheduleExplorer",
    "Weighing",
    "epoch_scrubber",
    "face_builder",
    "face_editor",
    "find_material",
    "loss_explorer",
    "loss_values",
    "schedule_explorer",
    "weighing",
]

NO_FACES = "There are finished runs, but no faces to show them; the notes above say why."


NO_SWEEP = (
    'There is no run of a fixed weight here: `make report VERSIONS="frontier rules"` with the '
    "same seed trains them all."
)


def weighing(material: Material) -> ipywidgets.Widget:
    """The weight of the adversary as a slider, over the runs that were trained with it."""
    if not material.runs or material.dataset is None:
        return _missing(material)
    if not any(run.version.name in swept() for run in material.runs):
        return sentence(NO_SWEEP)
    return Weighing(material.runs, material.dataset)


def face_editor(material: Material, pictures: Path | str) -> ipywidgets.Widget:
    """Edit a face by its code; saved pictures go to the folder `pictures`."""
    if material.benches is None:
        return _missing(material)
    return FaceEditor(material.runs, material.benches, material.probe, Path(pictures))


def face_builder(material: Material, pictures: Path | str) -> ipywidgets.Widget:
    """A − B + C of picked faces; saved pictures go to the folder `pictures`."""
    if material.benches is None:
        return _missing(material)
    return FaceBuilder(material.runs, material.benches, material.probe, Path(pictures))


def loss_explorer() -> ipywidgets.Widget:
    """Every loss variant at one point; needs no run."""
    return LossExplorer()


def schedule_explorer(material: Material) -> ipywidgets.Widget:
    """Version 4's beta over the losses that a run recorded."""
    return ScheduleExplorer(material.runs) if material.runs else sentence(NO_RUNS)


def epoch_scrubber(material: Material) -> ipywidgets.Widget:
    """What every run made of the same faces, epoch by epoch."""
    if not material.runs or material.dataset is None:
        return _missing(material)
    return EpochScrubber(material.runs, material.dataset)


def _missing(material: Material) -> ipywidgets.Widget:
    """Why there is nothing to work on, in a sentence."""
    return sentence(NO_FACES if material.runs else NO_RUNS)
