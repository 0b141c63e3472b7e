"""Folders of runs and probes that a stranger made to do harm: what is refused, what is only text.

While one is used, no file outside of it is opened, little memory is taken, and it ends soon.
"""

import copy
import dataclasses
import json
import os
import pickle
import resource
import shutil
import signal
import struct
import sys
import zipfile
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from numpy.lib import format as npy

from aegan_lib import tables
from aegan_lib.arrays import write_arrays
from aegan_lib.errors import UserError
from aegan_lib.evaluation import probe
from aegan_lib.evaluation.outcomes import _last_batches
from aegan_lib.evaluation.probe import RECORD, WEIGHTS, find_probe
from aegan_lib.models import build_models, values, weights_of
from aegan_lib.profiles import PROFILES
from aegan_lib.runs import find_run, profile_models, run_folder
from aegan_lib.store import file_digest, seal
from aegan_lib.tables.origins import rerun_command
from tests import scopes
from tests.made_up import SOUND, a_record

SECONDS = 10  # far more than any of these takes
MEMORY = 100 * 2**10  # KiB by which the whole process may grow

opened: list[tuple[str, int]] = []
watching = False


def note(event, arguments):
    if watching and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        opened.append((os.path.abspath(os.fsdecode(arguments[0])), arguments[2] or 0))


sys.addaudithook(note)  # for as long as the process lives: it cannot be taken off again


@contextmanager
def confined(folder):
    """Ends soon, grows little, and opens nothing but files in `folder`; no link is followed."""
    global watching
    # Python itself opens what it imports, and what it says of an error.
    own = (str(folder), sys.prefix, sys.base_prefix, str(Path(probe.__file__).parents[2]))

    def late(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    opened.clear()
    with suppress(OSError):  # the largest so far is forgotten, where the system lets it be
        Path("/proc/self/clear_refs").write_text("5")
    watching, largest = True, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        yield
    finally:
        watching = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert [path for path, _ in opened if not path.startswith(own)] == []
    for path, flags in opened:
        assert flags & os.O_NOFOLLOW or not (path.startswith(own[0]) and os.path.islink(path))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - largest < MEMORY


@pytest.fixture(scope=scopes.module)
def harmless(tmp_path_factory):
    """The smallest run that there can be."""
    folder = tmp_path_factory.mktemp("harmless") / "v4" / "seed-0"
    folder.mkdir(parents=True)
    (folder / "history.csv").write_text("epoch,batch,mse\n0,0,0.2\n0,1,0.1\n")
    epochs = pd.DataFrame({"epoch": range(3), "mse": 0.1} | SOUND)
    epochs.to_csv(folder / "epochs.csv", index=False)
    np.save(folder / "samples.npy", np.zeros((3, 2, 10, 10, 3), np.uint8))
    for name in ("last.npz", "best.npz"):
        write_arrays(folder / name, values(build_models(10, 2, 3).weights()))
    seal(folder / "run.json", a_record())
    read(folder)  # what is imported at first use is imported now
    return folder


def read(folder):
    """All that is ever read of a run."""
    run = find_run(folder)
    for part in ("version", "profile", "history", "epochs", "epoch", "samples", "models"):
        getattr(run, part)
    return run


@pytest.fixture
def folder(harmless, tmp_path):
    return shutil.copytree(harmless, tmp_path / "report" / "v4" / "seed-0")


@pytest.fixture
def record(folder):
    return json.loads((folder / "run.json").read_text())


def keep(folder, record):
    (folder / "run.json").write_text(json.dumps(record))


def use(folder):
    with confined(folder):
        return read(folder)


def refuse(folder, match):
    with pytest.raises(UserError, match=match) as refusal:
        use(folder)
    said = str(refusal.value)
    assert said.isprintable() and len(said) < 1000


def test_a_harmless_one_is_used(folder):
    use(folder)


def test_one_without_its_best_epoch_is_used(folder, record):
    (folder / "best.npz").unlink()
    del record["files"]["best.npz"]
    keep(folder, record)
    assert find_run(folder).reconstruct(np.zeros((1, 10, 10, 3), np.uint8)).shape == (1, 10, 10, 3)


# ---------------------------------------------------------------------------- names of files


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../secret", "a/../../secret", "..", ".", "", "notes.txt", "x\0y", "\x1b"],
)
def test_names_that_are_no_runs_are_refused(folder, record, name):
    (folder.parent / "secret").write_text("outside")
    (folder / "notes.txt").write_text("inside, but of no run")
    for digest in (file_digest(folder.parent / "secret"), None):
        record["files"][name] = digest
        keep(folder, record)
        refuse(folder, "damaged: run.json names .*no run's file.*Delete that folder")


