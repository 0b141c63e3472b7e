"""One process of `make bench`: prepares what it is asked to measure, and measures when told to.

Reads a JSON object a line and answers with one: {"make": name, …} prepares a row and says whether
it is ready, {"run": name, "times": n} takes n steps and gives seconds and images. Each process has
one framework, one backend and one number of threads, so that many can be measured in turn.
"""

import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Steps = Callable[[int], int]  # takes so many steps, waits for their end, says how many images


def ours(profile: dict[str, Any], batch: int, precision: str) -> Steps:
    """The library's own step, of `weighted`, as training calls it on this backend."""
    from aegan_lib import VERSIONS, backend
    from aegan_lib.backend import ops
    from aegan_lib.models import build_models
    from aegan_lib.step import make_step

    size = profile["image_size"]
    dtype = "mixed_bfloat16" if precision == "bfloat16" else "float32"
    models = build_models(size, profile["filters"], profile["latent_dim"], 0, dtype)
    many = backend.chosen.block_limit() > 1
    step = make_step(models, VERSIONS["weighted"].rule, 1e-4, seed=0, many=many)
    images = np.random.default_rng(0).integers(0, 256, (1024, size, size, 3), np.uint8)
    weights = 1.0, 0.005
    shared = ops.convert_to_tensor(images) if many else None
    numbers = [ops.convert_to_tensor(weight, "float32") for weight in weights]

    def run(times: int) -> int:
        rng = np.random.default_rng(1)
        chosen = rng.integers(0, len(images), (times, batch))
        index = np.arange(times)
        if many:
            stacked = [np.full(times, weight, np.float32) for weight in weights]
            measured = step(shared, chosen, *stacked, index)
        else:
            for places, number in zip(chosen, index, strict=True):
                x = ops.convert_to_tensor(images[places].astype(np.float32) / 127.5 - 1)
                measured = step(x, *numbers, ops.convert_to_tensor(int(number)))
                {name: float(value) for name, value in measured.items()}  # as training reads them
        assert np.isfinite(ops.convert_to_numpy(measured["mse"])).all()
        return chosen.size

    return run


def schedule(profile: dict[str, Any], batch: int, rows: int) -> Steps:
    """Training of v4, whose beta comes from the history, after so many batches of it."""
    import pandas as pd

    from aegan_lib import VERSIONS, training
    from aegan_lib.checkpoints import Training
    from aegan_lib.dataset import Dataset, Split
    from aegan_lib.profiles import Profile
    from aegan_lib.runs import profile_models
    from aegan_lib.step import make_step
    from aegan_lib.watching import Watcher

    kind = Profile(**profile | {"batch_size": batch, "epochs": 400})
    size = kind.image_size
    images = np.random.default_rng(0).integers(0, 256, (kind.train, size, size, 3), np.uint8)
    split = Split(images, pd.DataFrame(index=range(len(images))))
    dataset = Dataset("noise", split, split, split, "", kind)
    networks = profile_models(kind, 0)
    version = VERSIONS["v4"]
    step = make_step(networks, version.rule, 1e-4, 0)
    state = Training(networks, step, Watcher(networks, split), {"seed": 0})
    row = {"epoch": 0, "batch": 0, "beta": 0.0, **dict.fromkeys(COLUMNS, 0.1)}
    for number in range(rows):  # made up, as a long training would have left them
        state.record(row | {"mse": 0.1 + 0.01 * np.sin(number)})
    file = (Path(tempfile.mkdtemp()) / "history.csv").open("w")
    trained = training._trained(state, version, dataset)

    def run(times: int) -> int:
        for _ in range(times):
            for row in next(trained):
                state.record(row)
                training._write_rows(file, [row], header=False)
        return times * batch

    return run


COLUMNS = (
    "mse", "bce", "g_loss", "d_loss_real", "d_loss_fake", "d_accuracy_real", "d_accuracy_fake",
    "weight_mse", "weight_bce", "gradient_norm_mse", "gradient_norm_bce", "gradient_cosine",
)  # fmt: skip


