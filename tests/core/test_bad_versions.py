"""Versions of one's own: files of them, their parts, and what their schedules are given."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegan_lib.extras import NAME, RESERVED, read_versions
from aegan_lib.schedules import SlopeSchedule, replay
from aegan_lib.versions import LIBRARY, VERSIONS
from tests.bad_input import (
    HARM,
    Kind,
    below_0,
    beyond_float32,
    blanked,
    cut,
    flipped,
    judge,
    no_number,
    no_text,
    odd,
    text,
    unending,
    watched,
)
from tests.own_versions import OWN

HEAD = """
import functools, sys
from dataclasses import dataclass, field
import numpy as np
from aegan_lib import SlopeSchedule, Version, losses, rules
nan, inf = float("nan"), float("inf")
"""
CLASS = """
@dataclass(frozen=True)
class Own:
    number: object = 1.0
    def __call__(self, history):
        {}
"""


def version(head="", **parts):
    """A file with one version, of which some parts are given as Python's text."""
    usual = {"name": "'mine'", "loss": "losses.weighted", "alpha": "1", "beta": "0"}
    written = usual | {"learning_rate": "1e-4"} | parts
    return f"{HEAD}{head}\nmine = Version({', '.join(f'{k}={v}' for k, v in written.items())})\n"


def part(name, values, told, head=""):
    """A part of a version that is one of these values, written as Python."""
    return Kind(values.map(lambda value: version(head, **{name: value})), told)


def schedule(body, told, number="1.0"):
    """A schedule of one's own whose call does this."""
    return part("beta", st.just(f"Own({number})"), told, CLASS.format(body))


