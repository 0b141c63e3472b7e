"""What is known to be otherwise than it was, and what was left open and chosen here.

Every row is four texts: what it is about, what the documents or the author's scripts say of it,
which of the two says so, and what is done here. The second holds no word of ours.
"""

import pandas as pd
from pandas.io.formats.style import Styler

from aegan_lib.claims.claim import BASELINES
from aegan_lib.dataset import Dataset
from aegan_lib.profiles import PRECISIONS, Profile
from aegan_lib.tables.cells import styled
from aegan_lib.tables.origins import SOURCES, said
from aegan_lib.versions import RULES, SWEEP, VERSIONS

DOC, SCRIPTS, BOTH, NEITHER = "doc", "scripts", "doc, scripts", "neither"  # where it stands
OPEN = "not stated"

# What is one number there, by the profile's field: its name, its value, and where that stands.
NUMBERS: dict[str, tuple[str, int, str]] = {
    "image_size": ("image size", 80, SCRIPTS),
    "filters": ("filters", 128, SCRIPTS),
    "train": ("training images", 50_000, DOC),
    "latent_dim": ("latent dim", 100, DOC),
}
Row = tuple[str, str, str, str]


def differences_table(dataset: Dataset) -> Styler:
    """Where this departs from the documents' experiment, and what they leave open."""
    rows = [*_images(dataset), *_sizes(dataset.profile), *_training(dataset.profile), *_always()]
    return styled(
        pd.DataFrame(rows, columns=["what", "there", "stands in", "here"]),
        "What is known to differ from the documents’ experiment, and what they leave open. "
        f"{SOURCES}. What is done here instead is our choice.",
        index=False,
    )


def _images(dataset: Dataset) -> list[Row]:
    about, rows = dataset.about, []
    # All of CelebA is what was used; a part of it is not.
    if dataset.name.split("-")[0] != "celeba" or "-of-" in dataset.name:
        rows.append(("images", "CelebA photographs", SCRIPTS, about.what))
    if about.crop:
        rows.append(("crop", "what a face detector finds, stretched", SCRIPTS, about.crop))
    return rows


def _sizes(profile: Profile) -> list[Row]:
    here = {field: getattr(profile, field) for field in NUMBERS}
    return [
        (name, said(there), stands, said(here[field]))
        for field, (name, there, stands) in NUMBERS.items()
        if there != here[field]
    ]


def _training(profile: Profile) -> list[Row]:
    rows = []
    if (scale := profile.learning_rate_scale) != 1:
        there = "2e-4, then 1e-4 for α = 1, β = 0.005 (doc); 1e-4 for v1, v4 and v5 (scripts)"
        rows.append(("learning rate", there, BOTH, f"{scale:g} times as much"))
    if profile.precision != PRECISIONS[0]:
        rows.append(("precision", OPEN, NEITHER, said(profile.precision)))
    # These changed from one experiment to the next, which no profile does.
    return [
        *rows,
        (
            "batch size",
            "128 on April 1, 256 from version 1 on",
            DOC,
            f"{profile.batch_size} for every version",
        ),
        (
            "epochs",
            "36 of test 1 are shown, and its output after 23; 69 of test 2; 100 of the pretrained "
            "run; of the others it is not stated (doc). 100 (scripts)",
            BOTH,
            f"{profile.epochs} for every version, and as many before of one that it starts from",
        ),
        (
            "metrics",
            "after epoch 100, on a validation set",
            SCRIPTS,
            f"after epoch {profile.epochs}, on test images; validation images only tell the best "
            "epoch",
        ),
    ]


def _always() -> list[Row]:
    """What differs whatever the profile and the images are."""
    one, other = VERSIONS["pretrained"], VERSIONS["pretrained_mix"]
    elsewhere = {*SWEEP, *RULES}
    added = [
        name
        for name, version in VERSIONS.items()
        if not version.source.startswith(DOC) and name not in elsewhere
    ]
    return [
        (
            "adversarial loss",
            "BinaryCrossentropy(from_logits=True) on April 1, BinaryCrossentropy() on April 20 "
            "(doc); a discriminator that ends in a sigmoid (scripts)",
            BOTH,
            "a discriminator that ends in logits, and the stable loss on these: the same function "
            "as a sigmoid followed by April 20’s, while that does not clip",
        ),
        (
            "images of one batch",
            "each of the three updates draws its own at random",
            SCRIPTS,
            "one shuffled batch: its first half real, its second half reconstructed, all of it for "
            "the generator",
        ),
        (
            "v4’s largest β",
            "1 (doc); 0.01 in a stored script",
            BOTH,
            "1, as in the document",
        ),
        (
            "v5’s loss",
            "mse + min(mse, bce) (doc); mse alone in a stored script",
            BOTH,
            "mse + min(mse, bce), as in the document",
        ),
        (
            "the pretrained run",
            f"α, β and learning rate: {OPEN}",
            NEITHER,
            f"α = {one.alpha:g}, β = {one.beta:g} in {one.name} and α = {other.alpha:g}, "
            f"β = {other.beta:g} in {other.name}, both at {one.learning_rate:g} before any scaling",
        ),
        (
            "baseline of the metrics table",
            "“test model from last week”",
            DOC,
            f"unknown: {' and '.join(BASELINES)} both stand for it",
        ),
        ("blur factor", "truncated to an integer for each image", SCRIPTS, "not truncated"),
        ("versions 2 and 3", "not mentioned", DOC, "none"),
        (
            "other versions",
            "none",
            NEITHER,
            f"added: {', '.join(added)}; for the study also {len(SWEEP)} fixed weights and "
            f"{len(RULES)} rules that others made",
        ),
    ]
