"""What somebody meets who types `import aegan_lib`."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import aegan_lib

ROOT = Path(__file__).resolve().parents[1]
SLOW = {"tensorflow", "keras", "pandas", "matplotlib", "sklearn", "cv2", "papermill"}
PROMISED = {
    "load", "train", "evaluate", "find_run", "Version", "VERSIONS", "PROFILES", "SlopeSchedule",
    "losses", "metrics", "latent", "figures", "tables",
}  # fmt: skip


def test_every_name_of_the_front_door_is_there():
    assert set(dir(aegan_lib)) >= PROMISED
    assert all(getattr(aegan_lib, name) is not None for name in dir(aegan_lib))
    for room in ("figures", "tables", "players"):
        module = getattr(aegan_lib, room)
        assert all(callable(getattr(module, name)) for name in dir(module)), room


@pytest.mark.parametrize(
    "code",
    [
        "import aegan_lib",
        "from aegan_lib import VERSIONS, SlopeSchedule, losses",
        "import sys; sys.argv = ['aegan_lib', 'list']; import aegan_lib.__main__ as m; m.main()",
    ],
)
def test_a_look_at_what_there_is_loads_nothing_slow(code):
    said = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print('LOADED', *sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    loaded = set(said.split("LOADED")[1].split())
    assert not loaded & SLOW


def test_the_readmes_example_runs(tmp_path, drawn, capsys):
    data = drawn(tmp_path / "data")
    text = (ROOT / "README.md").read_text()
    (code,) = [
        block for block in re.findall(r"```python\n(.*?)```", text, re.S) if "load(" in block
    ]
    # Its runs and data are kept here and not among a reader's own.
    places = {
        'load("faces", "smoke")': f'load("faces", "smoke", data={str(data)!r}, progress=False)',
        'train("v4", faces, seed=0)': f'train("v4", faces, seed=0, reports={str(tmp_path)!r})',
    }
    for shown, here in places.items():
        assert shown in code
        code = code.replace(shown, here)
    names: dict = {}
    exec(code, names)
    assert names["smiling"].shape == (8, 20, 20, 3)
    assert names["run"].version.name == "v4"
    assert {"metric", "case", "value"} <= set(names["results"])


def test_the_readmes_own_version_is_one(tmp_path):
    from aegan_lib.extras import read_versions

    text = (ROOT / "README.md").read_text()
    (code,) = [
        block for block in re.findall(r"```python\n(.*?)```", text, re.S) if "# mine" in block
    ]
    (tmp_path / "mine.py").write_text(code)
    (mine,) = read_versions(tmp_path / "mine.py")
    assert float(mine.loss(mse=0.25, bce=1.0, alpha=1.0, beta=0.0)) == 0.5


@pytest.mark.parametrize("command", ["report", "pdf", "example"])
def test_without_a_checkout_a_report_is_refused_in_one_line(tmp_path, command):
    """As `pip install .` leaves the library: no notebooks beside it, and no template."""
    shutil.copytree(ROOT / "aegan_lib", tmp_path / "aegan_lib")
    made = subprocess.run(
        [sys.executable, "-m", "aegan_lib", command], cwd=tmp_path, capture_output=True, text=True
    )
    assert (made.returncode, made.stdout) == (1, "")
    (line,) = made.stderr.splitlines()
    assert "within a checkout of the repository. Received: " in line
    assert f"{tmp_path}, without notebooks and reports/template. Clone" in line


def test_a_backend_for_plots_that_does_not_exist_reaches_no_command():
    made = subprocess.run(
        [sys.executable, "-m", "aegan_lib", "run", "v9"],
        env=os.environ | {"MPLBACKEND": "nonsense"},
        capture_output=True,
        text=True,
    )
    assert made.stderr.startswith("Error: Unknown version.")
