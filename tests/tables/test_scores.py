"""The scores of arithmetic as tables, of made-up runs and of rows worked by hand."""

import pandas as pd
import pytest
from IPython.display import HTML

from aegan_lib.evaluation import arithmetic
from aegan_lib.evaluation.results import Value, tidy
from aegan_lib.tables import scores
from tests import made_up
from tests.made_up import HAT, MALE, NAMES, SMILING, Reader, Squares, column, seen

VERSIONS = {
    "weighted": lambda z: column(z, MALE, z[:, MALE] - (z[:, HAT] * z[:, SMILING] > 0.5)),
    "v1": lambda z: z * 0,
}


@pytest.fixture(scope="module")
def measured():
    """Version, and "raw" -> what Squares score under its name."""
    data = made_up.squares_data()
    runs = {name: Squares(change) for name, change in VERSIONS.items()}
    scored = {name: made_up.score(run, data, Reader()) for name, run in runs.items()}
    return {"raw": arithmetic.truth(data, Reader())} | scored


def results(measured, seeds=(0,)):
    """Values of each version as rows of these seeds; yardsticks have one."""
    return pd.concat(
        tidy(values, "squares", "small", name, seed, int(name != "raw"))
        for name, values in measured.items()
        for seed in (seeds if name != "raw" else (0,))
    )


def test_scores_table(measured):
    rows = results(measured)
    styler = scores.scores_table(rows)
    table = seen(styler)
    assert list(table.index) == ["true answers", "useless edits", "weighted", "v1"]
    assert (
        table.at["true answers", ("averages of 3", "first probe")] == "100.0% (91.2–100.0)"
    )  # of 40
    cell = table.at["weighted", ("one man + smile", "first probe")]
    assert cell.startswith("50.0% (") and cell.endswith(")")
    assert table.at["v1", ("one man + smile", "first probe")] == "0.0% (0.0–8.8)"  # none of 40
    for column_, case in (("averages of 3", "averages"), ("one man + smile", "single")):
        shuffled = rows[rows["case"] == f"{case}, shuffled"]
        assert len(shuffled) == 2
        median = f"{shuffled['value'].median():.1%}"
        assert table.at["useless edits", (column_, "first probe")] == median
    assert table.at["useless edits", ("not edited", "first probe")] == "–"
    assert table.at["weighted", ("changed", "Male")].startswith("50.0%")
    assert "second" not in table.columns.get_level_values(1)
    assert "one run" in styler.caption
    # An interval over the images of one run is no interval of a version.
    several = scores.scores_table(results(measured, seeds=(0, 1)))
    assert seen(several).at["weighted", ("one man + smile", "first probe")] == "50.0%"
    assert "means of 2 seeds" in several.caption
    assert "one run" not in several.caption


class Gloomy(Reader):
    """A probe that reads no smile off a face with a hat."""

    def read(self, images):
        seen = super().read(images)
        return column(seen, SMILING, seen[:, SMILING] * (seen[:, HAT] < 0.5))


def test_a_second_probe_stands_beside_the_first():
    data, probes = made_up.squares_data(), (Reader(), Gloomy())
    found = {
        "raw": arithmetic.truth(data, *probes),
        "v5": made_up.score(Squares(), data, *probes),
    }
    table = seen(scores.scores_table(results(found)))
    for edit in ("one man + smile", "averages of 3"):
        assert list(table[edit]) == ["first probe", "second"]
        for row in ("true answers", "v5"):
            if (row, edit) != ("true answers", "one man + smile"):  # no man can be drawn smiling
                assert table.at[row, (edit, "first probe")].startswith("100.0%")
    # Of an interval over one seed's images the first probe's stands for both.
    assert table.at["v5", ("one man + smile", "second")] == "50.0%"
    assert table.at["true answers", ("averages of 3", "second")] == "50.0%"
    useless = table.loc["useless edits"]
    assert useless["averages of 3", "second"] != useless["averages of 3", "first probe"]


def smiling_men(version, seed, value):
    values = [Value("smiling_men", value, "single", 0, 1), Value("psnr", 20.0)]
    return tidy(values, "faces", "quick", version, seed, 1)


def test_five_seeds_that_differ_have_an_interval():
    values = (0.48, 0.49, 0.50, 0.51, 0.52)
    rows = pd.concat([smiling_men("v1", seed, value) for seed, value in enumerate(values)])
    table = seen(scores.scores_table(rows))
    assert (
        table.at["v1", ("one man + smile", "first probe")] == "50.0% (48.0–52.0)"
    )  # 2.7764 · 0.0158 / √5


