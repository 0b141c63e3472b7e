"""Any folder of pictures, and everything that can be wrong with it; the cache that is killed."""

import os
import signal
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from aegan_lib import datasets
from aegan_lib.datasets import cache
from aegan_lib.datasets.drawn import people
from aegan_lib.datasets.photos.folder import Folder, shared
from aegan_lib.datasets.photos.matching import matched
from aegan_lib.errors import UserError
from aegan_lib.metrics import psnr
from aegan_lib.profiles import Profile
from tests.photos import write_folder

SMALL = Profile("small", image_size=20, filters=4, batch_size=4, epochs=1,
                train=40, validation=10, test=14)  # fmt: skip
ROOT = Path(__file__).parents[2]
HOSTILE = "<script>alert(1)<" + '\N{FULLWIDTH SOLIDUS}script> {x} \'é "q" $HOME & 100%'


@pytest.fixture(scope="module")
def drawn():
    table = people.sample(64, seed=3)
    return table, people.render(table, 48)


@pytest.fixture(scope="module")
def plain(drawn, tmp_path_factory):
    """64 pictures without attributes, not to be changed."""
    return write_folder(tmp_path_factory.mktemp("plain"), drawn[1])


@pytest.fixture
def pictures(drawn, tmp_path):
    """A folder to break."""
    return write_folder(tmp_path / "pictures", drawn[1])


def load(place, data, profile=SMALL, **options):
    return datasets.load(f"folder:{place}", profile, data, progress=False, **options)


def test_pictures_of_all_formats_below_a_folder(plain, drawn, tmp_path):
    read = load(plain, tmp_path)
    assert read.counts == {"train": 40, "validation": 10, "test": 14}
    splits = (read.train, read.validation, read.test)
    files = pd.concat([split.table["file"] for split in splits])
    assert len(set(files)) == 64
    assert list(files) != sorted(files)
    numbers = files.str.extract(r"(\d+)\.", expand=False).astype(int).to_numpy()
    wanted = np.stack([
        np.asarray(Image.fromarray(drawn[1][n]).resize((20, 20), Image.Resampling.BICUBIC))
        for n in numbers
    ])  # fmt: skip
    assert psnr(np.concatenate([s.images for s in splits]), wanted).mean() > 30
    assert read.train.attributes.shape == (40, 0)
    assert "no attributes.csv" in read.about.notes[0]
    again = load(plain, tmp_path / "other")
    assert again.digest == read.digest


def test_attributes(drawn, tmp_path):
    table, images = drawn
    place = write_folder(tmp_path / "with", images, table)
    read = load(place, tmp_path)
    for split in (read.train, read.validation, read.test):
        numbers = split.table["file"].str.extract(r"(\d+)\.", expand=False).astype(int)
        expected = table[list(people.ATTRIBUTES)].iloc[numbers].reset_index(drop=True)
        pd.testing.assert_frame_equal(split.attributes, expected)


def test_attributes_may_be_written_in_three_ways(pictures, tmp_path):
    names = sorted(p.relative_to(pictures).as_posix() for p in pictures.rglob("*.*"))
    ways = ["1,-1,true", "0,1,FALSE", "1, 1 ,False"]
    rows = [f"{name},{ways[i % 3]}" for i, name in enumerate(names)]
    (pictures / "attributes.csv").write_text(
        "\ufefffile,Male,Smiling,Große Nase\n" + "\n".join(rows)
    )
    read = load(pictures, tmp_path)
    row = read.train.table.set_index("file").loc
    kept = [i for i, name in enumerate(names) if name in set(read.train.table["file"])]
    expected = {0: [True, False, True], 1: [False, True, False], 2: [True, True, False]}
    for i in kept:
        assert list(row[names[i]]) == expected[i % 3]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "Received: nothing"),
        ("file\nx.jpg\n", "Received: no attribute"),
        ("file,Male,Male\nx.jpg,1,1\n", "names each column once"),
        ("file,Male\nx.jpg,yes\n", r"1, 0, -1, true or false.*x.jpg yes"),
        ("file,Male\nx.jpg,1\n", r"No picture is listed.*Received: 1 names, such as 'x.jpg'"),
        ("file,Male\nx.jpg,1\nx.jpg,1\n", "'x.jpg' more than once"),
        ("file,Male\nx.jpg,1,0\n", "2 columns in every row"),
        ("file,<b>\nx.jpg,1\n", r"letters, digits.*'<b>'"),
        ("file,left_eye_x\nx.jpg,1\n", r"'left_eye_x'"),
    ],
)
def test_an_attributes_csv_that_is_wrong(pictures, tmp_path, content, message):
    (pictures / "attributes.csv").write_text(content)
    with pytest.raises(UserError, match=rf"(?s){message}"):
        load(pictures, tmp_path)


