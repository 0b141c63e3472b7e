"""Tasks executed, each in a kernel of its own, and what they give kept."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from aegan_lib.backend import cores
from aegan_lib.errors import UserError
from aegan_lib.pipeline.kernels import EXECUTED, run_notebook
from aegan_lib.pipeline.tasks import Task
from aegan_lib.pipeline.workers import Worker
from aegan_lib.profiles import Profile
from aegan_lib.store import replacing

TYPES: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "dict": dict,
}


@dataclass(frozen=True)
class Result:
    """How a task ended: `failure` is empty, or the error in one line.

    And how long it took, in seconds, and how much of that it trained.
    """

    task: Task
    failure: str = ""
    seconds: float = 0
    training: float = 0


def threads_of_a_run(profile: Profile) -> int:
    """How many threads one operation of a run may use: they decide how sums are rounded.

    A function of the profile and not of how many runs go side by side, so that those give the
    same numbers as a run alone.
    """
    # Small networks gain little from a second thread, and several of them fill the cores.
    return 1 if profile.image_size < 80 else cores()


def default_jobs(profile: Profile) -> int:
    """How many runs at a time: one a core, but one in all on a GPU or at the documents' size."""
    # Runs side by side would share one GPU's memory, and at this size one run fills all cores.
    if shutil.which("nvidia-smi") or profile.image_size >= 80:
        return 1
    return min(4, cores())


def thread_variables(threads: int) -> dict[str, str]:
    """What the environment must hold when a backend computes for the first time."""
    return {"TF_NUM_INTRAOP_THREADS": str(threads), "TF_NUM_INTEROP_THREADS": "1"}


def start(task: Task, threads: int) -> Worker:
    """Execute a notebook in a process and a kernel of its own; `keep` what it leaves then.

    Raises:
        UserError: there is no place for the kernel's sockets.
    """
    return Worker(run_notebook, task.notebook, task.parameters, thread_variables(threads))


def keep(task: Task, place: Path, failure: str, asked: list[Any]) -> Result:
    """Move the notebook that was executed in `place` to where it belongs.

    One that failed is kept too, with its error, but never counts as fresh. Nor does one whose
    source or inputs are others by now than those that it was `asked` by: it may have read either.
    """
    # A kernel that never started left nothing, and a process that was killed perhaps half a file:
    # the source stands in, for a page to be made.
    try:
        executed = nbformat.read(place / EXECUTED, as_version=4)
    except (OSError, ValueError):
        executed = nbformat.read(task.notebook, as_version=4)
    executed.metadata["aegan"] = {"title": task.title, "failure": failure}
    # Without a stamp it is not fresh, and is executed again next time.
    if not failure and task.asked() == asked:
        executed.metadata["aegan"] |= task.stamp()
    with replacing(task.output) as moving:
        nbformat.write(executed, moving)
    return Result(task, failure)


def check_parameters(notebook: Path, parameters: dict[str, Any]) -> None:
    """Refuse parameters that `notebook` does not have, or of another type; papermill only warns.

    Raises:
        UserError: with the list of known parameters.
    """
    import papermill

    # What the notebook's own parameters cell declares, with the types that papermill reads there.
    known = papermill.inspect_notebook(str(notebook))
    listing = ", ".join(f"{name}: {entry['inferred_type_name']}" for name, entry in known.items())
    for name, value in parameters.items():
        if name not in known:
            raise UserError(
                f"Unknown parameter of {notebook.name}. Expected one of: {listing}. "
                f"Received: {name!r}."
            )
        expected = known[name]["inferred_type_name"]
        # In Python True is an int as well; in a notebook that expects a number it is a mistake.
        allowed = TYPES.get(expected, object)
        if not isinstance(value, allowed) or (isinstance(value, bool) and expected != "bool"):
            raise UserError(
                f"Parameter {name} of {notebook.name} must be of type {expected}. "
                f"Received: {value!r}, a {type(value).__name__}."
            )