written_odd = odd.map(repr)
wrong_numbers = {
    "no number": (no_number.map(repr), "must be a finite number"),
    "below 0": (below_0.map(repr), "must be a finite number"),
    "infinite": (unending.map(repr), "must be a finite number"),
    "beyond float32": (beyond_float32.map(repr), "must be a finite number"),
    "a kind of NumPy's": (
        st.sampled_from(["np.float32(1)", "np.int64(1)", "np.ones(2)", "np.array(1.0)"]),
        "must be a finite number",
    ),
}
FILES = {
    "nothing": Kind(st.just(""), "no version in"),
    "blanks and comments": Kind(st.text(" \n#", max_size=9).map("#{}\n#".format), "no version in"),
    "no version": Kind(st.integers().map("x = {}".format), "no version in"),
    "versions of the library's alone": Kind(
        st.sampled_from(LIBRARY).map(
            "from aegan_lib import VERSIONS\nmine = VERSIONS[{!r}]".format
        ),
        "no version in",
    ),
    "bytes that are no text": Kind(st.binary().map(lambda end: b"\xff" + end), "mine.py"),
    "a NUL": Kind(st.just(f"{HEAD}\0"), "mine.py"),
    "cut short": Kind(cut(OWN.encode())),
    "bits turned round": Kind(flipped(OWN.encode())),
    "some of it zeros": Kind(blanked(OWN.encode())),
    "no Python": Kind(st.sampled_from(["x = (\n", "def f(:", "1 +", "<html>", "\tx\n  y"]), "line"),
    "thousands of brackets": Kind(st.integers(1000, 50_000).map(lambda n: "(" * n), "mine.py"),
    "thousands of signs": Kind(st.just(f"x={'-' * 20_000}1"), "mine.py"),
    "a module that is nowhere": Kind(st.just("import nowhere_at_all"), "line 1: ModuleNotFound"),
    "an error": Kind(text.map("\nraise ValueError({!r})".format), "line 2: ValueError"),
    "an end of the process": Kind(
        (st.integers(0, 255) | text).map("import sys\nsys.exit({!r})".format), "line 2: SystemExit"
    ),
    "a recursion without end": Kind(st.just("def f(): f()\nf()"), "RecursionError"),
    "a file that it lacks": Kind(st.just("\nopen('nowhere.csv')"), "line 2: FileNotFoundError"),
    "an argument that a version has not": Kind(st.just(version(weight="1")), "TypeError"),
    "megabytes": Kind(st.just("x = 1\n" * 200_000), "no version in"),
    "two of one name": Kind(
        st.just(version() + "again = Version('mine', losses.weighted, 1, 1, 1)"),
        "'mine' more than once",
    ),
    "a good one and a wrong one": Kind(
        st.just(version() + "other = Version('v1', losses.weighted, 1, 1, 1)"), "library's own"
    ),
    "name, the library's": part("name", st.sampled_from(LIBRARY).map(repr), "library's own"),
    "name, reserved": part(
        "name", st.sampled_from((*RESERVED, "raw", "mean_face", "pca_25")).map(repr),
        "and none of index",
    ),
    "name, with other signs": part(
        "name", st.sampled_from(HARM).map(repr) | text.filter(
            lambda name: not NAME.fullmatch(name)).map(repr), "small letters, digits and _"
    ),
    "name, too long": part(
        "name", st.integers(41, 400).map(lambda n: repr("a" * n)), "up to 40 small letters"
    ),
    "name, no text": part("name", no_text.map(repr), "name of version .* must be a text"),
    "start, another name": part(
        "start", text.filter(lambda t: t and t not in VERSIONS).map(repr), "needs an unknown"
    ),
    "start, no text": part(
        "start", no_text.filter(lambda value: value is not None).map(repr) | st.just("''"),
        "a version's name, or None",
    ),
    "start, itself": part("start", st.just("'mine'"), "needs an unknown one"),
    "reference, another name": part(
        "reference", text.filter(lambda t: t and t not in VERSIONS).map(repr), "needs an unknown"
    ),
    "reference, no text": part(
        "reference", no_text.filter(lambda value: value is not None).map(repr),
        "a version's name, or None",
    ),
    "loss, a class of rules": part("loss", st.just("rules.Constraint"), "or a rule"),
    "loss, a rule that hides its numbers": part(
        "loss", st.just("Hiding()") | st.just("rules.Rule()"), "or a rule",
        "class Hiding(rules.Rule):\n    def weights(self, *given): return 1.0, 1.0, {}",
    ),
    "loss, a rule of wrong numbers": part(
        "loss", (no_number | unending | below_0).map(lambda v: f"rules.AdaptiveWeight({v!r})"),
        "must be a finite number",
    ),
    "loss, a rule without its reference": part(
        "loss", st.just("rules.Constraint()"), "is measured by another version's mse"
    ),
    "loss, a rule that cannot begin": part(
        "loss", st.just("Own()"), "cannot begin",
        "@dataclass(frozen=True)\nclass Own(rules.Rule):\n    def begin(self, reference): return 1",
    ),
    "loss, a rule that remembers no numbers": part(
        "loss", st.just("Own()"), "cannot begin", "@dataclass(frozen=True)\nclass Own(rules.Rule)"
        ":\n    def begin(self, reference): return {'s': 'much'}",
    ),
    "loss, of other arguments": part(
        "loss", st.sampled_from([0, 1, 2, 3, 5, 9]).map(
            lambda n: f"lambda {', '.join(f'x{i}' for i in range(n))}: x"), "is called as loss"
    ),
    "loss, no function": part(
        "loss", st.sampled_from(["max", "SlopeSchedule()", "Version", "np.add",
                                 "functools.partial(losses.weighted)"]) | no_number.map(repr),
        "must be a function",
    ),
    "loss, without a source": part(
        "loss", st.just("made['loss']"), "cannot be read, and a run is known by it",
        "made = {}\nexec('def loss(mse, bce, alpha, beta): return mse', made)",
    ),
    **{
        f"{field}, {what}": part(field, values, told)
        for field in ("alpha", "beta", "learning_rate")
        for what, (values, told) in wrong_numbers.items()
    },
    "alpha, a schedule": part("alpha", st.just("SlopeSchedule()"), "must be a finite number"),
    "beta, a class of schedules": part("beta", st.just("SlopeSchedule"), "or a schedule"),
    "beta, an object that hides its numbers": part(
        "beta", st.just("functools.partial(min, 1)") | st.just("Hiding()"), "or a schedule",
        "class Hiding:\n    def __call__(self, history): return 1.0",
    ),
    "beta, of a schedule that fails": schedule("return history['mse'][0]", "IndexError"),
    "beta, of a schedule without a number": schedule("return 'loud'", "Expected: a number"),
    "beta, of a schedule of nothing": schedule("pass", "Expected: a number"),
    "beta, of a schedule of many numbers": schedule("return [1.0, 2.0]", "Expected: a number"),
    "beta, of numbers that JSON has not": part(
        "beta", st.sampled_from(["Own({1})", "Own(nan)", "Own(inf)", "Own(print)", "Own(1j)"]),
        "goes into its runs' records", CLASS.format("return 1.0"),
    ),
    "beta, of a schedule that cannot be scaled": schedule(
        "return 1.0\n    def scaled(self, profile): return profile.no_scale", "cannot be scaled"
    ),
    "beta, of one that is scaled to nothing": schedule(
        "return 1.0\n    def scaled(self, profile): pass", "must be a finite number"
    ),
    "intent, no text": part("intent", no_text.map(repr), "intent of version 'mine' must be a text"),
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("own")


@pytest.mark.parametrize("kind", FILES)
@given(data=st.data())
def test_a_file_of_versions_is_whole_or_nothing_of_it_is_registered(place, kind, data, monkeypatch):
    # A file of the same length, written within the same second, would be taken for the one before.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    content = data.draw(FILES[kind].examples)
    path = place / "mine.py"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = dict(VERSIONS)
    try:
        with watched(place) as outcome:
            outcome.made += read_versions(path)
        assert {*VERSIONS} == {*before, *(made.name for made in outcome.made)}
        judge(FILES[kind], outcome)
    finally:
        VERSIONS.clear()
        VERSIONS.update(before)


def test_a_file_as_windows_writes_it_is_read(place, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    text = "\ufeff" + version().replace("\n", "\r\n")
    (place / "mine.py").write_bytes(text.encode())
    assert [made.name for made in read_versions(place / "mine.py")] == ["mine"]


# ---------------------------------------------------------------------------- schedules

no_whole = st.floats() | st.booleans() | text | st.none() | st.just(np.int64(5))
wrong_floats = no_number | unending | st.just(np.float32(1))
SCHEDULES = {
    "scale, 0 or less": Kind(st.floats(max_value=0).map(lambda v: {"scale": v}), "scale > 0"),
    "scale, no finite number": Kind(wrong_floats.map(lambda v: {"scale": v}), "finite scale"),
    "scale, beyond float32": Kind(beyond_float32.map(lambda v: {"scale": v}), "finite scale"),
    "window, no whole number": Kind(no_whole.map(lambda v: {"window": v}), "whole number window"),
    "window, none": Kind(st.integers(max_value=0).map(lambda v: {"window": v}), "window >= 1"),
    "ceiling, below 0": Kind(below_0.map(lambda v: {"ceiling": v}), "ceiling >= 0"),
    "ceiling, no finite number": Kind(wrong_floats.map(lambda v: {"ceiling": v}), "finite ceiling"),
    "ceiling, beyond float32": Kind(beyond_float32.map(lambda v: {"ceiling": v}), "finite ceiling"),
}


@pytest.mark.parametrize("kind", SCHEDULES)
@given(data=st.data())
def test_a_schedule_has_numbers_that_it_can_use(kind, data):
    with watched() as outcome:
        outcome.made.append(SlopeSchedule(**data.draw(SCHEDULES[kind].examples)))
    judge(SCHEDULES[kind], outcome)


def history(values, told=""):
    return Kind(values.map(lambda column: {"mse": column}), told)


losses = st.floats(0, 10)
some = st.lists(losses, max_size=12)
HISTORIES = {
    "shorter than the window": history(st.lists(losses, max_size=3)),
    "losses that are not numbers": history(st.lists(losses | st.just(float("nan")), max_size=12)),
    "infinite losses": history(st.lists(losses | unending, max_size=12)),
    "losses as large as can be": history(st.lists(st.sampled_from([1e308, -1e308]), max_size=9)),
    "losses as small as can be": history(st.lists(st.sampled_from([5e-324, 0.0]), max_size=9)),
    "a loss that stands still": history(st.integers(0, 9).map(lambda n: [0.1] * n)),
    "texts": history(st.lists(odd, min_size=1), "holds numbers alone"),
    "nothing where a number is due": history(st.lists(st.none(), min_size=1)),
    "lists of lists": history(st.lists(st.lists(losses, min_size=2, max_size=2), min_size=1),
                              "one number a batch"),
    "no list": history(losses, "one number a batch"),
    "no column": Kind(st.just({}), "one column or more"),
    "no loss among the columns": Kind(
        st.lists(losses, min_size=1).map(lambda column: {"bce": column}), "Expected: 'mse'"
    ),
    "columns of two lengths": Kind(
        some.map(lambda column: {"mse": column, "bce": [*column, 1.0]}), "one number a batch"
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HISTORIES)
@given(data=st.data())
def test_a_schedule_makes_a_beta_of_every_history(kind, data):
    schedule = SlopeSchedule(scale=0.01, window=data.draw(st.integers(1, 4)))
    with watched() as outcome:
        beta = replay(schedule, data.draw(HISTORIES[kind].examples))
        assert ((beta >= 0) & (beta <= schedule.ceiling)).all()
    judge(HISTORIES[kind], outcome)


KINDS = {**FILES, **SCHEDULES, **HISTORIES}
