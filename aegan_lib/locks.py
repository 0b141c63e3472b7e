"""One process at a time: a lock that ends with whoever holds it, however that ends."""

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(lock: Path, what: str) -> Iterator[bool]:
    """Hold `lock`, a file that is never removed; wait for whoever holds it, and say for whom.

    Yields whether it was waited for: then what was to be done may be done by now.

    The system lets go of it when the process ends, even if it is killed, so it is never stale.
    What the file says is for that sentence alone.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    waited = False
    with os.fdopen(handle, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = True
            print(f"{what} {_holder(file.read())}: waiting for it.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        file.truncate()
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        json.dump({"process": os.getpid(), "host": socket.gethostname(), "since": since}, file)
        file.flush()
        yield waited


def _holder(said: str) -> str:
    try:
        holder = json.loads(said)
        return (
            f"is in the hands of process {int(holder['process'])} on {holder['host']} "
            f"since {holder['since']}"
        )
    except (ValueError, KeyError, TypeError):  # it was about to write who it is
        return "is in the hands of another process"
