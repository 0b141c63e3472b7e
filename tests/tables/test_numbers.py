"""The report's tables of numbers, on rows worked by hand."""

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from IPython.display import HTML

from aegan_lib.dataset import Split
from aegan_lib.evaluation.probe import Probe
from aegan_lib.evaluation.results import Value, tidy, tidy_run
from aegan_lib.tables import numbers
from aegan_lib.tables.study import costs_table
from tests.made_up import TWO_SEEDS, a_run, results_of, seen


def test_the_overview_marks_the_best_groups_versions_and_counts_seeds():
    styler = numbers.overview_table(TWO_SEEDS)
    table = styler.data
    assert "(best)" in table.at["weighted", "PSNR (dB)"]
    assert "(best)" not in table.at["pca_100", "PSNR (dB)"]
    # Versions first, by how they weigh; yardsticks were not trained and have no seeds.
    assert table["kind"].to_dict() == {
        "weighted": "fixed",
        "v1": "its own",
        "v4": "its own",
        "raw": "yardstick",
        "mean_face": "yardstick",
        "pca_100": "yardstick",
    }
    assert table["seeds"].tolist() == ["2", "2", "2", "–", "–", "–"]
    html = BeautifulSoup(styler.to_html(), "html.parser")
    names = [(row.th.data["value"], row.th.small.text) for row in html.select("tbody tr")[:3]]
    assert names == [
        ("weighted", "α 1, β 0.005"),
        ("v1", "inverse, β 0.0005"),
        ("v4", "α 1, β by SlopeSchedule"),
    ]
    assert "means of 2 seeds" in styler.caption
    # What was not measured is not explained.
    assert "Blur factor: " in styler.caption and "Smiling men: " not in styler.caption
    one = numbers.overview_table(TWO_SEEDS[TWO_SEEDS["seed"] == 0])
    assert "seeds" not in one.data and "one seed" in one.caption


def test_a_version_that_failed_or_is_not_registered_has_its_row():
    rows = results_of(
        mean_face={"psnr": [15.0]},
        mine={"psnr": [25.0]},
        gan={"psnr": [12.0], "shared_detail": [0.9]},
        autoencoder={"psnr": [27.0], "shared_detail": [0.1]},
    )
    table = numbers.overview_table(rows).data
    # Noise that shares much with anything is not the best.
    assert "(best)" not in table.at["gan", "shared detail"]
    assert "(best)" in table.at["autoencoder", "shared detail"]
    assert table["kind"].to_dict() == {
        "autoencoder": "alone",
        "gan": "failed",
        "mean_face": "yardstick",
        "mine": "yardstick",
    }


def test_how_the_losses_pull():
    values = [
        Value("last_epoch_median", 0.25, "adversarial_share"),
        Value("last_epoch_median", -0.5, "gradient_cosine"),
        Value("share_of_batches", 1.0, "weight_bce = 0"),
        Value("step_length", 1.3),
    ]
    table = seen(numbers.pulls_table(tidy(values, "faces", "quick", "v5")))
    assert table.loc["v5"].to_dict() == {
        "adversary's share": "0.250",
        "cosine": "−0.500",
        "Adam's step": "1.30",
        "silent": "100.0%",
    }


def test_the_documents_stand_beside_ours():
    styler = numbers.documents_table(TWO_SEEDS)
    table = seen(styler)
    assert list(table["Baseline"]) == ["document", "here: weighted"]  # no run of the autoencoder
    assert list(table["v5"]) == ["document"]
    assert table.at["blur factor", ("v1", "document")] == "102.5"
    assert table.at["blur factor", ("v1", "here: v1")] == "2,200.0"
    assert table.at["generator loss", ("v1", "here: v1")] == "–"
    assert "Blur factor of the raw images: 658.269 there, 2,000.0 here" in styler.caption


def test_a_discriminator_is_shown_as_it_was_over_the_last_epochs():
    accuracy, loss = ("d_accuracy_fake", "last 3 epochs"), ("d_loss_real", "last 3 epochs")
    values = [("d_accuracy_fake", 0.009), ("psnr", 25.0), (*accuracy, 0.7), (*loss, 0.25)]
    rows = tidy(
        [Value(metric, value, *case) for metric, *case, value in values], "faces", "quick", "v4"
    )
    styler = numbers.adversary_table(rows)
    table = seen(styler)
    assert list(table) == ["discriminator accuracy fake", "discriminator loss real"]
    assert table.loc["v4"].tolist() == ["70.00%", "0.250"]
    assert "mean of the last 3 epochs" in styler.caption
    # The documents took their numbers after the last epoch.
    documents = seen(numbers.documents_table(pd.concat([TWO_SEEDS[:1], rows])))
    assert documents.at["discriminator accuracy fake", ("v4", "here: v4")] == "0.90%"
    assert documents.at["discriminator loss real", ("v4", "here: v4")] == "–"