def test_crops(plain, tmp_path):
    upper = load(plain, tmp_path, crop="0,0,1,0.5")
    assert upper.name.endswith("-crop-0-0-1-0.5")
    assert upper.digest != load(plain, tmp_path).digest
    assert load(plain, tmp_path, crop="full").digest == load(plain, tmp_path).digest  # squares
    with pytest.raises(UserError, match="The crop is no part of the picture"):
        load(plain, tmp_path, crop="0,0,2,2")


def test_fewer_images_than_asked_are_shared_out():
    asked = {"train": 8_000, "validation": 1_000, "test": 1_000}
    assert shared(20_000, asked) == asked
    assert shared(500, asked) == {"train": 400, "validation": 50, "test": 50}
    assert shared(30, asked) == {"train": 14, "validation": 8, "test": 8}
    assert shared(10, asked)["train"] == 0


@pytest.mark.parametrize(
    "name", [HOSTILE, "two words", "{braces} {0}", "Ωmega ☃", "it's", "-rf", "a:b", "%(x)s", "a\\b"]
)
def test_odd_names(drawn, tmp_path, name):
    place = write_folder(tmp_path / name, drawn[1])
    read = load(place, tmp_path / "data")
    assert sum(read.counts.values()) == 64
    assert read.about.title == name
    assert read.name.replace("-", "").isalnum() and read.name.isascii()
    assert read.name.startswith("folder-")


def test_two_folders_of_one_name_are_two_datasets(drawn, tmp_path):
    one, other = (write_folder(tmp_path / side / "faces", drawn[1]) for side in ("a", "b"))
    assert load(one, tmp_path).name != load(other, tmp_path).name


def test_names_that_are_no_text(drawn, tmp_path):
    place = write_folder(tmp_path / "bytes", drawn[1])
    try:
        os.rename(place / "part 0" / "0000.jpg", os.fsencode(place / "part 0") + b"/\xff\xfe.jpg")
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    read = load(place, tmp_path / "data")
    everything = pd.concat([s.table["file"] for s in (read.train, read.validation, read.test)])
    assert "part 0/\\udcff\\udcfe.jpg" in set(everything)


def test_links_are_followed_but_not_in_circles(pictures, drawn, tmp_path):
    elsewhere = write_folder(tmp_path / "elsewhere", drawn[1][:6])
    (pictures / "loop").symlink_to(pictures, target_is_directory=True)
    (pictures / "part 0" / "up").symlink_to("..", target_is_directory=True)
    (pictures / "linked").symlink_to(elsewhere, target_is_directory=True)
    (pictures / "itself").symlink_to("itself")
    (pictures / "itself.jpg").symlink_to("itself.jpg")
    (pictures / "gone.png").symlink_to("nowhere.png")
    (pictures / ".hidden.jpg").write_text("x")
    (pictures / "._0000.jpg").write_text("x")
    (pictures / "notes.txt").write_text("x")
    more = Profile("more", 20, 4, 4, 1, train=400, validation=10, test=14)
    read = load(pictures, tmp_path / "data", more)
    assert sum(read.counts.values()) == 70
    assert set(read.about.left_out) == {"itself.jpg", "gone.png"}


