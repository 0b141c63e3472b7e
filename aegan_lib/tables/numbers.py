"""The report's tables, and what the documents say that stands beside our numbers."""

from math import nan

import pandas as pd
from IPython.display import HTML
from pandas.io.formats.style import Styler

from aegan_lib.dataset import Split
from aegan_lib.evaluation.estimates import estimate
from aegan_lib.evaluation.field import field
from aegan_lib.evaluation.measuring import DISCRIMINATOR
from aegan_lib.evaluation.probe import Probe
from aegan_lib.evaluation.results import (
    LAST_EPOCHS,
    Key,
    last_epoch,
    of_run,
    spread,
    wide,
    with_way,
)
from aegan_lib.runs import Run
from aegan_lib.tables.cells import (
    LABELS,
    cell,
    known,
    metrics_table,
    number,
    over_seeds,
    span_of,
    styled,
)
from aegan_lib.tables.names import SHORT, grouped, named
from aegan_lib.versions import VERSIONS

# The metrics table of April 20, number by number; accuracies as shares.
DOCUMENTS = pd.DataFrame(
    {
        "Baseline": (112.923, 1.0542e-12, 1.308e-9, 1.0, 0.9995, 0.694, 3_222_587, 1_651_841, 100),
        "v1": (102.538, 4.697e-10, 0.0, 0.9965, 0.9988, 0.017, 3_222_587, 1_651_841, 100),
        "v4": (232.115, 2.069e-8, 0.0, 0.978, 0.998, 0.017, 3_222_587, 1_651_841, 100),
        "v5": (114.730, 1.316e-12, 1.959e-10, 0.9987, 0.9999, 0.707, 3_222_587, 1_651_841, 100),
    },
    index=[
        "laplacian_variance", "d_loss_real", "d_loss_fake", "d_accuracy_real", "d_accuracy_fake",
        "g_loss", "trainable_parameters", "non_trainable_parameters", "latent_dim",
    ],
)  # fmt: skip
DOCUMENTS_RAW = 658.269  # blur factor of the documents' photographs

# What to know first beside the PSNR, and what each of it is.
OVERVIEW: dict[Key, str] = {
    "shared_detail": "Shared detail: what of the input's detail the output holds.",
    "real_distance": "Distance from real faces: what the judge of realism says, 0 for real ones.",
    "laplacian_variance": "Blur factor: the larger, the sharper; best is nearest to raw faces.",
    "output_diversity": "Output diversity: how much outputs differ from one another, as a share of "
    "how much faces do.",
    ("smiling_men", "averages of 3"): "Smiling men: how often smiling women − neutral women + "
    "neutral men is read as one, averages of three.",
}
# How the two losses weigh.
PULLS: tuple[Key, ...] = (
    ("last_epoch_median", "weight_mse"),
    ("last_epoch_median", "weight_bce"),
    ("last_epoch_median", "adversarial_share"),
    ("last_epoch_median", "gradient_cosine"),
    "step_length",
    ("share_of_batches", "weight_bce = 0"),
    ("share_of_batches", "weight_mse < 0"),
)

# Which of our versions stand beside a column of theirs.
CANDIDATES = {
    "Baseline": ("weighted", "autoencoder_slow"),
    "v1": ("v1",),
    "v4": ("v4",),
    "v5": ("v5",),
}


