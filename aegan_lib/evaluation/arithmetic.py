"""Vector arithmetic, scored: smiling women - neutral women + neutral men = smiling men?

The documents judge it by eye. Here the probe reads the decoded results, and where the factors of
the faces are known, each result is compared with the true answer: the same man drawn smiling.

A share alone deceives: a run whose every output is the same smiling man scores 100 %, which the
same share without any edit gives away. Smiles of shuffled labels and averages of random faces
show what a useless edit scores, the dataset's own images (`truth`) what a perfect one does.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import bootstrap

from aegan_lib import latent
from aegan_lib.dataset import Dataset, Split
from aegan_lib.datasets.drawn import people
from aegan_lib.datasets.drawn.factors import FACTORS
from aegan_lib.evaluation.probe import Probe
from aegan_lib.metrics import ssim
from aegan_lib.runs import Run

LEAST = 3  # images that a group needs: as many as the documents average
DRAWS = 200  # of such groups
# What a smile changes rightly, under CelebA's names; an edit shall keep all other attributes.
OF_A_SMILE = ("Smiling", "Mouth_Slightly_Open", "High_Cheekbones")


@dataclass(frozen=True)
class Scores:
    """Metric -> value, and 95 % intervals: percentile bootstraps over the test faces of one run.

    (Of `smiling_men_averages…`, over its draws.) They say nothing about a version's other seeds.
    """

    values: dict[str, float]
    intervals: dict[str, tuple[float, float]]

    @property
    def metrics(self) -> dict[str, float]:
        """Both, flat: the ends of an interval follow as <metric>_low and <metric>_high."""
        lows = {f"{name}_low": low for name, (low, _) in self.intervals.items()}
        return self.values | lows | {f"{n}_high": high for n, (_, high) in self.intervals.items()}


def score(run: Run, dataset: Dataset, probe: Probe) -> Scores:
    """Every score of a run; what its dataset does not know, or has too few faces for, is left out.

    smiling_men_single: share of neutral test men who are read as smiling men once the mean smile
        of the training women is added to their codes. …_before: without it. …_shuffled: with
        vectors as long that come of shuffled labels, another one for each man.
    smiling_men_averages: the documents' form, share of 200 draws of three test images a group.
        …_averages_10: ten a group. …_averages_shuffled: three, each group drawn from all faces.
    male_flipped, others_flipped: how often Male, and the attributes that a smile has no part in,
        are read otherwise than on the man's own reconstruction. edit_kept: SSIM with the latter.
    coordinates_outside: share of the edited codes' coordinates outside the training range.
    edit_ssim, edit_agreement: SSIM with the man drawn smiling, and share of attributes that are
        read as he has them. …_limit: of his reconstruction. …_unedited: of the neutral man's.
    auc_<Attribute>: how well its vector orders test faces alike in Male and Smiling.
    probe_<Attribute>: share of reconstructed test faces on which it is read as it is.
    """
    train, test = dataset.train, dataset.test
    z_train, z = run.encode(train.images), run.encode(test.images)
    if not (np.isfinite(z_train).all() and np.isfinite(z).all()):
        return Scores({}, {})  # a diverged run may hold weights that are not numbers
    reconstructed = _read(probe, run.decode(z))
    values = _separations(z_train, train, z, test) | _accuracies(reconstructed, test)
    found, each = groups(test, probe), {}
    if {"smiling women", "neutral women"} <= groups(train).keys() and "neutral men" in found:
        men = found["neutral men"]
        women = ~train.table["Male"].to_numpy()
        learned = z_train[women], train.table["Smiling"].to_numpy()[women]
        codes = z[men] + latent.attribute_vector(*learned)
        useless = z[men] + latent.shuffled_vectors(*learned, len(men))
        before = Split(reconstructed.images[men], reconstructed.table.iloc[men])
        edited = _read(probe, run.decode(codes))
        each = _compare(edited, before) | {
            "smiling_men_single_shuffled": _smiling_men(_read(probe, run.decode(useless))),
            "coordinates_outside": latent.outside_range(codes, z_train),
        }
        if target := true_smiles(test, men):
            limit = _read(probe, run.reconstruct(target.images))
            for suffix, seen in (("", edited), ("_limit", limit), ("_unedited", before)):
                each |= _closeness(seen, target, suffix)
    parts = [z[found.get(name, [])] for name in ("smiling women", "neutral women", "neutral men")]
    for suffix, drawn, count in (("", parts, 3), ("_10", parts, 10), ("_shuffled", [z] * 3, 3)):
        if min(map(len, parts)) >= count:
            results = run.decode(latent.arithmetic_draws(*drawn, each=count, draws=DRAWS))
            each[f"smiling_men_averages{suffix}"] = _smiling_men(_read(probe, results))
    return _scores(values, each)


def truth(dataset: Dataset, probe: Probe) -> Scores:
    """What a perfect editor would score: the same metrics of the dataset's own test images.

    The edits are the men drawn smiling, the averages real smiling men; what is missing to 100 %
    is the probe's. majority_<Attribute> is the accuracy of always giving the commoner answer.
    """
    test, each = dataset.test, {}
    found, shares = groups(test, probe), test.table[list(probe.attributes)].mean()
    values = {f"majority_{name}": max(share, 1 - share) for name, share in shares.items()}
    values |= _accuracies(_read(probe, test.images), test)
    if "smiling men" in found:
        real = _read(probe, test.images[found["smiling men"]])
        each["smiling_men_averages"] = _smiling_men(real)
    if "neutral men" in found and (target := true_smiles(test, found["neutral men"])):
        edited = _read(probe, target.images)
        photos = _read(probe, test.images[found["neutral men"]])
        each |= _compare(edited, photos) | _closeness(edited, target)
    return _scores(values, each)


def groups(split: Split, probe: Probe | None = None) -> dict[str, np.ndarray]:
    """The documents' groups of at least LEAST faces -> their rows.

    None without Male and Smiling, in the table and among what a given probe reads.
    """
    known = set(split.attributes) & set(probe.attributes if probe else split.attributes)
    if not {"Male", "Smiling"} <= known:
        return {}
    male, smiling = (split.table[name].to_numpy() for name in ("Male", "Smiling"))
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
    table = people.with_smile(split.table.iloc[rows], True)
    height, width = split.images.shape[1:3]
    return Split(people.render(table, (height, width)), table)


def _read(probe: Probe, images: np.ndarray) -> Split:
    """Images, and as their table the attributes that the probe reads off them."""
    return Split(images, pd.DataFrame(probe.read(images) > 0.5, columns=list(probe.attributes)))


def _smiling_men(seen: Split) -> np.ndarray:
    return (seen.table["Male"] & seen.table["Smiling"]).to_numpy()


def _compare(edit: Split, before: Split) -> dict[str, np.ndarray]:
    """What an edit made of each man, (n,) each."""
    flipped = edit.table.to_numpy() != before.table.to_numpy()
    others = [name not in ("Male", *OF_A_SMILE) for name in edit.table]
    kept = {"others_flipped": flipped[:, others].mean(axis=1)} if any(others) else {}
    return kept | {
        "smiling_men_single": _smiling_men(edit),
        "smiling_men_before": _smiling_men(before),
        "male_flipped": flipped[:, list(edit.table).index("Male")],
        "edit_kept": ssim(edit.images, before.images),
    }


def _closeness(seen: Split, target: Split, suffix: str = "") -> dict[str, np.ndarray]:
    """How close each image is to the true answer, (n,) each."""
    names = [name for name in seen.table if name in target.attributes]
    agree = seen.table[names].to_numpy() == target.table[names].to_numpy()
    return {
        f"edit_ssim{suffix}": ssim(seen.images, target.images),
        f"edit_agreement{suffix}": agree.mean(axis=1),
    }


def _accuracies(seen: Split, split: Split) -> dict[str, float]:
    names = list(seen.table)
    right = (seen.table.to_numpy() == split.table[names].to_numpy()).mean(axis=0)
    return {f"probe_{name}": float(share) for name, share in zip(names, right, strict=True)}


def _separations(z_train: np.ndarray, train: Split, z: np.ndarray, test: Split) -> dict[str, float]:
    found = {}
    for name in train.attributes:
        others = [o for o in ("Male", "Smiling") if o != name and o in train.attributes]
        code = np.array([1, 2])[: len(others)]  # of a stratum: 0 to 3
        strata, strata_test = (split.table[others].to_numpy(int) @ code for split in (train, test))
        with suppress(ValueError):  # some attributes have no stratum with both kinds of faces
            vector = latent.balanced_vector(z_train, train.table[name], strata)
            found[f"auc_{name}"] = latent.separation(z @ vector, test.table[name], strata_test)
    return found


def _scores(values: dict[str, float], each: Mapping[str, np.ndarray]) -> Scores:
    """With the means over images, and their intervals."""
    intervals = {}
    for name, numbers in each.items():
        ends = bootstrap((numbers,), np.mean, method="percentile", rng=0).confidence_interval
        intervals[name] = float(ends.low), float(ends.high)
    return Scores(values | {name: float(v.mean()) for name, v in each.items()}, intervals)
