"""Vector arithmetic, scored: smiling women - neutral women + neutral men = smiling men?

The documents judge it by eye. Here the probe reads the decoded results, and where the factors of
the faces are known, each result is compared with the true answer: the same man drawn smiling.

A share alone deceives: a run whose every output is the same smiling man scores 100 %, which the
same share without any edit gives away. Smiles of shuffled labels and averages of random faces
show what a useless edit scores, the dataset's own images (`truth`) what a perfect one does. And a
probe may be wrong about pictures like none that it learned from: a second, hardened one reads the
same results, where there is one.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import binomtest, bootstrap

from aegan_lib import latent
from aegan_lib.dataset import Dataset, Split
from aegan_lib.datasets.drawn import people
from aegan_lib.datasets.drawn.factors import FACTORS
from aegan_lib.evaluation.directions import (
    alike_but_for,
    attribute_direction,
    attribute_directions,
    movable,
)
from aegan_lib.evaluation.probe import Probe
from aegan_lib.evaluation.results import Value
from aegan_lib.metrics import ssim
from aegan_lib.runs import Run

LEAST = 3  # images that a group needs: as many as the documents average
DRAWS = 200  # of such groups
SUMMED = ("smiling women", "neutral women", "neutral men")  # in the order plus, minus, base
# What a smile changes rightly, under CelebA's names; an edit shall keep all other attributes.
OF_A_SMILE = ("Smiling", "Mouth_Slightly_Open", "High_Cheekbones")
HARDENED = "_hardened"  # ends the names of metrics that the second probe reads

# What each probe reads off the same images, by the ending of its metrics' names: "" or HARDENED.
Seen = Mapping[str, Split]


def score(
    run: Run,
    dataset: Dataset,
    probe: Probe,
    z_train: np.ndarray,
    z: np.ndarray,
    hardened: Probe | None = None,
) -> list[Value]:
    """Every score of a run; what its dataset does not know, or has too few faces for, is left out.

    smiling_men: share of results that are read as smiling men. The cases *unedited*, *single* and
        *single, shuffled* are of neutral test men: as they are reconstructed, with the direction of
        Smiling added to their codes, and with directions as long that come of shuffled labels,
        another one for each man. *averages of 3* are the documents' form, 200 draws of three test
        images a group, *averages of 10* of ten; *averages, shuffled* draw each of three groups from
        all faces.
    male_flipped, others_flipped: how often Male, and the attributes that a smile has no part in,
        are read otherwise than on the man's own reconstruction. edit_kept: SSIM with the latter.
    coordinates_outside: share of the edited codes' coordinates outside the training range.
    edit_ssim, edit_agreement: SSIM with the man drawn smiling, and share of attributes that are
        read as he has them; of the *edited* man, of the *unedited* one, and as *limit* of his own
        reconstruction.
    auc: how well the direction of an attribute, the case, orders test faces alike.
    probe_accuracy: share of reconstructed test faces on which an attribute is read as it is.
    smiling_men_hardened, probe_accuracy_hardened: the same, read by the second probe.

    Intervals are over the test faces, or draws, of this run: Wilson's where each one counts or
    not, a percentile bootstrap elsewhere. Draws share faces, so that theirs is too narrow.

    Arguments:
        run: whose codes are edited.
        dataset: directions come from its training images, edits are of its test images.
        probe: reads the results.
        z_train, z: the codes (n, latent_dim) of both, all of them finite.
        hardened: the second probe.
    """
    train, test, probes = dataset.train, dataset.test, _both(probe, hardened)
    # What the probes see without any edit, of all test faces: edits are compared with this.
    reconstructed = _read(probes, run.decode(z))
    values = _separations(z_train, train, z, test) + _accuracies(reconstructed, test)
    # Directions are made from training faces, where groups are asked of labels alone; the results
    # are read, so that test faces' groups also ask what the probe knows.
    found = groups(test, probe)
    if "neutral men" in found and "Smiling" in movable(train):
        values += _single_edits(run, dataset, probes, z_train, z, reconstructed)
    # The documents' sum of averages. A group that is not there has no codes and fails the count.
    parts = [z[found.get(name, [])] for name in SUMMED]
    for case, drawn, count in (
        ("averages of 3", parts, 3),
        ("averages of 10", parts, 10),
        ("averages, shuffled", [z] * 3, 3),
    ):
        if min(map(len, parts)) >= count:
            results = run.decode(latent.arithmetic_draws(*drawn, each=count, draws=DRAWS))
            values += _smiling_men(_read(probes, results), case)
    return values


def _single_edits(
    run: Run,
    dataset: Dataset,
    probes: Mapping[str, Probe],
    z_train: np.ndarray,
    z: np.ndarray,
    reconstructed: Seen,
) -> list[Value]:
    """The scores of a smile that is added to single men."""
    train, test = dataset.train, dataset.test
    # The smile as it is found, and as many useless ones of its length as there are men.
    men = groups(test, probes[""])["neutral men"]
    smile = attribute_direction(z_train, train, "Smiling")
    length = float(np.linalg.norm(smile))
    labels = train.table["Smiling"].to_numpy()
    strata = alike_but_for(train, "Smiling")
    useless = latent.shuffled_vectors(z_train, labels, strata, len(men), length)

    # The same men three times: as they are, with the smile, and each with a useless one of his own.
    before = {
        ending: Split(seen.images[men], seen.table.iloc[men])
        for ending, seen in reconstructed.items()
    }
    edited = _read(probes, run.decode(z[men] + smile))
    shuffled = _read(probes, run.decode(z[men] + useless))
    values = [
        *_compare(edited[""], before[""]),
        *_smiling_men(edited, "single"),
        *_smiling_men(before, "unedited"),
        *_smiling_men(shuffled, "single, shuffled"),
        _mean("coordinates_outside", latent.outside_range(z[men] + smile, z_train)),
    ]
    if target := true_smiles(test, men):
        # The decoder given the true answer's own code: no edit can be expected to come closer.
        limit = _read(probes, run.reconstruct(target.images))
        for case, seen in (("unedited", before), ("edited", edited), ("limit", limit)):
            values += _closeness(seen[""], target, case)
    return values


def truth(dataset: Dataset, probe: Probe, hardened: Probe | None = None) -> list[Value]:
    """What a perfect editor would score: the same metrics of the dataset's own test images.

    The edits are the men drawn smiling, the averages real smiling men; what is missing to 100 %
    is the probes'. The metric `majority` is the accuracy of always giving the commoner answer.
    """
    test, probes = dataset.test, _both(probe, hardened)
    # Always the commoner answer: an accuracy that costs nothing, for each attribute.
    shares = test.table[list(probe.attributes)].mean()
    values = [Value("majority", max(share, 1 - share), name) for name, share in shares.items()]
    values += _accuracies(_read(probes, test.images), test)
    found = groups(test, probe)
    # The averages' answer: nobody in particular, so that any smiling man will do.
    if "smiling men" in found:
        real = _read(probes, test.images[found["smiling men"]])
        values += _smiling_men(real, "averages of 3")
    # The single men's answer: the same man, which only drawn faces have.
    if "neutral men" in found and (target := true_smiles(test, found["neutral men"])):
        edited = _read(probes, target.images)
        photos = _read(probes, test.images[found["neutral men"]])
        values += [
            *_compare(edited[""], photos[""]),
            *_smiling_men(edited, "single"),
            *_smiling_men(photos, "unedited"),
            *_closeness(edited[""], target, "edited"),
        ]
    return values


def groups(split: Split, probe: Probe | None = None) -> dict[str, np.ndarray]:
    """The documents' groups of at least LEAST faces -> their rows.

    None without Male and Smiling, in the table and among what a given probe reads.
    """
    # An attribute that the probe cannot read is as good as none: nobody could judge the result.
    known = set(split.attributes) & set(probe.attributes if probe else split.attributes)
    if not {"Male", "Smiling"} <= known:
        return {}
    male, smiling = (split.table[name].to_numpy() for name in ("Male", "Smiling"))
    # All four by sign of two attributes; the fourth is what the sum of the other three should give.
    members = {
        "smiling women": ~male & smiling,
        "neutral women": ~male & ~smiling,
        "neutral men": male & ~smiling,
        "smiling men": male & smiling,
    }
    return {name: np.flatnonzero(m) for name, m in members.items() if m.sum() >= LEAST}


def true_smiles(split: Split, rows: np.ndarray) -> Split | None:
    """The people in these rows drawn smiling, all else equal; None where factors are missing."""
    if not set(FACTORS) <= set(split.table):
        return None
    # Factors are changed and drawn anew, at the size of the dataset's own images.
    table = people.with_smile(split.table.iloc[rows], True)
    height, width = split.images.shape[1:3]
    return Split(people.render(table, (height, width)), table)


def _both(probe: Probe, hardened: Probe | None) -> dict[str, Probe]:
    return {"": probe} | ({HARDENED: hardened} if hardened else {})


def _read(probes: Mapping[str, Probe], images: np.ndarray) -> Seen:
    """Images, and as their table the attributes that a probe reads off them; for each probe."""
    # Probabilities (n, attributes) -> yes or no.
    return {
        ending: Split(images, pd.DataFrame(probe.read(images) > 0.5, columns=[*probe.attributes]))
        for ending, probe in probes.items()
    }


def _smiling_men(seen: Seen, case: str) -> list[Value]:
    """The share of images that pass for smiling men, by each probe."""
    return [
        _mean(f"smiling_men{ending}", (each.table["Male"] & each.table["Smiling"]).to_numpy(), case)
        for ending, each in seen.items()
    ]


def _compare(edit: Split, before: Split) -> list[Value]:
    """What an edit made of the men."""
    # (n, attributes) bool: where the answer changed, rightly or wrongly.
    flipped = edit.table.to_numpy() != before.table.to_numpy()
    others = [name not in ("Male", *OF_A_SMILE) for name in edit.table]
    values = []
    if any(others):
        values.append(_mean("others_flipped", flipped[:, others].mean(axis=1)))
    return [
        *values,
        _mean("male_flipped", flipped[:, list(edit.table).index("Male")]),
        _mean("edit_kept", ssim(edit.images, before.images)),
    ]


def _closeness(seen: Split, target: Split, case: str) -> list[Value]:
    """How close images are to the true answer."""
    # Faces have attributes that no probe reads, and the other way round: what both know counts.
    names = [name for name in seen.table if name in target.attributes]
    agree = seen.table[names].to_numpy() == target.table[names].to_numpy()
    return [
        _mean("edit_ssim", ssim(seen.images, target.images), case),
        _mean("edit_agreement", agree.mean(axis=1), case),
    ]


def _accuracies(seen: Seen, split: Split) -> list[Value]:
    values = []
    for ending, each in seen.items():
        names = list(each.table)
        # (n, attributes) -> (attributes,).
        right = (each.table.to_numpy() == split.table[names].to_numpy()).mean(axis=0)
        values += [
            Value(f"probe_accuracy{ending}", float(share), name)
            for name, share in zip(names, right, strict=True)
        ]
    return values


def _separations(z_train: np.ndarray, train: Split, z: np.ndarray, test: Split) -> list[Value]:
    values = []
    for name, direction in attribute_directions(z_train, train).items():
        # Training faces give the direction and test faces are ordered by it: z @ direction is (n,).
        try:
            strata = alike_but_for(test, name)
            auc = latent.separation(z @ direction, test.table[name], strata)
        except ValueError:
            continue  # no two test faces alike differ in it
        values.append(Value("auc", auc, name))
    return values


def _mean(metric: str, each: np.ndarray, case: str = "") -> Value:
    """The mean over images (n,), with its interval; of truth values it is a share."""
    if each.dtype == bool:
        # Resampled, images that all agree would always agree, as if nothing else were possible.
        ends = binomtest(int(each.sum()), len(each)).proportion_ci(method="wilson")
    else:
        # The resampling is seeded, so that the same measurements always have the same interval.
        ends = bootstrap((each,), np.mean, method="percentile", rng=0).confidence_interval
    return Value(metric, float(each.mean()), case, float(ends.low), float(ends.high))