def test_all_files_are_needed(folder, record):
    for files in ({}, {"last.npz": record["files"]["last.npz"]}):
        keep(folder, record | {"files": files})
        refuse(folder, r"lacks history.csv and epochs.csv.*Expected: all files of a run")


def replaced(path, how):
    """`path` as something else than the file that it is."""
    aside = path.parents[2] / f"outside-{path.name}"
    path.rename(aside)
    if how == "link":
        path.symlink_to(aside)  # of the right content, but another's
    elif how == "device":
        path.symlink_to("/dev/zero")
    elif how == "nowhere":
        path.symlink_to("missing")
    elif how == "pipe":
        os.mkfifo(path)
    elif how == "folder":
        path.mkdir()


@pytest.mark.parametrize("how", ["link", "device", "nowhere", "pipe", "folder"])
@pytest.mark.parametrize("name", ["run.json", "history.csv", "samples.npy", "last.npz"])
def test_only_plain_files_are_read(folder, name, how):
    replaced(folder / name, how)
    refuse(folder, f"damaged: {name}")


@pytest.mark.parametrize("how", ["link", "device", "pipe", "folder"])
def test_the_history_of_a_failed_run_is_a_plain_file(folder, how):
    assert _last_batches(folder / "history.csv").endswith("0,1,0.1")
    replaced(folder / "history.csv", how)
    with confined(folder):
        assert _last_batches(folder / "history.csv") == ""


def test_a_file_that_claims_to_be_endless_is_not_read(folder):
    os.truncate(folder / "samples.npy", 2**40)  # it takes no room on the disk
    refuse(folder, "damaged: samples.npy")
    os.truncate(folder / "run.json", 2**40)
    refuse(folder, "run.json: it is larger than 1,048,576 bytes")