def documents(profile: dict[str, Any], batch: int, reread: bool, rows: int = 0) -> Steps:
    """One batch after another as the documents' notebooks train, rebuilt to be measured.

    Everything eagerly; the generator runs once for the discriminator's fakes, and in its own update
    once for its prediction and once more inside the loss; the losses are appended to a CSV, and
    where `reread`, all of it is read again in every batch for the slope.
    """
    import pandas as pd
    import tensorflow as tf

    from aegan_lib.losses import binary_cross_entropy, mean_squared_error
    from aegan_lib.models import Conv2D, build_models

    size = profile["image_size"]
    networks = build_models(size, profile["filters"], profile["latent_dim"], 0)
    encoder, decoder, judge = networks.encoder, networks.decoder, networks.discriminator
    for layer in [*encoder.layers, *decoder.layers, *judge.layers]:
        if isinstance(layer, Conv2D):  # Keras' own convolutions, which the documents had
            layer.__class__ = tf.keras.layers.Conv2D
    adams = [tf.keras.optimizers.Adam(1e-4, beta_1=0.5) for _ in range(2)]
    images = np.random.default_rng(0).uniform(-1, 1, (1024, size, size, 3)).astype(np.float32)
    rng = np.random.default_rng(1)
    path = Path(tempfile.mkdtemp()) / "losses.csv"
    path.write_text("ae_loss,gan_loss,beta\n" + "0.1,0.7,0.0\n" * rows)

    def drawn(count: int) -> Any:
        return tf.constant(images[rng.integers(0, len(images), count)])

    def judged(x: Any, label: float) -> None:
        with tf.GradientTape() as tape:
            logits = judge(x, training=True)
            loss = binary_cross_entropy(tf.fill(logits.shape, label), logits)
        weights = judge.trainable_variables
        adams[0].apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))

    def slope_rule() -> float:
        table = pd.read_csv(path)
        if len(table) <= 50:
            return 0.0
        places = table.index.to_series()
        slopes = table["ae_loss"].diff(periods=50) / places.diff(periods=50)
        betas = abs(-2e-7 / slopes).apply(lambda beta: min(beta, 1)).fillna(0)
        return float(betas.iloc[-1])

    def run(times: int) -> int:
        for _ in range(times):
            half = batch // 2
            judged(drawn(half), 1.0)
            judged(decoder(encoder(drawn(half))), 0.0)
            x = drawn(batch)
            weights = encoder.trainable_variables + decoder.trainable_variables
            with tf.GradientTape() as tape:
                verdict = judge(decoder(encoder(x, training=True), training=True), training=True)
                mse = mean_squared_error(x, decoder(encoder(x)))
                bce = binary_cross_entropy(tf.ones_like(verdict), verdict)
                beta = slope_rule() if reread else 0.005
                loss = mse + beta * bce
            adams[1].apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            with path.open("a") as file:
                file.write(f"{float(mse)},{float(bce)},{beta}\n")
        return times * batch

    return run


def pytorch(profile: dict[str, Any], batch: int, precision: str, compiled: bool) -> Steps:
    """The same networks and updates as a user of PyTorch would write them."""
    import torch
    from torch_step import make_step

    device = "cuda" if torch.cuda.is_available() else "cpu"
    # PyTorch's convolutions on a card take TF32 unless they are told not to.
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    step = make_step(profile, device, precision == "bfloat16", compiled)
    size = profile["image_size"]
    images = np.random.default_rng(0).integers(0, 256, (1024, size, size, 3), np.uint8)
    on_device = torch.from_numpy(images).to(device)
    rng = torch.Generator().manual_seed(0)

    def run(times: int) -> int:
        chosen = torch.randint(len(images), (times, batch), generator=rng).to(device)
        recorded = torch.stack([step(on_device[places]) for places in chosen])
        assert bool(torch.isfinite(recorded.cpu()).all())
        return times * batch

    return run


def matrix(library: str, precision: str, size: int = 1024) -> Steps:
    """Products of two square matrices: what this machine's arithmetic gives at best.

    An "image" is a product.
    """
    values = np.random.default_rng(0).normal(size=(2, size, size))
    if library == "pytorch":
        import torch

        kind = torch.bfloat16 if precision == "bfloat16" else torch.float32
        a, b = (torch.from_numpy(value).to(kind) for value in values)

        def multiply() -> Any:
            return a @ b
    else:
        from aegan_lib.backend import ops

        kind = "bfloat16" if precision == "bfloat16" else "float32"
        x, y = (ops.cast(ops.convert_to_tensor(value), kind) for value in values)

        def multiply() -> Any:
            return ops.matmul(x, y)

    def run(times: int) -> int:
        for _ in range(times):
            product = multiply()
        float(product[0, 0])
        return times

    return run


ROWS: dict[str, Callable[..., Steps]] = {
    "ours": ours,
    "schedule": schedule,
    "documents": documents,
    "pytorch": pytorch,
    "matrix": matrix,
}


def main() -> None:
    # What libraries print goes elsewhere: the answers are read line by line.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    threads = int(os.environ["OMP_NUM_THREADS"])
    with contextlib.suppress(ImportError):
        import torch

        torch.set_num_threads(threads)
    made: dict[str, Steps] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if "make" in asked:
                made[asked["name"]] = ROWS[asked["make"]](**asked["options"])
                made[asked["name"]](asked["times"])  # compiles
                answer: dict[str, Any] = {"ready": True}
            else:
                began = time.perf_counter()
                images = made[asked["run"]](asked["times"])
                answer = {"seconds": time.perf_counter() - began, "images": images}
        except Exception as error:  # one that does not run here is left out and named
            answer = {"failed": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
