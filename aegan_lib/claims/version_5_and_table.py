"""April 20, "AE-GAN Optimizations": version 5, the metrics table, vector arithmetic."""

from collections.abc import Callable, Sequence

import pandas as pd

from aegan_lib.claims.claim import Claim, Measure, SeedRuns, alone, minus, of, over
from aegan_lib.evaluation.results import Key
from aegan_lib.models import build_models
from aegan_lib.profiles import PROFILES

TABLE = ("weighted", "v1", "v4", "v5")  # the columns of the documents' table
DRAWN = ("v1", "v4", "v5")  # the versions whose vector arithmetic is shown
FULL = PROFILES["full"]


def _of_all(
    keys: Sequence[Key],
    pick: Callable[[pd.Series], float],
    versions: Sequence[str] = TABLE,
) -> Callable[[SeedRuns], float]:
    """The smallest or largest of some metrics over some versions."""

    def value(seed: SeedRuns) -> float:
        return pick(pd.Series([seed.value(version, key) for version in versions for key in keys]))

    return value


def _exactly(label: str, value: Callable[[], int], expected: int) -> Measure:
    return Measure(label, lambda _: value(), low=expected, high=expected, form=",.0f")


def _parameters(*parts: str) -> int:
    models = build_models(FULL.image_size, FULL.filters, FULL.latent_dim).parts()
    return sum(models[part].count_params() for part in parts)


def _allowed_bce(seed: SeedRuns) -> float:
    """v1's total is at least 2 * sqrt(beta * bce), so it bounds the bce from above."""
    beta = seed.versions["v1"].beta
    assert not callable(beta)
    return (0.017 / 2) ** 2 / beta


