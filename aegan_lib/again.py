"""Everything trained again: what was there before stays aside until both can be compared."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from aegan_lib.comparing import compare
from aegan_lib.errors import UserError
from aegan_lib.runs import Run, find_run, run_folder
from aegan_lib.store import file_digest, replacing
from aegan_lib.training import locked

ASIDE = ".before"
COMPARED = "again.csv"
COLUMNS = ["version", "seed", "outcome", "said", "record"]


def put_aside(report: Path, runs: Sequence[tuple[str, int]]) -> None:
    """Move finished runs (version, seed) out of the way, and remove unfinished ones.

    A run that another process is training is waited for, and then is one that was there before.
    """
    for version, seed in runs:
        folder, aside = (run_folder(place, version, seed) for place in (report, report / ASIDE))
        with locked(report, version, seed):
            # Where there is no finished one, what an interrupted retraining put aside stays there.
            if (folder / "run.json").exists():
                shutil.rmtree(aside, ignore_errors=True)
                aside.parent.mkdir(parents=True, exist_ok=True)
                folder.replace(aside)
            shutil.rmtree(folder, ignore_errors=True)


def compare_with_before(report: Path, runs: Sequence[tuple[str, int]]) -> None:
    """Compare what is finished with what was put aside, keep what came of it, and drop the latter.

    One row a run in `again.csv`, with the digest of the record that it is about.
    """
    rows = []
    for version, seed in runs:
        folder, aside = (run_folder(place, version, seed) for place in (report, report / ASIDE))
        if not aside.exists() or not (run := find_run(folder)):
            continue
        try:
            before = find_run(aside)
            assert before
            found = compare(before, run)
            relation = (str(found.outcome), found.said)
        except UserError as error:  # the one before was damaged, or of much older code
            relation = ("not comparable", str(error))
        rows.append((version, seed, *relation, file_digest(folder / "run.json")))
    if not rows:
        return
    table = pd.concat([_read(report), pd.DataFrame(rows, columns=COLUMNS)])
    with replacing(report / COMPARED) as partial:
        table.drop_duplicates(["version", "seed"], keep="last").to_csv(partial, index=False)
    # Only now: up to here they could have been compared once more.
    for version, seed, _, _, _ in rows:
        shutil.rmtree(run_folder(report / ASIDE, version, seed))


def compared(report: Path, runs: Sequence[Run]) -> pd.DataFrame:
    """Of those of `runs` that were trained again: how they relate to those before, a row each."""
    table = _read(report)
    # A row about a run that has been trained once more since says nothing of today's.
    records = {file_digest(run.folder / "run.json") for run in runs}
    return table[table["record"].isin(records)].drop(columns="record")


def _read(report: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(report / COMPARED, keep_default_na=False)[COLUMNS]
    except (OSError, ValueError, KeyError):  # there is none yet
        return pd.DataFrame(columns=COLUMNS)
