"""What is typed: variables, options, words of a command, and the parameters of notebooks."""

import os
from unittest import mock

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegan_lib.__main__ import cli
from aegan_lib.pipeline.execute import check_parameters
from aegan_lib.pipeline.request import Request, parse
from aegan_lib.pipeline.tasks import NOTEBOOKS
from aegan_lib.profiles import PROFILES
from aegan_lib.versions import VERSIONS
from tests.bad_input import (
    Kind,
    below_0,
    beyond_float32,
    judge,
    no_number,
    no_text,
    odd,
    text,
    unending,
    watched,
    words,
)

OURS = (
    "PROFILE", "VERSIONS", "SEEDS", "IMAGES", "CROP", "DATASET", "JOBS", "FORCE", "EXTRA",
    "AEGAN_BACKEND", "PRECISION", "REPORTS", "DATA",
)  # fmt: skip
PLACE = "<place>"  # stands for the folder of `place`, which no example can know
PHOTOS = {"DATASET": f"folder:{PLACE}/pictures"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Folders and files that are something else than they are asked to be."""
    folder = tmp_path_factory.mktemp("typed")
    (folder / "empty").mkdir()
    (folder / "folder.py").mkdir()
    (folder / "file.txt").write_text("no picture")
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe.py")
    (folder / "pictures").mkdir()
    for number in range(60):  # counted, but opened by nobody here
        (folder / "pictures" / f"{number}.png").touch()
    return folder


@pytest.fixture(scope="module", autouse=True)
def short_of_training():
    """All that comes before data is prepared, and nothing after it."""

    def build(request, force, jobs, gathered):
        request.require_writable()
        return request.page, []

    def train(version, *_, **__):
        version.scaled(PROFILES["smoke"])
        raise click.exceptions.Exit(0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aegan_lib.pipeline.build.build", build)
        patch.setattr("aegan_lib.training.train", train)
        patch.setattr(Request, "load", lambda self, progress=True: None)
        yield


def call(place, command, variables):
    usual = {"PROFILE": "smoke", "REPORTS": f"{place}/r", "DATA": f"{place}/d"}
    given = {name: value.replace(PLACE, str(place)) for name, value in variables.items()}
    with mock.patch.dict(os.environ):
        for name in OURS:  # make exports its own to whatever it calls
            os.environ.pop(name, None)
        os.environ |= usual | given
        return cli([word.replace(PLACE, str(place)) for word in command], standalone_mode=False)


def variable(name, values, told="", **others):
    return Kind(values.map(lambda value: {name: value, **others}), told)


def numbers(values):
    return values.map(lambda parts: ",".join(map(str, parts)))


def edges(left, top, right, bottom):
    return numbers(st.tuples(left, top, right, bottom))


def is_seeds(words):
    return all(word.isdecimal() for word in words.replace(",", " ").split())


share = st.floats(0, 1)
a_word = st.text("abc!<'\"é.", min_size=1)
a_fraction = st.floats(0, 1e6).map(str)
separators = st.text(" ,\t\n", min_size=1)
digits = st.integers(4301, 9999).map(lambda count: "9" * count)
NOWHERE = "looked for|nothing there|not at"
UNRESOLVED = "cannot be resolved"
NOBODY = "~nobody-of-that-name/x"

VARIABLES = {
    "PROFILE, another name": variable(
        "PROFILE", text.filter(lambda name: name and name not in PROFILES), "Unknown profile"
    ),
    "VERSIONS, another name": variable(
        "VERSIONS", words.filter(lambda w: w.replace(",", " ").split()), "Unknown version"
    ),
    "VERSIONS, separators alone": variable("VERSIONS", separators),
    "SEEDS, words": variable("SEEDS", a_word, "whole numbers from 0"),
    "SEEDS, anything": variable(
        "SEEDS", text.filter(lambda w: w and not is_seeds(w)), "whole numbers from 0"
    ),
    "SEEDS, below 0": variable("SEEDS", st.integers(max_value=-1).map(str), "whole numbers"),
    "SEEDS, above the largest": variable("SEEDS", st.integers(2**32).map(str), "4294967295"),
    "SEEDS, a fraction": variable("SEEDS", a_fraction, "whole numbers"),
    "SEEDS, separators alone": variable("SEEDS", separators, "whole numbers"),
    "SEEDS, thousands of digits": variable("SEEDS", digits, "whole numbers"),
    "IMAGES, a word": variable("IMAGES", a_word, "not a valid integer"),
    "IMAGES, none or fewer": variable("IMAGES", st.integers(max_value=0).map(str), "x>=1"),
    "IMAGES, a fraction": variable("IMAGES", a_fraction, "not a valid integer"),
    "IMAGES, fewer than a batch": variable("IMAGES", st.integers(1, 31).map(str), "Too few images"),
    "IMAGES, more than can be trained on": variable(
        "IMAGES", st.integers(10**6 + 1, 10**400).map(str), "nothing can be trained"
    ),
    "IMAGES, thousands of digits": variable("IMAGES", digits, "not a valid integer"),
    "CROP, of drawn faces": variable("CROP", words, "have no crop"),
    "CROP, another name": variable("CROP", a_word, "no part of the picture", **PHOTOS),
    "CROP, not four numbers": variable(
        "CROP",
        numbers(st.lists(share, min_size=1, max_size=9).filter(lambda parts: len(parts) != 4)),
        "no part of the picture",
        **PHOTOS,
    ),
    "CROP, out of the picture": variable(
        "CROP", edges(st.just(0), share, st.floats(1.001, 1e9), share), "no part", **PHOTOS
    ),
    "CROP, edges turned round": variable(
        "CROP", edges(st.floats(0.5, 1), st.just(0), st.floats(0, 0.5), share), "no part", **PHOTOS
    ),
    "CROP, infinite": variable("CROP", edges(st.just(0), share, unending, share), "no", **PHOTOS),
    "CROP, next to nothing": variable(
        "CROP", edges(st.just(0), st.just(0), st.floats(0, 0.0099), st.just(1)), "no", **PHOTOS
    ),
    "DATASET, another name": variable(
        "DATASET",
        text.filter(lambda t: t and t.partition(":")[0] not in ("faces", "celeba", "folder")),
        "Unknown dataset|cannot be resolved",
    ),
    "DATASET, drawn faces from a path": variable(
        "DATASET", words.map("faces:{}".format), "have no path|cannot be resolved"
    ),
    "DATASET, a folder that is not there": variable(
        "DATASET", odd.map(lambda name: f"folder:{PLACE}/nowhere/{name}"), NOWHERE
    ),
    "DATASET, a file": variable("DATASET", st.just(f"folder:{PLACE}/file.txt"), "a file"),
    "DATASET, a folder without pictures": variable(
        "DATASET", st.just(f"folder:{PLACE}/empty"), "no pictures"
    ),
    "DATASET, no path": variable("DATASET", st.just("folder:"), "no path"),
    "DATASET, no UTF-8": variable(
        "DATASET", st.just(f"folder:{PLACE}/\udcff"), "cannot be looked for"
    ),
    "DATASET, too long": variable("DATASET", st.just(f"folder:/{'a' * 300}"), NOWHERE),
    "DATASET, of nobody": variable("DATASET", st.just(f"folder:{NOBODY}"), UNRESOLVED),
    "DATASET, links in a circle": variable("DATASET", st.just(f"folder:{PLACE}/loop"), NOWHERE),
    "DATASET, CelebA that is not there": variable(
        "DATASET", odd.map(lambda name: f"celeba:{PLACE}/nowhere/{name}"), NOWHERE
    ),
    "DATASET, CelebA without pictures": variable(
        "DATASET", st.just(f"celeba:{PLACE}/empty"), "no CelebA pictures"
    ),
    "DATASET, CelebA that is no zip": variable(
        "DATASET", st.just(f"celeba:{PLACE}/file.txt"), "is not a zip"
    ),
    "JOBS, a word": variable("JOBS", a_word, "not a valid integer"),
    "JOBS, below 0": variable("JOBS", st.integers(max_value=-1).map(str), "x>=0"),
    "FORCE, neither yes nor no": variable("FORCE", a_word, "not a valid boolean"),
    "BACKEND, another name": variable("AEGAN_BACKEND", words, "is not one of"),
    "PRECISION, another name": variable("PRECISION", words, "is not one of"),
    "EXTRA, no Python file": variable("EXTRA", st.just(f"{PLACE}/file.txt"), "ends in .py"),
    "EXTRA, not there": variable(
        "EXTRA", odd.map(lambda name: f"{PLACE}/nowhere/{name}.py"), "cannot be read"
    ),
    "EXTRA, a folder": variable("EXTRA", st.just(f"{PLACE}/folder.py"), "plain file"),
    "EXTRA, a pipe": variable("EXTRA", st.just(f"{PLACE}/pipe.py"), "plain file"),
    "EXTRA, of nobody": variable("EXTRA", st.just(f"{NOBODY}.py"), UNRESOLVED),
    "EXTRA, links in a circle": variable("EXTRA", st.just(f"{PLACE}/loop/x.py"), UNRESOLVED),
    "EXTRA, no UTF-8": variable("EXTRA", st.just(f"{PLACE}/\udcff.py"), UNRESOLVED),
    **{
        f"{name}, {what}": variable(name, st.just(value), told)
        for name in ("REPORTS", "DATA")
        for what, value, told in (
            ("a file in the way", f"{PLACE}/file.txt/x", f"cannot be written.*{name}="),
            ("a file", f"{PLACE}/file.txt", f"cannot be written.*{name}="),
            ("links in a circle", f"{PLACE}/loop", UNRESOLVED),
            ("no UTF-8", f"{PLACE}/\udcff", UNRESOLVED),
            ("of nobody", NOBODY, UNRESOLVED),
            ("too long", "/" + "a" * 300, f"cannot be written.*{name}="),
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", VARIABLES)
@given(data=st.data())
def test_variables_are_checked_before_anything_is_made(place, kind, data):
    given = data.draw(VARIABLES[kind].examples)
    with watched(place) as outcome:
        outcome.made.append(call(place, ["report"], given))
    judge(VARIABLES[kind], outcome)


def command(*parts, told=""):
    """Words of which some are made up."""
    fixed = [st.just(part) if isinstance(part, str) else part for part in parts]
    return Kind(st.tuples(*fixed), told)


def option(name, values):
    return values.map(lambda value: f"--{name}={value}")


COMMANDS = {
    "a command that there is not": command(words.filter(lambda w: w[0] != "-"), told="No such"),
    "an option that there is not": command("report", "--no-such-option", told="No such option"),
    "an argument too many": command("report", a_word, told="unexpected extra argument"),
    "run without a version": command("run", told="Missing argument"),
    "run another version": command("run", "--", words, told="Unknown version"),
    "--seed, a word": command("run", "v1", option("seed", a_word), told="not a valid integer"),
    "--seed, out of range": command(
        "run", "v1", option("seed", st.integers(max_value=-1) | st.integers(2**32)), told="range"
    ),
    "--threads, none or fewer": command(
        "run", "v1", option("threads", st.integers(max_value=0)), told="range"
    ),
    **{
        f"--{name}, {what}": command("run", "v1", option(name, values), told=told)
        for name in ("alpha", "beta", "learning-rate")
        for what, values, told in (
            ("a word", a_word.filter(lambda w: "." not in w), "not a valid float"),
            ("below 0", below_0, "0 or more"),
            ("infinite", unending, "a finite number"),
            ("beyond float32", beyond_float32, "a finite number"),
        )
    },
    "--learning-rate, beyond float32 once it is scaled": command(
        "run", "v1", option("learning-rate", st.floats(3.5e37, 3.3e38)), told="a finite number"
    ),
    "list versions of a file that is not there": command(
        "list", "--extra", f"{PLACE}/nowhere.py", told="cannot be read"
    ),
    "list versions of nobody": command("list", "--extra", f"{NOBODY}.py", told=UNRESOLVED),
    "verify what is not there": command(
        "verify", f"{PLACE}/nowhere", told="neither a run nor a page"
    ),
    "verify a folder without runs": command("verify", PLACE, told="neither a run nor a page"),
    "verify nothing": command("verify", told="Missing argument"),
    "compare one run": command("compare", PLACE, told="Missing argument"),
    "compare folders without runs": command("compare", PLACE, PLACE, told="two finished runs"),
}


@pytest.mark.parametrize("kind", COMMANDS)
@given(data=st.data())
def test_commands_are_checked_before_anything_is_made(place, kind, data):
    given = data.draw(COMMANDS[kind].examples)
    with watched(place) as outcome:
        outcome.made.append(call(place, given, {}))
    judge(COMMANDS[kind], outcome)


TYPE = "must be of type"
PARAMETERS = {
    "a parameter that there is not": Kind(
        st.dictionaries(text.filter(lambda name: name not in ("request", "version", "seed")),
                        no_text, min_size=1, max_size=2), "Unknown parameter",
    ),
    "version, no text": Kind(no_text.map(lambda value: {"version": value}), TYPE),
    "seed, no number": Kind(no_number.map(lambda value: {"seed": value}), TYPE),
    "seed, a fraction": Kind(st.floats().map(lambda value: {"seed": value}), TYPE),
    "seed, a truth": Kind(st.booleans().map(lambda value: {"seed": value}), TYPE),
    "progress, no truth": Kind(
        (text | st.integers() | st.none()).map(lambda value: {"progress": value}), TYPE
    ),
    "request, no object": Kind(
        (no_text | text).map(lambda value: {"request": value}), TYPE
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", PARAMETERS)
@given(data=st.data())
def test_parameters_of_a_notebook_are_those_that_it_has(kind, data):
    given = data.draw(PARAMETERS[kind].examples)
    with watched() as outcome:
        check_parameters(NOTEBOOKS / "version.ipynb", given)
    judge(PARAMETERS[kind], outcome)


def setting(name, values, told):
    return Kind(values.map(lambda value: {name: value}), told)


no_list = no_text.filter(lambda value: not isinstance(value, list)) | words
SETTINGS = {
    "a setting that there is not": Kind(
        st.dictionaries(st.sampled_from(["pofile", "version", "seed", "<b>"]), no_text, min_size=1),
        "Unknown setting of a request",
    ),
    **{
        f"{name}, no text": setting(name, no_text, f"{name} must be a text")
        for name in ("dataset", "profile", "crop")
    },
    **{
        f"{name}, no path": setting(
            name, no_text.filter(lambda value: value is not None), f"{name} must be a path"
        )
        for name in ("reports", "data", "extra")
    },
    "reports, a path with a NUL": setting("reports", st.just("a\0b"), UNRESOLVED),
    "data, a path with half a sign": setting("data", st.just("a\ud800b"), UNRESOLVED),
    "versions, no list": setting("versions", no_list, "versions must be a list of names"),
    "versions, a list of other things": setting(
        "versions", st.lists(st.integers() | st.none() | st.lists(text), min_size=1), "of names"
    ),
    "versions, other names": setting("versions", st.lists(words, min_size=1), "Unknown version"),
    "seeds, no list": setting("seeds", no_list, "seeds must be a list of whole numbers"),
    "seeds, a list of other things": setting(
        "seeds", st.lists(st.floats() | st.booleans() | text | st.none()), "of whole numbers"
    ),
    "seeds, out of range": setting(
        "seeds",
        st.lists(st.integers(max_value=-1) | st.integers(min_value=2**32), min_size=1),
        "A seed must be 0 or more",
    ),
    "images, no whole number": setting(
        "images", st.floats() | st.booleans() | text | st.just([]), "images must be a whole number"
    ),
    "images, below 0": setting("images", st.integers(max_value=-1), "must be 1 or more"),
    "settled, incomplete or of other types": setting(
        "settled",
        st.dictionaries(st.sampled_from(["name", "place", "digest"]), no_text) | no_list.filter(
            lambda value: value is not None),
        "settled must be None",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SETTINGS)
@given(data=st.data())
def test_a_request_is_checked_before_anything_is_made(place, kind, data):
    given = data.draw(SETTINGS[kind].examples)
    with watched(place) as outcome:
        outcome.made.append(parse(**{"profile": "smoke", "reports": place / "r"} | given))
    judge(SETTINGS[kind], outcome)


def test_what_is_right_is_asked_for(place):
    """Else nothing above would show more than that everything is refused."""
    with watched(place) as outcome:
        call(place, ["report"], {"VERSIONS": "v4, v1", "SEEDS": "1 0", **PHOTOS, "CROP": "full"})
        call(place, ["run", "v1", "--alpha=2", "--seed=3"], {})
        assert parse(profile="smoke", seeds=range(3), versions=["v1"]).seeds == (0, 1, 2)
        check_parameters(NOTEBOOKS / "version.ipynb", {"version": "v1", "seed": 1, "request": {}})
    assert outcome.error is None
    assert set(VERSIONS) >= {"v1", "v4"}


KINDS = {**VARIABLES, **COMMANDS, **PARAMETERS, **SETTINGS}
