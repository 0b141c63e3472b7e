"""Differentiate and compile with JAX, for accelerators.

JAX differentiates functions of values and knows no variables. So a function that reads Keras
variables is called with their values in place of them, and what it would write is given back.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import jax
import keras
from keras.src.backend.common import dtypes

from aegan_lib import backend
from aegan_lib.backend import Tensor, Variables

PACKAGES = ("jax", "jaxlib")

# XLA asks this variable for its threads on a processor, and takes one a core without it.
if asked := backend.asked_threads():
    os.environ["NPROC"] = str(asked)
# The same bits whenever the same step is computed on the same device.
os.environ["XLA_FLAGS"] = "--xla_gpu_deterministic_ops=true"
# float32 is what it says, not the 10 bits of TF32 that a GPU would take for it.
jax.config.update("jax_default_matmul_precision", "highest")
# float64 can be had, for those who compare weight by weight. Keras would narrow it to float32
# within single operations, tanh among them, and has no setting for that.
jax.config.update("jax_enable_x64", True)
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"

# The variables whose values a compiled step goes on with: within it they are not in the variables.
_carried: ContextVar[Variables] = ContextVar("carried", default=())


def value_and_gradients(
    function: Callable[..., Tensor], *arguments: Tensor
) -> tuple[Tensor, list[Tensor]]:
    def of(*arguments: Tensor) -> Tensor:
        with _holding(()):
            return function(*arguments)

    value, gradients = jax.value_and_grad(of, argnums=tuple(range(len(arguments))))(*arguments)
    return value, list(gradients)


def variable_gradients(
    function: Callable[[], tuple[Tensor, Tensor]], variables: Variables
) -> tuple[Tensor, Tensor, list[Tensor]]:
    def of(values: list[Tensor]) -> tuple[Tensor, Tensor]:
        with _holding(zip(variables, values, strict=True)):
            return function()

    (value, beside), gradients = jax.value_and_grad(of, has_aux=True)([v.value for v in variables])
    return value, beside, gradients


def pullback(
    function: Callable[[], Tensor], variables: Variables
) -> tuple[Tensor, Callable[[Tensor], list[Tensor]]]:
    def of(values: list[Tensor]) -> Tensor:
        with _holding(zip(variables, values, strict=True)):
            return function()

    output, pull_back = jax.vjp(of, [v.value for v in variables])
    return output, lambda gradient: pull_back(gradient)[0]


def convolution(x: Tensor, kernel: Tensor) -> Tensor:
    return keras.ops.conv(x, kernel, padding="same")


def compile_step(step: Callable[..., Tensor], variables: Variables) -> Callable[..., Tensor]:
    # The old values are given up for the new ones: no second copy of all weights is held.
    return _assigning(jax.jit(_pure(step, variables), donate_argnums=0), variables)


def compile_steps(step: Callable[..., Tensor], variables: Variables) -> Callable[..., Tensor]:
    take = _pure(step, variables)

    def scan(values: list[Tensor], shared: Tensor, *stacked: Tensor) -> tuple[Tensor, list[Tensor]]:
        def one(values: list[Tensor], arguments: tuple[Tensor, ...]) -> tuple[list[Tensor], Tensor]:
            measured, values = take(values, shared, *arguments)
            return values, measured

        values, measured = jax.lax.scan(one, values, stacked)
        return measured, values

    return _assigning(jax.jit(scan, donate_argnums=0), variables)


def block_limit() -> int:
    # On a processor a loop within a graph is slower than one around it.
    return 100 if device_names() else 1


def threads() -> int:
    return backend.asked_threads()


def device_names() -> list[str]:
    return [device.device_kind for device in jax.devices() if device.platform != "cpu"]


def _pure(step: Callable[..., Tensor], variables: Variables) -> Callable[..., Tensor]:
    """`step` as a function of values: it takes those of `variables` first and gives them last."""

    def of(values: list[Tensor], *arguments: Tensor) -> tuple[Tensor, list[Tensor]]:
        token = _carried.set(variables)
        try:
            with keras.StatelessScope(zip(variables, values, strict=True)):
                measured = step(*arguments)
                # JAX sorts a dictionary by its keys, and an ordered one it leaves as it is.
                if isinstance(measured, dict):
                    measured = OrderedDict(measured)
                return measured, [v.value for v in variables]
        finally:
            _carried.reset(token)

    return of


def _assigning(compiled: Callable[..., Tensor], variables: Variables) -> Callable[..., Tensor]:
    def run(*arguments: Tensor) -> Tensor:
        measured, values = compiled([v.value for v in variables], *arguments)
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        return measured

    return run


@contextmanager
def _holding(values: Iterable[tuple[keras.Variable, Tensor]]) -> Iterator[None]:
    """Variables with values of their own, all others as they are; what is written is forgotten."""
    # All that is written while a function is differentiated are counters of dropout, which the
    # step sets anew for every use. A scope knows nothing of the one around it.
    around = [(variable, variable.value) for variable in _carried.get()]
    with keras.StatelessScope([*around, *values]):
        yield
