"""April 1, "AE GAN Experiments": the two limits, the learning rate, the mix, a pretrained start."""

import math

from aegan_lib.claims.claim import Claim, Measure, SeedRuns, alone, minus, of
from aegan_lib.evaluation.histories import Spike, relative_time, spikes, volatility
from aegan_lib.verification.comparison import TOLERANCE


def _limit(limit: str) -> Measure:
    return Measure(
        "largest difference / movement",
        lambda seed: seed.verification.at[limit, "largest_ratio"],
        high=TOLERANCE,
        form=".1e",
    )


def _calmer(slow: str, fast: str) -> Measure:
    def value(seed: SeedRuns) -> float:
        one, other = (volatility(seed.histories[name]["mse"]) for name in (slow, fast))
        return one / other

    return Measure(f"volatility, {slow} / {fast}", value, high=0.95, ratio=True)


def _spikes(seed: SeedRuns, version: str) -> list[Spike]:
    history = seed.histories[version]
    return [spike for loss in ("mse", "bce") for spike in spikes(history[loss])]


def _recovered(seed: SeedRuns, version: str) -> float:
    found = _spikes(seed, version)
    return sum(spike.end is not None for spike in found) / len(found) if found else math.nan


EXPERIMENTS = (
    # --- The limits ----------------------------------------------------------------------------
    Claim(
        name="limit_autoencoder",
        statement="With α = 1, β = 0 training gives what a typical autoencoder gives",
        source="April 1, verification test 1",
        kind="identity",
        about="limits",
        document="by eye",
        anchor="verification-Against-Keras-alone",
        readings=alone(_limit("autoencoder")),
        yes="At α = 1, β = 0 the training is an autoencoder's, weight by weight.",
        no="At α = 1, β = 0 the training is not an autoencoder's: the step is broken.",
    ),
    Claim(
        name="limit_gan",
        statement="With α = 0, β = 1 training gives what a typical GAN gives",
        source="April 1, verification test 2",
        kind="identity",
        about="limits",
        document="by eye",
        anchor="verification-Against-Keras-alone",
        readings=alone(_limit("gan")),
        yes="At α = 0, β = 1 it is a GAN's, weight by weight.",
        no="At α = 0, β = 1 it is not a GAN's: the step is broken.",
    ),
    Claim(
        name="silent_adversary",
        statement="Since β = 0, the GAN loss has no effect on the training",
        source="April 1, verification test 1",
        kind="identity",
        about="limits",
        document="stated",
        anchor="autoencoder-Losses",
        readings=alone(
            Measure(
                "largest weight of bce",
                lambda seed: seed.histories["autoencoder"]["weight_bce"].abs().max(),
                high=0.0,
                form="g",
            ),
        ),
        yes="With β = 0 the adversary's weight is 0 in every batch.",
        no="With β = 0 the adversary was heard all the same.",
    ),
    Claim(
        name="autoencoder_learns",
        statement="With α = 1, β = 0 the result looks like that of a typical autoencoder",
        source="April 1, verification test 1",
        kind="finding",
        about="limits",
        document="by eye",
        anchor="autoencoder-Input-and-output",
        readings=alone(
            of("way", "autoencoder", "way to PCA", low=0.5, form=".0%"),
            of("input_dependence", "autoencoder", "input dependence", low=0.9, form=".0%"),
        ),
        yes="Without an adversary the network learns to reconstruct: it covers {0} of the way from "
        "the mean face to PCA, and {1} of its outputs are nearest to their own input.",
        no="Without an adversary the network should reconstruct and does not: it covers {0} of "
        "the way from the mean face to PCA.",
    ),
    Claim(
        name="gan_fails",
        statement="With α = 0, β = 1 the training will likely fail to converge",
        source="April 1, verification test 2",
        kind="finding",
        about="limits",
        document="expected",
        anchor="gan-Input-and-output",
        readings=alone(
            minus("psnr", "gan", "mean_face", "PSNR − mean face (dB)", high=0.0, form="+.2f"),
            of("input_dependence", "gan", "input dependence", high=0.1, form=".1%"),
            of("output_diversity", "gan", "output diversity"),
            of("d_accuracy_fake", "gan", "discriminator accuracy fake", form=".1%"),
        ),
        yes="Without reconstruction it fails to converge: {0} dB against the mean face, {1} of the "
        "outputs nearest to their own input, outputs {2} times as diverse as faces, and a "
        "discriminator that recognizes {3} of them.",
        no="Without reconstruction it was expected to fail and does not: {0} dB against the mean "
        "face, {1} of the outputs nearest to their own input.",
    ),
    # --- The learning rate ---------------------------------------------------------------------
    Claim(
        name="slower_autoencoder",
        statement="The autoencoder's learning rate of 2e-4 could be reduced",
        source="April 1, verification test 1",
        kind="finding",
        about="rate",
        document="by eye",
        anchor="Is-the-learning-rate-right?",
        readings=alone(
            _calmer("autoencoder_slow", "autoencoder"),
            minus(
                "psnr", "autoencoder_slow", "autoencoder", "PSNR gained (dB)", low=0.0, form="+.2f"
            ),
        ),
        yes="Half the learning rate serves the autoencoder: its volatility is {0} times as "
        "large, and "
        "it changes PSNR by {1} dB.",
        no="Half the learning rate does not serve the autoencoder: its volatility is {0} times as "
        "large, and it changes PSNR by {1} dB.",
    ),
    Claim(
        name="slower_is_calmer",
        statement="A lower learning rate makes the reconstruction loss of the mix less volatile",
        source="April 1, α = 1, β = 0.005",
        kind="finding",
        about="rate",
        document="expected",
        anchor="Is-the-learning-rate-right?",
        readings=alone(_calmer("weighted", "weighted_fast")),
        yes="Halving the mix's learning rate calms the reconstruction loss: {0} times the "
        "volatility.",
        no="Halving the mix's learning rate does not calm its reconstruction loss: {0} times the "
        "volatility.",
    ),
    Claim(
        name="slower_is_better_sooner",
        statement="A lower learning rate gives the mix better performance in less training time",
        source="April 1, α = 1, β = 0.005",
        kind="finding",
        about="rate",
        document="expected",
        anchor="Is-the-learning-rate-right?",
        readings=alone(
            minus("psnr", "weighted", "weighted_fast", "PSNR gained (dB)", low=0.2, form="+.2f"),
            Measure(
                "epochs to a common level, as a share of those at the higher rate",
                lambda seed: relative_time(seed.epochs, "weighted", "weighted_fast"),
                high=0.95,
                ratio=True,
            ),
        ),
        yes="It is also better sooner: {0} dB, in {1} times the epochs.",
        no="It is not better sooner: it changes PSNR by {0} dB and needs {1} times the epochs to "
        "the "
        "level that both reach.",
    ),
    # --- The mix -------------------------------------------------------------------------------
    Claim(
        name="spike_and_recovery",
        statement="With α = 1, β = 0.005 the loss spikes and recovers, because the AE loss holds "
        "it",
        source="April 1, α = 1, β = 0.005",
        kind="finding",
        about="mix",
        document="one spike, by eye",
        anchor="weighted-Losses",
        readings=alone(
            Measure("spikes", lambda seed: len(_spikes(seed, "weighted")), low=1.0, form=".1f"),
            Measure(
                "share that recovers",
                lambda seed: _recovered(seed, "weighted"),
                low=1.0,
                form=".0%",
            ),
        ),
        yes="The mix spikes {0} times a run, and {1} of its spikes recover.",
        no="The mix does not show spikes that recover: it spikes {0} times a run.",
    ),
    Claim(
        name="mix_fools",
        statement="The mix of both losses lets the discriminator be fooled",
        source="April 1, verification test 2",
        kind="finding",
        about="mix",
        document="hoped",
        anchor="The-discriminator",
        readings=alone(
            minus(
                "d_accuracy_fake",
                "weighted",
                "gan",
                "accuracy on reconstructions − gan's",
                high=-0.01,
                form="+.1%",
            ),
            of("d_accuracy_fake", "weighted", "accuracy on reconstructions", form=".1%"),
        ),
        yes="With reconstruction in the mix the discriminator is fooled more often than without: "
        "it "
        "recognizes {1} of the reconstructions, {0} against gan.",
        no="The mix does not fool the discriminator: it recognizes {1} of the reconstructions, {0} "
        "against gan.",
    ),
    Claim(
        name="mix_converges",
        statement="The mix of both losses prevents convergence failure",
        source="April 1, verification test 2",
        kind="finding",
        about="mix",
        document="hoped",
        anchor="weighted-Input-and-output",
        readings=alone(
            minus("psnr", "weighted", "mean_face", "PSNR − mean face (dB)", low=3.0, form="+.2f"),
            of("input_dependence", "weighted", "input dependence", low=0.9, form=".0%"),
        ),
        yes="Where the adversary alone fails, the mix converges: {0} dB against the mean face, {1} "
        "of the outputs nearest to their own input.",
        no="The mix does not prevent convergence failure: {0} dB against the mean face, {1} of the "
        "outputs nearest to their own input.",
    ),
    # --- Pretrained ----------------------------------------------------------------------------
    Claim(
        name="pretrained_disconnects",
        statement="GAN training disconnects a pretrained autoencoder's output from its input",
        source="April 1, pre-trained AE",
        kind="finding",
        about="pretrained",
        document="by eye",
        anchor="pretrained-Input-and-output",
        readings=alone(
            of("input_dependence", "autoencoder", "input dependence before", low=0.9, form=".1%"),
            of("input_dependence", "pretrained", "after", high=0.5, form=".1%"),
        ),
        yes="GAN training makes a pretrained autoencoder forget its input: {0} of its outputs were "
        "nearest to their own input before, {1} are after.",
        no="A pretrained autoencoder that knows its input and is made to forget it is not seen: "
        "{0} of its outputs were nearest to their own input before GAN training, {1} are after.",
    ),
    Claim(
        name="pretrained_same_images",
        statement="A pretrained autoencoder's images tend to be the same whatever the input",
        source="April 1, pre-trained AE",
        kind="finding",
        about="pretrained",
        document="by eye",
        anchor="Epoch-by-epoch",
        readings=alone(of("output_diversity", "pretrained", "output diversity", high=0.5)),
        yes="Its images become nearly the same: {0} times as diverse as faces.",
        no="Its images do not become the same: they stay {0} times as diverse as faces, though "
        "they no longer follow them.",
    ),
)
