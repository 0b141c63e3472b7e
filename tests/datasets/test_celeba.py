"""CelebA from the disk, in every layout, and everything that can be wrong with it."""

import json
import re
import shutil
import subprocess
import sys
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from aegan_lib import datasets
from aegan_lib.datasets.drawn import people
from aegan_lib.datasets.photos import annotations, celeba
from aegan_lib.datasets.photos.annotations import CELEBA_ATTRIBUTES
from aegan_lib.datasets.photos.crop import CELEBA_CROPS
from aegan_lib.datasets.photos.files import ZipFiles
from aegan_lib.errors import UserError
from aegan_lib.metrics import psnr
from aegan_lib.profiles import Profile
from tests.photos import celeba_faces, splits_of, write_celeba

COUNTS = {"train": 40, "validation": 10, "test": 14}
SMALL = Profile("small", image_size=20, filters=4, batch_size=4, epochs=1, **COUNTS)
LAYOUTS = ("torchvision", "kaggle", "zip")


@pytest.fixture(scope="module")
def made():
    return celeba_faces(sum(COUNTS.values()))


@pytest.fixture(scope="module")
def trees(made, tmp_path_factory):
    """Layout -> a tree, not to be changed."""
    place = tmp_path_factory.mktemp("trees")
    for layout in LAYOUTS:
        write_celeba(place / layout, *made, splits_of(COUNTS), layout)
    return {layout: place / layout for layout in LAYOUTS}


@pytest.fixture
def tree(trees, tmp_path):
    """A torchvision tree to break."""
    return shutil.copytree(trees["torchvision"], tmp_path / "celeba")


def load(place, data, profile=SMALL, **options):
    return datasets.load(f"celeba:{place}", profile, data, progress=False, **options)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same(trees, made, layout, tmp_path):
    read, (table, images) = load(trees[layout], tmp_path), made
    assert read.counts == COUNTS
    assert read.name == "celeba-of-64"  # a part must not pass for the whole
    assert read.about.title == "CelebA"
    everything = [read.train, read.validation, read.test]
    attributes = pd.concat([split.attributes for split in everything], ignore_index=True)
    pd.testing.assert_frame_equal(attributes, table[list(people.ATTRIBUTES)])
    got = np.concatenate([split.images for split in everything])
    box = CELEBA_CROPS["tight"]
    plain = np.stack([
        np.asarray(Image.fromarray(i).resize((20, 20), Image.Resampling.BICUBIC, box))
        for i in images
    ])  # fmt: skip
    assert psnr(got, plain).min() >= 30
    files = pd.concat([split.table["file"] for split in everything])
    assert list(files) == [f"{number:06}.jpg" for number in range(1, 65)]


def test_every_layout_has_one_digest(trees, tmp_path):
    found = {load(place, tmp_path / layout).digest for layout, place in trees.items()}
    found.add(load(trees["zip"] / "img_align_celeba.zip", tmp_path / "itself").digest)
    found.add(load(trees["torchvision"].parent / "torchvision", tmp_path / "again").digest)
    found.add(load(trees["torchvision"] / "img_align_celeba", tmp_path / "pictures").digest)
    assert len(found) == 1


def test_the_original_layout_and_the_usual_place(trees, tmp_path):
    root = tmp_path / "data" / "celeba"
    layout = {
        "Anno": ["list_attr_celeba.txt", "list_landmarks_align_celeba.txt"],
        "Eval": ["list_eval_partition.txt"],
        "Img": ["img_align_celeba.zip"],
    }
    for part, files in layout.items():
        (root / part).mkdir(parents=True)
        for file in files:
            shutil.copy(trees["zip"] / file, root / part)
    read = datasets.load("celeba", SMALL, tmp_path / "data", progress=False)
    assert read.counts == COUNTS
    assert (tmp_path / "data" / "celeba-of-64-20px-64" / "manifest.json").exists()