VERSION_5_AND_TABLE = (
    # --- Version 5 -----------------------------------------------------------------------------
    *(
        Claim(
            name=f"v5_like_{baseline}",
            statement=f"Version 5 is almost identical to the baseline, taken as {baseline}",
            source="April 20, version 5",
            kind="finding",
            about="v5",
            document="114.7 against 112.9: 1.02",
            anchor="v5-Input-and-output",
            readings=alone(
                over("laplacian_variance", "v5", baseline, "blur factor ratio", low=0.9, high=1.1),
                minus(
                    "psnr", "v5", baseline, "PSNR difference (dB)", low=-0.5, high=0.5, form="+.2f"
                ),
                Measure(
                    "batches with its BCE branch active",
                    lambda seed: float((seed.histories["v5"]["weight_bce"] > 0).mean()),
                    form=".1%",
                ),
            ),
            yes=f"v5 is almost identical to {baseline}: {{0}} times its blur factor, {{1}} dB. Its "
            "BCE branch was active in {2} of the batches.",
            no=f"v5 is not identical to {baseline}: {{0}} times its blur factor, {{1}} dB. Its BCE "
            "branch was active in {2} of the batches.",
        )
        for baseline in ("weighted", "autoencoder_slow")
    ),
    # --- The table -----------------------------------------------------------------------------
    Claim(
        name="discriminator_wins",
        statement="The discriminator is right nearly always, in every version",
        source="April 20, metrics",
        kind="finding",
        about="discriminator",
        document="≥ 97.8 %",
        anchor="Numbers",
        readings=alone(
            Measure(
                "smallest accuracy of all",
                _of_all(["d_accuracy_real", "d_accuracy_fake"], pd.Series.min),
                low=0.978,
                form=".1%",
            ),
        ),
        yes="The discriminator wins in every version, with {0} right at the least.",
        no="The discriminator does not win in every version: {0} right at the least.",
    ),
    Claim(
        name="discriminator_certain",
        statement="The discriminator's losses are all but 0, in every version",
        source="April 20, metrics",
        kind="finding",
        about="discriminator",
        document="≤ 2.1e-8",
        anchor="Numbers",
        readings=alone(
            Measure(
                "largest loss of all (nats)",
                _of_all(["d_loss_real", "d_loss_fake"], pd.Series.max),
                high=1e-3,
                form=".2g",
            ),
        ),
        yes="It is certain of itself: no loss above {0} nats.",
        no="It is not as certain of itself as there: its losses go up to {0} nats.",
    ),
    Claim(
        name="generator_loss",
        statement="The generator's loss is 0.694 in the baseline, 0.017 in v1 and v4, 0.707 in v5",
        source="April 20, metrics",
        kind="finding",
        about="discriminator",
        document="0.694, 0.017, 0.017, 0.707",
        anchor="Numbers",
        readings=alone(
            Measure("bce that v1's 0.017 allows", _allowed_bce, form=".3f"),
            of("bce", "v1", "v1's bce here"),
            Measure("mse that v5's 0.707 needs", lambda _: 0.707 / 2, form=".2f"),
            of("mse", "v5", "v5's mse here", form=".4f"),
        ),
        yes="",
        no="The documents' row of generator losses cannot be the losses that were trained: v1's "
        "would need a bce of at most {0} (here {1}) from a discriminator that is nearly always "
        "right, v5's an mse of at least {2} (here {3}).",
        comparable=False,
    ),
    Claim(
        name="arithmetic",
        statement="In versions 1, 4 and 5, smiling women − neutral women + neutral men gives "
        "smiling men",
        source="April 20, vector arithmetic",
        kind="finding",
        about="arithmetic",
        document="by eye",
        anchor="The-latent-space",
        readings=alone(
            Measure(
                "read as smiling men, the fewest of the three",
                _of_all([("smiling_men", "averages of 3")], pd.Series.min, DRAWN),
                low=0.8,
                form=".1%",
            ),
            Measure(
                "without the arithmetic, the most",
                _of_all([("smiling_men", "unedited")], pd.Series.max, DRAWN),
                high=0.1,
                form=".1%",
            ),
        ),
        yes="The documents' arithmetic works: averages of three give smiling men in {0} of the "
        "draws "
        "at the least, where {1} at the most passed for such before.",
        no="The documents' arithmetic does not always work: averages of three give smiling men in "
        "{0} of the draws at the least, where {1} at the most passed for such before.",
    ),
    Claim(
        name="generator_parameters",
        statement="The generator has 3,222,587 trainable parameters",
        source="April 20, metrics",
        kind="identity",
        about="size",
        document="3,222,587",
        anchor="Numbers",
        readings=alone(
            _exactly(
                "parameters at full size", lambda: _parameters("encoder", "decoder"), 3_222_587
            )
        ),
        yes="The generator has the documents' 3,222,587 parameters.",
        no="The generator does not have the documents' 3,222,587 parameters.",
    ),
    Claim(
        name="discriminator_parameters",
        statement="The discriminator has 1,651,841 parameters",
        source="April 20, metrics",
        kind="identity",
        about="size",
        document="1,651,841",
        anchor="Numbers",
        readings=alone(
            _exactly("parameters at full size", lambda: _parameters("discriminator"), 1_651_841)
        ),
        yes="The discriminator has the documents' 1,651,841 parameters.",
        no="The discriminator does not have the documents' 1,651,841 parameters.",
    ),
    Claim(
        name="batches_per_epoch",
        statement="50,000 images in batches of 256 make 195 batches per epoch",
        source="April 20, batch size",
        kind="identity",
        about="size",
        document="195",
        anchor="What-differs-from-the-documents",
        readings=alone(
            _exactly("batches per epoch at full size", lambda: FULL.batches_per_epoch, 195)
        ),
        yes="An epoch at full size has 195 batches.",
        no="An epoch at full size has not 195 batches.",
    ),
    Claim(
        name="latent_dim",
        statement="The latent space has 100 nodes",
        source="April 20, metrics",
        kind="identity",
        about="size",
        document="100",
        anchor="Numbers",
        readings=alone(_exactly("latent_dim at full size", lambda: FULL.latent_dim, 100)),
        yes="The code has 100 numbers.",
        no="The code has not 100 numbers.",
    ),
)
