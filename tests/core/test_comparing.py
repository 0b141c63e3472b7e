"""Runs held against their records, today's code and each other."""

import dataclasses
import json
import shutil

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from aegan_lib.__main__ import cli
from aegan_lib.comparing import compare, conditions, verify_runs
from aegan_lib.errors import UserError
from aegan_lib.extras import read_versions
from aegan_lib.runs import find_run
from aegan_lib.store import seal
from aegan_lib.training import train
from aegan_lib.versions import VERSIONS
from tests import scopes


@pytest.fixture(scope=scopes.module)
def runs(dataset, tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    return [train("weighted", dataset, seed, place, progress=False) for seed in (0, 1)]


@pytest.fixture
def copy(runs, tmp_path):
    return shutil.copytree(runs[0].folder, tmp_path / "seed-0")


def edited(folder, **changes):
    """Another record of the same files."""
    record = folder / "run.json"
    content = json.loads(record.read_text()) | changes
    del content["files"]
    record.unlink()
    seal(record, content)
    return find_run(folder)


def states(path):
    return {finding.path.name: finding.state for finding in verify_runs(path)}


def test_whole_runs(runs):
    assert states(runs[0].folder.parent) == {"seed-0": "whole", "seed-1": "whole"}


def test_one_byte_is_noticed(copy):
    weights = bytearray((copy / "last.npz").read_bytes())
    weights[-1] ^= 1
    (copy / "last.npz").write_bytes(weights)
    (finding,) = verify_runs(copy)
    assert finding.state == "damaged"
    assert "last.npz is not what was written" in finding.said
    result = CliRunner().invoke(cli, ["verify", str(copy)])
    assert result.exit_code == 1
    assert result.stdout.startswith("damaged ")


def test_unfinished(copy):
    (copy / "run.json").unlink()
    assert states(copy) == {"seed-0": "unfinished"}


def test_code_that_changed_since(runs, copy):
    edited(copy, settings=runs[0].settings | {"code": "another"})
    (finding,) = verify_runs(copy)
    assert (finding.state, finding.said) == ("drifted", "the training's code changed since")
    assert CliRunner().invoke(cli, ["verify", str(copy)]).exit_code == 0


def test_a_run_of_another_backend_is_held_against_none_of_this_one_s_code(runs, copy):
    edited(copy, settings=runs[0].settings | {"backend": "jax", "code": "jax's"})
    (finding,) = verify_runs(copy)
    assert finding.state == "whole"
    assert finding.said == "trained by jax, whose code --backend jax looks at"


def test_a_record_that_names_no_backend_is_held_against_today_s_code(runs, copy):
    named = {key: value for key, value in runs[0].settings.items() if key != "backend"}
    edited(copy, settings=named)
    assert states(copy) == {"seed-0": "whole"}


def test_a_run_of_one_s_own_version_is_verified_with_its_file(dataset, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from aegan_lib import Version\n\n\ndef mine(mse, bce, alpha, beta):\n"
        "    return alpha * mse + beta * bce\n\n\n"
        "version = Version('mine', mine, 1.0, 0.01, 1e-4)\n"
    )
    library = dict(VERSIONS)
    try:
        read_versions(file)
        run = train("mine", dataset, reports=tmp_path / "reports", progress=False)
        del VERSIONS["mine"]
        (finding,) = verify_runs(run.folder)
        assert "EXTRA=" in finding.said
        result = CliRunner().invoke(cli, ["verify", str(run.folder), "--extra", str(file)])
        assert result.stdout.startswith("whole ")
    finally:
        VERSIONS.clear()
        VERSIONS.update(library)


def test_where_there_is_nothing_to_verify(tmp_path):
    result = CliRunner().invoke(cli, ["verify", str(tmp_path)])
    assert isinstance(result.exception, UserError)
    assert "neither a run nor a page" in str(result.exception)


def test_runs_of_several_conditions(runs, copy):
    assert conditions(runs) == {}
    other = edited(copy, provenance=runs[0].provenance | {"threads": 64, "device": "a card"})
    assert conditions([runs[0], other]) == {"device": 2, "threads": 2}


def test_the_same_bytes(runs, copy):
    assert compare(runs[0], find_run(copy)).outcome == "identical"


def test_the_first_batch_that_differs(runs, copy):
    history = pd.read_csv(copy / "history.csv")
    history.loc[5, "bce"] += 1e-7
    history.to_csv(copy / "history.csv", index=False)
    found = compare(runs[0], edited(copy))
    assert found.outcome == "within tolerance"
    assert "first apart at epoch 2, batch 2: bce " in found.said
    assert "other bytes in history.csv" in found.said


def test_another_seed_is_another_run(runs):
    found = compare(*runs)
    assert (found.outcome, found.said) == ("different", "other settings: seed")


@pytest.mark.parametrize(("factor", "outcome"), [(1.04, "within tolerance"), (1.06, "different")])
def test_tolerance(runs, copy, factor, outcome):
    epochs = pd.read_csv(copy / "epochs.csv")
    epochs.loc[1, "mse"] *= factor
    epochs.to_csv(copy / "epochs.csv", index=False)
    assert compare(runs[0], edited(copy)).outcome == outcome


def test_what_is_no_number_beside_a_number(runs, copy):
    epochs = pd.read_csv(copy / "epochs.csv")
    epochs.loc[1, "mse"] = np.nan
    epochs.to_csv(copy / "epochs.csv", index=False)
    assert compare(runs[0], edited(copy)).outcome == "different"


def test_shorter_is_different(runs, dataset, tmp_path):
    profile = dataclasses.replace(dataset.profile, epochs=1)
    short = train(
        "weighted",
        dataclasses.replace(dataset, profile=profile),
        reports=tmp_path,
        progress=False,
    )
    assert compare(runs[0], short).outcome == "different"
    # Of the same settings too, as a run that diverged.
    assert (
        "not of one length"
        in compare(runs[0], edited(short.folder, settings=runs[0].settings)).said
    )


def test_on_the_command_line(runs, copy, tmp_path):
    same = CliRunner().invoke(cli, ["compare", str(runs[0].folder), str(copy)])
    assert (same.exit_code, same.stdout) == (0, "identical\n")
    other = CliRunner().invoke(cli, ["compare", str(runs[0].folder), str(runs[1].folder)])
    assert other.exit_code == 1
    missing = CliRunner().invoke(cli, ["compare", str(copy), str(tmp_path / "nothing")])
    assert isinstance(missing.exception, UserError)