# ---------------------------------------------------------------------------- the record


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[" * 100_000, "cannot be read as JSON"),
        ('{"settings":' * 50_000, "cannot be read as JSON"),
        ('{"settings": {}}' + " " * 2**20, "larger than"),
        ("[1]", "no JSON object"),
        ("null", "no JSON object"),
        ("", "cannot be read as JSON"),
        ('{"seed": ' + "9" * 5000 + "}", "cannot be read as JSON"),
        ("\ud800", "cannot be read as JSON"),
        ("{}", "lacks settings"),
    ],
)
def test_records_that_are_none(folder, text, match):
    (folder / "run.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    refuse(folder, f"damaged: run.json: .*{match}")


SOME = "settings.profile."


@pytest.mark.parametrize(
    ("place", "value", "match"),
    [
        (SOME + "image_size", 5 * 2**20, r"image_size is 5242880, where 10 or 20 .* is expected"),
        (SOME + "image_size", 41, "image_size is 41"),
        (SOME + "image_size", True, "image_size is True"),
        (SOME + "image_size", 40.0, "image_size is 40.0"),
        (SOME + "filters", 10**9, "filters is 1000000000, where a whole number from 1 to 1,024"),
        (SOME + "filters", "8", "filters is '8'"),
        (SOME + "filters", float("nan"), "filters is nan"),
        (SOME + "filters", 0, "filters is 0"),
        (SOME + "filters", [8], "filters is a list"),
        (SOME + "latent_dim", 10**6, "latent_dim is 1000000"),
        (SOME + "batch_size", -2, "batch_size is -2"),
        (SOME + "epochs", 10**12, "epochs is 1000000000000"),
        (SOME + "train", 1e3, "train is 1000.0"),
        (SOME + "precision", "float64", "precision is 'float64'"),
        (SOME + "more", 1, "profile holds 'more'"),
        (SOME + "name", "a/b", "profile.name is 'a/b', where a name without slashes"),
        ("settings.profile", [], "settings.profile is a list, where an object"),
        ("settings.seed", -1, "seed is -1"),
        ("settings.seed", 2**32, "seed is 4294967296"),
        ("settings.seed", float("inf"), "seed is inf"),
        ("settings.seed", "0", "seed is '0'"),
        ("settings.code", 7, "code is 7"),
        ("settings.backend", "os.system", "backend is 'os.system'"),
        ("settings.dataset", "faces", "dataset is 'faces', where an object"),
        ("settings.dataset.digest", None, "digest is None"),
        ("settings.version.name", "../../x", r"version.name is '../../x'"),
        ("settings.version.name", ".hidden", r"version.name is '.hidden'"),
        ("settings.version.base", "/x", "base is '/x'"),
        ("settings.version.own", {"beta; rm -rf ~ #": 1}, "own holds 'beta; rm -rf ~ #'"),
        ("settings.version.alpha", float("nan"), "alpha is nan"),
        ("settings.version.alpha", "1", "alpha is '1'"),
        ("settings.version.learning_rate", -1.0, "learning_rate is -1.0"),
        ("settings.version.beta", {"a": {}, "b": {}}, "beta is an object"),
        ("settings.version.beta", float("inf"), "beta is inf"),
        ("settings.version.loss", {}, "loss is an object"),
        ("settings.version.loss", "lazy_loader", "loss 'lazy_loader' .* is not known here"),
        ("settings.version.loss", "__builtins__", "is not known here"),
        ("settings.version.loss", "binary_cross_entropy.__globals__", "is not known here"),
        ("settings.version.beta", {"UserError": {}}, "schedule 'UserError' .* is not known here"),
        ("settings.version.beta", {"SlopeSchedule": {"other": 1}}, "takes other numbers"),
        ("settings.version.beta", {"SlopeSchedule": {"scale": "1"}}, "scale > 0.*scale='1'"),
        ("settings.version.beta", {"SlopeSchedule": {"window": -1}}, "window >= 1"),
        ("provenance", None, "provenance is None"),
        ("provenance.seconds", "long", "seconds is 'long'"),
        ("provenance.seconds", float("nan"), "seconds is nan"),
        ("provenance.ended", "yesterday", "ended is 'yesterday'"),
        ("provenance.ended", "2026-11-26T13:00:00", "ended is '2026-11-26T13:00:00'"),  # no zone
        ("provenance.packages", {"keras": []}, "packages is an object"),
        ("provenance.packages", {f"p{i}": "1" for i in range(101)}, "packages is an object"),
        ("provenance.commit", "\x1b[2J\x1b]0;owned\x07", r"commit is '\\x1b\[2J"),
        ("provenance.device", "‮UPG‬", r"device is '\\u202eUPG\\u202c'"),
        ("provenance.platform", "two\nlines", r"platform is 'two\\nlines'"),
        ("provenance.python", "\ud800", r"python is '\\ud800'"),
        ("provenance.lock", "x" * 1001, "lock is 'xxx"),
        ("outcome", "complete\x1b[31m", r"outcome is 'complete\\x1b\[31m'"),
        ("outcome", {"a": 1}, "outcome is an object"),
        ("files", [], "files is a list"),
        ("more", 1, "it holds 'more'"),
    ],
)  # fmt: skip
def test_what_a_record_must_not_say(folder, record, place, value, match):
    *parents, last = place.split(".")
    part = record
    for name in parents:
        part = part[name]
    part[last] = value
    keep(folder, record)
    refuse(folder, match)


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        (
            {"filters": 1024, "image_size": 20},
            "asks for 138,.* numbers in its networks, where at most 100,000,000",
        ),
        ({"latent_dim": 4096}, "numbers in its networks"),
        ({"image_size": 640, "filters": 64}, "numbers in a feature map of one image"),
        ({"train": 10**6}, "images"),
        ({"epochs": 100_000, "train": 800}, "batches"),
        ({"image_size": 640, "epochs": 1000}, "pixels in samples"),
    ],
)
def test_what_is_too_much_together(folder, record, fields, match):
    record["settings"]["profile"].update(fields)
    keep(folder, record)
    refuse(folder, match)


def test_what_can_be_trained_can_be_loaded():
    for profile in PROFILES.values():
        profile_models(profile, seed=0)
    # What could not be loaded is refused before it is trained.
    with pytest.raises(UserError, match=r"filters is 5000, where .* is expected"):
        profile_models(dataclasses.replace(PROFILES["smoke"], filters=5000), seed=0)
    for name in ("a/b", "..", "\x1b[2J"):
        with pytest.raises(UserError, match=r"Expected: a name without slashes.*Received: "):
            run_folder(Path(), name, 0)


# ---------------------------------------------------------------------------- tables and arrays


