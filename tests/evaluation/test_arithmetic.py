"""Arithmetic on made-up runs, whose codes can be read in their images: scores, tables, figures.

An image is nine squares, each as bright as one number of its code; the first ones are attributes.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from IPython.display import HTML

from aegan_lib import metrics
from aegan_lib.dataset import Dataset, Split
from aegan_lib.datasets.drawn import people
from aegan_lib.evaluation import arithmetic
from aegan_lib.evaluation.results import COLUMNS
from aegan_lib.figures import codes, showing
from aegan_lib.tables import scores

NAMES = ("Male", "Smiling", "Wearing_Hat", "Young", "Mouth_Slightly_Open")
MALE, SMILING, HAT, YOUNG, MOUTH, *OTHER = range(9)


class Squares:
    """A run: codes (n, 9) in [0, 1] <-> images (n, 12, 12, 3); `change` is done while decoding."""

    version = "squares"

    def __init__(self, change=lambda z: z):
        self.change = change

    def encode(self, images):
        return images.reshape(-1, 3, 4, 3, 4, 3).mean(axis=(2, 4, 5)).reshape(-1, 9) / 200

    def decode(self, z):
        drawn = np.rint(np.clip(self.change(z.copy()), 0, 1) * 200).astype(np.uint8)
        return drawn.reshape(-1, 3, 1, 3, 1, 1).repeat(4, 2).repeat(4, 4).repeat(3, 5).reshape(
            -1, 12, 12, 3
        )  # fmt: skip

    def reconstruct(self, images):
        return self.decode(self.encode(images))


class Reader:
    """A probe that reads each attribute off its own square."""

    def __init__(self, attributes=NAMES):
        self.attributes = tuple(attributes)

    def read(self, images):
        return Squares().encode(images)[:, [NAMES.index(name) for name in self.attributes]]


def squares(repeats, seed):
    """Every combination of four attributes `repeats` times; mouths open where they smile."""
    has = np.indices((2,) * 4).reshape(4, -1).T.repeat(repeats, axis=0).astype(bool)
    has = np.column_stack([has, has[:, SMILING]])
    rest = np.random.default_rng(seed).random((len(has), 4))
    return Split(Squares().decode(np.column_stack([has, rest])), pd.DataFrame(has, columns=NAMES))


@pytest.fixture(scope="module")
def data():
    return Dataset("squares", squares(8, 0), squares(1, 1), squares(10, 2), "digest")


def score(data, change=lambda z: z, probe=None):
    return arithmetic.score(Squares(change), data, probe or Reader())


def column(z, index, value):
    z[:, index] = value
    return z


def test_a_perfect_editor(data):
    values = score(data).values
    assert values["smiling_men_single"] == values["smiling_men_averages"] == 1
    assert values["smiling_men_averages_10"] == 1
    assert values["smiling_men_before"] == values["male_flipped"] == values["others_flipped"] == 0
    assert all(values[f"probe_{name}"] == 1 for name in NAMES)
    # Without any knowledge: each of two independent attributes comes out right half of the time.
    assert values["smiling_men_averages_shuffled"] == pytest.approx(0.25, abs=0.08)
    # Another direction as long: among these few, a third of them point to smiles well enough.
    assert values["smiling_men_single_shuffled"] == pytest.approx(1 / 3, abs=0.15)


def test_shuffled_faces_teach_nothing(data):
    table = data.train.table.sample(frac=1, random_state=0, ignore_index=True)
    values = score(dataclasses.replace(data, train=Split(data.train.images, table))).values
    assert values["smiling_men_single"] < 0.1
    assert values["auc_Smiling"] == pytest.approx(0.5, abs=0.2)


def test_a_constant_smiling_man_is_given_away(data):
    """Every score of an edit is perfect, but so is every one without."""
    values = score(data, lambda z: z * 0 + np.eye(9)[[MALE, SMILING, MOUTH]].sum(axis=0)).values
    assert (
        values["smiling_men_single"] == values["smiling_men_averages"] == values["edit_kept"] == 1
    )
    assert values["smiling_men_before"] == values["smiling_men_single_shuffled"] == 1
    assert values["smiling_men_averages_shuffled"] == 1
    assert values["probe_Male"] == 0.5


def test_what_an_edit_breaks_is_counted_on_reconstructions(data):
    def hats(z):  # whoever smiles, more than this decoder's men did before, wears a hat
        return column(z, HAT, np.maximum(z[:, HAT], z[:, SMILING]))

    # Half of the neutral men had no hat: that is half of one of two other attributes. The mouth
    # has opened too, as it should.
    assert score(data, hats).values["others_flipped"] == 0.25
    women = score(data, lambda z: column(z, MALE, z[:, MALE] - 0.7 * z[:, SMILING])).values
    assert women["male_flipped"] == 1
    assert women["smiling_men_single"] == 0
    # Men who were women before the edit are not its doing, whatever the photo shows.
    lost = score(data, lambda z: column(z, MALE, 0)).values
    assert lost["male_flipped"] == lost["smiling_men_single"] == 0
    assert lost["probe_Male"] == 0.5


def test_ssim_and_range_of_an_edit(data):
    values = score(data, lambda z: column(column(z, SMILING, 0), MOUTH, 0)).values
    men = data.test.images[arithmetic.groups(data.test)["neutral men"]]
    smile = np.zeros((len(men), 9))
    train = Squares().encode(data.train.images)
    women = ~data.train.table["Male"] & data.train.table["Smiling"]
    smile += train[women].mean(axis=0)
    smile -= train[~data.train.table["Male"] & ~women].mean(axis=0)
    before, after = (Squares(lambda z: column(column(z, SMILING, 0), MOUTH, 0)).decode(z)
                     for z in (Squares().encode(men), Squares().encode(men) + smile))  # fmt: skip
    assert values["edit_kept"] == pytest.approx(metrics.ssim(before, after).mean())
    assert 0 < values["coordinates_outside"] < 0.2


def test_vectors_are_of_faces_alike_in_male_and_smiling(data):
    def beards(split):
        """Beard: half of the men, by a square of its own. Adult: all men, and nobody else."""
        beard = split.table["Male"] & (Squares().encode(split.images)[:, OTHER[0]] > 0.5)
        return Split(split.images, split.table.assign(Beard=beard, Adult=split.table["Male"]))

    values = score(
        dataclasses.replace(data, train=beards(data.train), test=beards(data.test))
    ).values
    assert values["auc_Wearing_Hat"] == values["auc_Male"] == values["auc_Smiling"] == 1
    assert values["auc_Beard"] > 0.97
    assert "auc_Adult" not in values  # nothing to compare within a stratum
    assert "auc_Mouth_Slightly_Open" not in values
    noise = score(data, probe=Reader(["Male"])).values
    assert noise["auc_Young"] == 1  # no probe is asked


def without(split, *names, keep=None):
    rows = split.table.index if keep is None else np.flatnonzero(keep(split.table))
    return Split(split.images[rows], split.table.iloc[rows].drop(columns=[*names]))


def test_what_is_not_known_is_left_out(data):
    tame = dataclasses.replace(
        data, train=without(data.train, "Smiling"), test=without(data.test, "Smiling")
    )
    probe = Reader([name for name in NAMES if name != "Smiling"])
    scores = arithmetic.score(Squares(), tame, probe)
    assert {name.split("_")[0] for name in scores.values} == {"auc", "probe"}
    assert scores.values["auc_Male"] == scores.values["probe_Wearing_Hat"] == 1
    assert scores.intervals == {}
    assert "smiling_men_averages" not in arithmetic.truth(tame, probe).values
    # The probe cannot read Male; squares have no factors.
    assert not any(n.startswith("smiling") for n in score(data, probe=Reader(["Smiling"])).values)
    assert not any(name.startswith("edit_ssim") for name in score(data).values)
    # With two attributes there are no others.
    pair = score(data, probe=Reader(["Male", "Smiling"])).values
    assert pair["smiling_men_single"] == 1
    assert "others_flipped" not in pair
    # A run that diverged.
    assert score_of_nan(data) == arithmetic.Scores({}, {})


def score_of_nan(data):
    run = Squares()
    run.encode = lambda images: np.full((len(images), 9), np.nan)
    return arithmetic.score(run, data, Reader())


@pytest.mark.parametrize("count", [2, 3])
def test_groups_need_three_members(data, count):
    def few(split):
        neutral_men = split.table["Male"] & ~split.table["Smiling"]
        return without(split, keep=lambda t: ~neutral_men | (neutral_men.cumsum() <= count))

    test = few(data.test)
    values = score(dataclasses.replace(data, test=test)).values
    assert ("neutral men" in arithmetic.groups(test)) == (count == 3)
    for name in ("smiling_men_single", "smiling_men_averages", "smiling_men_averages_shuffled"):
        assert (name in values) == (count == 3)
    assert "smiling_men_averages_10" not in values
    # Neutral men are only needed in test, neutral women in training too.
    assert score(dataclasses.replace(data, train=few(data.train))).values["smiling_men_single"] == 1


def test_intervals(data):
    # One in four neutral men, those who are young and wear a hat, lose their sex as they smile.
    def some(z):
        return column(z, MALE, z[:, MALE] - (z[:, HAT] * z[:, YOUNG] * z[:, SMILING] > 0.5))

    scores = score(data, some)
    low, high = scores.intervals["smiling_men_single"]
    assert scores.values["smiling_men_single"] == 0.75
    assert low < 0.75 < high
    assert high - low == pytest.approx(2 * 1.96 * (0.75 * 0.25 / 40) ** 0.5, rel=0.2)
    assert scores.intervals["smiling_men_before"] == (0, 0)
    assert not any(name.startswith(("auc", "probe")) for name in scores.intervals)
    assert scores.metrics["smiling_men_single_low"] == low
    assert scores.metrics["smiling_men_single_high"] == high
    assert scores.metrics.items() >= scores.values.items()
    assert score(data, some) == scores  # repeatable


# --- drawn faces, of which the true answer is known ------------------------------------------


class Book:
    """A run that has seen everything: a code is a page, and whether its face is to smile."""

    version = "book"

    def __init__(self, *splits):
        table = pd.concat([split.table for split in splits], ignore_index=True)
        sides = [people.with_smile(table, smiling) for smiling in (False, True)]
        self.pages = np.stack([people.render(side, 20) for side in sides], axis=1)
        self.truth = np.stack([side[list(self.attributes)].to_numpy() for side in sides], axis=1)
        self.places = {image.tobytes(): place for place, image in self._sides()}

    attributes = tuple(people.ATTRIBUTES)

    def _sides(self):
        for place in np.ndindex(self.pages.shape[:2]):
            yield place, self.pages[place]

    def encode(self, images):
        z = np.zeros((len(images), len(self.pages) + 1), np.float32)
        for code, image in zip(z, images, strict=True):
            page, code[-1] = self.places[image.tobytes()]
            code[page] = 1
        return z

    def decode(self, z):
        return self.pages[z[:, :-1].argmax(axis=1), (z[:, -1] > 0.5).astype(int)]

    def reconstruct(self, images):
        return self.decode(self.encode(images))

    def read(self, images):
        """As a probe, it knows every face."""
        return np.array([self.truth[self.places[image.tobytes()]] for image in images], float)


@pytest.fixture(scope="module")
def drawn():
    def split(seed):
        table = people.sample(60, seed)
        factors = table.columns.difference(people.ATTRIBUTES)
        table = table.astype({name: int for name in factors if table[name].dtype == bool})
        return Split(people.render(table, 20), table)

    return Dataset("faces", split(0), split(1), split(2), "digest")


@pytest.fixture(scope="module")
def book(drawn):
    return Book(drawn.train, drawn.test)


def test_true_answers(drawn, book):
    scores = arithmetic.score(book, drawn, book).values
    men = drawn.test.table[drawn.test.table["Male"] & ~drawn.test.table["Smiling"]]
    smiling = people.with_smile(men, True)
    assert scores["smiling_men_single"] == 1
    assert scores["edit_ssim"] == scores["edit_agreement"] == 1
    assert scores["edit_ssim_limit"] == scores["edit_agreement_limit"] == 1
    assert scores["others_flipped"] == 0
    names = list(people.ATTRIBUTES)
    assert scores["edit_agreement_unedited"] == pytest.approx(
        (men[names].to_numpy() == smiling[names].to_numpy()).mean()
    )
    photos = drawn.test.images[men.index]
    expected = metrics.ssim(photos, people.render(smiling, 20)).mean()
    assert scores["edit_ssim_unedited"] == scores["edit_kept"] == pytest.approx(expected)
    assert expected < 0.97


def test_truth_is_what_a_perfect_editor_scores(drawn, book):
    truth = arithmetic.truth(drawn, book).values
    perfect = arithmetic.score(book, drawn, book).values
    for name in ("smiling_men_single", "smiling_men_before", "male_flipped", "others_flipped",
                 "edit_kept", "edit_ssim", "edit_agreement", "probe_Bangs"):  # fmt: skip
        assert truth[name] == perfect[name]
    assert truth["smiling_men_averages"] == 1
    bangs = drawn.test.table["Bangs"].mean()
    assert truth["majority_Bangs"] == pytest.approx(max(bangs, 1 - bangs))


# --- tables and figures ----------------------------------------------------------------------


def results(data, versions, seeds=(0,)):
    """Tidy rows of Squares under several names."""
    scores = {"raw": arithmetic.truth(data, Reader())}
    scores |= {name: score(data, change) for name, change in versions.items()}
    rows = [("squares", "tiny", name, seed, int(name != "raw"), metric, value)
            for name, result in scores.items() for seed in seeds
            for metric, value in result.metrics.items()]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


VERSIONS = {
    "weighted": lambda z: column(z, MALE, z[:, MALE] - (z[:, HAT] * z[:, SMILING] > 0.5)),
    "v1": lambda z: z * 0,
}


def seen(styler):
    """The table as a reader sees it."""
    return styler.data.map(lambda cell: BeautifulSoup(cell, "html.parser").get_text())


def test_scores_table(data):
    rows = results(data, VERSIONS)
    styler = scores.scores_table(rows)
    table = seen(styler)
    assert list(table.index) == ["true answers", "useless edits", "weighted", "v1"]
    assert table.at["true answers", "averages of 3"] == "100.0%"
    cell = table.at["weighted", "one man + smile"]
    assert cell.startswith("50.0% (") and cell.endswith(")")
    assert table.at["v1", "one man + smile"] == "0.0%"
    shuffled = rows[rows["metric"] == "smiling_men_averages_shuffled"]["value"].median()
    assert table.at["useless edits", "averages of 3"] == f"{shuffled:.1%}"
    assert "one run" in styler.caption
    # An interval over the images of one run is no interval of a version.
    several = scores.scores_table(results(data, VERSIONS, seeds=(0, 1)))
    assert seen(several).at["weighted", "one man + smile"] == "50.0%"
    assert "means of 2 seeds" in several.caption


def test_closeness_table(drawn, book):
    found = {"raw": arithmetic.truth(drawn, book), "v5": arithmetic.score(book, drawn, book)}
    rows = [("faces", "tiny", name, 0, 1, metric, value)
            for name, s in found.items() for metric, value in s.metrics.items()]  # fmt: skip
    table = seen(scores.closeness_table(pd.DataFrame(rows, columns=COLUMNS)))
    assert table.at["v5", ("SSIM", "limit")] == "1.000"
    assert table.at["v5", ("attributes", "edited")] == "100.0%"
    assert table.at["true answers", ("SSIM", "limit")] == "–"


def test_attributes_tables(data):
    rows = results(data, VERSIONS)
    auc = seen(scores.attributes_table(rows, "auc"))
    assert list(auc) == ["weighted", "v1"]
    assert auc.at["Wearing_Hat", "weighted"] == "1.00"
    styler = scores.attributes_table(rows, "probe")
    assert list(seen(styler)) == ["commoner answer", "test faces", "weighted", "v1"]
    # Smiling men with hats are lost, an eighth; v1 keeps nothing, which is right for one half.
    assert seen(styler).loc["Male"].tolist() == ["50.0%", "100.0%", "87.5%", "50.0%"]
    assert styler.caption.endswith("in every version: none.")
    blank = scores.attributes_table(results(data, {"v1": VERSIONS["v1"]}), "probe")
    assert all(name in blank.caption for name in NAMES)


def test_tables_without_scores():
    nothing = pd.DataFrame([("f", "p", "v1", 0, 1, "psnr", 20.0)], columns=COLUMNS)
    for table in (
        scores.scores_table(nothing),
        scores.closeness_table(nothing),
        scores.attributes_table(nothing, "auc"),
        scores.attributes_table(nothing, "probe"),
    ):
        assert isinstance(table, HTML)
        assert table.data.startswith("<p>No ")


@pytest.fixture
def shown(monkeypatch):
    """Alt texts and captions of what is displayed."""
    texts = []
    monkeypatch.setattr(
        showing, "_display", lambda _, alt, caption, width: texts.extend([alt, caption])
    )
    monkeypatch.setattr(codes, "display", lambda html: texts.append(html.data))
    return texts


def test_edits(drawn, book, shown):
    codes.edits(book, drawn, each=4)
    assert "4 neutral test men" in shown[0]
    assert "1.000 after it, 1.000 for its own reconstruction" in shown[1]


def test_edits_without_truth_or_attributes(data, shown):
    codes.edits(Squares(), data)
    assert "true answer" not in "".join(shown)
    tame = dataclasses.replace(data, test=without(data.test, "Male"))
    codes.edits(Squares(), tame)
    assert "No smile is added" in shown[-1]


class Pixels:
    """A run whose codes are the pixels."""

    version = "pixels"

    def encode(self, images):
        return images.reshape(len(images), -1) / 255

    def decode(self, z):
        return np.rint(np.clip(z, 0, 1) * 255).astype(np.uint8).reshape(len(z), 20, 20, 3)

    def reconstruct(self, images):
        return self.decode(self.encode(images))


def test_interpolation(drawn, shown):
    pairs = codes._pairs(drawn.test)
    alike = ["male", "hair_colour", "eyeglasses", "Smiling"]
    ends = [drawn.test.table.iloc[rows][alike].to_numpy() for rows in pairs.T]
    assert len(np.unique(pairs)) == 2 * len(pairs) > 0
    assert np.array_equal(*ends)
    between = codes._between(drawn.test, pairs, np.array([0.0, 1.0]))
    assert np.array_equal(between, drawn.test.images[pairs.ravel()])
    codes.interpolation(Pixels(), drawn)
    halfway = codes._between(drawn.test, pairs, np.array([0.5]))
    mixed = np.rint(drawn.test.images[pairs].mean(axis=1)).astype(np.uint8)
    quality = metrics.psnr(mixed, halfway).mean()  # of the line and of the cross-fade alike
    assert f"{quality:.1f} dB for the line" in shown[1]
    assert f"{quality:.1f} for cross-fading" in shown[1]
    assert "inf for reconstructing" in shown[1]


def test_interpolation_without_factors(data, shown):
    codes.interpolation(Squares(), data)
    assert "Halfway between 80 pairs" in shown[1]
    assert "drawn" not in shown[0]


def test_interpolation_needs_faces_that_are_alike(drawn, shown):
    lonely = Split(drawn.test.images[:1], drawn.test.table[:1])
    codes.interpolation(Pixels(), dataclasses.replace(drawn, test=lonely))
    assert "alike enough" in shown[-1]


def test_traversal(data, shown):
    codes.traversal(Squares(), data)
    # Half of the faces are men: a standard deviation of 0.5 in one of nine squares, of which the
    # ends differ by 200 grey levels, from 0.5 - 1 to 0.5 + 1, clipped.
    z = Squares().encode(data.train.images)
    share = 0.25 / z.var(axis=0).sum()
    assert f"Male {share:.1%}"[:-2] in shown[1]
    assert "component 3" in shown[1]
    tame = dataclasses.replace(data, train=without(data.train, "Male"))
    codes.traversal(Squares(), tame)
    assert "Smiling 1" not in shown[3]
    assert "component 1" in shown[3]
    run = Squares()
    run.encode = lambda images: np.full((len(images), 9), np.nan)
    codes.traversal(run, data)
    assert "not numbers" in shown[-1]
