"""Rules: how two effective weights are made of what a training step knows about a batch.

Every way of weighing is one shape: a `Rule` maps what was `Seen` to the weights of the two
gradients, which the step pulls back once. A loss variant is the special case `Slopes`, whose
weights are its partial derivatives. The others here are no gradient of any loss: they look at the
gradients themselves, or remember something, and are fields of weights.

With y the reconstructions, n1 and n2 are the norms of d mse/dy and d bce/dy over the whole batch,
and c is their inner product. Each rule's alpha and beta multiply the two losses, or the two pulls
where it evens these out; a late start of the adversary is a schedule of beta.

References: Esser et al., "Taming Transformers" (2021); Kendall et al., "Multi-Task Learning Using
Uncertainty to Weigh Losses" (2018); Rezende and Viola, "Taming VAEs" (2018); Yu et al., "Gradient
Surgery" (2020); Désidéri, "Multiple-gradient descent algorithm" (2012); Défossez et al., "High
Fidelity Neural Audio Compression" (2022); Liu et al., "ConFIG" (2024).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import lazy_loader
import numpy as np

from aegan_lib.errors import UserError
from aegan_lib.losses import Loss
from aegan_lib.profiles import LARGEST
from aegan_lib.schedules import History, is_number, numbers

backend = lazy_loader.load("aegan_lib.backend", suppress_warning=True)

Tensor = Any  # a backend tensor, a NumPy array or a float
State = Mapping[str, Tensor]  # scalars by name


class Seen(NamedTuple):
    """What a step knows about a batch before it weighs: scalars, the norms and c as above."""

    mse: Tensor
    bce: Tensor
    norm_mse: Tensor
    norm_bce: Tensor
    inner: Tensor


class Weighed(NamedTuple):
    """What a rule makes of it: the loss that is reported, both weights, and what it remembers."""

    loss: Tensor
    weight_mse: Tensor
    weight_bce: Tensor
    state: State


class Rule:
    """A way of weighing; a subclass is a frozen dataclass of finite numbers.

    What it remembers from batch to batch are scalars by name. They are recorded with every batch,
    after it, so that a history alone gives all weights again: see `replay`.
    """

    def __post_init__(self) -> None:
        for name, value in numbers(self).items():
            # Written this way round, NaN is refused too.
            if not (is_number(value) and 0 <= value <= LARGEST):
                raise UserError(
                    f"{name} of the rule {type(self).__name__} must be a finite number, 0 or more. "
                    f"Received: {value!r:.80}."
                )

    def begin(self, reference: float | None) -> dict[str, float]:
        """What it remembers before the first batch.

        `reference` is the mse on training batches, over the last epoch, of the version that its
        version refers to; None without one.
        """
        return {}

    def weights(
        self, seen: Seen, alpha: Tensor, beta: Tensor, state: State
    ) -> tuple[Tensor, Tensor, State]:
        """The weights of d mse/dy and of d bce/dy, and what to remember."""
        raise NotImplementedError

    def __call__(self, seen: Seen, alpha: Tensor, beta: Tensor, state: State) -> Weighed:
        weight_mse, weight_bce, state = self.weights(seen, alpha, beta, state)
        # There is no loss whose slopes these are: what is reported is the sum that they weigh.
        loss = weight_mse * seen.mse + weight_bce * seen.bce
        return Weighed(loss, weight_mse, weight_bce, state)


@dataclass(frozen=True)
class Slopes(Rule):
    """(d loss / d mse, d loss / d bce): what a loss variant asks for."""

    loss: Loss

    def __post_init__(self) -> None:
        """Nothing is to be checked: it has no numbers."""

    def __call__(self, seen: Seen, alpha: Tensor, beta: Tensor, state: State) -> Weighed:
        # The variant as a function of two numbers: its slopes at this point are the weights.
        loss, (weight_mse, weight_bce) = backend.value_and_gradients(
            lambda mse, bce: self.loss(mse, bce, alpha, beta), seen.mse, seen.bce
        )
        return Weighed(loss, weight_mse, weight_bce, state)


@dataclass(frozen=True)
class AdaptiveWeight(Rule):
    """(alpha, beta * min(n1 / (n2 + small), cap)): the adversary pulls beta times as hard.

    The weight of VQGAN and of those that came after it, taken at the output: theirs is of the
    gradients of the last layer's weights, with 1e-4 in place of 1e-12. At the output a batch's n1
    is of that size itself, so it would silence the adversary, and more so in larger batches.
    Dividing by n2 takes away what a cross-entropy's gradient says by its length: how far the
    discriminator is from being fooled. Theirs has a hinge's, which says nothing by it.
    Source: taming/modules/losses/vqperceptual.py; cap 1e4 there too, beta 0.8.
    """

    cap: float = 1e4
    small: float = 1e-12

    def weights(
        self, seen: Seen, alpha: Tensor, beta: Tensor, state: State
    ) -> tuple[Tensor, Tensor, State]:
        times = backend.ops.minimum(seen.norm_mse / (seen.norm_bce + self.small), self.cap)
        return alpha * backend.ops.ones_like(times), beta * times, state


@dataclass(frozen=True)
class Shares(Rule):
    """(alpha, beta * e1 / e2), e1 and e2 being averages of n1 and n2 over past batches.

    Each pulls with a share of its own, here alpha and beta: EnCodec's balancer, scaled so that
    mse's gradient keeps its length, which Adam hardly sees. Norms are of the whole batch, in
    place of a mean over its pictures. The averages leave out the same at the beginning, which
    divides away. Source: audiocraft/losses/balancer.py, decay 0.999 there too.
    """

    decay: float = 0.999
    small: float = 1e-12

    def begin(self, reference: float | None) -> dict[str, float]:
        return {"average_norm_mse": 0.0, "average_norm_bce": 0.0}

    def weights(
        self, seen: Seen, alpha: Tensor, beta: Tensor, state: State
    ) -> tuple[Tensor, Tensor, State]:
        kept, new = self.decay, 1 - self.decay
        e1 = kept * state["average_norm_mse"] + new * seen.norm_mse
        e2 = kept * state["average_norm_bce"] + new * seen.norm_bce
        times = e1 / (e2 + self.small)
        remembered = {"average_norm_mse": e1, "average_norm_bce": e2}
        return alpha * backend.ops.ones_like(times), beta * times, remembered


@dataclass(frozen=True)
class ConflictFree(Rule):
    """(alpha * n / n1, beta * n / n2) with n = (n1 + n2) / 2: both pull alike, from batch to batch.

    ConFIG's direction for two losses, in closed form; where a gradient is zero, (alpha, beta).
    Source: conflictfree/grad_operator.py.
    """

    def weights(
        self, seen: Seen, alpha: Tensor, beta: Tensor, state: State
    ) -> tuple[Tensor, Tensor, State]:
        mean = (seen.norm_mse + seen.norm_bce) / 2
        both = (seen.norm_mse > 0) & (seen.norm_bce > 0)
        one = backend.ops.ones_like(mean)
        return (
            alpha * backend.ops.where(both, over(mean, seen.norm_mse), one),
            beta * backend.ops.where(both, over(mean, seen.norm_bce), one),
            state,
        )


@dataclass(frozen=True)
class GradientSurgery(Rule):
    """(alpha + beta * max(0, -c) / n1², beta + alpha * max(0, -c) / n2²): PCGrad.

    Where the two weighted gradients conflict, c < 0, each loses its part along the other; where
    they do not, this is the fixed weight. Source: the authors' PCGrad_tf.py.
    """

    def weights(
        self, seen: Seen, alpha: Tensor, beta: Tensor, state: State
    ) -> tuple[Tensor, Tensor, State]:
        conflict = backend.ops.maximum(-seen.inner, 0.0)
        # A loss that has no weight has no part in it: before a late start, say.
        conflict = backend.ops.where(alpha * beta > 0, conflict, 0.0 * conflict)
        # Divided by one norm after the other: a square of a small one would be 0 in float32.
        by_mse = over(over(conflict, seen.norm_mse), seen.norm_mse)
        by_bce = over(over(conflict, seen.norm_bce), seen.norm_bce)
        return alpha + beta * by_mse, beta + alpha * by_bce, state


@dataclass(frozen=True)
class MinimumNorm(Rule):
    """(gamma * alpha, (1 - gamma) * beta), gamma in [0, 1] that makes their sum shortest: MGDA.

    gamma = (b² - d) / (a² + b² - 2 d) with a = alpha n1, b = beta n2, d = alpha beta c. The smaller
    gradient gets the larger weight, so that training stops where either loss is at rest.
    Source: min_norm_solvers.py of MultiObjectiveOptimization, which stays 0.001 off both ends.
    """

    def weights(
        self, seen: Seen, alpha: Tensor, beta: Tensor, state: State
    ) -> tuple[Tensor, Tensor, State]:
        a, b = alpha * seen.norm_mse, beta * seen.norm_bce
        # In units of the longer one, so that no square is too small for float32.
        unit = backend.ops.maximum(a, b)
        a, b = over(a, unit), over(b, unit)
        d = over(over(alpha * beta * seen.inner, unit), unit)
        # The length of the difference; of two equal gradients every mixture is as short.
        apart = a * a + b * b - 2 * d
        half = backend.ops.full_like(apart, 0.5)
        gamma = backend.ops.where(apart > 0, over(b * b - d, apart), half)
        gamma = backend.ops.clip(gamma, 0.0, 1.0)
        # A loss that has no weight would make the shortest sum, none at all.
        gamma = backend.ops.where(beta > 0, gamma, backend.ops.ones_like(gamma))
        gamma = backend.ops.where(alpha > 0, gamma, backend.ops.zeros_like(gamma))
        return gamma * alpha, (1 - gamma) * beta, state


@dataclass(frozen=True)
class Uncertainty(Rule):
    """(alpha exp(-s1) / 2, beta exp(-s2) / 2), each s learned: exp(-s) L / 2 + s / 2 is minimized.

    At rest each weight is alpha or beta over 2 L, L being its loss. Both s start at 0, stay within
    ±6 and take plain steps of `rate` down that slope; their source leaves them to the networks'
    optimizer, whose steps are too short here to arrive. Source: Kendall et al. (2018), as in
    LibMTL's UW.py.
    """

    rate: float = 0.01
    limit: float = 6.0

    def begin(self, reference: float | None) -> dict[str, float]:
        return {"s_mse": 0.0, "s_bce": 0.0}

    def weights(
        self, seen: Seen, alpha: Tensor, beta: Tensor, state: State
    ) -> tuple[Tensor, Tensor, State]:
        exp, clip = backend.ops.exp, backend.ops.clip
        factors, remembered = [], {}
        for name, loss in (("s_mse", seen.mse), ("s_bce", seen.bce)):
            s = state[name]
            factors.append(exp(-s) / 2)
            slope = (1 - loss * exp(-s)) / 2
            remembered[name] = clip(s - self.rate * slope, -self.limit, self.limit)
        return alpha * factors[0], beta * factors[1], remembered


@dataclass(frozen=True)
class Constraint(Rule):
    """(2 alpha k, 2 beta) / (1 + k): k grows while the mse is above `times` a reference's.

    After each batch k is multiplied by (average mse / limit) ** rate, within 1 / `bound` and
    `bound`, so that in the end the adversary has all that a given distortion leaves it. The average
    is over some 1 / (1 - decay) batches. GECO with a step by the ratio: theirs is by the
    difference, whose size hangs on the pictures. Source: Rezende and Viola (2018), and
    genesis/utils/geco.py, decay 0.99 there too.
    """

    times: float = 1.25
    rate: float = 0.01
    decay: float = 0.99
    bound: float = 1e4

    def begin(self, reference: float | None) -> dict[str, float]:
        if reference is None:
            raise UserError(
                "A Constraint is measured by another version's mse. Expected: that version's name "
                "as `reference` beside it. Received: none."
            )
        return {"multiplier": 1.0, "average_mse": 0.0, "limit_mse": self.times * reference}

    def weights(
        self, seen: Seen, alpha: Tensor, beta: Tensor, state: State
    ) -> tuple[Tensor, Tensor, State]:
        ops = backend.ops
        k, before, limit = state["multiplier"], state["average_mse"], state["limit_mse"]
        average = self.decay * before + (1 - self.decay) * seen.mse
        average = ops.where(before > 0, average, seen.mse)  # nothing is averaged with the first
        further = k * (average / limit) ** self.rate
        remembered = {
            "multiplier": ops.clip(further, 1 / self.bound, self.bound),
            "average_mse": average,
            "limit_mse": limit,
        }
        return 2 * alpha * k / (1 + k), 2 * beta / (1 + k), remembered


def replay(
    rule: Rule, history: History, alpha: float, reference: float | None = None
) -> dict[str, np.ndarray]:
    """The weights and the memory of every recorded batch, computed again from the others' columns.

    By the names of these columns: weight_mse, weight_bce, and "state_" before whatever the rule
    remembers, each (n,) float32. `reference` is what `Rule.begin` was given.
    """
    names = ("mse", "bce", "gradient_norm_mse", "gradient_norm_bce", "gradient_cosine", "beta")
    table = np.array([history[name] for name in names], np.float32).T
    state: State = {k: np.float32(v) for k, v in rule.begin(reference).items()}
    rows = []
    for mse, bce, n1, n2, cosine, beta in table:
        # The history has the angle in place of c; of a gradient that is zero it has none.
        inner = np.nan_to_num(cosine * n1 * n2)
        point = Seen(mse, bce, n1, n2, inner)
        tensors = [backend.ops.convert_to_tensor(v, "float32") for v in (*point, alpha, beta)]
        *known, a, b = tensors
        made = rule(Seen(*known), a, b, state)
        state = made.state
        rows.append([made.weight_mse, made.weight_bce, *state.values()])
    columns = ["weight_mse", "weight_bce", *(f"state_{name}" for name in state)]
    values = np.array([[float(v) for v in row] for row in rows], np.float32).T
    return dict(zip(columns, values, strict=True))


def over(a: Tensor, b: Tensor) -> Tensor:
    """a / b, and 0 where b is 0."""
    ops = backend.ops
    return ops.where(b > 0, a / ops.where(b > 0, b, ops.ones_like(b)), ops.zeros_like(b))
