"""The report's tables, and what the documents say that stands beside our numbers."""

import pandas as pd
from IPython.display import HTML
from pandas.io.formats.style import Styler

from aegan_lib.datasets import Split
from aegan_lib.report.evaluation import best_epoch, by_version, last_epoch, way_to_pca, wide
from aegan_lib.report.probe import Probe
from aegan_lib.runs import Run
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

LABELS = {
    "laplacian_variance": "blur factor",
    "d_loss_real": "discriminator loss real",
    "d_loss_fake": "discriminator loss fake",
    "d_accuracy_real": "discriminator accuracy real",
    "d_accuracy_fake": "discriminator accuracy fake",
    "g_loss": "generator loss",
    "trainable_parameters": "complexity: trainable",
    "non_trainable_parameters": "complexity: non-trainable",
    "latent_dim": "latent space nodes",
    "mse": "MSE",
    "psnr": "PSNR (dB)",
    "ssim": "SSIM",
    "input_dependence": "input dependence",
    "output_diversity": "output diversity",
    "noise": "noise",
    "checkerboard": "checkerboard",
    "eye_sharpness": "sharpness of the eyes",
    "invented_detail": "invented detail",
    "smile_changed": "changed smiles",
    "best_epoch": "best epoch",
    "dead_units": "dead units",
    "bce": "bce",
    "way": "way to PCA",
    "seconds": "training (s)",
}
_EPOCHS = ["psnr", "laplacian_variance", "input_dependence"]
_WHOLE = ("trainable_parameters", "non_trainable_parameters", "latent_dim", "dead_units", "seconds")
_SHARES = {
    "d_accuracy_real": 2, "d_accuracy_fake": 2, "input_dependence": 1, "way": 1,
    "invented_detail": 0, "smile_changed": 1,
}  # fmt: skip
_TENTHS = ("laplacian_variance", "eye_sharpness", "noise", "checkerboard", "best_epoch")


def number(metric: str, value: float) -> str:
    """`value` as a table shows it."""
    if pd.isna(value):
        return "–"
    if metric in _WHOLE:
        return f"{value:,.0f}"
    if metric in _SHARES:
        return f"{value:.{_SHARES[metric]}%}"
    if metric in _TENTHS:
        return f"{value:,.1f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:,.2f}"


def documents_table(results: pd.DataFrame) -> Styler:
    """The documents' eight rows, theirs next to ours; complexity is one row there, two here."""
    ours = wide(results, list(DOCUMENTS.index))
    raw = wide(results, ["laplacian_variance"])["laplacian_variance"].get("raw", float("nan"))
    columns: dict[tuple[str, str], list[str]] = {}
    pairs = {"Baseline": ("weighted", "autoencoder"), "v1": ("v1",), "v4": ("v4",), "v5": ("v5",)}
    for theirs, candidates in pairs.items():
        columns[theirs, "document"] = [number(m, DOCUMENTS.at[m, theirs]) for m in DOCUMENTS.index]
        for name in candidates:
            if name in ours.index:
                columns[theirs, f"here: {name}"] = [number(m, ours.at[name, m]) for m in ours]
    labels = [LABELS[metric] for metric in DOCUMENTS.index]
    return pd.DataFrame(columns, index=labels).style.set_caption(
        "The documents' metrics table, their values next to ours on test faces. Which model the "
        "documents' baseline was is not known: both candidates stand beside it. Blur factor of "
        f"the raw images: {DOCUMENTS_RAW} there, {number('laplacian_variance', raw)} here. The "
        "generator loss is not comparable."
    )


def quality_table(results: pd.DataFrame) -> Styler:
    """How good the reconstructions are: versions and yardsticks, one row each."""
    measured = ["psnr", "way", "mse", "ssim", "laplacian_variance", "input_dependence"]
    table = wide(results, measured)
    table["way"] = way_to_pca(results)
    return _metrics(table, measured).set_caption(
        f"Reconstructions of test faces, {_seeds(results)}; raw faces, mean face and PCA with "
        "100 components as yardsticks. Way to PCA: the share of the way, in dB, from the mean "
        "face to PCA. Blur factor: the larger, the sharper. Input dependence: the share of "
        "outputs whose nearest input is their own."
    )


