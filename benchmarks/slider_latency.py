"""Print how long a slider's movement takes in the kernel, from the new value to the new picture.

    python benchmarks/slider_latency.py --profile quick

Moves every explorer's slider 50 times on finished runs (your own, or the example's) and prints the
median and the 90th percentile in milliseconds. What the browser adds is not in it.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
MOVES = 50


def measure(move: Callable[[float], object], values: np.ndarray) -> str:
    """Median and 90th percentile of `move` over `values`, the first of which is warming up."""
    seconds = []
    for value in values:
        began = time.perf_counter()
        move(float(value))
        seconds.append(time.perf_counter() - began)
    median, late = np.quantile(seconds[1:], [0.5, 0.9]) * 1000
    return f"median {median:6.1f} ms, 90 % within {late:6.1f} ms"


@click.command(help=__doc__)
@click.option("--profile", default="quick")
@click.option("--versions", default="autoencoder weighted v1 v4 v5")
@click.option("--reports", default=str(ROOT / "reports"))
@click.option("--data", default=str(ROOT / "data"))
@click.option("--example", default=str(ROOT / "reports" / "example"))
def main(profile: str, versions: str, reports: str, data: str, example: str) -> None:
    from aegan_lib import widgets

    def clock(name: str, make: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        made = make()
        print(f"{name + ' opens':24} in {1000 * (time.perf_counter() - began):10.0f} ms")
        return made

    asked = {"profile": profile, "reports": reports, "data": data}
    material = clock(
        "material",
        lambda: widgets.find_material(asked, versions, 0, example),
    )
    print(material._repr_markdown_())
    if not material.runs:
        return
    pictures = Path("unused")
    editor = clock("face editor", lambda: widgets.face_editor(material, pictures))
    builder = clock("builder", lambda: widgets.face_builder(material, pictures))
    losses = clock("loss explorer", widgets.loss_explorer)
    schedule = clock("schedule explorer", lambda: widgets.schedule_explorer(material))
    epochs = clock("epoch scrubber", lambda: widgets.epoch_scrubber(material))
    clock("all coordinates", lambda: setattr(editor.coordinates.toggle, "value", True))
    wave = np.sin(np.linspace(0.1, 6, MOVES + 1))  # no two neighbours are equal: each one moves
    steps = np.arange(MOVES + 1) % 40
    first = next(iter(editor.sliders.values()))
    moves = {
        "face editor": (lambda value: setattr(first, "value", value), wave),
        "coordinate": (lambda value: setattr(editor.sliders["z0"], "value", value), wave),
        "builder": (lambda value: setattr(builder.strength, "value", value), 1 + wave),
        "loss explorer": (lambda value: setattr(losses.sliders["mse"], "index", int(value)), steps),
        "schedule explorer": (lambda value: setattr(schedule.scale, "index", int(value)), steps),
        "epoch scrubber": (
            lambda value: setattr(epochs.epoch, "value", int(value)),
            np.arange(MOVES + 1) % (epochs.epoch.max + 1),
        ),
    }
    for name, (move, values) in moves.items():
        print(f"{name:24} {measure(move, values)}")


if __name__ == "__main__":
    main()
