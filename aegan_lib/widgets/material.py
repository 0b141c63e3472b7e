"""What there is to play with, found without any training: finished runs, faces, a probe.

A fresh clone has no runs of its own and no prepared data. It then gets the runs that are committed
as an example, and so few faces that they are drawn within seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from aegan_lib.dataset import Dataset
from aegan_lib.errors import UserError
from aegan_lib.evaluation.probe import Probe, find_probe
from aegan_lib.pipeline.request import ALL, of_group, parse
from aegan_lib.runs import Run, find_run, run_folder
from aegan_lib.widgets.bench import Benches
from aegan_lib.widgets.few import few_faces

NO_RUNS = (
    "There are no finished runs here yet: `make report` trains every version, "
    "`make report PROFILE=smoke` does it in miniature."
)


@dataclass(frozen=True)
class Material:
    """What the explorers work with; `notes` say in sentences where it comes from."""

    runs: tuple[Run, ...] = ()
    dataset: Dataset | None = None
    probe: Probe | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def benches(self) -> Benches | None:
        """Shared by all that edits faces, so that each run encodes them once."""
        return Benches(self.dataset) if self.runs and self.dataset else None

    def _repr_markdown_(self) -> str:
        # Markdown lets HTML through, and a note may say what stands in a stranger's folder.
        return "\n".join(f"- {escape(note, quote=False)}" for note in self.notes)


def find_material(
    request: Mapping[str, Any], versions: str, seed: int, example: Path | str
) -> Material:
    """Your own runs of `versions`, or the example's where you have none, with faces and a probe.

    What is missing or damaged is left out and becomes one of the notes, and nothing is raised.

    Arguments:
        request: whose runs, as `make report` is asked: dataset, profile, reports, data, …
        versions: their names, or groups of them, separated by spaces or commas; empty for all
            that are registered.
        seed: which run of each; the example's are of one seed, whichever it is.
        example: a folder with `runs/<version>/seed-<n>/` and `probe/`.
    """
    # The same request as the report's, so that both find the same runs.
    notes: list[str] = []
    try:
        asked = parse(**request)
    except UserError as error:
        return Material(notes=(str(error),))
    words = versions.replace(",", " ").split() or [ALL]
    names = list(dict.fromkeys(name for word in words for name in of_group(word)))
    # Your own runs first; the committed example stands in for them.
    runs, kind = _finished(asked.folder, names, seed, notes), "your own"
    if not runs:
        kept = Path(example) / "runs"
        runs, kind = _finished(kept, names, _seed_of(kept, seed), notes), "the example's"
    if not runs:
        return Material(notes=(*notes, NO_RUNS))
    notes.append(_origin(runs, kind, asked.folder.name))
    # The faces have to be those that the runs were trained on, whatever the request says now.
    size, made_of = runs[0].profile, runs[0].settings["dataset"]
    try:
        dataset, how = few_faces(made_of["name"], size, asked.data, made_of["digest"])
    except UserError as error:
        return Material(runs, notes=(*notes, str(error)))
    notes.append(how)
    # A probe is trained on the data alone, so the example's may serve your own runs.
    places = [asked.probe, Path(example) / "probe"]
    return Material(runs, dataset, _first_probe(places, size.image_size, notes), tuple(notes))


def _finished(
    folder: Path, versions: Sequence[str], seed: int, notes: list[str]
) -> tuple[Run, ...]:
    runs = []
    for version in versions:
        # A damaged run is told and passed over; one that was never trained is not even told.
        try:
            run = find_run(run_folder(folder, version, seed))
        except UserError as error:
            notes.append(str(error))
        else:
            if run:
                runs.append(run)
    return tuple(runs)


def _seed_of(kept: Path, wanted: int) -> int:
    """The one seed that an example's runs have; `wanted` where there are none."""
    seeds = (run.name.removeprefix("seed-") for run in kept.glob("*/seed-*"))
    return next((int(seed) for seed in seeds if seed.isdecimal()), wanted)


def _origin(runs: Sequence[Run], kind: str, wanted: str) -> str:
    # One of them stands for all: runs of one request have the same profile.
    names = ", ".join(f"`{run.version.name}`" for run in runs)
    size = runs[0].profile
    noun = "run" if len(runs) == 1 else "runs"
    found = (
        f"{len(runs)} finished {noun}, {kind}: {names} "
        f"({size.name}: {size.image_size} px, {size.epochs} epochs)."
    )
    own = kind == "your own"
    return found if own else f"{found} Of {wanted} you have none: `make report` trains them."


def _first_probe(folders: Sequence[Path], image_size: int, notes: list[str]) -> Probe | None:
    for folder in folders:
        try:
            # The first that fits the images' size; a damaged one is told, and the next one tried.
            if probe := find_probe(folder, image_size):
                notes.append("A probe that knows real faces alone reads the pictures.")
                return probe
        except UserError as error:
            notes.append(str(error))
    notes.append("There is no probe for these faces, so nobody says who smiles.")
    return None
