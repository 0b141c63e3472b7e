"""Changes that a probe reads, on drawn faces and a probe that knows their factors."""

import dataclasses

import numpy as np
import pytest

from aegan_lib.dataset import Split
from aegan_lib.datasets.drawn import people
from aegan_lib.evaluation import measuring
from aegan_lib.evaluation.changes import changes, grade_error, smile_scale
from tests import made_up

NAMES = ("Smiling", "Male", "Bangs", "Mouth_Slightly_Open")


class Knowing:
    """A probe that finds a face among those it was shown; its logit grows with their smile."""

    def __init__(self, *splits, attributes=NAMES):
        self.attributes = tuple(attributes)
        self.rows = {
            image.tobytes(): row
            for split in splits
            for image, (_, row) in zip(split.images, split.table.iterrows(), strict=True)
        }

    def logits(self, images):
        rows = [self.rows[image.tobytes()] for image in images]
        return np.array([[self.logit(row, name) for name in self.attributes] for row in rows])

    def logit(self, row, name):
        if name == "Smiling":  # any function that grows with the smile will do
            return 40 * (row["smile"] - 0.4) ** 3
        return 1.0 if row[name] else -1.0


def smiled(split, smiling):
    table = people.with_smile(split.table, smiling)
    return Split(people.render(table, 20), table)


@pytest.fixture(scope="module")
def data():
    return made_up.drawn_data()


@pytest.fixture(scope="module")
def wide(data):
    """Validation faces as they are, smiling and not, which are more to learn a scale from."""
    sides = [data.validation, smiled(data.validation, True), smiled(data.validation, False)]
    images = np.concatenate([side.images for side in sides])
    table = sides[0].table.iloc[[*range(60)] * 3].reset_index(drop=True)
    for name in ("smile", "Smiling"):
        table[name] = np.concatenate([side.table[name] for side in sides])
    return dataclasses.replace(data, validation=Split(images, table))


def test_nothing_changed(data):
    probe = Knowing(data.validation, data.test)
    assert changes(data.test.images, data, probe) == {"attributes_changed": 0, "smile_change": 0}


def test_a_smile_is_moved_as_far_as_the_factor_says(wide):
    smiling = smiled(wide.test, True)
    probe = Knowing(wide.validation, wide.test, smiling)
    moved = smiling.table["smile"].to_numpy() - wide.test.table["smile"].to_numpy()
    assert 0.3 < moved.mean() < 0.5  # half of them did not smile
    found = changes(smiling.images, wide, probe)
    assert found["smile_change"] == pytest.approx(moved.mean(), abs=0.02)
    # The mouths that opened with it are not among the others.
    assert found["attributes_changed"] == 0
    # Everybody with somebody else's face: it goes up for some and down for others.
    others = np.roll(wide.test.images, 1, axis=0)
    apart = np.abs(np.diff(wide.test.table["smile"], append=wide.test.table["smile"].iloc[0]))
    assert changes(others, wide, probe)["smile_change"] == pytest.approx(apart.mean(), abs=0.02)


def test_attributes_that_are_read_otherwise(data):
    # Everybody is given the same man without bangs.
    table = data.test.table
    (man, *_) = np.flatnonzero(table["Male"] & ~table["Bangs"])
    outputs = np.repeat(data.test.images[[man]], len(table), axis=0)
    found = changes(outputs, data, Knowing(data.validation, data.test))
    # Two attributes count: half of them for each woman, half for each with bangs.
    expected = ((~table["Male"]).mean() + table["Bangs"].mean()) / 2
    assert found["attributes_changed"] == pytest.approx(expected)


def test_the_error_of_a_grade(wide):
    sure = Knowing(wide.validation, wide.test)
    # Uniform in [0, 0.12] or [0.65, 1], and its mean is guessed: a quarter of each width.
    guessed = pytest.approx((0.12 + 0.35) / 2 / 4, abs=0.015)
    found = made_up.numbers(grade_error(wide, sure))
    assert found["smile_grade_error"] < 0.02
    assert found["smile_grade_error", "expression alone"] == guessed

    # One that tells smiling or not, and no more, is off by the spread within each.
    class Coarse(Knowing):
        def logit(self, row, name):
            return np.sign(super().logit(row, name))

    coarse = made_up.numbers(grade_error(wide, Coarse(wide.validation, wide.test)))
    assert coarse["smile_grade_error"] == guessed


def test_a_scale_only_grows_and_ends_at_both_expressions(wide):
    scale = smile_scale(wide.validation, Knowing(wide.validation))
    graded = scale.predict(np.linspace(-50, 50, 1001))
    assert (np.diff(graded) >= 0).all()
    assert graded.min() == wide.validation.table["smile"].min()
    assert graded.max() == wide.validation.table["smile"].max()


def test_what_is_not_known_is_left_out(data):
    probe = Knowing(data.validation, data.test)
    blind = dataclasses.replace(data, validation=made_up.without(data.validation, "smile"))
    # Without the factor a smile is graded by the attribute, and no grade has a true answer.
    assert set(changes(data.test.images, blind, probe)) == {"attributes_changed", "smile_change"}
    assert smile_scale(blind.validation, probe).predict([50.0]) == [1]
    unlabelled = dataclasses.replace(data, validation=made_up.without(data.validation, "Smiling"))
    assert list(changes(data.test.images, unlabelled, probe)) == ["attributes_changed"]
    assert grade_error(unlabelled, probe) == []
    unsmiling = Knowing(data.validation, data.test, attributes=["Male"])
    assert list(changes(data.test.images, data, unsmiling)) == ["attributes_changed"]
    smile_alone = Knowing(data.validation, data.test, attributes=["Smiling"])
    assert list(changes(data.test.images, data, smile_alone)) == ["smile_change"]


def test_they_are_measured_of_runs_and_yardsticks(data, monkeypatch):
    monkeypatch.setattr(measuring, "changes", lambda y, dataset, probe: {"smile_change": 0.25})
    monkeypatch.setattr(measuring, "truth", lambda *_: [])
    probe = Knowing(data.validation, data.test)
    table = measuring.yardsticks(data, probe, probe).set_index("version")
    moved = table[table["metric"] == "smile_change"]["value"]
    assert moved.to_dict() == {"mean_face": 0.25, "pca_100": 0.25}
    assert table[table["metric"] == "smile_grade_error"]["case"].to_dict().keys() == {"raw"}
    alone = measuring.yardsticks(data, probe)
    assert not alone["metric"].isin(["smile_change", "smile_grade_error"]).any()
