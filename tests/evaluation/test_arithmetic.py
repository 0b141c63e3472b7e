"""Arithmetic, scored on made-up runs whose codes can be read in their images."""

import dataclasses
import math

import numpy as np
import pytest

from aegan_lib import latent, metrics
from aegan_lib.dataset import Split
from aegan_lib.datasets.drawn import people
from aegan_lib.evaluation import arithmetic
from tests import made_up
from tests.made_up import (
    HAT,
    MALE,
    MOUTH,
    NAMES,
    OTHER,
    SMILING,
    YOUNG,
    Reader,
    Squares,
    column,
    numbers,
    without,
)


@pytest.fixture(scope="module")
def data():
    return made_up.squares_data()


def values(data, change=lambda z: z, probe=None):
    return made_up.score(Squares(change), data, probe or Reader())


def score(*arguments, **options):
    return numbers(values(*arguments, **options))


def test_a_perfect_editor(data):
    found = score(data)
    assert found["smiling_men", "single"] == found["smiling_men", "averages of 3"] == 1
    assert found["smiling_men", "averages of 10"] == 1
    assert found["smiling_men", "unedited"] == 0
    assert found["male_flipped"] == found["others_flipped"] == 0
    assert all(found["probe_accuracy", name] == 1 for name in NAMES)
    # Without any knowledge: each of two independent attributes comes out right half of the time.
    assert found["smiling_men", "averages, shuffled"] == pytest.approx(0.25, abs=0.08)
    # Another direction as long: among these few, a quarter of them point to smiles well enough.
    assert found["smiling_men", "single, shuffled"] == pytest.approx(1 / 4, abs=0.1)


def test_shuffled_faces_teach_nothing(data):
    table = data.train.table.sample(frac=1, random_state=0, ignore_index=True)
    found = score(dataclasses.replace(data, train=Split(data.train.images, table)))
    assert found["smiling_men", "single"] < 0.1
    assert found["auc", "Smiling"] == pytest.approx(0.5, abs=0.2)


def test_a_constant_smiling_man_is_given_away(data):
    """Every score of an edit is perfect, but so is every one without."""
    found = score(data, lambda z: z * 0 + np.eye(9)[[MALE, SMILING, MOUTH]].sum(axis=0))
    assert found["smiling_men", "single"] == found["smiling_men", "averages of 3"] == 1
    assert found["edit_kept"] == 1
    assert found["smiling_men", "unedited"] == found["smiling_men", "single, shuffled"] == 1
    assert found["smiling_men", "averages, shuffled"] == 1
    assert found["probe_accuracy", "Male"] == 0.5


def test_what_an_edit_breaks_is_counted_on_reconstructions(data):
    def hats(z):  # whoever smiles, more than this decoder's men did before, wears a hat
        return column(z, HAT, np.maximum(z[:, HAT], z[:, SMILING]))

    # Half of the neutral men had no hat: that is half of one of two other attributes. The mouth
    # has opened too, as it should.
    assert score(data, hats)["others_flipped"] == 0.25
    women = score(data, lambda z: column(z, MALE, z[:, MALE] - 0.7 * z[:, SMILING]))
    assert women["male_flipped"] == 1
    assert women["smiling_men", "single"] == 0
    # Men who were women before the edit are not its doing, whatever the photo shows.
    lost = score(data, lambda z: column(z, MALE, 0))
    assert lost["male_flipped"] == lost["smiling_men", "single"] == 0
    assert lost["probe_accuracy", "Male"] == 0.5


def test_ssim_and_range_of_an_edit(data):
    def straight_faces(z):
        return column(column(z, SMILING, 0), MOUTH, 0)

    run, table = Squares(straight_faces), data.train.table
    found = score(data, straight_faces)
    men = run.encode(data.test.images[arithmetic.groups(data.test)["neutral men"]])
    train = run.encode(data.train.images)
    smile = np.mean(
        [
            train[(table["Male"] == sex) & table["Smiling"]].mean(axis=0)
            - train[(table["Male"] == sex) & ~table["Smiling"]].mean(axis=0)
            for sex in (False, True)
        ],
        axis=0,
    )
    before, after = run.decode(men), run.decode(men + smile)
    assert found["edit_kept"] == pytest.approx(metrics.ssim(before, after).mean())
    outside = (men + smile < 0) | (men + smile > train.max(axis=0))
    assert found["coordinates_outside"] == pytest.approx(outside.mean())
    assert 0 < found["coordinates_outside"] < 0.2