def test_damaged_files_are_left_out_and_named(pictures, tmp_path, capsys):
    (pictures / "part 0" / "0000.jpg").write_bytes(b"\xff\xd8\xff" + b"\0" * 50)
    (pictures / "part 1" / "0001.png").write_text("<html>")
    read = load(pictures, tmp_path)
    assert sum(read.counts.values()) == 62
    assert set(read.about.left_out) == {"part 0/0000.jpg", "part 1/0001.png"}
    assert "Left out: 'part 1/0001.png' is no JPEG, PNG or WebP picture." in capsys.readouterr().out


def test_places_that_are_no_folder_of_pictures(tmp_path):
    (tmp_path / "empty" / "below").mkdir(parents=True)
    (tmp_path / "file.jpg").write_text("x")
    for place, message in {
        tmp_path / "empty": r"There are no pictures in .*Expected: files that end in \.jpg",
        tmp_path / "nowhere": r"needs a folder of pictures\. Received: nothing there",
        tmp_path / "file.jpg": r"needs a folder of pictures\. Received: a file",
        "": r"needs a folder of pictures\. Received: no path",
    }.items():
        with pytest.raises(UserError, match=message):
            load(place, tmp_path / "data")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(pictures, tmp_path):
    (pictures / "part 0").chmod(0)
    try:
        with pytest.raises(UserError, match=r"part 0 cannot be read \(Permission denied\)"):
            load(pictures, tmp_path / "data")
    finally:
        (pictures / "part 0").chmod(0o755)


