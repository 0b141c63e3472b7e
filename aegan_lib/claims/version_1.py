"""April 20, "AE-GAN Optimizations": version 1, whose adversary grows as 1 / mse."""

from aegan_lib.claims.claim import Claim, Measure, Seed, alone, minus, of, over
from aegan_lib.evaluation.histories import inverse_weight_error


def _weight_error(seed: Seed) -> float:
    settings = seed.settings["v1"]
    return inverse_weight_error(seed.histories["v1"], settings["alpha"], settings["beta"])


def _order_of_magnitude(seed: Seed) -> float:
    history = seed.histories["v1"]
    terms = history["weight_bce"] * history["bce"] / (seed.settings["v1"]["alpha"] * history["mse"])
    return float(terms.median())


VERSION_1 = (
    # --- Version 1 -----------------------------------------------------------------------------
    Claim(
        "v1_weight",
        "Version 1 lets the GAN loss grow as 1 / AE loss",
        "April 20, version 1", "identity", "v1", "β / (α · mse)",
        "v1-Losses",
        alone(
            Measure(
                "largest relative deviation",
                _weight_error,
                high=1e-5, form=".0e",
            ),
        ),
        "The adversary's weight in v1 is β / (α · mse) in every batch.",
        "The adversary's weight in v1 is not β / (α · mse).",
    ),
    Claim(
        "v1_order_of_magnitude",
        "Scaled by 0.0005, v1's GAN loss is of the AE loss's order of magnitude",
        "April 20, version 1", "finding", "v1", "stated",
        "Where-version-1-drives-the-reconstruction",
        alone(
            Measure(
                "GAN term / AE term, median batch",
                _order_of_magnitude,
                low=0.1, high=10.0, ratio=True,
            ),
        ),
        "In v1 the factor 0.0005 does what it is for: the GAN term is {0} times the AE term.",
        "In v1 the factor 0.0005 misses its purpose: the GAN term is {0} times the AE term.",
    ),
    Claim(
        "v1_changes_smiles",
        "Version 1 changes smiles slightly",
        "April 20, version 1", "finding", "v1", "by eye",
        "v1-Input-and-output",
        alone(
            minus(
                "smile_changed", "v1", "autoencoder_slow", "changed smiles − autoencoder_slow's",
                low=0.01, form="+.1%",
            ),
            of("smile_changed", "v1", "changed smiles", high=0.25, form=".1%"),
        ),
        "v1 changes smiles, if slightly: {1} of the faces smile in one of input and output only, "
        "{0} against its twin without an adversary.",
        "That v1 changes smiles slightly is not seen here: {1} of the faces smile in one of "
        "input and output only, {0} against its twin without an adversary.",
    ),
    Claim(
        "v1_invents",
        "Version 1 makes changes to faces that are not reconstructions",
        "April 20, version 1", "finding", "v1", "by eye",
        "What-sharpness-hides",
        alone(
            over(
                "invented_detail", "v1", "autoencoder_slow", "invented detail, v1 / its twin",
                low=1.1,
            ),
        ),
        "Of v1's detail, {0} times as much is not in the input as without an adversary.",
        "v1 invents no more detail than its twin without an adversary: {0} times the share.",
    ),
    Claim(
        "v1_blurry",
        "Version 1's images are still relatively blurry",
        "April 20, version 1 and metrics", "finding", "v1", "102.5 of 658.3: 0.16",
        "What-sharpness-hides",
        alone(
            over("laplacian_variance", "v1", "raw", "blur factor / raw", high=0.5),
            over("noise", "v1", "raw", "noise / raw"),
        ),
        "v1 stays blurry: {0} times the raw faces' blur factor.",
        "v1 is not blurry here by its number, {0} times the raw faces' blur factor; but its noise "
        "is {1} times theirs.",
    ),
    Claim(
        "v1_softer",
        "Version 1 is no sharper than the baseline",
        "April 20, metrics", "finding", "v1", "102.5 against 112.9: 0.91",
        "What-sharpness-hides",
        {
            baseline: (
                over(
                    "laplacian_variance", "v1", baseline, f"blur factor, v1 / {baseline}", high=1.0
                ),
            )
            for baseline in ("weighted", "autoencoder")
        },
        "It is no sharper than the baseline: {0} times weighted's blur factor and {1} times "
        "autoencoder's.",
        "It is sharper than either candidate for the baseline: {0} times weighted's blur factor "
        "and {1} times autoencoder's.",
    ),
)  # fmt: skip
