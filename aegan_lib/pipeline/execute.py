"""Notebooks through papermill: one kernel each, several at a time, and only those that changed."""

import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nbformat

from aegan_lib.errors import UserError
from aegan_lib.store import file_digest, json_digest

REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOKS = REPOSITORY / "notebooks"
TYPES: dict[str, Any] = {"str": str, "int": int, "float": (int, float), "bool": bool}


@dataclass(frozen=True)
class Task:
    """One notebook to be executed.

    Arguments:
        title: what a person calls it, on the line that reports it.
        notebook: the source, without outputs.
        output: where the executed notebook goes.
        parameters: values for its parameters cell.
        inputs: files that it reads; when one has changed, the notebook is executed again.
    """

    title: str
    notebook: Path
    output: Path
    parameters: dict[str, Any]
    inputs: tuple[Path, ...] = ()

    @property
    def key(self) -> str:
        """Digest of what decides its outputs, beside the files that it reads."""
        source = nbformat.read(self.notebook, as_version=4)
        cells = [(cell.cell_type, cell.source, cell.metadata) for cell in source.cells]
        return json_digest([cells, self.parameters, library_digest(), installed_packages()])

    def is_fresh(self) -> bool:
        """Whether the executed notebook is there and would come out the same again."""
        if not self.output.exists():
            return False
        try:
            made = nbformat.read(self.output, as_version=4).metadata.get("aegan", {})
        except (OSError, ValueError, nbformat.reader.NotJSONError):
            return False
        return made.get("key") == self.key and made.get("inputs") == self.input_digests()

    def input_digests(self) -> dict[str, str]:
        return {
            path.name + "@" + path.parent.name: file_digest(path)
            for path in self.inputs
            if path.exists()
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
    with tempfile.TemporaryDirectory(prefix="aegan-") as place:
        # Kernels started side by side would race for TCP ports: files cannot collide.
        manager = {"transport": "ipc", "connection_file": f"{place}/kernel.json"}
        os.environ |= {
            "IPYTHONDIR": place,
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
            failure = f"{error.ename}: {error.evalue}".splitlines()[0]
        except Exception as error:  # a kernel that died must not take the other runs with it
            failure = f"{type(error).__name__}: {error}".splitlines()[0]
        executed = nbformat.read(partial if partial.exists() else task.notebook, as_version=4)
    executed.metadata["aegan"] = {"title": task.title, "failure": failure}
    if not failure:
        executed.metadata["aegan"] |= {"key": task.key, "inputs": task.input_digests()}
    task.output.parent.mkdir(parents=True, exist_ok=True)
    moving = task.output.with_suffix(".partial")
    nbformat.write(executed, moving)
    moving.replace(task.output)
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

    known = papermill.inspect_notebook(str(notebook))
    listing = ", ".join(f"{name}: {entry['inferred_type_name']}" for name, entry in known.items())
    for name, value in parameters.items():
        if name not in known:
            raise UserError(
                f"Unknown parameter of {notebook.name}. Expected one of: {listing}. "
                f"Received: {name!r}."
            )
        expected = known[name]["inferred_type_name"]
        allowed = TYPES.get(expected, object)
        if not isinstance(value, allowed) or (isinstance(value, bool) and expected != "bool"):
            raise UserError(
                f"Parameter {name} of {notebook.name} must be of type {expected}. "
                f"Received: {value!r}, a {type(value).__name__}."
            )


@cache
def library_digest() -> str:
    """SHA-256 over the library's own files."""
    files = sorted((REPOSITORY / "aegan_lib").rglob("*.py"))
    return json_digest({str(file.relative_to(REPOSITORY)): file_digest(file) for file in files})


@cache
def installed_packages() -> list[str]:
    return sorted(f"{d.metadata['Name']}=={d.version}" for d in distributions())
