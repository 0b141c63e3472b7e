"""April 20, "AE-GAN Optimizations": version 5, the metrics table, vector arithmetic."""

from collections.abc import Callable, Sequence

import pandas as pd

from aegan_lib.claims.claim import Claim, Measure, Seed, alone, minus, of, over
from aegan_lib.models import build_models
from aegan_lib.profiles import PROFILES

TABLE = ("weighted", "v1", "v4", "v5")  # the columns of the documents' table
DRAWN = ("v1", "v4", "v5")  # the versions whose vector arithmetic is shown
FULL = PROFILES["full"]


def _of_all(
    metrics: Sequence[str],
    pick: Callable[[pd.DataFrame], float],
    versions: Sequence[str] = TABLE,
) -> Callable[[Seed], float]:
    """The smallest or largest of some metrics over some versions."""
    return lambda seed: float(pick(seed.metrics.loc[list(versions), list(metrics)]))


def _exactly(label: str, value: Callable[[], int], expected: int) -> Measure:
    return Measure(label, lambda _: value(), low=expected, high=expected, form=",.0f")


def _parameters(*parts: str) -> int:
    models = build_models(FULL.image_size, FULL.filters, FULL.latent_dim).parts()
    return sum(models[part].count_params() for part in parts)


def _allowed_bce(seed: Seed) -> float:
    """v1's total is at least 2 * sqrt(beta * bce), so it bounds the bce from above."""
    return float((0.017 / 2) ** 2 / seed.settings["v1"]["beta"])


VERSION_5_AND_TABLE = (
    # --- Version 5 -----------------------------------------------------------------------------
    *(
        Claim(
            f"v5_like_{baseline}",
            f"Version 5 is almost identical to the baseline, taken as {baseline}",
            "April 20, version 5", "finding", "v5", "114.7 against 112.9: 1.02",
            "v5-Input-and-output",
            alone(
                over("laplacian_variance", "v5", baseline, "blur factor ratio",
                      low=0.9, high=1.1),
                minus("psnr", "v5", baseline, "PSNR difference (dB)",
                      low=-0.5, high=0.5, form="+.2f"),
                Measure(
                    "batches with its BCE branch active",
                    lambda seed: float((seed.histories["v5"]["weight_bce"] > 0).mean()),
                    form=".1%",
                ),
            ),
            f"v5 is almost identical to {baseline}: {{0}} times its blur factor, {{1}} dB. Its "
            "BCE branch was active in {2} of the batches.",
            f"v5 is not identical to {baseline}: {{0}} times its blur factor, {{1}} dB. Its BCE "
            "branch was active in {2} of the batches.",
        )
        for baseline in ("weighted", "autoencoder_slow")
    ),
    # --- The table -----------------------------------------------------------------------------
    Claim(
        "discriminator_wins",
        "The discriminator is right nearly always, in every version",
        "April 20, metrics", "finding", "discriminator", "≥ 97.8 %",
        "Numbers",
        alone(
            Measure(
                "smallest accuracy of all",
                _of_all(["d_accuracy_real", "d_accuracy_fake"], lambda t: t.min(axis=None)),
                low=0.978, form=".1%",
            ),
        ),
        "The discriminator wins in every version, with {0} right at the least.",
        "The discriminator does not win in every version: {0} right at the least.",
    ),
    Claim(
        "discriminator_certain",
        "The discriminator's losses are all but 0, in every version",
        "April 20, metrics", "finding", "discriminator", "≤ 2.1e-8",
        "Numbers",
        alone(
            Measure(
                "largest loss of all (nats)",
                _of_all(["d_loss_real", "d_loss_fake"], lambda t: t.max(axis=None)),
                high=1e-3, form=".2g",
            ),
        ),
        "It is certain of itself: no loss above {0} nats.",
        "It is not as certain of itself as there: its losses go up to {0} nats.",
    ),
    Claim(
        "generator_loss",
        "The generator's loss is 0.694 in the baseline, 0.017 in v1 and v4, 0.707 in v5",
        "April 20, metrics", "finding", "discriminator", "0.694, 0.017, 0.017, 0.707",
        "Numbers",
        alone(
            Measure("bce that v1's 0.017 allows", _allowed_bce, form=".3f"),
            of("bce", "v1", "v1's bce here"),
            Measure("mse that v5's 0.707 needs", lambda _: 0.707 / 2, form=".2f"),
            of("mse", "v5", "v5's mse here", form=".4f"),
        ),
        "",
        "The documents' row of generator losses cannot be the losses that were trained: v1's "
        "would need a bce of at most {0} (here {1}) from a discriminator that is nearly always "
        "right, v5's an mse of at least {2} (here {3}).",
        comparable=False,
    ),
    Claim(
        "arithmetic",
        "In versions 1, 4 and 5, smiling women − neutral women + neutral men gives smiling men",
        "April 20, vector arithmetic", "finding", "arithmetic", "by eye",
        "The-latent-space",
        alone(
            Measure(
                "read as smiling men, the fewest of the three",
                _of_all(["smiling_men_averages"], lambda t: t.min(axis=None), DRAWN),
                low=0.8, form=".1%",
            ),
            Measure(
                "without the arithmetic, the most",
                _of_all(["smiling_men_before"], lambda t: t.max(axis=None), DRAWN),
                high=0.1, form=".1%",
            ),
        ),
        "The documents' arithmetic works: averages of three give smiling men in {0} of the draws "
        "at the least, where {1} at the most passed for such before.",
        "The documents' arithmetic does not always work: averages of three give smiling men in "
        "{0} of the draws at the least, where {1} at the most passed for such before.",
    ),
    Claim(
        "generator_parameters", "The generator has 3,222,587 trainable parameters",
        "April 20, metrics", "identity", "size", "3,222,587", "Numbers",
        alone(_exactly("parameters at full size",
                       lambda: _parameters("encoder", "decoder"), 3_222_587)),
        "The generator has the documents' 3,222,587 parameters.",
        "The generator does not have the documents' 3,222,587 parameters.",
    ),
    Claim(
        "discriminator_parameters", "The discriminator has 1,651,841 parameters",
        "April 20, metrics", "identity", "size", "1,651,841", "Numbers",
        alone(_exactly("parameters at full size",
                       lambda: _parameters("discriminator"), 1_651_841)),
        "The discriminator has the documents' 1,651,841 parameters.",
        "The discriminator does not have the documents' 1,651,841 parameters.",
    ),
    Claim(
        "batches_per_epoch", "50,000 images in batches of 256 make 195 batches per epoch",
        "April 20, batch size", "identity", "size", "195",
        "What-differs-from-the-documents",
        alone(_exactly("batches per epoch at full size",
                       lambda: FULL.batches_per_epoch, 195)),
        "An epoch at full size has 195 batches.", "An epoch at full size has not 195 batches.",
    ),
    Claim(
        "latent_dim", "The latent space has 100 nodes",
        "April 20, metrics", "identity", "size", "100", "Numbers",
        alone(_exactly("latent_dim at full size", lambda: FULL.latent_dim, 100)),
        "The code has 100 numbers.", "The code has not 100 numbers.",
    ),
)  # fmt: skip