def adversary_table(results: pd.DataFrame) -> Styler:
    """How the two players ended: versions only, one row each."""
    measured = [
        "d_accuracy_real", "d_accuracy_fake", "d_loss_real", "d_loss_fake", "bce", "g_loss",
        "dead_units",
    ]  # fmt: skip
    table = wide(results[results["version"].isin(VERSIONS)], measured)
    return _metrics(table, measured).set_caption(
        f"The discriminator on test faces, and what else came of each version, {_seeds(results)}. "
        "Dead units: how many of the code's 100 numbers are 0 for every test face."
    )


def appearance_table(results: pd.DataFrame) -> Styler:
    """What the blur factor rewards beside detail: versions and yardsticks, one row each."""
    measured = [
        "laplacian_variance", "eye_sharpness", "noise", "checkerboard", "invented_detail",
        "smile_changed",
    ]  # fmt: skip
    table = wide(results, [name for name in measured if name in set(results["metric"])])
    return _metrics(table, list(table)).set_caption(
        f"What sharpness is made of, on test faces, {_seeds(results)}. Noise and checkerboard "
        "pattern in grey levels: what is above the raw faces' is not theirs."
    )


def epochs_table(results: pd.DataFrame) -> Styler:
    """Each version at its best epoch beside its last."""
    last = wide(results[results["version"].isin(VERSIONS)], ["best_epoch", *_EPOCHS])
    best = by_version(best_epoch(results)).reindex(index=last.index, columns=_EPOCHS)
    columns = {("", LABELS["best_epoch"]): [number("best_epoch", v) for v in last["best_epoch"]]}
    for metric in _EPOCHS:
        for when, table in (("best", best), ("last", last)):
            columns[LABELS[metric], when] = [number(metric, v) for v in table[metric]]
    return pd.DataFrame(columns, index=last.index).style.set_caption(
        "Test faces at each version's best epoch, the one with the smallest mse on validation "
        f"faces, and at its last, {_seeds(results)}."
    )


def _metrics(table: pd.DataFrame, measured: list[str]) -> Styler:
    text = {LABELS[m]: [number(m, v) for v in table[m]] for m in measured}
    return pd.DataFrame(text, table.index).style


def _seeds(results: pd.DataFrame) -> str:
    count = results.loc[results["version"].isin(VERSIONS), "seed"].nunique()
    return "one seed" if count == 1 else f"means of {count} seeds"


def run_table(run: Run, measured: pd.DataFrame) -> Styler:
    """The most telling of what was measured of one run; all of it is in its metrics.csv."""
    values = last_epoch(measured).set_index("metric")["value"]
    shown = [
        "psnr", "ssim", "laplacian_variance", "input_dependence", "d_accuracy_real",
        "d_accuracy_fake", "dead_units", "seconds",
    ]  # fmt: skip
    text = {LABELS[m]: [number(m, values[m])] for m in shown}
    table = pd.DataFrame(text, index=[f"{run.version} seed {run.seed}"])
    return table.style.set_caption(f"Measured on test faces. Outcome: {run.outcome}.")


def probe_table(probe: Probe | None, split: Split) -> Styler | HTML:
    """How far each attribute can be read off faces that the probe has not seen."""
    if probe is None:
        return HTML("<p>There is no probe: nothing is known of what these images show.</p>")
    scores = probe.scores(split)
    formats = {"accuracy": "{:.1%}", "majority": "{:.1%}", "roc_auc": "{:.3f}"}
    text = pd.DataFrame({name: scores[name].map(form.format) for name, form in formats.items()})
    return text.rename(columns={"majority": "commoner answer", "roc_auc": "ROC AUC"}).style


def yardsticks_table(results: pd.DataFrame) -> Styler:
    measured = ["psnr", "mse", "ssim", "laplacian_variance", "input_dependence"]
    return _metrics(wide(results, measured), measured).set_caption(
        "What needs no training, on test faces."
    )
