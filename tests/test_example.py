"""Runs made small enough to be committed are runs like any other."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from aegan_lib import metrics
from aegan_lib.__main__ import cli
from aegan_lib.errors import UserError
from aegan_lib.report.example import LEVELS, _rounded, write_example
from aegan_lib.report.probe import load_probe
from aegan_lib.runs import REPORTS, find_run
from aegan_lib.training import train
from aegan_lib.versions import VERSIONS


@pytest.fixture(scope="module")
def small(dataset, tiny, tmp_path_factory):
    place = tmp_path_factory.mktemp("example")
    run = train(VERSIONS["v4"], dataset, tiny, reports=place / "reports", progress=False)
    load_probe(dataset, tiny, place / "probe", progress=False)
    (place / "small" / "runs" / "old").mkdir(parents=True)
    (place / "small" / "page.html").touch()
    write_example([run], place / "probe", place / "small")
    return run, place / "small"


def test_a_small_run_reconstructs_as_the_whole_one(small, dataset):
    run, place = small
    again = find_run(place / "runs" / "v4" / "seed-0")
    images = dataset.test.images
    assert again.settings == run.settings
    assert "rounded" in again.provenance["made_small"]
    lost = metrics.psnr(run.reconstruct(images), again.reconstruct(images))
    assert lost.mean() > 30
    np.testing.assert_allclose(again.history["mse"], run.history["mse"], rtol=1e-5)
    assert np.array_equal(again.samples, run.samples[:, :2])


def test_what_was_there_is_replaced_and_nothing_else_touched(small):
    _, place = small
    assert {path.name for path in place.iterdir()} == {"runs", "probe", "page.html"}
    assert [path.name for path in (place / "runs").iterdir()] == ["v4"]


def test_rounding():
    weights = np.random.default_rng(0).normal(size=(50, 50)).astype(np.float32)
    rounded = _rounded(weights)
    assert rounded.dtype == np.float16
    assert np.abs(rounded - weights).max() <= weights.std() / LEVELS / 2
    assert len(np.unique(rounded)) < 20 * LEVELS < len(np.unique(weights))
    assert np.array_equal(_rounded(np.zeros((2, 2), np.float32)), np.zeros((2, 2)))


def test_an_example_of_unfinished_runs_is_refused(tmp_path):
    result = CliRunner().invoke(cli, ["example", "--reports", str(tmp_path)])
    assert isinstance(result.exception, UserError)
    assert "finished quick run of every version" in str(result.exception)


def test_the_committed_example_is_whole_and_small():
    runs = [find_run(REPORTS / "example" / "runs" / name / "seed-0") for name in VERSIONS]
    assert all(runs)
    assert {run.settings["profile"]["name"] for run in runs} == {"quick"}
    weights = sum(path.stat().st_size for path in (REPORTS / "example").rglob("*.h5"))
    assert weights < 5_000_000
    assert json.loads((REPORTS / "example" / "probe" / "probe.json").read_text())["attributes"]