def resealed(folder, record):
    """The digests are right: they do not say where a folder comes from."""
    record.pop("files")
    seal(folder / "run.json", record)


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("history.csv", "mse\n<script>\n", "something else than numbers"),
        ("history.csv", "loss\n0.1\n", "lacks the column mse"),
        ("history.csv", "", "No columns"),
        ("history.csv", "mse\n", "something else than numbers"),
        ("history.csv", ",".join(["mse"] * 2000) + "\n", "a line has 4,096 bytes or more"),
        ("history.csv", "mse\n" + "1," * 3_000_000, "a line has 4,096 bytes or more"),
        ("history.csv", "mse\n\xff\n", "something else than numbers"),
        ("history.csv", "mse\nTrue\n", "something else than numbers"),
        ("history.csv", "mse\n7,0.1\n", "a row has more cells than the header"),
        ("epochs.csv", "epoch,mse\n0,0.1\n1,nan\n", "has no mse after any epoch"),
        ("epochs.csv", "epoch,mse\n7,0.1\n", "does not count epochs from 0"),
        ("epochs.csv", "epoch,mse\nnan,0.1\n", "does not count epochs from 0"),
        ("epochs.csv", "epoch,mse\n1e300,0.1\n", "does not count epochs from 0"),
    ],
)
def test_tables_hold_numbers(folder, record, name, text, match):
    (folder / name).write_text(text)
    resealed(folder, record)
    refuse(folder, f"damaged: {name}.*{match}")


class Harm:
    """Read as a pickle, it leaves a file."""

    def __reduce__(self):
        return (Path.touch, (Path("harm"),))


def header(shape, dtype="|u1"):
    return {"descr": dtype, "fortran_order": False, "shape": shape}


def write_samples(path, how):
    with path.open("wb") as file:
        if how == "objects":
            np.save(file, np.array([Harm()], object), allow_pickle=True)
        elif how == "pickle":
            pickle.dump(Harm(), file)
        elif how == "claims 8 TiB":
            npy.write_array_header_1_0(file, header((2**33, 4, 10, 10, 3)))
        elif how == "negative":
            npy.write_array_header_1_0(file, header((-1, -2, 10, 10, 3)))
            file.write(bytes(600))
        elif how == "empty":
            npy.write_array_header_1_0(file, header((0, 2, 10, 10, 3)))
        elif how == "other size":
            np.save(file, np.zeros((3, 2, 20, 20, 3), np.uint8))
        elif how == "other type":
            np.save(file, np.zeros((3, 2, 10, 10, 3)))
        elif how == "nested header":
            text = "(" * 9000
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode())
        elif how == "code in its header":
            text = "{'descr': __import__('os').system('touch harm')}"
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode())


