"""A stand-in for SLURM's commands on one machine, with delays and accidents.

    SLURM_STAND_IN=folder sbatch --parsable … --wrap="command"

`install` puts the commands into a folder for the PATH. Jobs are files in the folder that
SLURM_STAND_IN names; each waits its turn, runs in a process group of its own, and ends in one of
SLURM's states. `accidents.json` there lists what befalls them, each once: the first job whose
comment holds `job` gets `signal` as soon as the table `when` has `rows` rows. SIGTERM is what SLURM
sends at the time limit, SIGKILL what the kernel does when memory is short.
"""

import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

COMMANDS = ("sbatch", "sacct", "squeue", "scancel", "sinfo", "sacctmgr", "srun")
SLOTS = 2  # jobs at a time
DELAY = 2  # seconds in the queue, at least
STEP = 0.2


def install(folder: Path) -> None:
    for name in COMMANDS:
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {sys.executable} {__file__} {name} "$@"\n')
        script.chmod(0o755)


def state_folder() -> Path:
    return Path(os.environ["SLURM_STAND_IN"])


def job_files() -> list[Path]:
    return job_files_in(state_folder())


def job_files_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("job-*.json"), key=lambda path: int(path.stem[4:]))


def write(path: Path, **changes: object) -> None:
    # Moved into place whole: others read it at any moment.
    job = (json.loads(path.read_text()) if path.exists() else {}) | changes
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(job))
    partial.replace(path)


def sbatch(words: list[str]) -> None:
    parser = argparse.ArgumentParser()
    for option in (
        "--job-name",
        "--output",
        "--export",
        "--comment",
        "--wrap",
        "--mem",
        "--ntasks",
    ):
        parser.add_argument(option)
    for option in ("--cpus-per-task", "--gpus", "--cpus-per-gpu", "--exclude", "--deadline"):
        parser.add_argument(option)
    parser.add_argument("--parsable", action="store_true")
    for option in ("-A", "-p", "-t", "-D"):
        parser.add_argument(option)
    asked = vars(parser.parse_args(words))
    with (state_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        number = len(job_files()) + 1
        path = state_folder() / f"job-{number}.json"
        write(path, **asked, state="PENDING", submitted=time.time())
    subprocess.Popen(
        [sys.executable, __file__, "job", str(path)],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    print(number)


def job(words: list[str]) -> None:
    """What a node does: wait for a place, run, and tell how it ended."""
    path = Path(words[0])
    asked = json.loads(path.read_text())
    if not _turn(path, asked):
        return
    log = Path(asked["output"].replace("%j", path.stem[4:]))
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as file:
        process = subprocess.Popen(
            ["/bin/sh", "-c", asked["wrap"]],
            cwd=asked["D"],
            stdout=file,
            stderr=file,
            start_new_session=True,
            env=os.environ | {"SLURM_JOB_ID": path.stem[4:], "SLURM_CPUS_PER_TASK": "1"},
        )
    ended = ""
    while process.poll() is None:
        time.sleep(STEP)
        if json.loads(path.read_text())["state"] == "CANCELLED":
            os.killpg(process.pid, signal.SIGKILL)
            return
        for number in _accidents(asked["comment"]):
            ended = "TIMEOUT" if number == signal.SIGTERM else "OUT_OF_MEMORY"
            os.killpg(process.pid, number)
    write(path, state=ended or ("FAILED" if process.returncode else "COMPLETED"), ended=time.time())


def _turn(path: Path, asked: dict[str, str]) -> bool:
    """Wait until there is a place, and take it; False where that never came."""
    while True:
        time.sleep(STEP)
        now = time.time()
        if (state_folder() / "full").exists():  # no node is ever free
            # Written as now+N, of seconds.
            if asked["deadline"] and now > asked["submitted"] + int(asked["deadline"][4:]):
                write(path, state="DEADLINE")
                return False
            continue
        with (state_folder() / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            states = {file: json.loads(file.read_text())["state"] for file in job_files()}
            if states[path] == "CANCELLED":
                return False
            waiting = [file for file, state in states.items() if state == "PENDING"]
            free = SLOTS - list(states.values()).count("RUNNING")
            if path in waiting[: max(0, free)] and now > asked["submitted"] + DELAY:
                write(path, state="RUNNING", began=now)
                return True


def _accidents(comment: str) -> list[int]:
    """The signals that befall a job now; each accident happens once."""
    path = state_folder() / "accidents.json"
    if not path.exists():
        return []
    with (state_folder() / "accidents.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        accidents = json.loads(path.read_text())
        now = [
            accident
            for accident in accidents
            if accident["job"] in comment and _rows(Path(accident["when"])) >= accident["rows"]
        ]
        if now:
            left = [accident for accident in accidents if accident not in now]
            path.write_text(json.dumps(left))
    return [accident["signal"] for accident in now]


def _rows(table: Path) -> int:
    try:
        return table.read_bytes().count(b"\n") - 1
    except OSError:
        return 0


def states(words: list[str], separator: str = "|") -> None:
    for path in job_files():
        print(f"{path.stem[4:]}{separator}{json.loads(path.read_text())['state']}")


def scancel(words: list[str]) -> None:
    for path in job_files():
        if json.loads(path.read_text())["state"] in ("PENDING", "RUNNING"):
            write(path, state="CANCELLED")


def srun(words: list[str]) -> None:
    # A step of the job: all options come first, then the command.
    while words and words[0].startswith("-"):
        words.pop(0)
    os.execvp(words[0], words)


def main(name: str, *words: str) -> None:
    match name:
        case "sbatch":
            sbatch([*words])
        case "job":
            job([*words])
        case "sacct" | "squeue":
            states([*words])
        case "scancel":
            scancel([*words])
        case "srun":
            srun([*words])
        case "sinfo":
            print("PARTITION\nshort*")
        case "sacctmgr":
            print("yours")


if __name__ == "__main__":
    main(*sys.argv[1:])
