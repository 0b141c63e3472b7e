"""April 20, "AE-GAN Optimizations": version 1, whose adversary grows as 1 / mse."""

from aegan_lib.claims.claim import Claim, Measure, SeedRuns, alone, minus, of, over
from aegan_lib.evaluation.histories import inverse_weight_error


def _weight_error(seed: SeedRuns) -> float:
    v1 = seed.versions["v1"]
    assert not callable(v1.beta)
    return inverse_weight_error(seed.histories["v1"], v1.alpha, v1.beta)


def _order_of_magnitude(seed: SeedRuns) -> float:
    history = seed.histories["v1"]
    terms = history["weight_bce"] * history["bce"] / (seed.versions["v1"].alpha * history["mse"])
    return float(terms.median())


VERSION_1 = (
    # --- Version 1 -----------------------------------------------------------------------------
    Claim(
        name="v1_weight",
        statement="Version 1 lets the GAN loss grow as 1 / AE loss",
        source="April 20, version 1",
        kind="identity",
        about="v1",
        document="β / (α · mse)",
        anchor="v1-Losses",
        readings=alone(
            Measure(
                "largest relative deviation",
                _weight_error,
                high=1e-5,
                form=".0e",
            ),
        ),
        yes="The adversary's weight in v1 is β / (α · mse) in every batch.",
        no="The adversary's weight in v1 is not β / (α · mse).",
    ),
    Claim(
        name="v1_order_of_magnitude",
        statement="Scaled by 0.0005, v1's GAN loss is of the AE loss's order of magnitude",
        source="April 20, version 1",
        kind="finding",
        about="v1",
        document="stated",
        anchor="Where-version-1-drives-the-reconstruction",
        readings=alone(
            Measure(
                "GAN term / AE term, median batch",
                _order_of_magnitude,
                low=0.1,
                high=10.0,
                ratio=True,
            ),
        ),
        yes="In v1 the factor 0.0005 does what it is for: the GAN term is {0} times the AE term.",
        no="In v1 the factor 0.0005 misses its purpose: the GAN term is {0} times the AE term.",
    ),
    Claim(
        name="v1_changes_smiles",
        statement="Version 1 changes smiles slightly",
        source="April 20, version 1",
        kind="finding",
        about="v1",
        document="by eye",
        anchor="v1-Input-and-output",
        readings=alone(
            minus(
                "smile_changed",
                "v1",
                "autoencoder_slow",
                "changed smiles − autoencoder_slow's",
                low=0.01,
                form="+.1%",
            ),
            of("smile_changed", "v1", "changed smiles", high=0.25, form=".1%"),
        ),
        yes="v1 changes smiles, if slightly: {1} of the faces smile in one of input and output "
        "only, "
        "{0} against its twin without an adversary.",
        no="That v1 changes smiles slightly is not seen here: {1} of the faces smile in one of "
        "input and output only, {0} against its twin without an adversary.",
    ),
    Claim(
        name="v1_invents",
        statement="Version 1 makes changes to faces that are not reconstructions",
        source="April 20, version 1",
        kind="finding",
        about="v1",
        document="by eye",
        anchor="What-sharpness-hides",
        readings=alone(
            over(
                "invented_detail",
                "v1",
                "autoencoder_slow",
                "invented detail, v1 / its twin",
                low=1.1,
            ),
        ),
        yes="Of v1's detail, {0} times as much is not in the input as without an adversary.",
        no="v1 invents no more detail than its twin without an adversary: {0} times the share.",
    ),
    Claim(
        name="v1_blurry",
        statement="Version 1's images are still relatively blurry",
        source="April 20, version 1 and metrics",
        kind="finding",
        about="v1",
        document="102.5 of 658.3: 0.16",
        anchor="What-sharpness-hides",
        readings=alone(
            over("laplacian_variance", "v1", "raw", "blur factor / raw", high=0.5),
            over("noise", "v1", "raw", "noise / raw"),
        ),
        yes="v1 stays blurry: {0} times the raw faces' blur factor.",
        no="v1 is not blurry here by its number, {0} times the raw faces' blur factor; but its "
        "noise "
        "is {1} times theirs.",
    ),
    Claim(
        name="v1_softer",
        statement="Version 1 is no sharper than the baseline",
        source="April 20, metrics",
        kind="finding",
        about="v1",
        document="102.5 against 112.9: 0.91",
        anchor="What-sharpness-hides",
        readings={
            baseline: (
                over(
                    "laplacian_variance", "v1", baseline, f"blur factor, v1 / {baseline}", high=1.0
                ),
            )
            for baseline in ("weighted", "autoencoder")
        },
        yes="It is no sharper than the baseline: {0} times weighted's blur factor and {1} times "
        "autoencoder's.",
        no="It is sharper than either candidate for the baseline: {0} times weighted's blur factor "
        "and {1} times autoencoder's.",
    ),
)
