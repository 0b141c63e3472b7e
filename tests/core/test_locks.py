"""A lock ends with whoever holds it."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from aegan_lib.locks import held

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys, time
from pathlib import Path
from aegan_lib.locks import held

with held(Path(sys.argv[1]), "It"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_one_that_nobody_holds_is_had_at_once(tmp_path, capsys):
    for _ in range(2):
        with held(tmp_path / "new" / "lock", "It") as waited:
            assert not waited
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("said", [None, "", "null", "no JSON"])
def test_a_killed_holder_leaves_none(tmp_path, capsys, said):
    lock = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        if said is not None:
            lock.write_text(said)
        got: list[bool] = []

        def wait() -> None:
            with held(lock, "It") as waited:
                got.append(waited)

        waiting = Thread(target=wait)
        waiting.start()
        told = ""
        while waiting.is_alive() and "\n" not in told:  # until it waits, or should have
            told += capsys.readouterr().out
            time.sleep(0.01)
        assert not got
        holder.send_signal(signal.SIGKILL)
        waiting.join(60)
    assert got == [True]
    who = f"process {holder.pid} on " if said is None else "another process: "
    assert told.startswith(f"It is in the hands of {who}") and told.endswith("waiting for it.\n")
