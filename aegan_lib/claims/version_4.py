"""April 20, "AE-GAN Optimizations": version 4, whose adversary grows as the loss flattens."""

import numpy as np

from aegan_lib.claims.claim import BASELINES, Claim, Measure, SeedRuns, alone, minus, of, over
from aegan_lib.evaluation.histories import (
    adversarial_share,
    beta_growth,
    schedule_error,
    slopes,
)
from aegan_lib.schedules import SlopeSchedule, replay


def _schedule(seed: SeedRuns) -> SlopeSchedule:
    schedule = seed.versions["v4"].beta
    assert isinstance(schedule, SlopeSchedule)
    return schedule


def _more_adversarial(other: str, name: str) -> Measure:
    def value(seed: SeedRuns) -> float:
        one, two = (adversarial_share(seed.histories[name]).mean() for name in ("v4", other))
        return one / two

    return Measure(name, value, f"adversary's share of the gradient, v4 / {other}", ratio=True)


def _replayed_growth(seed: SeedRuns) -> float:
    """How beta would have grown over v5's losses, which no schedule had a part in."""
    history = seed.histories["v5"]
    beta = replay(_schedule(seed), {"mse": history["mse"].to_numpy()})
    return beta_growth(history.assign(beta=beta))


def _asymmetry(seed: SeedRuns) -> float:
    """Largest relative difference of beta from scale / slope where the loss rises, uncapped."""
    history, schedule = seed.histories["v4"], _schedule(seed)
    slope, beta = slopes(history["mse"], schedule.window), history["beta"]
    rising = (slope > 0) & (beta > 0) & (beta < schedule.ceiling)
    return float(np.abs(beta[rising] * slope[rising] / schedule.scale - 1).max())


def _rising(seed: SeedRuns) -> float:
    slope = slopes(seed.histories["v4"]["mse"], _schedule(seed).window)
    return float((slope.dropna() > 0).mean())


