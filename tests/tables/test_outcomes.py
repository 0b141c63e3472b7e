"""How every run ended, as a table."""

import pandas as pd

from aegan_lib.tables.outcomes import outcomes_table

COLUMNS = ["version", "seed", "outcome", "log"]


def test_failed_and_missing_runs_show_the_end_of_their_log():
    rows = [
        ("v1", 0, "failed: ValueError: <b>", "line <i>39"),
        ("v4", 0, "failed: not executed", ""),
        ("v5", 1, "diverged at epoch 1, batch 2: a loss is not finite", "0,1,nan"),
        ("gan", 0, "complete", ""),
    ]
    html = outcomes_table(pd.DataFrame(rows, columns=COLUMNS)).data
    assert "1 of 4 runs are complete" in html
    assert "failed: ValueError: &lt;b&gt;" in html and "<b>" not in html
    assert "line &lt;i&gt;39" in html
    assert "failed: not executed" in html and "It has left no log." in html
    assert "diverged at epoch 1, batch 2: a loss is not finite" in html and "0,1,nan" in html
    assert "The end of the log of v5, seed 1" in html
    assert "gan" not in html


def test_when_all_is_well_one_sentence_says_so():
    table = pd.DataFrame([("v4", 0, "complete", "")], columns=COLUMNS)
    assert outcomes_table(table).data == "<p>1 of 1 runs are complete.</p>"
