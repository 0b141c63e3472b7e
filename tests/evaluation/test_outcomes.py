"""How runs ended, read from the notebooks and folders that they left."""

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

from aegan_lib.evaluation.outcomes import outcomes
from tests.made_up import a_record, sealed


def executed(folder, name, failure, *outputs):
    notebook = new_notebook(cells=[new_code_cell("train()", outputs=list(outputs))])
    notebook.metadata["aegan"] = {"title": name, "failure": failure}
    (folder / "notebooks").mkdir(exist_ok=True)
    nbformat.write(notebook, folder / "notebooks" / f"{name}-seed-0.ipynb")


def test_failed_and_missing_runs_have_the_end_of_their_log(tmp_path):
    lines = [f"line {i}" for i in range(40)]
    error = new_output("error", ename="ValueError", evalue="<b>", traceback=["\x1b[31m", *lines])
    executed(tmp_path, "v1", "ValueError: <b>", error)
    (tmp_path / "v1" / "seed-0").mkdir(parents=True)
    history = "epoch,batch,mse\n" + "".join(f"0,{i},0.{i}\n" for i in range(20))
    (tmp_path / "v1" / "seed-0" / "history.csv").write_text(history)
    runs, table = outcomes(tmp_path, ["v1", "v4"], [0], "digest")
    assert runs == []
    table = table.set_index("version")
    assert table["outcome"].to_dict() == {
        "v1": "failed: ValueError: <b>",
        "v4": "failed: not executed",
    }
    log = table["log"]["v1"]
    assert "line 39" in log and "line 20" not in log and "\x1b" not in log
    assert log.endswith("epoch,batch,mse\n0,15,0.15\n0,16,0.16\n0,17,0.17\n0,18,0.18\n0,19,0.19")
    assert table["log"]["v4"] == ""


def finished(tmp_path, outcome, digest="digest"):
    executed(tmp_path, "v4", "")
    folder = tmp_path / "v4" / "seed-0"
    folder.mkdir(parents=True)
    (folder / "history.csv").write_text("epoch,batch,mse\n0,0,0.1\n0,1,nan\n")
    sealed(folder, a_record("v4", outcome))
    return outcomes(tmp_path, ["v4"], [0], digest)


def test_a_diverged_run_has_its_last_batches(tmp_path):
    outcome = "diverged at epoch 1, batch 2: a loss is not finite"
    runs, table = finished(tmp_path, outcome)
    assert [run.diverged for run in runs] == [True]
    assert table["outcome"].tolist() == [outcome]
    assert "0,1,nan" in table["log"][0]


def test_a_complete_run_has_no_log(tmp_path):
    runs, table = finished(tmp_path, "complete")
    assert [run.diverged for run in runs] == [False]
    assert table.to_numpy().tolist() == [["v4", 0, "complete", ""]]


def test_a_run_on_other_data_is_none_of_the_reports(tmp_path):
    runs, table = finished(tmp_path, "complete", digest="another")
    assert runs == []
    assert table["outcome"].tolist() == ["failed: trained on other data"]