def test_one_run_in_a_row():
    run = a_run("v4", outcome="complete")
    measured = tidy_run([Value("psnr", 25.0), Value("dead_units", 3)], "faces", run)
    styler = numbers.run_table(run, pd.concat([measured, TWO_SEEDS]))
    table = seen(styler)
    assert list(table.index) == ["v4 seed 0"]
    assert table.at["v4 seed 0", "dead units"] == "3"
    assert table.at["v4 seed 0", "SSIM"] == "–"
    assert styler.caption.endswith("Outcome: complete.")


def test_yardsticks_have_no_seeds_and_no_best():
    yardsticks = TWO_SEEDS[TWO_SEEDS["version"].isin(["raw", "mean_face", "pca_100"])]
    table = seen(numbers.yardsticks_table(yardsticks))
    assert list(table.index) == ["raw", "mean_face", "pca_100"]
    assert table.loc["pca_100"].tolist() == ["30.00", "1,500.0"]


def test_what_sharpness_hides():
    rows = results_of(
        mean_face={"psnr": [15.0]},
        pca_100={"psnr": [30.0], "eye_detail": [0.4]},
        weighted={"psnr": [24.0], "invented_form": [0.2], "eye_detail": [0.31]},
        v1={"psnr": [21.0], "invented_form": [0.3], "eye_detail": [0.35]},
    )
    table = seen(numbers.appearance_table(rows))
    assert list(table) == ["way to PCA", "invented form", "detail of the eyes"]
    # The less is invented, the better; yardsticks do not compete.
    assert table["way to PCA"].tolist() == ["0.0%", "100.0%", "60.0% (best)", "40.0%"]
    assert table["invented form"].tolist() == ["–", "–", "20% (best)", "30%"]
    assert table["detail of the eyes"].tolist() == ["–", "40.0%", "31.0%", "35.0% (best)"]


@pytest.mark.parametrize("table", [numbers.appearance_table, costs_table])
def test_what_did_not_reconstruct_is_the_best_at_nothing(table):
    rows = results_of(
        mean_face={"psnr": [15.0], "input_dependence": [0.0]},
        pca_100={"psnr": [30.0], "input_dependence": [0.99]},
        weighted={"psnr": [24.0], "input_dependence": [0.9]},
        autoencoder_slow={"psnr": [24.0], "input_dependence": [0.8]},
        gan={"psnr": [12.0], "input_dependence": [1.0]},
    )
    made = seen(table(rows))["input dependence"]
    assert "(best)" in made["weighted"]
    assert "(best)" not in made["gan"]


def test_what_was_changed_of_faces():
    rows = results_of(
        raw={"smile_grade_error": [0.0412], "laplacian_variance": [2000.0]},
        pca_100={"smile_change": [0.03], "attributes_changed": [0.02]},
        weighted={"smile_changed": [0.01], "smile_change": [0.05], "attributes_changed": [0.061]},
        v1={"smile_changed": [0.02], "smile_change": [0.04], "attributes_changed": [0.07]},
        gan={"psnr": [12.0]},
    )
    styler = numbers.changes_table(rows)
    table = seen(styler)
    assert list(table.index) == ["raw", "pca_100", "weighted", "v1"]
    assert table.loc["raw"].tolist() == ["–", "–", "0.0412", "–"]  # nothing by expression
    alone = Value("smile_grade_error", 0.06, "expression alone")
    both = pd.concat([rows, tidy([alone], "faces", "quick", "raw", 0, 12)])
    assert seen(numbers.changes_table(both)).at["raw", "error by expression"] == "0.0600"
    assert table.loc["weighted"].tolist() == ["1.0% (best)", "0.0500", "–", "6.1% (best)"]
    assert table.at["v1", "change of smile"] == "0.0400 (best)"
    assert "one seed" in styler.caption
    assert "no probe" in numbers.changes_table(TWO_SEEDS).data


def test_what_the_probe_reads():
    assert isinstance(numbers.probe_table(None, None), HTML)
    # A stand-in for the classifier, which takes the brighter half for hats.
    probe = Probe(("Hat",), lambda images, training: images[:, 0, 0, :1] / 10 - 12.0)
    images = np.zeros((4, 10, 10, 3), np.uint8) + np.uint8([0, 90, 150, 200])[:, None, None, None]
    split = Split(images, pd.DataFrame({"Hat": [False, True, True, True]}))
    table = numbers.probe_table(probe, split).data
    assert list(table) == ["commoner answer", "accuracy", "ROC AUC"]
    assert table.loc["Hat"].tolist() == ["75.0%", "75.0%", "1.000"]
    # Another one that takes the two darkest for hats.
    second = Probe(("Hat",), lambda images, training: 12.0 - images[:, 0, 0, :1] / 10, True)
    table = numbers.probe_table(probe, split, second).data
    assert list(table)[3:] == ["accuracy, second", "ROC AUC, second"]
    assert table.loc["Hat"].tolist()[3:] == ["25.0%", "0.000"]


@pytest.mark.parametrize("table", [numbers.adversary_table, numbers.appearance_table])
def test_every_caption_says_what_its_numbers_are(table):
    assert "means of 2 seeds" in table(TWO_SEEDS).caption