def documents_table(results: pd.DataFrame) -> Styler:
    """The documents' eight rows, theirs next to ours; complexity is one row there, two here."""
    metrics = list(DOCUMENTS.index)
    found = spread(last_epoch(results), metrics)
    # The yardstick that both tables have: the blur factor of their photographs, and of our faces.
    raw = wide(results, ["laplacian_variance"])["laplacian_variance"].get("raw", float("nan"))
    columns: dict[tuple[str, str], list[str]] = {}
    ours = [name for names in CANDIDATES.values() for name in names if name in found[metrics[0]]]
    spans = {m: span_of(found[m][name] for name in ours) for m in metrics}
    for theirs, candidates in CANDIDATES.items():
        # Theirs first, then ours of what it may have been; a version without a run has no column.
        columns[theirs, "document"] = [number(m, DOCUMENTS.at[m, theirs]) for m in metrics]
        for name in candidates:
            if name in found[metrics[0]]:
                columns[theirs, f"here: {name}"] = [
                    cell(m, found[m][name], span=spans[m]) for m in metrics
                ]
    return styled(
        pd.DataFrame(columns, index=[LABELS[metric] for metric in metrics], dtype=object),
        "The documents' metrics table, their values next to ours on test faces, "
        f"after the last epoch, {over_seeds(results)}. Which model the documents' baseline was is "
        "not known: both candidates stand beside it. Blur factor of the raw images: "
        f"{DOCUMENTS_RAW} there, {number('laplacian_variance', raw)} here. The generator loss is "
        "not comparable.",
    )


def overview_table(results: pd.DataFrame) -> Styler:
    """What to know first: a row a version, by groups, then the yardsticks."""
    chosen = field(results)
    order = {name: SHORT[group] for group, names in grouped(chosen).items() for name in names}
    # A run whose outputs are no numbers is in no group, and still has its row.
    for name in dict.fromkeys(results["version"]):
        order.setdefault(name, "–" if name in VERSIONS else "yardstick")
    measured = {*results["metric"]}
    return metrics_table(
        results.assign(low=nan, high=nan),  # intervals over the images of one run are elsewhere
        ["psnr", *OVERVIEW],
        f"Reconstructions of test faces, {over_seeds(results)}; raw faces, mean face and PCA, with "
        "as many components as a code has numbers, are yardsticks. What did not reconstruct is "
        "never the best."
        + "".join(
            f" {said}"
            for key, said in OVERVIEW.items()
            if (key if isinstance(key, str) else key[0]) in measured
        ),
        order,
        chosen.left_out,
    ).format_index(named, axis=0)


def adversary_table(results: pd.DataFrame) -> Styler:
    """How the two players ended: versions only, one row each."""
    return metrics_table(
        # Yardsticks have no discriminator.
        results[results["version"].isin(VERSIONS)],
        [
            *((name, LAST_EPOCHS) for name in DISCRIMINATOR),
            "bce",
            "g_loss",
            "dead_units",
        ],
        f"The discriminator, and what else came of each version, {over_seeds(results)}. Its "
        f"accuracies and losses are those on validation faces, the mean of the {LAST_EPOCHS} of "
        "each run, since they may swing from one epoch to the next; the rest is measured on test "
        "faces after the last epoch. Dead units: how many of the code's numbers are 0 for every "
        "test face.",
    )


def pulls_table(results: pd.DataFrame) -> Styler:
    """What the two losses weighed in the last epoch: versions only, one row each."""
    return metrics_table(
        results[results["version"].isin(VERSIONS)],
        list(PULLS),
        f"What each version made of the two losses in the last epoch, {over_seeds(results)}: "
        "medians over its batches of the two effective weights, ∂loss/∂mse and ∂loss/∂bce, of the "
        "adversary’s share of the two weighted gradients’ norms, and of the cosine of the two "
        "gradients. A cosine near 0: the adversary asks for something that reconstruction does not "
        "care about; below 0 they work against each other. Adam's step: the length of what is "
        "weighed over what Adam remembers of it, and so, momentum aside, how far it steps as a "
        "multiple of the learning rate, the mean of the whole training; more for a gradient that "
        "grows, less for a thousand batches after a huge one. "
        "Silent: batches of the whole training "
        "in which the adversary has no weight. Upside down: those in which a worse reconstruction "
        "is rewarded.",
    )


