"""Where numbers come from: versions, settings, runs and the commands that train them again."""

import dataclasses
import shlex

import pytest
from bs4 import BeautifulSoup

from aegan_lib.__main__ import cli
from aegan_lib.profiles import PROFILES
from aegan_lib.schedules import SlopeSchedule
from aegan_lib.tables import origins
from aegan_lib.versions import VERSIONS, Version
from tests.made_up import a_run

QUICK = PROFILES["quick"]


def made_up(version, precision="float32", backend="tensorflow", **origin):
    settings = {
        "version": version.described(),
        "profile": dataclasses.asdict(QUICK),
        "dataset": {"name": "faces", "digest": "d" * 64},
        "code": "c" * 64,
        "backend": backend,
    }
    origin = {
        "seconds": 12.3,
        "commit": "abc",
        "device": "CPU",
        "cores": 2,
        "python": "3.11",
        "platform": "Linux",
        "packages": {"keras": "3.9", "numpy": "2.2"},
    } | origin
    run = a_run(version, settings=settings, provenance=origin, outcome="complete")
    run.profile, run.seed = dataclasses.replace(QUICK, precision=precision), 2
    return run


def test_settings_are_rows_and_versions_columns():
    v4 = dataclasses.replace(VERSIONS["v4"], beta=SlopeSchedule(2e-7, window=50, ceiling=1.0))
    styler = origins.settings_table([made_up(VERSIONS["weighted"]), made_up(v4)])
    table = styler.data
    assert table.at["β", "v4"] == "SlopeSchedule: scale 2e-07, window 50, ceiling 1"
    assert table.loc["train"].tolist() == ["8,000", "8,000"]
    assert table["weighted"][["loss", "α", "β", "learning rate", "starts from"]].tolist() == [
        "weighted",
        "1",
        "0.005",
        "0.0001",
        "scratch",
    ]
    assert table.loc["profile"].tolist() == ["quick", "quick"]
    assert 'class="settings"' in styler.to_html()


@pytest.mark.parametrize(
    ("version", "options", "origin", "words"),
    [
        (VERSIONS["v4"], {}, {}, "run v4 --profile quick --seed 2 --force"),
        (
            VERSIONS["v4"],
            {"dataset": "faces", "crop": ""},
            {"threads": 4},
            "run v4 --dataset faces --profile quick --seed 2 --threads 4 --force",
        ),
        (
            VERSIONS["weighted"].reweighed(beta=0.02, learning_rate=1e-5),
            {"dataset": "folder:my photos"},
            {},
            "run weighted --dataset 'folder:my photos' --profile quick --seed 2 --beta 0.02 "
            "--learning-rate 1e-05 --force",
        ),
        (
            VERSIONS["v5"],
            {"precision": "mixed_bfloat16"},
            {"precision": "mixed_bfloat16", "backend": "jax"},
            "run v5 --precision mixed_bfloat16 --profile quick --backend jax --seed 2 --force",
        ),
        (
            VERSIONS["v5"].reweighed(alpha=0),
            {},
            {},
            "run v5 --profile quick --seed 2 --alpha 0 --force",
        ),
    ],
)
def test_the_command_that_trains_a_run_again(version, options, origin, words, monkeypatch):
    monkeypatch.setenv("AEGAN_BACKEND", "tensorflow")  # which `--backend` sets, and nobody else
    command = origins.rerun_command(made_up(version, **origin), options)
    assert command == f".venv/bin/python -m aegan_lib {words}"
    _, *arguments = shlex.split(words)
    with cli.commands["run"].make_context("run", arguments) as asked:  # it is understood
        assert asked.params["profile"] == "quick" and asked.params["force"]


