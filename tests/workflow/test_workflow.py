"""The same report by Snakemake: its plan, its words where something is missing, and accidents."""

import json
import os
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest

from aegan_lib.pipeline.build import build
from aegan_lib.pipeline.request import parse
from aegan_lib.runs import REPORTS, find_run
from aegan_lib.versions import VERSIONS
from tests.workflow import slurm

REPOSITORY = REPORTS.parent
SLURM = "workflow/profiles/slurm"
ASKED = {"profile": "smoke", "seeds": "0 1", "versions": "weighted pretrained v4 constraint"}

pytestmark = pytest.mark.skipif(
    find_spec("snakemake") is None,
    reason="Snakemake is not installed: make setup-snakemake",
)


def snakemake(place: Path, *words: str, slurm_at: Path | None = None, **config: str):
    """Call it as a user does, from the repository; its logs go to `place`."""
    asked = ASKED | {"reports": str(place / "reports"), "data": str(place / "data")} | config
    path = [*([str(slurm_at)] if slurm_at else []), str(Path(sys.executable).parent)]
    variables = os.environ | {"PATH": os.pathsep.join([*path, "/usr/bin", "/bin"])}
    if slurm_at:
        variables |= {"SLURM_STAND_IN": str(slurm_at)}
    settings = [f"{name}={value}" for name, value in asked.items()]
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "--nolock", *words, "--config", *settings],
        cwd=REPOSITORY,
        env=variables,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def cluster(tmp_path):
    """SLURM's commands, by a stand-in, and a folder for its jobs."""
    folder = tmp_path / "slurm"
    folder.mkdir()
    slurm.install(folder)
    return folder


def test_the_plan_has_every_version_of_the_registry(tmp_path):
    planned = snakemake(tmp_path, "-n", "--cores", "2", versions="all", seeds="3")
    assert planned.returncode == 0, planned.stderr
    counts = dict(line.split() for line in planned.stdout.splitlines() if len(line.split()) == 2)
    assert counts["run"] == str(len(VERSIONS))
    assert counts["page"] == counts["data"] == "1"
    # What a version needs comes before it.
    needed = parse("faces", "smoke", reports=tmp_path / "reports").run_folder("autoencoder", 3)
    (pretrained,) = [
        part for part in planned.stdout.split("rule run:") if "version=pretrained," in part
    ]
    assert f"{needed}/run.json" in pretrained.partition("output:")[0]
    assert not (tmp_path / "reports").exists() or not [*(tmp_path / "reports").rglob("*.csv")]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"profle": "smoke"}, "There is no setting 'profle'. Expected: dataset,"),
        ({"versions": "v9"}, "Unknown version. Expected one of: autoencoder,"),
        ({"seeds": "-1"}, "expected whole numbers from 0"),
    ],
)
def test_what_cannot_be_asked_is_told_before_anything_runs(tmp_path, config, said):
    refused = snakemake(tmp_path, "-n", "--cores", "1", **config)
    assert refused.returncode != 0
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_where_there_is_no_scheduler_that_is_said(tmp_path):
    refused = snakemake(tmp_path, "--profile", SLURM)
    assert refused.returncode != 0
    assert "There is no scheduler here: sbatch is not found." in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.slow
def test_a_job_that_never_starts_is_given_up_at_its_deadline(tmp_path, cluster):
    (cluster / "full").touch()
    deadline = "slurm_extra='--deadline=now+5'"
    waited = snakemake(
        tmp_path, "--profile", SLURM, "--default-resources", deadline, slurm_at=cluster
    )
    assert waited.returncode != 0
    assert "SLURM status is: 'DEADLINE'" in waited.stderr


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a small disk")
def test_a_full_disk_is_named_in_the_log_of_the_job(tmp_path):
    (tmp_path / "reports").mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(tmp_path / "reports")], check=True
    )
    try:
        full = snakemake(tmp_path, "--cores", "1", versions="weighted", seeds="0")
    finally:
        subprocess.run(["umount", str(tmp_path / "reports")], check=True)
    assert full.returncode != 0
    assert "No space left on device" in full.stderr
    assert "Traceback" not in full.stderr


def numbers(request):
    """The lines of its table of results, but for how long a training took."""
    lines = request.results.read_text().splitlines()
    assert len(lines) > 2000
    return [line for line in lines if ",seconds," not in line]


@pytest.mark.slow
def test_twelve_runs_with_accidents_give_the_numbers_of_make_report(tmp_path, cluster):
    there = parse(
        "faces", "smoke", ASKED["versions"].split(), [0, 1], tmp_path / "reports", tmp_path / "data"
    )
    assert len(there.runs) == 12

    def accident(version, seed, rows, number):
        history = there.run_folder(version, seed) / "history.csv"
        job = f"wildcards_{version}_{seed}"
        return {"job": job, "when": str(history), "rows": rows, "signal": number}

    # Two are killed, one before its first checkpoint; one is ended at its time limit.
    accidents = [
        accident("weighted", 1, 5, signal.SIGKILL),
        accident("v4", 0, 45, signal.SIGKILL),
        accident("v4", 1, 30, signal.SIGTERM),
    ]
    (cluster / "accidents.json").write_text(json.dumps(accidents))
    made = snakemake(tmp_path, "--profile", SLURM, slurm_at=cluster)
    assert made.returncode == 0, made.stderr
    assert json.loads((cluster / "accidents.json").read_text()) == []
    ended = [json.loads(path.read_text()) for path in slurm.job_files_in(cluster)]
    counts = pd.Series([job["state"] for job in ended]).value_counts().to_dict()
    assert counts == {"COMPLETED": 14, "OUT_OF_MEMORY": 2, "TIMEOUT": 1}
    # They went on from where they were, and were not trained from the start.
    for version, seed, resumed in (("weighted", 1, False), ("v4", 0, True), ("v4", 1, True)):
        run = find_run(there.run_folder(version, seed))
        assert ("resumed" in run.provenance) == resumed
    # Nothing is left to do.
    again = snakemake(tmp_path, "-n", "--profile", SLURM, slurm_at=cluster)
    assert "Nothing to be done" in again.stdout + again.stderr
    # The same by make report, on one machine.
    here = parse(
        "faces", "smoke", ASKED["versions"].split(), [0, 1], tmp_path / "here", tmp_path / "data"
    )
    _, failed = build(here)
    assert not failed
    assert numbers(there) == numbers(here)
    # A copied folder is a run like any other: moved to a third place, it makes the page again.
    shutil.copytree(there.folder, tmp_path / "third" / there.folder.name)
    third = parse(
        "faces", "smoke", ASKED["versions"].split(), [0, 1], tmp_path / "third", tmp_path / "data"
    )
    build(third, gathered=True)
    assert numbers(third) == numbers(here)