VERSION_4 = (
    # --- Version 4 -----------------------------------------------------------------------------
    Claim(
        name="v4_schedule",
        statement="Version 4's β is capped, and 0 until more than 50 batches are recorded",
        quote="limit max beta to 1",
        source="April 20, version 4, a comment in its code",
        kind="identity",
        document="stated",
        anchor="Learning-curves",
        readings=alone(
            Measure(
                "largest difference of the recorded β from the schedule replayed",
                lambda seed: schedule_error(seed.histories["v4"], _schedule(seed)),
                high=0.0,
                form="g",
            ),
        ),
        yes="v4's β is what its schedule says in every batch, capped and 0 at first.",
        no="v4's recorded β is not what its schedule says.",
        turns="one batch whose recorded β is another",
    ),
    Claim(
        name="v4_symmetric",
        statement="Once the slope turns positive, version 4's β decreases as it increased before",
        quote="if the derivative becomes positive, the beta scalar will decrease the same as it "
        "increased",
        source="April 20, version 4",
        kind="identity",
        document="intended",
        anchor="Version-4's-noise",
        readings=alone(
            Measure("largest relative difference of β from scale / slope", _asymmetry, high=1e-4,
                    form=".0e"),
            Measure("batches with positive slope", _rising, form=".0%", share=True),
        ),
        yes="A rising loss is treated like a falling one, since only the slope's size counts; it "
        "rises in {1} of the batches.",
        no="A rising loss is not treated like a falling one.",
        turns="one batch with a positive slope whose β is not scale / slope",
    ),
    Claim(
        name="a_adjusted",
        statement="The scale of version 4's β had to be adjusted",
        quote="In practice, 'a' (the inverse scalar value) had to be adjusted to tune the "
        "steepness of the curve.",
        source="April 20, version 4",
        kind="observed",
        document="stated",
        anchor="The-versions",
        readings=alone(
            minus("psnr", "v4_quiet", "v4", "PSNR lost at the documents' scale (dB)",
                  label="PSNR, v4_quiet − v4 (dB)", form="+.2f"),
        ),
        yes="The documents' scale does not carry over: tuned to this size (v4_quiet), the same "
        "schedule gains {0} dB.",
        no="The documents' scale carries over: tuned to this size (v4_quiet), the same schedule "
        "changes PSNR by {0} dB.",
        turns="an experiment of the documents' size, where their scale may fit",
    ),
    Claim(
        name="v4_rises",
        statement="Version 4's β rises as the reconstruction loss flattens towards the end",
        quote="make the gan loss beta value increase as the derivative of ae loss approaches 0",
        source="April 20, version 4",
        kind="expected",
        document="intended",
        anchor="Version-4's-noise",
        readings=alone(
            Measure("median β, last quarter over first",
                    lambda seed: beta_growth(seed.histories["v4"]), ratio=True),
            Measure("the same schedule over v5's losses", _replayed_growth, ratio=True),
        ),
        yes="v4's β rises as training goes on: its median in the last quarter is {0} times that in "
        "the first. Replayed over v5's losses, which it had no part in, the schedule gives {1} "
        "times: it follows the noise of single batches, which shrinks in any training.",
        no="v4's β does not rise with training: its median in the last quarter is {0} times that "
        "in the first. Replayed over v5's losses it is {1} times.",
        turns="a slope over many more than 50 batches, in which noise averages out",
    ),
    Claim(
        name="v4_twice",
        statement="Version 4 is about twice as sharp as the baseline",
        quote="",
        source="April 20, metrics",
        kind="inferred",
        document="232.1 against 112.9: 2.06",
        anchor="The-versions",
        readings={
            baseline: (
                over("laplacian_variance", "v4", baseline, "blur factor, over the baseline's",
                     label=f"blur factor, v4 / {baseline}"),
            )
            for baseline in BASELINES
        },
        yes="v4 is about twice as sharp as the baseline: {0} times weighted's blur factor, {1} "
        "times autoencoder_slow's.",
        no="v4 is not twice as sharp as either candidate for the baseline: {0} times weighted's "
        "blur factor, {1} times autoencoder_slow's.",
        turns="which model the documents' baseline was; v4's scale",
    ),
    Claim(
        name="v4_eyes",
        statement="Version 4's eyes are much more prominent",
        quote="Eyes are much more prominent on these images.",
        source="April 20, version 4",
        kind="observed",
        document="by eye",
        anchor="What-sharpness-hides",
        readings=alone(
            over("eye_detail", "v4", "v1", "detail shared inside the eyes, over v1's",
                 label="detail shared inside the eyes, v4 / v1"),
            over("eye_detail", "v4", "weighted", "over weighted's",
                 label="detail shared inside the eyes, v4 / weighted"),
        ),
        yes="v4's eyes show more of the input's: {0} times as much of its detail as v1's, the "
        "version before it.",
        no="v4's eyes do not show more of the input's: {0} times as much of its detail as v1's, "
        "the version before it.",
        turns="eyes that hold more of their input's detail than v1's",
    ),
    Claim(
        name="v4_active",
        statement="The GAN loss is more active in version 4 than in version 1",
        quote="I think that is due to the GAN loss being more active in this model.",
        source="April 20, version 4",
        kind="inferred",
        document="supposed",
        anchor="How-the-losses-pull",
        readings=alone(
            _more_adversarial("v1", "adversary's share of the gradient, over v1's"),
            _more_adversarial("weighted", "over weighted's"),
        ),
        yes="The GAN loss is more active in v4: its share of the gradient is {0} times v1's.",
        no="The GAN loss is not more active in v4: its share of the gradient is {0} times v1's.",
        turns="a larger share of the gradient than v1's",
    ),
    Claim(
        name="v4_eyes_why",
        statement="A more active GAN loss makes eyes more prominent",
        quote="I think that is due to the GAN loss being more active in this model.",
        source="April 20, version 4",
        kind="inferred",
        document="a cause",
        anchor="What-sharpness-hides",
        readings=alone(
            _more_adversarial("v4_quiet", "adversary's share of the gradient, over v4_quiet's"),
            over("eye_detail", "v4", "v4_quiet", "detail shared inside the eyes, over v4_quiet's",
                 label="detail shared inside the eyes, v4 / v4_quiet"),
        ),
        yes="Where the same schedule lets the GAN be heard more, {0} times the share of the "
        "gradient, eyes show more of the input's: {1} times as much detail.",
        no="The same schedule with an adversary that is heard {0} times as much makes eyes that "
        "hold {1} times as much of their input's detail: the GAN's activity is not what makes "
        "them.",
        turns="eyes that hold more detail the more the adversary is heard",
    ),
    Claim(
        name="v4_blurry",
        statement="Version 4's images are still pretty blurry",
        quote="Images are still pretty blury.",
        source="April 20, version 4 and metrics",
        kind="observed",
        document="232.1 of 658.3: 0.35",
        anchor="The-versions",
        readings=alone(
            of("shared_detail", "v4", "shared detail", label="shared detail, v4", form=".1%"),
            over("laplacian_variance", "v4", "raw", "blur factor / raw"),
        ),
        yes="v4 stays blurry: it holds {0} of its input's detail, at {1} times the raw faces' blur "
        "factor.",
        no="v4 is not blurry: it holds {0} of its input's detail.",
        turns="more than half of the input's detail in the output",
    ),
)  # fmt: skip
