"""All that Keras leaves to its backend: differentiate, and compile.

Nothing else in this library imports TensorFlow or JAX, and Keras is taken from here too, so that
start-up notices are caught once, wherever the first import happens, and that no user's
configuration decides how anything is computed. Which of the two backends computes is said before
the first import, by `--backend` or AEGAN_BACKEND; TensorFlow does unless JAX is asked for.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, NoReturn

from aegan_lib.errors import UserError, unknown_name
from aegan_lib.profiles import BACKENDS

NAME = os.environ.get("AEGAN_BACKEND") or BACKENDS[0]
# What begins like this may change how a backend and its libraries compute, and so the numbers.
ARITHMETIC = (
    "TF_",
    "TF2_",
    "TENSORFLOW_",
    "KERAS_",
    "JAX_",
    "XLA_",
    "DNNL_",
    "ONEDNN_",
    "CUDNN_",
    "CUBLAS",
    "NVIDIA_TF32_",
)
# These do not: how many threads, and on what, which is recorded with every run, what is logged,
# and memory.
HARMLESS = (
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_CPP_",
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "TF_GPU_ALLOCATOR",
    "JAX_PLATFORMS",
    "XLA_PYTHON_CLIENT_",
)

Tensor = Any
Variables = Sequence[Any]  # Keras variables


@contextmanager
def _silent_stderr() -> Iterator[None]:
    # TensorFlow announces oneDNN and missing GPUs from C++ before any log level applies, so
    # only the file descriptor itself can be turned away. Python's own errors still get out.
    sys.stderr.flush()
    saved = os.dup(2)
    with open(os.devnull, "w") as sink:
        os.dup2(sink.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


@contextmanager
def _own_settings() -> Iterator[None]:
    """Keras and its backend as they come, whatever the environment and the user's files ask for."""
    # For good: TensorFlow reads some of them only when an operation is computed for the first time.
    for name in list(os.environ):
        if name.startswith(ARITHMETIC) and not name.startswith(HARMLESS):
            del os.environ[name]
    # Keras reads keras.json in its home, or writes one there: in an empty place there is none.
    with tempfile.TemporaryDirectory(prefix="aegan-keras-") as home:
        os.environ |= {"KERAS_BACKEND": NAME, "KERAS_HOME": home}
        yield
    del os.environ["KERAS_HOME"]


def _unusable() -> str:
    """Why nothing can be computed in this process, empty if it can."""
    if NAME not in BACKENDS:
        return str(unknown_name("backend", NAME, BACKENDS))
    if find_spec(NAME) is None:
        return (
            f"The backend {NAME!r} is not installed. Expected: what `make setup` installs for "
            "tensorflow, `make setup-jax` for jax."
        )
    # Somebody may have imported Keras before, and then it is as they wanted it.
    if "keras" in sys.modules and (before := sys.modules["keras"].config.backend()) != NAME:
        return (
            f"Keras was imported with another backend before aegan_lib. Expected: {NAME!r}. "
            f"Received: {before!r}. Import aegan_lib.backend first, or set KERAS_BACKEND={NAME}."
        )
    return ""


def asked_threads() -> int:
    """How many the environment asks for; 0 where it does not, or holds no number."""
    # TensorFlow's own variable, whichever backend computes: one name for one thing.
    try:
        return int(os.environ.get("TF_NUM_INTRAOP_THREADS", 0))
    except ValueError:
        return 0


if reason := _unusable():

    def _refuse(_: str = "") -> NoReturn:
        raise UserError(reason)

    # Python swallows what a lazily imported module raises at first, and `losses` imports this one
    # lazily: whoever asks for a name here is told again.
    globals()["__getattr__"] = _refuse
    _refuse()

with _silent_stderr(), _own_settings():
    import keras
    from keras import ops

# What a configuration may have set before; the same as Keras sets without one.
keras.config.set_floatx("float32")
keras.config.set_epsilon(1e-7)
keras.config.set_image_data_format("channels_last")
keras.config.set_dtype_policy("float32")

with _silent_stderr():
    if NAME == "jax":
        from aegan_lib.backend import on_jax as chosen
    else:
        from aegan_lib.backend import on_tensorflow as chosen  # type: ignore[no-redef]

__all__ = ["keras", "ops"]


def value_and_gradients(
    function: Callable[..., Tensor], *arguments: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """`function(*arguments)`, a scalar, and its gradient with respect to each argument."""
    return chosen.value_and_gradients(function, *arguments)


def variable_gradients(
    function: Callable[[], tuple[Tensor, Tensor]], variables: Variables
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """`function()`, a scalar and something beside it, and the scalar's gradients."""
    return chosen.variable_gradients(function, variables)


def pullback(
    function: Callable[[], Tensor], variables: Variables
) -> tuple[Tensor, Callable[[Tensor], list[Tensor]]]:
    """`function()` and the map that pulls a gradient at its output back to `variables`.

    The product of a gradient at the output, shaped like it, with the Jacobian: one gradient per
    variable. The map can be called once.
    """
    return chosen.pullback(function, variables)


def convolution(x: Tensor, kernel: Tensor) -> Tensor:
    """Images (n, h, w, i) by a kernel (k, k, i, o) with odd k, at stride 1 and zeros around them.

    It can be differentiated once.
    """
    return chosen.convolution(x, kernel)


def compile_step(step: Callable[..., Tensor], variables: Variables = ()) -> Callable[..., Tensor]:
    """`step` as one graph, which reads and writes `variables` and no others.

    Its arguments must be tensors: a Python number would be traced anew.
    """
    return chosen.compile_step(step, variables)


def compile_steps(step: Callable[..., Tensor], variables: Variables) -> Callable[..., Tensor]:
    """Many steps as one graph: `steps(shared, *stacked)`, for `block_size() > 1`.

    `step(shared, *arguments)` is taken once for each row of the stacked arguments, (k, ...), one
    after the other; what it gives is stacked likewise.
    """
    return chosen.compile_steps(step, variables)


def block_size(batches: int) -> int:
    """How many of an epoch's batches are trained in one call: a divisor of their number.

    More than one where launching a step would take longer than computing it.
    """
    return max(k for k in range(1, chosen.block_limit() + 1) if batches % k == 0)


def threads() -> int:
    """How many threads one operation may use: they decide how sums are rounded."""
    return chosen.threads() or cores()


def cores() -> int:
    """Those that this process may use: a container may allow fewer than there are."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def device_names() -> list[str]:
    """The accelerators in use, or ["CPU"]."""
    return chosen.device_names() or ["CPU"]
