"""Where a step's time goes: every convolution and product of the networks, alone, on TensorFlow.

    python benchmarks/operations.py --profile quick

Each is timed as often as a step computes it: forward, the gradient of its input and that of its
weights. What is missing to a whole step is everything else: activations, Adam, the losses, and
waiting. Writes benchmarks/operations_PROFILE.csv.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import click
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
TIMES, ROUNDS = 50, 7


def milliseconds(function: Callable[..., Any], *arguments: Any) -> float:
    """Of one computation, compiled as in a step: the median of some rounds.

    Less what a call of an empty function costs: in a step, one call does it all.
    """
    import tensorflow as tf

    def nothing(*given: Any) -> Any:
        return given[0][:1]

    seconds: dict[bool, list[float]] = {True: [], False: []}
    both = {True: tf.function(function), False: tf.function(nothing)}
    for compiled in both.values():
        compiled(*arguments)
    for _ in range(ROUNDS):
        for kind, compiled in both.items():
            began = time.perf_counter()
            for _ in range(TIMES):
                compiled(*arguments)
            seconds[kind].append((time.perf_counter() - began) / TIMES)
    return 1000 * (median(seconds[True]) - median(seconds[False]))


def operations(layer: Any, batch: int) -> dict[str, tuple[float, float]]:
    """Operation -> its milliseconds and its GFLOP, of one layer and a batch."""
    import tensorflow as tf

    from aegan_lib import backend

    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(batch, *layer.input.shape[1:])), "float32")
    gradient = tf.constant(rng.normal(size=(batch, *layer.output.shape[1:])), "float32")
    kernel = tf.constant(layer.weights[0].numpy())

    def forward(x: Any, kernel: Any) -> Any:
        if "Transpose" in type(layer).__name__:
            shape = (batch, *layer.output.shape[1:])
            return tf.nn.conv2d_transpose(x, kernel, shape, layer.strides[0], "SAME")
        if len(x.shape) == 4 and layer.strides == (1, 1):
            return backend.convolution(x, kernel)
        if len(x.shape) == 4:
            return tf.nn.conv2d(x, kernel, layer.strides[0], "SAME")
        return x @ kernel

    def pulled(target: int) -> Callable[..., Any]:
        def function(x: Any, kernel: Any, gradient: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch((x, kernel)[target])
                y = forward(x, kernel)
            # What is computed of y besides is left out when it is compiled: nobody reads it.
            return tape.gradient(y, (x, kernel)[target], gradient)

        return function

    transposed = "Transpose" in type(layer).__name__
    places = layer.input.shape if transposed else layer.output.shape
    work = 2.0 * np.prod(kernel.shape) * np.prod(places[1:-1]) * batch / 1e9
    return {
        "forward": (milliseconds(forward, x, kernel), work),
        "gradient of input": (milliseconds(pulled(0), x, kernel, gradient), work),
        "gradient of weights": (milliseconds(pulled(1), x, kernel, gradient), work),
    }


@click.command(help=__doc__)
@click.option("--profile", "name", default="quick", show_default=True)
@click.option("--threads", default=1, show_default=True)
def main(name: str, threads: int) -> None:
    os.environ |= {"TF_NUM_INTRAOP_THREADS": str(threads), "TF_NUM_INTEROP_THREADS": "1"}
    from aegan_lib import PROFILES, VERSIONS
    from aegan_lib.backend import ops
    from aegan_lib.runs import profile_models
    from aegan_lib.step import make_step

    profile = PROFILES[name]
    batch, models = profile.batch_size, profile_models(profile, 0)
    # How often a batch goes through each in a step: the discriminator sees two halves in its own
    # updates, then all of it for the generator, whose update asks nothing of its weights.
    counts = {
        "encoder": (1, 1, 1),
        "decoder": (1, 1, 1),
        "discriminator": (2, 2, 1),
    }
    rows = []
    for part, model in models.parts().items():
        for index, layer in enumerate(layer for layer in model.layers if layer.weights):
            for (operation, (each, work)), count in zip(
                operations(layer, batch).items(), counts[part], strict=True
            ):
                if index == 0 and operation == "gradient of input" and part != "decoder":
                    count = 1 if part == "discriminator" else 0  # images need none
                shape = "x".join(map(str, layer.weights[0].shape))
                rows.append({
                    "network": part, "layer": f"{type(layer).__name__} {shape}",
                    "operation": operation, "times": count, "milliseconds": count * each,
                    "gflops": work / each * 1000,
                })  # fmt: skip
    step = make_step(models, VERSIONS["weighted"].rule, 1e-4, 0)
    x = np.random.default_rng(0).uniform(-1, 1, (batch, *models.encoder.input_shape[1:]))
    given = [ops.convert_to_tensor(value, "float32") for value in (x, 1, 0.005)]
    step(*given, ops.convert_to_tensor(0))
    seconds = []
    for _ in range(ROUNDS * 10):
        began = time.perf_counter()
        step(*given, ops.convert_to_tensor(0))
        seconds.append(time.perf_counter() - began)
    table = pd.DataFrame(rows).query("times > 0")
    whole = 1000 * median(seconds)
    rest = {"network": "", "layer": "everything else", "operation": "", "times": 1,
            "milliseconds": whole - table["milliseconds"].sum()}  # fmt: skip
    table = pd.concat([table, pd.DataFrame([rest])], ignore_index=True)
    table["share"] = table["milliseconds"] / whole
    table = table.sort_values("milliseconds", ascending=False).round(
        {"milliseconds": 3, "gflops": 1, "share": 3}
    )
    table.to_csv(Path(__file__).with_name(f"operations_{name}.csv"), index=False)
    click.echo(table.to_string(index=False))
    click.echo(f"a step: {whole:.1f} ms")


if __name__ == "__main__":
    main()
