"""Runs that were trained elsewhere: whether all are there, and what a further one will take."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from aegan_lib.dataset import Dataset
from aegan_lib.errors import UserError
from aegan_lib.pipeline.request import Request
from aegan_lib.runs import OlderRunError, Run, find_run
from aegan_lib.training import run_settings
from aegan_lib.versions import VERSIONS

# Of what a run is known by, in a reader's words.
PARTS = {
    "dataset": "the data",
    "code": "the training's code",
    "version_code": "the version's own code",
    "version": "the version's settings",
    "profile": "the profile",
    "seed": "the seed",
    "backend": "the backend",
    "start": "the run that it starts from",
    "reference": "the run that it is measured by",
}
MARGIN = 2  # times what earlier runs took at most: another machine may be slower
AROUND = 120  # seconds of a job beside its training: imports, compilation, metrics
UNKNOWN = {
    "smoke": (60, 1500),
    "quick": (600, 1500),
    "small": (6_000, 3000),
    "full": (86_400, 6000),
}
"""Guesses, where no earlier run can tell: seconds of training and MiB of memory. A job that ends at
its time limit goes on from its checkpoint at the next attempt."""


def require_all(request: Request, dataset: Dataset) -> None:
    """Find every run of `request` there, finished, and trained as it would be today.

    Raises:
        UserError: some are missing, or are of other code or data; all of them are named.
    """
    wrong = []
    for version, seed in request.runs:
        try:
            run = find_run(request.run_folder(version, seed))
        except OlderRunError:
            differs = "of older code"
        else:
            wanted = run_settings(VERSIONS[version], dataset, seed)
            differs = _differs(run, wanted) if run else "missing"
        if differs:
            wrong.append(f"{version} seed {seed}: {differs}")
    if wrong:
        listed = "\n".join(f"  {line}" for line in wrong)
        raise UserError(
            f"Nothing was to be trained, and {len(wrong)} of {len(request.runs)} runs cannot be "
            f"used. Expected in {request.folder}: finished runs of today's code and these images. "
            f"Received:\n{listed}\nCopy them there from where they were trained by this code, or "
            "leave out --gathered, and they are trained here."
        )


def _differs(run: Run, wanted: Mapping[str, Any]) -> str:
    # Whatever else a record may hold in time is named as it is.
    parts = {name: name for name in wanted} | PARTS
    other = [parts[name] for name in parts if run.settings.get(name) != wanted.get(name)]
    return f"of another state of {' and '.join(other)}" if other else ""


def needed(profile: str, backend: str, reports: Path) -> tuple[int, int]:
    """Minutes and MiB to ask for, of a scheduler say, for one run of `profile` and `backend`.

    Twice what earlier runs in the folder `reports` took at most, as their records tell, and where
    there are none a guess.
    """
    earlier = list(_earlier(profile, backend, reports))
    seconds, memory = UNKNOWN[profile]
    if earlier:
        seconds = max(run.provenance["seconds"] for run in earlier)
    if known := [run.provenance["memory"] for run in earlier if "memory" in run.provenance]:
        memory = max(known)
    return -(-int(MARGIN * (seconds + AROUND)) // 60), int(MARGIN * memory)


def _earlier(profile: str, backend: str, reports: Path) -> Iterable[Run]:
    for record in reports.glob("*/*/seed-*/run.json"):
        try:
            run = find_run(record.parent)
        except UserError:  # damaged, or of older code: it tells nothing
            continue
        if run and run.profile.name == profile and run.settings.get("backend") == backend:
            yield run