def test_landmarks_are_shares_of_the_crop(trees, made, tmp_path):
    """The same columns, and the same places, as those of the drawn faces."""
    read, table = load(trees["kaggle"], tmp_path), made[0]
    tight = people.describe(table)
    for name in annotations.LANDMARK_COLUMNS:
        got = read.train.table[name].to_numpy()
        assert np.abs(got - tight[name][:40].to_numpy()).max() < 0.01
        assert name in read.train.factors
    whole = load(trees["kaggle"], tmp_path, crop="full")
    assert whole.train.table["left_eye_y"].mean() == pytest.approx(
        table["left_eye_y"][:40].mean(), abs=1e-4
    )


def test_landmarks_may_be_missing(made, tmp_path):
    place = write_celeba(tmp_path / "bare", *made, splits_of(COUNTS), landmarks=False)
    read = load(place, tmp_path / "data")
    assert "left_eye_x" not in read.train.table
    assert "without landmarks" in read.about.notes[0]


def test_another_crop_and_another_number_have_names_of_their_own(trees, tmp_path):
    place = trees["torchvision"]
    assert load(place, tmp_path, crop="full").name == "celeba-of-64-full"
    assert load(place, tmp_path, crop="20,40,160,180").name == "celeba-of-64-crop-20-40-160-180"
    fewer = load(place, tmp_path, images=12)
    assert (fewer.name, fewer.counts["train"]) == ("celeba-of-64-12-images", 12)
    assert load(place, tmp_path, images=40).name == "celeba-of-64"  # the profile's own number
    more = load(place, tmp_path, images=1_000)
    assert more.counts == COUNTS  # what there is


def test_the_split_is_the_official_one_and_the_first_of_each_are_taken(made, tmp_path):
    partition = np.tile([2, 0, 1, 0], 16)
    place = write_celeba(tmp_path / "mixed", *made, partition)
    profile = Profile("small", 20, 4, 4, 1, train=20, validation=8, test=8)
    read = load(place, tmp_path, profile)
    for split, number in (("train", 0), ("validation", 1), ("test", 2)):
        numbers = np.flatnonzero(partition == number)[: getattr(profile, split)] + 1
        assert list(getattr(read, split).table["file"]) == [f"{n:06}.jpg" for n in numbers]


def test_nothing_is_read_twice_and_what_changed_is_read_again(tree, tmp_path, monkeypatch, capsys):
    digest = load(tree, tmp_path).digest
    monkeypatch.setattr(celeba.decoding, "squares", None)  # to be called would be an error
    assert load(tree, tmp_path).digest == digest
    monkeypatch.undo()
    first = tree / "img_align_celeba" / "000001.jpg"
    Image.new("RGB", (178, 218)).save(first)
    assert load(tree, tmp_path).digest != digest
    assert "it is made again" in capsys.readouterr().out


def test_the_checksum_of_the_zip_is_told(trees, tmp_path, monkeypatch):
    told = load(trees["zip"], tmp_path).about.notes[-1]
    assert "not the official 00d2c5bc6d35e252742224ab0c1e8fcb" in told
    manifest = json.loads(next(tmp_path.glob("celeba*/manifest.json")).read_text())
    assert told in manifest["found"]["notes"]
    monkeypatch.setattr(celeba, "ARCHIVE_MD5", told.split()[5].rstrip(","))
    assert "the official one" in load(trees["zip"], tmp_path / "other").about.notes[-1]


def test_all_forty_attributes(tmp_path, made):
    assert len(set(CELEBA_ATTRIBUTES)) == 40
    assert set(people.ATTRIBUTES) < set(CELEBA_ATTRIBUTES)
    rng = np.random.default_rng(0)
    signs = rng.choice([-1, 1], (5, 40))
    rows = [f"{i:06}.jpg " + "  ".join(map(str, row)) for i, row in enumerate(signs)]
    path = tmp_path / "list_attr_celeba.txt"
    path.write_text("\n".join(["5", " ".join(CELEBA_ATTRIBUTES) + " ", *rows]) + "\n")
    table = annotations.read_attributes(path)
    assert tuple(table) == CELEBA_ATTRIBUTES
    assert (table.to_numpy() == (signs == 1)).all()


# --- pictures and lists that call the same by two names ----------------------------------------


