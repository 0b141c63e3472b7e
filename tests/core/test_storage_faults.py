"""Real processes that write to disk are killed, fail or lose their power at every single point.

Each sweep goes through all points, says how many faults hit, and looks at what each left: old or
new and whole, and good enough to go on from. The controls leave one precaution out.
"""

import tempfile
from pathlib import Path

import pytest

from tests.core import faults
from tests.core.faults import EIO, ENOSPC
from tests.core.storing import WORKS

NO_STRACE, NO_DISK = faults.strace_is_missing(), faults.disk_is_missing()
traced = pytest.mark.skipif(bool(NO_STRACE), reason=NO_STRACE)
powered = pytest.mark.skipif(bool(NO_DISK), reason=NO_DISK)


@pytest.fixture
def place():
    with tempfile.TemporaryDirectory(dir=faults.quick_folder()) as name:
        yield Path(name)


# ── In which order ─────────────────────────────────────────────────────────────────────────────


@traced
def test_everything_is_on_the_disk_before_it_has_its_name(place):
    """Written, read back, synced, moved, and then the folder synced."""
    orders = faults.orders(place)
    assert len(orders) == sum(len(work.starts) for work in WORKS.values())
    assert not any(orders.values()), orders


@traced
@pytest.mark.parametrize(
    ("wrong", "seen"),
    [
        ("no file synced", "before its content was synced"),
        ("no folder synced", "the folder was not synced"),
        ("not read back", "before it was read back"),
        ("the record alone synced", "vouches for what was not synced"),
    ],
)
def test_another_order_is_seen(place, wrong, seen):
    orders = faults.orders(place, wrong)
    assert any(seen in problem for found in orders.values() for problem in found)
    # Where it matters: a checkpoint alone is read back, a run's record alone vouches for others.
    named = {"not read back": "a checkpoint", "the record alone synced": "a finished run"}
    for work, found in orders.items():
        assert bool(found) == work.startswith(named.get(wrong, "a "))


# ── Faults in system calls ─────────────────────────────────────────────────────────────────────


@traced
def test_a_kill_at_any_system_call(place):
    count = faults.kills(place)
    assert not count.broken
    assert count.hit >= 150


@traced
def test_a_kill_of_a_writer_in_place_is_seen(place):
    """The control: of every work, at some call."""
    count = faults.kills(place, ["write"], "in place")
    assert {work for work in WORKS if any(work in what for what in count.broken)} == {*WORKS}


@traced
@pytest.mark.parametrize(
    ("first", "second", "least"),
    [
        (["fsync", "rename"], ["rename"], 18),
        pytest.param(faults.CHANGING, faults.CHANGING, 900, marks=pytest.mark.slow),
    ],
)
def test_a_second_kill_while_it_goes_on_from_the_first(place, first, second, least):
    count = faults.kills_in_a_row(place, first, second)
    assert not count.broken
    assert count.hit >= least


@traced
@pytest.mark.parametrize(
    ("fault", "ever", "calls", "least"),
    [
        (ENOSPC, True, ["write"], 40),
        (EIO, False, ["fsync"], 30),
        pytest.param(ENOSPC, False, faults.CALLS, 250, marks=pytest.mark.slow),
        pytest.param(ENOSPC, True, faults.CALLS, 250, marks=pytest.mark.slow),
        pytest.param(EIO, False, faults.CALLS, 250, marks=pytest.mark.slow),
        pytest.param(EIO, True, faults.CALLS, 250, marks=pytest.mark.slow),
    ],
)
def test_a_system_call_that_fails(place, fault, ever, calls, least):
    """Once, or from then on: the disk is full, or broken."""
    count = faults.errors(place, fault, ever, calls)
    assert not count.broken
    assert count.hit >= least


@traced
def test_a_disk_that_loses_a_byte_of_a_checkpoint(place):
    count = faults.lost_writes(place)
    assert not count.broken
    assert count.hit >= 15


@traced
def test_a_lost_byte_is_seen_where_nothing_is_read_back(place):
    """The control."""
    count = faults.lost_writes(place, "not read back")
    assert len(count.broken) == count.hit > 0


# ── Power cuts ─────────────────────────────────────────────────────────────────────────────────


@powered
def test_a_power_cut_at_any_boundary(place):
    count = faults.power_cuts(place / "disk", faults.starts(place / "starts"))
    assert not count.broken
    assert count.hit >= 65


@powered
@pytest.mark.parametrize(
    ("wrong", "work", "found"),
    [
        ("no file synced", "a checkpoint", "the end: broken"),
        ("no file synced", "a file", "the end: broken"),
        ("no folder synced", "a checkpoint", "the end: old"),
        ("no folder synced", "a history", "the end: old"),
        ("the record alone synced", "a finished run", "the end: broken"),
    ],
)
def test_a_power_cut_sees_what_is_not_synced(place, wrong, work, found):
    """The controls: without the sync, what was said to be done is lost."""
    count = faults.power_cuts(place / "disk", faults.starts(place / "starts", [work]), wrong)
    assert any(found in what for what in count.broken), count.broken
