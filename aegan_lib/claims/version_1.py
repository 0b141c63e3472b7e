"""April 20, "AE-GAN Optimizations": version 1, whose adversary grows as 1 / mse."""

import math

from aegan_lib.claims.claim import BASELINES, Claim, Measure, SeedRuns, alone, minus, of, over
from aegan_lib.evaluation.diagnosis import SYMPTOMS
from aegan_lib.evaluation.histories import inverse_weight_error, recoveries

TWIN = "autoencoder_slow"  # at v1's learning rate, without an adversary


def _weight_error(seed: SeedRuns) -> float:
    v1 = seed.versions["v1"]
    assert not callable(v1.beta)
    return inverse_weight_error(seed.histories["v1"], v1.alpha, v1.beta)


def _order_of_magnitude(seed: SeedRuns) -> float:
    history = seed.histories["v1"]
    terms = history["weight_bce"] * history["bce"] / (seed.versions["v1"].alpha * history["mse"])
    return float(terms.median())


def _failures_recovered(seed: SeedRuns) -> float:
    # From the first epoch on: an untrained network has failed at nothing.
    epochs = seed.epochs["v1"][1:].reset_index(drop=True)
    failed = SYMPTOMS["constant outputs"](epochs, 0) | SYMPTOMS["input forgotten"](epochs, 0)
    # So has one that is still learning; only one that never learns has failed from its beginning.
    if not failed.all():
        failed &= (~failed).cummax()
    found = recoveries(failed)
    return sum(found) / len(found) if found else math.nan


VERSION_1 = (
    # --- Version 1 -----------------------------------------------------------------------------
    Claim(
        name="v1_weight",
        statement="Version 1 lets the GAN loss grow as 1 / AE loss",
        quote="Want GAN loss to increase as AE loss decreases.",
        source="April 20, version 1",
        kind="identity",
        document="β / (α · mse)",
        anchor="Learning-curves",
        readings=alone(
            Measure("largest relative deviation", _weight_error, high=1e-5, form=".0e"),
        ),
        yes="The adversary's weight in v1 is β / (α · mse) in every batch.",
        no="The adversary's weight in v1 is not β / (α · mse).",
        turns="one batch whose recorded weight is another",
    ),
    Claim(
        name="v1_order",
        statement="Scaled by 0.0005, v1's GAN loss is of the AE loss's order of magnitude",
        quote="Need 0.0005 scalar multiplier in order to keep GAN loss the same order of magnitude "
        "as AE loss.",
        source="April 20, version 1",
        kind="observed",
        document="stated",
        anchor="Version-1's-floor",
        readings=alone(
            Measure("GAN term / AE term", _order_of_magnitude, "GAN term / AE term, median batch",
                    ratio=True),
        ),
        yes="In v1 the factor 0.0005 does what it is for: the GAN term is {0} times the AE term.",
        no="In v1 the factor 0.0005 misses its purpose: the GAN term is {0} times the AE term.",
        turns="images on another scale than [−1, 1], which the document does not give",
    ),
    Claim(
        name="failure_recovery",
        statement="Version 1 recovers from convergence failure",
        quote="Hopefully that will allow recovery from convergence",
        source="April 20, version 1, a comment in its code",
        kind="hoped",
        document="hoped",
        anchor="Faces",
        readings=alone(
            Measure("failures recovered from", _failures_recovered,
                    "failures recovered from, where there are any", form=".0%", share=True),
        ),
        yes="Where v1 fails to converge, it recovers, as was hoped: {0} of the times.",
        no="The hope that v1 would recover from convergence failure does not come true: {0} of the "
        "times.",
        turns="an epoch in which v1's outputs are constant or forget their input",
    ),
    Claim(
        name="v1_smiles",
        statement="Version 1 changes smiles slightly, as a generative model would",
        quote="Smiles seem to change slightly. This is probably due to the generative "
        "characteristics of the model.",
        source="April 20, version 1",
        kind="observed",
        document="by eye",
        anchor="What-else-it-changes",
        readings=alone(
            minus("smile_change", "v1", TWIN, "change of smile, beside no adversary",
                  label=f"change of smile, v1 − {TWIN}", form="+.3f"),
            of("smile_change", "v1", "change of smile", label="change of smile, v1", form=".3f"),
        ),
        yes="v1 changes smiles, if slightly: by {1} of the way from a level mouth to a broad smile "
        "on average, {0} beside its twin without an adversary.",
        no="That v1 changes smiles slightly, and for the sake of its adversary, is not seen: it "
        "changes them by {1} of the way from a level mouth to a broad smile, {0} beside its twin "
        "without an adversary.",
        turns="smiles that v1 changes more than its twin does",
    ),
    Claim(
        name="v1_changes",
        statement="Version 1 makes changes to faces that are not reconstructions",
        quote="Faces have slight changes that are not necessarily reconstructions.",
        source="April 20, version 1",
        kind="observed",
        document="by eye",
        anchor="What-else-it-changes",
        readings=alone(
            over("invented_form", "v1", TWIN, "invented form, over that without an adversary",
                 label=f"invented form, v1 / {TWIN}"),
            minus("attributes_changed", "v1", TWIN, "attributes that read otherwise",
                  label=f"attributes that read otherwise, v1 − {TWIN}", form="+.1%"),
        ),
        yes="v1 changes faces: {0} times as much of its form is not in the input as without an "
        "adversary.",
        no="v1 changes faces no more than its twin without an adversary: {0} times as much of its "
        "form is not in the input.",
        turns="form, once noise is blurred away, that the input does not have",
    ),
    Claim(
        name="v1_blurry",
        statement="Version 1's images are still relatively blurry",
        quote="Images are still relatively blury, (see metrics section).",
        source="April 20, version 1 and metrics",
        kind="observed",
        document="102.5 of 658.3: 0.16",
        anchor="The-versions",
        readings=alone(
            of("shared_detail", "v1", "shared detail", label="shared detail, v1", form=".1%"),
            over("laplacian_variance", "v1", "raw", "blur factor / raw"),
            over("noise", "v1", "raw", "noise / raw"),
        ),
        yes="v1 stays blurry: it holds {0} of its input's detail, though its blur factor is {1} "
        "times and its noise {2} times that of raw faces.",
        no="v1 is not blurry: it holds {0} of its input's detail.",
        turns="more than half of the input's detail in the output",
    ),
    Claim(
        name="v1_softer",
        statement="Version 1 is no sharper than the baseline",
        quote="",
        source="April 20, metrics",
        kind="inferred",
        document="102.5 against 112.9: 0.91",
        anchor="The-versions",
        readings={
            baseline: (
                over("shared_detail", "v1", baseline, "shared detail, over the baseline's",
                     label=f"shared detail, v1 / {baseline}"),
            )
            for baseline in BASELINES
        },
        yes="It shows no more of its input's detail than the baseline: {0} times as much as "
        "weighted and {1} times as much as autoencoder_slow.",
        no="It shows more of its input's detail than either candidate for the baseline: {0} times "
        "as much as weighted and {1} times as much as autoencoder_slow.",
        turns="which model the documents' baseline was",
    ),
)  # fmt: skip
