"""Notebooks through papermill, one kernel each."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nbformat

from aegan_lib.backend import cores
from aegan_lib.errors import UserError
from aegan_lib.pipeline.tasks import Task
from aegan_lib.profiles import Profile
from aegan_lib.store import replacing

# How long the path of a folder may be that holds a kernel's sockets: macOS allows a socket's own
# path 103 bytes, of which the folder's random name and the socket's take 30.
LONGEST = 73
PLACES = ("/tmp", "/var/tmp", "/dev/shm")  # where to go if TMPDIR is longer
# What somebody sets for other notebooks, plots and NumPys than ours begins like this.
FOREIGN = (
    "JUPYTER",
    "IPYTHON",
    "MPLBACKEND",
    "MATPLOTLIBRC",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
    "TF_CPP_",
    "NPY_",
    "OPENBLAS_CORETYPE",
)
PATIENCE = 300  # seconds for a kernel to start or to answer, on a machine with much other work
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


def execute(task: Task, threads: int) -> Result:
    """Execute one notebook in a kernel of its own and move the result into place.

    A notebook that fails is kept too, with its error, but never counts as fresh.

    Raises:
        UserError: there is no place for the kernel's sockets.
    """
    import papermill

    notebook = nbformat.read(task.notebook, as_version=4)
    # All that the kernel needs while it runs lies in one folder, which goes when it is done.
    with _place() as place, _environment(place, threads), _manager(place) as manager:
        partial = place / "executed.ipynb"
        failure = ""
        try:
            papermill.execute_notebook(
                notebook,
                str(partial),
                task.parameters,
                kernel_name="python3",
                cwd=str(task.notebook.parent),
                progress_bar=False,
                kernel_manager_class=manager,
                start_timeout=PATIENCE,
                iopub_timeout=PATIENCE,
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


@contextmanager
def _place() -> Iterator[Path]:
    """A new folder with a path that is short enough for sockets."""
    usual = tempfile.gettempdir()
    for folder in (usual, *PLACES):
        if len(os.fsencode(folder)) > LONGEST:
            continue
        # Tried out, since permissions do not tell of a disk that is full or read-only.
        try:
            made = tempfile.TemporaryDirectory(prefix="aegan-", dir=folder)
        except OSError:
            continue
        with made as place:
            yield Path(place)
        return
    raise UserError(
        "A kernel cannot be started: there is no place for its sockets. Expected: a folder that "
        f"can be written, with a path of at most {LONGEST} bytes, as TMPDIR or one of "
        f"{', '.join(PLACES)}. Received: {usual!r}. Set TMPDIR to a shorter path."
    )


@contextmanager
def _environment(place: Path, threads: int) -> Iterator[None]:
    """Only what is ours, while a kernel is started: its interpreter, settings and threads."""
    _write_settings(place)
    jupyter = str(place / "jupyter")
    own = {
        "JUPYTER_PATH": jupyter,
        "JUPYTER_DATA_DIR": jupyter,
        "JUPYTER_CONFIG_DIR": jupyter,
        "JUPYTER_RUNTIME_DIR": jupyter,
        "IPYTHONDIR": str(place),
        "MATPLOTLIBRC": str(place / "matplotlibrc"),
        # What TensorFlow logs in a cell would stand on the page, unless it is an error.
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **thread_variables(threads),
    }
    # Put back afterwards: whoever calls this may have other uses for it.
    before = dict(os.environ)
    try:
        for name in before:
            if name.startswith(FOREIGN):
                del os.environ[name]
        os.environ |= own
        yield
    finally:
        os.environ.clear()
        os.environ |= before


def _write_settings(place: Path) -> None:
    """The files that a kernel would otherwise look for among the user's own."""
    # Whatever kernels somebody has installed: ours is this interpreter. Libraries' warnings are
    # meant for programmers, and would stand on the page.
    options = ["-W", "ignore", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel = {"argv": [sys.executable, *options], "display_name": "Python 3", "language": "python"}
    # A kernel that is told to end logs the interruption as an error.
    quiet = {"IPKernelApp": {"log_level": 50}}
    files = {
        "jupyter/kernels/python3/kernel.json": json.dumps(kernel),
        "profile_default/ipython_kernel_config.json": json.dumps(quiet),
        "matplotlibrc": "",
    }
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(content)


@contextmanager
def _manager(place: Path) -> Iterator[type]:
    """The class of this kernel's manager; all its sockets are closed in the end."""
    import zmq.asyncio
    from jupyter_client.manager import AsyncKernelManager
    from traitlets import default

    context = zmq.asyncio.Context()

    class Manager(AsyncKernelManager):
        # Kernels started side by side would race for TCP ports: files cannot collide.
        @default("transport")
        def _transport(self) -> str:
            return "ipc"

        @default("connection_file")
        def _connection_file(self) -> str:
            return str(place / "kernel.json")

        @default("context")
        def _context(self) -> zmq.asyncio.Context:
            return context

    # After a failed start sockets are left open, and a context that Python throws away with open
    # sockets waits for them for ever.
    try:
        yield Manager
    finally:
        context.destroy(linger=0)


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
