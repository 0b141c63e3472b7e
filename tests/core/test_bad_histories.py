"""A finished run's tables, changed at random: found out by their digest, or by what stands in them.

With digests that are right, as a stranger may write them, a table is read if it is one of numbers.
"""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegan_lib.comparing import compare
from aegan_lib.evaluation.outcomes import _last_batches
from aegan_lib.runs import find_run
from aegan_lib.store import seal
from tests import scopes
from tests.bad_input import Kind, blanked, cut, flipped, judge, odd, watched
from tests.made_up import SOUND, a_record

BATCHES = 8
HISTORY = pd.DataFrame(
    {"epoch": [0, 1] * 4, "batch": range(BATCHES), "beta": 0.005, "mse": np.linspace(0.3, 0.1, 8)}
)
TEXT = HISTORY.to_csv(index=False)
CONTENT = TEXT.encode()
HEADER, *ROWS = TEXT.splitlines(keepends=True)


@pytest.fixture(scope=scopes.module)
def runs(tmp_path_factory):
    """Two finished runs, of which the second is as it should be."""
    place = tmp_path_factory.mktemp("runs")
    for name in ("changed", "whole"):
        folder = place / name / "seed-0"
        folder.mkdir(parents=True)
        (folder / "history.csv").write_bytes(CONTENT)
        epochs = pd.DataFrame({"epoch": range(3), "mse": 0.1} | SOUND)
        epochs.to_csv(folder / "epochs.csv", index=False)
        np.save(folder / "samples.npy", np.zeros((3, 2, 10, 10, 3), np.uint8))
        (folder / "last.npz").write_bytes(b"not read here")
        seal(folder / "run.json", a_record())
    return place


def written(runs, content, sealed):
    folder = runs / "changed" / "seed-0"
    (folder / "history.csv").write_bytes(content)
    if sealed:
        record = json.loads((folder / "run.json").read_text())
        record.pop("files")
        seal(folder / "run.json", record)
    return folder


def lines(values):
    return values.map(lambda rows: (HEADER + "".join(rows)).encode())


def replaced(values, what="0.3", told=""):
    """The table with another cell in the place of its first mse."""
    assert what in TEXT
    return Kind(values.map(lambda cell: TEXT.replace(what, str(cell), 1).encode()), told)


UNSEALED = {
    "cut short": Kind(cut(CONTENT), "history.csv is not what was written"),
    "bits turned round": Kind(
        flipped(CONTENT).filter(lambda content: content != CONTENT), "is not what was written"
    ),
    "some of it zeros": Kind(
        blanked(CONTENT).filter(lambda content: content != CONTENT), "is not what was written"
    ),
    "rows in another order": Kind(
        lines(st.permutations(ROWS).filter(lambda rows: rows != ROWS)), "is not what was written"
    ),
    "rows more": Kind(lines(st.just([*ROWS, ROWS[0]])), "is not what was written"),
    "another's": Kind(st.binary(), "is not what was written"),
}
DAMAGED = "damaged: history.csv"
NUMBERS = "something else than numbers"
SEALED = {
    "cut short and sealed": Kind(cut(CONTENT)),
    "bits turned round and sealed": Kind(flipped(CONTENT)),
    "some of it zeros and sealed": Kind(blanked(CONTENT)),
    "rows in another order and sealed": Kind(lines(st.permutations(ROWS))),
    "nothing at all": Kind(st.just(b""), DAMAGED),
    "blank lines": Kind(st.integers(1, 99).map(lambda n: b"\n" * n), DAMAGED),
    "a header alone": Kind(st.just(HEADER.encode()), NUMBERS),
    "no header": Kind(st.just("".join(ROWS).encode()), "lacks the column mse"),
    "bytes that are no text": Kind(st.binary().map(lambda end: CONTENT + b"\xff" + end), DAMAGED),
    "other columns": Kind(
        odd.map(lambda name: TEXT.replace("mse", name.replace("\n", " "), 1).encode()), DAMAGED
    ),
    "text for a number": replaced(st.sampled_from(["many", "<b>", "0,3 mm", "--"]), told=DAMAGED),
    "a comma before decimals": replaced(st.just('"0,3"'), told=NUMBERS),
    "truths": Kind(
        st.just(HISTORY.assign(mse=True).to_csv(index=False).encode()), NUMBERS
    ),
    "NaN and infinite numbers": replaced(st.sampled_from(["nan", "", "inf", "-inf", "1e999"])),
    "an epoch that is none": replaced(
        st.sampled_from(["nan,0", "inf,0", "1e300,0", "-1,0", "0.5,0"]), "0,0"
    ),
    "a number of thousands of digits": replaced(st.integers(400, 900).map(lambda n: "9" * n)),
    "rows that are too short": Kind(lines(st.just(["0\n", *ROWS]))),
    "rows that are too long": Kind(
        lines(st.integers(1, 9).map(lambda n: [ROWS[0].strip() + ",1" * n + "\n", *ROWS[1:]])),
        DAMAGED,
    ),
    "rows that are all too long": Kind(
        lines(st.integers(1, 9).map(lambda n: [row.strip() + ",1" * n + "\n" for row in ROWS])),
        "more cells than the header",
    ),
    "semicolons": Kind(st.just(CONTENT.replace(b",", b";")), "lacks the column mse"),
    "a column twice": Kind(
        st.just(HISTORY.to_csv(index=False).replace("beta", "mse").encode())
    ),
    "a mark of the encoding": Kind(st.just(b"\xef\xbb\xbf" + CONTENT)),
    "ends of lines as on Windows": Kind(st.just(CONTENT.replace(b"\n", b"\r\n"))),
    "another encoding": Kind(
        st.sampled_from(["utf-16", "utf-32"]).map(lambda name: TEXT.encode(name)), DAMAGED
    ),
    "a quote that never closes": Kind(st.just((HEADER + '"' + "".join(ROWS)).encode()), DAMAGED),
    "a line without an end": Kind(
        st.integers(4096, 9999).map(lambda n: CONTENT + b"1" * n), "a line has 4,096 bytes or more"
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", UNSEALED)
@given(data=st.data())
def test_a_history_that_is_not_what_was_written_is_found_out(runs, kind, data):
    written(runs, CONTENT, sealed=True)
    folder = written(runs, data.draw(UNSEALED[kind].examples), sealed=False)
    with watched(runs) as outcome:
        outcome.made.append(find_run(folder))
    judge(UNSEALED[kind], outcome)


@pytest.mark.parametrize("kind", SEALED)
@given(data=st.data())
def test_a_history_holds_numbers_or_is_called_damaged(runs, kind, data):
    folder = written(runs, data.draw(SEALED[kind].examples), sealed=True)
    whole = find_run(runs / "whole" / "seed-0")
    with watched(runs) as outcome:
        run = find_run(folder)
        # Whatever stands in it, the last lines are text for a reader.
        outcome.made.append(_last_batches(folder / "history.csv"))
        assert all(column.dtype.kind in "iuf" for _, column in run.history.items())
        for pair in ((run, whole), (whole, run)):
            outcome.made.append(compare(*pair))
    judge(SEALED[kind], outcome)
    assert not outcome.error or str(outcome.error).isprintable()


def test_what_is_right_is_read(runs):
    run = find_run(written(runs, CONTENT, sealed=True))
    pd.testing.assert_frame_equal(run.history, HISTORY)
    shutil.rmtree(runs / "changed")
    assert find_run(run.folder) is None


KINDS = {**UNSEALED, **SEALED}