def rename(tree, change):
    for path in list((tree / "img_align_celeba").iterdir()):
        path.rename(path.with_name(change(path.name)))


def test_suffixes_in_large_letters(tree, tmp_path):
    rename(tree, lambda name: name.replace(".jpg", ".JPG"))
    read = load(tree, tmp_path)
    assert (read.counts, read.about.left_out) == (COUNTS, {})
    assert read.train.table["file"][0] == "000001.JPG"
    assert "left_eye_x" in read.train.factors


def test_lists_that_differ_among_themselves(tree, tmp_path):
    for name in ("list_attr_celeba.txt", "list_landmarks_align_celeba.txt"):
        text = (tree / name).read_text()
        (tree / name).write_text(text.replace(".jpg", ".JPG"))
    read = load(tree, tmp_path)
    assert (read.counts, read.about.left_out) == (COUNTS, {})


@pytest.mark.parametrize("layout", ["torchvision", "zip"])
def test_names_composed_in_another_way(made, tmp_path, layout):
    place = write_celeba(tmp_path / "celeba", *made, splits_of(COUNTS))
    parted = unicodedata.normalize("NFD", "é")
    rename(place, lambda name: f"{parted}{name}")
    for path in place.glob("list_*"):
        path.write_text(path.read_text().replace("\n0", "\né0").removeprefix("0"))
    partition = place / "list_eval_partition.txt"
    partition.write_text("é0" + partition.read_text())
    if layout == "zip":
        with zipfile.ZipFile(place / "img_align_celeba.zip", "w") as archive:
            for path in (place / "img_align_celeba").iterdir():
                archive.write(path, path.name)
        shutil.rmtree(place / "img_align_celeba")
    read = load(place, tmp_path / "data")
    assert (read.counts, read.about.left_out) == (COUNTS, {})


def test_names_in_a_zip_that_a_mac_made(tmp_path):
    """Its names are UTF-8, without the mark that says so."""
    place = tmp_path / "mac.zip"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("é.jpg", b"x")
    content = place.read_bytes()
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        begin = content.index(signature) + at
        content = content[:begin] + b"\0\0" + content[begin + 2 :]
    place.write_bytes(content)
    assert ZipFiles(place).names == {"é.jpg"}


def test_pictures_and_lists_that_do_not_meet(tree, tmp_path):
    rename(tree, lambda name: f"face-{name}")
    message = (
        r"list_eval_partition.txt\. .*64 pictures, such as 'face-000001.jpg'\. "
        r"Received: 64 names, such as '000001.jpg'"
    )
    with pytest.raises(UserError, match=message):
        load(tree, tmp_path)
    rename(tree, lambda name: name.removeprefix("face-"))
    path = tree / "list_attr_celeba.txt"
    path.write_text(path.read_text().replace(".jpg", ".png"))
    with pytest.raises(UserError, match=r"list_attr_celeba.txt\. .*such as '000001.png'"):
        load(tree, tmp_path)


def test_pictures_that_are_not_listed_are_told(tree, tmp_path):
    place = tree / "img_align_celeba"
    shutil.copy(place / "000001.jpg", place / "mine.jpg")
    shutil.copy(place / "000001.jpg", place / "._000001.jpg")  # a Mac's shadow of a file
    read = load(tree, tmp_path)
    assert read.counts == COUNTS
    assert "1 more pictures, such as 'mine.jpg', are not in" in read.about.notes[1]


def test_thumbnails_in_a_zip_are_passed_over(trees, tmp_path):
    place = shutil.copytree(trees["zip"], tmp_path / "celeba")
    with zipfile.ZipFile(place / "img_align_celeba.zip", "a") as archive:
        for number in (1, 2):
            archive.writestr(f"@eaDir/{number:06}.jpg/SYNOPHOTO_THUMB_M.jpg", b"x")
        archive.writestr("#recycle/000001.jpg", b"x")
        archive.writestr("more.jfif", b"x")
    read = load(place, tmp_path / "data")
    assert read.counts == COUNTS
    assert "such as 'more.jfif'" in read.about.notes[1]


