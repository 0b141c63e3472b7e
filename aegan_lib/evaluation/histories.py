"""What is measured on a run's recorded history: pure functions of its columns."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aegan_lib.evaluation.results import Value
from aegan_lib.runs import Run
from aegan_lib.schedules import SlopeSchedule, replay

ADAM_KEEPS = 0.999  # of its mean square, from batch to batch: Keras' default
LEVEL = 51  # batches of the running median that volatility is measured from
AT_ONCE = 10  # batches whose mean is a jump
BEFORE = 200  # batches whose median is the level that it is a jump from
JUMP, SETTLED = 2.0, 1.25  # times that level: where a spike begins, and where it is over
WARM_UP = 0.1  # share of the batches that volatility leaves out: there the loss only falls


@dataclass(frozen=True)
class Spike:
    """A loss that left its level: from batch `start` until `end`, or for good (None)."""

    start: int
    end: int | None
    height: float  # largest value over the level before


def volatility(losses: pd.Series) -> float:
    """How far a loss goes up and down: the standard deviation of log(loss / its level).

    The level is the running median over LEVEL batches, and the first tenth of the training
    is left out, so that learning itself does not count. 0.1 means that a batch's loss is
    typically 10 % off its level.
    """
    off = _off_level(losses)
    return float(off[np.isfinite(off)].std(ddof=0))


def calmer(slow: pd.Series, fast: pd.Series) -> float:
    """The volatility of `slow` over that of `fast`, without what both have in common.

    Two runs of one seed see the same batches, and most of a reconstruction loss's trembling is
    which faces are in the batch: their covariance. What is left of each variance is its own.
    """
    both = pd.concat([_off_level(losses) for losses in (slow, fast)], axis=1)
    (own, common), (_, others) = np.cov(both[np.isfinite(both).all(axis=1)].to_numpy().T)
    # Noise may leave the calmer of two with less than what they share: then nothing is its own.
    return float(np.sqrt(max(own - common, 0.0) / max(others - common, 0.0)))


def _off_level(losses: pd.Series) -> pd.Series:
    """log(loss / its level) per batch after the warm-up; not finite where the loss is 0."""
    # A median, so that single jumps do not lift the level that they are measured from.
    level = losses.rolling(LEVEL, center=True, min_periods=1).median()
    with np.errstate(divide="ignore", invalid="ignore"):
        # Logarithms count twice and half alike.
        return np.log(losses / level)[int(WARM_UP * len(losses)) :]


def spikes(losses: pd.Series) -> list[Spike]:
    """Where a loss jumps far above its level, and whether it comes back.

    A spike starts where the mean of AT_ONCE batches exceeds JUMP times the median of the BEFORE
    batches before them, and ends where it is below SETTLED times that median again.
    """
    # One batch's loss is too noisy to call a jump. The level is taken before the batches that
    # are averaged, so that a spike does not lift its own measure.
    smooth = losses.rolling(AT_ONCE).mean().to_numpy()
    levels = losses.rolling(BEFORE).median().shift(AT_ONCE).to_numpy()
    found: list[Spike] = []
    at = 0
    while at < len(smooth):
        level = levels[at]
        if smooth[at] > JUMP * level:
            # It ends lower than it began, or noise around one threshold would count as many spikes.
            below = np.flatnonzero(smooth[at:] < SETTLED * level)
            end = at + int(below[0]) if len(below) else None
            height = float(np.nanmax(smooth[at:end]) / level)
            found.append(Spike(at, end, height))
            if end is None:
                break
            # On from its end, since until then it is the same spike.
            at = end
        at += 1
    return found


def adversarial_share(history: pd.DataFrame) -> pd.Series:
    """Per batch, the adversary's share of the two gradients' norms at the reconstruction."""
    # How hard each loss pulls: its gradient's norm times its weight, which may be negative in v1.
    mse = history["weight_mse"].abs() * history["gradient_norm_mse"]
    bce = history["weight_bce"].abs() * history["gradient_norm_bce"]
    return bce / (mse + bce)


def step_length(history: pd.DataFrame) -> pd.Series:
    """Per batch, how far Adam steps on the weighted gradient, as a multiple of the learning rate.

    An estimate, momentum and noise aside: the gradient's length at the reconstruction, where each
    weight has a gradient of its own, over the root of the mean square that Adam remembers of it. 1
    for one that stays as long as it is, more where it grows, less for a long while after one that
    was huge; 0 where it was 0 so far.
    """
    mse = history["weight_mse"] * history["gradient_norm_mse"]
    bce = history["weight_bce"] * history["gradient_norm_bce"]
    # Of a gradient that is zero, there is no angle. Rounding may leave a square below 0.
    between = 2 * mse * bce * history["gradient_cosine"].fillna(0)
    squares = (mse**2 + bce**2 + between).clip(lower=0)
    # Adam's second moment without its bias: a weighted mean of all squares so far.
    remembered = squares.ewm(alpha=1 - ADAM_KEEPS).mean()
    return np.sqrt(squares / remembered.where(remembered > 0, 1))


def slopes(mse: pd.Series, window: int) -> pd.Series:
    """The slope that a SlopeSchedule sees at each batch, from the batches before it."""
    # A batch's beta is set before its own mse is known, hence the shift by one.
    return (mse.diff(window) / window).shift(1)


def beta_growth(history: pd.DataFrame) -> float:
    """Median beta of the last quarter of the batches, over that of the first quarter with one."""
    # The first batches have no beta yet: the window of the schedule is not full.
    beta = history["beta"][history["beta"] > 0]
    quarter = len(beta) // 4
    return float(beta.iloc[-quarter:].median() / beta.iloc[:quarter].median())


def schedule_error(history: pd.DataFrame, schedule: SlopeSchedule) -> float:
    """Largest difference between the recorded beta and the schedule replayed; inf where broken.

    Broken: a beta that is negative, above the ceiling, or not 0 before the window is full.
    """
    beta = history["beta"].to_numpy()
    # The slope over `window` batches takes one more loss than that, all of earlier batches.
    early = beta[: schedule.window + 1]
    if early.any() or beta.min() < 0 or beta.max() > schedule.ceiling:
        return float("inf")
    return float(np.abs(beta - replay(schedule, {"mse": history["mse"].to_numpy()})).max())


def inverse_weight_error(history: pd.DataFrame, alpha: float, beta: float) -> float:
    """Largest relative deviation of v1's adversarial weight from beta / (alpha * mse)."""
    # d loss / d bce of alpha * mse + beta * bce / (alpha * mse).
    expected = beta / (alpha * history["mse"])
    return float((history["weight_bce"] / expected - 1).abs().max())


