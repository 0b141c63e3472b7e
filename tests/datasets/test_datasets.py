"""Preparing, checking and loading a dataset."""

import dataclasses
import json

import numpy as np
import pytest

from aegan_lib import datasets
from aegan_lib.datasets.drawn import provider as drawn
from aegan_lib.errors import UserError
from aegan_lib.profiles import Profile

SMALL = Profile("small", image_size=20, filters=4, batch_size=4, epochs=1,
                train=24, validation=8, test=12)  # fmt: skip


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def load(data):
    return datasets.load("faces", SMALL, data, progress=False)


def test_splits(data):
    faces = load(data)
    assert [len(s.images) for s in (faces.train, faces.validation, faces.test)] == [24, 8, 12]
    for split in (faces.train, faces.validation, faces.test):
        assert split.images.shape[1:] == (20, 20, 3)
        assert split.images.dtype == np.uint8
        assert len(split.table) == len(split.images)
        assert {"Male", "Smiling", "Eyeglasses", "No_Beard"} <= set(split.attributes)
        assert {"smile", "left_eye_x", "bangs"} <= set(split.factors)
        assert set(split.attributes) == set(drawn.people.ATTRIBUTES)
        assert set(split.attributes) | set(split.factors) == set(split.table)
    whole = np.concatenate([s.images for s in (faces.train, faces.validation, faces.test)])
    assert len(np.unique(whole.reshape(44, -1), axis=0)) == 44  # no face is in two splits


def test_the_table_draws_its_own_images_again(data):
    test = load(data).test
    assert np.array_equal(drawn.people.render(test.table, 20), test.images)


def test_images_are_memory_mapped_and_prepared_once(data):
    first = load(data)
    assert isinstance(first.train.images, np.memmap)
    stamp = next(data.glob("faces-*/images.npy")).stat().st_mtime_ns
    second = load(data)
    assert next(data.glob("faces-*/images.npy")).stat().st_mtime_ns == stamp
    assert second.digest == first.digest
    assert second.train.table.equals(first.train.table)


@pytest.mark.parametrize("file", ["images.npy", "table.csv", "manifest.json"])
def test_a_damaged_cache_is_named_and_made_again(data, capsys, file):
    digest = load(data).digest
    damaged = next(data.glob(f"faces-*/{file}"))
    damaged.write_bytes(damaged.read_bytes()[:-100])
    assert load(data).digest == digest
    assert "is damaged" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda manifest: [manifest], "it is no JSON object"),
        (lambda manifest: manifest | {"counts": None}, "counts is None, where an object"),
        (lambda manifest: manifest | {"counts": manifest["counts"] | {"test": 13}},
         "manifest.json is not what was written"),
        (lambda manifest: manifest | {"found": {"notes": "none", "left_out": {}}}, "list of texts"),
        (lambda manifest: {k: v for k, v in manifest.items() if k != "about"}, "lacks about"),
        (lambda manifest: manifest | {"files": {"images.npy": "", "table.csv": ""}},
         "images.npy, table.csv is not what was written"),
    ],
)  # fmt: skip
def test_a_manifest_that_says_something_else_is_made_again(data, capsys, change, message):
    first = load(data)
    path = first.place / "manifest.json"
    whole = path.read_text()
    path.write_text(json.dumps(change(json.loads(whole))))
    with pytest.raises(UserError, match="are not those that this report began with"):
        datasets.reopened(first.place, first.digest + "other", "faces", SMALL)
    assert load(data).digest == first.digest
    assert message in capsys.readouterr().out
    assert path.read_text() == whole


@pytest.mark.parametrize("text", ["[" * 100_000, "{}", "\x00", '{"counts": ' + "9" * 5000 + "}"])
def test_a_manifest_that_is_none_is_made_again(data, capsys, text):
    first = load(data)
    (first.place / "manifest.json").write_text(text)
    assert load(data).digest == first.digest
    assert "is damaged" in capsys.readouterr().out


def test_a_picture_that_somebody_put_into_the_cache_is_not_looked_at(data):
    place = load(data).place
    (place / "example.png").write_text("no picture")
    assert load(data).about.example is None


def test_other_words_take_nothing_in_that_somebody_put_there(data, capsys):
    first = load(data)
    for name in ("example.png", ".DS_Store"):
        (first.place / name).write_text("somebody's")
    manifest = json.loads((first.place / "manifest.json").read_text())
    manifest["about"]["title"] = "faces, as they were called"
    (first.place / "manifest.json").write_text(json.dumps(manifest))
    again = load(data)
    assert (again.about, again.digest) == (first.about, first.digest)
    assert json.loads((first.place / "manifest.json").read_text())["files"] == manifest["files"]
    assert capsys.readouterr().out == ""  # nothing is damaged, and nothing was made again


def test_a_missing_file_is_made_again(data):
    digest = load(data).digest
    next(data.glob("faces-*/table.csv")).unlink()
    assert load(data).digest == digest


def test_other_settings_make_it_again(data, capsys):
    load(data)
    manifest = next(data.glob("faces-*/manifest.json"))
    content = json.loads(manifest.read_text())
    content["made_of"]["code"] = "of another renderer"
    manifest.write_text(json.dumps(content))
    load(data)
    assert "other settings or code" in capsys.readouterr().out
    assert json.loads(manifest.read_text())["made_of"]["code"] != "of another renderer"


def test_an_interrupted_preparation_leaves_nothing_behind(data, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(drawn.people, "render", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load(data)
    assert [path.name for path in data.iterdir()] == [".locks"]


def test_bad_names_and_places(tmp_path):
    with pytest.raises(
        UserError, match=r"Unknown dataset\..*: faces, celeba, celeba:PATH, .* Received: 'x'"
    ):
        datasets.load("x", SMALL, tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot be written.*DATA=…"):
        datasets.load("faces", SMALL, tmp_path / "file", progress=False)


def test_another_seed_gives_other_images(data, monkeypatch):
    digest = load(data).digest
    monkeypatch.setattr(drawn, "FACES_SEED", 1)
    assert load(data).digest != digest


def test_the_size_is_part_of_the_name(data):
    load(data)
    datasets.load("faces", dataclasses.replace(SMALL, image_size=40), data, progress=False)
    names = sorted(path.name for path in data.iterdir())
    assert names == [".locks", "faces-20px-44", "faces-40px-44"]