def test_lists_with_semicolons_and_commas_in_numbers(trees, made, tmp_path):
    """As Excel writes them where a comma stands before decimals."""
    place = shutil.copytree(trees["kaggle"], tmp_path / "celeba")
    plain = load(place, tmp_path / "data")
    for path in place.glob("*.csv"):
        path.write_text(
            path.read_text().replace(",", ";").replace(".", ",").replace(",jpg", ".jpg")
        )
    read = load(place, tmp_path / "data")
    pd.testing.assert_frame_equal(read.train.table, plain.train.table)


# --- what can be wrong ------------------------------------------------------------------------


def damage(tree, count: int) -> None:
    """Truncate `count` of the 64 pictures."""
    for path in sorted((tree / "img_align_celeba").iterdir())[:count]:
        path.write_bytes(path.read_bytes()[:900])


def test_a_few_damaged_pictures_are_left_out_counted_and_listed(tree, tmp_path, capsys):
    damage(tree, 2)
    (tree / "img_align_celeba" / "000041.jpg").write_text("no picture")
    read = load(tree, tmp_path)
    assert read.counts == {"train": 38, "validation": 9, "test": 14}
    assert list(read.about.left_out) == ["000001.jpg", "000002.jpg", "000041.jpg"]
    assert read.train.table["file"][0] == "000003.jpg"
    out = capsys.readouterr().out
    assert "Left out: '000041.jpg' is no JPEG, PNG or WebP picture." in out
    again = load(tree, tmp_path)  # also when it comes from the cache
    assert again.about.left_out == read.about.left_out
    assert again.counts == read.counts


def test_the_picture_that_shows_the_crop_is_one_that_can_be_read(tree, tmp_path):
    (tree / "img_align_celeba" / "000051.jpg").unlink()  # the first two of the test pictures
    (tree / "img_align_celeba" / "000051.jpg").mkdir()
    (tree / "img_align_celeba" / "000052.jpg").write_bytes(b"")
    example = load(tree, tmp_path).about.example
    third = np.asarray(Image.open(tree / "img_align_celeba" / "000053.jpg"))
    assert np.array_equal(example, third)


def test_many_damaged_pictures_are_fatal_and_leave_nothing(tree, tmp_path):
    damage(tree, 4)
    data = tmp_path / "data"
    with pytest.raises(UserError, match=r"at most 5% of 64\. Received: 4 so far.*'000001.jpg' is"):
        load(tree, data)
    assert [path.name for path in data.iterdir()] == [".locks"]


def test_pictures_of_another_kind_are_named(tree, tmp_path):
    for path in (tree / "img_align_celeba").iterdir():
        Image.new("RGB", (500, 400)).save(path)
    with pytest.raises(UserError, match=r"500 × 400 pixels, unlike an aligned picture of CelebA"):
        load(tree, tmp_path / "data")


def test_a_web_page_instead_of_the_zip(trees, tmp_path):
    place = tmp_path / "celeba"
    place.mkdir()
    archive = place / "img_align_celeba.zip"
    archive.write_text("\n<!DOCTYPE html><html><title>Quota exceeded</title></html>")
    with pytest.raises(UserError, match=r"is not a zip.*a web page.*quota"):
        load(archive, tmp_path)  # before a list is missed
    for path in trees["zip"].glob("list_*"):
        shutil.copy(path, place)
    with pytest.raises(UserError, match=r"is not a zip.*a web page.*quota"):
        load(place, tmp_path)
    # Of a version that says it needs a later reader.
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("000001.jpg", b"x")
    later = bytearray(archive.read_bytes())
    later[later.index(b"PK\x01\x02") + 6] = 99
    archive.write_bytes(later)
    with pytest.raises(UserError, match=r"is not a zip.*damaged zip"):
        load(place, tmp_path)
    archive.write_bytes(b"PK\x03\x04" + b"\0" * 999)
    with pytest.raises(UserError, match=r"is not a zip.*damaged zip"):
        load(place, tmp_path)
    (place / "list_eval_partition.txt").write_text("<html>Quota exceeded</html>")
    archive.write_bytes((trees["zip"] / "img_align_celeba.zip").read_bytes())
    with pytest.raises(UserError, match=r"list_eval_partition.txt.*web page"):
        load(place, tmp_path)


