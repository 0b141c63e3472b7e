"""What processes do in tests of how they end; nothing here is slow to import."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from aegan_lib.pipeline.kernels import CONNECTION
from aegan_lib.pipeline.workers import Worker

HEADER = "epoch,batch,beta,mse,bce\n"
ROW = "0,0,1,0.1,0.7\n"
KERNEL = """
import signal, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])  # its own child

def save(*_):
    time.sleep(1)
    open(sys.argv[2], "w").close()
    sys.exit()

signal.signal(signal.SIGTERM, save if sys.argv[2] else signal.SIG_IGN)
print("started", flush=True)
time.sleep(60)
"""


def dies(place: Path) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


def leaves(place: Path) -> str:
    os._exit(3)


def raises(place: Path, text: str) -> str:
    raise ValueError(text)


def waits(place: Path, seconds: float) -> str:
    time.sleep(seconds)
    return "waited"


def hangs(place: Path, history: Path) -> str:
    """Train for a second, and then no more."""
    history.write_text(HEADER)
    for _ in range(10):
        with history.open("a") as file:
            file.write(ROW)
        time.sleep(0.1)
    time.sleep(60)
    return ""


def has_a_kernel(place: Path, saved: str) -> str:
    """Start what looks like a kernel, in a session of its own, and wait for it.

    Told to end, it takes a second to write the file `saved`; if that is empty, it does not listen.
    """
    command = [sys.executable, "-c", KERNEL, str(place / CONNECTION), saved]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as kernel:
        assert kernel.stdout and kernel.stdout.readline() == b"started\n"
        (place / "started").touch()
        kernel.wait()
    return ""


def main() -> None:
    """Start two workers, say where they work, and wait."""
    workers = [Worker(has_a_kernel, saved) for saved in sys.argv[1:]]
    while not all((worker.place / "started").exists() for worker in workers):
        time.sleep(0.05)
    print(*(worker.place for worker in workers), flush=True)
    time.sleep(60)


if __name__ == "__main__":
    main()
