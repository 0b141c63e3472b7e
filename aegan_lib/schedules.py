"""Rules for beta: a schedule maps what has been recorded so far to the next batch's beta.

A schedule keeps no state. All it may look at is the recorded history, column by column, so a
resumed run needs nothing more than its CSV, and replaying a schedule over a finished run's
CSV must give that CSV's beta column again.

Any callable of a history is a schedule. One whose numbers depend on how large the experiment is
run says so by a method `scaled(profile)`, which gives the schedule to be used there.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aegan_lib.errors import UserError
from aegan_lib.profiles import LARGEST, Profile

History = Mapping[str, Sequence[float] | np.ndarray]
Schedule = Callable[[History], float]


@dataclass(frozen=True)
class SlopeSchedule:
    """beta = min(|scale / slope|, ceiling), slope = (mse[-1] - mse[-1 - window]) / window.

    The flatter the reconstruction loss, the louder the adversary, whichever way the loss
    moves; a slope of exactly 0 gives the ceiling. Beta is 0 until more than `window` batches
    are recorded, and where the slope is not a number.

    Arguments:
        scale: the beta that a slope of 1 per batch would give, in loss units per batch.
        window: over how many batches the slope is taken.
        ceiling: the largest beta.

    Source: April 20, version 4, with scale 2e-7, window 50 and ceiling 1. The losses are those
    recorded before the batch in hand, as there.

    >>> schedule = SlopeSchedule(scale=2e-7, window=2)
    >>> schedule({"mse": [0.5, 0.4]})  # not more than two batches are recorded
    0.0
    >>> schedule({"mse": [0.5, 0.4, 0.3]})  # a slope of -0.1 per batch
    2e-06
    """

    scale: float = 2e-7
    window: int = 50
    ceiling: float = 1.0

    def __post_init__(self) -> None:
        # Of other types, it would fail at the first batch whose beta is not 0. Written this way
        # round, NaN is refused too: it is not below anything either.
        fits = (
            is_number(self.scale)
            and is_number(self.ceiling)
            and type(self.window) is int
            and 0 < self.scale <= LARGEST
            and self.window >= 1
            and 0 <= self.ceiling <= LARGEST
        )
        if not fits:
            raise UserError(
                "A SlopeSchedule needs a finite scale > 0, a whole number window >= 1 and a finite "
                f"ceiling >= 0. Received: scale={self.scale!r:.80}, window={self.window!r:.80}, "
                f"ceiling={self.ceiling!r:.80}."
            )

    def __call__(self, history: History) -> float:
        # The difference spans `window` batches and so takes one loss more than that.
        mse = history["mse"]
        if len(mse) <= self.window:
            return 0.0
        slope = (mse[-1] - mse[-1 - self.window]) / self.window
        if np.isnan(slope):
            # A loss that overflowed: training is about to end for it.
            return 0.0
        # scale / 0 is without limit, which is what the ceiling is for.
        if slope == 0:
            return self.ceiling
        # |slope| >= scale / ceiling: beta is scale / |slope|; flatter than that: the ceiling.
        return float(min(abs(self.scale / slope), self.ceiling))


@dataclass(frozen=True)
class TunedSlopeSchedule(SlopeSchedule):
    """`SlopeSchedule` with the scale that was found for the experiment's size.

    How steeply a loss falls from batch to batch hangs on batch size, learning rate and pictures,
    and so does the scale with which a run keeps its reconstruction: `Profile.slope_scale`.
    """

    def scaled(self, profile: Profile) -> "TunedSlopeSchedule":
        """The same rule with the scale that `profile` uses."""
        return dataclasses.replace(self, scale=profile.slope_scale)


def is_number(value: Any) -> bool:
    """Whether it is one that JSON knows: no truth, and none of NumPy's own whole numbers."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def numbers(part: Any) -> dict[str, Any]:
    """What the numbers of a schedule or a rule are, by name; a plain function has none."""
    made = dataclasses.is_dataclass(part) and not isinstance(part, type)
    return dataclasses.asdict(part) if made else {}


def replay(schedule: Schedule, history: History) -> np.ndarray:
    """Beta for every recorded batch, (n,) float64, from the batches before each.

    Raises:
        UserError: these are no columns of numbers, all of one length, or one is missing.
    """
    try:
        columns = {name: np.asarray(values, float) for name, values in history.items()}
    except (TypeError, ValueError, OverflowError) as error:
        raise UserError(
            f"A history holds numbers alone. Expected: lists of floats. Received: {error!s:.200}."
        ) from error
    # All columns are as long as the history: any of them tells how many batches there are.
    shapes = {name: values.shape for name, values in columns.items()}
    if len({*shapes.values()}) != 1 or len(shape := next(iter(shapes.values()))) != 1:
        raise UserError(
            "A history needs one column or more, each with one number a batch. Received: "
            f"{f'{shapes}'[:200] if shapes else 'none'}."
        )
    betas = []
    # The losses of a training that diverged overflow here too, which is no news.
    with np.errstate(all="ignore"):
        for i in range(shape[0]):
            before = {name: values[:i] for name, values in columns.items()}
            try:
                betas.append(schedule(before))
            except KeyError as error:
                raise UserError(
                    f"The schedule looks at a column that the history lacks. Expected: {error}. "
                    f"Received: {', '.join(columns)}."
                ) from error
    return np.array(betas, float)
