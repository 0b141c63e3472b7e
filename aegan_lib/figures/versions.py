"""The same faces through every version."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from aegan_lib.dataset import Split
from aegan_lib.figures.showing import labelled_rows, show
from aegan_lib.runs import Run


def versions_side_by_side(runs: Sequence[Run], split: Split, each: int = 10) -> None:
    """The same test faces through every version."""
    names = ", ".join(run.version.name for run in runs)
    count = min(each, len(split.images))
    show(
        versions_figure(runs, split, each),
        alt=f"{count} test faces and, a row a version, their reconstructions: {names}.",
        caption="The same test faces through every version.",
    )


def versions_figure(runs: Sequence[Run], split: Split, each: int = 10) -> Figure:
    images = split.images[:each]  # (n, h, w, 3)
    return labelled_rows(
        {"input": images} | {run.version.name: run.reconstruct(images) for run in runs}
    )
