"""April 1, "AE GAN Experiments": the two limits, the learning rate, the mix, a pretrained start."""

import math
from collections.abc import Sequence

from aegan_lib.claims.claim import Claim, Measure, SeedRuns, alone, minus, of, over
from aegan_lib.evaluation.diagnosis import unrest
from aegan_lib.evaluation.histories import calmer, relative_time, spikes, volatility
from aegan_lib.evaluation.results import REAL_DISTANCE, SETTLED_FAKE
from aegan_lib.verification.comparison import TOLERANCE

WITH = ("autoencoder", "weighted", "weighted_fast", "v1", "v4", "v5")  # whose loss has mse in it
WITHOUT = ("gan", "gan_slow", "pretrained")
# The weights of the pretrained run are left open: a GAN's, or those of the section before it.
PRETRAINED = {
    "α = 0, β = 1": ("pretrained", "gan"),
    "α = 1, β = 0.005": ("pretrained_mix", "weighted_fast"),
}


def _limit(limit: str) -> Measure:
    return Measure(
        "largest difference / movement",
        lambda seed: seed.verification.at[limit, "largest_ratio"],
        high=TOLERANCE,
        form=".1e",
    )


def _calmer(slow: str, fast: str) -> Measure:
    def value(seed: SeedRuns) -> float:
        return calmer(*(seed.histories[name]["mse"] for name in (slow, fast)))

    return Measure(
        "volatility", value, f"volatility that batches do not share, {slow} / {fast}", ratio=True
    )


def _calmer_where_unstable(seed: SeedRuns) -> float:
    slow, fast = (seed.histories[name]["bce"] for name in ("gan_slow", "gan"))
    return volatility(slow) / volatility(fast) if unrest(fast) else math.nan


def _spikes(seed: SeedRuns) -> float:
    """How many spikes recover; NaN without any."""
    history = seed.histories["weighted"]
    found = [spike.end is not None for loss in ("mse", "bce") for spike in spikes(history[loss])]
    return sum(found) if found else math.nan


def _recovered(seed: SeedRuns, versions: Sequence[str]) -> float:
    found = [
        spike.end is not None
        for name in versions
        for loss in ("mse", "bce")
        for spike in spikes(seed.histories[name][loss])
    ]
    return sum(found) / len(found) if found else math.nan


