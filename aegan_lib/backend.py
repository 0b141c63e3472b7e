"""All that Keras leaves to its backend: differentiate, and compile.

Nothing else in this library imports TensorFlow, and Keras is taken from here too, so that
TensorFlow's start-up notices are caught once, wherever the first import happens, and that no
user's configuration decides how anything is computed.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from aegan_lib.errors import UserError

# What begins like this may change how TensorFlow and its libraries compute, and so the numbers.
ARITHMETIC = (
    "TF_",
    "TF2_",
    "TENSORFLOW_",
    "KERAS_",
    "XLA_",
    "DNNL_",
    "ONEDNN_",
    "CUDNN_",
    "CUBLAS",
    "NVIDIA_TF32_",
)
# These do not: how many threads, which is recorded with every run, what is logged, and memory.
HARMLESS = (
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_CPP_",
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "TF_GPU_ALLOCATOR",
)


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
    """Keras and TensorFlow as they come, whatever the environment and the user's files ask for."""
    # For good: TensorFlow reads some of them only when an operation is computed for the first time.
    for name in list(os.environ):
        if name.startswith(ARITHMETIC) and not name.startswith(HARMLESS):
            del os.environ[name]
    # Keras reads keras.json in its home, or writes one there: in an empty place there is none.
    with tempfile.TemporaryDirectory(prefix="aegan-keras-") as home:
        os.environ |= {"KERAS_BACKEND": "tensorflow", "KERAS_HOME": home}
        yield
    del os.environ["KERAS_HOME"]


def _refuse(_: str = "") -> NoReturn:
    raise UserError(
        "Keras was imported with another backend before aegan_lib. Expected: 'tensorflow'. "
        f"Received: {sys.modules['keras'].config.backend()!r}. Import aegan_lib.backend first, or "
        "set KERAS_BACKEND=tensorflow."
    )


# Somebody may have imported Keras before, and then it is as they wanted it.
if "keras" in sys.modules and sys.modules["keras"].config.backend() != "tensorflow":
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
    import tensorflow as tf

    tf.config.list_physical_devices()  # looks for GPUs now, and complains now if there is none
    # The remapper fails on the gradient of a fused LeakyReLU and says so at every trace.
    tf.config.optimizer.set_experimental_options({"remapping": False})

__all__ = ["keras", "ops"]

Tensor = Any
Variables = Sequence[Any]  # Keras variables


def value_and_gradients(
    function: Callable[..., Tensor], *arguments: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """`function(*arguments)`, a scalar, and its gradient with respect to each argument."""
    # The arguments are tensors, which no tape watches unasked. Weights that `function` uses stay
    # unwatched: nobody asks for their gradients here.
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(arguments)
        value = function(*arguments)
    # A loss that ignores an argument has gradient zero there, not none.
    return value, tape.gradient(value, arguments, unconnected_gradients="zero")


def variable_gradients(
    function: Callable[[], tuple[Tensor, Tensor]], variables: Variables
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """`function()`, a scalar and something beside it, and the scalar's gradients."""
    with _watching(variables) as tape:
        value, beside = function()
    return value, beside, tape.gradient(value, [v.value for v in variables])


def pullback(
    function: Callable[[], Tensor], variables: Variables
) -> tuple[Tensor, Callable[[Tensor], list[Tensor]]]:
    """`function()` and the map that pulls a gradient at its output back to `variables`."""
    # The forward pass alone: what is to be pulled back is known only later, by whoever calls this.
    with _watching(variables) as tape:
        output = function()
    values = [v.value for v in variables]
    # The product of a gradient at the output, shaped like it, with the Jacobian: one gradient per
    # variable. The tape is used up by it, so the map can be called once.
    return output, lambda gradient: tape.gradient(output, values, output_gradients=gradient)


def compile_step(step: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """`step` as one graph. Its arguments must be tensors: a Python number would retrace."""
    return tf.function(step, autograph=False)


def threads() -> int:
    """How many threads one operation may use: they decide how sums are rounded."""
    # TensorFlow says 0 where nothing was set by call: then its environment variable holds, and
    # without that, or where it holds no number, it takes one thread for each core that it may use.
    asked = tf.config.threading.get_intra_op_parallelism_threads()
    try:
        asked = asked or int(os.environ.get("TF_NUM_INTRAOP_THREADS", 0))
    except ValueError:
        asked = 0
    return asked or cores()


def cores() -> int:
    """Those that this process may use: a container may allow fewer than there are."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def device_names() -> list[str]:
    """The accelerators in use, or ["CPU"]."""
    accelerators = tf.config.list_physical_devices("GPU")
    # A card that does not give its name is still an accelerator.
    details = [tf.config.experimental.get_device_details(device) for device in accelerators]
    return [detail.get("device_name", "GPU") for detail in details] or ["CPU"]


@contextmanager
def _watching(variables: Variables) -> Iterator[tf.GradientTape]:
    # Only what will be differentiated is recorded, so that no gradient is built which nobody
    # uses: above all none of the discriminator's weights in the generator's update.
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([v.value for v in variables])
        yield tape
