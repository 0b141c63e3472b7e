"""The main job on JAX, of one version: `make test-jax`."""

import subprocess
import sys
from pathlib import Path

import pytest

from aegan_lib import backend
from aegan_lib.pipeline.request import parse
from aegan_lib.runs import find_run

pytestmark = pytest.mark.skipif(backend.NAME != "jax", reason="JAX is tested by make test-jax")


def test_a_report(tmp_path):
    places = {"reports": tmp_path / "reports", "data": tmp_path / "data"}
    options = {"--backend": "jax", "--profile": "smoke", "--versions": "v1"}
    options |= {f"--{name}": str(path) for name, path in places.items()}
    words = [word for option in options.items() for word in option]
    made = subprocess.run(
        [sys.executable, "-m", "aegan_lib", "report", *words],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert made.returncode == 0, made.stdout + made.stderr
    asked = parse(profile="smoke", versions=["v1"], **places)
    assert asked.folder.name == "faces-smoke-jax"
    assert made.stdout.strip().endswith(str(asked.page))
    run = find_run(asked.run_folder("v1", 0))
    assert run.outcome == "complete" and run.provenance["backend"] == "jax"
    assert "--backend jax" in asked.page.read_text()  # in the command that trains it again
