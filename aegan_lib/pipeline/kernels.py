"""A notebook through papermill, in a kernel of its own that is started from nothing but ours.

Nothing here loads a backend: the process that waits for a kernel stays small.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aegan_lib.errors import DISK, UserError

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
LONGEST_ERROR = 1000  # signs
EXECUTED, CONNECTION = "executed.ipynb", "kernel.json"  # files in the folder of a kernel
MEMORY = "perhaps for want of memory"
GOES_ON = "`make report` goes on from there"


def run_notebook(
    place: Path, notebook: Path, parameters: dict[str, Any], variables: dict[str, str]
) -> str:
    """Execute a notebook and leave it in `place`, from `new_place`; the error in one line, or "".

    Arguments:
        variables: what the environment of its kernel holds besides.
    """
    import nbformat
    import papermill
    from nbclient.exceptions import DeadKernelError

    # All that the kernel needs while it runs lies in one folder, which goes when it is done.
    with _environment(place, variables), _manager(place) as manager:
        try:
            papermill.execute_notebook(
                nbformat.read(notebook, as_version=4),
                str(place / EXECUTED),
                parameters,
                kernel_name="python3",
                cwd=str(notebook.parent),
                progress_bar=False,
                kernel_manager_class=manager,
                start_timeout=PATIENCE,
                iopub_timeout=PATIENCE,
                # All that it made is on the disk by then, and to end in peace takes it seconds.
                shutdown_kernel="immediate",
            )
        except papermill.PapermillExecutionError as error:
            # One line, for the person who waits; the notebook itself keeps the whole traceback.
            failure = one_line(f"{error.ename}: {error.evalue}")
            full = any(error.evalue.startswith(f"[Errno {number}]") for number in DISK)
            return f"{failure}; make room, and {GOES_ON}" if full else failure
        except DeadKernelError:
            return f"its kernel ended, {MEMORY}; {GOES_ON}"
        except Exception as error:  # whatever else, it must not take the other runs with it
            return one_line(f"{type(error).__name__}: {error}")
    return ""


def one_line(text: str) -> str:
    """The first line of an error, short enough for the pipe that it comes through."""
    return text.splitlines()[0][:LONGEST_ERROR]


def new_place() -> tempfile.TemporaryDirectory[str]:
    """A new folder with a path that is short enough for a kernel's sockets.

    Raises:
        UserError: there is none.
    """
    usual = tempfile.gettempdir()
    for folder in (usual, *PLACES):
        # Tried out, since permissions do not tell of a disk that is full or read-only.
        if len(os.fsencode(folder)) <= LONGEST:
            with suppress(OSError):
                return tempfile.TemporaryDirectory(
                    prefix="aegan-", dir=folder, ignore_cleanup_errors=True
                )
    raise UserError(
        "A kernel cannot be started: there is no place for its sockets. Expected: a folder that "
        f"can be written, with a path of at most {LONGEST} bytes, as TMPDIR or one of "
        f"{', '.join(PLACES)}. Received: {usual!r}. Set TMPDIR to a shorter path."
    )


@contextmanager
def _environment(place: Path, variables: dict[str, str]) -> Iterator[None]:
    """Only what is ours, while a kernel is started: its interpreter, settings and variables."""
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
        **variables,
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
            return str(place / CONNECTION)

        @default("context")
        def _context(self) -> zmq.asyncio.Context:
            return context

    # After a failed start sockets are left open, and a context that Python throws away with open
    # sockets waits for them for ever.
    try:
        yield Manager
    finally:
        context.destroy(linger=0)
