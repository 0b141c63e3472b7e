"""Figures of codes: what their captions quote of the table, and what they do without."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from aegan_lib.dataset import Split
from aegan_lib.evaluation.results import Value, tidy_run
from aegan_lib.evaluation.ways import along_directions, halfway
from aegan_lib.figures import codes
from tests import made_up
from tests.made_up import Pixels, Squares, without

NOTHING = tidy_run([], "faces", Squares())


@pytest.fixture(scope="module")
def data():
    return made_up.squares_data()


@pytest.fixture(scope="module")
def drawn():
    return made_up.drawn_data()


def rows(panel):
    return [label.get_text() for label in panel.get_yticklabels()]


def test_the_documents_figure(data, shown):
    codes.vector_arithmetic(Squares(), data.test)
    (only,) = shown
    (panel,) = only.figure.axes
    assert rows(panel) == ["smiling women", "neutral women", "neutral men", "result"]
    side, gap = 96, 4
    canvas = panel.images[0].get_array()
    assert canvas.shape[:2] == (4 * side + 3 * gap, 4 * side + 3 * gap)
    # The result stands alone, and is bright where Male and Smiling are.
    assert (canvas[-side:, : -side - gap] == 255).all()
    result = canvas[-side:, -side:]
    assert result[16, 16].tolist() == result[16, 48].tolist() == [200] * 3


@pytest.mark.parametrize("missing", ["Male", "Smiling"])
def test_without_its_groups_there_is_no_sum(data, shown, missing):
    codes.vector_arithmetic(Squares(), without(data.test, missing))
    assert "No arithmetic is shown" in shown[0].text


def test_edits(drawn, shown):
    book = made_up.book()
    results = tidy_run(made_up.score(book, drawn, book), "faces", book)
    codes.edits(book, drawn, results, each=4)
    (only,) = shown
    assert "4 neutral test men" in only.alt
    for text in (only.alt, only.caption):
        assert "1.000 after it, 1.000 for its own reconstruction" in text
    assert "by v5" in only.caption
    assert rows(only.figure.axes[0]) == [
        "neutral men",
        "reconstruction",
        "+ smile",
        "true answer",
        "its reconstruction",
    ]
    # The book is perfect: its edit is the true answer.
    canvas = only.figure.axes[0].images[0].get_array()
    edited, answer = (canvas[top : top + 100] for top in (2 * 104, 3 * 104))
    assert np.array_equal(edited, answer)


def test_edits_quote_the_table_and_not_themselves(drawn, shown):
    book = made_up.book()
    ssim = {"unedited": 0.111, "edited": 0.222, "limit": 0.333}
    kept = tidy_run([Value("edit_ssim", v, case) for case, v in ssim.items()], "faces", book)
    codes.edits(book, drawn, kept, each=4)
    assert "0.111 before the edit, 0.222 after it, 0.333 for" in shown[0].caption


def test_edits_without_truth_or_attributes(data, shown):
    codes.edits(Squares(), data, NOTHING)
    assert "true answer" not in shown[0].alt + shown[0].caption
    assert rows(shown[0].figure.axes[0]) == ["neutral men", "reconstruction", "+ smile"]
    tame = dataclasses.replace(data, test=without(data.test, "Male"))
    codes.edits(Squares(), tame, NOTHING)
    assert "No smile is added" in shown[-1].text


def test_interpolation(drawn, shown):
    run = Pixels()
    z = run.encode(drawn.test.images)
    results = tidy_run(halfway(run, drawn.test, z), "faces", run)
    codes.interpolation(run, drawn, results)
    (only,) = shown
    quality = results.set_index("case")["value"]
    for text in (only.alt, only.caption):
        assert f"Halfway between {quality.iloc[0]:.0f} pairs" in text
        assert f"{quality['line']:.1f} dB for the line" in text
        assert f"{quality['arc']:.1f} for the arc" in text
        assert f"{quality['cross-fade']:.1f} for cross-fading" in text
        assert "inf for reconstructing" in text
    assert rows(only.figure.axes[0]) == ["straight line", "arc", "drawn between"]
    assert only.figure.axes[0].images[0].get_array().shape[1] == 9 * 100 + 8 * 4


def test_interpolation_quotes_the_table(drawn, shown):
    run = Pixels()
    values = [Value("halfway_pairs", 7), Value("arc_length", 1.25), Value("line_closer", 0.75)]
    cases = ("line", "arc", "cross-fade", "drawn face")
    values += [Value("halfway_psnr", 11 * i, case) for i, case in enumerate(cases, 1)]
    codes.interpolation(run, drawn, tidy_run(values, "faces", run))
    assert shown[0].caption.endswith(
        "Halfway between 7 pairs, the arc lies 1.25 times as far out, and PSNR with the face drawn "
        "halfway is 11.0 dB for the line, 22.0 for the arc, 33.0 for cross-fading the two "
        "reconstructions, 44.0 for reconstructing the drawn face; the line is the closer in 75% of "
        "pairs."
    )


def test_interpolation_without_factors(data, shown):
    run = Squares()
    values = halfway(run, data.test, run.encode(data.test.images))
    codes.interpolation(run, data, tidy_run(values, "squares", run))
    assert "Halfway between 80 pairs" in shown[0].caption
    assert shown[0].caption.endswith("times as far out.")
    assert "drawn" not in shown[0].alt
    # What was not measured is not said.
    codes.interpolation(run, data, NOTHING)
    assert "Halfway" not in shown[1].caption


def test_interpolation_needs_faces_that_are_alike(drawn, shown):
    lonely = Split(drawn.test.images[:1], drawn.test.table[:1])
    codes.interpolation(Pixels(), dataclasses.replace(drawn, test=lonely), NOTHING)
    assert "alike enough" in shown[-1].text


def measured(run, data):
    values = along_directions(run, run.encode(data.train.images), data.train)
    return tidy_run(values, "squares", run)


def test_traversal(data, shown):
    run = Squares()
    codes.traversal(run, data, measured(run, data))
    # Half of the faces are men: a standard deviation of 0.5 in one of nine squares, of which the
    # ends differ by 200 grey levels, from 0.5 - 1 to 0.5 + 1, clipped.
    z = run.encode(data.train.images)
    share = 0.25 / z.var(axis=0).sum()
    assert f"Male {share:.1%}"[:-2] in shown[0].caption
    assert rows(shown[0].figure.axes[0]) == [
        "Smiling",
        "Male",
        "component 1",
        "component 2",
        "component 3",
    ]
    tame = dataclasses.replace(data, train=without(data.train, "Male"))
    codes.traversal(run, tame, measured(run, tame))
    assert "Male 1" not in shown[1].caption
    assert rows(shown[1].figure.axes[0])[:2] == ["Smiling", "component 1"]
    bare = dataclasses.replace(data, train=without(data.train, "Male", "Smiling"))
    codes.traversal(run, bare, measured(run, bare))
    assert "Smiling 1" not in shown[2].caption
    assert "component 1" in shown[2].caption


def test_traversal_quotes_the_table(data, shown):
    run = Squares()
    kept = measured(run, data)
    kept.loc[kept["metric"] == "direction_variance", "value"] = 0.125
    kept.loc[kept["metric"] == "direction_change", "value"] = 7.25
    kept.loc[kept["metric"] == "direction_outside", "value"] = [0.1, 0.3, 0.2, 0.1, 0.1]
    codes.traversal(run, data, kept)
    for text in (shown[0].alt, shown[0].caption):
        assert "Smiling 12.5% and 7.2, Male 12.5% and 7.2, component 1 12.5% and 7.2" in text
    assert "at most 30% of a code’s coordinates" in shown[0].caption


def test_codes_that_are_not_numbers_lead_nowhere(data, shown):
    run = Squares()
    run.encode = lambda images: np.full((len(images), 9), np.nan)
    codes.traversal(run, data, NOTHING)
    assert "The codes of v1 are not numbers" in shown[-1].text


def test_another_runs_numbers_are_not_quoted(data, shown):
    run = Squares()
    foreign = [Value("halfway_pairs", 99), Value("arc_length", 9.9)]
    other = tidy_run(foreign, "squares", made_up.a_run("v4"))
    own = tidy_run([Value("halfway_pairs", 7), Value("arc_length", 1.25)], "squares", run)
    codes.interpolation(run, data, pd.concat([other, own]))
    assert "Halfway between 7 pairs, the arc lies 1.25 times" in shown[0].caption