def test_a_folder_that_cannot_be_listed(pictures, tmp_path, monkeypatch):
    def refused(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("aegan_lib.datasets.photos.folders.os.scandir", refused)
    with pytest.raises(UserError, match=r"pictures cannot be read \(Permission denied\)"):
        load(pictures, tmp_path / "data")


def test_too_few(drawn, tmp_path):
    place = write_folder(tmp_path / "few", drawn[1][:18])
    with pytest.raises(UserError, match=r"at least 4 train, .*Received: 18 in all, 2 train"):
        load(place, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_too_little_room(plain, tmp_path, monkeypatch):
    class Usage:
        free = 1000

    monkeypatch.setattr(cache.shutil, "disk_usage", lambda _: Usage)
    with pytest.raises(UserError, match=r"too little room.*0 MB free.*DATA="):
        load(plain, tmp_path / "data")


def test_a_preparation_that_is_killed_half_way_loses_nothing(pictures, tmp_path):
    """Killed without notice; the next one removes what it left and finishes."""
    data = tmp_path / "data"
    code = (
        "import sys, time\n"
        "from aegan_lib.datasets import load\n"
        "from aegan_lib.datasets.photos import decoding as photos\n"
        "from tests.datasets.test_folder import SMALL\n"
        "square = photos.square\n"
        "def slow(*arguments):\n"
        "    time.sleep(0.2)\n"
        "    return square(*arguments)\n"
        "photos.square, photos.CHUNK = slow, 4\n"
        "load('folder:' + sys.argv[1], SMALL, sys.argv[2], progress=False)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(pictures), str(data)], cwd=ROOT)
    try:
        deadline = time.monotonic() + 120
        while not any(p.stat().st_size > 4_000 for p in data.glob(".folder-*/made/images.npy")):
            assert child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        abandoned = next(data.glob(".folder-*"))
        cache._remove_abandoned(data / abandoned.name[1 : abandoned.name.rindex("-")])
        assert abandoned.exists()  # its maker is alive, and holds its lock
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert abandoned.exists()
    assert not list(data.glob("folder-*"))
    read = load(pictures, data)
    assert sum(read.counts.values()) == 64
    assert not abandoned.exists()
    assert sorted(path.name for path in data.iterdir()) == [".locks", f"{read.name}-20px-64"]
    assert len(list(pictures.rglob("*.*"))) == 64


def test_a_disk_that_fails_while_pictures_are_read_is_told_as_that(plain, tmp_path, monkeypatch):
    def failing(_):
        raise OSError(5, "Input/output error", "/mnt/photos/17.jpg")
        yield

    monkeypatch.setattr(Folder, "chunks", failing)
    with pytest.raises(UserError, match=r"/mnt/photos/17.jpg cannot be read \(Input/output error"):
        load(plain, tmp_path / "data")


# --- lists as they are written -----------------------------------------------------------------


def listed_rows(place, ends):
    names = sorted(p.relative_to(place).as_posix() for p in place.rglob("*.*"))
    return [f"{name}{ends[i % len(ends)]}" for i, name in enumerate(names)]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + ",,\n,,\n\n",
        lambda text: ",,\n\n" + text,
        lambda text: text.replace("\n", ",,,\n"),
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", ";").replace("\n", "\r\n") + ";;\r\n",
        lambda text: text.replace(",", "\t"),
        lambda text: "sep=;\n" + text.replace(",", ";"),
        lambda text: text.replace("file,", '"the file, with its folder",'),
    ],
)
def test_lists_as_spreadsheets_write_them(pictures, tmp_path, change):
    text = "\n".join(["file,Male,Smiling", *listed_rows(pictures, [",1,0", ",0,1"]), ""])
    (pictures / "attributes.csv").write_text("\ufeff" + change(text), newline="")
    read = load(pictures, tmp_path)
    assert list(read.train.attributes) == ["Male", "Smiling"]
    assert (read.train.table["Male"] != read.train.table["Smiling"]).all()
    assert read.about.left_out == {}


@pytest.mark.parametrize("length", [10, 140_000])
def test_a_quote_that_never_closes(pictures, tmp_path, length):
    content = f'file,Male\n"a",1\n"b,1\n{"c" * length}\n'
    (pictures / "attributes.csv").write_text(content)
    with pytest.raises(UserError, match=r"attributes.csv .*from line 3 on, .*quote") as raised:
        load(pictures, tmp_path)
    assert "\n" not in str(raised.value)


def test_attributes_named_in_any_script(pictures, tmp_path):
    names = ["हंसी", "ยิ้ม", "笑顔", "می\u200cخندد", unicodedata.normalize("NFD", "Größe")]
    rows = listed_rows(pictures, [",1,0,1,0,1", ",0,1,0,1,0"])
    (pictures / "attributes.csv").write_text("\n".join([",".join(["file", *names]), *rows]))
    assert list(load(pictures, tmp_path).train.attributes) == [*names[:4], "Größe"]


@pytest.mark.parametrize(("kept", "written"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_names_composed_in_another_way_than_the_list(drawn, tmp_path, kept, written):
    place = write_folder(tmp_path / "pictures", drawn[1])
    for path in place.rglob("*.*"):
        path.rename(path.with_name(unicodedata.normalize(kept, f"é{path.name}")))
    rows = unicodedata.normalize(written, "\n".join(["file,Male", *listed_rows(place, [",1"])]))
    (place / "attributes.csv").write_text(rows)
    read = load(place, tmp_path / "data")
    assert sum(read.counts.values()) == 64 and read.about.left_out == {}
    assert read.train.table["Male"].all()


def test_names_as_windows_writes_them(drawn, tmp_path):
    place = write_folder(tmp_path / "pictures", drawn[1])
    rows = "\n".join(["file,Male", *listed_rows(place, [",1"])])
    (place / "Attributes.CSV").write_text(rows.replace("/", "\\").replace(".jpg", ".JPG"))
    read = load(place, tmp_path / "data")
    assert read.about.left_out == {} and read.train.table["Male"].all()


def test_what_can_be_meant_twice_is_not_guessed():
    assert matched(["A.jpg"], ["a.jpg"]) == {"A.jpg": "a.jpg"}
    assert matched(["A.jpg"], ["a.jpg", "A.JPG"]) == {}
    assert matched(["A.jpg", "a.JPG"], ["a.jpg"]) == {}
    assert matched(["a.jpg", "A.jpg"], ["a.jpg"]) == {"a.jpg": "a.jpg"}
    composed, parted = (unicodedata.normalize(form, "é.jpg") for form in ("NFC", "NFD"))
    assert matched([composed], [parted]) == {composed: parted}
    assert matched([composed], [parted, composed]) == {composed: composed}


# --- what is nobody's picture ------------------------------------------------------------------


def test_what_systems_and_network_drives_keep_is_no_input(pictures, tmp_path):
    whole = (pictures / "part 0" / "0000.jpg").read_bytes()
    for name in (
        "@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found",
        ".thumbnails", "part 0/@eaDir/0000.jpg", "@Recently-Snapshot", "__MACOSX",
    ):  # fmt: skip
        (pictures / name).mkdir(parents=True)
        (pictures / name / "thumbnail.jpg").write_bytes(whole)
    more = Profile("more", 20, 4, 4, 1, train=400, validation=10, test=14)
    assert sum(load(pictures, tmp_path / "data", more).counts.values()) == 64


def test_jpegs_of_every_suffix_and_a_word_about_other_formats(pictures, drawn, tmp_path):
    for number, end in enumerate((".jfif", ".jpe", ".JPE")):
        Image.fromarray(drawn[1][number]).save(pictures / f"more{number}{end}", "JPEG")
    for name in ("a.heic", "b.HEIC", "c.gif", "notes.txt"):
        (pictures / name).write_text("x")
    more = Profile("more", 20, 4, 4, 1, train=400, validation=10, test=14)
    read = load(pictures, tmp_path / "data", more)
    assert sum(read.counts.values()) == 67
    assert read.about.notes[1].endswith("these formats are not read: 1 .gif, 2 .heic.")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.heic").write_text("x")
    with pytest.raises(UserError, match=r"no pictures in .*Received: 1 \.heic"):
        load(tmp_path / "other", tmp_path / "data")


def test_reports_and_data_inside_of_the_folder_are_no_input(pictures, tmp_path, monkeypatch):
    """`cd photos; report --dataset folder:.` makes reports/ and data/ there."""
    monkeypatch.chdir(pictures)
    whole = (pictures / "part 0" / "0000.jpg").read_bytes()
    for place in ("data/folder-x-20px-64", "reports/x", "part 1/kept"):
        (pictures / place).mkdir(parents=True)
        (pictures / place / "example.jpg").write_bytes(whole)
    # However one gets there.
    (pictures / "link").symlink_to("reports/x", target_is_directory=True)
    more = Profile("more", 20, 4, 4, 1, train=400, validation=10, test=14)
    found = datasets.find("folder:.", more, "data", excluded=(Path("reports"),))
    assert sum(found.counts.values()) == 65
    # Where data was prepared under other names, by its content.
    load(".", "elsewhere", more)
    (pictures / "elsewhere" / "more.jpg").write_bytes(whole)
    again = datasets.find("folder:.", more, "data", excluded=(Path("reports"),))
    assert sum(again.counts.values()) == 66


def test_a_folder_inside_of_the_data_is_input(drawn, tmp_path):
    place = write_folder(tmp_path / "data" / "mine", drawn[1])
    assert sum(load(place, tmp_path / "data").counts.values()) == 64
    # The data's own folder, beside what is prepared there.
    assert sum(load(tmp_path / "data", tmp_path / "data").counts.values()) == 64


def test_a_pipe_among_the_pictures_is_left_out_and_not_waited_for(pictures, tmp_path):
    first = sorted(pictures.rglob("*.png"))[0]
    first.unlink()
    os.mkfifo(first)
    left_out = load(pictures, tmp_path / "data").about.left_out
    assert left_out == {first.relative_to(pictures).as_posix(): "is no plain file"}
