"""What differs from the documents: what they say, where it stands, and what is done here."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

from aegan_lib.dataset import About, Dataset, Split
from aegan_lib.profiles import PROFILES
from aegan_lib.tables.differences import differences_table
from aegan_lib.versions import VERSIONS

QUICK, FULL = PROFILES["quick"], PROFILES["full"]
DRAWN = About(what="drawn faces")


def differences(name="faces", about=DRAWN, profile=QUICK):
    nothing = Split(np.zeros((1, 2, 2, 3), np.uint8), pd.DataFrame(index=[0]))
    data = Dataset(name, nothing, nothing, nothing, "digest", profile, about)
    return differences_table(data).data.set_index("what")


def test_what_differs_by_images_and_size():
    table = differences()
    assert list(table) == ["there", "stands in", "here"]
    assert table.loc["images"].tolist() == ["CelebA photographs", "scripts", "drawn faces"]
    assert table.loc["image size"].tolist() == ["80", "scripts", "40"]
    assert table.loc["filters"].tolist() == ["128", "scripts", "16"]
    assert table.loc["training images"].tolist() == ["50,000", "doc", "8,000"]
    assert table.loc["latent dim"].tolist() == ["100", "doc", "25"]
    assert table.at["learning rate", "here"] == "5 times as much"
    # A dataset's profile is fitted to it.
    few = differences(profile=dataclasses.replace(QUICK, train=123))
    assert few.at["training images", "here"] == "123"


def test_at_their_size_on_their_images_what_never_is_alike_is_left():
    table = differences("celeba", About(), FULL)
    # What the two documents did in two ways cannot be done in one.
    assert table.at["batch size", "there"] == "128 on April 1, 256 from version 1 on"
    assert table.at["batch size", "here"] == "256 for every version"
    for epochs in ("36 of test 1", "after 23", "69 of test 2", "100 of the pretrained run"):
        assert epochs in table.at["epochs", "there"]
    assert table.at["epochs", "here"].startswith("100 for every version")
    assert [*table.index] == [
        "batch size",
        "epochs",
        "metrics",
        "adversarial loss",
        "images of one batch",
        "v4’s largest β",
        "v5’s loss",
        "the pretrained run",
        "baseline of the metrics table",
        "blur factor",
        "versions 2 and 3",
        "other versions",
    ]


@pytest.mark.parametrize("profile", [*PROFILES.values()], ids=[*PROFILES])
def test_a_place_is_named_for_all_that_is_said(profile):
    table = differences("celeba-of-9", About(what="some", crop="a part"), profile)
    assert set(table["stands in"]) <= {"doc", "scripts", "doc, scripts", "neither"}
    for what, row in table.iterrows():
        # Of what stands in both, the cell says which part of it stands where.
        named = re.findall(r"\(doc\)|\(scripts\)|script", row["there"])
        assert bool(named) == (row["stands in"] == "doc, scripts"), what
        if row["stands in"] == "neither":
            assert "not stated" in row["there"] or row["there"] == "none", what
        # The documents name neither the photographs nor the optimizer, nor any size of a picture.
        if row["stands in"] == "doc":
            assert not re.search("CelebA|Adam|sigmoid|80", row["there"]), what


def test_both_forms_of_the_adversarial_loss_are_told():
    row = differences().loc["adversarial loss"]
    assert "BinaryCrossentropy(from_logits=True) on April 1" in row["there"]
    assert "BinaryCrossentropy() on April 20" in row["there"]
    assert "a sigmoid (scripts)" in row["there"]
    assert "while that does not clip" in row["here"]


def test_what_was_added_follows_the_registry(monkeypatch):
    def added():
        said, others = differences().at["other versions", "here"].split("; ")
        assert others == "for the study also 6 fixed weights and 7 rules that others made"
        return said.removeprefix("added: ").split(", ")

    assert added() == [
        "weighted_fast",
        "pretrained_mix",
        "weighted_long",
        "v1_detached",
        "v4_quiet",
        "autoencoder_slow",
        "gan_slow",
    ]
    mine = dataclasses.replace(VERSIONS["v1"], name="mine", source="mine")
    monkeypatch.setitem(VERSIONS, "mine", mine)
    assert added()[-1] == "mine"


def test_a_precision_of_ones_own_is_in_no_document():
    table = differences(profile=dataclasses.replace(QUICK, precision="mixed_bfloat16"))
    assert table.loc["precision"].tolist() == ["not stated", "neither", "mixed bfloat16"]


def test_a_part_of_celeba_differs_and_a_users_words_are_text():
    table = differences("celeba-of-100", About(what="<b>", crop="the <i>middle"))
    assert table.loc["images", "here"] == "&lt;b&gt;"
    assert table.loc["crop", "here"] == "the &lt;i&gt;middle"
    assert table.loc["crop", "stands in"] == "scripts"
