"""April 20, "AE-GAN Optimizations": version 5, the metrics table, vector arithmetic."""

import math
from collections.abc import Callable, Mapping
from itertools import combinations

from aegan_lib.claims.claim import BASELINES, Claim, Measure, SeedRuns, alone, minus, of, over
from aegan_lib.evaluation.results import SETTLED_REAL, Key
from aegan_lib.models import build_models
from aegan_lib.profiles import PROFILES

DRAWN = ("v1", "v4", "v5")  # the versions whose vector arithmetic is shown
PROBES = ("smiling_men", "smiling_men_hardened")
FULL = PROFILES["full"]
# The documents' table: discriminator's loss and accuracy, on real and on fake.
DISCRIMINATORS = (
    (1.0542e-12, 1.0), (4.697e-10, 0.9965), (2.069e-8, 0.978), (1.316e-12, 0.9987),
    (1.308e-9, 0.9995), (0.0, 0.9988), (0.0, 0.998), (1.959e-10, 0.9999),
)  # fmt: skip


def _impossible(_: SeedRuns) -> float:
    """How many of the documents' cells no discriminator can have.

    A wrong answer costs ln 2 or more, so a mean loss is at least (1 − accuracy) · ln 2.
    """
    return sum(loss < (1 - accuracy) * math.log(2) for loss, accuracy in DISCRIMINATORS)


def _pairs_in_order(key: Key, order: tuple[str, ...]) -> Callable[[SeedRuns], float]:
    """How many pairs of versions stand in `order`, from the largest value to the smallest."""

    def value(seed: SeedRuns) -> float:
        values = [seed.value(version, key) for version in order]
        return sum(larger > smaller for larger, smaller in combinations(values, 2))

    return value


def _ordered(key: Key, order: Callable[[str], tuple[str, ...]]) -> Mapping[str, tuple[Measure]]:
    name = "pairs in the documents' order, of six"
    return {
        baseline: (
            Measure(name, _pairs_in_order(key, order(baseline)), f"{name}, {baseline}", form=".1f"),
        )
        for baseline in BASELINES
    }


def _beyond_random(seed: SeedRuns) -> float:
    """Smiling men by the documents' sum, less those by averages of anyone: the least of all."""
    return min(
        seed.value(version, (probe, "averages of 3"))
        - seed.value(version, (probe, "averages, shuffled"))
        for version in DRAWN
        for probe in PROBES
    )