def test_a_smile_is_learned_from_faces_of_one_sex(data):
    # Nearly all who smile are women: a plain mean of these faces would turn men into women.
    def women_smile(table):
        return (table["Male"] != table["Smiling"]) | (np.arange(len(table)) % 8 == 0)

    skewed = dataclasses.replace(data, train=without(data.train, keep=women_smile))
    z, table = Squares().encode(skewed.train.images), skewed.train.table
    assert latent.attribute_vector(z, table["Smiling"])[MALE] < -0.7
    found = score(skewed)
    assert found["male_flipped"] == 0
    assert found["smiling_men", "single"] == 1


def test_directions_are_of_faces_alike_in_male_and_smiling(data):
    def beards(split):
        """Beard: half of the men, by a square of its own. Adult: all men, and nobody else."""
        beard = split.table["Male"] & (Squares().encode(split.images)[:, OTHER[0]] > 0.5)
        return Split(split.images, split.table.assign(Beard=beard, Adult=split.table["Male"]))

    found = score(dataclasses.replace(data, train=beards(data.train), test=beards(data.test)))
    assert found["auc", "Wearing_Hat"] == found["auc", "Male"] == found["auc", "Smiling"] == 1
    assert found["auc", "Beard"] > 0.97
    assert ("auc", "Adult") not in found  # nothing to compare within a stratum
    assert ("auc", "Mouth_Slightly_Open") not in found
    noise = score(data, probe=Reader(["Male"]))
    assert noise["auc", "Young"] == 1  # no probe is asked


def test_what_is_not_known_is_left_out(data):
    tame = dataclasses.replace(
        data, train=without(data.train, "Smiling"), test=without(data.test, "Smiling")
    )
    probe = Reader([name for name in NAMES if name != "Smiling"])
    kept = values(tame, probe=probe)
    assert {value.metric for value in kept} == {"auc", "probe_accuracy"}
    assert numbers(kept)["auc", "Male"] == numbers(kept)["probe_accuracy", "Wearing_Hat"] == 1
    assert all(math.isnan(value.low) and math.isnan(value.high) for value in kept)
    assert {v.metric for v in arithmetic.truth(tame, probe)} == {"majority", "probe_accuracy"}
    # The probe cannot read Male; squares have no factors.
    assert all(v.metric != "smiling_men" for v in values(data, probe=Reader(["Smiling"])))
    assert all(v.metric not in ("edit_ssim", "edit_agreement") for v in values(data))
    # With two attributes there are no others.
    pair = score(data, probe=Reader(["Male", "Smiling"]))
    assert pair["smiling_men", "single"] == 1
    assert "others_flipped" not in pair


@pytest.mark.parametrize("count", [2, 3])
def test_groups_need_three_members(data, count):
    def few(split):
        neutral_men = split.table["Male"] & ~split.table["Smiling"]
        return without(split, keep=lambda t: ~neutral_men | (neutral_men.cumsum() <= count))

    test = few(data.test)
    found = score(dataclasses.replace(data, test=test))
    assert ("neutral men" in arithmetic.groups(test)) == (count == 3)
    for case in ("unedited", "single", "single, shuffled", "averages of 3", "averages, shuffled"):
        assert (("smiling_men", case) in found) == (count == 3)
    assert ("smiling_men", "averages of 10") not in found
    # Neutral men are only needed in test, neutral women in training too.
    trained = score(dataclasses.replace(data, train=few(data.train)))
    assert trained["smiling_men", "single"] == 1


class Blind(Reader):
    """A probe that sees nobody smile."""

    def read(self, images):
        return column(super().read(images), SMILING, 0)


def test_a_second_probe_reads_the_same_results(data):
    alone, both = values(data), made_up.score(Squares(), data, Reader(), Blind())
    first = [value for value in both if not value.metric.endswith("_hardened")]
    assert repr(first) == repr(alone)
    second, found = (
        numbers(v for v in both if v.metric.endswith("_hardened") is kind) for kind in (True, False)
    )
    # The same cases and attributes as the first's, and nothing else.
    read = [key for key in found if key[0] in ("smiling_men", "probe_accuracy")]
    assert [(metric.removesuffix("_hardened"), case) for metric, case in second] == read
    assert len(read) == 6 + len(NAMES)
    for case in ("unedited", "single", "averages of 3", "averages of 10", "averages, shuffled"):
        assert second["smiling_men_hardened", case] == 0
    assert second["probe_accuracy_hardened", "Smiling"] == 0.5
    assert second["probe_accuracy_hardened", "Male"] == 1
    agreed = numbers(made_up.score(Squares(), data, Reader(), Reader()))
    for metric, case in second:
        assert agreed[metric, case] == found[metric.removesuffix("_hardened"), case]


