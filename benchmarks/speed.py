"""How fast the training step is: `make bench` renews benchmarks/speed.json and README's table.

All rows of one shape are measured in turn, round after round, so that whatever else the machine
does falls on all of them alike; given are medians, as images a second, as ratios, and as the share
of what a matrix product reaches in the same rounds. PyTorch's rows need `make setup-torch`.
"""

import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.written import put_between  # noqa: E402

WORKER = Path(__file__).with_name("speed_worker.py")
TORCH = ROOT / ".venv-torch" / "bin" / "python"
# Of each shape: images in a batch, threads, steps in one measurement. `full` has the documents'
# networks, and batches small enough to be measured within a second or two.
SHAPES = {"smoke": (32, 1, 40), "quick": (16, 1, 20), "full": (16, 2, 1)}
LENGTHS = (0, 1_000, 5_000, 20_000)  # batches that a history has
MATRIX = 1024
BEGIN, END = "<!-- speed: written by make bench -->", "<!-- speed: end -->"


def operations(profile: Any) -> float:
    """Floating-point operations of one training step per image, convolutions and products only."""
    from aegan_lib.runs import profile_models

    forward: dict[str, list[float]] = {}
    for name, model in profile_models(profile, 0).parts().items():
        forward[name] = []
        for layer in model.layers:
            if not layer.weights:
                continue
            kernel = layer.weights[0].shape
            # A kernel is applied at every place of its output; a transposed one of its input.
            transposed = "Transpose" in type(layer).__name__
            places = layer.input.shape if transposed else layer.output.shape
            forward[name].append(2.0 * np.prod(kernel) * np.prod(places[1:-1]))
    generator = forward["encoder"] + forward["decoder"]
    judge = forward["discriminator"]
    # Forward, gradients of weights and of inputs; the first layer's input needs none.
    trained = 3 * sum(generator) - generator[0] + 3 * sum(judge) - judge[0]
    return trained + 2 * sum(judge)  # judging for the generator: forward, gradients of inputs


