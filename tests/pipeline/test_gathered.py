"""Runs that were trained elsewhere are taken or refused with a word, and tell what others need."""

import dataclasses
import json
import shutil
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from aegan_lib.__main__ import cli
from aegan_lib.errors import UserError
from aegan_lib.pipeline.gathered import AROUND, MARGIN, UNKNOWN, needed, require_all
from aegan_lib.runs import find_run, report_folder, run_folder
from aegan_lib.store import seal
from aegan_lib.training import train


@pytest.fixture(scope="module")
def trained(dataset, tmp_path_factory):
    """A folder for reports with one finished run."""
    reports = tmp_path_factory.mktemp("elsewhere")
    train("weighted", dataset, reports=reports, progress=False)
    return reports


@pytest.fixture
def gathered(trained, dataset, tmp_path):
    """The run copied to another machine, and a request for it alone."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    folder = report_folder(tmp_path, dataset.name, dataset.profile)
    return SimpleNamespace(
        folder=folder,
        reports=tmp_path,
        runs=[("weighted", 0)],
        run_folder=lambda version, seed: run_folder(folder, version, seed),
    )


def written(request, change):
    """The run's record with `change` made to it, sealed anew."""
    run = find_run(request.run_folder("weighted", 0))
    content = json.loads((run.folder / "run.json").read_text())
    change(content)
    seal(run.folder / "run.json", content, [*content.pop("files")])


def test_a_copied_run_is_taken(gathered, dataset):
    require_all(gathered, dataset)


@pytest.mark.parametrize(
    ("where", "what", "said"),
    [
        ("code", "0" * 64, "of another state of the training's code"),
        ("version_code", "0" * 64, "of another state of the version's own code"),
        ("dataset", {"name": "blobs", "digest": "other"}, "of another state of the data"),
    ],
)
def test_a_run_of_other_code_or_data_is_refused(gathered, dataset, where, what, said):
    written(gathered, lambda content: content["settings"].update({where: what}))
    with pytest.raises(UserError, match=rf"1 of 1 runs.*\n  weighted seed 0: {said}\n"):
        require_all(gathered, dataset)


def test_another_version_s_or_seed_s_run_is_refused(gathered, dataset):
    for version, seed in (("v4", 0), ("weighted", 1)):
        shutil.copytree(gathered.run_folder("weighted", 0), gathered.run_folder(version, seed))
    gathered.runs = [("v4", 0), ("weighted", 1)]
    with pytest.raises(UserError, match="2 of 2 runs") as refused:
        require_all(gathered, dataset)
    assert "  v4 seed 0: of another state of the version" in str(refused.value)
    assert "  weighted seed 1: of another state of the seed\n" in str(refused.value)


def test_all_that_is_missing_is_named(gathered, dataset):
    gathered.runs += [("v1", 0), ("weighted", 1)]
    with pytest.raises(UserError, match="2 of 3 runs") as refused:
        require_all(gathered, dataset)
    assert "  v1 seed 0: missing\n  weighted seed 1: missing\n" in str(refused.value)


def test_a_damaged_run_is_told_as_such(gathered, dataset):
    (gathered.run_folder("weighted", 0) / "last.npz").write_bytes(b"half a file")
    with pytest.raises(UserError, match=r"damaged: last.npz"):
        require_all(gathered, dataset)


def test_earlier_runs_tell_what_another_one_needs(gathered, dataset):
    assert needed("smoke", "tensorflow", gathered.reports) == (
        MARGIN * (UNKNOWN["smoke"][0] + AROUND) // 60,
        MARGIN * UNKNOWN["smoke"][1],
    )

    def smoke(content):
        content["settings"]["profile"] = dataclasses.asdict(dataset.profile) | {"name": "smoke"}
        content["provenance"].update(seconds=1000.0, memory=700)

    written(gathered, smoke)
    assert needed("smoke", "tensorflow", gathered.reports) == (38, 1400)
    # Another profile's and another backend's say nothing of it.
    assert needed("quick", "tensorflow", gathered.reports)[1] == MARGIN * UNKNOWN["quick"][1]
    assert needed("smoke", "jax", gathered.reports)[1] == MARGIN * UNKNOWN["smoke"][1]


def test_a_run_records_its_memory(gathered):
    run = find_run(gathered.run_folder("weighted", 0))
    assert 100 < run.provenance["memory"] < 100_000


def test_a_report_of_gathered_runs_trains_nothing(tmp_path):
    folders = ["--reports", str(tmp_path / "reports"), "--data", str(tmp_path / "data")]
    asked = ["report", "--profile", "smoke", "--images", "64", "--versions", "v1", *folders]
    result = CliRunner().invoke(cli, [*asked, "--gathered"])
    assert isinstance(result.exception, UserError)
    assert "v1 seed 0: missing" in str(result.exception)
    assert not list((tmp_path / "reports").rglob("history.csv"))
    both = CliRunner().invoke(cli, [*asked, "--gathered", "--force"])
    assert "Choose one" in str(both.exception)


def test_images_are_prepared_once_for_all(tmp_path):
    asked = ["prepare", "--profile", "smoke", "--images", "64"]
    folders = ["--reports", str(tmp_path / "reports"), "--data", str(tmp_path / "data")]
    result = CliRunner().invoke(cli, [*asked, *folders], catch_exceptions=False)
    place = result.stdout.splitlines()[-1]
    assert place.startswith(str(tmp_path / "data" / "faces-20px-"))
    before = (tmp_path / "data" / place / "manifest.json").stat().st_mtime_ns
    CliRunner().invoke(cli, [*asked, *folders], catch_exceptions=False)
    assert (tmp_path / "data" / place / "manifest.json").stat().st_mtime_ns == before
