"""Prepared data, lists, pictures and zips that somebody or something has changed.

Prepared data is made again where it is not what was written; a list is read or named; a picture is
read or left out with a reason.
"""

import dataclasses
import io
import json
import os
import re
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aegan_lib.dataset import SPLITS, About
from aegan_lib.datasets.cache import cached, find_prepared, reopened
from aegan_lib.datasets.photos import annotations, decoding
from aegan_lib.datasets.photos.annotations import CELEBA_LANDMARKS
from aegan_lib.datasets.photos.crop import central_square
from aegan_lib.datasets.photos.files import ZipFiles
from aegan_lib.datasets.provider import Chunk
from tests.bad_input import (
    EXPECTED,
    Kind,
    blanked,
    cut,
    flipped,
    judge,
    no_text,
    odd,
    text,
    watched,
)
from tests.conftest import TINY, blobs

# As the library has it: Pillow warns of metadata that nobody asks for.
pytestmark = pytest.mark.filterwarnings("ignore::Warning:PIL")

# ---------------------------------------------------------------------------- prepared data

COUNTS = {"train": 32, "validation": 8, "test": 8}


@dataclasses.dataclass(frozen=True)
class Blobs:
    """A provider of images that cost nothing."""

    name = "blobs"
    size = 10
    counts = COUNTS
    about = About("blobs", "blobs of colour", notes=("They are blobs.",))

    @property
    def made_of(self):
        return {"name": self.name, "counts": self.counts}

    def chunks(self):
        for number, split in enumerate(SPLITS):
            images = blobs(COUNTS[split], self.size, seed=number)
            yield Chunk(split, images, pd.DataFrame({"Male": images[:, 0, 0, 0] > 127}))

    def notes(self):
        return ("Made for a test.",)

    def example(self):
        return blobs(1, 20, seed=9)[0]


PROFILE = dataclasses.replace(TINY, image_size=10, **COUNTS)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    return cached(Blobs(), PROFILE, tmp_path_factory.mktemp("data"), progress=False)


def says(where, values):
    """A manifest that says one of these values at this place, or lacks it."""
    return Kind(values.map(lambda value: (where, value)))


LACKS = object()
lacking = st.just(LACKS)
no_object = no_text.filter(lambda value: not isinstance(value, dict)) | text
no_texts = st.none() | st.booleans() | st.integers() | text | st.just([1]) | st.just({"a": 1})
no_count = st.floats() | st.booleans() | text | st.none() | st.just([]) | st.integers(max_value=-1)
MANIFESTS = {
    "no JSON": Kind(text.map(str.encode)),
    "no text": Kind(st.binary().map(lambda end: b"\xff" + end)),
    "nothing": Kind(st.just(b"")),
    "no object": Kind((no_text | text).map(lambda value: json.dumps(value).encode())),
    "thousands of brackets": Kind(st.sampled_from([b"[", b'{"files":']).map(lambda b: b * 50_000)),
    "thousands of digits": Kind(st.just(b'{"counts": ' + b"9" * 5000 + b"}")),
    "cut short": Kind(st.floats(0, 0.99).map(lambda share: ("cut", share))),
    **{
        f"{where}, {what}": says(where, values)
        for where in ("made_of", "counts", "found", "about", "files")
        for what, values in (("missing", lacking), ("of another type", no_object))
    },
    "made_of, another": says("made_of", st.dictionaries(text, text)),
    "counts, of no split": says("counts", st.dictionaries(text, st.integers())),
    "counts, one missing": says("counts.test", lacking),
    "counts, no whole number": says("counts.train", no_count),
    "counts, of other images": says("counts.train", st.integers(0, 31) | st.integers(33, 10**400)),
    "left_out, of another type": says("found.left_out", no_texts),
    "notes, of another type": says("found.notes", no_texts),
    "notes, of anything": says("found.notes", st.lists(odd)),
    "about, of another type": says("about.title", no_text),
    "box, of other numbers": says("about.box", st.lists(st.floats() | text, max_size=5)),
    "files, none": says("files", st.just({})),
    "files, of other names": says("files", st.dictionaries(odd, odd)),
    "files, one more": says("files.more", odd),
    "files, of another type": says("files.images", no_text),
    "files, of another digest": says("files.table", odd),
    "more than manifests say": says("more", odd),
}  # fmt: skip


def told_otherwise(content, example):
    """The manifest as an example has it."""
    if isinstance(example, bytes):
        return example
    where, value = example
    if where == "cut":
        return content[: int(value * len(content))]
    changed = part = json.loads(content)
    *parents, last = where.replace(".images", ".images.npy", 1).split(".", 1)
    for name in parents:
        part = part[name]
    last = {"images": "images.npy", "table": "table.csv"}.get(last, last)
    part[last] = value
    if value is LACKS:
        del part[last]
    return json.dumps(changed).encode()


