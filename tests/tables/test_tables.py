"""Numbers as cells, the best one, and how every run ended, on rows worked by hand."""

import json
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_notebook, new_output

from aegan_lib.evaluation import outcomes
from aegan_lib.evaluation.estimates import Estimate, estimate
from aegan_lib.evaluation.results import COLUMNS, spread, with_way
from aegan_lib.tables import cells, numbers, origins
from aegan_lib.tables.outcomes import outcomes_table


def results(**versions):
    """Two seeds of every version, one of each yardstick; values as metric=(seed 0, seed 1)."""
    rows = []
    for name, metrics in versions.items():
        for metric, values in metrics.items():
            for seed, number in enumerate(values):
                rows.append(("faces", "quick", name, seed, 12, metric, number))
    return pd.DataFrame(rows, columns=COLUMNS)


TWO_SEEDS = results(
    raw={"laplacian_variance": [2000.0]},
    mean_face={"psnr": [15.0], "laplacian_variance": [100.0]},
    pca_100={"psnr": [30.0], "laplacian_variance": [1500.0]},
    weighted={"psnr": [24.0, 26.0], "laplacian_variance": [1900.0, 1900.0]},
    v1={"psnr": [22.0, 23.0], "laplacian_variance": [2200.0, 2200.0]},
    v4={"psnr": [24.0, 26.0], "laplacian_variance": [900.0, 2500.0]},
)


@pytest.mark.parametrize(
    ("metric", "values", "text"),
    [
        ("psnr", [25.0, 26.0], "25.50 ± 6.35"),  # t = 12.706 with one degree of freedom
        ("d_accuracy_real", [0.5, 0.5], "50.00%"),
        ("input_dependence", [0.98, 1.0], "99.0% ± 12.7"),
        ("dead_units", [3, 4], "4 ± 6"),
        ("d_loss_fake", [1e-9, 3e-9], "2.00e-09 ± 1.3e-08"),
        ("ssim", [0.8993, 0.9007], "0.900 ± 0.009"),
        ("way", [-0.25], "−25.0%"),
        ("psnr", [], "–"),
    ],
)
def test_a_cell_shows_as_many_decimals_of_both(metric, values, text):
    html = cells.cell(metric, estimate(values))
    assert BeautifulSoup(html, "html.parser").get_text() == text


def test_a_cell_keeps_every_digit_for_a_script():
    data = BeautifulSoup(cells.cell("psnr", Estimate(25.123456, 24.0, 26.5, 3)), "html.parser").data
    assert (data["value"], data["data-low"], data["data-high"]) == ("25.123456", "24.0", "26.5")
    single = cells.cell("psnr", Estimate(25.0, 24.0, 26.5, 1))
    assert "(24.00–26.50)" in single  # of one seed's images, and not symmetric


def test_the_best_is_the_largest_or_the_nearest_to_raw():
    found = spread(with_way(TWO_SEEDS), ["psnr", "laplacian_variance", "way"])
    assert cells.best_values("psnr", found["psnr"]) == {"weighted", "v4"}  # PCA does not compete
    sharp = found["laplacian_variance"]
    assert cells.best_values("laplacian_variance", sharp) == {"weighted"}  # v4's mean is 1,700
    assert found.at["weighted", "way"].mean == pytest.approx(10 / 15)
    assert cells.best_values("g_loss", found["psnr"]) == set()  # has no better or worse


def test_a_table_marks_the_best_and_counts_seeds():
    table = numbers.quality_table(TWO_SEEDS).data
    assert "(best)" in table.at["weighted", "PSNR (dB)"]
    assert "(best)" not in table.at["pca_100", "PSNR (dB)"]
    assert table["seeds"].to_dict() == {
        "raw": "–", "mean_face": "–", "pca_100": "–", "weighted": "2", "v1": "2", "v4": "2",
    }  # fmt: skip
    assert "means of 2 seeds" in numbers.quality_table(TWO_SEEDS).caption
    one = numbers.quality_table(TWO_SEEDS[TWO_SEEDS["seed"] == 0])
    assert "seeds" not in one.data and "one seed" in one.caption


def test_labels_from_outside_stay_text():
    hostile = "<script>alert(1)</script>"
    html = cells.styled(pd.DataFrame({hostile: ["1"]}, index=[hostile]), hostile).to_html()
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") >= 3


