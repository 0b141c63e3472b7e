"""Loss variants: how one number is made of reconstruction and adversary.

Every variant is a pure function `(mse, bce, alpha, beta) -> loss` of scalars, so any two can
be exchanged. What a variant really asks for is read off its two partial derivatives,
d loss / d mse and d loss / d bce: the *effective weights* that the training step uses.

References: the AE-GAN notebook, "AE GAN Experiments" (April 1) and "AE-GAN Optimizations"
(April 20).
"""

from collections.abc import Callable
from typing import Any

import lazy_loader

# Loaded by the first loss that is computed, not by a look at the registry of versions.
backend = lazy_loader.load("aegan_lib.backend", suppress_warning=True)

Tensor = Any  # a backend tensor, a NumPy array or a float
Loss = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def weighted(mse: Tensor, bce: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
    """alpha * mse + beta * bce.

    Rewards good reconstruction and fooling the discriminator at a fixed rate of exchange:
    the weights are (alpha, beta) wherever training stands. With alpha=1, beta=0 it is an
    autoencoder, with alpha=0, beta=1 a GAN. Source: April 1, "Overriding the training function".

    >>> weighted(mse=0.05, bce=2.0, alpha=1, beta=0.005)
    0.060000000000000005
    """
    return alpha * mse + beta * bce


def inverse(mse: Tensor, bce: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
    """alpha * mse + (beta * bce) / (alpha * mse).

    The weights are (alpha - beta * bce / (alpha * mse**2), beta / (alpha * mse)). The first
    turns negative below mse = sqrt(beta * bce) / alpha: from there on *bad* reconstruction is
    rewarded, and for a given bce the mse is driven towards that value (0.05 at bce = 5 with
    the document's beta = 0.0005). Source: April 20, version 1, as written there.

    >>> inverse(mse=0.05, bce=5.0, alpha=1, beta=0.0005)  # where the two terms are equal
    0.1
    """
    # The second term's own derivative by mse is -beta * bce / (alpha * mse**2), negative
    # everywhere: it outweighs alpha as soon as mse is small enough.
    return alpha * mse + (beta * bce) / (alpha * mse)


def inverse_detached(mse: Tensor, bce: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
    """alpha * mse + (beta * bce) / stop_gradient(alpha * mse).

    The same value as `inverse`, but the weights are (alpha, beta / (alpha * mse)): the
    adversary grows as reconstruction succeeds, and no gradient asks for bad reconstruction.
    This is what version 1 set out to do ("Want GAN loss to increase as AE loss decreases").
    """
    # The denominator is a constant to differentiation, so it divides but earns nothing by growing.
    return alpha * mse + (beta * bce) / backend.ops.stop_gradient(alpha * mse)


def min_ceiling(mse: Tensor, bce: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
    """mse + min(mse, bce); alpha and beta are not used.

    While mse < bce the weights are (2, 0): the adversary is silent and this is an autoencoder
    with twice the loss, a factor that Adam hardly sees. Only where bce < mse are they (1, 1).
    Source: April 20, version 5.

    >>> float(min_ceiling(mse=0.25, bce=5.0, alpha=1, beta=1))
    0.5
    """
    # mse < bce: 2 mse, weights (2, 0); bce < mse: mse + bce, weights (1, 1). Where the two are
    # equal, TensorFlow gives the minimum's whole gradient to its first argument: (2, 0).
    return mse + backend.ops.minimum(mse, bce)


def mean_squared_error(x: Tensor, y: Tensor) -> Tensor:
    """Mean of (x - y)**2 over a batch of images in [-1, 1], both (n, h, w, 3); a scalar."""
    _require_same_shape(x, y)
    return backend.ops.mean(backend.ops.square(x - y))


def binary_cross_entropy(labels: Tensor, logits: Tensor) -> Tensor:
    """Mean binary cross-entropy of logits (n, 1) against labels in {0, 1}, (n, 1); a scalar.

    The stable form on logits, in nats: the same function as a sigmoid followed by the
    textbook formula, without its overflow once the discriminator is certain.
    """
    _require_same_shape(labels, logits)
    # For a logit l and a label t: max(l, 0) - l * t + log(1 + exp(-|l|)). No exponent is positive.
    return backend.ops.mean(backend.ops.binary_crossentropy(labels, logits, from_logits=True))


def _require_same_shape(a: Tensor, b: Tensor) -> None:
    # (n,) against (n, 1) would broadcast to (n, n) and train on nonsense without a word.
    if backend.ops.shape(a) != backend.ops.shape(b):
        raise ValueError(
            "The two arguments of a loss must have one shape. "
            f"Received: {backend.ops.shape(a)} and {backend.ops.shape(b)}."
        )