@pytest.mark.parametrize("kind", MANIFESTS)
@given(data=st.data())
def test_data_with_another_manifest_is_the_same_or_made_again(prepared, kind, data):
    place, folder = prepared.place, prepared.place.parent
    path, whole = place / "manifest.json", (place / "manifest.json").read_bytes()
    try:
        path.write_bytes(told_otherwise(whole, data.draw(MANIFESTS[kind].examples)))
        with watched(folder) as outcome:
            assert find_prepared(folder, 10, prepared.digest) in (None, place)
            assert reopened(place, prepared.digest, "blobs", PROFILE).counts == COUNTS
        if outcome.error:
            assert EXPECTED.search(str(outcome.error))
        with watched():
            again = cached(Blobs(), PROFILE, folder, progress=False)
        assert (again.digest, again.counts) == (prepared.digest, COUNTS)
        assert np.array_equal(again.train.images, prepared.train.images)
        assert again.test.table.equals(prepared.test.table)
        # And nothing is left of the making.
        assert {part.name for part in folder.iterdir()} == {".locks", place.name}
        assert reopened(place, prepared.digest, "blobs", PROFILE).counts == COUNTS
    finally:
        path.write_bytes(whole)


# ---------------------------------------------------------------------------- lists

NAMES = [f"{number:06}.jpg" for number in range(1, 5)]
POINTS = " ".join(CELEBA_LANDMARKS)
LISTS = {
    "partition": (
        annotations.read_partition,
        "list_eval_partition.txt",
        "".join(f"{name} {number % 3}\n" for number, name in enumerate(NAMES)),
    ),
    "attributes": (
        annotations.read_attributes,
        "list_attr_celeba.txt",
        "4\nMale Smiling\n" + "".join(f"{name}  1 -1\n" for name in NAMES),
    ),
    "landmarks": (
        annotations.read_landmarks,
        "list_landmarks_align_celeba.txt",
        f"4\n{POINTS}\n" + "".join(f"{name} {'69 110 ' * 5}\n" for name in NAMES),
    ),
    "own": (
        annotations.read_own_attributes,
        "attributes.csv",
        "file,Male,Smiling\n" + "".join(f"{name},1,0\n" for name in NAMES),
    ),
}
SEPARATOR = {"own": ","}
WRONG = "is not as it should be"
FIRST = "000001.jpg"
PAGE = "<!DOCTYPE html><title>Quota exceeded</title>"


def of_a_list(name):
    """Kinds that each of the lists may be of."""
    written = LISTS[name][2]
    content, part = written.encode(), SEPARATOR.get(name, " ")
    rows = written.splitlines(keepends=True)
    first = next(row for row in rows if row.startswith(FIRST))
    return {
        "cut short": Kind(cut(content)),
        "bits turned round": Kind(flipped(content)),
        "some of it zeros": Kind(blanked(content)),
        "nothing": Kind(st.just(b"")),
        "blanks": Kind(st.text(" \t\r\n", min_size=1).map(str.encode)),
        "anything": Kind(text.map(str.encode)),
        "no text": Kind(st.binary().map(lambda end: content + b"\xff" + end), "text in UTF-8"),
        "another encoding": Kind(st.just(written.encode("utf-16")), "text in UTF-8"),
        "a web page": Kind(st.text(" \n").map(lambda b: (b + PAGE).encode()), "a web page"),
        "a picture twice": Kind(
            st.just(written.replace("000002", "000001").encode()), f"'{FIRST}' more than once"
        ),
        "a row too long": Kind(
            st.integers(1, 9).map(
                lambda n: written.replace(first, first.strip() + f"{part}1" * n + "\n").encode()),
            "columns in every row",
        ),
        "a row too short": Kind(
            st.just(written.replace(first, f"{FIRST}\n").encode()), "columns in every row"
        ),
        "another value": Kind(
            st.sampled_from(["yes", "<b>", "--", "x" * 3000, "1e999", "nan", "2.5.1"]).map(
                lambda value: written.replace(
                    first, first.rstrip()[: first.rstrip().rindex(part)] + f"{part}{value}\n"
                ).encode()),
            WRONG,
        ),
        "a mark of the encoding": Kind(st.just(b"\xef\xbb\xbf" + content)),
        "ends of lines as on Windows": Kind(st.just(content.replace(b"\n", b"\r\n"))),
    }  # fmt: skip