def test_only_the_last_epoch_is_scored():
    early = smiling_men("v1", 0, 0.9).assign(epoch=0)
    table = seen(scores.scores_table(pd.concat([early, smiling_men("v1", 0, 0.5)])))
    assert table.at["v1", ("one man + smile", "first probe")].startswith("50.0%")


def test_versions_without_a_score_have_no_row():
    other = tidy([Value("psnr", 20.0)], "faces", "quick", "gan", 0, 1)
    table = seen(scores.scores_table(pd.concat([other, smiling_men("v1", 0, 0.5)])))
    assert list(table.index) == ["v1"]


def test_closeness_table():
    drawn, book = made_up.drawn_data(), made_up.book()
    found = {"raw": arithmetic.truth(drawn, book), "v5": made_up.score(book, drawn, book)}
    table = seen(scores.closeness_table(results(found)))
    assert table.at["v5", ("SSIM", "limit")] == "1.000"
    assert table.at["v5", ("attributes", "edited")] == "100.0%"
    # A smile changes little of a picture, so that one that does not change at all comes close.
    assert float(table.at["v5", ("SSIM", "not edited")]) == pytest.approx(0.88, abs=0.03)
    assert table.at["true answers", ("SSIM", "edited")] == "1.000"
    assert table.at["true answers", ("SSIM", "limit")] == "–"


def test_separations_table(measured):
    styler = scores.separations_table(results(measured))
    table = seen(styler)
    assert list(table) == ["weighted", "v1"]
    assert table.at["Wearing_Hat", "weighted"] == "1.00"
    assert "Mouth_Slightly_Open" not in table.index  # it goes with Smiling wherever one looks
    assert styler.caption.endswith("The versions: one seed.")


def test_readings_table(measured):
    styler = scores.readings_table(results(measured))
    table = seen(styler)
    assert list(table) == ["commoner answer", "test faces", "weighted", "v1"]
    # Smiling men with hats are lost, an eighth; v1 keeps nothing, which is right for one half.
    assert table.loc["Male"].tolist() == ["50.0%", "100.0%", "87.5%", "50.0%"]
    assert "in every version: none." in styler.caption
    blank = scores.readings_table(results({name: measured[name] for name in ("raw", "v1")}))
    assert "in every version: " + ", ".join(NAMES) in blank.caption


def of_attributes(metric, version, seed, **values):
    rows = [Value(metric, value, case) for case, value in values.items()]
    return tidy(rows, "faces", "quick", version, seed, int(version != "raw"))


@pytest.fixture
def two_seeds():
    """Readings and separations of two seeds; what Young is, no version can tell."""
    return pd.concat(
        [
            of_attributes("majority", "raw", 0, Young=0.8, Male=0.5),
            of_attributes("probe_accuracy", "raw", 0, Young=1.0, Male=1.0),
            of_attributes("probe_accuracy", "v1", 0, Young=0.81, Male=0.90),
            of_attributes("probe_accuracy", "v1", 1, Young=0.81, Male=0.92),
            of_attributes("auc", "v1", 0, Young=0.5, Male=0.90),
            of_attributes("auc", "v1", 1, Young=0.5, Male=0.92),
        ]
    )


def test_attributes_have_intervals_over_seeds(two_seeds):
    styler = scores.readings_table(two_seeds)
    table = seen(styler)
    assert list(table.index) == ["Male", "Young"]  # what is held best comes first
    assert table.loc["Male"].tolist() == ["50.0%", "100.0%", "91.0%"]
    assert table.loc["Young"].tolist() == ["80.0%", "100.0%", "81.0%"]
    assert "in every version: Young. The versions: means of 2 seeds" in styler.caption
    styler = scores.separations_table(two_seeds)
    assert seen(styler)["v1"].to_dict() == {"Male": "0.91", "Young": "0.50"}
    assert "means of 2 seeds" in styler.caption


def test_tables_without_scores():
    nothing = tidy([Value("psnr", 20.0)], "f", "p", "v1", 0, 1)
    yardstick = of_attributes("probe_accuracy", "raw", 0, Male=1.0)  # which is no version
    for table in (
        scores.scores_table,
        scores.closeness_table,
        scores.separations_table,
        scores.readings_table,
    ):
        html = table(pd.concat([yardstick, nothing]))
        assert isinstance(html, HTML)
        assert html.data.startswith("<p>No ")