def test_a_second_probe_reads_the_true_answers_too(drawn, book):
    alone, both = (arithmetic.truth(drawn, *probes) for probes in ((book,), (book, book)))
    found = numbers(both)
    assert repr([v for v in both if not v.metric.endswith("_hardened")]) == repr(alone)
    for case in ("single", "unedited", "averages of 3"):
        assert found["smiling_men_hardened", case] == found["smiling_men", case]
    assert found["probe_accuracy_hardened", "Bangs"] == 1


def test_intervals(data):
    # One in four neutral men, those who are young and wear a hat, lose their sex as they smile.
    def some(z):
        return column(z, MALE, z[:, MALE] - (z[:, HAT] * z[:, YOUNG] * z[:, SMILING] > 0.5))

    kept = values(data, some)
    found = {(value.metric, value.case): value for value in kept}
    assert len(found) == len(kept)
    single = found["smiling_men", "single"]
    assert single.value == 0.75
    assert single.low < 0.75 < single.high
    # Wilson's interval of 30 in 40, and of none in 40: z**2 / (n + z**2) at most.
    z = 1.959964
    middle, half = (0.75 + z**2 / 80), z * (0.75 * 0.25 / 40 + z**2 / 6400) ** 0.5
    ends = [(middle - half) / (1 + z**2 / 40), (middle + half) / (1 + z**2 / 40)]
    assert [single.low, single.high] == pytest.approx(ends)
    unedited = found["smiling_men", "unedited"]
    assert (unedited.low, unedited.high) == (0, pytest.approx(z**2 / (40 + z**2)))
    # Where images count by degrees, they are resampled: none differs, so nothing is left open.
    kept_all = {(v.metric, v.case): v for v in values(data)}["others_flipped", ""]
    assert (kept_all.low, kept_all.value, kept_all.high) == (0, 0, 0)
    for value in kept:
        over_images = value.metric not in ("auc", "probe_accuracy")
        assert (value.low <= value.value <= value.high) == over_images
        assert math.isnan(value.low) != over_images
    assert repr(values(data, some)) == repr(kept)  # repeatable


# --- drawn faces, of which the true answer is known ------------------------------------------


@pytest.fixture(scope="module")
def drawn():
    return made_up.drawn_data()


@pytest.fixture(scope="module")
def book():
    return made_up.book()


def test_true_answers(drawn, book):
    found = numbers(made_up.score(book, drawn, book))
    men = drawn.test.table[drawn.test.table["Male"] & ~drawn.test.table["Smiling"]]
    smiling = people.with_smile(men, True)
    assert found["smiling_men", "single"] == 1
    for case in ("edited", "limit"):
        assert found["edit_ssim", case] == found["edit_agreement", case] == 1
    assert found["others_flipped"] == 0
    names = list(people.ATTRIBUTES)
    assert found["edit_agreement", "unedited"] == pytest.approx(
        (men[names].to_numpy() == smiling[names].to_numpy()).mean()
    )
    photos = drawn.test.images[men.index]
    expected = metrics.ssim(photos, people.render(smiling, 20)).mean()
    assert found["edit_ssim", "unedited"] == found["edit_kept"] == pytest.approx(expected)
    assert expected < 0.97


def test_truth_is_what_a_perfect_editor_scores(drawn, book):
    truth = numbers(arithmetic.truth(drawn, book))
    perfect = numbers(made_up.score(book, drawn, book))
    for key in (
        ("smiling_men", "single"),
        ("smiling_men", "unedited"),
        "male_flipped",
        "others_flipped",
        "edit_kept",
        ("edit_ssim", "edited"),
        ("edit_agreement", "edited"),
        ("probe_accuracy", "Bangs"),
    ):
        assert truth[key] == perfect[key]
    assert truth["smiling_men", "averages of 3"] == 1
    bangs = drawn.test.table["Bangs"].mean()
    assert truth["majority", "Bangs"] == pytest.approx(max(bangs, 1 - bangs))