def counted(values, told):
    """Another first line of CelebA's attributes."""
    return Kind(values.map(lambda v: LISTS["attributes"][2].replace("4", v, 1).encode()), told)


def columned(name, old, values, told=WRONG):
    """Another name of a column."""
    return Kind(values.map(lambda value: LISTS[name][2].replace(old, value, 1).encode()), told)


of_lists = {f"{name}, {what}": kind for name in LISTS for what, kind in of_a_list(name).items()} | {
    "attributes, of another number": counted(
        st.integers(5, 10**9).map(str) | st.just("0"), "rows, as its first line says"
    ),
    "attributes, of no number": counted(
        st.sampled_from(["-4", "4.0", "²", "four", "+4", "0x4"]), "number of pictures in its first"
    ),
    "attributes, of a number without end": counted(
        st.integers(4301, 9999).map(lambda n: "9" * n), "first line"
    ),
    "attributes, another name": columned(
        "attributes", "Smiling", st.sampled_from(["Smile", "<b>"])
    ),
    "attributes, a name twice": columned("attributes", "Smiling", st.just("Male"), "column once"),
    "landmarks, another name": columned("landmarks", "lefteye_x", st.just("x"), "the header"),
    "own, a name with other signs": columned(
        "own", "Smiling", st.sampled_from(["<b>", "a/b", "{x}", "x" * 61, "$", "☃"]), "named by"
    ),
    "own, a name that is taken": columned(
        "own", "Smiling", st.sampled_from(["file", "left_eye_x"]), "named by"
    ),
    "own, a name twice": columned("own", "Smiling", st.just("Male"), "column once"),
    "own, a name of nothing": columned("own", "Male", st.just(""), WRONG),
    "own, a quote that never closes": columned(
        "own", FIRST, st.integers(0, 200_000).map(lambda n: '"' + "x" * n), "quote"
    ),
    "own, a cell without end": columned(
        "own", FIRST, st.integers(131_073, 200_000).map(lambda n: "x" * n), WRONG
    ),
}


@pytest.mark.parametrize("kind", of_lists)
@given(data=st.data())
def test_a_list_is_read_or_named(tmp_path, kind, data):
    read, name, _ = LISTS[kind.partition(",")[0]]
    (tmp_path / name).write_bytes(data.draw(of_lists[kind].examples))
    with watched(tmp_path) as outcome:
        table = pd.DataFrame(read(tmp_path / name))
        outcome.made.append(table)
        assert table.index.is_unique
        assert np.isfinite(table.to_numpy(float)).all()
    judge(of_lists[kind], outcome)
    if outcome.error:  # one line, though a list has many
        assert "\n" not in str(outcome.error)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_is_right_is_read(tmp_path, name):
    read, file, written = LISTS[name]
    (tmp_path / file).write_text(written)
    assert list(read(tmp_path / file).index) == NAMES


# ---------------------------------------------------------------------------- pictures


def encoded(form, **options):
    buffer = io.BytesIO()
    Image.fromarray(blobs(1, 40, seed=3)[0]).save(buffer, form, **options)
    return buffer.getvalue()


def bomb(side):
    """A PNG of a few bytes that says it is side × side pixels."""
    content = bytearray(encoded("PNG"))
    content[16:24] = struct.pack(">II", side, side)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


NO_PICTURE = "is no JPEG, PNG or WebP picture"
PICTURES = {
    **{
        f"{form}, {what}": Kind(change(encoded(form)))
        for form in ("JPEG", "PNG", "WEBP")
        for what, change in (
            ("cut short", cut),
            ("bits turned round", flipped),
            ("some of it zeros", blanked),
        )
    },
    "JPEG, its metadata of noise": Kind(
        st.binary(max_size=60).map(lambda exif: encoded("JPEG", exif=b"Exif\0\0" + exif))
    ),
    "of another format": Kind(
        st.sampled_from(["GIF", "BMP", "TIFF", "PPM", "TGA"]).map(encoded), NO_PICTURE
    ),
    "nothing": Kind(st.just(b""), NO_PICTURE),
    "anything": Kind(st.binary(), NO_PICTURE),
    "a web page": Kind(st.just(PAGE.encode()), NO_PICTURE),
    "a beginning alone": Kind(
        st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"]), "is "
    ),
    "more pixels than can be held": Kind(st.integers(8_000, 2**31 - 1).map(bomb), "too many|is "),
}
PLACES = {
    "not there": (lambda path: None, "cannot be read"),
    "a folder": (Path.mkdir, "cannot be read"),
    "a pipe": (os.mkfifo, "is no plain file"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "is no plain file"),
    "a link to nowhere": (lambda path: path.symlink_to("nowhere"), "cannot be read"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "cannot be read"),
}


