"""Notebooks through papermill, one kernel each."""

import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nbformat

from aegan_lib.errors import UserError
from aegan_lib.pipeline.tasks import Task
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
    """How a task ended: `failure` is empty, or the error in one line."""

    task: Task
    failure: str = ""


def execute(task: Task, threads: int) -> Result:
    """Execute one notebook in a kernel of its own and move the result into place.

    A notebook that fails is kept too, with its error, but never counts as fresh.
    """
    import papermill
    from traitlets.config import Config

    notebook = nbformat.read(task.notebook, as_version=4)
    # All that the kernel needs while it runs lies in one folder, which goes when it is done.
    with tempfile.TemporaryDirectory(prefix="aegan-") as place:
        # Kernels started side by side would race for TCP ports: files cannot collide.
        manager = {"transport": "ipc", "connection_file": f"{place}/kernel.json"}
        os.environ |= {
            "IPYTHONDIR": place,
            # Several kernels at a time share the cores; this environment is the worker's alone.
            "TF_NUM_INTRAOP_THREADS": str(threads),
            "TF_NUM_INTEROP_THREADS": "1",
        }
        # A kernel that is told to end logs the interruption as an error.
        quiet = Path(place) / "profile_default" / "ipython_kernel_config.json"
        quiet.parent.mkdir()
        quiet.write_text('{"IPKernelApp": {"log_level": 50}}')
        partial = Path(place) / "executed.ipynb"
        failure = ""
        try:
            papermill.execute_notebook(
                notebook,
                str(partial),
                task.parameters,
                kernel_name="python3",
                cwd=str(task.notebook.parent),
                progress_bar=False,
                config=Config({"KernelManager": manager}),
            )
        except papermill.PapermillExecutionError as error:
            # One line, for the person who waits; the notebook itself keeps the whole traceback.
            failure = f"{error.ename}: {error.evalue}".splitlines()[0]
        except Exception as error:  # a kernel that died must not take the other runs with it
            failure = f"{type(error).__name__}: {error}".splitlines()[0]
        # A kernel that never started left nothing: the source stands in, for a page to be made.
        executed = nbformat.read(partial if partial.exists() else task.notebook, as_version=4)
    executed.metadata["aegan"] = {"title": task.title, "failure": failure}
    # Without a key it is not fresh, and is executed again next time. The inputs' digests are taken
    # only now, since some of these files are made by the notebook itself.
    if not failure:
        executed.metadata["aegan"] |= {"key": task.key, "inputs": task.input_digests()}
    with replacing(task.output) as moving:
        nbformat.write(executed, moving)
    return Result(task, failure)


def pool(jobs: int) -> ProcessPoolExecutor:
    # Fresh processes: a forked one would inherit this one's threads and event loops.
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))


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