EXPERIMENTS = (
    # --- The limits ----------------------------------------------------------------------------
    Claim(
        name="limit_autoencoder",
        statement="With α = 1, β = 0 training gives what a typical autoencoder gives",
        quote="should get same result as training a typical autoencoder",
        source="April 1, verification test 1",
        kind="identity",
        document="by eye",
        anchor="Verification",
        readings=alone(
            _limit("autoencoder"),
            of("way", "autoencoder", "way from the mean face to PCA", form=".0%"),
        ),
        yes="At α = 1, β = 0 the training is an autoencoder's, weight by weight, and covers {1} of "
        "the way from the mean face to PCA.",
        no="At α = 1, β = 0 the training is not an autoencoder's: the step is broken.",
        turns="one weight that moves otherwise than under Keras' own training",
    ),
    Claim(
        name="limit_gan",
        statement="With α = 0, β = 1 training gives what a typical GAN gives",
        quote="should get same result as training a typical GAN",
        source="April 1, verification test 2",
        kind="identity",
        document="by eye",
        anchor="Verification",
        readings=alone(_limit("gan")),
        yes="At α = 0, β = 1 it is a GAN's, weight by weight.",
        no="At α = 0, β = 1 it is not a GAN's: the step is broken.",
        turns="one weight that moves otherwise than under Keras' own training",
    ),
    Claim(
        name="silent_adversary",
        statement="Since β = 0, the GAN loss has no effect on the training",
        quote="Since beta = 0, the GAN loss has no effect on the model's training.",
        source="April 1, verification test 1",
        kind="identity",
        document="stated",
        anchor="Learning-curves",
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
        turns="one batch in which bce has a weight",
    ),
    Claim(
        name="gan_fails",
        statement="With α = 0, β = 1 the training will likely fail to converge",
        quote="This test will likely result in failure to converge",
        source="April 1, verification test 2",
        kind="expected",
        document="expected",
        anchor="Faces",
        readings=alone(
            of("output_diversity", "gan", "output diversity"),
            over(REAL_DISTANCE, "gan", "autoencoder",
                 "distance to real faces, over the autoencoder's"),
            of(SETTLED_FAKE, "gan", "discriminator's accuracy on reconstructions",
               label="discriminator's accuracy on reconstructions, last 3 epochs", form=".1%",
               share=True),
            minus("psnr", "gan", "mean_face", "PSNR − mean face (dB)", form="+.2f"),
            of("input_dependence", "gan", "input dependence", form=".1%", share=True),
        ),
        yes="Without reconstruction it fails to converge: its outputs are {0} times as varied as "
        "faces and {1} times as far from real ones as the autoencoder's, and its discriminator "
        "recognizes {2} of them.",
        no="Without reconstruction it was expected to fail. Its outputs are {0} times as varied as "
        "faces and {1} times as far from real ones as the autoencoder's, and its discriminator "
        "recognizes {2} of them.",
        turns="outputs that are varied, near real faces, or pass for real",
    ),
    Claim(
        name="gan_fails_why",
        statement="It fails because the generator is shaped like an autoencoder",
        quote="because the generator is shaped like an autoencoder not a typical GAN generator",
        source="April 1, verification test 2",
        kind="inferred",
        document="a cause",
        anchor="",
        readings={},
        yes="",
        no="Whether the autoencoder's shape is the reason needs a network that is none: "
        "docs/guesses.md trains the same decoder on noise.",
        turns="a decoder fed with noise that converges where this one does not",
        apart="measured elsewhere",
    ),
    # --- The learning rate ---------------------------------------------------------------------
    Claim(
        name="slower_autoencoder",
        statement="The autoencoder's learning rate of 2e-4 could be reduced",
        quote="Learning rate could be reduced.",
        source="April 1, verification test 1",
        kind="inferred",
        document="by eye",
        anchor="Is-the-learning-rate-right?",
        readings=alone(
            _calmer("autoencoder_slow", "autoencoder"),
            minus("psnr", "autoencoder_slow", "autoencoder",
                  "PSNR gained after as many epochs (dB)", form="+.2f"),
        ),
        yes="Half the learning rate calms the autoencoder: {0} times the volatility that its "
        "batches do not explain. After as many epochs it has {1} dB, which says how far it is "
        "rather than how good it gets.",
        no="Half the learning rate does not calm the autoencoder: {0} times the volatility that "
        "its batches do not explain.",
        turns="a loss that trembles less at half the rate, its batches left out",
    ),
    Claim(
        name="slower_is_calmer",
        statement="A lower learning rate makes the reconstruction loss of the mix less volatile",
        quote="due to the volatility of the reconstruction loss",
        source="April 1, α = 1, β = 0.005",
        kind="inferred",
        document="a cause",
        anchor="Is-the-learning-rate-right?",
        readings=alone(_calmer("weighted", "weighted_fast")),
        yes="Halving the mix's learning rate calms the reconstruction loss: {0} times the "
        "volatility that its batches do not explain.",
        no="Halving the mix's learning rate does not calm its reconstruction loss: {0} times the "
        "volatility that its batches do not explain.",
        turns="a loss that trembles less at half the rate, its batches left out",
    ),
    Claim(
        name="slower_is_better_sooner",
        statement="A lower learning rate gives the mix better performance in less training time",
        quote="I'm hoping this will provide better performance and reduce training time",
        source="April 1, α = 1, β = 0.005",
        kind="hoped",
        document="hoped",
        anchor="Is-the-learning-rate-right?",
        readings=alone(
            minus("psnr", "weighted", "weighted_fast", "PSNR gained (dB)", form="+.2f"),
            Measure(
                "epochs to a common level",
                lambda seed: relative_time(seed.epochs, "weighted", "weighted_fast"),
                "epochs to a common level, over those at the higher rate",
                ratio=True,
            ),
        ),
        yes="It is also better sooner, as was hoped: {0} dB, in {1} times the epochs.",
        no="The hope that it would be better sooner does not come true: it changes PSNR by {0} dB "
        "and needs {1} times the epochs to the level that both reach.",
        turns="a longer training, in which the lower rate overtakes the higher",
    ),
    Claim(
        name="rule_of_thumb",
        statement="A loss that goes up and down violently needs a lower learning rate",
        quote="If loss is unstable (going up and down violently). Need to reduce learning rate.",
        source="April 1, note on learning rate",
        kind="expected",
        document="a rule of thumb",
        anchor="Is-the-learning-rate-right?",
        readings=alone(
            Measure(
                "volatility", _calmer_where_unstable, "volatility of bce, gan_slow / gan",
                ratio=True,
            ),
        ),
        yes="The rule of thumb helps where it is meant to: at half the rate the GAN's loss has {0} "
        "times the volatility.",
        no="The rule of thumb does not help where it is meant to: at half the rate the GAN's loss "
        "has {0} times the volatility.",
        turns="an unstable loss that stays so at half the rate, or at less",
    ),
    # --- The mix -------------------------------------------------------------------------------
    Claim(
        name="spike",
        statement="With α = 1, β = 0.005 the loss spikes and recovers",
        quote="Notice the spike, then recovery?",
        source="April 1, α = 1, β = 0.005",
        kind="observed",
        document="one spike, by eye",
        anchor="Is-the-learning-rate-right?",
        readings=alone(Measure("spikes", _spikes, "spikes that recover", form=".1f")),
        yes="The mix spikes and recovers {0} times in the runs where it spikes.",
        no="The mix spikes, and does not recover.",
        turns="a spike: ten batches at twice the level of the two hundred before",
    ),
    Claim(
        name="recovery",
        statement="The AE loss keeps the GAN loss under control, so that the network recovers",
        quote="AE loss seems to keep GAN loss under control, potentially causing the network to "
        "recover from convergence failure?",
        source="April 1, α = 1, β = 0.005",
        kind="inferred",
        document="a question",
        anchor="Is-the-learning-rate-right?",
        readings=alone(
            Measure(
                "recovered with the AE loss, less those without it",
                lambda seed: _recovered(seed, WITH) - _recovered(seed, WITHOUT),
                form="+.0%",
            ),
            Measure("with it", lambda seed: _recovered(seed, WITH), "spikes that recover with it",
                    form=".0%", share=True),
            Measure("without it", lambda seed: _recovered(seed, WITHOUT), "without it",
                    form=".0%", share=True),
        ),
        yes="Spikes recover where the AE loss is trained on, {1} of them, more often than where it "
        "is not, {2}.",
        no="The AE loss is not what makes a network recover: {1} of the spikes do with it and {2} "
        "without.",
        turns="spikes without the AE loss that stay",
    ),
    Claim(
        name="mix_fools",
        statement="The mix of both losses lets the discriminator be fooled",
        quote="I'm hoping the combination between alpha and beta will allow the discriminator to "
        "be fooled",
        source="April 1, verification test 2",
        kind="hoped",
        document="hoped",
        anchor="The-discriminator",
        readings=alone(
            minus(
                SETTLED_FAKE, "weighted", "autoencoder_slow",
                "accuracy on reconstructions, beside no adversary",
                label="accuracy on reconstructions in the last 3 epochs, weighted − "
                "autoencoder_slow",
                form="+.1%",
            ),
            of(SETTLED_FAKE, "weighted", "accuracy on reconstructions", form=".1%", share=True),
        ),
        yes="With an adversary in the mix the discriminator is fooled more often than without, as "
        "was hoped: it recognizes {1} of the reconstructions, {0} beside the twin that it does "
        "not teach.",
        no="The hope that the mix would fool the discriminator does not come true: it recognizes "
        "{1} of the reconstructions, {0} beside the twin that it does not teach.",
        turns="a discriminator that is wrong about more of the mix's reconstructions",
    ),
    Claim(
        name="mix_converges",
        statement="The mix of both losses prevents convergence failure",
        quote="and prevent convergence failure",
        source="April 1, verification test 2",
        kind="hoped",
        document="hoped",
        anchor="Faces",
        readings=alone(
            of("output_diversity", "weighted", "output diversity"),
            over(REAL_DISTANCE, "weighted", "gan", "distance to real faces, over gan's"),
            of("input_dependence", "weighted", "input dependence", form=".1%", share=True),
        ),
        yes="Where the adversary alone fails, the mix converges, as was hoped: outputs {0} times "
        "as varied as faces, {1} times as far from real ones as gan's, and {2} of them nearest to "
        "their own input.",
        no="The hope that the mix would prevent convergence failure does not come true: outputs "
        "{0} times as varied as faces, {1} times as far from real ones as gan's.",
        turns="outputs that are alike, or as far from real faces as gan's",
    ),
    # --- Pretrained ----------------------------------------------------------------------------
    Claim(
        name="pretrained_disconnects",
        statement="After GAN training a pretrained autoencoder's output is disconnected from its "
        "input",
        quote="seems to disconnect the relation between the input and output of the AE",
        source="April 1, pre-trained AE",
        kind="observed",
        document="by eye",
        anchor="Faces",
        readings={
            reading: (
                of("input_dependence", name, "input dependence",
                   label=f"input dependence, {name}", form=".1%", share=True),
            )
            for reading, (name, _) in PRETRAINED.items()
        },
        yes="A pretrained autoencoder forgets its input, at either weights: {0} and {1} of its "
        "outputs are nearest to their own input.",
        no="A pretrained autoencoder does not forget its input, at neither weights: {0} and {1} of "
        "its outputs are nearest to their own input.",
        turns="the weights, which the document does not give: it is seen at α = 0 alone",
    ),
    Claim(
        name="pretraining_is_why",
        statement="It is the pre-trained model that disconnects the relation",
        quote="Using a pre-trained model for the AE seems to disconnect the relation",
        source="April 1, pre-trained AE",
        kind="inferred",
        document="a cause",
        anchor="Faces",
        readings={
            reading: (
                minus("input_dependence", control, name,
                      "input dependence without pre-training, less that with it",
                      label=f"input dependence, {control} − {name}", form="+.1%"),
            )
            for reading, (name, control) in PRETRAINED.items()
        },
        yes="Pre-training is the cause: without it {0} and {1} more of the outputs are nearest to "
        "their own input.",
        no="Pre-training is not the cause: at the same weights without it, {0} and {1} more of the "
        "outputs are nearest to their own input. What forgets is training without the AE loss.",
        turns="the same training from scratch, if it kept its input",
    ),
    Claim(
        name="pretrained_same",
        statement="The pretrained model's images tend to be the same whatever the input",
        quote="Images tend to be the same regardless of the input.",
        source="April 1, pre-trained AE",
        kind="observed",
        document="by eye",
        anchor="Faces",
        readings={
            reading: (
                of("output_diversity", name, "output diversity",
                   label=f"output diversity, {name}"),
            )
            for reading, (name, _) in PRETRAINED.items()
        },
        yes="Its images become nearly the same at either weights: {0} and {1} times as varied as "
        "faces.",
        no="Its images do not become the same at either weights: {0} and {1} times as varied as "
        "faces.",
        turns="the weights, which the document does not give",
    ),
)  # fmt: skip