def decoded(*pictures):
    """What is made of pictures: how many are used, and why others are not."""
    parts = list(decoding.squares(pictures, central_square, 10))
    assert all(images.shape[1:] == (10, 10, 3) for images, _, _ in parts)
    return sum(len(images) for images, _, _ in parts), parts[0][2] if parts else {}


@pytest.mark.parametrize("kind", PICTURES)
@given(data=st.data())
def test_a_picture_is_read_or_left_out_with_a_reason(kind, data):
    content = data.draw(PICTURES[kind].examples)
    with watched():
        used, left_out = decoded(decoding.Picture("it", lambda: content))
    assert used + len(left_out) == 1
    for told in left_out.values():  # a clause that follows its name in a sentence
        assert re.match(r"is |has |cannot be ", told) and re.search(PICTURES[kind].told, told)
        assert told.isprintable() and len(told) < 300
    assert left_out or not PICTURES[kind].told


@pytest.mark.parametrize("kind", PLACES)
def test_a_picture_that_is_no_file_is_left_out_and_not_waited_for(kind, tmp_path):
    make, told = PLACES[kind]
    make(tmp_path / "it.jpg")
    with watched():
        used, left_out = decoded(decoding.Picture("it", lambda: tmp_path / "it.jpg"))
    assert (used, list(left_out)) == (0, ["it"])
    assert told in left_out["it"]


# ---------------------------------------------------------------------------- zips


def zipped(*names, change=lambda content: content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, encoded("JPEG"))
    return change(buffer.getvalue())


def directory(offset, value):
    """Other bytes at this place of a member's entry in the zip's directory."""

    def change(content):
        at = content.index(b"PK\x01\x02") + offset
        return content[:at] + value + content[at + len(value) :]

    return zipped("1.jpg", "2.jpg", change=change)


ZIP = zipped("1.jpg", "2.jpg", "3.jpg")
NO_ZIP = "is not a zip"
ZIPS = {
    "cut short": Kind(cut(ZIP), NO_ZIP),
    "bits turned round": Kind(flipped(ZIP)),
    "bits of its directory turned round": Kind(
        flipped(ZIP[ZIP.index(b"PK\x01\x02") :]).map(
            lambda end: ZIP[: ZIP.index(b"PK\x01\x02")] + end)
    ),
    "some of it zeros": Kind(blanked(ZIP)),
    "nothing": Kind(st.just(b""), NO_ZIP),
    "anything": Kind(st.binary(), NO_ZIP),
    "a web page": Kind(st.just(PAGE.encode()), "a web page"),
    "without members": Kind(st.just(zipped())),
    "a picture twice": Kind(st.just(zipped("1.jpg", "again/1.jpg")), "holds a picture twice"),
    "names that lead elsewhere": Kind(
        st.sampled_from(["../x.jpg", "/x.jpg", "a\\x.jpg", "c:x.jpg", "a/../../x.jpg"]).map(zipped)
    ),
    "names of anything": Kind(odd.map(lambda name: zipped(f"{name}.jpg"))),
    "packed in another way": Kind(st.integers(1, 99).map(
        lambda way: directory(10, struct.pack("<H", way)))),
    "of a later kind of zip": Kind(
        st.integers(64, 255).map(lambda version: directory(6, struct.pack("<H", version)))
    ),
    "encrypted": Kind(st.just(directory(8, b"\1\0"))),
    "of a size that it has not": Kind(
        st.integers(0, 2**32 - 1).map(lambda size: directory(24, struct.pack("<I", size)))
    ),
    "at a place that it has not": Kind(
        st.integers(0, 2**32 - 1).map(lambda at: directory(42, struct.pack("<I", at)))
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ZIPS)
@given(data=st.data())
def test_a_zip_is_read_or_named(tmp_path, kind, data):
    path = tmp_path / "pictures.zip"
    path.write_bytes(data.draw(ZIPS[kind].examples))
    with watched(tmp_path) as outcome:
        files = ZipFiles(path)
        used, left_out = decoded(*map(files.picture, sorted(files.names)))
        outcome.made += [used, left_out, files.notes()]
        assert used + len(left_out) == len(files.names)
        assert all(told.isprintable() for told in left_out.values())
    judge(ZIPS[kind], outcome)


KINDS = {
    **{f"manifest: {kind}": MANIFESTS[kind] for kind in MANIFESTS},
    **of_lists,
    **{f"picture: {kind}": PICTURES[kind] for kind in PICTURES},
    **{f"place of a picture: {kind}": PLACES[kind] for kind in PLACES},
    **{f"zip: {kind}": ZIPS[kind] for kind in ZIPS},
}