class Worker:
    """A process of `speed_worker.py`; `ask` gives its answer to one request."""

    def __init__(self, python: Path | str, threads: int, backend: str = "") -> None:
        counts = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
        environment = os.environ | {name: str(threads) for name in counts}
        environment |= {"PYTHONPATH": str(ROOT), "TF_NUM_INTEROP_THREADS": "1"}
        environment |= {"AEGAN_BACKEND": backend, "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
        if backend == "jax" and threads == 1:
            environment["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
        self._process = subprocess.Popen(
            [str(python), str(WORKER)],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        try:
            print(json.dumps(request), file=self._process.stdin, flush=True)
            return json.loads(self._process.stdout.readline())
        except (OSError, ValueError):
            return {"failed": "its process has ended"}

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


@dataclass
class Row:
    """Something to be measured: who does it, what is asked of it, and rates, an entry a round."""

    shape: str
    what: str
    precision: str
    worker: Worker
    times: int
    rates: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.shape}, {self.what}, {self.precision}"

    @property
    def rate(self) -> float:
        """Images a second."""
        return statistics.median(self.rates)

    def prepare(self, make: str, options: dict[str, Any]) -> bool:
        answer = self.worker.ask(make=make, name=self.name, options=options, times=self.times)
        click.echo(f"  {self.name}: {answer.get('failed', 'ready')}")
        return "failed" not in answer

    def measure(self) -> None:
        answer = self.worker.ask(run=self.name, times=self.times)
        self.rates.append(answer["images"] / answer["seconds"])


def interleaved(rows: list[Row], rounds: int) -> None:
    for _ in range(rounds):
        for row in rows:
            row.measure()


def of_shape(shape: str, python: Path | None, rounds: int) -> list[Row]:
    """Every way of training at one shape, and the matrix products beside it."""
    import dataclasses

    from aegan_lib.profiles import PROFILES

    profile = dataclasses.asdict(PROFILES[shape])
    batch, threads, times = SHAPES[shape]
    workers = {"tensorflow": Worker(sys.executable, threads, "tensorflow")}
    if importlib.util.find_spec("jax"):
        workers["jax"] = Worker(sys.executable, threads, "jax")
    if python:
        workers["pytorch"] = Worker(python, threads)
    common: dict[str, Any] = {"profile": profile, "batch": batch}
    rows = []

    def add(what: str, precision: str, worker: str, make: str, options: dict[str, Any]) -> None:
        if worker in workers:
            count = times if make != "matrix" else 20
            row = Row(shape, what, precision, workers[worker], count)
            if row.prepare(make, options):
                rows.append(row)

    try:
        for precision in ("float32", "bfloat16"):
            numbers = common | {"precision": precision}
            add("ours, TensorFlow", precision, "tensorflow", "ours", numbers)
            add("ours, JAX", precision, "jax", "ours", numbers)
            add("PyTorch", precision, "pytorch", "pytorch", numbers | {"compiled": False})
            add("PyTorch, compiled", precision, "pytorch", "pytorch", numbers | {"compiled": True})
            for library in ("tensorflow", "pytorch"):
                product = {"library": library, "precision": precision, "size": MATRIX}
                add(f"matrix product, {library}", precision, library, "matrix", product)
        if shape != "full":
            loop = common | {"reread": False}
            add("the documents' loop", "float32", "tensorflow", "documents", loop)
        interleaved(rows, rounds)
    finally:
        for worker in workers.values():
            worker.end()
    return rows


def of_histories(rounds: int) -> list[Row]:
    """v4 at `quick`, ours and the documents', after histories of several lengths."""
    import dataclasses

    from aegan_lib.profiles import PROFILES

    batch, threads, times = SHAPES["quick"]
    worker = Worker(sys.executable, threads, "tensorflow")
    common: dict[str, Any] = {"profile": dataclasses.asdict(PROFILES["quick"]), "batch": batch}
    rows = []
    try:
        for length in LENGTHS:
            for what, make, more in (
                ("ours", "schedule", {}),
                ("the documents' loop", "documents", {"reread": True}),
            ):
                row = Row("quick", f"v4 after {length:,} batches, {what}", "float32", worker, times)
                if row.prepare(make, common | more | {"rows": length}):
                    rows.append(row)
        interleaved(rows, rounds)
    finally:
        worker.end()
    return rows


def records(rows: list[Row]) -> list[dict[str, Any]]:
    """Rows as they are kept: rates, and how these relate to the best of PyTorch and to the peak."""
    from aegan_lib.profiles import PROFILES

    found: list[dict[str, Any]] = []
    for row in rows:
        same = [r for r in rows if (r.shape, r.precision) == (row.shape, row.precision)]
        work = operations(PROFILES[row.shape])
        is_matrix = row.what.startswith("matrix")
        flops = row.rate * (2.0 * MATRIX**3 if is_matrix else work)
        peak = max(
            (r.rate * 2.0 * MATRIX**3 for r in same if r.what.startswith("matrix")), default=0
        )
        torch = max((r.rate for r in same if r.what.startswith("PyTorch")), default=0)
        found.append({
            "shape": row.shape, "what": row.what, "precision": row.precision,
            "images_per_second": round(row.rate, 2) if not is_matrix else None,
            "gflops": round(flops / 1e9, 1),
            "share_of_peak": round(flops / peak, 3) if peak else None,
            "of_best_pytorch": round(row.rate / torch, 3) if torch and not is_matrix else None,
            "slowest_over_fastest": round(max(row.rates) / min(row.rates), 2),
        })  # fmt: skip
    return found


def markdown(machine: str, found: list[dict[str, Any]], curve: list[Row]) -> str:
    from aegan_lib.profiles import PROFILES

    lines = [f"Measured on {machine}.", ""]
    lines += ["| | images/s | of PyTorch's best | of a matrix product |", "|---|---:|---:|---:|"]
    for shape in dict.fromkeys(row["shape"] for row in found):
        batch, threads, _ = SHAPES[shape]
        lines.append(
            f"| **{shape}**, batches of {batch}, {threads} thread{'s'[: threads - 1]}, "
            f"{operations(PROFILES[shape]) / 1e6:,.0f} million operations an image | | | |"
        )
        for row in found:
            if row["shape"] != shape or row["images_per_second"] is None:
                continue
            ratio = f"{row['of_best_pytorch']:.2f}" if row["of_best_pytorch"] else "–"
            share = f"{100 * row['share_of_peak']:.0f} %" if row["share_of_peak"] else "–"
            lines.append(
                f"| {row['what']}, {row['precision']} | {row['images_per_second']:,.1f} | {ratio} "
                f"| {share} |"
            )
    lines += ["", "A batch of v4 at `quick`, which looks back at its history, in milliseconds:", ""]
    lines.append("| batches so far | " + " | ".join(f"{length:,}" for length in LENGTHS) + " |")
    lines.append("|---" * (len(LENGTHS) + 1) + "|")
    batch = SHAPES["quick"][0]
    for what in ("ours", "the documents' loop"):
        cells = [
            f"{1000 * batch / row.rate:.1f}" for row in curve if row.what.endswith(f", {what}")
        ]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


@click.command(help=__doc__)
@click.option("--rounds", default=5, show_default=True)
@click.option("--shapes", default=" ".join(SHAPES), show_default=True)
@click.option("--torch", default=str(TORCH), show_default=True, help="A Python that has PyTorch.")
@click.option("--out", default=ROOT / "benchmarks" / "speed.json", type=click.Path(path_type=Path))
@click.option("--readme/--no-readme", default=True, help="Renew README's table as well.")
def main(rounds: int, shapes: str, torch: str, out: Path, readme: bool) -> None:
    from aegan_lib.backend import cores, device_names
    from aegan_lib.provenance import execution, git_commit

    python = Path(torch) if Path(torch).exists() else None
    if not python:
        click.echo("PyTorch is left out: `make setup-torch` installs it, beside this environment.")
    rows: list[Row] = []
    for shape in shapes.split():
        rows += of_shape(shape, python, rounds)
    curve = of_histories(rounds)
    processor = execution()["processor"].split(", instructions")[0]
    machine = f"{processor}, {cores()} cores, {', '.join(device_names())}, commit {git_commit()}"
    found = records(rows)
    content = {
        "machine": machine, "system": platform.platform(), "rounds": rounds, "rows": found,
        "history": [{"what": r.what, "milliseconds": round(1000 * SHAPES["quick"][0] / r.rate, 2)}
                    for r in curve],
    }  # fmt: skip
    out.write_text(json.dumps(content, indent=1) + "\n")
    table = markdown(machine, found, curve)
    click.echo(table)
    if readme:
        put_between(ROOT / "README.md", BEGIN, END, table)


if __name__ == "__main__":
    main()
