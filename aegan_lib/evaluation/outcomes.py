"""How every run that was asked for ended, and what those that did not finish said last."""

from collections.abc import Sequence
from pathlib import Path

import nbformat
import pandas as pd
from nbconvert.filters import strip_ansi

from aegan_lib.runs import Run, find_run

LINES = 15  # of a failed run's log that are shown
BATCHES = 5  # at the end of its history


def outcomes(
    folder: Path, names: Sequence[str], seeds: Sequence[int]
) -> tuple[list[Run], pd.DataFrame]:
    """The finished runs in a report's folder, and how every run that was asked for ended."""
    finished, rows = [], []
    for name in names:
        for seed in seeds:
            executed = folder / "notebooks" / f"{name}-seed-{seed}.ipynb"
            failure, log = "not executed", ""
            if executed.exists():
                notebook = nbformat.read(executed, as_version=4)
                failure, log = notebook.metadata["aegan"]["failure"], _last_words(notebook)
            place = folder / name / f"seed-{seed}"
            run = None if failure else find_run(place)
            if run:
                finished.append(run)
            if not run or run.diverged:
                log = "\n\n".join(filter(None, [log, _last_batches(place / "history.csv")]))
            rows.append((name, seed, run.outcome if run else f"failed: {failure}", log))
    return finished, pd.DataFrame(rows, columns=["version", "seed", "outcome", "log"])


def _last_words(notebook: nbformat.NotebookNode) -> str:
    """What an executed notebook printed last: its error, or whatever came before a kernel died."""
    said = []
    for output in (o for cell in notebook.cells for o in cell.get("outputs", ())):
        if output.output_type == "error":
            said.append("\n".join(output.traceback))
        elif output.output_type == "stream":
            said.append(output.text)
    return "\n".join(strip_ansi("".join(said[-1:])).splitlines()[-LINES:])


def _last_batches(path: Path) -> str:
    """The end of a run's history, if it has one."""
    if not path.exists():
        return ""
    header, *batches = path.read_text().splitlines() or [""]
    return "\n".join([header, *batches[-BATCHES:]]) if batches else ""
