"""How every run that was asked for ended, and what those that did not finish said last."""

import os
from collections.abc import Sequence
from pathlib import Path

import nbformat
import pandas as pd
from nbconvert.filters import strip_ansi

from aegan_lib.arrays import UnreadableError, open_regular
from aegan_lib.runs import LINE, Run, find_run

LINES = 15  # of a failed run's log that are shown
BATCHES = 5  # at the end of its history


def outcomes(
    folder: Path, names: Sequence[str], seeds: Sequence[int], digest: str
) -> tuple[list[Run], pd.DataFrame]:
    """The finished runs in a report's folder, and how every run that was asked for ended.

    A run on data of another `digest` than the report's is none of its runs.
    """
    finished, rows = [], []
    for name in names:
        for seed in seeds:
            executed = folder / "notebooks" / f"{name}-seed-{seed}.ipynb"
            # Told from the executed notebook: it is there even where training died without a word.
            failure, log = "not executed", ""
            if executed.exists():
                notebook = nbformat.read(executed, as_version=4)
                failure, log = notebook.metadata["aegan"]["failure"], _last_words(notebook)
            place = folder / name / f"seed-{seed}"
            # Beside a failed notebook may lie an older run, which nobody asked for.
            run = None if failure else find_run(place)
            if run and run.settings["dataset"]["digest"] != digest:
                run, failure = None, "trained on other data"
            if run:
                finished.append(run)
            if not run or run.diverged:
                # How the losses went at the end, since an overflow is seen coming there.
                log = "\n\n".join(filter(None, [log, _last_batches(place / "history.csv")]))
            rows.append((name, seed, run.outcome if run else f"failed: {failure}", log))
    return finished, pd.DataFrame(rows, columns=["version", "seed", "outcome", "log"])


def _last_words(notebook: nbformat.NotebookNode) -> str:
    """What an executed notebook printed last: its error, or whatever came before a kernel died."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    # Errors, or printed text: what a cell results in says nothing about how it ended.
    errors = ["\n".join(o.traceback) for o in outputs if o.output_type == "error"]
    printed = [o.text for o in outputs if o.output_type == "stream"]
    last = (errors or printed or [""])[-1]
    return "\n".join(strip_ansi(last).splitlines()[-LINES:])


def _last_batches(path: Path) -> str:
    """The end of a run's history, if it has one."""
    # Read as text: the last line of a run that died may be half a row. Only its two ends, and no
    # link or pipe: the folder may be a stranger's.
    try:
        with open_regular(path) as file:
            header = file.readline(LINE).decode(errors="replace").rstrip()
            file.seek(max(file.tell(), os.fstat(file.fileno()).st_size - (BATCHES + 1) * LINE))
            batches = file.read((BATCHES + 1) * LINE).decode(errors="replace").splitlines()
    except (OSError, UnreadableError):
        return ""
    return "\n".join([header, *batches[-BATCHES:]]) if batches else ""