def test_where_runs_come_from():
    one, other = made_up(VERSIONS["v4"], threads=4), made_up(VERSIONS["v1"], commit="<b>")
    styler = origins.provenance_table([one, other], {"dataset": "faces"})
    table = styler.data.T
    assert list(table) == ["v4", "v1"]
    assert table.at["seeds", "v4"] == "2"
    assert table.at["device", "v4"] == "CPU, 2 cores, 4 threads"
    assert table.at["device", "v1"] == "CPU, 2 cores"
    assert table.at["training", "v4"] == "12 s"
    assert table.at["commit", "v1"] == "&lt;b&gt;"
    assert table.at["lock file", "v1"] == "unknown"
    assert table.at["data", "v4"] == "d" * 12
    command = BeautifulSoup(table.at["train it again", "v4"], "html.parser").code.text
    assert command == origins.rerun_command(one, {"dataset": "faces"})
    assert "by the same code" in styler.caption
    other.settings["code"] = "e" * 64
    assert "by 2 different states of the code" in origins.provenance_table([one, other]).caption


def test_what_differs_among_the_seeds_of_a_version_is_told():
    one, other = (made_up(VERSIONS["v4"], commit=commit) for commit in ("abc", "def"))
    other.provenance["seconds"] = 20.0
    table = origins.provenance_table([one, other]).data.T
    assert table.at["commit", "v4"] == "abc; def"
    assert table.at["training", "v4"] == "12 s; 20 s"
    assert table.at["outcome", "v4"] == "complete"


def test_what_rounds_alike_is_told_once():
    runs = [made_up(VERSIONS[name]) for name in ("v1", "v4", "v5")]
    alike = origins.execution_table(runs)
    assert alike.data["runs"].tolist() == ["3"]
    assert alike.data["packages"].tolist() == ["keras 3.9, numpy 2.2"]
    assert "Computed alike" in alike.caption
    runs[2].provenance["packages"] = {"keras": "3.9", "numpy": "2.3"}
    mixed = origins.execution_table(runs)
    assert mixed.data["runs"].tolist() == ["2", "1"]
    assert "compared across them in seed 2." in mixed.caption
    assert origins.execution_table([]).data.empty


def test_seeds_that_were_computed_elsewhere_mix_nothing():
    one, other = made_up(VERSIONS["v4"]), made_up(VERSIONS["v4"])
    other.seed, other.provenance["device"] = 9, "NVIDIA H100"
    assert "No seed mixes them" in origins.execution_table([one, other]).caption


def own_loss(mse, bce, alpha, beta):
    return mse


def own_schedule(history):
    return 0.1


def test_the_registry_with_the_numbers_in_use(monkeypatch):
    mine = Version(
        "mine",
        own_loss,
        alpha=1,
        beta=own_schedule,
        learning_rate=1e-4,
        source="<me>",
        start="autoencoder",
    )
    monkeypatch.setitem(VERSIONS, "mine", mine)
    styler = origins.registry_table(["v1", "v4", "v4_quiet", "mine"], QUICK)
    table = styler.data
    assert table.at["v1", "source"] == "doc; α, rate: scripts"
    assert "in use here (the profile quick multiplies all by 5), and" in styler.caption
    assert table.at["v1", "loss"] == "α·mse + (β·bce) / (α·mse)"
    assert table.at["v1", "learning rate"] == "0.0005"  # five times the documents'
    assert table.at["v4", "β"] == "SlopeSchedule: scale 2e-07, window 50, ceiling 1"
    assert table.at["v4_quiet", "β"] == "TunedSlopeSchedule: scale 5e-09, window 50, ceiling 1"
    assert table.loc["mine"].tolist() == [
        "own_loss",
        "1",
        "own_schedule",
        "0.0005",
        "autoencoder",
        "&lt;me&gt;",
    ]


def test_a_formula_is_written_as_its_columns_are_named():
    table = origins.registry_table(["weighted", "v5"], QUICK).data
    assert table["loss"].tolist() == ["α·mse + β·bce", "mse + min(mse, bce)"]
    assert table.at["v5", "source"].endswith("α, β: not used")


def test_at_the_documents_rates_nothing_is_said_of_a_scale():
    caption = origins.registry_table(["v1"], PROFILES["full"]).caption
    assert "learning rate in use here, and their source" in caption
    assert "Adam with β₁ = 0.5 (scripts)" in caption


def test_a_profile_in_numbers():
    table = origins.profile_table(QUICK).data["value"]
    assert table["train"] == "8,000"
    assert table["learning rate scale"] == "5"
    assert table["precision"] == "float32"
    assert "name" not in table