def appearance_table(results: pd.DataFrame) -> Styler:
    """What the blur factor rewards beside detail: versions and yardsticks, one row each."""
    return metrics_table(
        with_way(results),
        [
            "ssim",
            "way",
            "input_dependence",
            "noise",
            "invented_detail",
            "invented_form",
            "checkerboard",
            "eye_sharpness",
            "eye_detail",
        ],
        f"More of the same reconstructions, {over_seeds(results)}. Way to PCA: the share of the "
        "way, in dB, from the mean face to PCA. Input dependence: the share of outputs whose "
        "nearest input is their own. Detail of the eyes: shared detail around them. Invented "
        "detail is the share of the output's that is not the input's, invented form that of what a "
        "blur of one pixel in forty leaves. Noise and checkerboard pattern in grey levels: what is "
        "above the raw faces' is not theirs. Best is nearest to raw faces, the most that is "
        "shared, the least of the rest; what did not reconstruct is never the best.",
        failed=field(results).left_out,
    )


def changes_table(results: pd.DataFrame) -> Styler | HTML:
    """What was changed of the faces themselves: yardsticks and versions, one row each."""
    measured: list[Key] = [
        "smile_changed",
        "smile_change",
        "smile_grade_error",
        ("smile_grade_error", "expression alone"),
        "attributes_changed",
    ]
    if not known(spread(results, measured)):
        return HTML("<p>Nobody reads what changed of these faces: there is no probe.</p>")
    return metrics_table(
        results[results["metric"].isin([metric for metric in measured if isinstance(metric, str)])],
        measured,
        f"What reconstruction changed of the test faces, {over_seeds(results)}. Changed smiles: "
        "faces that the first probe sees smile in one of input and output only. Change of smile: "
        "how far the smile was moved, whichever way, as the second probe grades it, from 0, a "
        "level mouth, to 1, a broad smile. Error of the grade: how far it is off on real faces "
        "whose smile is known; by expression: how far the mean of all who smile, or of all who do "
        "not, is off. Where the two are alike, a grade tells smiling from not smiling, and no "
        "more. Changed attributes: those that a smile has no part in and that the second probe "
        "reads otherwise.",
    )


def run_table(run: Run, measured: pd.DataFrame) -> Styler:
    """The most telling of what was measured of one run; all of it is in its metrics.csv."""
    shown = [
        "psnr",
        "ssim",
        "laplacian_variance",
        "input_dependence",
        "d_accuracy_real",
        "d_accuracy_fake",
        "dead_units",
        "seconds",
    ]
    # One run is an estimate of one value: its cell has no interval.
    text = {LABELS[m]: [cell(m, estimate([of_run(measured, run, m)]))] for m in shown}
    table = pd.DataFrame(text, index=[f"{run.version.name} seed {run.seed}"], dtype=object)
    return styled(table, f"Measured on test faces. Outcome: {run.outcome}.")


def probe_table(probe: Probe | None, split: Split, hardened: Probe | None = None) -> Styler | HTML:
    """How far each attribute can be read off faces that the probes have not seen."""
    if probe is None:
        return HTML("<p>There is no probe: nothing is known of what these images show.</p>")
    # Accuracy alone misleads where nearly all faces have an attribute, so the commoner answer's
    # share stands beside it.
    scores = probe.scores(split)
    columns = {
        "commoner answer": scores["majority"].map("{:.1%}".format),
        "accuracy": scores["accuracy"].map("{:.1%}".format),
        "ROC AUC": scores["roc_auc"].map("{:.3f}".format),
    }
    second = ""
    if hardened:
        scores = hardened.scores(split)
        columns["accuracy, second"] = scores["accuracy"].map("{:.1%}".format)
        columns["ROC AUC, second"] = scores["roc_auc"].map("{:.3f}".format)
        second = " The second probe has learned from blurred and grainy faces too."
    return styled(
        pd.DataFrame(columns),
        "How well a probe reads each attribute off test faces that it has not seen, beside always "
        f"giving the commoner answer.{second}",
    )


def yardsticks_table(results: pd.DataFrame) -> Styler:
    return metrics_table(
        results,
        ["psnr", "mse", "ssim", "laplacian_variance", "input_dependence"],
        "What needs no training, on test faces.",
    )