def test_members_that_lead_out_of_the_zip_are_left_alone(trees, tmp_path):
    place = shutil.copytree(trees["zip"], tmp_path / "a" / "celeba")
    with zipfile.ZipFile(place / "img_align_celeba.zip", "a") as archive:
        for name in ("../../escaped.jpg", "/tmp/escaped.jpg", "img_align_celeba/../escaped.jpg"):
            archive.writestr(name, b"x")
        archive.writestr("__MACOSX/img_align_celeba/000001.jpg", b"x")
    read = load(place, tmp_path / "data")
    assert read.counts == COUNTS
    assert "3 members" in read.about.notes[-1] and "'../../escaped.jpg'" in read.about.notes[-1]
    assert not list(tmp_path.rglob("escaped.jpg"))
    assert not list(place.rglob("*.jpg"))  # nothing was unpacked at all


def test_a_member_that_unpacks_to_far_too_much(trees, tmp_path, monkeypatch):
    monkeypatch.setattr("aegan_lib.datasets.photos.files.LARGEST_MEMBER", 10)
    with pytest.raises(UserError, match=r"unpacks to [\d,]+ bytes \(a decompression bomb\?\)"):
        load(trees["zip"], tmp_path)


def test_a_damaged_member_is_left_out(trees, tmp_path):
    place = shutil.copytree(trees["zip"], tmp_path / "celeba")
    archive = place / "img_align_celeba.zip"
    content = bytearray(archive.read_bytes())
    content[2000:2010] = bytes(10)  # within the first picture's bytes
    archive.write_bytes(content)
    read = load(place, tmp_path)
    assert list(read.about.left_out) == ["000001.jpg"]
    assert "CRC" in read.about.left_out["000001.jpg"]


def test_a_picture_that_is_twice_in_the_zip(trees, tmp_path):
    place = shutil.copytree(trees["zip"], tmp_path / "celeba")
    with zipfile.ZipFile(place / "img_align_celeba.zip", "a") as archive:
        archive.writestr("again/000001.jpg", b"x")
    with pytest.raises(UserError, match=r"holds a picture twice.*'again/000001.jpg'"):
        load(place, tmp_path)


def test_missing_rows_are_counted_and_fatal_when_many(tree, tmp_path):
    path = tree / "list_attr_celeba.txt"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(["62", *lines[1:-2]]) + "\n")
    read = load(tree, tmp_path)
    assert read.counts["test"] == 12
    assert read.about.example is not None
    assert set(read.about.left_out.values()) == {"has no row in a list of attributes or landmarks"}
    path.write_text("\n".join(["40", *lines[1:42]]) + "\n")
    with pytest.raises(UserError, match="has no row in a list of attributes"):
        load(tree, tmp_path)


def test_pictures_that_are_listed_but_not_there_are_no_error(tree, tmp_path):
    for number in (1, 50):
        (tree / "img_align_celeba" / f"{number:06}.jpg").unlink()
    read = load(tree, tmp_path)
    assert read.counts == {"train": 39, "validation": 9, "test": 14}
    assert read.name == "celeba-of-62"


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("list_attr_celeba.txt", ("Smiling", "Smile"), r"header of CelebA's attributes.*'Smile'"),
        ("list_attr_celeba.txt", ("64\n", ""), "the number of pictures in its first line"),
        ("list_attr_celeba.txt", ("64\n", "202599\n"), r"202,599 rows.*Received: 64"),
        ("list_attr_celeba.txt", ("64\n", "²\n"), "the number of pictures in its first line"),
        ("list_attr_celeba.txt", ("64\n", f"{'6' * 5000}\n"), "the number of pictures in its"),
        ("list_attr_celeba.txt", ("000002.jpg", "000001.jpg"), "'000001.jpg' more than once"),
        ("list_attr_celeba.txt", ("000002.jpg -1", "000002.jpg"), "23 columns in every row"),
        ("list_attr_celeba.txt", ("Bangs Big_Lips", "Bangs Bangs"), "names each column once"),
        ("list_eval_partition.txt", ("000003.jpg 0", "000003.jpg 3"), r"0, 1 or 2.*000003.jpg 3"),
        ("list_eval_partition.txt", ("000003.jpg 0", "000003.jpg"), "2 columns in every row"),
        ("list_eval_partition.txt", ("000003", "000002"), "'000002.jpg' more than once"),
        ("list_landmarks_align_celeba.txt", ("lefteye_x", "x"), "the header lefteye_x, lefteye_y"),
    ],
)  # fmt: skip
def test_a_list_that_is_wrong_is_named(tree, tmp_path, file, change, message):
    path = tree / file
    text = path.read_text()
    assert change[0] in text or "-1" in change[0]
    if change[0] not in text:
        change = (change[0].replace("-1", "1"), change[1])
    path.write_text(text.replace(*change, 1))
    with pytest.raises(UserError, match=rf"(?s)The list {file}.*{message}"):
        load(tree, tmp_path)


