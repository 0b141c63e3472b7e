"""A kernel is started from nothing but what is ours, and one that does not start hangs nobody."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from aegan_lib.backend import cores
from aegan_lib.pipeline import kernels as module
from aegan_lib.pipeline.execute import keep, threads_of_a_run
from aegan_lib.pipeline.tasks import Task
from aegan_lib.profiles import PROFILES
from tests.pipeline.executing import execute

TELL = """
import json, os, sys, warnings

import matplotlib.pyplot as plt
import numpy as np

warnings.warn("of a library")
warnings.warn("of a library", DeprecationWarning)
np.log(np.zeros(1))
told = {name: os.environ.get(name) for name in ("PYTHONSTARTUP", "TF_NUM_INTRAOP_THREADS")}
told |= {"python": sys.executable, "foreign": "foreign" in globals()}
told |= {"usetex": plt.rcParams["text.usetex"], "backend": plt.get_backend()}
print(json.dumps(told))
"""


def written(place: Path, source: str) -> Task:
    """A task of one cell."""
    place.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=[new_code_cell(source)]), place / "source.ipynb")
    return Task("it", place / "source.ipynb", place / "made.ipynb", {})


def outputs(task: Task) -> list:
    return [output for cell in task.executed().cells for output in cell.outputs]


@pytest.fixture
def foreign(tmp_path, monkeypatch) -> None:
    """Kernels, startup files and configurations as somebody has them for other work."""
    home = tmp_path / "home"
    files = {
        "start.py": "foreign = 1",
        ".ipython/profile_default/startup/start.py": "foreign = 1",
        ".config/matplotlib/matplotlibrc": "text.usetex: True\n",
    }
    for kernels in ("jupyter", ".local/share/jupyter", "Library/Jupyter"):
        spec = {"argv": ["false"], "display_name": "Another", "language": "python"}
        files[f"{kernels}/kernels/python3/kernel.json"] = json.dumps(spec)
    for name, content in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("JUPYTER_PATH", str(home / "jupyter"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.setenv("PYTHONSTARTUP", str(home / "start.py"))
    monkeypatch.setenv("PYTHONWARNINGS", "default")
    monkeypatch.setenv("MPLBACKEND", "tkagg")
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")


def test_a_kernel_is_our_interpreter_and_nobody_elses_settings_reach_it(foreign, tmp_path):
    task = written(tmp_path, TELL)
    before = dict(os.environ)
    assert execute(task, threads=3).failure == ""
    assert dict(os.environ) == before
    # No warning among the outputs either.
    (output,) = outputs(task)
    assert output.name == "stdout"
    assert json.loads(output.text) == {
        "PYTHONSTARTUP": None,
        "TF_NUM_INTRAOP_THREADS": "3",
        "python": sys.executable,
        "foreign": False,
        "usetex": False,
        "backend": "module://matplotlib_inline.backend_inline",
    }


@pytest.fixture
def far_away(tmp_path, monkeypatch) -> Path:
    """A TMPDIR as a cluster has it, too long for a socket."""
    folder = tmp_path / ("scratch-" + "x" * 80)
    folder.mkdir()
    monkeypatch.setattr(module.tempfile, "tempdir", str(folder))
    return folder


def test_a_long_tmpdir_is_not_used_for_sockets(far_away, tmp_path):
    task = written(tmp_path, "print(6 * 7)")
    assert execute(task, threads=1).failure == ""
    assert outputs(task)[0].text == "42\n"
    assert not list(far_away.iterdir())


def test_without_a_short_place_there_is_one_line(far_away, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PLACES", ("/proc/nowhere", str(far_away)))
    with pytest.raises(module.UserError, match=r"at most 73 bytes.*scratch-.*Set TMPDIR") as told:
        execute(written(tmp_path, "1"), threads=1)
    assert "\n" not in str(told.value)


FAILING = """
import gc, sys
from pathlib import Path
from aegan_lib.pipeline import kernels
from tests.pipeline.executing import execute
from tests.pipeline.test_execute import written

kernels.LONGEST = 1000  # so that the long TMPDIR is taken
task = written(Path(sys.argv[1]), "print(1)")
for _ in range(2):
    assert "too long" in execute(task, 1).failure
    gc.collect()
print("ended")
"""


def test_a_kernel_that_does_not_start_hangs_nobody(far_away, tmp_path):
    made = subprocess.run(
        [sys.executable, "-c", FAILING, str(tmp_path / "work")],
        env=os.environ | {"TMPDIR": str(far_away)},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert made.stdout == "ended\n", made.stderr


def test_threads_are_a_function_of_the_profile_alone():
    assert [threads_of_a_run(PROFILES[name]) for name in ("smoke", "quick")] == [1, 1]
    assert threads_of_a_run(PROFILES["full"]) == cores()
    assert threads_of_a_run(dataclasses.replace(PROFILES["quick"], image_size=80)) == cores()


def test_a_kernel_that_dies_is_a_failure_in_a_users_words_and_leaves_what_it_had(tmp_path):
    task = written(tmp_path, "import os\nprint(42, flush=True)\nos.kill(os.getpid(), 9)")
    failure = execute(task, threads=1).failure
    assert failure == (
        "its kernel ended, perhaps for want of memory; `make report` goes on from there"
    )
    assert task.executed().metadata.aegan == {"title": "it", "failure": failure}


def test_a_full_disk_is_told_with_what_to_do(tmp_path):
    task = written(tmp_path, "raise OSError(28, 'No space left on device', '/a/run/history.csv')")
    assert execute(task, threads=1).failure == (
        "OSError: [Errno 28] No space left on device: '/a/run/history.csv'; "
        "make room, and `make report` goes on from there"
    )


@pytest.mark.parametrize("changed", ["source", "file of versions", "nothing"])
def test_what_changed_while_it_was_executed_is_executed_again(tmp_path, changed):
    own, made = tmp_path / "mine.py", tmp_path / "made.csv"
    own.write_text("1")
    task = dataclasses.replace(written(tmp_path, "1"), inputs=(own,), makes=(made,))
    asked = task.asked()
    shutil.copy(task.notebook, tmp_path / module.EXECUTED)
    made.write_text("2")  # what it makes itself does not count
    if changed == "source":
        written(tmp_path, "3")
    elif changed == "file of versions":
        own.write_text("3")
    assert keep(task, tmp_path, "", asked).failure == ""
    assert task.is_fresh() == (changed == "nothing")
    made.unlink()
    assert not task.is_fresh()


def test_half_a_notebook_is_not_kept(tmp_path):
    task = written(tmp_path, "1")
    (tmp_path / module.EXECUTED).write_text('{"cells": [')
    keep(task, tmp_path, "killed", task.asked())
    assert [cell.source for cell in task.executed().cells] == ["1"]
    assert task.executed().metadata.aegan.failure == "killed"
    assert not task.is_fresh()


def test_no_grammar_is_built_in_a_process_that_executes_notebooks():
    load = "import aegan_lib.pipeline.kernels, sys, nbformat, papermill"
    done = subprocess.run([sys.executable, "-c", f"{load}; sys.exit('lark' in sys.modules)"])
    assert done.returncode == 0
