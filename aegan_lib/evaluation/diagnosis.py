"""What is wrong with a run, and what to change: the documents' rule of thumb, and collapse."""

from collections.abc import Callable

import pandas as pd

from aegan_lib.evaluation.histories import spikes, volatility
from aegan_lib.evaluation.results import SETTLED
from aegan_lib.runs import Run

UNSTABLE = 0.25  # volatility from which a loss goes "up and down violently"
VIOLENT = 3.0  # height of a spike, over the level before it, that counts by itself
CEILING = 0.995  # accuracy of a discriminator that has nothing left to learn
CONSTANT = 0.05  # output diversity of what is nearly one and the same image
FORGOTTEN = 0.1  # input dependence of outputs that follow their inputs no more

SYMPTOMS: dict[str, Callable[[pd.DataFrame, int], pd.Series]] = {
    "discriminator at the ceiling": lambda epochs, _: (
        epochs[["d_accuracy_real", "d_accuracy_fake"]].min(axis=1) >= CEILING
    ),
    "constant outputs": lambda epochs, _: epochs["output_diversity"] < CONSTANT,
    "input forgotten": lambda epochs, _: epochs["input_dependence"] < FORGOTTEN,
    "dead codes": lambda epochs, latent_dim: epochs["dead_units"] >= latent_dim / 2,
}


def symptoms(run: Run) -> dict[str, str]:
    """What a run suffers from at its end, and since when; empty where it is sound.

    A symptom is read off the validation faces after every epoch, and counts if it has lasted
    for the last SETTLED epochs, or all of them in a shorter run.
    """
    # Whatever else is wrong, a reader should know first that training was cut short.
    found = {"diverged": run.outcome.removeprefix("diverged ")} if run.diverged else {}
    # Without row 0: an untrained network has most of these symptoms.
    trained = run.epochs[1:]
    for name, shows in SYMPTOMS.items():
        # From the last epoch backwards: once it was away, what came before does not count.
        shown = shows(trained, run.profile.latent_dim)
        lasting = shown[::-1].cummin()[::-1]  # True from where it never went away again
        if lasting.sum() >= max(1, min(SETTLED, len(trained))):
            found[name] = f"since epoch {trained['epoch'][lasting].iloc[0]:.0f}"
    return found


def watched_loss(run: Run) -> str:
    """The loss whose stability matters: the reconstruction's, wherever it is trained."""
    return "mse" if run.version.alpha else "bce"


def advice(run: Run) -> str:
    """What the documents' rule of thumb says about a run's learning rate."""
    why = "diverged" if run.diverged else unrest(run.history[watched_loss(run)])
    if not why:
        return "stable: keep it"
    change = f"reduce it, first to {run.version.learning_rate / 2:g}"
    # A schedule has a ceiling to turn down first, which leaves the reconstruction's pace alone.
    if callable(run.version.beta):
        change = f"lower the ceiling of β; if that is not enough, {change}"
    return f"unstable, {why}: {change}"


def unrest(losses: pd.Series) -> str:
    """Why a loss is unstable, in a few words; empty where it is not."""
    # The worst comes first: not coming back, then jumping, then only trembling.
    found = spikes(losses)
    if found and found[-1].end is None:
        return f"does not come back after batch {found[-1].start:,}"
    if any(spike.height >= VIOLENT for spike in found):
        return f"jumps to {max(spike.height for spike in found):.0f} times its level"
    return "up and down violently" if volatility(losses) > UNSTABLE else ""