def epochs_to_reach(epochs: pd.DataFrame, level: float) -> float:
    """After how many epochs the validation mse is at `level` or below; NaN where never.

    Between two epochs the line through both is taken.
    """
    mse = epochs["mse"].to_numpy()
    below = np.flatnonzero(mse <= level)
    if not len(below):
        return float("nan")
    at = int(below[0])
    # There before any training, or else where the line between two epochs crosses the level.
    if at == 0:
        return 0.0
    return float(at - (level - mse[at]) / (mse[at - 1] - mse[at]))


def relative_time(epochs: Mapping[str, pd.DataFrame], version: str, other: str) -> float:
    """Epochs that `version` needs over those of `other`, to the better level that both reach."""
    # Each reaches its own smallest mse; the larger of the two is the best that both reach.
    level = max(epochs[name]["mse"].iloc[1:].min() for name in (version, other))
    return epochs_to_reach(epochs[version], level) / epochs_to_reach(epochs[other], level)


def recoveries(failed: pd.Series) -> list[bool]:
    """For each stretch of epochs in which a training had failed, whether it came out of it.

    Arguments:
        failed: bool, an epoch each.
    """
    # A stretch ends where an epoch that had not failed follows.
    starts = failed & ~failed.shift(fill_value=False)
    return [not failed[at:].all() for at in failed.index[starts]]


def driven_mse(history: pd.DataFrame, alpha: float) -> pd.Series:
    """The mse sqrt(beta * bce) / alpha per batch, below which v1 rewards bad reconstruction."""
    # Where v1's weight alpha - beta * bce / (alpha * mse**2) is 0.
    return (history["beta"] * history["bce"]) ** 0.5 / alpha


def course(run: Run) -> list[Value]:
    """What a training's history comes to, in numbers.

    last_epoch_median, last_epoch_mean: of a column, the case, over the batches of the last epoch.
    step_length: the mean over all batches.
    share_of_batches: in which the case holds. beta_median: where the slope that a SlopeSchedule
    sees is positive, or negative; beta_largest: of all batches.
    """
    alpha = run.version.alpha
    # A copy with two more columns: the run's own history stays what was recorded.
    history = run.history.assign(adversarial_share=adversarial_share(run.history))
    history["driven_mse"] = driven_mse(history, alpha) if alpha else math.nan
    # Over the whole last epoch, since a single batch tells little.
    end = history[history["epoch"] == history["epoch"].max()].drop(columns=["epoch", "batch"])
    values = [Value("last_epoch_median", value, name) for name, value in end.median().items()]
    values += [Value("last_epoch_mean", value, name) for name, value in end.mean().items()]
    values.append(Value("step_length", step_length(history).mean()))
    # How often a weight is silent, or asks for the opposite of what it is there for.
    holds = {
        "weight_bce = 0": history["weight_bce"] == 0,
        "weight_mse < 0": history["weight_mse"] < 0,
    }
    if isinstance(run.version.beta, SlopeSchedule):
        # Only a schedule's beta moves: large where the loss is flat, whichever way the loss goes.
        slope, beta = slopes(history["mse"], run.version.beta.window), history["beta"]
        holds["slope > 0"] = slope.dropna() > 0
        values += [
            Value("beta_median", beta[slope > 0].median(), "slope > 0"),
            Value("beta_median", beta[slope < 0].median(), "slope < 0"),
            Value("beta_largest", beta.max()),
        ]
    # A run too short for a slope has no batch to count: its share is 0, not an error.
    for case, batches in holds.items():
        values.append(Value("share_of_batches", batches.sum() / max(len(batches), 1), case))
    return values
