"""What runs survive, counted: `make soak`, which also runs the slow tests of it first.

Kills a `smoke` training at seeded random moments until it has been killed often enough, sweeps the
writing of checkpoints with faults, measures what a checkpoint costs, and writes the tables at the
end of `docs/trust.md`.
"""

import json
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

Row = tuple[str, ...]


def command(reports: Path, version: str) -> list[str]:
    options = ["--profile", "smoke", "--reports", str(reports), "--data", str(ROOT / "data")]
    return [sys.executable, "-m", "aegan_lib", "run", version, *options]


def finish(reports: Path, version: str) -> None:
    subprocess.run(command(reports, version), check=True, capture_output=True)


def rows(folder: Path) -> int:
    history = folder / "history.csv"
    return max(0, history.read_bytes().count(b"\n") - 1) if history.exists() else 0


def kills(version: str, count: int, seed: int) -> tuple[int, int, int]:
    """Kills that hit, most batches lost by one, finished runs that were not identical."""
    from aegan_lib.comparing import compare
    from aegan_lib.runs import Run, find_run, run_folder

    def finished(folder: Path) -> Run:
        run = find_run(folder)
        assert run is not None
        return run

    moments = random.Random(seed)
    hits, lost, different = 0, 0, 0
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        folder = run_folder(Path("faces-smoke"), version, 0)
        finish(place / "straight", version)
        reference = finished(place / "straight" / folder)
        attempt = 0
        while hits < count:
            attempt += 1
            reports = place / str(attempt)
            ends = False
            while not ends and hits < count:
                process = subprocess.Popen(
                    command(reports, version), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
                wanted = rows(reports / folder) + moments.randrange(1, 35)
                while process.poll() is None and rows(reports / folder) < wanted:
                    time.sleep(0.002)
                time.sleep(moments.random() * 0.05)
                process.send_signal(signal.SIGKILL)
                ends = process.wait() == 0
                if not ends:
                    hits += 1
                    trained = rows(reports / folder)
                    lost = max(lost, trained % reference.profile.batches_per_epoch)
            finish(reports, version)
            different += compare(reference, finished(reports / folder)).outcome != "identical"
    return hits, lost, different


def storage() -> Iterator[Row]:
    """Faults in what is kept on disk: a row for each kind, with how many hit and what was lost."""
    from tests.core import faults
    from tests.core.faults import EIO, ENOSPC, Count
    from tests.core.test_damaged_checkpoints import Kept, damaged_resumes
    from tests.core.test_storage import sweep
    from tests.core.test_storage_damage import sweep as damaged_bytes

    def steps(place: Path) -> Count:
        count = Count()
        for before in ("nothing", "two", "leftover"):
            for how in ("kill", "once", "ever"):
                (place / f"{before} {how}").mkdir()
                found = sweep(place / f"{before} {how}", before, how)
                wrong = ["broken" in pair for pair in found]
                if before != "nothing":
                    wrong += [not {"old", "new"} & set(pair) for pair in found]
                count += Count(len(found), [f"{before}, {how}"] * sum(wrong))
        return count

    def failing(fault: str) -> Callable[[Path], Count]:
        def both(place: Path) -> Count:
            once = faults.errors(place / "once", fault, ever=False)
            return once + faults.errors(place / "ever", fault, ever=True)

        return both

    def cuts(place: Path) -> Count:
        return faults.power_cuts(place / "disk", faults.starts(place / "starts"))

    def damages(place: Path) -> Count:
        return Count(*damaged_bytes(place)) + damaged_resumes(Kept(place), 1000)

    no_strace, no_disk = faults.strace_is_missing(), faults.disk_is_missing()
    either = "one checkpoint, or all if none is whole"
    # What is done, why it cannot be, how, and what may be lost by it.
    kinds: list[tuple[str, str, Callable[[Path], Count], str]] = [
        (
            "kill, or a disk that is full once or from then on, at each step of writing a "
            "checkpoint",
            "",
            steps,
            "one checkpoint",
        ),
        ("kill at each system call that writes", no_strace, faults.kills, "one checkpoint"),
        (
            "kill at each of them, and again while going on from there",
            no_strace,
            faults.kills_in_a_row,
            "one checkpoint",
        ),
        (
            "a full disk (ENOSPC) at each system call, once or from then on",
            no_strace,
            failing(ENOSPC),
            "one checkpoint",
        ),
        (
            "a broken disk (EIO) at each system call, once or from then on",
            no_strace,
            failing(EIO),
            "one checkpoint",
        ),
        (
            "a disk that loses a byte of a checkpoint unsaid",
            no_strace,
            faults.lost_writes,
            "one checkpoint",
        ),
        ("a power cut before each sync, move and removal", no_disk, cuts, "one checkpoint"),
        ("damaged, cut off or exchanged checkpoints", "", damages, either),
    ]
    for what, missing, function, lost in kinds:
        if missing:
            click.echo(f"left out, since {missing}: {what}")
            continue
        with tempfile.TemporaryDirectory(dir=faults.quick_folder()) as name:
            count = function(Path(name))
        for problem in count.broken:
            click.echo(problem)
        broken = len(count.broken)
        yield what, str(count.hit), str(count.hit - broken), lost, str(broken)


def whole_reports() -> tuple[list[Row], list[Row]]:
    """What befell whole reports, and what much of everything took: as the slow tests of it tell."""
    faults: list[Row] = []
    loads: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        told = Path(name) / "told.xml"
        files = [f"tests/pipeline/test_{what}.py" for what in ("ending", "faults", "load")]
        # Properties of single tests belong to the older of the two forms.
        options = ["-m", "slow", "-o", "junit_family=xunit1", f"--junitxml={told}"]
        subprocess.run([sys.executable, "-m", "pytest", *options, *files], cwd=ROOT)
        for test in ElementTree.parse(told).iter("testcase"):
            broken = test.find("failure") is not None or test.find("error") is not None
            said = [(p.get("name"), json.loads(p.get("value", ""))) for p in test.iter("property")]
            # One that broke before it told of anything is a row all the same.
            if broken and not said:
                said = [("fault", [test.get("name"), 1, "?"])]
            for kind, value in said:
                if kind == "fault":
                    what, hit, lost = value
                    survived, gone = ("0", "?") if broken else (str(hit), "0")
                    faults.append((what, str(hit), survived, lost, gone))
                else:
                    what, number, unit, limit = value
                    kept = "yes" if number <= limit and not broken else "NO"
                    loads.append((what, f"{number:.3g} {unit}", f"{limit:g} {unit}", kept))
    return faults, loads


def cost(profile_name: str, batches: int) -> tuple[float, float, float]:
    """Megabytes of a checkpoint at the end of a training, its seconds, and those of an epoch."""
    import numpy as np
    import pandas as pd

    from aegan_lib import PROFILES, VERSIONS
    from aegan_lib.backend import ops
    from aegan_lib.checkpoints import Training, write_checkpoint
    from aegan_lib.dataset import Split
    from aegan_lib.runs import CHECKPOINTS, profile_models
    from aegan_lib.step import make_step
    from aegan_lib.watching import Watcher

    profile = PROFILES[profile_name]
    networks = profile_models(profile, 0)
    step = make_step(networks, VERSIONS["weighted"].rule, 1e-4, 0)
    size = profile.image_size
    watcher = Watcher(networks, Split(np.zeros((8, size, size, 3), np.uint8), pd.DataFrame()))
    watcher.look()
    watcher.epochs *= profile.epochs + 1
    watcher.samples *= profile.epochs + 1
    x = np.random.default_rng(0).uniform(-1, 1, (profile.batch_size, size, size, 3))
    numbers = [ops.convert_to_tensor(number, "float32") for number in (1, 0.005)]
    training = Training(networks, step, watcher, {})
    step_seconds, seconds = [], []
    with tempfile.TemporaryDirectory() as name:
        for index in range(batches):
            began = time.perf_counter()
            batch = ops.convert_to_tensor(x.astype("float32"))
            measured = step(batch, *numbers, ops.convert_to_tensor(index))
            row = {key: float(ops.convert_to_numpy(value)) for key, value in measured.items()}
            step_seconds.append(time.perf_counter() - began)
            training.record({"epoch": 0, "batch": index, "beta": 0.0} | row)
        total = profile.epochs * profile.batches_per_epoch
        for column in training.history.values():
            column += column[:1] * (total - len(column))
        for _ in range(7):
            began = time.perf_counter()
            write_checkpoint(training, Path(name), 0.0)
            seconds.append(time.perf_counter() - began)
        megabytes = (Path(name) / CHECKPOINTS[0]).stat().st_size / 1e6
    epoch = statistics.median(step_seconds) * profile.batches_per_epoch
    return megabytes, statistics.median(seconds), epoch


def table(head: Row, body: list[Row]) -> str:
    lines = [head, tuple("---" for _ in head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


@click.command(help=__doc__)
@click.option("--count", default=20, help="Kills of each version.")
@click.option("--seed", default=0, help="Of the moments.")
def main(count: int, seed: int) -> None:
    body: list[Row] = []
    for version in ("v4", "pretrained"):
        hits, lost, different = kills(version, count, seed)
        what = f"kill -9 of a training of `{version}`, `smoke`, at a random moment"
        body.append((what, str(hits), str(hits if not different else 0), f"{lost} batches", "0"))
        click.echo(body[-1])
    for row in storage():
        body.append(row)
        click.echo(row)
    befell, loads = whole_reports()
    body += befell
    for row in (*befell, *loads):
        click.echo(row)
    costs: list[Row] = []
    for name, batches in (("quick", 60), ("full", 3)):
        megabytes, seconds, epoch = cost(name, batches)
        share = f"{seconds / epoch:.2%}"
        costs.append((name, f"{megabytes:.1f} MB", f"{seconds:.2f} s", f"{epoch:.0f} s", share))
        click.echo(costs[-1])
    faults = table(("fault", "hit", "survived", "work lost at most", "data lost"), body)
    head = ("profile", "size", "time", "an epoch's training", "share")
    path = ROOT / "docs" / "trust.md"
    said, heading, _ = path.read_text().partition("## What was tried\n")
    load = table(("load", "measured", "at most", "kept"), loads)
    path.write_text(f"{said}{heading}\n{faults}\n\n{table(head, costs)}\n\n{load}\n")
    click.echo(path)


if __name__ == "__main__":
    main()
