"""April 20, "AE-GAN Optimizations": version 4, whose adversary grows as the loss flattens."""

from aegan_lib.claims.claim import Claim, Measure, SeedRuns, alone, over
from aegan_lib.evaluation.histories import (
    adversarial_share,
    beta_after_the_turn,
    beta_growth,
    schedule_error,
    slopes,
)
from aegan_lib.schedules import SlopeSchedule


def _schedule(seed: SeedRuns) -> SlopeSchedule:
    schedule = seed.versions["v4"].beta
    assert isinstance(schedule, SlopeSchedule)
    return schedule


def _more_adversarial(other: str) -> Measure:
    def value(seed: SeedRuns) -> float:
        one, two = (adversarial_share(seed.histories[name]).mean() for name in ("v4", other))
        return one / two

    label = f"adversarial share of the gradient, v4 / {other}"
    return Measure(label, value, low=1.2, ratio=True)


def _rising(seed: SeedRuns) -> float:
    slope = slopes(seed.histories["v4"]["mse"], _schedule(seed).window)
    return float((slope > 0).mean())


VERSION_4 = (
    # --- Version 4 -----------------------------------------------------------------------------
    Claim(
        name="v4_schedule",
        statement="Version 4's β is capped, and 0 until more than 50 batches are recorded",
        source="April 20, version 4",
        kind="identity",
        about="v4",
        document="stated",
        anchor="v4-Losses",
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
    ),
    Claim(
        name="v4_beta_rises",
        statement="Version 4's β rises as the reconstruction loss flattens towards the end",
        source="April 20, version 4",
        kind="finding",
        about="v4",
        document="intended",
        anchor="The-derivative-graph",
        readings=alone(
            Measure(
                "median β, last quarter / first",
                lambda seed: beta_growth(seed.histories["v4"]),
                low=2.0,
                ratio=True,
            ),
        ),
        yes="v4's β rises as training flattens: its median in the last quarter is {0} times that "
        "in "
        "the first.",
        no="v4's β hardly rises with training: its median in the last quarter is {0} times that in "
        "the first.",
    ),
    Claim(
        name="v4_beta_symmetric",
        statement="Once the slope turns positive, version 4's β decreases as it increased before",
        source="April 20, version 4",
        kind="finding",
        about="v4",
        document="intended",
        anchor="The-derivative-graph",
        readings=alone(
            Measure(
                "median β, slope positive / negative",
                lambda seed: beta_after_the_turn(seed.histories["v4"], _schedule(seed).window),
                low=0.5,
                high=2.0,
                ratio=True,
            ),
            Measure("batches with positive slope", _rising, form=".0%"),
        ),
        yes="A rising loss is treated like a falling one: its median β is {0} times as large where "
        "the slope is positive, which it is in {1} of the batches.",
        no="A rising loss is not treated like a falling one: median β is {0} times as large where "
        "the slope is positive, which it is in {1} of the batches.",
    ),
    Claim(
        name="v4_twice_as_sharp",
        statement="Version 4 is about twice as sharp as the baseline",
        source="April 20, metrics",
        kind="finding",
        about="v4",
        document="232.1 against 112.9: 2.06",
        anchor="What-sharpness-hides",
        readings={
            baseline: (
                over(
                    "laplacian_variance",
                    "v4",
                    baseline,
                    f"blur factor, v4 / {baseline}",
                    low=1.5,
                    high=2.7,
                ),
            )
            for baseline in ("weighted", "autoencoder")
        },
        yes="v4 is about twice as sharp as the baseline: {0} times weighted's blur factor, {1} "
        "times "
        "autoencoder's.",
        no="v4 is not twice as sharp as either candidate for the baseline: {0} times weighted's "
        "blur factor, {1} times autoencoder's.",
    ),
    Claim(
        name="v4_eyes",
        statement="Version 4's eyes are much more prominent",
        source="April 20, version 4",
        kind="finding",
        about="v4",
        document="by eye",
        anchor="v4-Input-and-output",
        readings={
            other: (
                over(
                    "eye_sharpness",
                    "v4",
                    other,
                    f"sharpness inside the eyes, v4 / {other}",
                    low=1.2,
                ),
            )
            for other in ("weighted", "v1")
        },
        yes="v4's eyes are more prominent: {0} times as sharp as weighted's, {1} times as v1's.",
        no="v4's eyes are not more prominent: {0} times as sharp as weighted's, {1} times as v1's.",
    ),
    Claim(
        name="v4_more_adversarial",
        statement="The GAN loss is more active in version 4, which would be why its eyes are "
        "prominent",
        source="April 20, version 4",
        kind="finding",
        about="v4",
        document="supposed",
        anchor="Gradients-at-the-reconstruction",
        readings={other: (_more_adversarial(other),) for other in ("weighted", "v1")},
        yes="The GAN loss is more active in v4: its share of the gradient is {0} times weighted's "
        "and {1} times v1's.",
        no="The GAN loss is not more active in v4: its share of the gradient is {0} times "
        "weighted's and {1} times v1's.",
    ),
    Claim(
        name="v4_blurry",
        statement="Version 4's images are still pretty blurry",
        source="April 20, version 4 and metrics",
        kind="finding",
        about="v4",
        document="232.1 of 658.3: 0.35",
        anchor="What-sharpness-hides",
        readings=alone(over("laplacian_variance", "v4", "raw", "blur factor / raw", high=0.5)),
        yes="v4 stays blurry: {0} times the raw faces' blur factor.",
        no="v4 is not blurry: {0} times the raw faces' blur factor.",
    ),
)