def _fewest(case: str) -> Callable[[SeedRuns], float]:
    return lambda seed: min(seed.value(version, (PROBES[1], case)) for version in DRAWN)


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
    Claim(
        name="v5_alike",
        statement="Version 5 is almost identical to the baseline",
        quote="Results are almost identical to the baseline model.",
        source="April 20, version 5",
        kind="observed",
        document="114.7 against 112.9: 1.02",
        anchor="Faces",
        readings={
            baseline: (
                over("laplacian_variance", "v5", baseline, "blur factor, over the baseline's",
                     label=f"blur factor, v5 / {baseline}"),
                minus("psnr", "v5", baseline, "PSNR difference (dB)",
                      label=f"PSNR, v5 − {baseline} (dB)", form="+.2f"),
            )
            for baseline in BASELINES
        }
        | {
            " ": (
                Measure(
                    "batches with its BCE branch active",
                    lambda seed: float((seed.histories["v5"]["weight_bce"] > 0).mean()),
                    form=".1%",
                    share=True,
                ),
            )
        },
        yes="v5 is almost identical to either candidate for the baseline: {0} times weighted's "
        "blur factor, {2} times autoencoder_slow's. Its BCE branch was active in {4} of the "
        "batches.",
        no="v5 is not identical to either candidate for the baseline: {0} times weighted's blur "
        "factor, {2} times autoencoder_slow's.",
        turns="which model the baseline was: v5 is an autoencoder wherever mse < bce, so if it was "
        "like the baseline, the baseline's adversary was silent",
    ),
    # --- The table -----------------------------------------------------------------------------
    Claim(
        name="table_sharpness",
        statement="Version 4 is sharpest, then version 5, the baseline and version 1",
        quote="",
        source="April 20, metrics",
        kind="inferred",
        document="232, 115, 113, 103",
        anchor="The-versions",
        readings=_ordered("laplacian_variance", lambda baseline: ("v4", "v5", baseline, "v1")),
        yes="The documents' order of sharpness is seen: {0} of its six pairs with weighted as the "
        "baseline, {1} with autoencoder_slow.",
        no="The documents' order of sharpness is not seen: {0} of its six pairs with weighted as "
        "the baseline, {1} with autoencoder_slow.",
        turns="a blur factor of v1 below that of a model without an adversary",
    ),
    Claim(
        name="table_accuracy",
        statement="The discriminator knows real faces best in the baseline, then in version 5, 1 "
        "and 4",
        quote="",
        source="April 20, metrics",
        kind="inferred",
        document="100 %, 99.87 %, 99.65 %, 97.80 %",
        anchor="The-discriminator",
        readings=_ordered(SETTLED_REAL, lambda baseline: (baseline, "v5", "v1", "v4")),
        yes="The documents' order of accuracies on real faces is seen: {0} of its six pairs with "
        "weighted as the baseline, {1} with autoencoder_slow.",
        no="The documents' order of accuracies on real faces is not seen: {0} of its six pairs "
        "with weighted as the baseline, {1} with autoencoder_slow.",
        turns="which model the baseline was",
    ),
    Claim(
        name="discriminator_rows",
        statement="The discriminator is right in 97.8 % or more, at losses of 2e-8 or less",
        quote="",
        source="April 20, metrics",
        kind="observed",
        document="≥ 97.8 %, ≤ 2.1e-8",
        anchor="The-documents'-table",
        readings=alone(
            Measure("cells of eight in which loss and accuracy contradict each other", _impossible,
                    form=".0f"),
        ),
        yes="",
        no="The documents' discriminator losses and accuracies cannot be of the same images: a "
        "wrong answer costs ln 2 or more, so that a mean loss is at least (1 − accuracy) · ln 2, "
        "which {0} of their 8 cells stay below.",
        turns="the images that each row was taken on",
        apart="not comparable",
    ),
    Claim(
        name="generator_loss",
        statement="The generator's loss is 0.694 in the baseline, 0.017 in v1 and v4, 0.707 in v5",
        quote="",
        source="April 20, metrics",
        kind="observed",
        document="0.694, 0.017, 0.017, 0.707",
        anchor="The-documents'-table",
        readings=alone(
            Measure("bce that v1's 0.017 allows", _allowed_bce, form=".3f"),
            of("bce", "v1", "v1's bce here"),
            Measure("mse that v5's 0.707 needs", lambda _: 0.707 / 2, form=".2f"),
            of("mse", "v5", "v5's mse here", form=".4f"),
        ),
        yes="",
        no="The documents' row of generator losses cannot be the losses that were trained: v1's "
        "would need a bce of at most {0} (here {1}) from a discriminator that is nearly always "
        "right, v5's an mse of at least {2} (here {3}). The baseline's and v5's lie just above "
        "ln 2 = 0.6931, the cross-entropy of an answer that knows nothing.",
        turns="what the row is a loss of",
        apart="not comparable",
    ),
    Claim(
        name="arithmetic",
        statement="In versions 1, 4 and 5, smiling women − neutral women + neutral men gives "
        "smiling men",
        quote="smiling women - neutral women + neutral man",
        source="April 20, vector arithmetic",
        kind="observed",
        document="shown, not judged",
        anchor="The-latent-space",
        readings=alone(
            Measure(
                "smiling men beyond random averages", _beyond_random,
                "smiling men beyond averages of random faces, the least of 3 versions and 2 probes",
                form="+.1%",
            ),
            Measure("averages of 3", _fewest("averages of 3"),
                    "by the second probe, the fewest of 3 versions", form=".1%", share=True),
            Measure("averages of 10", _fewest("averages of 10"), "averages of 10 likewise",
                    form=".1%", share=True),
        ),
        yes="The documents' arithmetic moves faces where it should: averages of three are read as "
        "smiling men in {1} of the draws at the least, {0} beyond averages of random faces; "
        "averages of ten in {2}.",
        no="The documents' arithmetic does not move faces where it should in all three versions: "
        "averages of three are read as smiling men in {1} of the draws at the least, {0} beyond "
        "averages of random faces; averages of ten in {2}.",
        turns="sums that both probes read as smiling men no oftener than averages of anyone",
    ),
    Claim(
        name="sizes",
        statement="Generator 3,222,587 and discriminator 1,651,841 parameters, code of 100, 195 "
        "batches per epoch",
        quote="This makes 195 batches per epoch since dataset is 50,000 images.",
        source="April 20, metrics and batch size",
        kind="identity",
        document="stated",
        anchor="The-documents'-table",
        readings=alone(
            _exactly("generator", lambda: _parameters("encoder", "decoder"), 3_222_587),
            _exactly("discriminator", lambda: _parameters("discriminator"), 1_651_841),
            _exactly("code", lambda: FULL.latent_dim, 100),
            _exactly("batches per epoch", lambda: FULL.batches_per_epoch, 195),
        ),
        yes="At full size generator, discriminator, code and epoch have the documents' sizes: {0} "
        "and {1} parameters, {2} numbers, {3} batches.",
        no="At full size the documents' sizes are not met: {0} and {1} parameters, {2} numbers, "
        "{3} batches.",
        turns="one number that is another",
    ),
)  # fmt: skip