# ---------------------------------------------------------------------------- runs


def made_up(version, **own):
    settings = {
        "version": {"name": version, "loss": "weighted", "alpha": 1, "beta": 0.005,
                    "learning_rate": 1e-4, "start": None} | own,
        "profile": {"name": "quick", "image_size": 40, "train": 8000},
        "dataset": {"name": "faces", "digest": "d" * 64},
        "code": "c" * 64,
    }  # fmt: skip
    return SimpleNamespace(version=version, seed=2, settings=settings)


def test_settings_are_rows_and_versions_columns():
    beta = {"SlopeSchedule": {"scale": 2e-7, "window": 50, "ceiling": 1.0}}
    styler = origins.settings_table([made_up("weighted"), made_up("v4", beta=beta)])
    assert styler.data.at["β", "v4"] == "SlopeSchedule(scale=2e-07, window=50, ceiling=1)"
    assert styler.data.loc["train"].tolist() == ["8,000", "8,000"]
    assert 'class="settings"' in styler.to_html()


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("v4", "run v4 --dataset faces --profile quick --seed 2 --force"),
        (
            "weighted-beta=0.02-learning_rate=1e-05",
            "run weighted --dataset faces --profile quick --seed 2 --beta 0.02 "
            "--learning-rate 1e-05 --force",
        ),
    ],
)
def test_the_command_that_trains_a_run_again(version, words):
    command = origins.rerun_command(made_up(version))
    assert command == f".venv/bin/python -m aegan_lib {words}"


def executed(folder, name, failure, *outputs):
    notebook = new_notebook(cells=[new_code_cell("train()", outputs=list(outputs))])
    notebook.metadata["aegan"] = {"title": name, "failure": failure}
    (folder / "notebooks").mkdir(exist_ok=True)
    nbformat.write(notebook, folder / "notebooks" / f"{name}-seed-0.ipynb")


def test_failed_and_missing_runs_show_the_end_of_their_log(tmp_path):
    lines = [f"line {i}" for i in range(40)]
    error = new_output("error", ename="ValueError", evalue="<b>", traceback=["\x1b[31m", *lines])
    executed(tmp_path, "v1", "ValueError: <b>", error)
    (tmp_path / "v1" / "seed-0").mkdir(parents=True)
    history = "epoch,batch,mse\n" + "".join(f"0,{i},0.{i}\n" for i in range(20))
    (tmp_path / "v1" / "seed-0" / "history.csv").write_text(history)
    runs, table = outcomes.outcomes(tmp_path, ["v1", "v4"], [0])
    assert runs == []
    log = table.set_index("version")["log"]["v1"]
    assert "line 39" in log and "line 20" not in log and "\x1b" not in log
    assert log.endswith("epoch,batch,mse\n0,15,0.15\n0,16,0.16\n0,17,0.17\n0,18,0.18\n0,19,0.19")
    html = outcomes_table(table).data
    assert "0 of 2 runs are complete" in html
    assert "failed: ValueError: &lt;b&gt;" in html and "<b>" not in html
    assert "failed: not executed" in html and "It has left no log." in html


def test_a_diverged_run_shows_its_last_batches(tmp_path):
    executed(tmp_path, "v4", "")
    folder = tmp_path / "v4" / "seed-0"
    folder.mkdir(parents=True)
    (folder / "history.csv").write_text("epoch,batch,mse\n0,0,0.1\n0,1,nan\n")
    outcome = "diverged at epoch 1, batch 2: a loss is not finite"
    content = {"settings": {}, "provenance": {}, "outcome": outcome, "files": {}}
    (folder / "run.json").write_text(json.dumps(content))
    runs, table = outcomes.outcomes(tmp_path, ["v4"], [0])
    assert [run.diverged for run in runs] == [True]
    html = outcomes_table(table).data
    assert outcome in html and "0,1,nan" in html


def test_when_all_is_well_one_sentence_says_so(tmp_path):
    table = pd.DataFrame([("v4", 0, "complete", "")], columns=["version", "seed", "outcome", "log"])
    assert outcomes_table(table).data == "<p>1 of 1 runs are complete.</p>"