def test_values_that_are_no_truths_or_numbers(trees, tmp_path):
    place = shutil.copytree(trees["kaggle"], tmp_path / "celeba")
    path = place / "list_attr_celeba.csv"
    text = path.read_text()
    path.write_text(text.replace(",-1\n", ",2\n", 1))
    with pytest.raises(UserError, match=r"1, 0, -1, true or false.*1 such rows"):
        load(place, tmp_path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="text in UTF-8"):
        load(place, tmp_path)
    path.write_text(text)
    path = place / "list_landmarks_align_celeba.csv"
    path.write_text(path.read_text().replace("000002.jpg,", "000002.jpg,x", 1))
    with pytest.raises(UserError, match=r"ten numbers for every picture.*000002.jpg x"):
        load(place, tmp_path)


def test_a_list_of_landmarks_without_a_row_is_named(trees, tmp_path):
    place = shutil.copytree(trees["kaggle"], tmp_path / "celeba")
    path = place / "list_landmarks_align_celeba.csv"
    path.write_text(path.read_text().splitlines()[0])
    with pytest.raises(UserError, match=r"No picture is listed in .*landmarks.*Received: 0 names"):
        load(place, tmp_path)


def test_places_that_hold_no_celeba(tree, tmp_path):
    with pytest.raises(UserError, match=r"CelebA is not at .*nowhere.*DATASET=celeba:PATH"):
        load(tmp_path / "nowhere", tmp_path)
    with pytest.raises(UserError, match=r"CelebA is not at .*celeba"):
        datasets.load("celeba", SMALL, tmp_path / "data", progress=False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"no CelebA pictures in .*Expected: img_align_celeba"):
        load(tmp_path / "empty", tmp_path)
    (tree / "list_eval_partition.txt").unlink()
    with pytest.raises(UserError, match=r"64 pictures are there.*list_eval_partition.txt"):
        load(tree, tmp_path)


def test_too_few_for_one_batch(trees, tmp_path):
    large = Profile("large", 20, 4, 64, 1, train=100, validation=10, test=10)
    with pytest.raises(
        UserError, match=r"at least 64 train, 8 validation.*Received: 60 in all, 40 train"
    ):
        load(trees["torchvision"], tmp_path, large)
    assert not list(tmp_path.iterdir())
    with pytest.raises(UserError, match=r"Too few images.*Received: [0-9]+ in all, 2 train"):
        load(trees["torchvision"], tmp_path, images=2)
    with pytest.raises(UserError, match="must be 1 or more"):
        load(trees["torchvision"], tmp_path, images=-1)


@pytest.mark.slow
def test_twenty_thousand_pictures_are_prepared_fast_and_in_little_memory():
    script = Path(__file__).parents[2] / "benchmarks" / "photos.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    print(done.stdout)
    peaks = re.findall(r"peak memory ([\d.]+) GiB", done.stdout)
    rates = re.findall(r"([\d,]+) images/s of one core", done.stdout)
    assert len(peaks) == len(rates) == 2
    assert max(map(float, peaks)) < 1.5
    assert min(float(rate.replace(",", "")) for rate in rates) > 400