@pytest.mark.parametrize(
    "how",
    [
        "objects", "pickle", "claims 8 TiB", "negative", "empty", "other size", "other type",
        "nested header", "code in its header",
    ],
)  # fmt: skip
def test_samples_are_pictures(folder, record, how, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    write_samples(folder / "samples.npy", how)
    resealed(folder, record)
    refuse(folder, "damaged: samples.npy")
    assert not (tmp_path / "harm").exists()


def write_weights(path, how):
    weights = values(build_models(10, 2, 3).weights())
    first = min(weights)
    if how == "packed":  # a thousand zeros become one byte
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(f"{first}.npy", bytes(2**26))
        return
    if how == "no zip":
        path.write_bytes(b"PK\x03\x04" + bytes(100))
        return
    changes = {
        "one more": {"encoder/../../harm": np.zeros(1, np.float32)},
        "other shape": {first: np.zeros((7, 7), np.float32)},
        "other type": {first: weights[first].astype(np.float64)},
    }
    weights |= changes.get(how, {})
    if how == "one less":
        del weights[first]
    write_arrays(path, weights)
    if how == "twice":
        with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(f"{first}.npy", b"")
    if how == "objects":
        np.savez(path, allow_pickle=True, **(weights | {first: np.array([Harm()], object)}))


@pytest.mark.parametrize(
    "how",
    [
        "packed", "no zip", "one more", "one less", "other shape", "other type", "twice", "objects",
    ],
)  # fmt: skip
def test_weights_are_those_of_these_networks(folder, record, how, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    write_weights(folder / "last.npz", how)
    resealed(folder, record)
    refuse(folder, "damaged: last.npz")
    assert not (tmp_path / "harm").exists()


# ---------------------------------------------------------------------------- what is only text

SCRIPT = "<script>alert(1)</script>"
TEXTS = [SCRIPT, "{{ 7 * 7 }}", "<img src=x onerror=alert(1)>", "&lt;b&gt;", "{% raw %}"]


def all_tables(run):
    """Every table that a run's record goes into, as HTML."""
    styled = [
        tables.provenance_table([run]),
        tables.execution_table([run]),
        tables.settings_table([run]),
        tables.profile_table(run.profile),
        tables.symptoms_table([run]),
    ]
    ended = pd.DataFrame([("v4", 0, run.outcome, run.outcome)])
    ended.columns = ["version", "seed", "outcome", "log"]
    return "".join(table.to_html() for table in styled) + tables.outcomes_table(ended).data


def telling(folder, record, text):
    """All tables of a run that says this wherever a record holds a text."""
    told = copy.deepcopy(record)
    name = text.replace("/", "|")  # a name has none
    told["outcome"] = text
    told["provenance"] |= dict.fromkeys(("commit", "device", "python", "platform", "lock"), text)
    told["provenance"]["packages"] = {text: text}
    told["settings"] |= {"code": text, "dataset": {"name": name, "digest": text}}
    told["settings"]["profile"]["name"] = name
    told["settings"]["version"] |= {"name": name, "start": name}
    keep(folder, told)
    return BeautifulSoup(all_tables(use(folder)), "html.parser")


@pytest.mark.parametrize("text", TEXTS)
def test_texts_become_text_on_a_page(folder, record, text):
    page, plain = (telling(folder, record, said) for said in (text, "word"))
    elements = [[tag.name for tag in soup.find_all(True)] for soup in (page, plain)]
    assert elements[0] == elements[1]
    # As often as the word: nothing is lost, and nothing is escaped twice.
    for soup in (page, plain):
        for code in soup.select("code"):
            code.decompose()  # a command, which is quoted for a shell
    said = page.get_text().replace("|", "/")
    short = text[:12]  # of a digest, no more is shown
    assert said.count(short) == plain.get_text().count("word")


def test_a_command_to_be_pasted_is_one_command(folder, record):
    record["settings"]["version"] |= {"base": "v4; touch harm", "name": "$(touch harm)"}
    record["settings"]["profile"]["name"] = "`touch harm`"
    keep(folder, record)
    command = rerun_command(use(folder))
    assert "'v4; touch harm'" in command and "--profile '`touch harm`'" in command


# ---------------------------------------------------------------------------- probes


@pytest.fixture
def a_probe(tmp_path):
    folder = tmp_path / "report" / "probe"
    folder.mkdir(parents=True)
    write_arrays(folder / WEIGHTS, values(weights_of(probe.classifier(10, 2))))
    seal(folder / RECORD, {"attributes": ["Male", SCRIPT], "image_size": 10})
    return folder


def test_a_harmless_probe_is_used(a_probe):
    with confined(a_probe):
        found = find_probe(a_probe, 10)
    assert found.attributes == ("Male", SCRIPT)


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({"attributes": ["x"] * 10**5}, 10),
        ({"attributes": ["a", "a"]}, 10),
        ({"attributes": ["\x1b[2J", "‮"]}, 10),
        ({"attributes": "Male"}, 10),
        ({"attributes": [1, 2]}, 10),
        ({"attributes": ["a", "b", "c"]}, 10),
        ({"image_size": 5 * 2**20}, 5 * 2**20),
        ({"image_size": "10"}, "10"),
        ({"hardened": 1}, 10),
        ({"hardened": "no"}, 10),
        ({"hardened": []}, 10),
        ({"files": {}}, 10),
        ({"files": {"/etc/passwd": ""}}, 10),
        ({"files": []}, 10),
    ],
)
def test_probes_that_are_refused(a_probe, changes, size):
    record = json.loads((a_probe / RECORD).read_text())
    (a_probe / RECORD).write_text(json.dumps(record | changes))
    with pytest.raises(UserError, match=r"probe in .* damaged"), confined(a_probe):
        find_probe(a_probe, size)


@pytest.mark.parametrize("how", ["link", "device", "nowhere", "pipe", "folder"])
@pytest.mark.parametrize("name", [WEIGHTS, RECORD])
def test_a_probe_is_read_from_plain_files(a_probe, name, how):
    replaced(a_probe / name, how)
    with pytest.raises(UserError, match=r"probe in .* damaged"), confined(a_probe):
        find_probe(a_probe, 10)
    with confined(a_probe):
        assert not probe._restore(probe.classifier(10, 2), a_probe, {})
